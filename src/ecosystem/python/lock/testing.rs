//! What the tests of all parsers share.

use super::{ParseError, Parsed, Parts, Request, Target};
use crate::{
    document,
    ecosystem::python::inventory::{DistributionVersion, Requires},
    package::PackageName,
};

/// A parser of a format.
type Parser = fn(&str, &Request<'_>) -> Result<Parsed, ParseError>;

/// Names, for options.
pub(super) fn names(texts: &[&str]) -> Vec<PackageName> {
    texts.iter().map(|text| PackageName::of_distribution(text).expect("a name")).collect()
}

/// Linux with that Python.
pub(super) fn linux(python: &str) -> Target {
    Target::new(Some(python.parse().expect("a version")), "linux".parse().expect("a platform"))
}

/// Reads a lockfile beside that `pyproject.toml`, if there is one, for Python 3.12 on Linux.
pub(super) fn read(
    parse: Parser,
    text: &str,
    project: Option<&str>,
    parts: &Parts,
) -> Result<Parsed, ParseError> {
    let project = project.map(|text| document::parse(text).expect("a document"));
    let target = linux("3.12");
    let request = Request { target: &target, parts, project: project.as_ref(), beside: &|_| None };
    parse(text, &request)
}

/// `NAME=VERSION(WHAT IT NEEDS)` of each distribution.
pub(super) fn show(parsed: &Parsed) -> String {
    let shown = parsed.distributions.iter().map(|distribution| {
        let version = match &distribution.version {
            DistributionVersion::Valid(version) => format!("={version}"),
            DistributionVersion::Invalid => "=?".to_owned(),
            DistributionVersion::Missing => String::new(),
        };
        let requires = match &distribution.requires {
            Requires::Listed(names) => names.iter().map(PackageName::as_str).collect::<Vec<_>>().join(","),
            _ => "?".to_owned(),
        };
        format!("{}{version}({requires})", distribution.name)
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// The names that the project itself asks for.
pub(super) fn direct(parsed: &Parsed) -> String {
    let direct = parsed.direct.iter().flatten();
    direct.map(PackageName::as_str).collect::<Vec<_>>().join(" ")
}

/// Reads every beginning of a text; nothing may panic, and no control character may come out.
pub(super) fn truncate(parse: Parser, text: &str, project: Option<&str>) {
    let ends = (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end));
    for end in ends {
        let shown = match read(parse, &text[..end], project, &Parts::default()) {
            Ok(parsed) => show(&parsed),
            Err(error) => error.to_string(),
        };
        assert!(!shown.contains(char::is_control), "{shown}");
    }
}
