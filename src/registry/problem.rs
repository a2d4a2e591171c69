//! What is wrong with a registry file, in the terms of the person who wrote it.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, as the user named it.
    pub file: String,
    /// The entry (`library.axum`); empty if the whole file is meant.
    pub entry: String,
    /// The key, with the index of a list element (`by[0].wiring[1].releases`); may be empty.
    pub key: String,
    /// What is wrong, with the value.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        match (self.entry.as_str(), self.key.as_str()) {
            ("", "") => {}
            ("", key) => write!(f, "`{key}`: ")?,
            (entry, "") => write!(f, "[{entry}]: ")?,
            (entry, key) => write!(f, "[{entry}] `{key}`: ")?,
        }
        f.write_str(&self.message)
    }
}

/// Problems, one per line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}
