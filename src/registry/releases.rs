//! Release data: what the index says about every release of the crates that the rules name.
//!
//! The file is text, one line of JSON per crate, sorted by name, so that a start of the program
//! parses only the few crates it needs and a refresh shows as a readable diff. Consecutive
//! releases that say the same share one entry.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

/// Every release of one crate: one line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrateReleases {
    /// The crate.
    pub name: String,
    /// Its releases, oldest first, in groups that say the same.
    pub releases: Vec<ReleaseGroup>,
}

/// Consecutive releases that differ in nothing but their version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseGroup {
    /// The versions, ascending.
    pub versions: Vec<Version>,
    /// Those of the versions that were yanked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub yanked: Vec<Version>,
    /// The declared `rust-version`, completed to three parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rust_version: Option<Version>,
    /// The normal dependencies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// The features and what each switches on (`dep:x`, `x/f`, `x?/f`, `other-feature`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, Vec<String>>,
}

/// A normal dependency of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The crate depended on.
    pub package: String,
    /// The name it has in the manifest and in features, where it was renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The versions that are accepted.
    pub req: VersionReq,
    /// Whether a feature must switch it on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Whether its default features are off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_default: bool,
    /// The features asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
}

impl Dependency {
    /// The name under which features refer to it.
    #[must_use]
    pub fn alias(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.package)
    }
}
