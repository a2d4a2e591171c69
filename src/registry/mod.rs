//! What is known about libraries and the crates that instrument them.
//!
//! The registry is made of rules, written by hand (`registry/cargo.toml`), and of release data,
//! generated from the index (`registry/cargo-releases.jsonl`). Both are embedded as text, of which a run
//! of the program parses only the entries it asks for. Overlays add, replace and remove rules; a refresh
//! into the user's cache replaces release data.

use std::{
    borrow::Cow,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde::Deserialize;

pub(crate) mod activation;
mod check;
pub mod describe;
mod error;
pub mod lint;
pub mod problem;
pub mod python;
mod raw;
mod release_entry;
mod release_file;
mod release_line;
pub mod release_set;
pub mod releases;
pub mod rule;
mod shelf;
mod slice;
pub mod update;

pub use error::Error;

use self::{
    check::{Checked, Checker},
    problem::{Problem, Problems},
    python::PythonRegistry,
    raw::{RawRegistry, SCHEMA},
    release_file::ReleaseFile,
    releases::CrateReleases,
    rule::{Crate, Exporter, Library},
    shelf::Shelf,
    slice::{Kind, Slice, slices},
};
use crate::settings::RegistrySources;

/// The rules of the embedded registry.
const RULES: &str = include_str!("../../registry/cargo.toml");

/// Where the embedded rules stand in the repository, for messages.
const RULES_FILE: &str = "registry/cargo.toml";

/// The release data of the embedded registry.
const RELEASES: &str = include_str!("../../registry/cargo-releases.jsonl");

/// The file of refreshed release data in the user's cache folder.
const CACHED_RELEASES: &str = "cargo-releases.jsonl";

/// The most that is read of a registry file, in bytes.
const LARGEST_FILE: u64 = 64 << 20;

/// Rules and release data.
#[derive(Debug)]
pub struct Registry {
    /// Libraries by crate name.
    libraries: Shelf<Library>,
    /// Crates that are added to projects, by name.
    crates: Shelf<Crate>,
    /// What `--exporter` stands for, by its value.
    exporters: Shelf<Exporter>,
    /// The release data, newest first.
    releases: Vec<ReleaseFile>,
    /// What is known about Python.
    python: PythonRegistry,
}

impl Registry {
    /// The embedded registry.
    ///
    /// # Panics
    ///
    /// Never with the data that the tests have passed with.
    #[must_use]
    pub fn builtin() -> Self {
        let releases =
            ReleaseFile::open(Cow::Borrowed(RELEASES)).expect("the embedded release data is valid");
        let python = PythonRegistry::builtin();
        Self { releases: vec![releases], ..Self::with(|| &SLICES, python) }
    }

    /// The embedded registry with the overlays applied in their order, and with the release data of the
    /// cache folder if that is newer.
    pub fn load(sources: &RegistrySources) -> Result<Self, Error> {
        let mut registry = Self::builtin();
        if let Some(folder) = &sources.cache {
            registry.python.look_in(folder);
        }
        for path in &sources.overlays {
            let raw = read_rules(path)?;
            registry.apply(&path.display().to_string(), raw).map_err(Error::Invalid)?;
        }
        let cached = sources.cache.as_ref().map(|folder| folder.join(CACHED_RELEASES));
        if let Some(path) = cached.filter(|path| path.is_file())
            && let Some(cached) = ReleaseFile::open(Cow::Owned(read(&path)?))
            && registry.releases.iter().all(|embedded| embedded.date() < cached.date())
        {
            registry.releases.insert(0, cached);
        }
        Ok(registry)
    }

    /// What is known about a library.
    #[must_use]
    pub fn library(&self, name: &str) -> Option<&Library> {
        self.libraries.get(name, embedded_library)
    }

    /// The libraries that are known, sorted.
    pub fn library_names(&self) -> impl Iterator<Item = &str> {
        self.libraries.names()
    }

    /// What is known about a crate that is added to projects.
    #[must_use]
    pub fn krate(&self, name: &str) -> Option<&Crate> {
        self.crates.get(name, embedded_crate)
    }

    /// The crates with an entry of their own, sorted.
    pub fn crate_names(&self) -> impl Iterator<Item = &str> {
        self.crates.names()
    }

    /// What a value of `--exporter` stands for.
    #[must_use]
    pub fn exporter(&self, name: &str) -> Option<&Exporter> {
        self.exporters.get(name, embedded_exporter)
    }

    /// The values of `--exporter` that are known, sorted.
    pub fn exporter_names(&self) -> impl Iterator<Item = &str> {
        self.exporters.names()
    }

    /// What the index says about every release of a crate; `None` for a crate that no rule named when the
    /// data was fetched.
    #[must_use]
    pub fn releases(&self, name: &str) -> Option<&CrateReleases> {
        self.releases.iter().find_map(|file| file.get(name))
    }

    /// What is known about Python.
    #[must_use]
    pub fn python(&self) -> &PythonRegistry {
        &self.python
    }

    /// A registry that knows nothing.
    fn empty() -> Self {
        Self::with(|| &[], PythonRegistry::empty())
    }

    /// Rules of a file, without release data.
    fn with(embedded: fn() -> &'static [Slice<'static>], python: PythonRegistry) -> Self {
        Self {
            libraries: Shelf::new(Kind::Library, embedded),
            crates: Shelf::new(Kind::Crate, embedded),
            exporters: Shelf::new(Kind::Exporter, embedded),
            releases: Vec::new(),
            python,
        }
    }

    /// Applies a file: first what it removes, then what it adds or replaces. After an error the registry is
    /// only good for finding more that is wrong.
    fn apply(&mut self, file: &str, raw: RawRegistry) -> Result<(), Problems> {
        let mut problems = Vec::new();
        for (index, path) in raw.remove.iter().enumerate() {
            let is_there = match Kind::split(path) {
                Some((Kind::Library, name)) => self.libraries.remove(name),
                Some((Kind::Crate, name)) => self.crates.remove(name),
                Some((Kind::Exporter, name)) => self.exporters.remove(name),
                Some((kind, name)) => self.python.remove(kind, name),
                None => false,
            };
            if !is_there {
                problems.push(Problem {
                    file: file.to_owned(),
                    entry: String::new(),
                    key: format!("remove[{index}]"),
                    message: format!("there is no entry `{}`", path.escape_debug()),
                });
            }
        }
        let libraries = raw.library.into_iter();
        overlay(&mut self.libraries, libraries, file, &mut problems, Checker::library);
        overlay(&mut self.crates, raw.crates.into_iter(), file, &mut problems, Checker::krate);
        overlay(&mut self.exporters, raw.exporter.into_iter(), file, &mut problems, Checker::exporter);
        self.python.apply(file, raw.python, &mut problems);
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }
}

