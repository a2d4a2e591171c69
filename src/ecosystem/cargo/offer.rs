//! What the releases of an instrumentation crate have to offer for one use of a library.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use semver::{Comparator, Op, Version, VersionReq};

use super::{
    activation::activate,
    inventory::Inventory,
    membership::{API_CRATES, Membership, Memberships, ReleaseSet},
};
use crate::registry::{
    releases::{CrateReleases, Dependency, Release, ReleaseGroup},
    rule::{Crate, FeatureChoice, FeaturePattern},
};

/// What is wanted of the releases of a crate.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Features to switch on where the release has them.
    pub features: &'a [FeatureChoice],
    /// Features to switch on when the library has the feature on the left on.
    pub mirror: &'a BTreeMap<String, String>,
    /// Features of which exactly one is chosen by what it depends on.
    pub select: Option<&'a FeaturePattern>,
    /// The library it is for, and its locked version.
    pub library: Option<(&'a str, &'a Version)>,
    /// The features of the library that are on.
    pub library_features: &'a BTreeSet<String>,
    /// The newest Rust that may be needed.
    pub rust: Option<&'a Version>,
}

/// A release that supports what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The release.
    pub version: Version,
    /// The features to switch on, without the one that the set selects.
    pub features: Vec<String>,
    /// The sets it can be used in, with the feature that selects each; `None` for every set.
    pub sets: Option<BTreeMap<ReleaseSet, Option<String>>>,
    /// The Rust version it needs, if that is more than allowed.
    pub needs_rust: Option<Version>,
    /// How many locked packages it would force to move, as far as its own requirements tell.
    pub moves: usize,
}

impl Offer {
    /// Whether it can be used in that set on the allowed Rust.
    #[must_use]
    pub fn fits(&self, set: ReleaseSet) -> bool {
        self.needs_rust.is_none() && self.is_in(set)
    }

    /// Whether it belongs to that set, whatever Rust it needs.
    #[must_use]
    pub fn is_in(&self, set: ReleaseSet) -> bool {
        self.sets.as_ref().is_none_or(|sets| sets.contains_key(&set))
    }

    /// The features to switch on in that set, sorted.
    #[must_use]
    pub fn features_in(&self, set: ReleaseSet) -> Vec<String> {
        let selected = self.sets.as_ref().and_then(|sets| sets.get(&set)).cloned().flatten();
        let all: BTreeSet<String> = self.features.iter().cloned().chain(selected).collect();
        all.into_iter().collect()
    }
}

/// What all releases of a crate offer, newest first; and, if none supports the library, the
/// requirements on it that the releases state.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// The releases that support what is wanted.
    pub offers: Vec<Offer>,
    /// The versions of the library that the releases support, newest release first.
    pub supported: Vec<String>,
    /// The index of the best offer per set that was asked about.
    best: RefCell<HashMap<ReleaseSet, Option<usize>>>,
}

impl Offers {
    /// The release to take in that set: among those that force no locked package to move the
    /// newest, else the newest of those that force the fewest.
    #[must_use]
    pub fn best_in(&self, set: ReleaseSet) -> Option<&Offer> {
        let find = || {
            let fitting = || self.offers.iter().enumerate().filter(|(_, offer)| offer.fits(set));
            let fewest = fitting().map(|(_, offer)| offer.moves).min()?;
            fitting().find(|(_, offer)| offer.moves == fewest).map(|(index, _)| index)
        };
        self.best.borrow_mut().entry(set).or_insert_with(find).map(|index| &self.offers[index])
    }
}

/// The releases of `krate` that support what is wanted.
#[must_use]
pub fn offers(
    memberships: &Memberships<'_>,
    inventory: &Inventory,
    krate: &str,
    wanted: Wanted<'_>,
) -> Offers {
    let mut found = Offers::default();
    let Some(releases) = memberships.releases(krate) else { return found };
    let rule = memberships.registry().krate(krate);
    // Consecutive releases mostly say the same.
    let mut last: Option<(&ReleaseGroup, Vec<String>, Option<Statement<'_>>)> = None;
    for release in releases.newest_first() {
        if release.is_yanked || !release.version.pre.is_empty() || is_avoided(rule, release.version) {
            continue;
        }
        let features = features_of(&release, wanted);
        let is_same = last
            .as_ref()
            .is_some_and(|(group, on, _)| std::ptr::eq(*group, release.group) && *on == features);
        // The API crate's membership is its own version, which releases that say the same do not share.
        if !is_same || API_CRATES.contains(&krate) {
            let statement = statement(memberships, inventory, krate, &release, &features, wanted);
            last = Some((release.group, features.clone(), statement));
        }
        let Some((_, _, Some(statement))) = &last else { continue };
        if !statement.refused.is_empty() {
            for req in &statement.refused {
                let text = req.to_string();
                if !found.supported.contains(&text) {
                    found.supported.push(text);
                }
            }
            continue;
        }
        let needs_rust = needed_rust(rule, &release).filter(|needed| wanted.rust.is_some_and(|r| needed > r));
        found.offers.push(Offer {
            version: release.version.clone(),
            features,
            sets: statement.sets.clone(),
            needs_rust,
            moves: statement.moves + usize::from(moves_itself(inventory, krate, release.version)),
        });
    }
    found
}

/// What a release with certain features says about sets, the library and other packages.
struct Statement<'a> {
    /// As in [`Offer::sets`].
    sets: Option<BTreeMap<ReleaseSet, Option<String>>>,
    /// What it requires of the library, where the locked version does not fulfil that.
    refused: Vec<&'a VersionReq>,
    /// How many locked packages it forces to move.
    moves: usize,
}

