//! The environment that is installed into, and whether it may be.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{
    ecosystem::python::inventory::{Environment, Inventory, Source},
    file,
};

/// The file by which a distributor keeps installers out (PEP 668).
const MARKER: &str = "EXTERNALLY-MANAGED";
/// The most that is read of it.
const LARGEST_MARKER: u64 = 64 << 10;

/// An environment to install into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its interpreter, absolute.
    pub interpreter: PathBuf,
    /// Its prefix, absolute, where it is known.
    pub prefix: Option<PathBuf>,
    /// Whether a `pyvenv.cfg` lies in the prefix.
    pub is_virtual: bool,
    /// The `pyvenv.cfg` says that uv made it.
    pub is_from_uv: bool,
    /// The folder that installed packages go to.
    folder: Option<PathBuf>,
}

/// Why there is nothing that could be installed into.
#[derive(Debug, Error)]
pub enum TargetError {
    /// Only a lockfile was read.
    #[error("`{}` is a lockfile, and there is no environment to install into", .0.display())]
    Lockfile(PathBuf),
    /// A folder of packages without an interpreter.
    #[error("`{}` is a folder of packages, and there is no interpreter that it belongs to", .0.display())]
    Folder(PathBuf),
    /// The environment has lost its interpreter.
    #[error("there is no interpreter in `{}`", .0.display())]
    NoInterpreter(PathBuf),
    /// The operating system keeps installers out (PEP 668).
    #[error("the environment of `{}` is externally managed: `{}` says that nothing is to be installed into it",
        interpreter.display(), marker.display())]
    Managed {
        /// The interpreter.
        interpreter: PathBuf,
        /// The file that says so.
        marker: PathBuf,
    },
    /// Nothing can be written to the environment.
    #[error("`{}` cannot be written to", path.display())]
    ReadOnly {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl TargetError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lockfile(_) => Some(
                "make the environment first (`uv sync`, `poetry install`, `pdm install`, `pip install -r`), or name \
                 it with `--python`; `--save` alone records in the project"
                    .to_owned(),
            ),
            Self::Folder(_) | Self::NoInterpreter(_) => {
                Some("name the environment or its interpreter with `--python`".to_owned())
            }
            Self::Managed { .. } => Some(
                "make an environment of your own, and install into that: `python3 -m venv .venv`, or `uv venv`"
                    .to_owned(),
            ),
            Self::ReadOnly { .. } => None,
        }
    }
}

impl Target {
    /// The environment that an inventory was read from.
    pub(super) fn of(inventory: &Inventory, may_break: bool) -> Result<Self, TargetError> {
        let environment = match &inventory.source {
            Source::Environment(environment) => environment,
            Source::Lockfile { path, .. } => return Err(TargetError::Lockfile(path.clone())),
        };
        let interpreter = interpreter(environment)?;
        let prefix = environment.prefix.as_deref().map(absolute);
        let config =
            prefix.as_deref().and_then(|prefix| file::read_text(&prefix.join("pyvenv.cfg"), 64 << 10).ok());
        let is_from_uv = config.as_deref().is_some_and(|text| {
            text.lines().any(|line| line.split_once('=').is_some_and(|(key, _)| key.trim() == "uv"))
        });
        let own = environment.folders.iter().map(|folder| absolute(folder));
        let folder =
            own.clone().find(|folder| prefix.as_ref().is_none_or(|prefix| folder.starts_with(prefix)));
        let target = Self { interpreter, prefix, is_virtual: config.is_some(), is_from_uv, folder };
        if !target.is_virtual
            && !may_break
            && let Some(marker) = target.marker(own)
        {
            return Err(TargetError::Managed { interpreter: target.interpreter, marker });
        }
        Ok(target)
    }

    /// Finds out whether packages can be written, by writing a file that vanishes.
    pub(super) fn try_to_write(&self) -> Result<(), TargetError> {
        match &self.folder {
            Some(path) if path.is_dir() => tempfile::tempfile_in(path)
                .map(drop)
                .map_err(|source| TargetError::ReadOnly { path: path.clone(), source }),
            _ => Ok(()),
        }
    }

    /// The file that keeps installers out; it lies in the folder of the standard library.
    fn marker(&self, folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
        let real = fs::canonicalize(&self.interpreter).ok();
        let bases = [self.interpreter.as_path()].into_iter().chain(real.as_deref());
        let libraries = bases.filter_map(|path| Some(path.parent()?.parent()?.join("lib")));
        let versions = libraries.flat_map(|lib| {
            let entries = fs::read_dir(lib).into_iter().flatten().flatten().map(|entry| entry.path());
            entries.filter(|path| {
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python3"))
            })
        });
        let beside = folders.filter_map(|folder| folder.parent().map(Path::to_owned));
        let markers = versions.chain(beside).map(|folder| folder.join(MARKER));
        let mut found: Vec<PathBuf> =
            markers.filter(|path| file::read_text(path, LARGEST_MARKER).is_ok()).collect();
        found.sort();
        found.into_iter().next()
    }
}

/// The interpreter of an environment.
fn interpreter(environment: &Environment) -> Result<PathBuf, TargetError> {
    if let Some(interpreter) = &environment.interpreter {
        return Ok(absolute(interpreter));
    }
    let Some(prefix) = &environment.prefix else {
        let folder = environment.folders.first().cloned().unwrap_or_default();
        return Err(TargetError::Folder(folder));
    };
    let usual = ["bin/python", "bin/python3", "Scripts/python.exe", "python.exe"];
    let found = usual.into_iter().map(|path| prefix.join(path)).find(|path| path.is_file());
    found.map(|path| absolute(&path)).ok_or_else(|| TargetError::NoInterpreter(prefix.clone()))
}

/// The path from the root of the file system; links are kept, because an interpreter that is one is what
/// makes a virtual environment.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
