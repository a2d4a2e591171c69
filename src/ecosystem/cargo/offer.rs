//! What the releases of an instrumentation crate have to offer for one use of a library.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use semver::{Comparator, Op, Version, VersionReq};

use super::{inventory::Inventory, membership::Membership};
use crate::registry::{
    Registry,
    activation::Activation,
    release_set::{API_CRATES, ReleaseSet},
    releases::{CrateReleases, Dependency, Release, ReleaseGroup},
    rule::{Crate, FeatureChoice, FeaturePattern},
};

/// What is wanted of the releases of a crate.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a, 'l> {
    /// Features to switch on where the release has them, from two places.
    pub features: [&'a [FeatureChoice]; 2],
    /// Features to switch on when the library has the feature on the left on.
    pub mirror: &'a BTreeMap<String, String>,
    /// Features of which exactly one is chosen by what it depends on.
    pub select: Option<&'a FeaturePattern>,
    /// The library it is for, and its locked version.
    pub library: Option<(&'a str, &'a Version)>,
    /// The features of the library that are on.
    pub library_features: &'l BTreeSet<String>,
    /// The newest Rust that may be needed.
    pub rust: Option<&'a Version>,
}

/// A release that supports what is wanted.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// The release.
    pub version: &'a Version,
    /// The Rust version it needs, if that is more than allowed.
    pub needs_rust: Option<&'a Version>,
    /// What it has in common with its neighbours.
    statement: Rc<Statement<'a>>,
}

/// The sets in which a release can be used, each with the feature that selects it; `None` for every set.
pub(super) type Sets<'a> = Option<BTreeMap<ReleaseSet, Option<&'a str>>>;

/// What releases with certain features on say about sets and about other packages.
#[derive(Debug)]
struct Statement<'a> {
    /// The features to switch on, without the one that the set selects, sorted.
    features: Vec<&'a str>,
    /// What these switch on.
    on: Activation<'a>,
    /// The sets.
    sets: Sets<'a>,
    /// How many locked packages it forces to move, once somebody has asked.
    moves: OnceCell<usize>,
}

impl<'a> Offer<'a> {
    /// Whether it can be used in that set on the allowed Rust.
    #[must_use]
    pub fn fits(&self, set: ReleaseSet) -> bool {
        self.needs_rust.is_none() && self.is_in(set)
    }

    /// Whether it belongs to that set, whatever Rust it needs.
    #[must_use]
    pub fn is_in(&self, set: ReleaseSet) -> bool {
        self.statement.sets.as_ref().is_none_or(|sets| sets.contains_key(&set))
    }

    /// The sets that it belongs to; none if it belongs to every one.
    pub fn sets(&self) -> impl Iterator<Item = ReleaseSet> {
        self.statement.sets.iter().flat_map(BTreeMap::keys).copied()
    }

    /// The features to switch on in that set, sorted.
    #[must_use]
    pub fn features_in(&self, set: ReleaseSet) -> Vec<&'a str> {
        let selected = self.statement.sets.as_ref().and_then(|sets| sets.get(&set)).copied().flatten();
        let all: BTreeSet<&str> = self.statement.features.iter().copied().chain(selected).collect();
        all.into_iter().collect()
    }
}

/// What all releases of a crate offer, newest first; and, if none supports the library, the
/// requirements on it that the releases state.
#[derive(Debug)]
pub struct Offers<'a> {
    /// The crate.
    krate: &'a str,
    /// The project.
    inventory: &'a Inventory,
    /// The releases that support what is wanted.
    pub offers: Vec<Offer<'a>>,
    /// The sets in which one of them fits; `None` for every set.
    usable: Option<BTreeSet<ReleaseSet>>,
    /// The versions of the library that the releases support, newest release first.
    pub supported: Vec<&'a VersionReq>,
}

impl<'a> Offers<'a> {
    /// Whether there is a release to take in that set.
    #[must_use]
    pub fn has_any_in(&self, set: ReleaseSet) -> bool {
        self.usable.as_ref().is_none_or(|sets| sets.contains(&set))
    }

    /// The release to take in that set: among those that force no locked package to move the
    /// newest, else the newest of those that force the fewest.
    #[must_use]
    pub fn best_in(&self, set: ReleaseSet) -> Option<&Offer<'a>> {
        self.fewest_moves(self.offers.iter().filter(|offer| offer.fits(set)))
    }

    /// The first of these that forces the fewest locked packages to move.
    pub(super) fn fewest_moves<'o>(
        &self,
        offers: impl Iterator<Item = &'o Offer<'a>>,
    ) -> Option<&'o Offer<'a>>
    where
        'a: 'o,
    {
        offers.min_by_key(|offer| self.moves(offer))
    }

    /// How many locked packages an offer would force to move, as far as its own requirements tell.
    fn moves(&self, offer: &Offer<'_>) -> usize {
        let forced = || {
            let dependencies = offer.statement.on.dependencies();
            dependencies.filter(|dependency| forces_a_move(self.inventory, dependency)).count()
        };
        let own = moves_itself(self.inventory, self.krate, offer.version);
        offer.statement.moves.get_or_init(forced) + usize::from(own)
    }
}

