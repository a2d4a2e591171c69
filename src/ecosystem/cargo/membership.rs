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
    releases::{CrateReleases, Dependency, Release, ReleaseGroup},
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

/// A dependency, by address, with the features asked of it beyond those that it names itself.
type Asked<'a> = (usize, Vec<&'a str>);

/// Answers about memberships, remembering what was worked out: the same few crates are behind most.
pub struct Memberships<'a> {
    registry: &'a Registry,
    releases: RefCell<HashMap<String, Option<&'a CrateReleases>>>,
    sets: RefCell<HashMap<Asked<'a>, Vec<ReleaseSet>>>,
}

impl<'a> Memberships<'a> {
    /// Answers from that registry's release data.
    #[must_use]
    pub fn new(registry: &'a Registry) -> Self {
        Self { registry, releases: RefCell::default(), sets: RefCell::default() }
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
        Membership::from_sets(self.sets_of(release.group, features, true, 0))
    }

    /// For each feature of the release that `is_meant`: its name, and the membership with it and the
    /// features `base` on. What the features have in common is looked at once.
    pub(super) fn of_each(
        &self,
        release: &Release<'a>,
        base: &[String],
        is_meant: impl Fn(&str) -> bool,
    ) -> Vec<(&'a str, Membership)> {
        let common = self.sets_of(release.group, base.iter().map(String::as_str), true, 0);
        let meant =
            release.group.features.iter().map(|feature| feature.name.as_str()).filter(|f| is_meant(f));
        meant
            .map(|feature| {
                let own = activate(release.group, [feature], false).dependencies;
                let optional = own.into_iter().filter(|(dependency, _)| dependency.optional);
                let own = optional.flat_map(|(dependency, asked)| self.sets_behind(dependency, asked, 0));
                (feature, Membership::from_sets(common.iter().copied().chain(own).collect()))
            })
            .collect()
    }

    fn sets_of<'f>(
        &self,
        group: &'a ReleaseGroup,
        features: impl IntoIterator<Item = &'f str>,
        with_default: bool,
        depth: usize,
    ) -> BTreeSet<ReleaseSet> {
        let active = activate(group, features, with_default).dependencies;
        active
            .into_iter()
            .flat_map(|(dependency, asked)| self.sets_behind(dependency, asked, depth))
            .collect()
    }

    /// The sets of the release that cargo takes for a dependency.
    fn sets_behind(&self, dependency: &'a Dependency, asked: Vec<&'a str>, depth: usize) -> Vec<ReleaseSet> {
        let key = (std::ptr::from_ref(dependency).addr(), asked);
        if let Some(known) = self.sets.borrow().get(&key) {
            return known.clone();
        }
        let taken = self.releases(&dependency.package).and_then(|releases| taken(releases, &dependency.req));
        let sets = match taken {
            None => Vec::new(),
            Some(_) if depth > DEEPEST => Vec::new(),
            Some(release) if API_CRATES.contains(&dependency.package.as_str()) => {
                vec![ReleaseSet::of(release.version)]
            }
            Some(release) => {
                let features = dependency.features.iter().map(String::as_str).chain(key.1.iter().copied());
                let sets = self.sets_of(release.group, features, !dependency.no_default, depth + 1);
                sets.into_iter().collect()
            }
        };
        self.sets.borrow_mut().insert(key, sets.clone());
        sets
    }
}

/// The release that cargo takes for a requirement when nothing is locked: the newest.
fn taken<'a>(releases: &'a CrateReleases, req: &VersionReq) -> Option<Release<'a>> {
    releases.newest_first().find(|release| !release.is_yanked && req.matches(release.version))
}
