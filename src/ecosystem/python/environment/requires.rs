//! What a distribution depends on, by its own metadata.
//!
//! Source of the rules: `importlib.metadata.Distribution.requires`: the `Requires-Dist` fields, and only where
//! there is none the `requires.txt` that setuptools writes into an `.egg-info`.

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

/// A requirement whose name is known, and whose rest is parsed when it is asked for: parsing the markers of
/// a whole environment would take longer than everything else.
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
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name = text.split(|c| !is_of_name(c)).next().unwrap_or_default();
        let name = PackageName::of_distribution(name).ok()?;
        Some(Self { name, text: text.into() })
    }

    /// The whole requirement; `None` where it is not in the form of PEP 508, or holds what the parser cannot stand.
    #[must_use]
    pub fn requirement(&self) -> Option<Requirement> {
        is_parsable(&self.text).then(|| self.text.parse().ok())?
    }
}

/// Whether the parser (`pep508_rs` 0.9) reads a requirement or refuses it, instead of stopping the program: it counts
/// letters where it should count bytes, and takes for granted that the name of an extra ends well.
fn is_parsable(text: &str) -> bool {
    let extras = text.split_once('[').map_or("", |(_, rest)| rest.split(']').next().unwrap_or_default());
    let mut names = extras.split(|c: char| c == ',' || c.is_whitespace());
    text.is_ascii() && names.all(|name| !name.ends_with(['-', '_', '.']))
}

/// Reads the header of a `METADATA` or `PKG-INFO`.
#[must_use]
pub fn of_header(text: &[u8]) -> Needs {
    let mut needs = Needs::default();
    for field in header::fields(text) {
        if field.is("Requires-Dist") {
            needs.requires.extend(Need::of_text(&field.value));
        } else if field.is("Requires-Python") && needs.requires_python.is_none() {
            needs.requires_python = Some(field.value.into_owned());
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
            .map(|need| match need.requirement() {
                Some(requirement) => requirement.to_string(),
                None => format!("{}: no requirement", need.name),
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
        insta::assert_snapshot!(told(&needs.requires).join("\n"), @r"
        werkzeug>=2.2.2
        importlib-metadata>=3.6 ; python_full_version < '3.10'
        asgiref>=3.2 ; extra == 'async'
        old: no requirement
        ");
    }

    #[test]
    fn what_the_parser_cannot_stand_is_no_requirement() {
        for text in
            ["six (>=1.0) ; extra == \"x\"\u{fffd}", "six ; extra == 'é'", "six[a,b-]", "six [a_ b]>=1"]
        {
            assert_eq!(told(&of_requires_txt(text)), ["six: no requirement"], "{text}");
        }
    }

    #[test]
    fn sections_of_requires_txt_are_conditions() {
        let needs = of_requires_txt(
            "six\n\n[:python_version < \"3\"]\nfutures>=2\n[test]\npytest\n[ssl:sys_platform == 'win32']\n\
             wincertstore==0.2\nat @ https://example.org/at.zip\n",
        );
        insta::assert_snapshot!(told(&needs).join("\n"), @r"
        six
        futures>=2 ; python_full_version < '3'
        pytest ; extra == 'test'
        wincertstore==0.2 ; sys_platform == 'win32' and extra == 'ssl'
        at @ https://example.org/at.zip ; sys_platform == 'win32' and extra == 'ssl'
        ");
    }
}
