//! Refreshing the release data from the indexes: the only room of the program that uses the network.
//!
//! Every crate that the rules name is asked for, and those between them and OpenTelemetry, over a few connections at
//! once and only if it has changed since the last refresh; [`python`] says what is asked for Python. The new file takes
//! the place of the old one when everything is there, else the old one stays as it was.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::NamedTempFile;

mod answer;
mod cargo_config;
mod error;
mod fetch;
mod http;
mod index;
mod memory;
mod parallel;
pub mod python;
mod scope;
pub(super) mod sets;

pub use error::{Error, Failure, FetchError};

use self::{
    cargo_config::CargoConfig,
    fetch::{Fetched, fetch_all},
    index::Index,
    memory::{Memory, Origin},
    python::{PipConfig, PythonIndex},
    scope::Scope,
};
use super::{
    CACHED_RELEASES, Registry,
    python::{CACHED_RELEASES as CACHED_PYTHON_RELEASES, file::PythonFile},
    release_file::ReleaseFile,
    releases::CrateReleases,
};
use crate::{ecosystem::Ecosystem, settings::Env};

/// How long the first repetition of a failed request waits; each further one waits twice as long.
const BACK_OFF: Duration = Duration::from_millis(500);

/// What a refresh needs to know of the user and the environment.
#[derive(Clone, Debug)]
pub struct UpdateOptions {
    /// Where the new data goes.
    pub destination: Destination,
    /// Whether the network must not be touched.
    pub offline: bool,
    /// The only ecosystem to refresh; all, if none is given.
    pub only: Option<Ecosystem>,
    /// Where configuration is looked for: from the folder upwards, and where the variables say.
    pub env: Env,
    /// Cargo's home folder.
    pub cargo_home: Option<PathBuf>,
    /// `CARGO_HTTP_CAINFO`: the certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// `CARGO_HTTP_PROXY`: the proxy to use instead of what the usual variables say.
    pub proxy: Option<String>,
}

/// Where new release data goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Into the user's cache folder, where the next run of the program finds it.
    Cache(PathBuf),
    /// Into this folder, made of nothing but what the index says: how `registry/*-releases.jsonl` is made.
    Folder(PathBuf),
}

impl Destination {
    /// The folder that files are written to.
    fn folder(&self) -> &Path {
        match self {
            Self::Cache(folder) | Self::Folder(folder) => folder,
        }
    }
}

/// How far a refresh has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many answers are there.
    pub done: usize,
    /// How many are asked for, as far as is known by now.
    pub total: usize,
}

/// What a refresh came to.
#[derive(Debug, Default)]
pub struct Report {
    /// What was refreshed.
    pub outcomes: Vec<Outcome>,
    /// Why something was not.
    pub failures: Vec<Error>,
    /// Why something was not tried.
    pub left_out: Option<Error>,
}

/// What the refresh of an ecosystem's data came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// The file that was written.
    pub path: PathBuf,
    /// How many crates it tells about, or how many releases.
    pub count: usize,
    /// Of how many of them it tells something else than was known before.
    pub changed: usize,
    /// Crates that the rules name and the index does not have.
    pub missing: Vec<String>,
}

/// Refreshes the release data; `progress` is called after each answer. An ecosystem's data is replaced as a whole or
/// not at all, whatever becomes of the other's.
pub fn run(
    options: &UpdateOptions,
    registry: &Registry,
    progress: &mut dyn FnMut(Ecosystem, Progress),
) -> Result<Report, Error> {
    if options.offline {
        return Err(Error::Offline);
    }
    let mut report = Report::default();
    for ecosystem in [Ecosystem::Cargo, Ecosystem::Python] {
        if options.only.is_some_and(|only| only != ecosystem) {
            continue;
        }
        let mut progress = |step| progress(ecosystem, step);
        let outcome = match ecosystem {
            Ecosystem::Cargo => cargo(options, registry, &mut progress),
            Ecosystem::Python => python(options, registry, &mut progress),
        };
        match outcome {
            Ok(outcome) => report.outcomes.push(outcome),
            // Whoever has neither uv nor pip has no use for it.
            Err(error @ Error::Python(python::Error::NoIndex)) if options.only.is_none() => {
                report.left_out = Some(error);
            }
            Err(error) => report.failures.push(error),
        }
    }
    Ok(report)
}

