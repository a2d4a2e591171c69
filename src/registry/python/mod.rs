//! What is known about the releases of `opentelemetry-instrumentation`.
//!
//! Every release carries a table of libraries and of the instrumentations that go with them. The tables of all
//! releases, and what the wheels of the instrumentations say about themselves, are generated
//! (`registry/python-releases.jsonl`); what they do not know is written by hand (`registry/python.toml`). A run of
//! the program parses only the release that it works with, and the rules that it asks for.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{LazyLock, OnceLock},
};

use pep440_rs::Version;

mod check;
mod exporter;
pub(super) mod file;
pub(super) mod line;
pub(super) mod raw;
pub mod release;
pub mod requirement;
pub mod rule;

pub use self::{
    exporter::Support,
    release::{Head, Instrumentation, Loader, Place, Release},
    requirement::Need,
    rule::{Code, ExporterRule, InstrumentationRule, LibraryRule, Means, Unlisted, Way},
};
use self::{file::PythonFile, raw::RawPython};
use super::{
    check::Checker,
    embedded, overlay,
    problem::Problem,
    read,
    shelf::Shelf,
    slice::{Kind, Slice, slices},
    valid,
};

/// The rules of the embedded registry.
pub(super) const RULES: &str = include_str!("../../../registry/python.toml");

/// Where the embedded rules stand in the repository, for messages.
pub(super) const RULES_FILE: &str = "registry/python.toml";

/// The release data of the embedded registry.
const RELEASES: &str = include_str!("../../../registry/python-releases.jsonl");

/// The file of refreshed release data in the user's cache folder.
pub(super) const CACHED_RELEASES: &str = "python-releases.jsonl";

/// Release data and rules for Python.
#[derive(Debug)]
pub struct PythonRegistry {
    /// What `--exporter` stands for, by its value.
    exporters: Shelf<ExporterRule>,
    /// What is written down about instrumentations, by distribution.
    instrumentations: Shelf<InstrumentationRule>,
    /// What is written down about libraries, by distribution.
    libraries: Shelf<LibraryRule>,
    /// The instrumentations that overlays describe, in their order.
    described: Vec<String>,
    /// The instrumentations that overlays take out.
    removed: BTreeSet<String>,
    /// The refreshed release data in the user's cache folder.
    cached: Option<PathBuf>,
    /// The release data that is newest.
    file: OnceLock<PythonFile>,
    /// The releases that were asked for, by their place in the file.
    releases: OnceLock<Vec<OnceLock<Option<Release>>>>,
}

impl PythonRegistry {
    /// Release data without rules.
    pub(super) fn empty() -> Self {
        Self::with(|| &[])
    }

