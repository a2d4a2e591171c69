//! Finding everything that is wrong with a registry file at once, for its authors.
//!
//! What a file says is checked as values, as prose, against the other rules, and against what the releases
//! of the crates really have.

use std::path::{Path, PathBuf};

mod layout;
mod notes;
mod prose;
mod python;
mod references;
mod releases;
mod wiring;

use self::{notes::Notes, references::Known};
use super::{
    Error, RULES, RULES_FILE, Registry, parse_rules,
    problem::{Problem, Problems},
    raw::RawRegistry,
    read,
};
use crate::settings::RegistrySources;

/// Everything that is wrong with registry files, file by file, sorted by entry and key. Each file counts as
/// an overlay over the embedded rules, those that `sources` name, and the files before it. Without files it
/// is the embedded rules that are looked at.
pub fn lint(sources: &RegistrySources, files: &[PathBuf]) -> Result<Vec<Problem>, Error> {
    let mut registry = Registry::load(sources)?;
    if files.is_empty() {
        registry = Registry { releases: registry.releases, ..Registry::empty() };
        let mut problems = lint_text(RULES_FILE, RULES, &mut registry);
        problems.extend(lint_text(python::RULES_FILE, python::RULES, &mut registry));
        return Ok(problems);
    }
    let mut problems = Vec::new();
    for path in files {
        problems.extend(lint_text(&path.display().to_string(), &read(path)?, &mut registry));
    }
    Ok(problems)
}

/// Everything that is wrong with one file, which is applied to the registry as far as it is valid.
fn lint_text(file: &str, text: &str, registry: &mut Registry) -> Vec<Problem> {
    let mut notes = Notes::new(file);
    match parse_rules(Path::new(file), text) {
        Ok(raw) => {
            layout::check(text, &raw, &mut notes);
            let entries = Entries::of(&raw);
            if let Err(Problems(problems)) = registry.apply(file, raw) {
                notes.extend(problems);
            }
            entries.check(registry, &mut notes);
        }
        Err(Error::Parse { source, .. }) => notes.note("", source.to_string().trim_end()),
        Err(error) => notes.note("", error.to_string()),
    }
    notes.sorted()
}

/// The names of the entries of a file.
struct Entries {
    /// Its libraries.
    libraries: Vec<String>,
    /// Its crates.
    crates: Vec<String>,
    /// Its exporters.
    exporters: Vec<String>,
    /// Its entries for Python.
    python: python::Entries,
}

impl Entries {
    /// The names of the entries of this file.
    fn of(raw: &RawRegistry) -> Self {
        Self {
            libraries: raw.library.keys().cloned().collect(),
            crates: raw.crates.keys().cloned().collect(),
            exporters: raw.exporter.keys().cloned().collect(),
            python: python::Entries::of(&raw.python),
        }
    }

    /// Checks the valid ones of them among all rules.
    fn check(&self, registry: &Registry, notes: &mut Notes) {
        let known = Known::of(registry);
        for name in &self.libraries {
            notes.enter("library", name);
            let Some(library) = registry.library(name) else { continue };
            prose::library(library, notes);
            references::library(library, &known, notes);
            releases::library(library, registry, notes);
            wiring::library(library, registry, notes);
        }
        for name in &self.crates {
            notes.enter("crate", name);
            let Some(krate) = registry.krate(name) else { continue };
            prose::krate(krate, notes);
            references::krate(krate, &known, notes);
            releases::krate(krate, registry, notes);
        }
        for name in &self.exporters {
            notes.enter("exporter", name);
            let Some(exporter) = registry.exporter(name) else { continue };
            prose::exporter(exporter, notes);
            references::exporter(exporter, &known, notes);
            releases::exporter(exporter, registry, notes);
        }
        self.python.check(registry.python(), notes);
    }
}

#[cfg(test)]
mod tests;
