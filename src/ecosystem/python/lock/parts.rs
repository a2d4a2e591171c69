//! Which optional parts of a project count.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::{nearest::nearest, package::PackageName};

/// The parts of a project that the user asks for beside what a production install has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Extras (`--extra`).
    pub extras: Vec<PackageName>,
    /// Whether every extra counts (`--all-extras`).
    pub all_extras: bool,
    /// Dependency groups, those for development too (`--group`).
    pub groups: Vec<PackageName>,
    /// Whether every group counts (`--all-groups`).
    pub all_groups: bool,
    /// Workspace members (`-p`); none stands for the root.
    pub packages: Vec<PackageName>,
    /// Whether every workspace member counts (`--workspace`).
    pub workspace: bool,
}

/// The kinds of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An extra.
    Extra,
    /// A dependency group.
    Group,
    /// A workspace member.
    Member,
}

impl Part {
    /// What it is called.
    fn noun(self) -> &'static str {
        match self {
            Self::Extra => "extra",
            Self::Group => "group",
            Self::Member => "workspace member",
        }
    }
}

/// A part that the project does not have.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the project has no {} `{name}`", part.noun())]
pub struct UnknownPart {
    /// What was asked for.
    pub part: Part,
    /// Its name.
    pub name: PackageName,
    /// The ones that the project has.
    pub known: Vec<PackageName>,
}

impl UnknownPart {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let names = || self.known.iter().map(PackageName::as_str);
        match nearest(self.name.as_str(), names()) {
            Some(name) => Some(format!("did you mean `{name}`?")),
            None if self.known.is_empty() => Some(format!("it has no {} at all", self.part.noun())),
            None => {
                let names = names().take(10).map(|name| format!("`{name}`")).collect::<Vec<_>>();
                let more = if self.known.len() > names.len() { ", …" } else { "" };
                Some(format!("it has {}{more}", names.join(", ")))
            }
        }
    }
}

/// The names asked for, if all of them are known; all known ones where everything is asked for.
pub(super) fn choose(
    part: Part,
    asked: &[PackageName],
    all: bool,
    known: &BTreeSet<PackageName>,
) -> Result<BTreeSet<PackageName>, UnknownPart> {
    if let Some(name) = asked.iter().find(|name| !known.contains(*name)) {
        return Err(UnknownPart { part, name: name.clone(), known: known.iter().cloned().collect() });
    }
    Ok(if all { known.clone() } else { asked.iter().cloned().collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<PackageName> {
        texts.iter().map(|text| PackageName::of_distribution(text).expect("a name")).collect()
    }

    #[test]
    fn an_unknown_part_is_refused_with_the_nearest() {
        let known = names(&["dev", "docs", "postgres"]).into_iter().collect();
        let chosen = choose(Part::Extra, &names(&["postgres"]), false, &known);
        assert_eq!(chosen, Ok(names(&["postgres"]).into_iter().collect()));
        assert_eq!(choose(Part::Extra, &[], true, &known), Ok(known.clone()));
        for (asked, hint) in
            [("postgers", "did you mean `postgres`?"), ("x", "it has `dev`, `docs`, `postgres`")]
        {
            let error = choose(Part::Group, &names(&[asked]), true, &known).expect_err(asked);
            assert_eq!(error.to_string(), format!("the project has no group `{asked}`"));
            assert_eq!(error.hint().as_deref(), Some(hint));
        }
        let error = choose(Part::Member, &names(&["x"]), false, &BTreeSet::new()).expect_err("none");
        assert_eq!(error.hint().as_deref(), Some("it has no workspace member at all"));
    }
}
