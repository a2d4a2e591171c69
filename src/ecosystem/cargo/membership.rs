//! To which release set of OpenTelemetry a release of a crate belongs.
//!
//! Crates that exchange OpenTelemetry types must agree on one minor version of the API crate. Which
//! one a release belongs to is read from its dependencies, followed through other crates, and
//! never from its own version or the name of a feature: both mislead.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use semver::{Version, VersionReq};
use thiserror::Error;

use super::activation::activate;
use crate::registry::{
    Registry,
    releases::{CrateReleases, Release, ReleaseGroup},
};

/// The crates that are the API: `opentelemetry_api` was its name behind the façade from 0.18 to 0.20.
pub const API_CRATES: [&str; 2] = ["opentelemetry", "opentelemetry_api"];

/// How far dependencies are followed; real chains have at most five links.
const DEEPEST: usize = 12;

/// A minor version of the OpenTelemetry API, and all crates that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseSet {
    /// The major version.
    pub major: u64,
    /// The minor version.
    pub minor: u64,
}

impl ReleaseSet {
    /// The set that this version of the API crate defines.
    #[must_use]
    pub fn of(version: &Version) -> Self {
        // From 1.0 on a major version is a set, as semver promises compatibility within it.
        Self { major: version.major, minor: if version.major == 0 { version.minor } else { 0 } }
    }

    /// The set as a version, for ranges over sets.
    #[must_use]
    pub fn as_version(self) -> Version {
        Version::new(self.major, self.minor, 0)
    }
}

impl fmt::Display for ReleaseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that is no `X.Y`.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{}` is not a version of the form `0.33`", .0.escape_debug())]
pub struct InvalidSet(pub String);

impl FromStr for ReleaseSet {
    type Err = InvalidSet;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidSet(text.to_owned());
        let mut parts = text.splitn(3, '.').map(str::parse::<u64>);
        let major = parts.next().ok_or_else(invalid)?.map_err(|_| invalid())?;
        let minor = parts.next().ok_or_else(invalid)?.map_err(|_| invalid())?;
        match parts.next() {
            Some(Err(_)) => Err(invalid()),
            Some(Ok(_)) | None => Ok(Self { major, minor }),
        }
    }
}

/// What a release asks of the OpenTelemetry API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Nothing: it fits every set.
    Free,
    /// Exactly this set.
    One(ReleaseSet),
    /// Several sets at once: it can never be in a graph with only one.
    Mixed(BTreeSet<ReleaseSet>),
}

impl Membership {
    /// Whether a release with this membership may be used in that set.
    #[must_use]
    pub fn fits(&self, set: ReleaseSet) -> bool {
        match self {
            Self::Free => true,
            Self::One(own) => *own == set,
            Self::Mixed(_) => false,
        }
    }

    fn from_sets(sets: BTreeSet<ReleaseSet>) -> Self {
        match (sets.first(), sets.len()) {
            (None, _) => Self::Free,
            (Some(&set), 1) => Self::One(set),
            _ => Self::Mixed(sets),
        }
    }
}

/// A release of a crate with the features asked of it.
type Taken = (String, Version, Vec<String>);

/// Answers about memberships, remembering what was worked out.
pub struct Memberships<'a> {
    registry: &'a Registry,
    sets: RefCell<BTreeMap<Taken, BTreeSet<ReleaseSet>>>,
}

impl<'a> Memberships<'a> {
    /// Answers from that registry's release data.
    #[must_use]
    pub fn new(registry: &'a Registry) -> Self {
        Self { registry, sets: RefCell::default() }
    }

    /// The registry behind the answers.
    #[must_use]
    pub fn registry(&self) -> &'a Registry {
        self.registry
    }

    /// The releases of a crate.
    #[must_use]
    pub fn releases(&self, name: &str) -> Option<&'a CrateReleases> {
        self.registry.releases(name)
    }

    /// The membership of one release of `name` with these features on, default features included.
    #[must_use]
    pub fn of<'f>(
        &self,
        name: &str,
        release: &Release<'_>,
        features: impl IntoIterator<Item = &'f str>,
    ) -> Membership {
        if API_CRATES.contains(&name) {
            return Membership::One(ReleaseSet::of(release.version));
        }
        let features: BTreeSet<&str> = features.into_iter().collect();
        Membership::from_sets(self.sets_of(release.group, &features, true, 0))
    }

    fn sets_of(
        &self,
        release: &ReleaseGroup,
        features: &BTreeSet<&str>,
        with_default: bool,
        depth: usize,
    ) -> BTreeSet<ReleaseSet> {
        let mut sets = BTreeSet::new();
        if depth > DEEPEST {
            return sets;
        }
        let asked: Vec<String> = features.iter().map(|&f| f.to_owned()).collect();
        let activation = activate(release, asked.iter().map(String::as_str), with_default);
        for (dependency, asked) in activation.dependencies {
            if API_CRATES.contains(&dependency.package.as_str()) {
                sets.extend(self.api_set(&dependency.package, &dependency.req));
                continue;
            }
            let Some(releases) = self.releases(&dependency.package) else { continue };
            let Some(taken) = taken(releases, &dependency.req) else { continue };
            let mut features: BTreeSet<&str> = dependency.features.iter().map(String::as_str).collect();
            features.extend(asked);
            let default = !dependency.no_default;
            let mut key: Vec<String> = features.iter().map(|&f| f.to_owned()).collect();
            key.push(if default { "+default" } else { "-default" }.to_owned());
            let key = (dependency.package.clone(), taken.version.clone(), key);
            if let Some(known) = self.sets.borrow().get(&key) {
                sets.extend(known);
                continue;
            }
            let found = self.sets_of(taken.group, &features, default, depth + 1);
            self.sets.borrow_mut().insert(key, found.clone());
            sets.extend(found);
        }
        sets
    }

    /// The set that cargo ends up with for a requirement on the API: that of its newest release.
    fn api_set(&self, package: &str, req: &VersionReq) -> Option<ReleaseSet> {
        let releases = self.releases(package)?;
        taken(releases, req).map(|release| ReleaseSet::of(release.version))
    }
}

/// The release that cargo takes for a requirement when nothing is locked: the newest.
fn taken<'r>(releases: &'r CrateReleases, req: &VersionReq) -> Option<Release<'r>> {
    releases.newest_first().find(|release| !release.is_yanked && req.matches(release.version))
}
