//! Requirements in the form in which they are printed, one or more to a line:
//! `NAME@VERSION --features NAME@VERSION/FEATURE,…`.
//!
//! Source of the form: `cargo add`, whose arguments the lines are. Of its options only `--features` is
//! taken; `#` starts a remark.

use std::collections::BTreeSet;

use semver::Version;
use thiserror::Error;

use crate::{package::PackageName, resolution::VersionPin};

/// A requirement without the members that get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line's number, from 1.
    pub number: usize,
    /// The crate, or the library whose features are switched on.
    pub name: PackageName,
    /// The version to require.
    pub version: Option<VersionPin>,
    /// The features to switch on.
    pub features: BTreeSet<String>,
}

/// A line that cannot be taken.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {number}: {reason}")]
pub struct LineError {
    /// The line's number, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub reason: LineProblem,
}

/// What is wrong with a line.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LineProblem {
    /// An option other than `--features`.
    #[error("the option `{}` is not taken here", .0.escape_debug())]
    Option(String),
    /// `--features` without any.
    #[error("`--features` has no value")]
    NoFeatures,
    /// Not a name.
    #[error("`{}` is not a crate with a version", .0.escape_debug())]
    Name(String),
    /// Not a version.
    #[error("`{}` is not a full version", .0.escape_debug())]
    Version(String),
    /// Not a feature.
    #[error("`{}` is not a feature", .0.escape_debug())]
    Feature(String),
    /// A feature of a crate that the line does not name.
    #[error("the feature `{}` belongs to no crate of its line", .0.escape_debug())]
    Stray(String),
    /// A feature without a crate, where several could be meant.
    #[error("the feature `{}` could belong to several crates of its line", .0.escape_debug())]
    Ambiguous(String),
}

impl LineError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self.reason {
            LineProblem::Version(_) => Some("versions have three parts, like `1.2.3` or `=1.2.3`".to_owned()),
            LineProblem::Stray(_) | LineProblem::Ambiguous(_) => {
                Some("write it as `NAME@VERSION/FEATURE`".to_owned())
            }
            _ => None,
        }
    }
}

/// Reads requirements; all problems are reported. The same crate at the same version is one requirement.
pub fn parse(text: &str) -> Result<Vec<Line>, Vec<LineError>> {
    let mut lines: Vec<Line> = Vec::new();
    let mut errors = Vec::new();
    for (number, text) in (1..).zip(text.lines()) {
        match parse_line(number, text) {
            Ok(found) => {
                for line in found {
                    let same =
                        lines.iter_mut().find(|l| (&l.name, &l.version) == (&line.name, &line.version));
                    match same {
                        Some(same) => same.features.extend(line.features),
                        None => lines.push(line),
                    }
                }
            }
            Err(reason) => errors.push(LineError { number, reason }),
        }
    }
    if errors.is_empty() { Ok(lines) } else { Err(errors) }
}

/// Reads one line.
fn parse_line(number: usize, text: &str) -> Result<Vec<Line>, LineProblem> {
    let mut words = text.split_whitespace().take_while(|word| !word.starts_with('#'));
    let mut lines = Vec::new();
    let mut features = Vec::new();
    while let Some(word) = words.next() {
        let list = match word {
            "--features" | "-F" => Some(words.next().ok_or(LineProblem::NoFeatures)?),
            _ => word
                .strip_prefix("--features=")
                .or_else(|| word.strip_prefix("-F").map(|value| value.strip_prefix('=').unwrap_or(value))),
        };
        match list {
            Some("") => return Err(LineProblem::NoFeatures),
            Some(list) => features.extend(list.split(',').filter(|f| !f.is_empty())),
            None if word.starts_with('-') => return Err(LineProblem::Option(word.to_owned())),
            None => lines.push(spec(number, word)?),
        }
    }
    for feature in features {
        assign(feature, &mut lines)?;
    }
    Ok(lines)
}

