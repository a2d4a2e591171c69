//! Refreshing the release data from the index: the only room of the program that uses the network.
//!
//! Every crate that the rules name is asked for, and those between them and OpenTelemetry, over a few
//! connections at once and only if it has changed
//! since the last refresh. The new file takes the place of the old one when everything is there, else the
//! old one stays as it was.

use std::{
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
mod index;
mod memory;
mod scope;
pub(super) mod sets;

pub use error::{Error, Failure, FetchError};

use self::{
    cargo_config::CargoConfig,
    fetch::{Fetched, fetch_all},
    index::Index,
    memory::{Memory, Origin},
    scope::Scope,
};
use super::{CACHED_RELEASES, Registry, release_file::ReleaseFile, releases::CrateReleases};

/// How long the first repetition of a failed request waits; each further one waits twice as long.
const BACK_OFF: Duration = Duration::from_millis(500);

/// What a refresh needs to know of the user and the environment.
#[derive(Clone, Debug)]
pub struct UpdateOptions {
    /// Where the new data goes.
    pub destination: Destination,
    /// Whether the network must not be touched.
    pub offline: bool,
    /// The folder from which cargo's configuration is looked for, upwards.
    pub folder: PathBuf,
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
    /// Into this file: how `registry/cargo-releases.jsonl` is made.
    File(PathBuf),
}

/// How far a refresh has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many crates are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
}

/// What a refresh came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The file that was written.
    pub path: PathBuf,
    /// How many crates it tells about.
    pub crates: usize,
    /// Of how many of them it tells something else than was known before.
    pub changed: usize,
    /// Crates that the rules name and the index does not have.
    pub missing: Vec<String>,
}

/// Refreshes the release data of all crates that the rules name; `progress` is called after each crate.
pub fn run(
    options: &UpdateOptions,
    registry: &Registry,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Error> {
    if options.offline {
        return Err(Error::Offline);
    }
    let config = CargoConfig::read(&options.folder, options.cargo_home.as_deref())?;
    let index = Index::connect(&config, options, BACK_OFF)?;
    refresh(&index, &options.destination, registry, progress)
}

/// Refreshes from an index.
fn refresh(
    index: &Index,
    destination: &Destination,
    registry: &Registry,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, Error> {
    let origin = Origin::new(index.url(), Scope::of(registry));
    let (path, mut memory) = match destination {
        Destination::Cache(folder) => (folder.join(CACHED_RELEASES), Memory::recall(folder, &origin)),
        Destination::File(path) => (path.clone(), Memory::default()),
    };
    let fetched = fetch_all(index, origin.scope(), registry, &memory, progress)?;

    let mut outcome = Outcome { path: path.clone(), crates: 0, changed: 0, missing: Vec::new() };
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
    outcome.crates = crates.len();
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
