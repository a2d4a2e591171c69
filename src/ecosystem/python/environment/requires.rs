//! What a distribution depends on, by its own metadata.
//!
//! Source of the rules: `importlib.metadata.Distribution.requires`: the `Requires-Dist` fields, and only where
//! there is none the `requires.txt` that setuptools writes into an `.egg-info`.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use pep440_rs::VersionSpecifiers;
use pep508_rs::Requirement;

use super::header;
use crate::package::PackageName;

/// What a distribution's metadata says about its needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// What it depends on, in the order of the metadata. What is no requirement is left out.
    pub requires: Vec<Need>,
    /// `Requires-Python`, as written.
    pub requires_python: Option<String>,
}

/// A requirement whose name is known, and whose condition is looked at when it is asked for: evaluating the markers
/// of a whole environment would take longer than everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The name, normalised.
    pub name: PackageName,
    text: Box<str>,
}

impl Need {
    /// A requirement in the form of PEP 508; `None` if it does not start with a name.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let name = PackageName::of_distribution(name_of(text)).ok()?;
        Some(Self { name, text: text.into() })
    }

    /// The condition that it counts under, if there is one.
    ///
    /// Behind an address the `;` needs a blank before it, since it may be a part of the address (PEP 508).
    #[must_use]
    pub fn marker(&self) -> Option<&str> {
        let start = if self.text.contains('@') { self.text.find(" ;") } else { self.text.find(';') };
        start.map(|at| self.text[at..].trim_start().trim_start_matches(';').trim())
    }
}

impl Need {
    /// The versions that it admits; `None` if it names an address, or nothing that can be read.
    #[must_use]
    pub fn specifiers(&self) -> Option<VersionSpecifiers> {
        let rest = self.text[name_of(&self.text).len()..].trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(extras) => extras.split_once(']')?.1.trim_start(),
            None => rest,
        };
        let rest = rest.split(';').next().unwrap_or_default().trim();
        let rest = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
        if rest.is_empty() { Some(VersionSpecifiers::empty()) } else { rest.parse().ok() }
    }
}

/// What a requirement begins with: its name, as spelled.
#[must_use]
pub fn name_of(text: &str) -> &str {
    &text[..length_of_name(text.as_bytes())]
}

/// How many bytes the name is long that a requirement begins with.
#[must_use]
pub fn length_of_name(text: &[u8]) -> usize {
    text.iter().position(|b| !is_of_name(*b)).unwrap_or(text.len())
}

/// Whether a byte may be a part of a name.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// A requirement; `None` where it is not in the form of PEP 508, or where the parser (`pep508_rs` 0.9) would stop the
/// program: it counts letters where it should count bytes, and takes for granted that names end well.
#[must_use]
pub fn requirement(text: &str) -> Option<Requirement> {
    let extras = text.split_once('[').map_or("", |(_, rest)| rest.split(']').next().unwrap_or_default());
    let mut names = extras.split(|c: char| c == ',' || c.is_whitespace());
    let is_named = PackageName::of_distribution(name_of(text)).is_ok();
    let is_parsable = text.is_ascii() && is_named && names.all(|name| !name.ends_with(['-', '_', '.']));
    is_parsable.then(|| text.parse().ok())?
}

/// A `Requires-Dist` field in the header of a `METADATA` or `PKG-INFO`.
#[derive(Clone, Copy, Debug)]
pub struct RequiresDist<'a> {
    /// The header from this field on.
    from: &'a [u8],
}

impl<'a> RequiresDist<'a> {
    /// The header from the requirement on, which begins with a name.
    #[must_use]
    pub fn value(self) -> &'a [u8] {
        self.from[REQUIRES_DIST.len()..].trim_ascii_start()
    }

    /// Its first line, which is the whole of it but in metadata that nobody writes any more.
    #[must_use]
    pub fn line(self) -> &'a [u8] {
        header::split_line(self.from).0
    }

    /// The whole requirement; `None` if it does not start with a name.
    #[must_use]
    pub fn need(self) -> Option<Need> {
        header::fields(self.from).next().and_then(|field| Need::of_text(&field.value()))
    }
}

/// The name of the field, with what ends it.
const REQUIRES_DIST: &str = "Requires-Dist:";

/// The requirements in the header of a `METADATA` or `PKG-INFO`. The other fields are passed over: they are most of
/// the text, and this is done for every distribution.
pub fn fields(header: &[u8]) -> impl Iterator<Item = RequiresDist<'_>> {
    let header = if header.starts_with(b"\n") { &[] } else { header };
    // All writers of metadata spell the field with a capital and end lines with `\n`. What else is allowed is found
    // by looking at each line.
    let is_usual = memchr::memchr(b'\r', header).is_none() && SMALL_R.find(header).is_none();
    let usual = is_usual.then(|| LARGE_R.find_iter(header).map(|newline| newline + 1));
    let mut rest = if is_usual { &[][..] } else { header };
    let unusual = std::iter::from_fn(move || {
        let line = rest;
        rest = header::split_line(rest).1;
        (!line.is_empty()).then(|| header.len() - line.len())
    });
    let first = is_usual.then_some(0);
    let lines = first.into_iter().chain(usual.into_iter().flatten()).chain(unusual);
    lines.filter_map(|at| {
        let from = &header[at..];
        let is_it = |name: &[u8]| name.eq_ignore_ascii_case(REQUIRES_DIST.as_bytes());
        let is_it =
            from.starts_with(REQUIRES_DIST.as_bytes()) || from.get(..REQUIRES_DIST.len()).is_some_and(is_it);
        is_it.then_some(RequiresDist { from })
    })
}

