//! Release data: what the index says about every release of the crates that the rules name.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use semver::{Version, VersionReq};

use super::release_set::ReleaseSet;

/// Every release of one crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrateReleases {
    /// The crate.
    pub name: String,
    /// Its releases, oldest first, in groups that say the same.
    pub releases: Vec<ReleaseGroup>,
}

/// Consecutive releases that differ in nothing but their version. What it says is shared with the other
/// groups that say it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseGroup {
    /// The versions, ascending.
    pub versions: Vec<Version>,
    /// Those of the versions that were yanked.
    pub yanked: Vec<Version>,
    /// The declared `rust-version`, completed to three parts.
    pub rust_version: Option<Version>,
    /// The normal dependencies.
    pub dependencies: Vec<Arc<Dependency>>,
    /// The features.
    pub features: Features,
}

/// A name, in most cases a piece of the file that it stands in.
pub type Name = Cow<'static, str>;

/// The features of a release and what each switches on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(Vec<Arc<Feature>>);

/// A feature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feature {
    /// Its name.
    pub name: Name,
    /// What it switches on (`dep:x`, `x/f`, `x?/f`, `other-feature`).
    pub enables: Vec<Name>,
}

/// A normal dependency of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The crate depended on.
    pub package: Name,
    /// The name it has in the manifest and in features, where it was renamed.
    pub alias: Option<Name>,
    /// The versions that are accepted.
    pub req: VersionReq,
    /// Whether a feature must switch it on.
    pub optional: bool,
    /// Whether its default features are off.
    pub no_default: bool,
    /// The features asked for.
    pub features: Vec<Name>,
    /// The release sets that it brings in, itself or through what it depends on.
    pub sets: Vec<ReleaseSet>,
    /// Those that it brings in besides when the release asks a feature of it beyond the above, by feature.
    pub sets_with: BTreeMap<Name, Vec<ReleaseSet>>,
}

impl Features {
    /// Features, sorted by name, each of which is there once.
    pub(super) fn new(mut features: Vec<Arc<Feature>>) -> Self {
        // As the file has them, in most cases.
        if !features.is_sorted_by(|one, next| one.name < next.name) {
            features.sort();
            features.dedup_by(|a, b| a.name == b.name);
        }
        Self(features)
    }

    /// The feature of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Feature> {
        let index = self.0.binary_search_by(|feature| feature.name.as_ref().cmp(name)).ok()?;
        Some(&self.0[index])
    }

    /// What the feature of that name switches on.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[Name]> {
        self.find(name).map(|feature| feature.enables.as_slice())
    }

    /// Whether there is a feature of that name.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The features, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Feature>> {
        self.0.iter()
    }
}

impl Dependency {
    /// The name under which features refer to it.
    #[must_use]
    pub fn alias(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.package)
    }
}

/// A single release and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release<'a> {
    /// Its version.
    pub version: &'a Version,
    /// Whether it was yanked.
    pub is_yanked: bool,
    /// What it says, together with its neighbours.
    pub group: &'a ReleaseGroup,
}

impl CrateReleases {
    /// The single releases, newest first, yanked ones and pre-releases included.
    pub fn newest_first(&self) -> impl Iterator<Item = Release<'_>> {
        self.releases.iter().rev().flat_map(ReleaseGroup::newest_first)
    }

    /// The release of that version.
    #[must_use]
    pub fn get(&self, version: &Version) -> Option<Release<'_>> {
        let after = self.releases.partition_point(|group| group.versions.last() < Some(version));
        self.releases.get(after)?.newest_first().find(|release| release.version == version)
    }
}

