//! Requirements on a distribution: a name and the versions that are admitted, nothing else.

use std::{fmt, str::FromStr};

use pep440_rs::{VersionSpecifiers, VersionSpecifiersParseError};
use thiserror::Error;

use crate::package::{InvalidName, PackageName};

/// A requirement on a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The distribution.
    pub name: PackageName,
    /// The versions that are admitted.
    pub specifiers: VersionSpecifiers,
}

/// Why a text is no requirement.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidNeed {
    /// It does not begin with a name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// What follows the name is no range of versions.
    #[error("`{}` does not end with a range of versions", text.escape_debug())]
    Specifiers {
        /// The text.
        text: String,
        /// Why.
        source: VersionSpecifiersParseError,
    },
}

impl FromStr for Need {
    type Err = InvalidNeed;

    /// Reads `NAME SPECIFIERS`: PEP 508 without extras, addresses and markers.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, specifiers) = split(text);
        let name = PackageName::of_distribution(name)?;
        let invalid = |source| InvalidNeed::Specifiers { text: text.to_owned(), source };
        Ok(Self { name, specifiers: specifiers.parse().map_err(invalid)? })
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let specifiers = self.specifiers.iter().map(ToString::to_string).collect::<Vec<_>>();
        write!(f, "{}{}", self.name, specifiers.join(","))
    }
}

/// The name that a requirement begins with, and what follows it.
pub(in crate::registry) fn split(text: &str) -> (&str, &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let text = text.trim();
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_range_are_told_apart() {
        for (text, shown) in [
            ("aio_pika >= 7.2.0, < 10.0.0", "aio-pika>=7.2.0,<10.0.0"),
            ("PyMySQL < 2", "pymysql<2"),
            ("aiohttp ~= 3.0", "aiohttp~=3.0"),
            ("asgiref~=3.0", "asgiref~=3.0"),
            (" pydantic ", "pydantic"),
        ] {
            assert_eq!(text.parse::<Need>().map(|need| need.to_string()), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn whatever_else_a_requirement_may_hold_is_refused() {
        let error = |text: &str| text.parse::<Need>().expect_err("no requirement").to_string();
        insta::assert_snapshot!(error("-r x"), @"`-r` is not a package name");
        insta::assert_snapshot!(error(""), @"`` is not a package name");
        insta::assert_snapshot!(error("a[b]>=1"), @"`a[b]>=1` does not end with a range of versions");
        insta::assert_snapshot!(error("a>=1; x"), @"`a>=1; x` does not end with a range of versions");
        insta::assert_snapshot!(error("a @ b"), @"`a @ b` does not end with a range of versions");
    }
}
