//! Why release data could not be refreshed.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

use super::python::{simple::PageError, table::TableError, wheel::WheelError};

/// Why release data could not be refreshed.
#[derive(Debug, Error)]
pub enum Error {
    /// The user asked to stay away from the network.
    #[error("release data cannot be refreshed with `--offline`")]
    Offline,
    /// A configuration file of cargo cannot be read.
    #[error("failed to read cargo's configuration `{}`", path.display())]
    ReadConfig {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A configuration file of cargo is not TOML.
    #[error("failed to parse cargo's configuration `{}`", path.display())]
    ParseConfig {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// Cargo's configuration names a source that it does not describe, or replaces sources in a circle.
    #[error("cargo's configuration replaces `crates-io` with `{}`, which it does not describe", .0.escape_debug())]
    UnknownSource(String),
    /// The index is a git repository or a folder.
    #[error("the index `{}` does not speak the sparse protocol", .0.escape_debug())]
    NotSparse(String),
    /// The file of trusted certificates cannot be read, or holds none.
    #[error("failed to read certificates from `{}`", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The proxy's address cannot be used. It may hold a password: it is not shown.
    #[error("the proxy that the configuration names has no usable address")]
    Proxy(#[source] Box<ureq::Error>),
    /// The release data for Python could not be refreshed.
    #[error(transparent)]
    Python(#[from] super::python::Error),
    /// Some crates could not be fetched; nothing was changed.
    #[error("failed to fetch release data{}", list(.0))]
    Fetch(Vec<Failure>),
    /// The new data cannot be written.
    #[error("failed to write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Something that could not be fetched.
#[derive(Debug)]
pub struct Failure {
    /// What.
    pub name: String,
    /// Why.
    pub error: FetchError,
}

/// Why something could not be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The name cannot be looked up in an index.
    #[error("the index cannot hold such a name")]
    Name,
    /// No connection, or one that broke.
    #[error("{0}")]
    Transport(Box<ureq::Error>),
    /// The answer broke off.
    #[error("{0}")]
    Body(io::Error),
    /// The server refuses.
    #[error("the index answered with status {0}")]
    Status(u16),
    /// The server says that nothing has changed, and nothing is here.
    #[error("the index says that nothing has changed since an answer that is not here")]
    Unasked,
    /// The answer is larger than any true one.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The answer is not what an index says.
    #[error("line {line} of the answer is not an index entry: {source}")]
    Line {
        /// The line, counted from one.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// The answer is about something else.
    #[error("the answer is about `{}`", .0.escape_debug())]
    OtherCrate(String),
    /// The answer is no list of wheels.
    #[error("the answer is no list of wheels: {0}")]
    Page(#[from] PageError),
    /// A wheel cannot be used.
    #[error("the wheel cannot be used: {0}")]
    Wheel(#[from] WheelError),
    /// The table in a wheel cannot be used.
    #[error("the table in the wheel cannot be used: {0}")]
    Table(#[from] TableError),
    /// The bytes are not those that the index speaks of.
    #[error("what came is not what the index gives the SHA-256 of")]
    Hash,
    /// The index does not have something any more that it had.
    #[error("the index does not have it, though it had releases before")]
    Vanished,
}

impl FetchError {
    /// Whether the same request may succeed a moment later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Transport(_)
            | Self::Body(_)
            | Self::Line { .. }
            | Self::Page(_)
            | Self::Wheel(WheelError::Zip(_) | WheelError::Entry { .. })
            | Self::Hash => true,
            Self::Status(code) => *code == 429 || *code >= 500,
            Self::Name
            | Self::Unasked
            | Self::TooLarge(_)
            | Self::OtherCrate(_)
            | Self::Wheel(_)
            | Self::Table(_)
            | Self::Vanished => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.error)
    }
}

/// The failures, one per line.
pub(super) fn list(failures: &[Failure]) -> String {
    let lines = failures.iter().map(ToString::to_string);
    [String::new()].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let refused = |failure: &Failure| matches!(failure.error, FetchError::Status(401 | 403));
        let unreachable = |failure: &Failure| matches!(failure.error, FetchError::Transport(_));
        match self {
            Self::Python(error) => error.hint(),
            Self::Fetch(failures) if failures.iter().any(refused) => {
                Some("indexes that ask for a token are not supported".to_owned())
            }
            Self::Fetch(failures) if failures.iter().any(unreachable) => Some(
                "behind a proxy, `HTTPS_PROXY` names it, and `SSL_CERT_FILE` its certificates; without a \
                 network the embedded release data is used"
                    .to_owned(),
            ),
            Self::NotSparse(_) => {
                Some("only an index whose address begins with `sparse+` can be used".to_owned())
            }
            _ => None,
        }
    }
}
