//! Why there is no environment.

use std::path::PathBuf;

use thiserror::Error;

use super::interpreter::AskError;
use crate::file::FileError;

/// Why an environment cannot be used.
#[derive(Debug, Error)]
pub enum EnvironmentError {
    /// There is nothing at the path.
    #[error("there is no Python environment at `{}`", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// No such interpreter is on `PATH`.
    #[error("`{name}` is not on `PATH`")]
    NotOnPath {
        /// Its name.
        name: String,
    },
    /// There is something at the path, but no environment.
    #[error("`{}` is no Python environment", path.display())]
    NoEnvironment {
        /// The path.
        path: PathBuf,
    },
    /// A file of the environment cannot be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: FileError,
    },
    /// Nothing tells which Python the environment is for.
    #[error("`{}` holds packages for {}, and nothing tells which of them it is for", prefix.display(), libraries.join(", "))]
    Ambiguous {
        /// The prefix.
        prefix: PathBuf,
        /// The folders of libraries, one for each Python.
        libraries: Vec<String>,
    },
    /// The interpreter does not tell where its packages are.
    #[error("failed to ask `{}` for its packages", interpreter.display())]
    Ask {
        /// The interpreter.
        interpreter: PathBuf,
        /// The cause.
        source: AskError,
    },
}

impl EnvironmentError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } | Self::NoEnvironment { .. } => Some(
                "name a virtual environment, a conda environment, an interpreter, or a folder of packages"
                    .into(),
            ),
            Self::NotOnPath { .. } => Some("name an environment with `--python`".into()),
            Self::Ambiguous { prefix, libraries } => {
                let library = libraries.first()?;
                let folder = prefix.join("lib").join(library).join("site-packages");
                Some(format!("name the folder of packages itself, such as `{}`", folder.display()))
            }
            Self::Read { .. } => Some("make the environment anew".into()),
            Self::Ask { .. } => None,
        }
    }
}
