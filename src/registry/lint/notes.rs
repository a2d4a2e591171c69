//! What the linter writes down.

use crate::registry::problem::Problem;

/// Problems, and the place that is being looked at.
pub(super) struct Notes {
    /// The file, as the user named it.
    file: String,
    /// The entry; empty for the file as a whole.
    entry: String,
    /// What was found so far.
    problems: Vec<Problem>,
}

impl Notes {
    /// Nothing yet about that file.
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), entry: String::new(), problems: Vec::new() }
    }

    /// Turns to an entry.
    pub(super) fn enter(&mut self, table: &str, name: &str) {
        self.entry = format!("{table}.{name}");
    }

    /// Notes a problem of the present entry.
    pub(super) fn note(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem {
            file: self.file.clone(),
            entry: self.entry.clone(),
            key: key.into(),
            message: message.into(),
        });
    }

    /// Adds problems that others have found.
    pub(super) fn extend(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    /// All problems, each once, by entry and key.
    pub(super) fn sorted(mut self) -> Vec<Problem> {
        self.problems.sort();
        self.problems.dedup();
        self.problems
    }
}
