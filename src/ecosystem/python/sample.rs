//! Inventories for tests.

use std::path::PathBuf;

use super::inventory::{Distribution, DistributionVersion, Environment, Inventory, Requires, Source};
use crate::package::PackageName;

/// An environment of Python 3.11 with these distributions, by name and version.
pub(crate) fn environment(distributions: &[(&str, &str)]) -> Inventory {
    let mut distributions: Vec<Distribution> =
        distributions.iter().map(|(name, version)| distribution(name, version, &[])).collect();
    distributions.sort_by(|a, b| a.name.cmp(&b.name));
    Inventory {
        source: Source::Environment(Environment {
            prefix: Some(PathBuf::from("/work/.venv")),
            interpreter: None,
            folders: Vec::new(),
        }),
        distributions,
        python: Some("3.11.4".parse().expect("a version")),
        direct: None,
        skipped: Vec::new(),
    }
}

/// A distribution; the version `""` is none, and `"?"` one that is not valid.
pub(crate) fn distribution(name: &str, version: &str, requires: &[&str]) -> Distribution {
    Distribution {
        name: self::name(name),
        version: match version {
            "" => DistributionVersion::Missing,
            "?" => DistributionVersion::Invalid,
            version => DistributionVersion::Valid(version.parse().expect("a version")),
        },
        requires: Requires::Listed(requires.iter().map(|name| self::name(name)).collect()),
    }
}

/// A name.
pub(crate) fn name(text: &str) -> PackageName {
    PackageName::of_distribution(text).expect("a name")
}
