//! What may not move: everything that is installed and is not to be changed.

use std::fmt::Write as _;

use super::{Pin, Wanted};
use crate::ecosystem::python::inventory::{Distribution, DistributionVersion, Inventory};

/// The distributions that are held at their version. One whose version is none by PEP 440 cannot be named
/// in a constraint; that it is still there is verified afterwards.
#[must_use]
pub fn held(inventory: &Inventory, wanted: &[Wanted]) -> Vec<Pin> {
    let others = inventory.distributions.iter().filter(|d| wanted.iter().all(|w| w.name != d.name));
    others.filter_map(pin).collect()
}

/// A distribution at its version; `None` if that is none by PEP 440.
pub(super) fn pin(distribution: &Distribution) -> Option<Pin> {
    match &distribution.version {
        DistributionVersion::Valid(version) => {
            Some(Pin { name: distribution.name.clone(), version: version.clone() })
        }
        DistributionVersion::Invalid | DistributionVersion::Missing => None,
    }
}

/// A file of requirements or constraints, as pip and uv read them.
pub(super) fn lines<T: std::fmt::Display>(lines: impl IntoIterator<Item = T>) -> String {
    lines.into_iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

/// How the distributions that were there before have changed, apart from those that were to; a line for each.
pub(super) fn moved(before: &Inventory, after: &Inventory, wanted: &[Wanted]) -> Vec<String> {
    let others = before.distributions.iter().filter(|d| wanted.iter().all(|w| w.name != d.name));
    let moves = others.filter_map(|old| match after.get(old.name.as_str()) {
        None => Some(format!("`{}` is gone", old.name)),
        Some(new) if new.version != old.version => {
            Some(format!("`{}` {} -> {}", old.name, shown(&old.version), shown(&new.version)))
        }
        Some(_) => None,
    });
    moves.collect()
}

fn shown(version: &DistributionVersion) -> String {
    match version {
        DistributionVersion::Valid(version) => version.to_string(),
        DistributionVersion::Invalid | DistributionVersion::Missing => "(no version)".to_owned(),
    }
}
