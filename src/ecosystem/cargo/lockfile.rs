//! `Cargo.lock`, formats 1 to 4: its packages, with their dependencies resolved to each other.
//!
//! The format has no specification but cargo's own reader; what is said here about it was checked
//! against files that cargo 1.0 to 1.95 wrote.

mod events;
mod lines;
mod source;

use std::{borrow::Cow, ops::Range};

use foldhash::{HashMap, HashMapExt};

use semver::Version;
use thiserror::Error;

use super::inventory::{LockedPackage, Source};
use crate::{
    document::SyntaxError,
    package::{InvalidName, PackageName},
};
use events::{RawLockfile, RawPackage};
use source::Sources;

/// The largest lockfile that is read, in bytes: a package takes about 250, and no known project
/// has more than a few thousand.
pub const LARGEST: u64 = 16 << 20;

/// What helps where a lockfile is beyond repair.
pub const RENEWAL: &str = "`cargo generate-lockfile` writes a new one, with new versions";

/// The newest format that is understood.
const NEWEST_FORMAT: u32 = 4;

/// Why a text is no lockfile.
#[derive(Debug, Error)]
pub enum LockfileError {
    /// It is not even TOML, or a key has a value of the wrong type.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It has a format that did not exist when this program was written.
    #[error("the lockfile format `{}` is not known", .0.escape_debug())]
    Format(String),
    /// A package lacks a name or a version.
    #[error("package {number} has no `{key}`")]
    Incomplete {
        /// Which package, from 1.
        number: usize,
        /// What it lacks.
        key: &'static str,
    },
    /// A package has no valid name.
    #[error("package {number} has no valid name")]
    Name {
        /// Which package, from 1.
        number: usize,
        /// What is wrong with it.
        source: InvalidName,
    },
    /// A package has no valid version.
    #[error("the version of `{name}` is not valid")]
    Version {
        /// The package.
        name: PackageName,
        /// What is wrong with it.
        source: semver::Error,
    },
    /// The origin of a package cannot be an address.
    #[error("the source of `{name}` is not valid: `{}`", .text.escape_debug())]
    Source {
        /// The package.
        name: PackageName,
        /// What the file says.
        text: String,
    },
    /// The same package is listed twice.
    #[error("`{name}` {version} is listed twice")]
    Twice {
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
    },
    /// A dependency is not among the packages, or more than one package could be meant.
    #[error("`{name}` depends on `{}`, which is not exactly one of the locked packages", .dependency.escape_debug())]
    Dangling {
        /// The package with the dependency.
        name: PackageName,
        /// What the file says it depends on.
        dependency: String,
    },
}

impl LockfileError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax(error @ SyntaxError::Conflict { .. }) => error.hint(),
            Self::Format(_) => Some("a newer `otel-bootstrap` may know it".to_owned()),
            _ => Some(RENEWAL.to_owned()),
        }
    }
}

/// Reads a lockfile: every package, sorted by name, version and source.
pub fn parse(text: &str) -> Result<Vec<LockedPackage>, LockfileError> {
    let raw = lines::parse(text).map_or_else(|| events::parse(text), Ok)?;
    if let Some(version) = raw.version
        && !version.parse().is_ok_and(|version: u32| (1..=NEWEST_FORMAT).contains(&version))
    {
        return Err(LockfileError::Format(version.chars().take(40).collect()));
    }
    let mut entries = Vec::with_capacity(raw.packages.len());
    let mut sources = Sources::default();
    for (index, package) in raw.packages.iter().enumerate() {
        entries.push(Entry::new(index + 1, package, &mut sources)?);
    }
    // Cargo writes them in this order but for the `[root]` of the first format.
    entries.sort_by(|one, other| one.package.cmp(&other.package));
    link(&raw, &mut entries)?;
    Ok(entries.into_iter().map(|entry| entry.package).collect())
}

/// A package on its way from the text to the inventory.
struct Entry<'t> {
    /// What becomes of it; the dependencies are still missing.
    package: LockedPackage,
    /// What the text says.
    raw: &'t RawPackage<'t>,
}

