//! Why the release data for Python could not be refreshed.

use std::path::PathBuf;

use thiserror::Error;

use crate::{
    file::FileError,
    registry::update::{Failure, FetchError},
};

/// Why the release data for Python could not be refreshed.
#[derive(Debug, Error)]
pub enum Error {
    /// Nothing says where the index is.
    #[error("neither uv nor pip says where the Python package index is")]
    NoIndex,
    /// The configuration says something that is no address. It may hold a password: it is not shown.
    #[error("the Python package index that `{origin}` names is not at an `http` address")]
    Address {
        /// The variable or the file.
        origin: String,
    },
    /// A configuration file of uv or pip cannot be read.
    #[error("failed to read the configuration `{}`", path.display())]
    ReadConfig {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FileError,
    },
    /// A configuration file of uv is not TOML. What stands there may be a password: it is not shown.
    #[error("`{}` is not TOML", path.display())]
    ParseConfig {
        /// The file.
        path: PathBuf,
    },
    /// Something could not be fetched; nothing was changed.
    #[error("failed to fetch release data for Python{}", crate::registry::update::error::list(.0))]
    Fetch(Vec<Failure>),
    /// The index does not have what all is about.
    #[error("the Python package index has no release of `{0}`")]
    NoRelease(&'static str),
    /// A release says something that the release data cannot hold.
    #[error("`{carrier}` {version}: {problem}", carrier = super::CARRIER)]
    Release {
        /// Its version.
        version: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoIndex => Some(
                "`UV_DEFAULT_INDEX` or `PIP_INDEX_URL` names it; `--ecosystem cargo` leaves Python out".to_owned(),
            ),
            Self::Fetch(failures) => failures.iter().find_map(|failure| match failure.error {
                FetchError::Status(401 | 403) => {
                    Some("credentials are taken from the address: `https://USER:PASSWORD@…`".to_owned())
                }
                FetchError::Transport(_) => Some(
                    "behind a proxy, `HTTPS_PROXY` names it, and `SSL_CERT_FILE` or `PIP_CERT` its certificates; \
                     without a network the embedded release data is used"
                        .to_owned(),
                ),
                _ => None,
            }),
            _ => None,
        }
    }
}
