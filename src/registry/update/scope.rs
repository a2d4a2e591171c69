//! Which crates the release data is about, and how much of each is kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::registry::{
    Registry,
    releases::Dependency,
    rule::{Means, Provision},
};

/// The crates that the rules of a registry name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scope {
    /// Those to ask the index about.
    pub(super) crates: BTreeMap<String, Interest>,
    /// Those that are known in any role.
    known: BTreeSet<String>,
}

/// How much is kept of the dependencies of a crate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Interest {
    /// All: it may be added to projects, and what it brings must be known.
    Whole,
    /// Those that lead to what the registry knows, and those that imply one of these features: it is a
    /// library, of which only the features and the way to OpenTelemetry matter.
    Library(BTreeSet<String>),
}

impl Scope {
    /// The crates that the rules of this registry name.
    pub(super) fn of(registry: &Registry) -> Self {
        let mut crates = BTreeMap::new();
        let mut whole = BTreeSet::new();
        for library in registry.library_names().filter_map(|name| registry.library(name)) {
            for provision in &library.by {
                match &provision.means {
                    Means::Crate(name) => {
                        whole.insert(name.to_string());
                    }
                    Means::Feature(_) | Means::Native(_) => {
                        let library = crates.entry(library.name.to_string());
                        let library = library.or_insert_with(|| Interest::Library(BTreeSet::new()));
                        if let Interest::Library(features) = library {
                            features.extend(features_of(provision).cloned());
                        }
                    }
                    Means::Nothing(_) => {}
                }
                whole.extend(provision.needs.iter().map(ToString::to_string));
            }
        }
        for name in registry.crate_names() {
            let needs = registry.krate(name).map(|krate| krate.needs.iter()).into_iter().flatten();
            whole.extend(needs.map(ToString::to_string).chain([name.to_owned()]));
        }
        for exporter in registry.exporter_names().filter_map(|name| registry.exporter(name)) {
            whole.extend(exporter.crates.iter().map(|(name, _)| name.to_string()));
        }
        crates.extend(whole.into_iter().map(|name| (name, Interest::Whole)));
        let known = registry.library_names().map(ToOwned::to_owned).chain(crates.keys().cloned()).collect();
        Self { crates, known }
    }

    /// Whether a dependency of that crate is kept.
    pub(super) fn keeps(&self, name: &str, dependency: &Dependency) -> bool {
        match self.crates.get(name) {
            Some(Interest::Library(features)) => {
                self.known.contains(&dependency.package) || features.contains(dependency.alias())
            }
            Some(Interest::Whole) | None => true,
        }
    }
}

/// The features of the library that a way of instrumenting it switches on.
fn features_of(provision: &Provision) -> impl Iterator<Item = &String> {
    let main = if let Means::Feature(feature) = &provision.means { Some(feature) } else { None };
    let choices = provision.features.iter().flat_map(|choice| &choice.names);
    main.into_iter().chain(choices).chain(provision.mirror.values())
}
