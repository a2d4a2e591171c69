//! What is wrong with the OpenTelemetry that is there, whatever may be missing besides.

use super::{
    family::{Kin, kin, public},
    fit::{Fit, Loading},
    inventory::{DistributionVersion, Inventory},
    naming::short,
};
use crate::{
    check::{Problem, ProblemKind},
    registry::{
        Registry,
        python::{Instrumentation, Release},
    },
    resolution::{Resolution, SetReason},
};

/// Distributions of other release sets, then instrumentations that are never loaded.
#[must_use]
pub fn problems(inventory: &Inventory, registry: &Registry, resolution: &Resolution) -> Vec<Problem> {
    // What is merely the newest is nothing that the rest could be mixed with.
    let set = resolution.set.as_ref().filter(|set| !matches!(set.reason, SetReason::Newest { .. }));
    let Some(set) = set else { return Vec::new() };
    let release = set.chosen.parse().ok().and_then(|version| registry.python().release(&version));
    let Some(release) = release else { return Vec::new() };
    let beside = match &set.reason {
        SetReason::Installed { name, version } => format!("`{name}` {version}"),
        _ => format!("release {}", set.chosen),
    };
    let mixed = mixed(inventory, release, &beside);
    let kinds = mixed.into_iter().chain(never_loaded(inventory, release));
    kinds.map(|kind| Problem { kind, members: Vec::new() }).collect()
}

/// Distributions that are released together and are there in the versions of several releases.
fn mixed(inventory: &Inventory, release: &Release, beside: &str) -> Vec<ProblemKind> {
    let mut found = Vec::new();
    for there in &inventory.distributions {
        let fitting = match kin(there.name.as_str()) {
            Some(Kin::Stable) => &release.head.core,
            Some(Kin::Train) => &release.head.version,
            None => continue,
        };
        let DistributionVersion::Valid(version) = &there.version else { continue };
        // A build between two releases belongs to none.
        if !version.is_dev() && public(version) != *fitting {
            found.push(ProblemKind::Mixed {
                name: there.name.to_string(),
                version: version.to_string(),
                beside: beside.to_owned(),
                fitting: fitting.to_string(),
            });
        }
    }
    found
}

/// Whether it is the library of that instrumentation, and not only something beside it.
fn is_called_after(instrumentation: &Instrumentation, library: &str) -> bool {
    short(instrumentation).replace('-', "") == library.replace('-', "")
}

/// Instrumentations that are there and that the run-time loader leaves out.
fn never_loaded(inventory: &Inventory, release: &Release) -> Vec<ProblemKind> {
    let loading = Loading::new(release, inventory);
    let mut found = Vec::new();
    for instrumentation in &release.instrumentations {
        let Some(there) = inventory.get(instrumentation.name.as_str()) else { continue };
        if instrumentation.entry_points.is_empty() {
            continue;
        }
        let why = match loading.fit(instrumentation) {
            // What is for a library that is not there does no harm.
            Some(Fit::Always | Fit::Fits(_)) | None => continue,
            Some(Fit::OutOfRange { library, supported }) => {
                let version = match &library.version {
                    DistributionVersion::Valid(version) => format!(" {version}"),
                    DistributionVersion::Invalid | DistributionVersion::Missing => String::new(),
                };
                format!("`{}`{version} is out of its range `{supported}`", library.name)
            }
            Some(Fit::Lacks { missing, .. })
                if missing.iter().any(|name| is_called_after(instrumentation, name)) =>
            {
                continue;
            }
            Some(Fit::Lacks { missing, .. }) => format!("it needs {}", missing.join(" and ")),
        };
        let version = match &there.version {
            DistributionVersion::Valid(version) => version.to_string(),
            DistributionVersion::Invalid | DistributionVersion::Missing => String::new(),
        };
        found.push(ProblemKind::NeverLoaded { name: there.name.to_string(), version, why });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{
        super::{resolve::resolve, sample},
        *,
    };
    use crate::settings::Wishes;

    /// The problems of an environment, in words.
    fn told(there: &[(&str, &str)]) -> Vec<String> {
        let (inventory, registry) = (sample::environment(there), Registry::builtin());
        let resolution = resolve(&inventory, &registry, &Wishes::default()).expect("an answer");
        problems(&inventory, &registry, &resolution).iter().map(|problem| problem.kind.to_string()).collect()
    }

    #[test]
    fn what_is_of_another_release_is_told_beside_one_that_is_there() {
        let own = ("opentelemetry-instrumentation", "0.60b1");
        let sdk = told(&[own, ("opentelemetry-sdk", "1.38.0")]);
        assert_eq!(sdk.len(), 1, "{sdk:?}");
        assert!(sdk[0].contains("opentelemetry-sdk") && sdk[0].contains("0.60b1"), "{sdk:?}");
        assert_eq!(told(&[own, ("opentelemetry-sdk", "1.39.1")]), [""; 0]);
        // What goes its own way is of any release.
        assert_eq!(told(&[own, ("opentelemetry-exporter-gcp-trace", "1.9.0")]), [""; 0]);
    }

    #[test]
    fn nothing_is_mixed_with_what_is_merely_the_newest() {
        assert_eq!(told(&[("opentelemetry-exporter-prometheus", "0.30b0"), ("flask", "3.0.0")]), [""; 0]);
    }

    #[test]
    fn a_build_between_two_releases_belongs_to_none() {
        let own = ("opentelemetry-instrumentation", "0.60b1");
        assert_eq!(told(&[own, ("opentelemetry-sdk", "1.40.0.dev0")]), [""; 0]);
        assert_eq!(told(&[own, ("opentelemetry-distro", "0.61b0.dev0")]), [""; 0]);
        assert_eq!(told(&[own, ("opentelemetry-distro", "0.61b0")]).len(), 1);
    }

    #[test]
    fn an_instrumentation_is_never_loaded_for_want_of_more_than_its_own_library() {
        let there = [
            ("opentelemetry-instrumentation", "0.60b1"),
            ("opentelemetry-instrumentation-tortoiseorm", "0.60b1"),
        ];
        // Pydantic alone is no reason to think of Tortoise ORM.
        assert_eq!(told(&[&there[..], &[("pydantic", "2.0")]].concat()), [""; 0]);
        let lacks = told(&[&there[..], &[("tortoise-orm", "0.25.1")]].concat());
        assert_eq!(lacks.len(), 1, "{lacks:?}");
        assert!(lacks[0].contains("tortoiseorm") && lacks[0].contains("it needs pydantic"), "{lacks:?}");
        let both = [("pydantic", "2.0"), ("tortoise-orm", "0.25.1")];
        assert_eq!(told(&[&there[..], &both].concat()), [""; 0]);
        assert_eq!(told(&there), [""; 0]);
    }
}
