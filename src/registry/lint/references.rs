//! What rules say about each other.

use std::collections::{BTreeMap, BTreeSet};

use super::Notes;
use crate::{
    package::PackageName,
    registry::{
        Registry,
        rule::{Crate, Exporter, Library, Means},
    },
};

/// All names that rules can refer to.
pub(super) struct Known {
    /// Libraries.
    libraries: BTreeSet<String>,
    /// Crates with an entry of their own.
    crates: BTreeSet<String>,
    /// Crates that some rule adds to projects, or that the releases of a known crate depend on.
    used: BTreeSet<String>,
    /// Instrumentations: for each use of one by a library, what it names as conflicts.
    instrumentations: BTreeMap<String, Vec<Instrumentation>>,
}

/// A use of an instrumentation.
struct Instrumentation {
    /// The library it is for.
    library: PackageName,
    /// What it must not be used together with.
    conflicts: Vec<PackageName>,
}

impl Known {
    /// The names of this registry.
    pub(super) fn of(registry: &Registry) -> Self {
        let mut known = Self {
            libraries: registry.library_names().map(ToOwned::to_owned).collect(),
            crates: registry.crate_names().map(ToOwned::to_owned).collect(),
            used: BTreeSet::new(),
            instrumentations: BTreeMap::new(),
        };
        for library in registry.library_names().filter_map(|name| registry.library(name)) {
            for provision in &library.by {
                known.used.extend(provision.needs.iter().map(ToString::to_string));
                if let Means::Crate(name) = &provision.means {
                    known.used.insert(name.to_string());
                    known.instrumentations.entry(name.to_string()).or_default().push(Instrumentation {
                        library: library.name.clone(),
                        conflicts: provision.conflicts.clone(),
                    });
                }
            }
        }
        for exporter in registry.exporter_names().filter_map(|name| registry.exporter(name)) {
            known.used.extend(exporter.crates.iter().map(|(name, _)| name.to_string()));
        }
        for krate in registry.crate_names().filter_map(|name| registry.krate(name)) {
            known.used.extend(krate.needs.iter().map(ToString::to_string));
        }
        for name in known.libraries.iter().chain(&known.crates) {
            let groups = registry.releases(name).into_iter().flat_map(|releases| &releases.releases);
            known.used.extend(groups.flat_map(|group| &group.dependencies).map(|d| d.package.to_string()));
        }
        known
    }

    /// Notes crates without an entry.
    fn crates(&self, key: &str, names: &[PackageName], notes: &mut Notes) {
        for (index, name) in names.iter().enumerate() {
            self.krate(&format!("{key}[{index}]"), name, notes);
        }
    }

    /// Notes a crate without an entry.
    fn krate(&self, key: &str, name: &PackageName, notes: &mut Notes) {
        if !self.crates.contains(name.as_str()) {
            notes.note(key, format!("there is no entry `[crate.{name}]`"));
        }
    }

    /// Whether every use of `other` names `name` as a conflict: every use by the same library, or, if there
    /// is none, by any.
    fn is_mutual(&self, library: &PackageName, name: &PackageName, other: &PackageName) -> bool {
        let uses = self.instrumentations.get(other.as_str()).map_or(&[][..], Vec::as_slice);
        let here = |used: &&Instrumentation| used.library == *library;
        let anywhere = uses.iter().all(|used| !here(&used));
        uses.iter().filter(|used| anywhere || here(used)).all(|used| used.conflicts.contains(name))
    }
}

/// Checks what a library refers to.
pub(super) fn library(library: &Library, known: &Known, notes: &mut Notes) {
    for (index, name) in library.covered_by.iter().enumerate() {
        if *name == library.name || !known.libraries.contains(name.as_str()) {
            notes.note(format!("covered-by[{index}]"), format!("there is no other entry `[library.{name}]`"));
        }
    }
    for (index, provision) in library.by.iter().enumerate() {
        let key = |rest: &str| format!("by[{index}].{rest}");
        known.crates(&key("needs"), &provision.needs, notes);
        if let Means::Crate(name) = &provision.means {
            known.krate(&key("crate"), name, notes);
        }
        if provision.signals.is_empty() && !matches!(provision.means, Means::Nothing(_)) {
            notes.note(key("signals"), "is missing");
        }
        for (at, other) in provision.conflicts.iter().enumerate() {
            let key = key(&format!("conflicts[{at}]"));
            if !known.instrumentations.contains_key(other.as_str()) {
                notes.note(key, format!("nothing is instrumented by `{other}`"));
            } else if let Means::Crate(name) = &provision.means
                && !known.is_mutual(&library.name, name, other)
            {
                notes.note(key, format!("`{other}` does not name `{name}` in return"));
            }
        }
    }
}

/// Checks what a crate refers to, and whether something refers to it.
pub(super) fn krate(krate: &Crate, known: &Known, notes: &mut Notes) {
    known.crates("needs", &krate.needs, notes);
    if !known.used.contains(krate.name.as_str()) {
        notes.note("", "no rule adds this crate, and no known crate depends on it");
    }
}

/// Checks what an exporter refers to.
pub(super) fn exporter(exporter: &Exporter, known: &Known, notes: &mut Notes) {
    for (index, (name, _)) in exporter.crates.iter().enumerate() {
        known.krate(&format!("crate[{index}].name"), name, notes);
    }
}
