//! Which versions of OpenTelemetry a release brings with it, whatever lies between.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use semver::Version;

use crate::index::{Active, Index, Release};

/// Minor versions of `opentelemetry`.
pub(crate) type Minors = BTreeSet<u64>;

/// A crate, a version of it, and the features that are asked of it.
type Key = (String, Version, BTreeSet<String>);

/// Follows dependencies to their end and remembers where they led.
pub(crate) struct Belonging<'a> {
    /// Where releases are looked up.
    index: &'a Index,
    /// What was found before.
    found: RefCell<HashMap<Key, Minors>>,
}

/// Whether a crate is OpenTelemetry's API, under its name of today or that of 0.18 to 0.20.
pub(crate) fn is_api(name: &str) -> bool {
    matches!(name, "opentelemetry" | "opentelemetry_api")
}

impl<'a> Belonging<'a> {
    /// A follower of dependencies.
    pub(crate) fn new(index: &'a Index) -> Self {
        Self { index, found: RefCell::default() }
    }

    /// The minors that a release brings when these features are asked of it.
    pub(crate) fn of(&self, name: &str, release: &Release, asked: &BTreeSet<String>) -> Minors {
        if is_api(name) {
            return Minors::from([release.version.minor]);
        }
        let key = (name.to_owned(), release.version.clone(), asked.clone());
        if let Some(found) = self.found.borrow().get(&key) {
            return found.clone();
        }
        // What leads back to here adds nothing to what is found here.
        self.found.borrow_mut().insert(key.clone(), Minors::new());
        let (_, active) = release.activate(asked);
        let minors: Minors = active.iter().flat_map(|active| self.of_dependency(active)).collect();
        self.found.borrow_mut().insert(key, minors.clone());
        minors
    }

    /// The minors that a dependency brings: those of the newest release it accepts.
    pub(crate) fn of_dependency(&self, (dependency, features): &Active<'_>) -> Minors {
        let releases = self.index.cached(&dependency.package);
        let newest = releases.iter().find(|r| !r.yanked && dependency.requirement.matches(&r.version));
        newest.map(|release| self.of(&dependency.package, release, features)).unwrap_or_default()
    }
}
