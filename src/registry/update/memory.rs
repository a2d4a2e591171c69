//! What a refresh remembers for the next one: what the server called the state of each answer.
//!
//! It counts only together with the data that was written beside it, by the same version of the program,
//! from the same index and for the same crates: the data holds no more of an answer than was wanted then.

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use super::scope::Scope;
use crate::registry::{CACHED_RELEASES, read, release_file::ReleaseFile, releases::CrateReleases};

/// The name of the file in the cache folder.
pub(super) const FILE: &str = "cargo-releases.etags.json";

/// What is remembered, and the data it belongs to.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The states by crate.
    etags: BTreeMap<String, String>,
    /// The data.
    data: Option<ReleaseFile>,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    /// What the data was made of.
    origin: Origin,
    /// The first line of the data, which tells its date and length.
    data: String,
    /// The states by crate.
    etags: BTreeMap<String, String>,
}

/// What data is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// The version of the program, which decides what is kept of an answer.
    program: String,
    /// The index.
    index: String,
    /// The crates.
    scope: Scope,
}

impl Origin {
    /// The origin of what this program makes of an index.
    pub(super) fn new(index: &str, scope: Scope) -> Self {
        Self { program: env!("CARGO_PKG_VERSION").to_owned(), index: index.to_owned(), scope }
    }

    /// The crates.
    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl Memory {
    /// What a cache folder remembers of this origin; nothing, if it does not or cannot be read.
    pub(super) fn recall(folder: &Path, origin: &Origin) -> Self {
        Self::try_recall(folder, origin).unwrap_or_default()
    }

    /// What a cache folder remembers of this origin.
    fn try_recall(folder: &Path, origin: &Origin) -> Option<Self> {
        let written = serde_json::from_str::<Written>(&read(&folder.join(FILE)).ok()?).ok()?;
        let data = read(&folder.join(CACHED_RELEASES)).ok()?;
        let belongs = written.origin == *origin && data.lines().next() == Some(written.data.as_str());
        belongs.then(|| Self { etags: written.etags, data: ReleaseFile::open(Cow::Owned(data)) })
    }

    /// What the server called the state of its last answer about a crate, and that answer.
    pub(super) fn of(&self, name: &str) -> Option<(&str, &CrateReleases)> {
        Some((self.etags.get(name)?, self.data.as_ref()?.get(name)?))
    }

    /// Notes what the server calls the state of a new answer.
    pub(super) fn note(&mut self, name: &str, etag: Option<String>) {
        match etag {
            Some(etag) => self.etags.insert(name.to_owned(), etag),
            None => self.etags.remove(name),
        };
    }

    /// The text to write beside new data.
    pub(super) fn text(self, origin: Origin, data: &str) -> Result<String, serde_json::Error> {
        let data = data.lines().next().unwrap_or_default().to_owned();
        serde_json::to_string(&Written { origin, data, etags: self.etags })
    }
}
