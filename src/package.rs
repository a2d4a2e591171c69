//! Names and versions of packages, as types that cannot hold anything else.
//!
//! Whatever comes out of a project's files passes through here before the rest of the program
//! sees it, so that nothing a file says can become an option, a path or a terminal escape.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name that is accepted, in bytes (`crates.io` allows 64, `PyPI` names stay well below).
const LONGEST_NAME: usize = 128;

/// A package name: letters, digits, `-`, `_`, not starting with `-`.
///
/// Source of the rule: the cargo reference, "The `name` field".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(Box<str>);

/// A text that is no package name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{}` is not a package name", .0.escape_debug())]
pub struct InvalidName(pub String);

impl PackageName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a Python distribution, normalised: lower case, every run of `-`, `_` and `.` one `-`.
    ///
    /// Source of the rules: PEP 508, "Names" (letters, digits, `-`, `_`, `.`, the first and the last a letter
    /// or digit), and PEP 503, "Normalized Names".
    pub fn of_distribution(text: &str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName(text.chars().take(LONGEST_NAME).collect());
        let is_end = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        if bytes.len() > LONGEST_NAME || !is_end(bytes.first()) || !is_end(bytes.last()) {
            return Err(invalid());
        }
        let mut name = String::with_capacity(text.len());
        let mut is_in_run = false;
        for byte in bytes {
            match byte {
                b'-' | b'_' | b'.' => {
                    if !is_in_run {
                        name.push('-');
                    }
                    is_in_run = true;
                }
                byte if byte.is_ascii_alphanumeric() => {
                    name.push(char::from(byte.to_ascii_lowercase()));
                    is_in_run = false;
                }
                _ => return Err(invalid()),
            }
        }
        Ok(Self(name.into()))
    }

    /// The name as Rust code spells it (`-` becomes `_`).
    #[must_use]
    pub fn as_ident(&self) -> String {
        self.0.replace('-', "_")
    }
}

/// Whether a text spells the name of a Python distribution, given normalised (PEP 503).
#[must_use]
pub fn is_spelling(text: &[u8], normalised: &str) -> bool {
    let mut rest = normalised.bytes();
    let mut is_in_run = false;
    let is_equal = text.iter().all(|byte| {
        let is_separator = matches!(byte, b'-' | b'_' | b'.');
        let goes_on = is_separator && is_in_run;
        is_in_run = is_separator;
        goes_on || rest.next() == Some(if is_separator { b'-' } else { byte.to_ascii_lowercase() })
    });
    is_equal && rest.next().is_none()
}

impl FromStr for PackageName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let starts_well = text.chars().next().is_some_and(|c| c != '-');
        if starts_well && text.len() <= LONGEST_NAME && text.chars().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidName(text.chars().take(LONGEST_NAME).collect()))
        }
    }
}

impl TryFrom<String> for PackageName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for PackageName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cargo_accepts_are_accepted() {
        for name in ["axum", "serde_json", "zstd-sys", "_x", "h2", "rustc-std-workspace-core"] {
            assert_eq!(name.parse::<PackageName>().map(|n| n.to_string()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn every_spelling_of_a_distribution_is_one_name() {
        for (spelled, name) in [
            ("PyMySQL", "pymysql"),
            ("aio_pika", "aio-pika"),
            ("zope.interface", "zope-interface"),
            ("SQLAlchemy_-.Utils", "sqlalchemy-utils"),
            ("h11", "h11"),
        ] {
            assert_eq!(PackageName::of_distribution(spelled).map(|n| n.to_string()), Ok(name.to_owned()));
            assert!(is_spelling(spelled.as_bytes(), name));
            for other in ["pymysq", "pymysql2", "h1", "aio--pika", "sqlalchemyutils"] {
                assert!(!is_spelling(spelled.as_bytes(), other), "{spelled} {other}");
            }
        }
        for wrong in ["", "-r", "flask-", "flask\n--index-url=x", "flask flask", "fläsk", "a@b", "a/b", "."]
        {
            assert_eq!(PackageName::of_distribution(wrong), Err(InvalidName(wrong.to_owned())));
        }
    }

    #[test]
    fn nothing_that_could_be_an_option_or_an_escape_is_a_name() {
        for name in ["", "-p", "--index", "a b", "a\nb", "a\u{1b}[31m", "../x", "a@1", "a/b", "a;b"] {
            assert_eq!(name.parse::<PackageName>(), Err(InvalidName(name.to_owned())));
        }
        assert!("x".repeat(LONGEST_NAME + 1).parse::<PackageName>().is_err());
    }
}
