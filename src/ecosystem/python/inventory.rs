//! What an environment has installed, or what a lockfile would install.

use std::{collections::BTreeSet, path::PathBuf};

use pep440_rs::Version;

use crate::package::PackageName;

/// A Python project as its environment or its lockfile describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// Where the distributions were read.
    pub source: Source,
    /// The distributions, sorted by name, each name once: in an environment the first on the path, from a
    /// lockfile what a production install for the target would have.
    pub distributions: Vec<Distribution>,
    /// The Python that they are for, as exactly as it is known (`3.12` or `3.12.4`).
    pub python: Option<Version>,
    /// What the project itself depends on, where a `pyproject.toml` or a lockfile tells.
    pub direct: Option<BTreeSet<PackageName>>,
    /// What could not be read and was left out.
    pub skipped: Vec<Skipped>,
}

impl Inventory {
    /// The distribution of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Distribution> {
        let found = self.distributions.binary_search_by(|d| d.name.as_str().cmp(name));
        found.ok().map(|index| &self.distributions[index])
    }
}

/// Where distributions were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An environment on disk.
    Environment(Environment),
    /// A lockfile, or a file of pinned requirements.
    Lockfile {
        /// The file.
        path: PathBuf,
        /// What kind it is.
        format: LockFormat,
    },
}

/// An environment on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its prefix (the folder with `pyvenv.cfg` or `conda-meta`); `None` for a bare folder of packages.
    pub prefix: Option<PathBuf>,
    /// Its interpreter, where there is one.
    pub interpreter: Option<PathBuf>,
    /// The folders that are searched for distributions, in the order of `sys.path`.
    pub folders: Vec<PathBuf>,
}

/// The kinds of lockfiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFormat {
    /// `uv.lock`
    Uv,
    /// `poetry.lock`
    Poetry,
    /// `pdm.lock`
    Pdm,
    /// `Pipfile.lock`
    Pipfile,
    /// `pylock.toml`, `pylock.NAME.toml` (PEP 751)
    Pylock,
    /// Pinned requirements, as pip reads them
    Requirements,
}

/// An installed or locked distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Its name, normalised (PEP 503).
    pub name: PackageName,
    /// Its version.
    pub version: DistributionVersion,
    /// What it depends on.
    pub requires: Requires,
}

/// The version of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DistributionVersion {
    /// One by the rules of PEP 440.
    Valid(Version),
    /// A text that is none.
    Invalid,
    /// Nothing: metadata that lacks it, a locked source tree whose version is dynamic.
    Missing,
}

/// What a distribution depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requires {
    /// The lockfile tells: the names, normalised, with markers evaluated and the chosen extras counted.
    Listed(Vec<PackageName>),
    /// Its metadata tells: a `METADATA` or `PKG-INFO` file, or a `requires.txt` beside it.
    Metadata {
        /// The file.
        path: PathBuf,
        /// Its header, if that was read already.
        header: Option<Box<[u8]>>,
    },
    /// Nothing tells.
    Unknown,
}

/// Something that could not be read and was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The folder or the file.
    pub path: PathBuf,
    /// Why, as a fragment (`metadata without a name`).
    pub reason: String,
}
