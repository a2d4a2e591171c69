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
