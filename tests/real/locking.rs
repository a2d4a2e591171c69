//! What happened to a lockfile.

use std::collections::{BTreeMap, BTreeSet};

use semver::{Version, VersionReq};

use crate::{
    index::{Index, Release},
    project::Project,
    search::class,
};

/// The locked versions, by name.
pub(crate) type Locked = BTreeMap<String, BTreeSet<Version>>;

/// A version that was locked before and is not any more.
#[derive(Debug)]
pub(crate) struct Moved {
    /// The package.
    pub(crate) name: String,
    /// The version that was locked.
    pub(crate) from: Version,
    /// The compatible version that is locked now; none if nothing needs it any more.
    pub(crate) to: Option<Version>,
}

/// How many versions of a package are locked.
pub(crate) fn copies(locked: &Locked, name: &str) -> usize {
    locked.get(name).map_or(0, BTreeSet::len)
}

/// What was locked before and is not any more.
pub(crate) fn moved(before: &Locked, after: &Locked) -> Vec<Moved> {
    let mut found = Vec::new();
    for (name, versions) in before {
        let now = after.get(name);
        for from in versions.iter().filter(|version| now.is_none_or(|now| !now.contains(version))) {
            let mut new = now.into_iter().flatten().filter(|version| !versions.contains(version));
            let to = new.find(|version| class(version) == class(from)).cloned();
            found.push(Moved { name: name.clone(), from: from.clone(), to });
        }
    }
    found
}

/// Why a move is not as it should be, given what the tool said and the project it led to; none if all is well:
/// it is named on a line of its own, with a package of the project that does require a later version, or that
/// requires another package with which the old version cannot be.
pub(crate) fn objection(moved: &Moved, said: &str, after: &Project, index: &Index) -> Option<String> {
    let to = moved.to.as_ref()?;
    let what = format!("{} {} -> {to}", moved.name, moved.from);
    let Some(line) = said.lines().find(|line| line.contains(&what)) else {
        return Some(format!("{what}: not named"));
    };
    let mut quoted = line.split('`').skip(1).step_by(2);
    let (Some(by), Some(required)) = (quoted.next(), quoted.next()) else {
        return Some(format!("{what}: no requirement named"));
    };
    let (of, text) = match required.split_once(' ') {
        Some((of, text)) if of.starts_with(char::is_alphabetic) => (of, text),
        _ => (moved.name.as_str(), required),
    };
    let real = after.packages.iter().any(|package| {
        let declared = package.requirements(of).any(|r| r.to_string() == text);
        format!("{} {}", package.name, package.version) == by && declared
    });
    let Ok(requirement) = VersionReq::parse(text) else { return Some(format!("{what}: `{text}`?")) };
    let forces = if of == moved.name {
        !requirement.matches(&moved.from)
    } else {
        let old = index.named(&moved.name);
        let old = old.iter().find(|release| release.version == moved.from);
        let meant = index.named(of);
        let mut meant = meant.iter().filter(|r| !r.yanked && requirement.matches(&r.version)).peekable();
        meant.peek().is_some() && old.is_some_and(|old| meant.all(|new| !go_together(old, of, new, index)))
    };
    match (real, forces) {
        (false, _) => Some(format!("{what}: `{by}` does not require `{required}`")),
        (true, false) => Some(format!("{what}: `{required}` does not force it")),
        (true, true) => None,
    }
}

/// Whether a release and one of the package `of` can be in one lockfile, as far as their own requirements tell:
/// not if both need a version out of one compatible range, and there is none that both accept.
fn go_together(old: &Release, of: &str, new: &Release, index: &Index) -> bool {
    let clash = |third: &str, old: &VersionReq, new: &dyn Fn(&Version) -> bool| {
        let releases = index.named(third);
        let versions = || releases.iter().map(|release| &release.version);
        let (ours, theirs) = (|| versions().filter(|v| old.matches(v)), || versions().filter(|v| new(v)));
        ours().all(|v| theirs().all(|other| v != other && class(v) == class(other)))
    };
    let mut needs = old.dependencies.iter().filter(|d| !d.optional);
    needs.all(|need| {
        let shared = new.dependencies.iter().filter(|d| !d.optional && d.package == need.package);
        let mut others = shared.map(|other| &other.requirement);
        let is_it = need.package == of && clash(of, &need.requirement, &|v| *v == new.version);
        !is_it && !others.any(|other| clash(&need.package, &need.requirement, &|v| other.matches(v)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(packages: &[(&str, &str)]) -> Locked {
        let mut locked = Locked::new();
        for (name, version) in packages {
            locked.entry((*name).to_owned()).or_default().insert(version.parse().expect("a version"));
        }
        locked
    }

    #[test]
    fn what_is_not_locked_any_more_has_moved_or_is_gone() {
        let before = locked(&[("a", "1.0.0"), ("a", "2.0.0"), ("b", "0.1.0"), ("c", "0.1.0")]);
        let after = locked(&[("a", "1.2.0"), ("a", "2.0.0"), ("b", "0.2.0"), ("c", "0.1.0"), ("d", "1.0.0")]);
        let shown = moved(&before, &after).into_iter().map(|m| {
            let to = m.to.map_or_else(|| "gone".to_owned(), |to| to.to_string());
            format!("{} {} {to}", m.name, m.from)
        });
        assert_eq!(shown.collect::<Vec<_>>(), ["a 1.0.0 1.2.0", "b 0.1.0 gone"]);
    }
}
