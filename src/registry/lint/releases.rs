//! What rules say about releases, against what the releases have.

use std::collections::BTreeMap;

use semver::VersionReq;

use super::Notes;
use crate::registry::{
    Registry,
    releases::CrateReleases,
    rule::{Advice, Crate, Exporter, FeatureChoice, Library, Means, Provision, holds},
};

/// Checks what a library says about releases.
pub(super) fn library(library: &Library, registry: &Registry, notes: &mut Notes) {
    let own = registry.releases(library.name.as_str());
    for (index, provision) in library.by.iter().enumerate() {
        let key = format!("by[{index}]");
        if let (Some(versions), Some(own)) = (&provision.versions, own) {
            range(&format!("{key}.versions"), versions, own, notes);
        }
        match &provision.means {
            Means::Crate(name) => {
                let Some(releases) = known(&format!("{key}.crate"), name.as_str(), registry, notes) else {
                    continue;
                };
                provision_of(&key, provision, releases, notes);
                if let Some(own) = own {
                    mirrored(&format!("{key}.mirror"), &provision.mirror, own, notes);
                }
            }
            Means::Feature(name) => {
                let Some(releases) = known(&format!("{key}.feature"), library.name.as_str(), registry, notes)
                else {
                    continue;
                };
                feature(&format!("{key}.feature"), name, provision.versions.as_ref(), releases, notes);
                provision_of(&key, provision, releases, notes);
            }
            Means::Native(_) => {
                if let Some(own) = own {
                    provision_of(&key, provision, own, notes);
                }
            }
            Means::Nothing(_) => {}
        }
    }
}

/// Checks what a crate says about its releases.
pub(super) fn krate(krate: &Crate, registry: &Registry, notes: &mut Notes) {
    let Some(releases) = known("", krate.name.as_str(), registry, notes) else { return };
    choices("features", &krate.features, releases, notes);
    for (theirs, ours) in &krate.mirror {
        feature(&format!("mirror.{theirs}"), ours, None, releases, notes);
    }
    ranges("wiring", &krate.wiring, releases, notes);
    for (index, defect) in krate.defects.iter().enumerate() {
        range(&format!("defect[{index}].releases"), &defect.releases, releases, notes);
    }
}

/// Checks what an exporter says about releases.
pub(super) fn exporter(exporter: &Exporter, registry: &Registry, notes: &mut Notes) {
    for (index, (name, features)) in exporter.crates.iter().enumerate() {
        if let Some(releases) = known(&format!("crate[{index}].name"), name.as_str(), registry, notes) {
            choices(&format!("crate[{index}].features"), features, releases, notes);
        }
    }
}

/// The releases of a crate, which must be known.
fn known<'r>(key: &str, name: &str, registry: &'r Registry, notes: &mut Notes) -> Option<&'r CrateReleases> {
    let releases = registry.releases(name);
    if releases.is_none() {
        notes.note(key, format!("there is no release data about `{name}`"));
    }
    releases
}

/// Checks what a way of instrumenting says about the releases of what it switches on or adds.
fn provision_of(key: &str, provision: &Provision, releases: &CrateReleases, notes: &mut Notes) {
    choices(&format!("{key}.features"), &provision.features, releases, notes);
    for (theirs, ours) in &provision.mirror {
        feature(&format!("{key}.mirror.{theirs}"), ours, None, releases, notes);
    }
    if let Some(pattern) = &provision.select {
        let is_there = releases.releases.iter().any(|group| {
            let mut names = group.feature_names().into_iter();
            names.any(|name| pattern.matches(name))
        });
        if !is_there {
            notes.note(format!("{key}.select"), "no release has a feature that fits");
        }
    }
    ranges(&format!("{key}.switch"), &provision.switch, releases, notes);
    ranges(&format!("{key}.wiring"), &provision.wiring, releases, notes);
}

/// Checks features and their ranges.
fn choices(key: &str, choices: &[FeatureChoice], releases: &CrateReleases, notes: &mut Notes) {
    for (index, choice) in choices.iter().enumerate() {
        let key = format!("{key}[{index}]");
        if let Some(within) = &choice.releases {
            range(&format!("{key}.releases"), within, releases, notes);
        }
        for name in &choice.names {
            feature(&key, name, choice.releases.as_ref(), releases, notes);
        }
    }
}

/// Checks that a release in the range has a feature.
fn feature(key: &str, name: &str, within: Option<&VersionReq>, releases: &CrateReleases, notes: &mut Notes) {
    let mut releases = releases.newest_first().filter(|release| holds(within, release.version));
    if !releases.any(|release| release.group.has_feature(name)) {
        notes.note(key, format!("no release has the feature `{name}`"));
    }
}

/// Checks that the library has the features that are looked at.
fn mirrored(key: &str, mirror: &BTreeMap<String, String>, library: &CrateReleases, notes: &mut Notes) {
    for theirs in mirror.keys() {
        feature(&format!("{key}.{theirs}"), theirs, None, library, notes);
    }
}

/// Checks that each range holds for some release.
fn ranges(key: &str, advice: &[Advice], releases: &CrateReleases, notes: &mut Notes) {
    for (index, advice) in advice.iter().enumerate() {
        if let Some(within) = &advice.releases {
            range(&format!("{key}[{index}].releases"), within, releases, notes);
        }
    }
}

/// Checks that a range holds for some release.
fn range(key: &str, range: &VersionReq, releases: &CrateReleases, notes: &mut Notes) {
    if !releases.newest_first().any(|release| holds(Some(range), release.version)) {
        notes.note(key, format!("there is no release in `{range}`"));
    }
}
