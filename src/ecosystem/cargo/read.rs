//! From a path to the inventory of the Cargo project there, from files alone.

use std::{
    path::{Path, PathBuf},
    thread,
};

use thiserror::Error;

use super::{
    features::FeatureError,
    inventory::{Inventory, LockedPackage, Member},
    lockfile::{self, LockfileError},
    scan::Scan,
    selection::{self, SelectionError},
    toolchain,
    workspace::{self, Workspace, WorkspaceError},
};
use crate::{
    file::{self, FileError},
    package::PackageName,
    settings::{Env, Selection},
};

/// The name of every lockfile.
const LOCKFILE: &str = "Cargo.lock";

/// Why a project could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The packages of the project could not be found or read.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// `-p` names no member.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// `--features` names no feature.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// There is no lockfile.
    #[error("there is no `{}`", .0.display())]
    NoLockfile(PathBuf),
    /// The lockfile could not be read.
    #[error("failed to read `{}`", path.display())]
    Lockfile {
        /// The lockfile.
        path: PathBuf,
        /// The reason.
        source: FileError,
    },
    /// The lockfile could not be understood.
    #[error("failed to parse `{}`", path.display())]
    Parse {
        /// The lockfile.
        path: PathBuf,
        /// The reason.
        source: Box<LockfileError>,
    },
    /// The lockfile does not know a member.
    #[error("`{}` is out of date: it has no `{member}`", path.display())]
    NoMember {
        /// The lockfile.
        path: PathBuf,
        /// The member.
        member: PackageName,
    },
    /// The lockfile does not know a dependency of a member.
    #[error("`{}` is out of date: it has no `{package}` that `{member}` could use", path.display())]
    NoDependency {
        /// The lockfile.
        path: PathBuf,
        /// The package that is depended on, with the version that is required.
        package: String,
        /// The member.
        member: PackageName,
    },
    /// A requirement on a version is not valid.
    #[error("the version of the dependency `{alias}` in `{}` is not valid", manifest.display())]
    Requirement {
        /// The manifest.
        manifest: PathBuf,
        /// The key of the dependency.
        alias: PackageName,
        /// What is wrong with it.
        source: semver::Error,
    },
}

impl ReadError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Workspace(error) => error.hint(),
            Self::Selection(error) => error.hint(),
            Self::Feature(error) => error.hint(),
            Self::Parse { source, .. } => source.hint(),
            Self::NoLockfile(_) => Some("`cargo generate-lockfile` writes it".to_owned()),
            Self::NoMember { .. } | Self::NoDependency { .. } => {
                Some("`cargo update --workspace` brings it up to date and moves nothing else".to_owned())
            }
            Self::Lockfile { source: FileError::TooLarge { .. } | FileError::NoText { .. }, .. } => {
                Some(lockfile::RENEWAL.to_owned())
            }
            Self::Lockfile { .. } | Self::Requirement { .. } => None,
        }
    }

    /// Whether an option is what is wrong.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        matches!(self, Self::Selection(_) | Self::Feature(_))
    }
}

/// Reads the project that a folder, a manifest or a lockfile belongs to.
///
/// No cargo is started; only where a selected member declares no `rust-version` and no file tells the
/// toolchain, `rustc` is asked.
pub fn read(path: &Path, selection: &Selection, env: &Env) -> Result<Inventory, ReadError> {
    let manifest = workspace::locate(path)?;
    let (workspace, beside) = read_both(&manifest, env)?;
    let selected = selection::select(&workspace, selection)?;
    let lockfile = workspace.root.join(LOCKFILE);
    let packages = match beside {
        Some(packages) if manifest.with_file_name(LOCKFILE) == lockfile => packages?,
        _ => read_lockfile(&lockfile)?,
    };
    let scan = Scan::new(&workspace, &packages, &lockfile)?;
    let members = scan.members(selection, &selected)?;
    let is_unlimited = |member: &Member| member.is_selected && member.rust_version.is_none();
    let toolchain = members.iter().any(is_unlimited).then(|| toolchain::find(parent(&manifest), env));
    Ok(Inventory { root: workspace.root, lockfile, packages, members, toolchain: toolchain.flatten() })
}

/// The outcome of reading a lockfile.
type Locked = Result<Vec<LockedPackage>, ReadError>;

/// Reads the packages of the project and, at the same time, the lockfile beside the manifest if there is one: it nearly
/// always turns out to be the project's, and takes as long to read as all manifests together.
fn read_both(manifest: &Path, env: &Env) -> Result<(Workspace, Option<Locked>), WorkspaceError> {
    let lockfile = manifest.with_file_name(LOCKFILE);
    thread::scope(|scope| {
        let beside = lockfile.is_file().then(|| scope.spawn(|| read_lockfile(&lockfile)));
        let workspace = Workspace::read(manifest, env.cargo_home().as_deref());
        // A thread that cannot be joined has panicked, which ends the program before.
        let beside = beside.and_then(|beside| beside.join().ok());
        Ok((workspace?, beside))
    })
}

/// Reads the lockfile.
fn read_lockfile(path: &Path) -> Result<Vec<LockedPackage>, ReadError> {
    let text = file::read_text(path, lockfile::LARGEST).map_err(|source| {
        if source.is_missing() {
            ReadError::NoLockfile(path.to_owned())
        } else {
            ReadError::Lockfile { path: path.to_owned(), source }
        }
    })?;
    lockfile::parse(&text)
        .map_err(|source| ReadError::Parse { path: path.to_owned(), source: Box::new(source) })
}

/// The folder of a file.
fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

#[cfg(test)]
mod tests;
