//! Releases that may be taken, and who says so.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::{
    index::{Active, Release},
    project::Package,
    rules::{Provision, features, matching},
    search::{Search, class},
};

/// A release with the features it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its version.
    pub(crate) version: Version,
    /// The features that are on, `default` among them.
    pub(crate) asked: BTreeSet<String>,
    /// The features to switch on.
    pub(crate) features: BTreeSet<String>,
}

/// Somebody who wants one of several releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    /// The releases that will do.
    pub(crate) candidates: Vec<Candidate>,
}

/// Says what fits in a release set, for a library.
pub(crate) struct Judge<'a> {
    /// Everything there is to look at.
    pub(crate) search: &'a Search<'a>,
    /// The set: a minor of OpenTelemetry.
    pub(crate) set: u64,
    /// The package of the library.
    pub(crate) library: usize,
}

impl Judge<'_> {
    /// The releases of a crate that a member may get, as a way to instrument the library or because
    /// something needs it.
    pub(crate) fn candidates(&self, member: usize, name: &str, way: Option<&Provision>) -> Vec<Candidate> {
        let limit = self.search.project.rust(member);
        let on = self.on(member);
        let releases = self.search.index.named(name);
        let admitted = releases.iter().filter(|r| self.search.rules.admits(name, r, limit.as_ref()));
        admitted.filter_map(|release| self.candidate(name, release, way, &on)).collect()
    }

    /// The features that a member's manifest switches on in the library, those that follow from them included.
    fn on(&self, member: usize) -> BTreeSet<String> {
        let asked = self.search.project.asked(member, self.library);
        let Package { name, version, .. } = &self.search.project.packages[self.library];
        let releases = self.search.index.named(name);
        let release = releases.iter().find(|r| r.version == *version);
        release.map_or_else(|| asked.clone(), |release| release.activate(&asked).0)
    }

    /// The release with its features, if it fits.
    fn candidate(
        &self,
        name: &str,
        release: &Release,
        way: Option<&Provision>,
        on: &BTreeSet<String>,
    ) -> Option<Candidate> {
        let mut wanted = BTreeSet::new();
        if let Some(krate) = self.search.rules.crates.get(name) {
            wanted.extend(features(release, &krate.features, &krate.mirror, on));
        }
        if let Some(way) = way {
            wanted.extend(features(release, &way.features, &way.mirror, on));
        }
        let select = way.and_then(|way| way.select.as_deref());
        let choices = select.map(|pattern| matching(release, pattern)).unwrap_or_default();
        if select.is_none() {
            return self.fitting(name, release, wanted, None, way.is_none());
        }
        choices
            .into_iter()
            .find_map(|choice| self.fitting(name, release, wanted.clone(), Some(choice), false))
    }

    /// The release with these features and the selected one, if it belongs to the set and fits.
    fn fitting(
        &self,
        name: &str,
        release: &Release,
        mut features: BTreeSet<String>,
        choice: Option<&str>,
        is_need: bool,
    ) -> Option<Candidate> {
        let belonging = self.search.belonging;
        features.extend(choice.map(str::to_owned));
        let mut asked = features.clone();
        asked.insert("default".to_owned());
        let minors = belonging.of(name, release, &asked);
        let needed = choice.is_some();
        if minors.iter().any(|minor| *minor != self.set) || (needed && minors.is_empty()) {
            return None;
        }
        let (_, active) = release.activate(&asked);
        let fits = self.accepts_library(&active, is_need);
        fits.then(|| Candidate { version: release.version.clone(), asked, features })
    }

    /// Whether the dependencies that are on accept the library, where they name it. What is only needed beside
    /// the way to instrument it may ask for a later version that cargo counts as compatible.
    fn accepts_library(&self, active: &[Active<'_>], is_need: bool) -> bool {
        let library = &self.search.project.packages[self.library];
        let releases = self.search.index.cached(&library.name);
        let mut naming = active.iter().filter(|(d, _)| d.package == library.name).peekable();
        naming.peek().is_none()
            || naming.any(|(d, _)| {
                let compatible = |r: &Release| class(&r.version) == class(&library.version) && r.is_offered();
                let later = || releases.iter().any(|r| compatible(r) && d.requirement.matches(&r.version));
                d.requirement.matches(&library.version) || (is_need && later())
            })
    }

    /// The features that a crate is to have by its own rule, whatever it is for, and has not where a member depends
    /// on it already. What follows the library's features is left alone there: the member's code does without.
    pub(crate) fn missing(&self, member: usize, package: usize) -> BTreeSet<String> {
        let project = self.search.project;
        let Package { name, version, .. } = &project.packages[package];
        let releases = self.search.index.named(name);
        let release = releases.iter().find(|r| r.version == *version);
        let (Some(release), Some(krate)) = (release, self.search.rules.crates.get(name)) else {
            return BTreeSet::new();
        };
        let (on, _) = release.activate(&project.asked(member, package));
        let wanted = features(release, &krate.features, &BTreeMap::new(), &BTreeSet::new());
        wanted.into_iter().filter(|feature| !on.contains(feature)).collect()
    }

    /// Whether a release accepts one of a crate that it needs.
    pub(crate) fn agree(&self, by: &str, with: &Candidate, name: &str, candidate: &Candidate) -> bool {
        let releases = self.search.index.named(by);
        let Some(release) = releases.iter().find(|r| r.version == with.version) else { return true };
        let (_, active) = release.activate(&with.asked);
        let mut naming = active.iter().filter(|(d, _)| d.package == name).peekable();
        naming.peek().is_none() || naming.any(|(d, _)| d.requirement.matches(&candidate.version))
    }
}