/// `None` if the release can be used in no set.
fn statement<'a>(
    memberships: &Memberships<'a>,
    inventory: &Inventory,
    krate: &str,
    release: &Release<'a>,
    features: &[String],
    wanted: Wanted<'_>,
) -> Option<Statement<'a>> {
    if let Some((name, version)) = wanted.library {
        let required = requirements_on(release, features, name);
        // What does not support the library is not looked at any further: most releases are old.
        if !required.is_empty() && !required.iter().any(|req| req.matches(version)) {
            return Some(Statement { sets: None, refused: required, moves: 0 });
        }
    }
    let sets = if let Some(pattern) = wanted.select {
        let sets = selectable(memberships, release, features, pattern);
        if sets.is_empty() {
            return None;
        }
        Some(sets)
    } else {
        match memberships.of(krate, release, features.iter().map(String::as_str)) {
            Membership::Free => None,
            Membership::One(set) => Some(BTreeMap::from([(set, None)])),
            Membership::Mixed(_) => return None,
        }
    };
    let on = activate(release.group, features.iter().map(String::as_str), true);
    let moves = on.dependencies.iter().filter(|(dependency, _)| forces_a_move(inventory, dependency)).count();
    Some(Statement { sets, refused: Vec::new(), moves })
}

/// The features of the release that are to be on whatever the set, sorted.
#[must_use]
pub fn features_of(release: &Release<'_>, wanted: Wanted<'_>) -> Vec<String> {
    let chosen = wanted
        .features
        .iter()
        .filter(|choice| choice.holds_for(release.version))
        .filter_map(|choice| choice.names.iter().find(|feature| release.group.has_feature(feature)));
    let mirrored = wanted
        .mirror
        .iter()
        .filter(|(theirs, ours)| wanted.library_features.contains(*theirs) && release.group.has_feature(ours))
        .map(|(_, ours)| ours);
    let all: BTreeSet<String> = chosen.chain(mirrored).cloned().collect();
    all.into_iter().collect()
}

/// Which feature of the pattern stands for which set, read from the dependencies behind it. Where
/// several stand for one set the last in order of name is taken, so that the answer is stable.
pub(super) fn selectable<'a>(
    memberships: &Memberships<'a>,
    release: &Release<'a>,
    features: &[String],
    pattern: &FeaturePattern,
) -> BTreeMap<ReleaseSet, Option<String>> {
    let mut sets = BTreeMap::new();
    for (feature, membership) in memberships.of_each(release, features, |feature| pattern.matches(feature)) {
        if let Membership::One(set) = membership {
            sets.insert(set, Some(feature.to_owned()));
        }
    }
    sets
}

/// The requirements on the library that are in force with these features.
pub(super) fn requirements_on<'r>(
    release: &Release<'r>,
    features: &[String],
    library: &str,
) -> Vec<&'r VersionReq> {
    activate(release.group, features.iter().map(String::as_str), true)
        .dependencies
        .into_iter()
        .map(|(dependency, _)| dependency)
        .filter(|dependency| dependency.package == library)
        .map(|dependency| &dependency.req)
        .collect()
}

pub(super) fn is_avoided(rule: Option<&Crate>, version: &Version) -> bool {
    rule.is_some_and(|rule| rule.defects.iter().any(|d| d.avoid && d.releases.matches(version)))
}

/// The Rust version that a release needs: what it declares, or what the registry knows better.
pub(super) fn needed_rust(rule: Option<&Crate>, release: &Release<'_>) -> Option<Version> {
    let corrected =
        rule.into_iter().flat_map(|rule| &rule.defects).find(|d| d.releases.matches(release.version));
    corrected.and_then(|d| d.rust_version.clone()).max(release.group.rust_version.clone())
}

/// Whether another release of the crate is locked that cannot stay beside this one. (Cargo allows one
/// version per compatible range.)
fn moves_itself(inventory: &Inventory, krate: &str, version: &Version) -> bool {
    inventory.locked(krate).any(|p| p.version != *version && is_compatible(&p.version, version))
}

/// Whether a dependency forces a locked package to move: a version must be in its compatible range,
/// and the locked one is not accepted.
fn forces_a_move(inventory: &Inventory, dependency: &Dependency) -> bool {
    let locked = || inventory.locked(&dependency.package);
    locked().all(|p| !dependency.req.matches(&p.version))
        && locked().any(|p| shares_range(&dependency.req, &p.version))
}

/// Whether a requirement asks for a version in the compatible range of `version`.
fn shares_range(req: &VersionReq, version: &Version) -> bool {
    req.comparators
        .iter()
        .any(|c| matches!(c.op, Op::Caret | Op::Tilde | Op::Exact) && same_range(c, version))
}

fn same_range(comparator: &Comparator, version: &Version) -> bool {
    match (comparator.major, comparator.minor, comparator.patch) {
        (0, Some(0), Some(patch)) => (version.major, version.minor, version.patch) == (0, 0, patch),
        (0, Some(minor), _) => (version.major, version.minor) == (0, minor),
        (major, _, _) => version.major == major,
    }
}

/// Whether cargo counts two versions as compatible, so that only one of them can be locked.
#[must_use]
pub fn is_compatible(left: &Version, right: &Version) -> bool {
    let range = |v: &Version| match (v.major, v.minor) {
        (0, 0) => (0, 0, v.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    range(left) == range(right)
}

/// Whether a plain requirement on `version` would let cargo take a release other than it.
#[must_use]
pub fn must_be_exact(releases: &CrateReleases, version: &Version) -> bool {
    releases
        .newest_first()
        .find(|r| !r.is_yanked && r.version.pre.is_empty() && is_compatible(r.version, version))
        .is_some_and(|newest| newest.version != version)
}
