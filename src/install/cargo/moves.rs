//! What became of the packages that were locked before.

use std::{cmp::Reverse, collections::BTreeSet};

use semver::{Version, VersionReq};

use crate::{
    ecosystem::cargo::{inventory::LockedPackage, offer::is_compatible},
    package::PackageName,
};

/// A locked package that another version took the place of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// The package.
    pub name: PackageName,
    /// The version that was locked.
    pub from: Version,
    /// The version that is locked instead.
    pub to: Version,
    /// What leaves cargo no choice; `None` where cargo did not say it in a form that is understood.
    pub forced_by: Option<Force>,
}

/// A requirement that a locked version does not meet, or does not go with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Force {
    /// The package that requires it, with its version (`tokio-util 0.7.18`).
    pub by: String,
    /// What it requires (`^1.44.0`).
    pub requirement: String,
    /// The package of which it requires that, if it is another than the one that moves: the two cannot
    /// be together, for what each of them needs in turn.
    pub of: Option<String>,
}

impl Force {
    /// Whether a version does not meet it.
    pub(super) fn excludes(&self, version: &Version) -> bool {
        let requirement = VersionReq::parse(&self.requirement);
        self.of.is_none() && requirement.is_ok_and(|requirement| !requirement.matches(version))
    }
}

/// A package that came or went without another taking its place.
pub type NameAndVersion = (PackageName, Version);

/// How a lockfile changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Packages that another version took the place of.
    pub moves: Vec<Move>,
    /// Packages that are new.
    pub added: Vec<NameAndVersion>,
    /// Packages that nothing needs any more.
    pub removed: Vec<NameAndVersion>,
}

/// Compares two lists of locked packages, both sorted. Of several versions that went and came under
/// one name, those that cargo counts as compatible belong together, and the newest first.
pub(super) fn compare(before: &[LockedPackage], after: &[LockedPackage]) -> Changes {
    let identity =
        |package: &LockedPackage| (package.name.clone(), package.version.clone(), package.source.clone());
    let old: BTreeSet<_> = before.iter().map(identity).collect();
    let new: BTreeSet<_> = after.iter().map(identity).collect();
    let mut came: Vec<NameAndVersion> =
        new.difference(&old).map(|(n, v, _)| (n.clone(), v.clone())).collect();
    let mut gone: Vec<NameAndVersion> =
        old.difference(&new).map(|(n, v, _)| (n.clone(), v.clone())).collect();

    let mut changes = Changes::default();
    for compatible_only in [true, false] {
        gone.retain(|(name, from)| {
            let mut fitting: Vec<usize> = (0..came.len())
                .filter(|&at| came[at].0 == *name && (!compatible_only || is_compatible(from, &came[at].1)))
                .collect();
            fitting.sort_by_key(|&at| Reverse(&came[at].1));
            let Some(&at) = fitting.first() else { return true };
            let (name, to) = came.remove(at);
            changes.moves.push(Move { name, from: from.clone(), to, forced_by: None });
            false
        });
    }
    changes.moves.sort();
    changes.added = came;
    changes.removed = gone;
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecosystem::cargo::inventory::Source;

    fn packages(list: &[&str]) -> Vec<LockedPackage> {
        list.iter()
            .map(|text| {
                let (name, version) = text.split_once(' ').expect("name and version");
                LockedPackage {
                    name: name.parse().expect("a name"),
                    version: version.parse().expect("a version"),
                    source: Source::CratesIo,
                    dependencies: Vec::new(),
                }
            })
            .collect()
    }

    #[test]
    fn a_requirement_excludes_what_it_does_not_accept() {
        let excludes = |requirement: &str| {
            let force = Force { by: "a 1.0.0".into(), requirement: requirement.into(), of: None };
            force.excludes(&Version::new(0, 3, 60))
        };
        assert_eq!(["^0.3.64", "^0.3", "=0.3.60", "none"].map(excludes), [true, false, false, false]);
    }

    #[test]
    fn a_move_is_a_version_in_place_of_another() {
        let show = |before: &[&str], after: &[&str]| {
            let changes = compare(&packages(before), &packages(after));
            let moves = changes.moves.iter().map(|m| format!("{} {} -> {}", m.name, m.from, m.to));
            let added = changes.added.iter().map(|(n, v)| format!("+{n} {v}"));
            let removed = changes.removed.iter().map(|(n, v)| format!("-{n} {v}"));
            moves.chain(added).chain(removed).collect::<Vec<_>>()
        };
        assert!(show(&["a 1.0.0"], &["a 1.0.0"]).is_empty());
        assert_eq!(show(&["a 1.0.0"], &["a 1.1.0", "b 1.0.0"]), ["a 1.0.0 -> 1.1.0", "+b 1.0.0"]);
        assert_eq!(show(&["a 1.0.0", "c 1.0.0"], &["a 1.0.0", "a 2.0.0"]), ["+a 2.0.0", "-c 1.0.0"]);
        // The compatible one belongs to it, whatever its place in the list.
        assert_eq!(
            show(&["w 0.48.0", "w 0.52.0"], &["w 0.52.6", "w 0.61.2"]),
            ["w 0.48.0 -> 0.61.2", "w 0.52.0 -> 0.52.6"]
        );
        assert_eq!(show(&["w 0.48.0", "w 0.52.0"], &["w 0.61.2"]), ["w 0.48.0 -> 0.61.2", "-w 0.52.0"]);
    }
}
