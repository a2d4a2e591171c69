//! Requirements in the form in which they are printed: one to a line, `NAME`, `NAME==VERSION` or
//! `NAME>=VERSION`.
//!
//! Source of the form: PEP 508, of which nothing else is taken. What follows a `#` is a remark, as to pip.

use pep440_rs::{Operator, Version, VersionSpecifiers};
use thiserror::Error;

use super::{Bound, Wanted};
use crate::{
    package::PackageName,
    resolution::{Requirement, Resolution, VersionPin},
};

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
    /// An option of pip.
    #[error("the option `{}` is not taken here", .0.escape_debug())]
    Option(String),
    /// An address or a path.
    #[error("`{}` is an address or a path, not a distribution from an index", .0.escape_debug())]
    Address(String),
    /// A marker.
    #[error("the marker `{}` is not taken here", .0.escape_debug())]
    Marker(String),
    /// An extra.
    #[error("the extras of `{}` are not taken here", .0.escape_debug())]
    Extras(String),
    /// Not a name.
    #[error("`{}` is not the name of a distribution", .0.escape_debug())]
    Name(String),
    /// Not `==` or `>=` and a version.
    #[error("`{}` is not `==` or `>=` and a version", .0.escape_debug())]
    Version(String),
    /// Another version of a distribution that was named before.
    #[error("`{name}` is asked for differently in line {first}")]
    Twice {
        /// The distribution.
        name: PackageName,
        /// The first line.
        first: usize,
    },
}

impl LineError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self.reason {
            LineProblem::Twice { .. } => None,
            _ => Some(
                "lines are what `-a requirements` prints, like `opentelemetry-distro==0.66b2`".to_owned(),
            ),
        }
    }
}

/// Reads requirements; all problems are reported. The same line twice counts once.
pub fn parse(text: &str) -> Result<Vec<Wanted>, Vec<LineError>> {
    let mut found: Vec<(usize, Wanted)> = Vec::new();
    let mut errors = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split_once('#').map_or(line, |(line, _)| line).trim();
        if line.is_empty() {
            continue;
        }
        match parse_line(line) {
            Ok(wanted) => match found.iter().find(|(_, other)| other.name == wanted.name) {
                None => found.push((number, wanted)),
                Some((_, same)) if *same == wanted => {}
                Some(&(first, _)) => {
                    errors
                        .push(LineError { number, reason: LineProblem::Twice { name: wanted.name, first } });
                }
            },
            Err(reason) => errors.push(LineError { number, reason }),
        }
    }
    if errors.is_empty() { Ok(found.into_iter().map(|(_, wanted)| wanted).collect()) } else { Err(errors) }
}

/// What is to be installed, as if a scan had found it.
#[must_use]
pub fn resolution(wanted: &[Wanted]) -> Resolution {
    let requirements = wanted.iter().map(|Wanted { name, bound }| {
        let pin = |version: &Version, exact| Some(VersionPin { version: version.to_string(), exact });
        let version = match bound {
            Bound::Any => None,
            Bound::AtLeast(version) => pin(version, false),
            Bound::Exactly(version) => pin(version, true),
        };
        Requirement {
            name: name.clone(),
            version,
            since: None,
            present: Vec::new(),
            features: Vec::new(),
            members: Vec::new(),
            because: Vec::new(),
            wiring: Vec::new(),
            switches: Vec::new(),
            directives: Vec::new(),
        }
    });
    Resolution { requirements: requirements.collect(), ..Resolution::default() }
}