    /// Release data, and the rules of a file.
    fn with(embedded: fn() -> &'static [Slice<'static>]) -> Self {
        Self {
            exporters: Shelf::new(Kind::PythonExporter, embedded),
            instrumentations: Shelf::new(Kind::PythonInstrumentation, embedded),
            libraries: Shelf::new(Kind::PythonLibrary, embedded),
            described: Vec::new(),
            removed: BTreeSet::new(),
            cached: None,
            file: OnceLock::new(),
            releases: OnceLock::new(),
        }
    }

    #[cfg(test)]
    /// Release data from the lines of a file, without rules.
    pub(super) fn of_releases(lines: &str) -> Self {
        let text =
            format!(r#"{{"schema":1,"date":"2026-01-01T00:00:00Z","bytes":{}}}"#, lines.len()) + "\n" + lines;
        let file = PythonFile::open(Cow::Owned(text)).expect("release data");
        Self { file: OnceLock::from(file), ..Self::empty() }
    }

    /// The embedded rules and release data.
    pub(super) fn builtin() -> Self {
        Self::with(|| &SLICES)
    }

    /// Where refreshed release data may lie.
    pub(super) fn look_in(&mut self, folder: &Path) {
        self.cached = Some(folder.join(CACHED_RELEASES));
    }

    /// Takes an entry out; says whether there was one. The table of a release counts as entries, too.
    pub(super) fn remove(&mut self, kind: Kind, name: &str) -> bool {
        match kind {
            Kind::PythonExporter => self.exporters.remove(name),
            Kind::PythonLibrary => self.libraries.remove(name),
            Kind::PythonInstrumentation => {
                let is_described = self.instrumentations.remove(name);
                let is_listed = self.file().has_instrumentation(name);
                if is_listed {
                    self.removed.insert(name.to_owned());
                }
                self.described.retain(|described| described != name);
                is_described || is_listed
            }
            Kind::Library | Kind::Crate | Kind::Exporter => false,
        }
    }

    /// Applies what a file says about Python.
    pub(super) fn apply(&mut self, file: &str, raw: RawPython, problems: &mut Vec<Problem>) {
        let RawPython { exporter, instrumentation, library } = raw;
        for name in instrumentation.keys() {
            self.removed.remove(name);
            self.described.retain(|described| described != name);
            self.described.push(name.clone());
        }
        overlay(&mut self.exporters, exporter.into_iter(), file, problems, Checker::python_exporter);
        let checker = Checker::python_instrumentation;
        overlay(&mut self.instrumentations, instrumentation.into_iter(), file, problems, checker);
        overlay(&mut self.libraries, library.into_iter(), file, problems, Checker::python_library);
    }

    /// The releases, newest first.
    #[must_use]
    pub fn releases(&self) -> &[Head] {
        self.file().heads()
    }

    /// The release of that version, with its table.
    #[must_use]
    pub fn release(&self, version: &Version) -> Option<&Release> {
        let number = self.file().position(version)?;
        let slots = self.releases.get_or_init(|| (0..self.file().len()).map(|_| OnceLock::new()).collect());
        let read = || self.file().release(number).map(|release| self.overlaid(release));
        slots.get(number)?.get_or_init(read).as_ref()
    }

    /// The release of that version, or the newest if there is none of it.
    #[must_use]
    pub fn release_or_newest(&self, version: Option<&Version>) -> Option<&Release> {
        let newest = || self.release(&self.releases().first()?.version);
        version.and_then(|version| self.release(version)).or_else(newest)
    }

    /// Whether there is a release of that version.
    #[must_use]
    pub fn has_release(&self, version: &Version) -> bool {
        self.file().position(version).is_some()
    }

    /// The release that was published with that version of `opentelemetry-api`; the newest, if there are several.
    #[must_use]
    pub fn release_of_api(&self, api: &Version) -> Option<&Head> {
        self.releases().iter().find(|head| head.core == *api)
    }

    /// Whether there is anything to say about a distribution, which is named in its normalised form.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        let listed = self.file().libraries().binary_search_by(|library| library.as_str().cmp(name));
        listed.is_ok() || self.libraries.has(name)
    }

    /// What a value of `--exporter` stands for in a release.
    #[must_use]
    pub fn exporter(&self, name: &str, release: &Release) -> Option<Vec<Support>> {
        Some(self.exporter_rule(name)?.support(&release.head, &release.lacks))
    }

    /// What is written down about a value of `--exporter`.
    #[must_use]
    pub fn exporter_rule(&self, name: &str) -> Option<&ExporterRule> {
        self.exporters.get(name, embedded_exporter)
    }

    /// The values of `--exporter` that are known, sorted.
    pub fn exporter_names(&self) -> impl Iterator<Item = &str> {
        self.exporters.names()
    }

    /// What is written down about a library.
    #[must_use]
    pub fn library(&self, name: &str) -> Option<&LibraryRule> {
        self.libraries.get(name, embedded_library)
    }

    /// The libraries that something is written down about, sorted.
    pub fn library_names(&self) -> impl Iterator<Item = &str> {
        self.libraries.names()
    }

    /// What is written down about an instrumentation.
    #[must_use]
    pub fn instrumentation(&self, name: &str) -> Option<&InstrumentationRule> {
        self.instrumentations.get(name, embedded_instrumentation)
    }

    /// The instrumentations that something is written down about, sorted.
    pub fn instrumentation_names(&self) -> impl Iterator<Item = &str> {
        self.instrumentations.names()
    }

    /// A release as the overlays change it: what they describe takes the place of what the table says.
    fn overlaid(&self, mut release: Release) -> Release {
        release.instrumentations.retain(|one| !self.removed.contains(one.name.as_str()));
        for rule in self.described.iter().filter_map(|name| self.instrumentation(name)) {
            let Some(described) = rule.instrumentation(&release.head) else { continue };
            match release.instrumentations.iter_mut().find(|one| one.name == described.name) {
                Some(listed) => *listed = described,
                None => release.instrumentations.push(described),
            }
        }
        release
    }

    /// The release data that is newest: what cannot be read of the cache folder is as if it were not there.
    pub(super) fn file(&self) -> &PythonFile {
        self.file.get_or_init(|| {
            let embedded =
                PythonFile::open(Cow::Borrowed(RELEASES)).expect("the embedded release data is valid");
            let cached = self.cached.as_ref().filter(|path| path.is_file()).and_then(|path| read(path).ok());
            let cached = cached.and_then(|text| PythonFile::open(Cow::Owned(text)));
            cached.filter(|cached| cached.date() > embedded.date()).unwrap_or(embedded)
        })
    }
}

/// The entries of the embedded rules.
static SLICES: LazyLock<Vec<Slice<'static>>> = LazyLock::new(|| slices(RULES));

/// Parses the text of an embedded entry.
fn embedded_exporter(name: &str, text: &str) -> ExporterRule {
    let raw = embedded(text).python.exporter.remove(name).expect("the slice holds the entry");
    valid(Checker::new(RULES_FILE, Kind::PythonExporter.table(), name).python_exporter(name, raw))
}

/// Parses the text of an embedded entry.
fn embedded_instrumentation(name: &str, text: &str) -> InstrumentationRule {
    let raw = embedded(text).python.instrumentation.remove(name).expect("the slice holds the entry");
    valid(
        Checker::new(RULES_FILE, Kind::PythonInstrumentation.table(), name).python_instrumentation(name, raw),
    )
}

/// Parses the text of an embedded entry.
fn embedded_library(name: &str, text: &str) -> LibraryRule {
    let raw = embedded(text).python.library.remove(name).expect("the slice holds the entry");
    valid(Checker::new(RULES_FILE, Kind::PythonLibrary.table(), name).python_library(name, raw))
}

#[cfg(test)]
mod tests;