impl ReleaseGroup {
    /// The single releases of the group, newest first.
    fn newest_first(&self) -> impl Iterator<Item = Release<'_>> {
        let release = |version| Release { version, is_yanked: self.yanked.contains(version), group: self };
        self.versions.iter().rev().map(release)
    }

    /// Whether the releases have a feature of that name, also one that an optional dependency implies.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        self.feature_name(name).is_some()
    }

    /// The feature of that name, also one that an optional dependency implies, as the data spells it.
    #[must_use]
    pub fn feature_name(&self, name: &str) -> Option<&str> {
        match self.features.find(name) {
            Some(feature) => Some(&feature.name),
            None => self.implicit_feature(name).map(Dependency::alias),
        }
    }

    /// The optional dependency that implies a feature of its own name.
    ///
    /// Source of the rule: the cargo reference, "Optional dependencies": every optional dependency
    /// does, unless some feature names it as `dep:NAME`.
    #[must_use]
    pub fn implicit_feature(&self, name: &str) -> Option<&Dependency> {
        if self.features.contains_key(name) {
            return None;
        }
        let named = |item: &Name| item.strip_prefix("dep:") == Some(name);
        let dependency = self.dependencies.iter().find(|d| d.optional && d.alias() == name)?.as_ref();
        (!self.features.iter().flat_map(|feature| &feature.enables).any(named)).then_some(dependency)
    }

    /// The names of all features, implied ones included, sorted.
    #[must_use]
    pub fn feature_names(&self) -> BTreeSet<&str> {
        let implied = self.dependencies.iter().filter(|d| d.optional).map(|d| d.alias());
        let implied = implied.filter(|name| self.implicit_feature(name).is_some());
        self.features.iter().map(|feature| feature.name.as_ref()).chain(implied).collect()
    }
}

/// The version that a `rust-version` key means: `1.60` is `1.60.0`.
///
/// Source of the rule: the cargo reference, "The `rust-version` field": two or three numbers (older
/// manifests have one), no operators; pre-release parts are dropped.
#[must_use]
pub fn rust_version(text: &str) -> Option<Version> {
    let text = text.split(['-', '+']).next()?;
    let mut numbers = text.split('.').map(|part| part.parse::<u64>().ok());
    let major = numbers.next()??;
    let minor = numbers.next().unwrap_or(Some(0))?;
    let patch = numbers.next().unwrap_or(Some(0))?;
    numbers.next().is_none().then(|| Version::new(major, minor, patch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::release_line;

    /// A yanked release, and a feature implied by one optional dependency and not by the other.
    const LINE: &str = r#"{"name":"x",
        "dependencies":["tracing ^0.1 optional","opentelemetry ^0.30 alias=otel optional","log ^0.4"],
        "features":["default","telemetry dep:otel tracing?/log"],
        "releases":[
            "0.1.0",
            "0.2.0! 0.2.1 rust=1.60.0 needs=0,1,2 has=0,1"]}"#;

    fn releases() -> CrateReleases {
        release_line::read(LINE, Cow::Borrowed).expect("the literal is valid")
    }

    #[test]
    fn single_releases_come_newest_first() {
        let releases = releases();
        let seen = releases.newest_first().map(|r| format!("{} {}", r.version, r.is_yanked));
        assert_eq!(seen.collect::<Vec<_>>(), ["0.2.1 false", "0.2.0 true", "0.1.0 false"]);
        for version in ["0.1.0", "0.2.0", "0.2.1"] {
            let version = version.parse().expect("a version");
            assert_eq!(releases.get(&version).map(|r| r.version), Some(&version));
        }
        assert_eq!(releases.get(&Version::new(0, 1, 5)), None);
        assert_eq!(releases.get(&Version::new(0, 3, 0)), None);
    }

    #[test]
    fn an_optional_dependency_implies_a_feature_unless_one_names_it() {
        let releases = releases();
        let group = &releases.releases[1];
        assert_eq!(
            group.feature_names().into_iter().collect::<Vec<_>>(),
            ["default", "telemetry", "tracing"]
        );
        assert!(group.has_feature("tracing"));
        assert!(!group.has_feature("otel"));
        assert!(!group.has_feature("log"));
    }

    #[test]
    fn rust_versions_are_completed() {
        for (text, expected) in [
            ("1.60", Some((1, 60, 0))),
            ("1.60.1", Some((1, 60, 1))),
            ("1", Some((1, 0, 0))),
            ("1.85.0-nightly", Some((1, 85, 0))),
            ("1.60.0.0", None),
            ("nightly", None),
            ("", None),
        ] {
            assert_eq!(rust_version(text), expected.map(|(x, y, z)| Version::new(x, y, z)), "{text}");
        }
    }
}
