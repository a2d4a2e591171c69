//! Files of requirements, for `--requirement`.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::install::{cargo, python};

/// The most that is read of a file of lines; real ones have a few kilobytes.
const LARGEST_LIST: u64 = 1 << 20;

/// A file of lines that cannot be taken.
#[derive(Debug, Error)]
pub enum ListError {
    /// It cannot be read.
    #[error("failed to read requirements from {list}")]
    Read {
        /// The file, as it is told.
        list: String,
        /// Why.
        source: io::Error,
    },
    /// A line is none.
    #[error("{list}, {problem}")]
    Line {
        /// The file, as it is told.
        list: String,
        /// Which line, and why.
        problem: LineError,
    },
}

/// A line that cannot be taken.
#[derive(Debug, Error)]
pub enum LineError {
    /// Of a Cargo project.
    #[error(transparent)]
    Cargo(#[from] cargo::LineError),
    /// Of a Python project.
    #[error(transparent)]
    Python(#[from] python::LineError),
}

impl ListError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Line { problem: LineError::Cargo(problem), .. } => problem.hint(),
            Self::Line { problem: LineError::Python(problem), .. } => problem.hint(),
        }
    }
}

/// The lines of all files, one after the other, as `parse` takes them; all problems are told.
pub(super) fn read<T, E: Into<LineError>>(
    paths: &[PathBuf],
    parse: impl Fn(&str) -> Result<Vec<T>, Vec<E>>,
) -> Result<Vec<T>, Vec<ListError>> {
    let mut lines = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        let told = || shown(path);
        match read_list(path) {
            Ok(text) => match parse(&text) {
                Ok(found) => lines.extend(found),
                Err(wrong) => {
                    let line = |problem: E| ListError::Line { list: told(), problem: problem.into() };
                    errors.extend(wrong.into_iter().map(line));
                }
            },
            Err(source) => errors.push(ListError::Read { list: told(), source }),
        }
    }
    if errors.is_empty() { Ok(lines) } else { Err(errors) }
}

fn read_list(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let limit = LARGEST_LIST + 1;
    let read = if is_stdin(path) {
        io::stdin().lock().take(limit).read_to_string(&mut text)?
    } else {
        File::open(path)?.take(limit).read_to_string(&mut text)?
    };
    if read as u64 > LARGEST_LIST {
        return Err(io::Error::other(format!("it is larger than {} MiB", LARGEST_LIST >> 20)));
    }
    Ok(text)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn shown(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { format!("`{}`", path.display()) }
}
