//! What every parser of lockfiles gets beside the text, and what it gives.

use std::{collections::BTreeSet, fmt};

use pep440_rs::{Version, VersionSpecifiers};

use super::{Parts, Target, marker::Markers};
use crate::{
    document::Table,
    ecosystem::python::inventory::{Distribution, DistributionVersion, Requires},
    package::PackageName,
};

/// What every parser gets beside the text.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// What the project would be installed for.
    pub target: &'a Target,
    /// Which optional parts count.
    pub parts: &'a Parts,
    /// The `pyproject.toml` beside the lockfile.
    pub project: Option<&'a Table<'a>>,
    /// Gives the text of another file below the folder of the lockfile, if there is one.
    pub beside: &'a dyn Fn(&str) -> Option<String>,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("target", self.target)
            .field("parts", self.parts)
            .finish_non_exhaustive()
    }
}

impl Request<'_> {
    /// The Python that counts, and what evaluates markers for it; notes a Python that is not admitted.
    pub(super) fn markers(&self, admitted: Option<&str>, notes: &mut Vec<String>) -> (Version, Markers) {
        let admitted: Option<VersionSpecifiers> = admitted.and_then(|text| text.parse().ok());
        let python = self.target.python(admitted.as_ref());
        if let Some(range) = admitted.filter(|range| !range.contains(&super::target::full(&python))) {
            notes.push(format!("is locked for Python `{range}`, and was read for {python}"));
        }
        let markers = Markers::new(self.target.environment(&python));
        (python, markers)
    }

    /// A table of the `pyproject.toml`.
    pub(super) fn project(&self, path: &[&str]) -> Option<&Table<'_>> {
        self.project.and_then(|table| table.table(path))
    }
}

/// What a lockfile says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What would be installed, sorted by name, each name once.
    pub distributions: Vec<Distribution>,
    /// The Python that it was read for.
    pub python: Version,
    /// What the project itself asks for in the parts that count, if that can be told.
    pub direct: Option<BTreeSet<PackageName>>,
    /// What was left out, or is not as it should be.
    pub notes: Vec<String>,
}

impl Parsed {
    /// Sorts distributions by name; of several of one name the first that has a version stays.
    pub(super) fn new(
        mut distributions: Vec<Distribution>,
        python: Version,
        direct: Option<BTreeSet<PackageName>>,
        notes: Vec<String>,
    ) -> Self {
        let key = |distribution: &Distribution| {
            (distribution.name.clone(), !matches!(distribution.version, DistributionVersion::Valid(_)))
        };
        distributions.sort_by_cached_key(key);
        distributions.dedup_by(|later, kept| later.name == kept.name);
        for distribution in &mut distributions {
            if let Requires::Listed(names) = &mut distribution.requires {
                names.sort_unstable();
                names.dedup();
            }
        }
        Self { distributions, python, direct, notes }
    }
}

/// The version that a lockfile gives a package.
pub(super) fn version(text: Option<&str>) -> DistributionVersion {
    match text.map(str::parse) {
        None => DistributionVersion::Missing,
        Some(Ok(version)) => DistributionVersion::Valid(version),
        Some(Err(_)) => DistributionVersion::Invalid,
    }
}
