//! What can go wrong between a resolution and a changed project.

use std::path::PathBuf;

use thiserror::Error;

use crate::{file::FileError, package::PackageName, resolution::SwitchedOff};

/// Why nothing was installed.
#[derive(Debug, Error)]
pub enum PlanError {
    /// A file could not be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FileError,
    },
    /// A manifest is not TOML.
    #[error("failed to parse `{}`", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml_edit::TomlError>,
    },
    /// Something else stands where dependencies belong.
    #[error("`{key}` in `{}` is not a table", path.display())]
    Table {
        /// The manifest.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// The version of a requirement is none.
    #[error("`{version}` is not a version of `{name}`")]
    Version {
        /// The crate.
        name: PackageName,
        /// The text.
        version: String,
        /// Why not.
        source: semver::Error,
    },
    /// A requirement names a member that the project does not have.
    #[error("the project has no member `{member}` to add `{name}` to")]
    NoSuchMember {
        /// The member.
        member: String,
        /// The crate.
        name: PackageName,
    },
    /// Features of a library are to be switched on that the member does not depend on.
    #[error("`{}` does not depend on `{name}`, whose features are to be switched on", path.display())]
    NoSuchDependency {
        /// The library.
        name: PackageName,
        /// The member's manifest.
        path: PathBuf,
        /// The features.
        features: Vec<String>,
    },
    /// The entry is there, but no feature switches it on.
    #[error("{0}")]
    Optional(SwitchedOff),
    /// The name is in use for another crate.
    #[error("`{key}` in `{}` stands for another crate already", path.display())]
    KeyTaken {
        /// The name.
        key: String,
        /// The manifest.
        path: PathBuf,
    },
}

impl PlanError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Optional(switched_off) => Some(switched_off.hint()),
            Self::NoSuchDependency { name, .. } => {
                Some(format!("choose the members that depend on `{name}` with `-p`"))
            }
            Self::KeyTaken { key, .. } => Some(format!("rename the dependency that is called `{key}`")),
            _ => None,
        }
    }
}
