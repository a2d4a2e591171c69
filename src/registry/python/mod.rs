//! What is known about the releases of `opentelemetry-instrumentation`.
//!
//! Every release carries a table of libraries and of the instrumentations that go with them. The tables of all
//! releases, and what the wheels of the instrumentations say about themselves, are generated
//! (`registry/python-releases.jsonl`); a run of the program parses only the release that it works with.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use pep440_rs::Version;

mod exporter;
mod file;
mod line;
pub mod release;
pub mod requirement;

use self::file::PythonFile;
pub use self::{
    exporter::Support,
    release::{Head, Instrumentation, Loader, Place, Release},
    requirement::Need,
};
use super::read;

/// The release data of the embedded registry.
const RELEASES: &str = include_str!("../../../registry/python-releases.jsonl");

/// The file of refreshed release data in the user's cache folder.
pub(super) const CACHED_RELEASES: &str = "python-releases.jsonl";

/// Release data and rules for Python.
#[derive(Debug, Default)]
pub struct PythonRegistry {
    /// The refreshed release data in the user's cache folder.
    cached: Option<PathBuf>,
    /// The release data that is newest.
    file: OnceLock<PythonFile>,
}

impl PythonRegistry {
    /// Where refreshed release data may lie.
    pub(super) fn look_in(&mut self, folder: &Path) {
        self.cached = Some(folder.join(CACHED_RELEASES));
    }

    /// The releases, newest first.
    #[must_use]
    pub fn releases(&self) -> &[Head] {
        self.file().heads()
    }

    /// The release of that version, with its table.
    #[must_use]
    pub fn release(&self, version: &Version) -> Option<&Release> {
        self.file().release(version)
    }

    /// The release that was published with that version of `opentelemetry-api`; the newest, if there are several.
    #[must_use]
    pub fn release_of_api(&self, api: &Version) -> Option<&Head> {
        self.releases().iter().find(|head| head.core == *api)
    }

    /// What a value of `--exporter` stands for in a release.
    #[must_use]
    pub fn exporter(&self, name: &str, release: &Release) -> Option<Vec<Support>> {
        exporter::exporter(name, release)
    }

    /// The values of `--exporter` that are known, sorted.
    pub fn exporter_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        exporter::names()
    }

    /// The release data that is newest: what cannot be read of the cache folder is as if it were not there.
    fn file(&self) -> &PythonFile {
        self.file.get_or_init(|| {
            let embedded =
                PythonFile::open(Cow::Borrowed(RELEASES)).expect("the embedded release data is valid");
            let cached = self.cached.as_ref().filter(|path| path.is_file()).and_then(|path| read(path).ok());
            let cached = cached.and_then(|text| PythonFile::open(Cow::Owned(text)));
            cached.filter(|cached| cached.date() > embedded.date()).unwrap_or(embedded)
        })
    }
}

#[cfg(test)]
mod tests;
