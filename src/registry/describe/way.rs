//! A way to instrument a library, with all that the rules and the releases say about it.

use std::cmp::Reverse;

use semver::Version;

use super::form::{By, Ranged, SupportRow, Way};
use crate::{
    ecosystem::cargo::support::{self, Support},
    package::PackageName,
    registry::{
        Registry,
        rule::{
            Advice, Crate, Defect, FeatureChoice, Library, Means, Placement, Provision, Role, Through, holds,
        },
    },
};

/// Everything about a way to instrument a library.
pub(super) fn way(registry: &Registry, library: &Library, provision: &Provision) -> Way {
    let rule: Option<&Crate> = match &provision.means {
        Means::Crate(name) => registry.krate(name.as_str()),
        Means::Feature(_) | Means::Native(_) | Means::Nothing(_) => None,
    };
    let own = rule.map(|rule| ranged(&rule.wiring)).unwrap_or_default();
    Way {
        library: library.name.to_string(),
        by: by(&provision.means),
        what: rule.map(|rule| rule.what.clone()),
        on_request: provision.role == Role::OnRequest,
        versions: provision.versions.as_ref().map(ToString::to_string),
        signals: provision.signals.clone(),
        through_tracing: provision.through.map(|through| through == Through::Tracing),
        features: features(&provision.features),
        mirror: provision.mirror.clone(),
        select: provision.select.as_ref().map(|select| format!("{}*{}", select.prefix, select.suffix)),
        in_binaries: provision.placement == Placement::Binaries,
        needs: texts(&provision.needs),
        conflicts: texts(&provision.conflicts),
        switches: ranged(&provision.switch),
        directives: provision.directives.clone(),
        wiring: ranged(&provision.wiring).into_iter().chain(own).collect(),
        docs: provision.docs.clone().or_else(|| rule.and_then(|rule| rule.docs.clone())),
        note: provision.note.clone(),
        support: rows(support_of(registry, library, provision)),
    }
}

/// The releases that fit.
fn support_of(registry: &Registry, library: &Library, provision: &Provision) -> Vec<Support> {
    let name = library.name.as_str();
    let is_meant = |support: &Support| holds(provision.versions.as_ref(), &support.version);
    match &provision.means {
        Means::Crate(krate) => support::of_crate(registry, krate.as_str(), provision, name),
        Means::Feature(feature) => {
            let support = support::of_library(registry, name, &[feature.as_str()]);
            support.into_iter().filter(is_meant).collect()
        }
        Means::Native(_) => {
            let support = support::of_library(registry, name, &[]);
            support.into_iter().filter(|support| support.set.is_some() && is_meant(support)).collect()
        }
        Means::Nothing(_) => Vec::new(),
    }
}

/// Puts releases together that are alike; sets newest first, and within one the newest releases first.
pub(super) fn rows(support: Vec<Support>) -> Vec<SupportRow> {
    let mut alike = Vec::<(Support, Version)>::new();
    for support in support {
        let is_alike = |(newest, _): &&mut (Support, Version)| {
            newest.set == support.set
                && newest.library == support.library
                && newest.feature == support.feature
        };
        match alike.iter_mut().find(is_alike) {
            Some((_, oldest)) => *oldest = support.version,
            None => alike.push((support.clone(), support.version)),
        }
    }
    // Stable: releases came newest first.
    alike.sort_by_key(|(newest, _)| Reverse(newest.set));
    let row = |(newest, oldest): (Support, Version)| SupportRow {
        set: newest.set.map(|set| set.to_string()),
        newest: newest.version.to_string(),
        oldest: oldest.to_string(),
        library: newest.library,
        feature: newest.feature,
        rust_version: newest.rust_version.map(|version| version.to_string()),
    };
    alike.into_iter().map(row).collect()
}

/// By what.
pub(super) fn by(means: &Means) -> By {
    match means {
        Means::Crate(name) => By::Crate(name.to_string()),
        Means::Feature(feature) => By::Feature(feature.clone()),
        Means::Native(how) => By::Native(how.clone()),
        Means::Nothing(advice) => By::Nothing(advice.clone()),
    }
}

/// Features as they are written in rules, with the releases concerned.
pub(super) fn features(choices: &[FeatureChoice]) -> Vec<String> {
    let text = |choice: &FeatureChoice| {
        let names = choice.names.join("|");
        choice.releases.as_ref().map_or_else(|| names.clone(), |releases| format!("{names} ({releases})"))
    };
    choices.iter().map(text).collect()
}

/// Texts with their ranges.
pub(super) fn ranged(advice: &[Advice]) -> Vec<Ranged> {
    let ranged = |advice: &Advice| Ranged {
        releases: advice.releases.as_ref().map(ToString::to_string),
        text: advice.text.trim_end().to_owned(),
    };
    advice.iter().map(ranged).collect()
}

/// A defect as a text.
pub(super) fn defect(defect: &Defect) -> Ranged {
    let rust = defect.rust_version.as_ref().map(|version| format!("needs Rust {version}: "));
    let avoided = if defect.avoid { "never chosen: " } else { "" };
    Ranged {
        releases: Some(defect.releases.to_string()),
        text: format!("{avoided}{}{}", rust.unwrap_or_default(), defect.reason),
    }
}

/// Names as texts.
pub(super) fn texts(names: &[PackageName]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
