//! The entries for Python: prose, places to read on, and names that the release data must know.

use std::collections::BTreeSet;

use super::{
    Notes,
    prose::{fragment, optional},
};
use crate::registry::python::{
    ExporterRule, InstrumentationRule, LibraryRule, Means, PythonRegistry, raw::RawPython,
};
pub(super) use crate::registry::python::{RULES, RULES_FILE};

/// The names of the entries of a file.
pub(super) struct Entries {
    /// Its exporters.
    exporters: Vec<String>,
    /// Its instrumentations.
    instrumentations: Vec<String>,
    /// Its libraries.
    libraries: Vec<String>,
}

impl Entries {
    /// The names of the entries of this file.
    pub(super) fn of(raw: &RawPython) -> Self {
        Self {
            exporters: raw.exporter.keys().cloned().collect(),
            instrumentations: raw.instrumentation.keys().cloned().collect(),
            libraries: raw.library.keys().cloned().collect(),
        }
    }

    /// Checks the valid ones of them among all that is known.
    pub(super) fn check(&self, registry: &PythonRegistry, notes: &mut Notes) {
        for name in &self.exporters {
            notes.enter("python.exporter", name);
            registry.exporter_rule(name).into_iter().for_each(|rule| exporter(rule, notes));
        }
        if !self.instrumentations.is_empty() {
            let known = known(registry);
            for name in &self.instrumentations {
                notes.enter("python.instrumentation", name);
                registry
                    .instrumentation(name)
                    .into_iter()
                    .for_each(|rule| instrumentation(rule, &known, notes));
            }
        }
        for name in &self.libraries {
            notes.enter("python.library", name);
            registry.library(name).into_iter().for_each(|rule| library(rule, notes));
        }
    }
}

/// The instrumentations of all releases.
fn known(registry: &PythonRegistry) -> BTreeSet<&str> {
    let releases = registry.releases().iter().filter_map(|head| registry.release(&head.version));
    let instrumentations = releases.flat_map(|release| &release.instrumentations);
    instrumentations.map(|one| one.name.as_str()).collect()
}

/// Checks an exporter.
fn exporter(rule: &ExporterRule, notes: &mut Notes) {
    fragment("what", &rule.what, notes);
    missing_docs("docs", rule.docs.as_ref(), notes);
}

/// Checks an instrumentation.
fn instrumentation(rule: &InstrumentationRule, known: &BTreeSet<&str>, notes: &mut Notes) {
    fragment("what", &rule.what, notes);
    optional("note", rule.note.as_ref(), notes);
    missing_docs("docs", rule.docs.as_ref(), notes);
    if !known.contains(rule.name.as_str()) {
        notes.note("", "no release knows this instrumentation; `line` describes one of your own");
    }
    for (index, with) in rule.with.iter().enumerate() {
        if !known.contains(with.as_str()) {
            notes.note(format!("with[{index}]"), format!("no release knows `{with}`"));
        }
    }
}

/// Checks a library.
fn library(rule: &LibraryRule, notes: &mut Notes) {
    fragment("what", &rule.what, notes);
    optional("note", rule.note.as_ref(), notes);
    for (index, way) in rule.by.iter().enumerate() {
        let key = |rest: &str| format!("by[{index}].{rest}");
        match &way.means {
            Means::Native(how) => fragment(&key("native"), how, notes),
            Means::Nothing(advice) => fragment(&key("none"), advice, notes),
            Means::Other(_) => {}
        }
        optional(&key("note"), way.note.as_ref(), notes);
        if !matches!(way.means, Means::Nothing(_)) {
            missing_docs(&key("docs"), way.docs.as_ref(), notes);
        }
    }
}

/// Notes that there is no place to read on.
fn missing_docs(key: &str, docs: Option<&String>, notes: &mut Notes) {
    if docs.is_none() {
        notes.note(key, "is missing");
    }
}
