//! Which releases fit which release set and which versions of the library: the support matrix that the
//! release data implies, whatever project asks.

use std::collections::BTreeSet;

use semver::Version;

use super::{
    membership::Membership,
    offer::{Wanted, features_of, is_avoided, needed_rust, requirements_on, selectable},
};
use crate::registry::{
    Registry,
    activation::Activation,
    release_set::ReleaseSet,
    releases::{CrateReleases, Release},
    rule::Provision,
};

/// A release in a release set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// The set; `None` for every one.
    pub set: Option<ReleaseSet>,
    /// The release.
    pub version: Version,
    /// The requirements on the library, any of which will do; empty if it does not depend on it.
    pub library: Vec<String>,
    /// The feature that stands for the set.
    pub feature: Option<String>,
    /// The Rust version that it needs.
    pub rust_version: Option<Version>,
}

/// Whether a release is out of the question: yanked, not final, or avoided by the registry.
fn is_out(registry: &Registry, name: &str, release: &Release<'_>) -> bool {
    let rule = registry.krate(name);
    release.is_yanked || !release.version.pre.is_empty() || is_avoided(rule, release.version)
}

/// The releases of the crate `name` as a way to instrument `library`, newest first; a release that can be
/// in several sets is there once for each, newest set first.
#[must_use]
pub fn of_crate(registry: &Registry, name: &str, provision: &Provision, library: &str) -> Vec<Support> {
    let wanted = Wanted {
        features: [&provision.features, &[]],
        mirror: &provision.mirror,
        select: provision.select.as_ref(),
        library: None,
        library_features: &BTreeSet::new(),
        rust: None,
    };
    let mut support = Vec::new();
    let releases = registry.releases(name).into_iter().flat_map(CrateReleases::newest_first);
    for release in releases.filter(|release| !is_out(registry, name, release)) {
        let features = features_of(&release, wanted);
        let on = Activation::of(release.group, features.iter().copied(), true);
        let sets = match &provision.select {
            Some(pattern) => {
                let sets = selectable(&release, &on, pattern).into_iter().rev();
                sets.map(|(set, feature)| (Some(set), feature.map(str::to_owned))).collect()
            }
            None => match Membership::of_active(name, &release, &on) {
                Membership::Free => vec![(None, None)],
                Membership::One(set) => vec![(Some(set), None)],
                Membership::Mixed => Vec::new(),
            },
        };
        let mut requirements = Vec::new();
        for requirement in requirements_on(&on, library) {
            let requirement = requirement.to_string();
            if !requirements.contains(&requirement) {
                requirements.push(requirement);
            }
        }
        let rust_version = needed_rust(registry.krate(name), &release).cloned();
        support.extend(sets.into_iter().map(|(set, feature)| Support {
            set,
            version: release.version.clone(),
            library: requirements.clone(),
            feature,
            rust_version: rust_version.clone(),
        }));
    }
    support
}

/// The releases of a library that have all of these features, newest first, each with the set that the
/// features bring; those that bring several are left out.
#[must_use]
pub fn of_library(registry: &Registry, name: &str, features: &[&str]) -> Vec<Support> {
    let mut support = Vec::new();
    let releases = registry.releases(name).into_iter().flat_map(CrateReleases::newest_first);
    for release in releases.filter(|release| !is_out(registry, name, release)) {
        if !features.iter().all(|feature| release.group.has_feature(feature)) {
            continue;
        }
        let set = match Membership::of(name, &release, features.iter().copied()) {
            Membership::Free => None,
            Membership::One(set) => Some(set),
            Membership::Mixed => continue,
        };
        support.push(Support {
            set,
            version: release.version.clone(),
            library: Vec::new(),
            feature: None,
            rust_version: needed_rust(registry.krate(name), &release).cloned(),
        });
    }
    support
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Registry, rule::Means};

    /// The rows of an instrumentation of a library as text, for one set.
    fn rows(library: &str, instrumentation: &str, set: &str) -> Vec<String> {
        let registry = Registry::builtin();
        let rule = registry.library(library).expect("a known library");
        let by = |provision: &&Provision| matches!(&provision.means, Means::Crate(name) if name.as_str() == instrumentation);
        let provision = rule.by.iter().find(by).expect("a known instrumentation");
        let set = set.parse::<ReleaseSet>().expect("a set");
        let support = of_crate(&registry, instrumentation, provision, library);
        let support = support.into_iter().filter(|support| support.set == Some(set));
        let row = |s: Support| {
            format!("{} {} {}", s.version, s.library.join(" or "), s.feature.unwrap_or_default())
        };
        support.map(|s| row(s).trim_end().to_owned()).collect()
    }

    // Old sets, which no new release will join.
    #[test]
    fn the_set_is_read_from_the_dependencies() {
        assert_eq!(rows("axum", "axum-tracing-opentelemetry", "0.22"), ["0.18.1 ^0.7", "0.18.0 ^0.7"]);
    }

    #[test]
    fn a_feature_may_stand_for_the_set() {
        let rows = rows("reqwest", "reqwest-tracing", "0.22");
        assert!(rows.contains(&"0.4.8 ^0.11.0 opentelemetry_0_22".to_owned()), "{rows:?}");
        assert!(rows.contains(&"0.5.0 ^0.12.0 opentelemetry_0_22".to_owned()), "{rows:?}");
    }
}
