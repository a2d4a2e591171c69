//! To which release set of OpenTelemetry a release of a crate belongs.
//!
//! Crates that exchange OpenTelemetry types must agree on one minor version of the API crate. Which
//! one a release belongs to is read from its dependencies, followed through other crates, and
//! never from its own version or the name of a feature: both mislead.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
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

/// Releases that say the same, by address, with the features asked of them and whether their default
/// features are on.
type Asked = (usize, Vec<String>, bool);

/// Answers about memberships, remembering what was worked out: the same few crates are behind most.
pub struct Memberships<'a> {
    registry: &'a Registry,
    releases: RefCell<HashMap<String, Option<&'a CrateReleases>>>,
    taken: RefCell<HashMap<(&'a str, &'a VersionReq), Option<Release<'a>>>>,
    sets: RefCell<HashMap<Asked, BTreeSet<ReleaseSet>>>,
}

impl<'a> Memberships<'a> {
    /// Answers from that registry's release data.
    #[must_use]
    pub fn new(registry: &'a Registry) -> Self {
        Self { registry, releases: RefCell::default(), taken: RefCell::default(), sets: RefCell::default() }
    }

    /// The registry behind the answers.
    #[must_use]
    pub fn registry(&self) -> &'a Registry {
        self.registry
    }

    /// The releases of a crate.
    #[must_use]
    pub fn releases(&self, name: &str) -> Option<&'a CrateReleases> {
        if let Some(known) = self.releases.borrow().get(name) {
            return *known;
        }
        let found = self.registry.releases(name);
        self.releases.borrow_mut().insert(name.to_owned(), found);
        found
    }

    /// The membership of one release of `name` with these features on, default features included.
    #[must_use]
    pub fn of<'f>(
        &self,
        name: &str,
        release: &Release<'a>,
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
        group: &'a ReleaseGroup,
        features: &BTreeSet<&str>,
        with_default: bool,
        depth: usize,
    ) -> BTreeSet<ReleaseSet> {
        if depth > DEEPEST {
            return BTreeSet::new();
        }
        let asked: Vec<String> = features.iter().map(|&feature| feature.to_owned()).collect();
        let key = (std::ptr::from_ref(group).addr(), asked, with_default);
        if let Some(known) = self.sets.borrow().get(&key) {
            return known.clone();
        }
        let mut sets = BTreeSet::new();
        for (dependency, asked) in activate(group, features.iter().copied(), with_default).dependencies {
            let Some(taken) = self.taken(&dependency.package, &dependency.req) else { continue };
            if API_CRATES.contains(&dependency.package.as_str()) {
                sets.insert(ReleaseSet::of(taken.version));
                continue;
            }
            let mut features: BTreeSet<&str> = dependency.features.iter().map(String::as_str).collect();
            features.extend(asked);
            sets.extend(self.sets_of(taken.group, &features, !dependency.no_default, depth + 1));
        }
        self.sets.borrow_mut().insert(key, sets.clone());
        sets
    }

    /// The release that cargo takes for a requirement when nothing is locked: the newest.
    fn taken(&self, package: &'a str, req: &'a VersionReq) -> Option<Release<'a>> {
        if let Some(known) = self.taken.borrow().get(&(package, req)) {
            return *known;
        }
        let newest = |releases: &'a CrateReleases| {
            releases.newest_first().find(|release| !release.is_yanked && req.matches(release.version))
        };
        let found = self.releases(package).and_then(newest);
        self.taken.borrow_mut().insert((package, req), found);
        found
    }
}