/// Finds the lines that may be about a requirement, as everybody writes them.
static LARGE_R: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\nR"));

/// Finds the lines that may be about a requirement, as nobody writes them.
static SMALL_R: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\nr"));

/// Reads the header of a `METADATA` or `PKG-INFO`.
#[must_use]
pub fn of_header(text: &[u8]) -> Needs {
    let mut needs = Needs::default();
    for field in header::fields(text) {
        if field.is("Requires-Dist") {
            needs.requires.extend(Need::of_text(&field.value()));
        } else if field.is("Requires-Python") && needs.requires_python.is_none() {
            needs.requires_python = Some(field.value().into_owned());
        }
    }
    needs
}

/// Reads a `requires.txt`: requirements, and sections of those that count under a condition:
/// `[extra]`, `[:marker]`, `[extra:marker]`.
#[must_use]
pub fn of_requires_txt(text: &str) -> Vec<Need> {
    let mut condition = String::new();
    let mut needs = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            condition = condition_of(section);
        } else {
            // A requirement on an address needs the blank before its marker.
            needs.extend(Need::of_text(&format!("{line}{condition}")));
        }
    }
    needs
}

/// The marker that a section of a `requires.txt` stands for, as it follows a requirement.
fn condition_of(section: &str) -> String {
    let (extra, marker) = section.split_once(':').unwrap_or((section, ""));
    match (extra.trim(), marker.trim()) {
        ("", "") => String::new(),
        ("", marker) => format!(" ; {marker}"),
        (extra, "") => format!(" ; extra == \"{extra}\""),
        (extra, marker) => format!(" ; ({marker}) and extra == \"{extra}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(needs: &[Need]) -> Vec<String> {
        needs
            .iter()
            .map(|need| match need.marker() {
                Some(marker) => format!("{} if {marker}", need.name),
                None => need.name.to_string(),
            })
            .collect()
    }

    #[test]
    fn a_header_tells_requirements_and_python() {
        let needs = of_header(
            b"Metadata-Version: 2.1\nName: x\nRequires-Python: >=3.8\nRequires-Dist: Werkzeug (>=2.2.2)\n\
              requires-dist: importlib_metadata>=3.6; python_version < \"3.10\"\n\
              Requires-Dist: asgiref>=3.2; extra == 'async'\nRequires-Dist: old (>=1.0.x)\n\
              Requires-Dist: -r evil.txt\n\nRequires-Dist: not-this\n",
        );
        assert_eq!(needs.requires_python.as_deref(), Some(">=3.8"));
        insta::assert_snapshot!(told(&needs.requires).join("\n"), @r#"
        werkzeug
        importlib-metadata if python_version < "3.10"
        asgiref if extra == 'async'
        old
        "#);
    }

    #[test]
    fn of_a_header_only_the_requirements_are_taken() {
        let header =
            b"Name: x\nRequires-Dist: Flask>=1\nRequires-External: y\nrequires-dist: six; extra == 'a'\n\n\
                       Requires-Dist: flask\n";
        let header_of = |text: &'static [u8]| header::end(text).map_or(text, |end| &text[..end]);
        let names = |text| {
            let names = fields(header_of(text)).map(|field| {
                let value = field.value();
                value[..length_of_name(value)].escape_ascii().to_string()
            });
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(header), ["Flask", "six"]);
        for header in [
            &b"Requires-Dist: Flask\nR\nRequires-Dist: six"[..],
            b"Requires-Dist: Flask\r\nName: x\r\nRequires-Dist: six\r\n\r\nRequires-Dist: not-this",
            b"Requires-Dist: Flask\rrequires-dist: six\r\rRequires-Dist: not-this",
        ] {
            assert_eq!(names(header), ["Flask", "six"], "{}", header.escape_ascii());
        }
        assert_eq!(names(b""), [""; 0]);
        assert_eq!(names(b"\nRequires-Dist: not-this\n\n"), [""; 0]);
        let needs: Vec<Need> = fields(header_of(header)).filter_map(RequiresDist::need).collect();
        assert_eq!(told(&needs), ["flask", "six if extra == 'a'"]);
    }

    #[test]
    fn sections_of_requires_txt_are_conditions() {
        let needs = of_requires_txt(
            "six\n\n[:python_version < \"3\"]\nfutures>=2\n[test]\npytest\n[ssl:sys_platform == 'win32']\n\
             wincertstore==0.2\nat @ https://example.org/at.zip\n",
        );
        insta::assert_snapshot!(told(&needs).join("\n"), @r#"
        six
        futures if python_version < "3"
        pytest if extra == "test"
        wincertstore if (sys_platform == 'win32') and extra == "ssl"
        at if (sys_platform == 'win32') and extra == "ssl"
        "#);
    }
}
