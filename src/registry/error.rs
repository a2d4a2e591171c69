//! Why a registry cannot be loaded.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::problem::Problems;

/// Why a registry cannot be loaded.
#[derive(Debug, Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("failed to read the registry file `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than any registry file can be.
    #[error("the registry file `{}` is larger than {} MiB", path.display(), .limit >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// A file is not TOML, or has keys that no registry file has.
    #[error("failed to parse the registry file `{}`", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A file is written for another version of this program.
    #[error(
        "the registry file `{}` has {}, this program reads schema {}",
        path.display(),
        found.map_or_else(|| "no `schema`".to_owned(), |found| format!("schema {found}")),
        super::raw::SCHEMA
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: Option<u32>,
    },
    /// Values that are not what their keys ask for.
    #[error("the registry holds values that cannot be used\n{0}")]
    Invalid(Problems),
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Schema { found: None, .. } => {
                Some(format!("a registry file starts with `schema = {}`", super::raw::SCHEMA))
            }
            Self::Parse { path, .. } => {
                Some(format!("`otel-bootstrap registry lint {}` checks the file", path.display()))
            }
            Self::Schema { .. } | Self::Read { .. } | Self::TooLarge { .. } | Self::Invalid(_) => None,
        }
    }
}
