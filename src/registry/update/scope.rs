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
    pub(super) known: BTreeSet<String>,
}

/// How much is kept of what a crate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Interest {
    /// All: it may be added to projects, and what it brings must be known.
    Whole,
    /// It is a library: the dependencies that the registry knows, and those that imply one of these features;
    /// of its features these and the ones that lead to such a dependency.
    Library(BTreeSet<String>),
}

impl Scope {
    /// The crates that the rules of this registry name.
    pub(super) fn of(registry: &Registry) -> Self {
        let mut crates = BTreeMap::new();
        let mut whole = BTreeSet::new();
        for library in registry.library_names().filter_map(|name| registry.library(name)) {
            let mut features = BTreeSet::new();
            let mut matters = false;
            for provision in &library.by {
                if let Means::Crate(name) = &provision.means {
                    whole.insert(name.to_string());
                }
                matters |= matches!(provision.means, Means::Feature(_) | Means::Native(_));
                features.extend(features_of(provision).cloned());
                whole.extend(provision.needs.iter().map(ToString::to_string));
            }
            if matters || !features.is_empty() {
                crates.insert(library.name.to_string(), Interest::Library(features));
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

    /// How much is kept of what a crate says; of one that no rule names it is what leads on.
    pub(super) fn interest(&self, name: &str) -> &Interest {
        static LINK: Interest = Interest::Library(BTreeSet::new());
        self.crates.get(name).unwrap_or(&LINK)
    }

    /// Whether a dependency of that crate is kept.
    pub(super) fn keeps(&self, name: &str, dependency: &Dependency) -> bool {
        match self.interest(name) {
            Interest::Library(features) => {
                self.known.contains(dependency.package.as_ref())
                    || is_telemetry(&dependency.package)
                    || features.contains(dependency.alias())
            }
            Interest::Whole => true,
        }
    }
}

/// Whether the name of a crate says that it has to do with OpenTelemetry: where such a crate stands between
/// one that a rule names and the API, it must be known to tell which release set that one belongs to.
pub(super) fn is_telemetry(name: &str) -> bool {
    name.contains("opentelemetry") || name.contains("otel")
}

/// The features of the library that a way of instrumenting it switches on, or looks at.
fn features_of(provision: &Provision) -> impl Iterator<Item = &String> {
    let own = if let Means::Feature(feature) = &provision.means { Some(feature) } else { None };
    let choices = provision.features.iter().filter(move |_| own.is_some()).flat_map(|choice| &choice.names);
    own.into_iter().chain(choices).chain(provision.mirror.iter().flat_map(|(theirs, ours)| [theirs, ours]))
}
