//! The lines of a requirements file.
//!
//! Source of the rules: pip's documentation, "Requirements File Format", and PEP 508.

use std::borrow::Cow;

use pep440_rs::{Operator, VersionSpecifiers};

use super::super::ParseError;
use crate::{
    ecosystem::python::{inventory::DistributionVersion, lock::request},
    package::PackageName,
};

/// A line that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it begins, from 1.
    pub number: usize,
    /// What it says.
    pub content: Content,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A distribution is wanted.
    Requirement(Requirement),
    /// A local folder is wanted (`-e ./path`); its name is in its own `pyproject.toml`.
    Folder {
        /// The folder, as it is written.
        path: String,
        /// The condition.
        marker: Option<String>,
    },
    /// Something is wanted whose name nobody tells: an address, or an archive.
    Nameless,
    /// The lines of another file count too (`-r`).
    Include(String),
    /// Another file gives versions (`-c`).
    Constrain(String),
    /// An option that says where or how to install.
    Option,
}

/// A distribution that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its name.
    pub name: PackageName,
    /// The extras that are wanted with it.
    pub extras: Vec<PackageName>,
    /// The versions that would do; none are told for an address, or where any does.
    pub range: Option<VersionSpecifiers>,
    /// Its version, as far as it is pinned.
    pub version: DistributionVersion,
    /// Whether it comes from an address, which no constraint can give a version.
    pub is_address: bool,
    /// The condition.
    pub marker: Option<String>,
}

impl Requirement {
    /// Something at an address.
    pub(in super::super) fn at_address(
        name: PackageName,
        version: DistributionVersion,
        marker: Option<String>,
    ) -> Self {
        Self { name, extras: Vec::new(), range: None, version, is_address: true, marker }
    }
}

/// Reads the lines of a file.
pub fn parse(text: &str) -> Result<Vec<Line>, ParseError> {
    let mut lines = Vec::new();
    for (number, line) in logical(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let line = line.trim();
        if !line.is_empty() {
            let content = content(line).map_err(|problem| ParseError::Line { line: number, problem })?;
            lines.push(Line { number, content });
        }
    }
    Ok(lines)
}

/// Joins lines that end with a backslash, and leaves comments out.
fn logical(text: &str) -> Vec<(usize, Cow<'_, str>)> {
    let mut lines: Vec<(usize, Cow<'_, str>)> = Vec::new();
    let mut goes_on = false;
    for (index, line) in text.lines().enumerate() {
        let is_comment = line.trim_start().starts_with('#');
        let line = without_comment(line);
        // A comment ends a line even if it seems to go on.
        let (part, more) = match line.strip_suffix('\\') {
            Some(part) if !is_comment => (part, true),
            _ => (line, false),
        };
        match lines.last_mut().filter(|_| goes_on) {
            Some((_, joined)) => joined.to_mut().push_str(part),
            None => lines.push((index + 1, Cow::Borrowed(part))),
        }
        goes_on = more;
    }
    lines
}

/// A line without its comment, which begins at the start of the line or after a blank.
fn without_comment(line: &str) -> &str {
    let is_start = |at: &usize| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let mut starts = memchr::memchr_iter(b'#', line.as_bytes()).filter(is_start);
    starts.next().map_or(line, |at| line[..at].trim_end())
}

/// Reads a whole line.
fn content(line: &str) -> Result<Content, &'static str> {
    if !line.starts_with('-') {
        return wanted(without_options(line));
    }
    let (name, rest) = line.split_at(line.find([' ', '\t', '=']).unwrap_or(line.len()));
    let value = || unquoted(rest.trim_start_matches([' ', '\t', '=']));
    Ok(match name {
        "-r" | "--requirement" => Content::Include(value().to_owned()),
        "-c" | "--constraint" => Content::Constrain(value().to_owned()),
        "-e" | "--editable" => return wanted(without_options(value())),
        _ if name.starts_with("--") => Content::Option,
        _ if name.starts_with("-r") => Content::Include(unquoted(&line[2..]).to_owned()),
        _ if name.starts_with("-c") => Content::Constrain(unquoted(&line[2..]).to_owned()),
        _ if name.starts_with("-e") => return wanted(without_options(&line[2..])),
        _ => Content::Option,
    })
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let strip = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    strip('"').or_else(|| strip('\'')).unwrap_or(value)
}

/// A requirement without its own options (`--hash=sha256:…`).
fn without_options(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '-' && before.is_whitespace() => return line[..at].trim_end(),
            _ => {}
        }
        before = c;
    }
    line
}