/// Reads one line without its remark.
fn parse_line(line: &str) -> Result<Wanted, LineProblem> {
    let whole = || line.to_owned();
    if line.starts_with('-') {
        return Err(LineProblem::Option(whole()));
    }
    if line.contains("://") || line.contains(" @ ") || line.contains(['/', '\\']) {
        return Err(LineProblem::Address(whole()));
    }
    if let Some((_, marker)) = line.split_once(';') {
        return Err(LineProblem::Marker(marker.trim().to_owned()));
    }
    if line.contains('[') {
        return Err(LineProblem::Extras(whole()));
    }
    let end = line.find(|c: char| c.is_whitespace() || "=<>!~(,@".contains(c)).unwrap_or(line.len());
    let (name, specifier) = line.split_at(end);
    let name = PackageName::of_distribution(name).map_err(|error| LineProblem::Name(error.0))?;
    let specifier = specifier.trim();
    if specifier.is_empty() {
        return Ok(Wanted { name, bound: Bound::Any });
    }
    let wrong = || LineProblem::Version(specifier.to_owned());
    let specifiers: VersionSpecifiers = specifier.parse().map_err(|_| wrong())?;
    let mut specifiers = specifiers.iter();
    let (Some(only), None) = (specifiers.next(), specifiers.next()) else { return Err(wrong()) };
    let bound = match only.operator() {
        Operator::Equal => Bound::Exactly(only.version().clone()),
        Operator::GreaterThanEqual => Bound::AtLeast(only.version().clone()),
        _ => return Err(wrong()),
    };
    Ok(Wanted { name, bound })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> Result<Vec<String>, Vec<String>> {
        match parse(text) {
            Ok(lines) => Ok(lines.iter().map(Wanted::to_string).collect()),
            Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
        }
    }

    #[test]
    fn what_is_printed_is_read() {
        let text = "opentelemetry-instrumentation-flask==0.66b2\r\n\n# remark\nopentelemetry_instrumentation.openai-v2\n\
            opentelemetry-instrumentation-vertexai>=2.0b0  # why\nopentelemetry-instrumentation-flask == 0.66b2\n";
        let lines = [
            "opentelemetry-instrumentation-flask==0.66b2",
            "opentelemetry-instrumentation-openai-v2",
            "opentelemetry-instrumentation-vertexai>=2.0b0",
        ];
        assert_eq!(show(text), Ok(lines.map(str::to_owned).to_vec()));
        assert_eq!(show(""), Ok(vec![]));
        let again = resolution(&parse(text).expect("lines"));
        let wanted: Vec<_> = again.requirements.iter().map(|r| Wanted::of(r).expect("a version")).collect();
        assert_eq!(Ok(wanted), parse(text).map_err(|_| ()).map_err(|()| unreachable!()));
    }

    #[test]
    fn everything_else_is_refused_with_its_line() {
        for (text, error) in [
            ("-r other.txt", "line 1: the option `-r other.txt` is not taken here"),
            ("\n--index-url=x", "line 2: the option `--index-url=x` is not taken here"),
            ("a==1 --hash=sha256:0", "line 1: `==1 --hash=sha256:0` is not `==` or `>=` and a version"),
            (
                "a @ https://x.example/a.whl",
                "line 1: `a @ https://x.example/a.whl` is an address or a path, not a distribution from an index",
            ),
            ("../a", "line 1: `../a` is an address or a path, not a distribution from an index"),
            ("a; python_version < 3", "line 1: the marker `python_version < 3` is not taken here"),
            ("a[b]==1", "line 1: the extras of `a[b]==1` are not taken here"),
            ("a==1,>2", "line 1: `==1,>2` is not `==` or `>=` and a version"),
            ("a==1.*", "line 1: `==1.*` is not `==` or `>=` and a version"),
            ("a~=1.0", "line 1: `~=1.0` is not `==` or `>=` and a version"),
            ("a===1", "line 1: `===1` is not `==` or `>=` and a version"),
            ("a b", "line 1: `b` is not `==` or `>=` and a version"),
            ("\u{1b}[2J", r"line 1: the extras of `\u{1b}[2J` are not taken here"),
            ("\u{1b}2J", r"line 1: `\u{1b}2J` is not the name of a distribution"),
            ("a==1\nA==2", "line 2: `a` is asked for differently in line 1"),
        ] {
            assert_eq!(show(text), Err(vec![error.to_owned()]), "{text}");
        }
        assert_eq!(show("-x\na\n-y").map_err(|e| e.len()), Err(2));
    }
}