/// Refreshes from the index that cargo uses.
fn cargo(
    options: &UpdateOptions,
    registry: &Registry,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Error> {
    let config = CargoConfig::read(&options.env.folder, options.cargo_home.as_deref())?;
    let index = Index::connect(&config, options, BACK_OFF)?;
    refresh(&index, &options.destination, registry, progress)
}

/// Refreshes from the index that uv or pip use.
fn python(
    options: &UpdateOptions,
    registry: &Registry,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Error> {
    let pip = PipConfig::read(&options.env)?;
    let address = python::find(&options.env, &pip)?;
    let ca_file = pip.ca_file(&options.env);
    let index = PythonIndex::connect(address, ca_file.as_deref(), pip.proxy(&options.env), BACK_OFF)?;
    refresh_python(&index, &options.destination, registry, progress)
}

/// Refreshes from a Python package index.
fn refresh_python(
    index: &PythonIndex,
    destination: &Destination,
    registry: &Registry,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Error> {
    let known = registry.python().file();
    // What goes into a repository is made of nothing but the index.
    let before = matches!(destination, Destination::Cache(_)).then_some(known);
    let made = python::refresh(index, before, registry.python(), progress)?;
    let path = destination.folder().join(CACHED_PYTHON_RELEASES);
    let text = PythonFile::write(&made.releases, &made.instrumentations, SystemTime::now());
    let text = text.map_err(|error| Error::Write { path: path.clone(), source: error.into() })?;
    let new = PythonFile::open(Cow::Owned(text.clone())).expect("what was just written can be read");
    let is_known = |number: &usize| {
        let known_as = known.position(&new.heads()[*number].version);
        known_as.is_some_and(|known_as| known.release(known_as) == new.release(*number))
    };
    let count = new.heads().len();
    let changed = count - (0..count).filter(is_known).count();
    replace(&path, &text)?;
    Ok(Outcome { ecosystem: Ecosystem::Python, path, count, changed, missing: Vec::new() })
}

/// Refreshes from an index of crates.
fn refresh(
    index: &Index,
    destination: &Destination,
    registry: &Registry,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Error> {
    let origin = Origin::new(index.url(), Scope::of(registry));
    let path = destination.folder().join(CACHED_RELEASES);
    let mut memory = match destination {
        Destination::Cache(folder) => Memory::recall(folder, &origin),
        Destination::Folder(_) => Memory::default(),
    };
    let fetched = fetch_all(index, origin.scope(), registry, &memory, progress)?;

    let mut outcome = Outcome {
        ecosystem: Ecosystem::Cargo,
        path: path.clone(),
        count: 0,
        changed: 0,
        missing: Vec::new(),
    };
    let (mut crates, mut fresh) = (Vec::new(), BTreeSet::new());
    for (name, fetched) in fetched {
        match fetched {
            Fetched::Changed(releases, etag) => {
                memory.note(&name, etag);
                fresh.insert(name);
                crates.push(releases);
            }
            Fetched::Same(releases) => crates.push(releases),
            // A crate that no rule names need not be there.
            Fetched::Missing if !origin.scope().crates.contains_key(&name) => {}
            Fetched::Missing => outcome.missing.push(name),
        }
    }
    let crates = sets::with_sets(&crates);
    outcome.count = crates.len();
    let is_news = |releases: &&CrateReleases| registry.releases(&releases.name) != Some(releases);
    outcome.changed = crates.iter().filter(|releases| fresh.contains(&releases.name)).filter(is_news).count();

    let text = ReleaseFile::write(&crates, SystemTime::now()).map_err(io::Error::from);
    let text = text.map_err(|source| Error::Write { path: path.clone(), source })?;
    replace(&path, &text)?;
    if let Destination::Cache(folder) = destination {
        let path = folder.join(memory::FILE);
        let text = memory.text(origin, &text).map_err(io::Error::from);
        replace(&path, &text.map_err(|source| Error::Write { path: path.clone(), source })?)?;
    }
    Ok(outcome)
}

/// Puts a file in place, whole or not at all; its folder is made if it is missing.
fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let write = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = new_file_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// A new file with the permissions that the user's files have.
fn new_file_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests;