/// What is wanted: a name with versions, a name at an address, an address, or a path.
fn wanted(text: &str) -> Result<Content, &'static str> {
    if is_address(text) {
        let (address, marker) =
            condition(text, "; ").or_else(|| condition(text, " ;")).unwrap_or((text, None));
        let named = named_address(address);
        return Ok(named.map_or(Content::Nameless, |(name, version)| {
            Content::Requirement(Requirement::at_address(name, version, marker))
        }));
    }
    let (place, marker) = condition(text, ";").unwrap_or((text, None));
    if is_path(place) {
        let file = place.rsplit(['/', '\\']).next().unwrap_or_default();
        if let Some((name, version)) = wheel(file) {
            return Ok(Content::Requirement(Requirement::at_address(name, version, marker)));
        }
        let path = place.split('[').next().unwrap_or_default().trim().to_owned();
        return Ok(Content::Folder { path, marker });
    }
    requirement(text).map(Content::Requirement)
}

/// Whether it is an address.
fn is_address(text: &str) -> bool {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        scheme.len() > 1 && scheme.bytes().all(is_part)
    })
}

/// Whether it is a path: what has no `@` and either a separator, or is the folder itself.
fn is_path(text: &str) -> bool {
    let bare = text.split('[').next().unwrap_or_default().trim();
    !text.contains('@') && (bare.contains(['/', '\\']) || bare.starts_with('.') || wheel(bare).is_some())
}

/// Splits a condition off.
fn condition<'t>(text: &'t str, separator: &str) -> Option<(&'t str, Option<String>)> {
    let (text, marker) = text.split_once(separator)?;
    Some((text.trim_end(), Some(marker.trim().to_owned())))
}

/// What `NAME[EXTRAS] VERSIONS; MARKER` or `NAME[EXTRAS] @ ADDRESS ; MARKER` says.
pub(in super::super) fn requirement(text: &str) -> Result<Requirement, &'static str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let name =
        PackageName::of_distribution(&text[..end]).map_err(|_| "neither a requirement nor an option")?;
    let mut rest = text[end..].trim_start();
    let mut extras = Vec::new();
    if let Some(list) = rest.strip_prefix('[') {
        let (list, after) = list.split_once(']').ok_or("extras without an end")?;
        extras.extend(list.split(',').filter_map(|extra| PackageName::of_distribution(extra.trim()).ok()));
        rest = after.trim_start();
    }
    if let Some(address) = rest.strip_prefix('@') {
        let address = address.trim_start();
        let (address, marker) =
            condition(address, " ;").or_else(|| condition(address, "; ")).unwrap_or((address, None));
        let version = named_address(address).map_or(DistributionVersion::Missing, |(_, version)| version);
        return Ok(Requirement { extras, ..Requirement::at_address(name, version, marker) });
    }
    let (versions, marker) = condition(rest, ";").unwrap_or((rest, None));
    let (version, range) = pinned(versions.trim())?;
    Ok(Requirement { name, extras, range, version, is_address: false, marker })
}

/// The one version that a list of versions admits, and the list.
fn pinned(versions: &str) -> Result<(DistributionVersion, Option<VersionSpecifiers>), &'static str> {
    let versions = versions.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(versions);
    if versions.is_empty() {
        return Ok((DistributionVersion::Missing, None));
    }
    if let Some(text) = versions.strip_prefix("===") {
        return Ok((request::version(Some(text.trim())), None));
    }
    let range: VersionSpecifiers = versions.parse().map_err(|_| "versions that are not valid")?;
    let pin = range.iter().find(|range| matches!(range.operator(), Operator::Equal | Operator::ExactEqual));
    let version =
        pin.map_or(DistributionVersion::Missing, |pin| DistributionVersion::Valid(pin.version().clone()));
    Ok((version, Some(range)))
}

/// The name and version that an address tells: in `#egg=`, or in the file name of a wheel.
fn named_address(address: &str) -> Option<(PackageName, DistributionVersion)> {
    let (path, fragment) = address.split_once('#').unwrap_or((address, ""));
    if let Some(egg) = fragment.split('&').find_map(|part| part.strip_prefix("egg=")) {
        let egg = requirement(egg.trim()).ok()?;
        return Some((egg.name, egg.version));
    }
    wheel(path.split('?').next()?.rsplit('/').next()?)
}

/// The name and version in the file name of a wheel (PEP 427).
fn wheel(file: &str) -> Option<(PackageName, DistributionVersion)> {
    let mut parts = file.strip_suffix(".whl")?.split('-');
    let name = PackageName::of_distribution(parts.next()?).ok()?;
    // An address spells `+` as `%2B`.
    let version = parts.next()?.replace("%2B", "+").replace("%2b", "+");
    (parts.count() >= 3).then(|| (name, request::version(Some(&version))))
}

#[cfg(test)]
mod tests;