impl<'t> Entry<'t> {
    /// Checks what the text says about a package.
    fn new(number: usize, raw: &'t RawPackage<'t>, sources: &mut Sources<'t>) -> Result<Self, LockfileError> {
        let required = |text: &'t Option<Cow<'t, str>>, key| {
            text.as_deref().ok_or(LockfileError::Incomplete { number, key })
        };
        let name: PackageName =
            required(&raw.name, "name")?.parse().map_err(|source| LockfileError::Name { number, source })?;
        let version = match Version::parse(required(&raw.version, "version")?) {
            Ok(version) => version,
            Err(source) => return Err(LockfileError::Version { name, source }),
        };
        let Some(source) = sources.parse(raw.source.as_deref()) else {
            let text = raw.source.as_deref().unwrap_or_default().chars().take(200).collect();
            return Err(LockfileError::Source { name, text });
        };
        Ok(Self { package: LockedPackage { name, version, source, dependencies: Vec::new() }, raw })
    }
}

/// Resolves every dependency string to the index of the package that it means.
fn link(raw: &RawLockfile<'_>, entries: &mut [Entry<'_>]) -> Result<(), LockfileError> {
    let is_twice = |one: &Entry<'_>, other: &Entry<'_>| {
        one.package == other.package && one.raw.source == other.raw.source
    };
    if let Some((one, _)) = entries.iter().zip(entries.iter().skip(1)).find(|(a, b)| is_twice(a, b)) {
        let (name, version) = (one.package.name.clone(), one.package.version.clone());
        return Err(LockfileError::Twice { name, version });
    }
    let names = Names::new(entries);
    let dangling = |entry: &Entry<'_>, dependency: &str| LockfileError::Dangling {
        name: entry.package.name.clone(),
        dependency: dependency.chars().take(200).collect(),
    };
    let mut resolved = Vec::with_capacity(entries.len());
    for entry in &*entries {
        let texts = &raw.dependencies[entry.raw.dependencies.clone()];
        let mut dependencies = Vec::with_capacity(texts.len());
        for text in texts {
            let index = names.find(entries, text).ok_or_else(|| dangling(entry, text))?;
            dependencies.push(match &entries[index].raw.replace {
                None => index,
                Some(text) => names.find(entries, text).ok_or_else(|| dangling(&entries[index], text))?,
            });
        }
        dependencies.sort_unstable();
        resolved.push(dependencies);
    }
    for (entry, dependencies) in entries.iter_mut().zip(resolved) {
        entry.package.dependencies = dependencies;
    }
    Ok(())
}

/// Where the packages of each name stand among all.
struct Names<'t>(HashMap<&'t str, Range<usize>>);

impl<'t> Names<'t> {
    /// Notes where each name stands in the sorted packages.
    fn new(entries: &[Entry<'t>]) -> Self {
        let mut names: HashMap<&str, Range<usize>> = HashMap::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let name = entry.raw.name.as_deref().unwrap_or_default();
            names.entry(name).or_insert(index..index).end = index + 1;
        }
        Self(names)
    }

    /// The one package that a dependency string means: `NAME`, `NAME VERSION`, or
    /// `NAME VERSION (SOURCE)`; the shorter forms are for names and versions that stand alone.
    ///
    /// Path packages have no source to tell, so without one they come first, as for cargo.
    fn find(&self, entries: &[Entry<'_>], text: &str) -> Option<usize> {
        if let Some(range) = self.0.get(text).filter(|range| range.len() == 1) {
            return Some(range.start);
        }
        let mut parts = text.splitn(3, ' ');
        let range = self.0.get(parts.next()?)?.clone();
        let version = parts.next();
        let source = match parts.next() {
            Some(text) => Some(text.strip_prefix('(')?.strip_suffix(')')?),
            None => None,
        };
        let mut found = range.filter(|&index| {
            let raw = entries[index].raw;
            version.is_none_or(|version| raw.version.as_deref() == Some(version))
                && source.is_none_or(|source| source::is_same(raw.source.as_deref(), source))
        });
        let first = found.next()?;
        let Some(second) = found.next() else { return Some(first) };
        let mut local = [first, second].into_iter().chain(found).filter(|&index| {
            entries[index].package.source == Source::Path && (version.is_some() || source.is_some())
        });
        local.next().filter(|_| local.next().is_none())
    }
}

#[cfg(test)]
mod tests;
