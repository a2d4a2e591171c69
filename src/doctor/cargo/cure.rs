//! Features that a finding asks for, switched on in a manifest.

use super::Scene;
use crate::{
    doctor::cure::{Change, Cure},
    ecosystem::cargo::inventory::{Member, Use},
    install::{
        Edit,
        cargo::{Options, plan},
    },
    resolution::{Requirement, Resolution},
};

impl Scene<'_> {
    /// What switches features of a dependency of a member on. The manifest is edited as an installation would do it.
    pub(super) fn switch_on(&self, member: &Member, used: &Use, features: &[&str]) -> Option<Cure> {
        let package = &self.inventory.packages[used.package];
        let release = self.registry.releases(package.name.as_str()).and_then(|all| all.get(&package.version));
        if release.is_some_and(|release| features.iter().any(|feature| !release.group.has_feature(feature))) {
            return None;
        }
        let requirement = Requirement {
            name: package.name.clone(),
            version: None,
            since: None,
            present: Vec::new(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            members: vec![member.name.to_string()],
            because: Vec::new(),
            wiring: Vec::new(),
            switches: Vec::new(),
            directives: Vec::new(),
        };
        let resolution = Resolution { requirements: vec![requirement.clone()], ..Resolution::default() };
        let plan = plan(&resolution, self.inventory, &Options::default()).ok()?;
        let changes = plan.edits.iter().map(|edit| {
            let owner = self.inventory.members.iter().find(|member| member.manifest == edit.path)?;
            change(self.overview.manifest(owner.name.as_str())?, edit)
        });
        let changes: Vec<Change> = changes.collect::<Option<_>>()?;
        (!changes.is_empty()).then_some(Cure { changes, requirement: Some(requirement) })
    }
}

/// The part of a file that an edit changes.
fn change(path: &str, edit: &Edit) -> Option<Change> {
    let [old, new] = [&edit.old, &edit.new].map(|bytes| std::str::from_utf8(bytes).ok());
    let (old, new) = (old?, new?);
    let same = |one: &mut dyn Iterator<Item = char>, other: &mut dyn Iterator<Item = char>| -> usize {
        one.zip(other).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum()
    };
    let start = same(&mut old.chars(), &mut new.chars());
    let (old, new) = (&old[start..], &new[start..]);
    let end = same(&mut old.chars().rev(), &mut new.chars().rev());
    Some(Change::new(path, start, &old[..old.len() - end], &new[..new.len() - end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_changes_is_found() {
        for (old, new, expected) in [
            ("a = [\"x\"]\n", "a = [\"x\", \"y\"]\n", (8, "", ", \"y\"")),
            ("ä = 1\n", "ö = 1\n", (0, "ä", "ö")),
            ("aa", "aaa", (2, "", "a")),
            ("a", "", (0, "a", "")),
        ] {
            let edit = Edit { path: "x".into(), old: old.into(), new: new.into() };
            let change = change("x", &edit).expect("text");
            assert_eq!((change.start, change.old.as_str(), change.new.as_str()), expected, "{old}");
        }
    }
}
