//! Lines: a distribution and a range of its versions, as the tables spell them.

use pep440_rs::{Operator, VersionSpecifier, VersionSpecifiers};

use crate::{package::PackageName, registry::python::requirement::split};

/// A line of a table, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The distribution, as the line spells it.
    pub(super) spelled: String,
    /// The distribution.
    pub(super) name: PackageName,
    /// The versions that it asks for.
    pub(super) specifiers: VersionSpecifiers,
    /// That one version, as the line spells it, if it asks for exactly one.
    pub(super) exact: Option<String>,
}

impl Line {
    /// Takes a line apart; `None` if it is anything but a name and a range.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (spelled, rest) = split(text);
        let specifiers = rest.parse::<VersionSpecifiers>().ok()?;
        let is_exact = specifiers.len() == 1 && specifiers.iter().all(is_exact);
        Some(Self {
            name: PackageName::of_distribution(spelled).ok()?,
            exact: is_exact.then(|| rest.trim_start_matches('=').trim().to_owned()),
            spelled: spelled.to_owned(),
            specifiers,
        })
    }
}

/// Whether a range is a single version.
pub(super) fn is_exact(specifier: &VersionSpecifier) -> bool {
    matches!(specifier.operator(), Operator::Equal | Operator::ExactEqual)
}

/// A range in the form that `packaging` gives it: sorted as text.
pub(super) fn canonical(specifiers: &VersionSpecifiers) -> String {
    let mut texts = specifiers.iter().map(ToString::to_string).collect::<Vec<_>>();
    texts.sort_unstable();
    texts.join(",")
}