/// Reads `NAME`, `NAME@VERSION` or `NAME@=VERSION`.
fn spec(number: usize, word: &str) -> Result<Line, LineProblem> {
    let (name, version) = word.split_once('@').map_or((word, None), |(name, v)| (name, Some(v)));
    let name = name.parse().map_err(|_| LineProblem::Name(word.to_owned()))?;
    let version = version.map(|text| {
        let plain = text.strip_prefix('=').unwrap_or(text);
        let version = Version::parse(plain).map_err(|_| LineProblem::Version(text.to_owned()))?;
        Ok(VersionPin { version: version.to_string(), exact: plain.len() < text.len() })
    });
    Ok(Line { number, name, version: version.transpose()?, features: BTreeSet::new() })
}

/// Gives a feature to the crate of the line that it belongs to.
fn assign(text: &str, lines: &mut [Line]) -> Result<(), LineProblem> {
    let (owner, feature) = text.rsplit_once('/').map_or((None, text), |(owner, f)| (Some(owner), f));
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.');
    if !feature.starts_with(|c: char| c.is_alphanumeric() || c == '_') || !feature.chars().all(fits) {
        return Err(LineProblem::Feature(text.to_owned()));
    }
    let line = match (owner, lines) {
        (Some(owner), lines) => lines
            .iter_mut()
            .find(|line| {
                spec(line.number, owner).is_ok_and(|o| o.name == line.name && o.version == line.version)
            })
            .ok_or_else(|| LineProblem::Stray(text.to_owned()))?,
        (None, [line]) => line,
        (None, []) => return Err(LineProblem::Stray(text.to_owned())),
        (None, _) => return Err(LineProblem::Ambiguous(text.to_owned())),
    };
    line.features.insert(feature.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The requirements of a text, shown shortly.
    fn show(text: &str) -> Result<Vec<String>, Vec<String>> {
        let one = |line: Line| {
            let version = line
                .version
                .map_or(String::new(), |pin| format!("@{}{}", if pin.exact { "=" } else { "" }, pin.version));
            let features: Vec<_> = line.features.into_iter().collect();
            format!("{}{version} [{}]", line.name, features.join(" "))
        };
        match parse(text) {
            Ok(lines) => Ok(lines.into_iter().map(one).collect()),
            Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn what_is_printed_is_read() {
        let text = "axum-otel@0.34.0\n\n# remark\na@=1.2.3 --features a@=1.2.3/x,a@=1.2.3/y # why\r\n\
                    sqlx --features sqlx/tracing\n b@1.0.0-rc.1 c@2.0.0 -F c@2.0.0/z --features=b@1.0.0-rc.1/w\n\
                    a@=1.2.3 -Fv\n";
        assert_eq!(
            show(text),
            Ok(vec![
                "axum-otel@0.34.0 []".to_owned(),
                "a@=1.2.3 [v x y]".to_owned(),
                "sqlx [tracing]".to_owned(),
                "b@1.0.0-rc.1 [w]".to_owned(),
                "c@2.0.0 [z]".to_owned(),
            ])
        );
        assert_eq!(show(""), Ok(vec![]));
    }

    #[test]
    fn everything_else_is_refused_with_its_line() {
        for (text, error) in [
            ("a@1.0.0 --git https://example.org", "line 1: the option `--git` is not taken here"),
            ("\n--path ../x", "line 2: the option `--path` is not taken here"),
            ("https://example.org/a", "line 1: `https://example.org/a` is not a crate with a version"),
            ("../a", "line 1: `../a` is not a crate with a version"),
            ("a@1", "line 1: `1` is not a full version"),
            ("a@^1.2.3", "line 1: `^1.2.3` is not a full version"),
            ("a@1.0.0 --features", "line 1: `--features` has no value"),
            ("a@1.0.0 --features=", "line 1: `--features` has no value"),
            ("a@1.0.0 -F b/x", "line 1: the feature `b/x` belongs to no crate of its line"),
            ("a@1.0.0 -F a/x", "line 1: the feature `a/x` belongs to no crate of its line"),
            ("a@1.0.0 b@1.0.0 -F x", "line 1: the feature `x` could belong to several crates of its line"),
            ("a@1.0.0 -F a@1.0.0/-x", "line 1: `a@1.0.0/-x` is not a feature"),
            ("\u{1b}[2J", r"line 1: `\u{1b}[2J` is not a crate with a version"),
        ] {
            assert_eq!(show(text), Err(vec![error.to_owned()]), "{text}");
        }
        assert_eq!(show("-x\na\n-y").map_err(|e| e.len()), Err(2));
    }
}