/// Checks the entries of one kind and puts them on their shelf.
fn overlay<R, T>(
    shelf: &mut Shelf<T>,
    raw: impl Iterator<Item = (String, R)>,
    file: &str,
    problems: &mut Vec<Problem>,
    check: fn(Checker, &str, R) -> Checked<T>,
) {
    for (name, raw) in raw {
        let checked = check(Checker::new(file, shelf.kind().table(), &name), &name, raw);
        problems.extend(checked.problems);
        if let Some(value) = checked.value {
            shelf.overlay(name, value);
        }
    }
}

/// Parses the text of an embedded entry.
fn embedded_library(name: &str, text: &str) -> Library {
    let raw = embedded(text).library.remove(name).expect("the slice holds the entry");
    valid(Checker::new(RULES_FILE, Kind::Library.table(), name).library(name, raw))
}

/// Parses the text of an embedded entry.
fn embedded_crate(name: &str, text: &str) -> Crate {
    let raw = embedded(text).crates.remove(name).expect("the slice holds the entry");
    valid(Checker::new(RULES_FILE, Kind::Crate.table(), name).krate(name, raw))
}

/// Parses the text of an embedded entry.
fn embedded_exporter(name: &str, text: &str) -> Exporter {
    let raw = embedded(text).exporter.remove(name).expect("the slice holds the entry");
    valid(Checker::new(RULES_FILE, Kind::Exporter.table(), name).exporter(name, raw))
}

/// The entries of the embedded rules.
static SLICES: LazyLock<Vec<Slice<'static>>> = LazyLock::new(|| slices(RULES));

/// Parses a part of the embedded rules.
fn embedded(text: &str) -> RawRegistry {
    toml::from_str(text).expect("the embedded rules are valid")
}

/// What an embedded entry says.
fn valid<T>(checked: Checked<T>) -> T {
    assert!(checked.problems.is_empty(), "{}", Problems(checked.problems));
    checked.value.expect("the embedded rules are valid")
}

/// Reads and parses a file of rules.
fn read_rules(path: &Path) -> Result<RawRegistry, Error> {
    let text = read(path)?;
    parse_rules(path, &text)
}

/// Parses a file of rules; one of another schema is told apart from one with misspelt keys.
fn parse_rules(path: &Path, text: &str) -> Result<RawRegistry, Error> {
    /// The one key that every schema has.
    #[derive(Deserialize)]
    struct Versioned {
        /// Version of the file format.
        schema: Option<u32>,
    }
    let whole = toml::from_str::<RawRegistry>(text);
    let found = match &whole {
        Ok(raw) => raw.schema,
        Err(_) => toml::from_str::<Versioned>(text).map_or(Some(SCHEMA), |versioned| versioned.schema),
    };
    if found != Some(SCHEMA) {
        return Err(Error::Schema { path: path.to_owned(), found });
    }
    whole.map_err(|source| Error::Parse { path: path.to_owned(), source: Box::new(source) })
}

/// Reads a file of bounded size.
fn read(path: &Path) -> Result<String, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mut text = String::new();
    let length = file.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(failed)?;
    if length as u64 > LARGEST_FILE {
        return Err(Error::TooLarge { path: PathBuf::from(path), limit: LARGEST_FILE });
    }
    Ok(text)
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
