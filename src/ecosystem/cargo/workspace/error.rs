//! What can go wrong while the packages of a project are found and read.

use std::path::PathBuf;

use thiserror::Error;

use super::super::manifest::ManifestError;
use crate::{file::FileError, package::PackageName};

/// Why the packages of a project could not be read.
#[derive(Debug, Error)]
pub enum WorkspaceError {
    /// There is nothing at the path that was given.
    #[error("`{}` could not be opened", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// There is no manifest in the folder or above it.
    #[error("no `Cargo.toml` in `{}` or any folder above it", .0.display())]
    NoManifest(PathBuf),
    /// A file was given that is neither a manifest nor a lockfile.
    #[error("`{}` is neither a `Cargo.toml` nor a `Cargo.lock`", .0.display())]
    OtherFile(PathBuf),
    /// A lockfile was given that has no manifest beside it.
    #[error("no `Cargo.toml` beside `{}`", .0.display())]
    LoneLockfile(PathBuf),
    /// A manifest could not be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// The manifest.
        path: PathBuf,
        /// The reason.
        source: FileError,
    },
    /// A manifest could not be understood.
    #[error("failed to parse `{}`", path.display())]
    Parse {
        /// The manifest.
        path: PathBuf,
        /// The reason.
        source: Box<ManifestError>,
    },
    /// A glob of the root is not valid.
    #[error("`{}` in `workspace.members` of `{}` is not a valid pattern", pattern.escape_debug(), root.display())]
    Pattern {
        /// The glob.
        pattern: String,
        /// The manifest of the root.
        root: PathBuf,
        /// What is wrong with it.
        source: glob::PatternError,
    },
    /// A glob of the root leads in circles, or through half of the file system.
    #[error("`{}` in `{}` leads through too many folders", pattern.escape_debug(), root.display())]
    Endless {
        /// The glob.
        pattern: String,
        /// The manifest of the root.
        root: PathBuf,
    },
    /// `package.workspace` leads to a manifest without `[workspace]`.
    #[error("`{}` names `{}` as its workspace, which has no `[workspace]`", manifest.display(), root.display())]
    NoWorkspace {
        /// The manifest of the package.
        manifest: PathBuf,
        /// The manifest it leads to.
        root: PathBuf,
    },
    /// A package lies in a workspace that does not list it.
    #[error("`{}` is inside the workspace of `{}`, but not a member of it", manifest.display(), root.display())]
    NotMember {
        /// The manifest of the package.
        manifest: PathBuf,
        /// The manifest of the root.
        root: PathBuf,
    },
    /// Two members have one name.
    #[error("two members are named `{name}`: `{}` and `{}`", one.display(), other.display())]
    Twice {
        /// The name.
        name: PackageName,
        /// The manifest of one.
        one: PathBuf,
        /// The manifest of the other.
        other: PathBuf,
    },
    /// A value is to be inherited that the root does not have.
    #[error("`{}` inherits `{key}`, which `{}` does not have", manifest.display(), root.display())]
    NotInherited {
        /// The manifest of the package.
        manifest: PathBuf,
        /// The key.
        key: String,
        /// The manifest of the root.
        root: PathBuf,
    },
}

impl WorkspaceError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Parse { source, .. } => source.hint(),
            Self::Path { .. } | Self::NoManifest(_) | Self::OtherFile(_) | Self::LoneLockfile(_) => {
                Some("give the folder of a Cargo project, its `Cargo.toml` or its `Cargo.lock`".to_owned())
            }
            Self::NotMember { .. } => Some(
                "add it to `workspace.members` or `workspace.exclude` of the root, or give it an empty \
                 `[workspace]` table"
                    .to_owned(),
            ),
            Self::Read { source, .. } if source.is_missing() => Some(
                "`workspace.members`, `package.workspace` or the `path` of a dependency leads there"
                    .to_owned(),
            ),
            Self::Read { .. }
            | Self::Pattern { .. }
            | Self::Endless { .. }
            | Self::NoWorkspace { .. }
            | Self::Twice { .. }
            | Self::NotInherited { .. } => None,
        }
    }
}
