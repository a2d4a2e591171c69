//! Which release sets the dependencies of releases bring in.
//!
//! Which set a release belongs to is read from its dependencies, followed through other crates, and never
//! from its own version or the name of a feature: both mislead. They are followed here, when data is made,
//! so that a run of the program need not.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use semver::VersionReq;

use crate::registry::{
    activation::Activation,
    release_set::{API_CRATES, ReleaseSet},
    releases::{CrateReleases, Dependency, Release, ReleaseGroup},
};

/// How far dependencies are followed; real chains have at most five links.
const DEEPEST: usize = 12;

/// A dependency, by address, with the features asked of it beyond those that it names itself.
type Asked<'a> = (usize, Vec<&'a str>);

/// The same crates, whose dependencies now tell which sets they bring in.
pub(in crate::registry) fn with_sets(crates: &[CrateReleases]) -> Vec<CrateReleases> {
    let mut trail = Trail {
        crates: crates.iter().map(|releases| (releases.name.as_str(), releases)).collect(),
        known: HashMap::new(),
    };
    let mut told = Vec::with_capacity(crates.len());
    for releases in crates {
        let groups = releases.releases.iter().map(|group| ReleaseGroup {
            dependencies: group.dependencies.iter().map(|d| Arc::new(trail.told(group, d))).collect(),
            ..group.clone()
        });
        told.push(CrateReleases { releases: groups.collect(), name: releases.name.clone() });
    }
    told
}

/// Follows dependencies, remembering what was worked out: the same few crates are behind most.
struct Trail<'a> {
    /// The crates by name.
    crates: HashMap<&'a str, &'a CrateReleases>,
    /// The sets behind a dependency.
    known: HashMap<Asked<'a>, BTreeSet<ReleaseSet>>,
}

impl<'a> Trail<'a> {
    /// The dependency of a release, telling which sets it brings in.
    fn told(&mut self, group: &'a ReleaseGroup, dependency: &'a Dependency) -> Dependency {
        let sets = self.sets_behind(dependency, Vec::new(), 0);
        let mut sets_with = BTreeMap::new();
        for feature in askable(group, dependency.alias()) {
            let with = self.sets_behind(dependency, vec![feature], 0);
            if !with.is_subset(&sets) {
                sets_with.insert(feature.to_owned().into(), with.difference(&sets).copied().collect());
            }
        }
        Dependency { sets: sets.into_iter().collect(), sets_with, ..dependency.clone() }
    }

    /// The sets of the release that cargo takes for a dependency.
    fn sets_behind(
        &mut self,
        dependency: &'a Dependency,
        asked: Vec<&'a str>,
        depth: usize,
    ) -> BTreeSet<ReleaseSet> {
        let key = (std::ptr::from_ref(dependency).addr(), asked);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let releases = self.crates.get(dependency.package.as_ref()).copied();
        let sets = match releases.and_then(|releases| taken(releases, &dependency.req)) {
            None => BTreeSet::new(),
            Some(_) if depth > DEEPEST => BTreeSet::new(),
            Some(release) if API_CRATES.contains(&dependency.package.as_ref()) => {
                BTreeSet::from([ReleaseSet::of(release.version)])
            }
            Some(release) => {
                let features = dependency.features.iter().map(AsRef::as_ref).chain(key.1.iter().copied());
                let active = Activation::of(release.group, features, !dependency.no_default);
                let mut sets = BTreeSet::new();
                for next in active.dependencies() {
                    let asked = active.asked_of(next).collect::<BTreeSet<_>>();
                    sets.extend(self.sets_behind(next, asked.into_iter().collect(), depth + 1));
                }
                sets
            }
        };
        self.known.insert(key, sets.clone());
        sets
    }
}

/// The release that cargo takes for a requirement when nothing is locked: the newest.
fn taken<'a>(releases: &'a CrateReleases, req: &VersionReq) -> Option<Release<'a>> {
    releases.newest_first().find(|release| !release.is_yanked && req.matches(release.version))
}

/// The features that the releases may ask of the dependency of that name.
fn askable<'a>(group: &'a ReleaseGroup, alias: &str) -> BTreeSet<&'a str> {
    let items = group.features.iter().flat_map(|feature| &feature.enables);
    let asked = items.filter_map(|item| item.split_once('/'));
    asked.filter(|(name, _)| name.trim_end_matches('?') == alias).map(|(_, feature)| feature).collect()
}
