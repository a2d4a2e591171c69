//! Whether people are told how to wire what they get.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::Notes;
use crate::{
    ecosystem::cargo::support,
    registry::{
        Registry,
        release_set::{API_CRATES, ReleaseSet},
        releases::CrateReleases,
        rule::{Advice, Library, Means, Role},
    },
};

/// For how many of the newest release sets people must be told how to wire what they get.
const WIRED_SETS: usize = 4;

/// Checks that there is a wiring, and only one, for the newest release in each of the newest release sets.
pub(super) fn library(library: &Library, registry: &Registry, notes: &mut Notes) {
    let sets = newest_sets(registry);
    for (index, provision) in library.by.iter().enumerate() {
        let Means::Crate(name) = &provision.means else { continue };
        let own = registry.krate(name.as_str()).map_or(&[][..], |krate| &krate.wiring);
        let wiring = provision.wiring.iter().chain(own).collect::<Vec<_>>();
        let key = format!("by[{index}].wiring");
        if wiring.is_empty() {
            if provision.role == Role::Automatic {
                notes.note(key, "is missing, here and in the entry of the crate");
            }
            continue;
        }
        let mut newest = BTreeMap::<Option<ReleaseSet>, Version>::new();
        for support in support::of_crate(registry, name.as_str(), provision, library.name.as_str()) {
            newest.entry(support.set).or_insert(support.version);
        }
        for (set, version) in newest {
            if set.is_none_or(|set| sets.contains(&set)) {
                cover(&key, &wiring, set, &version, notes);
            }
        }
    }
}

/// Notes a release that nothing holds for, or that lies in several ranges: lines that belong together have
/// the same range, or none.
fn cover(key: &str, wiring: &[&Advice], set: Option<ReleaseSet>, version: &Version, notes: &mut Notes) {
    let place = set.map_or_else(String::new, |set| format!(", the newest release in the set {set}"));
    let holding = wiring.iter().filter(|advice| advice.holds_for(version));
    let ranges = holding.clone().filter_map(|advice| advice.releases.as_ref()).map(ToString::to_string);
    let ranges = ranges.collect::<BTreeSet<_>>();
    if holding.count() == 0 {
        notes.note(key, format!("nothing holds for {version}{place}"));
    } else if ranges.len() > 1 {
        let ranges = ranges.into_iter().map(|range| format!("`{range}`")).collect::<Vec<_>>();
        notes.note(key, format!("{} overlap at {version}{place}", ranges.join(" and ")));
    }
}

/// The newest release sets.
fn newest_sets(registry: &Registry) -> BTreeSet<ReleaseSet> {
    let releases = registry.releases(API_CRATES[0]).into_iter().flat_map(CrateReleases::newest_first);
    let stable = releases.filter(|release| release.version.pre.is_empty());
    let mut sets = stable.map(|release| ReleaseSet::of(release.version)).collect::<Vec<_>>();
    sets.dedup();
    sets.into_iter().take(WIRED_SETS).collect()
}