/// The releases of `krate` that support what is wanted.
#[must_use]
pub fn offers<'a>(
    registry: &'a Registry,
    inventory: &'a Inventory,
    krate: &'a str,
    wanted: Wanted<'_, '_>,
) -> Offers<'a> {
    let (mut offers, mut supported) = (Vec::new(), Vec::new());
    let releases = registry.releases(krate).into_iter().flat_map(CrateReleases::newest_first);
    let rule = registry.krate(krate);
    // Consecutive releases mostly say the same.
    let mut last: Option<(&ReleaseGroup, Vec<&str>)> = None;
    let mut said: Option<Rc<Statement<'_>>> = None;
    for release in releases {
        if release.is_yanked || !release.version.pre.is_empty() || is_avoided(rule, release.version) {
            continue;
        }
        let features = features_of(&release, wanted);
        let is_same = |(group, on): &(&ReleaseGroup, Vec<&str>)| {
            // The API crate's membership is its own version, which releases that say the same do not share.
            std::ptr::eq(*group, release.group) && *on == features && !API_CRATES.contains(&krate)
        };
        if !last.as_ref().is_some_and(is_same) {
            said = statement(krate, &release, &features, wanted, &mut supported).map(Rc::new);
            last = Some((release.group, features));
        }
        let Some(statement) = &said else { continue };
        let needs_rust =
            needed_rust(rule, &release).filter(|needed| wanted.rust.is_some_and(|r| *needed > r));
        offers.push(Offer { version: release.version, needs_rust, statement: Rc::clone(statement) });
    }
    let usable = usable_sets(offers.iter().filter(|offer| offer.needs_rust.is_none()));
    Offers { krate, inventory, offers, usable, supported }
}

/// The sets that one of these belongs to; `None` for every set.
fn usable_sets<'o, 'a: 'o>(offers: impl Iterator<Item = &'o Offer<'a>>) -> Option<BTreeSet<ReleaseSet>> {
    let mut usable = BTreeSet::new();
    let mut last: Option<&Rc<Statement<'_>>> = None;
    for Offer { statement, .. } in offers {
        if last.replace(statement).is_none_or(|last| !Rc::ptr_eq(last, statement)) {
            usable.extend(statement.sets.as_ref()?.keys());
        }
    }
    Some(usable)
}

/// What a release says with these features on; `None` if it can be used in no set, or does not support the
/// library: then what it requires of that is added to what is `supported`.
fn statement<'a>(
    krate: &str,
    release: &Release<'a>,
    features: &[&'a str],
    wanted: Wanted<'_, '_>,
    supported: &mut Vec<&'a VersionReq>,
) -> Option<Statement<'a>> {
    let on = Activation::of(release.group, features.iter().copied(), true);
    if let Some((name, version)) = wanted.library {
        let required = requirements_on(&on, name);
        if required.clone().next().is_some() && !required.clone().any(|req| req.matches(version)) {
            for req in required {
                if !supported.contains(&req) {
                    supported.push(req);
                }
            }
            return None;
        }
    }
    let sets = if let Some(pattern) = wanted.select {
        let sets = selectable(release, &on, pattern);
        if sets.is_empty() {
            return None;
        }
        Some(sets)
    } else {
        match Membership::of_active(krate, release, &on) {
            Membership::Free => None,
            Membership::One(set) => Some(BTreeMap::from([(set, None)])),
            Membership::Mixed => return None,
        }
    };
    Some(Statement { features: features.to_vec(), on, sets, moves: OnceCell::new() })
}

/// The features of the release that are to be on whatever the set, sorted.
#[must_use]
pub fn features_of<'a>(release: &Release<'a>, wanted: Wanted<'_, '_>) -> Vec<&'a str> {
    let chosen = wanted
        .features
        .into_iter()
        .flatten()
        .filter(|choice| choice.holds_for(release.version))
        .filter_map(|choice| choice.names.iter().find_map(|feature| release.group.feature_name(feature)));
    let mirrored = wanted
        .mirror
        .iter()
        .filter(|(theirs, _)| wanted.library_features.contains(*theirs))
        .filter_map(|(_, ours)| release.group.feature_name(ours));
    let mut all: Vec<&str> = chosen.chain(mirrored).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Which feature of the pattern stands for which set, read from the dependencies behind it. Where
/// several stand for one set the last in order of name is taken, so that the answer is stable.
pub(super) fn selectable<'a>(
    release: &Release<'a>,
    on: &Activation<'a>,
    pattern: &FeaturePattern,
) -> BTreeMap<ReleaseSet, Option<&'a str>> {
    let mut sets = BTreeMap::new();
    for (feature, membership) in Membership::with_each(on, release, |feature| pattern.matches(feature)) {
        if let Membership::One(set) = membership {
            sets.insert(set, Some(feature));
        }
    }
    sets
}

/// The requirements on the library that are in force with what is on.
pub(super) fn requirements_on<'a>(
    on: &Activation<'a>,
    library: &str,
) -> impl Iterator<Item = &'a VersionReq> + Clone {
    on.dependencies()
        .filter(move |dependency| dependency.package == library)
        .map(|dependency| &dependency.req)
}

pub(super) fn is_avoided(rule: Option<&Crate>, version: &Version) -> bool {
    rule.is_some_and(|rule| rule.defects.iter().any(|d| d.avoid && d.releases.matches(version)))
}

/// The Rust version that a release needs: what it declares, or what the registry knows better.
pub(crate) fn needed_rust<'a>(rule: Option<&'a Crate>, release: &Release<'a>) -> Option<&'a Version> {
    let corrected =
        rule.into_iter().flat_map(|rule| &rule.defects).find(|d| d.releases.matches(release.version));
    corrected.and_then(|d| d.rust_version.as_ref()).max(release.group.rust_version.as_ref())
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
