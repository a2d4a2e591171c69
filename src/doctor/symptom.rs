//! What a check found, and where.

use serde::Serialize;

use super::{check::Check, cure::Cure};

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom {
    /// The check.
    pub check: &'static Check,
    /// Where.
    pub place: Place,
    /// Why it is told, as a fragment.
    pub reason: String,
    /// What to do, as a fragment.
    pub fix: String,
    /// What a program can do about it, where that is mechanical and safe.
    pub cure: Option<Cure>,
}

/// A place in the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, from where the user is, with `/` on every system.
    pub path: String,
    /// The line, from 1; `None` if it is about the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

impl Place {
    /// A file as a whole.
    pub fn of(path: impl Into<String>) -> Self {
        Self { path: path.into(), line: None }
    }

    /// A line of a file.
    pub fn at(path: impl Into<String>, line: usize) -> Self {
        Self { path: path.into(), line: Some(line) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(&self.path),
        }
    }
}
