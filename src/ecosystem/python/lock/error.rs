//! Why a lockfile could not be read.

use std::path::PathBuf;

use thiserror::Error;

use super::{marker::InvalidMarker, parts::UnknownPart};
use crate::{
    document::SyntaxError,
    file::FileError,
    package::{InvalidName, PackageName},
};

/// Why a lockfile could not be read.
#[derive(Debug, Error)]
pub enum LockError {
    /// A file could not be read at all.
    #[error("failed to read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: FileError,
    },
    /// A file is not what its name says.
    #[error("failed to parse `{}`", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: ParseError,
    },
    /// Something was asked for that the project does not have.
    #[error("`{}` cannot give what was asked for", path.display())]
    Part {
        /// The lockfile.
        path: PathBuf,
        /// What.
        source: UnknownPart,
    },
    /// A file that another one includes could not be read, or not be understood.
    #[error("`{}` includes a file on line {line}", path.display())]
    Included {
        /// The file that includes the other.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What is wrong with the other.
        source: Box<LockError>,
    },
    /// Files include each other in a circle, or far too deep.
    #[error("`{}` includes itself, or too many files", path.display())]
    Cycle {
        /// The file that is included again.
        path: PathBuf,
    },
}

impl LockError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File { .. } | Self::Cycle { .. } => None,
            Self::Parse { source, .. } => source.hint(),
            Self::Part { source, .. } => source.hint(),
            Self::Included { source, .. } => source.hint(),
        }
    }
}

/// Why a text is no lockfile of its format.
#[derive(Debug, Error)]
pub enum ParseError {
    /// It is not even TOML.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It is not even JSON.
    #[error("line {line}, column {column}: not JSON")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It has a format that did not exist when this program was written.
    #[error("the lockfile format `{}` is not known", .0.escape_debug())]
    Format(String),
    /// It lacks what every lockfile of its format has.
    #[error("it has no `{0}`")]
    Lacks(&'static str),
    /// A package has no valid name.
    #[error("package {number} has no valid name")]
    Name {
        /// Which package, from 1.
        number: usize,
        /// What is wrong with it.
        source: Option<InvalidName>,
    },
    /// A package depends on something that is not locked.
    #[error("`{name}` depends on `{}`, which is not exactly one of the locked packages", .dependency.escape_debug())]
    Dangling {
        /// The package with the dependency.
        name: PackageName,
        /// What the file says it depends on.
        dependency: String,
    },
    /// A package is locked so often that looking for the right one would take for ever.
    #[error("`{name}` is locked more than {most} times")]
    Often {
        /// The package.
        name: PackageName,
        /// How often it may be.
        most: usize,
    },
    /// Extras want each other in so many ways that following them would take for ever.
    #[error("`{name}` and its extras are needed in too many ways")]
    Tangled {
        /// The package that was come to last.
        name: PackageName,
    },
    /// A marker cannot be understood.
    #[error("`{name}` is locked under a condition that is not understood")]
    Marker {
        /// The package, or what depends on it.
        name: PackageName,
        /// What is wrong with it.
        source: InvalidMarker,
    },
    /// A line of requirements cannot be understood.
    #[error("line {line}: {problem}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Something was asked for that the project does not have.
    #[error(transparent)]
    Part(#[from] UnknownPart),
}

impl ParseError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax(error) => error.hint(),
            Self::Format(_) => Some("a newer `otel-bootstrap` may know it".to_owned()),
            Self::Part(error) => error.hint(),
            Self::Line { .. } => None,
            _ => Some("write it anew with the tool that wrote it".to_owned()),
        }
    }
}
