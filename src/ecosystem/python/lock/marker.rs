//! Markers (`python_version < '3.11' and sys_platform == 'linux'`), evaluated.
//!
//! Each comparison is left to `pep508_rs`; how they hang together is read here, because that library turns a
//! whole marker into a decision diagram, which a hostile one makes grow beyond all memory, and because lockfiles
//! compare more than PEP 508 knows: extras that uv invents for conflicts, `extras` and `dependency_groups`
//! (PEP 751). Comparisons repeat in every lockfile, so each is evaluated once.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

use pep508_rs::{MarkerEnvironment, MarkerExpression, MarkerTree};
use thiserror::Error;

use crate::package::PackageName;

/// How deep brackets may be nested.
const DEEPEST: u32 = 64;

/// A text that is no marker.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the marker is not valid at character {at}")]
pub struct InvalidMarker {
    /// Where, from 1.
    at: usize,
}

/// What counts beside the environment.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ecosystem::python) struct Chosen<'a> {
    /// The extras, as markers spell them.
    pub(in crate::ecosystem::python) extras: Option<&'a BTreeSet<String>>,
    /// The dependency groups, likewise.
    pub(in crate::ecosystem::python) groups: Option<&'a BTreeSet<String>>,
}

/// Evaluates markers for one target.
pub(in crate::ecosystem::python) struct Markers {
    /// The variables.
    environment: MarkerEnvironment,
    /// The comparisons that were evaluated before.
    known: HashMap<Box<str>, bool>,
}

impl fmt::Debug for Markers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Markers").finish_non_exhaustive()
    }
}

impl Markers {
    /// Starts without anything known.
    pub(in crate::ecosystem::python) fn new(environment: MarkerEnvironment) -> Self {
        Self { environment, known: HashMap::new() }
    }

    /// Whether a marker holds; none always does.
    pub(in crate::ecosystem::python) fn hold(
        &mut self,
        marker: Option<&str>,
        chosen: Chosen<'_>,
    ) -> Result<bool, InvalidMarker> {
        let Some(text) = marker.filter(|text| !text.trim().is_empty()) else { return Ok(true) };
        let mut reader = Reader { text, at: 0, depth: 0, markers: self, chosen };
        let holds = reader.any()?;
        reader.blank();
        if reader.at == text.len() { Ok(holds) } else { Err(reader.invalid()) }
    }

    /// Evaluates one comparison of variables of the environment.
    fn compare(&mut self, text: &str, left: Side<'_>, operator: &str, right: Side<'_>) -> Option<bool> {
        if let Some(holds) = self.known.get(text) {
            return Some(*holds);
        }
        // The library (0.9) stops the program at some texts that it refuses if they are not ASCII.
        if !text.is_ascii() {
            return None;
        }
        let holds = match MarkerExpression::from_str(text) {
            Ok(Some(expression)) => MarkerTree::expression(expression).evaluate(&self.environment, &[]),
            // No versions to compare: texts then, as `packaging` does.
            Ok(None) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                match operator {
                    "==" | "===" => left == right,
                    "!=" => left != right,
                    "<" => left < right,
                    "<=" => left <= right,
                    ">" => left > right,
                    ">=" => left >= right,
                    "in" => right.contains(left),
                    "not in" => !right.contains(left),
                    _ => return None,
                }
            }
            Err(_) => return None,
        };
        self.known.insert(text.into(), holds);
        Some(holds)
    }

    /// The text that a side of a comparison stands for. The names with a dot are those of before PEP 508.
    fn value<'a>(&'a self, side: Side<'a>) -> Option<&'a str> {
        let environment = &self.environment;
        Some(match side {
            Side::Text(text) => text,
            Side::Variable("python_version") => &environment.python_version().string,
            Side::Variable("python_full_version") => &environment.python_full_version().string,
            Side::Variable("implementation_version") => &environment.implementation_version().string,
            Side::Variable("implementation_name") => environment.implementation_name(),
            Side::Variable("os_name" | "os.name") => environment.os_name(),
            Side::Variable("platform_machine" | "platform.machine") => environment.platform_machine(),
            Side::Variable("platform_system") => environment.platform_system(),
            Side::Variable("sys_platform" | "sys.platform") => environment.sys_platform(),
            Side::Variable("platform_release") => environment.platform_release(),
            Side::Variable("platform_version" | "platform.version") => environment.platform_version(),
            Side::Variable(
                "platform_python_implementation" | "platform.python_implementation" | "python_implementation",
            ) => environment.platform_python_implementation(),
            Side::Variable(_) => return None,
        })
    }
}

/// A side of a comparison.
#[derive(Clone, Copy)]
enum Side<'t> {
    /// A quoted text.
    Text(&'t str),
    /// A variable.
    Variable(&'t str),
}

/// Goes through a marker from left to right.
struct Reader<'t, 'm> {
    /// The marker.
    text: &'t str,
    /// How far it is read, in bytes.
    at: usize,
    /// In how many brackets.
    depth: u32,
    /// What evaluates the comparisons.
    markers: &'m mut Markers,
    /// What counts beside the environment.
    chosen: Chosen<'m>,
}

impl<'t> Reader<'t, '_> {
    /// Parts joined by `or`.
    fn any(&mut self) -> Result<bool, InvalidMarker> {
        let mut holds = self.all()?;
        while self.word("or") {
            holds |= self.all()?;
        }
        Ok(holds)
    }

    /// Parts joined by `and`.
    fn all(&mut self) -> Result<bool, InvalidMarker> {
        let mut holds = self.one()?;
        while self.word("and") {
            holds &= self.one()?;
        }
        Ok(holds)
    }

    /// A bracket or a comparison.
    fn one(&mut self) -> Result<bool, InvalidMarker> {
        self.blank();
        if !self.eat("(") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.invalid());
        }
        let holds = self.any()?;
        self.depth -= 1;
        self.blank();
        if self.eat(")") { Ok(holds) } else { Err(self.invalid()) }
    }

    /// A comparison.
    fn comparison(&mut self) -> Result<bool, InvalidMarker> {
        let start = self.at;
        let left = self.side()?;
        let operator = self.operator()?;
        let right = self.side()?;
        let text = &self.text[start..self.at];
        let is = |set: Option<&BTreeSet<String>>, name: &str| match PackageName::of_distribution(name) {
            Ok(name) => set.is_some_and(|set| set.contains(name.as_str())),
            Err(_) => false,
        };
        let holds = match (left, operator, right) {
            (Side::Variable("extra"), "==", Side::Text(name))
            | (Side::Text(name), "==", Side::Variable("extra"))
            | (Side::Text(name), "in", Side::Variable("extras")) => Some(is(self.chosen.extras, name)),
            (Side::Variable("extra"), "!=", Side::Text(name))
            | (Side::Text(name), "!=", Side::Variable("extra"))
            | (Side::Text(name), "not in", Side::Variable("extras")) => Some(!is(self.chosen.extras, name)),
            (Side::Text(name), "in", Side::Variable("dependency_groups")) => {
                Some(is(self.chosen.groups, name))
            }
            (Side::Text(name), "not in", Side::Variable("dependency_groups")) => {
                Some(!is(self.chosen.groups, name))
            }
            _ => self.markers.compare(text, left, operator, right),
        };
        holds.ok_or(InvalidMarker { at: self.text[..start].chars().count() + 1 })
    }

    /// A quoted text or a variable.
    fn side(&mut self) -> Result<Side<'t>, InvalidMarker> {
        self.blank();
        let rest = &self.text[self.at..];
        if let Some(quote @ (b'\'' | b'"')) = rest.as_bytes().first() {
            let end = memchr::memchr(*quote, &rest.as_bytes()[1..]).ok_or_else(|| self.invalid())?;
            self.at += end + 2;
            return Ok(Side::Text(&rest[1..=end]));
        }
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        let length = rest.bytes().take_while(is_part).count();
        self.at += length;
        if length == 0 { Err(self.invalid()) } else { Ok(Side::Variable(&rest[..length])) }
    }

    /// What compares two sides.
    fn operator(&mut self) -> Result<&'static str, InvalidMarker> {
        if self.word("not") {
            return if self.word("in") { Ok("not in") } else { Err(self.invalid()) };
        }
        if self.word("in") {
            return Ok("in");
        }
        let operators = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
        operators.into_iter().find(|operator| self.eat(operator)).ok_or_else(|| self.invalid())
    }

    /// Reads a word, if it comes next and ends there.
    fn word(&mut self, word: &str) -> bool {
        self.blank();
        let after = self.text.as_bytes().get(self.at + word.len());
        let ends = after.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        ends && self.eat(word)
    }

    /// Reads exactly that text, if it comes next.
    fn eat(&mut self, text: &str) -> bool {
        let found = self.text[self.at..].starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// Skips blanks.
    fn blank(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    /// An error at this place.
    fn invalid(&self) -> InvalidMarker {
        InvalidMarker { at: self.text[..self.at].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecosystem::python::lock::Target;

    fn markers() -> Markers {
        let target = Target::new(None, "x86_64-unknown-linux-gnu".parse().expect("a platform"));
        Markers::new(target.environment(&"3.10.4".parse().expect("a version")))
    }

    #[test]
    fn markers_of_real_lockfiles_hold_as_their_writers_mean_them() {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        let (extras, groups) = (set(&["extra-8-invokeai-cpu", "async-io"]), set(&["default"]));
        let chosen = Chosen { extras: Some(&extras), groups: Some(&groups) };
        for (marker, holds) in [
            ("", true),
            ("python_version < '3.9'", false),
            ("python_version >= '3.9'", true),
            ("'3.9' <= python_version", true),
            (r#"python_version in "2.7 3.10""#, true),
            ("python_full_version < '3.11.3' and sys_platform != 'win32'", true),
            ("os_name == 'nt' or sys_platform == 'linux' and platform_machine == 'x86_64'", true),
            ("(os_name == 'nt' or sys_platform == 'linux') and platform_machine == 'arm64'", false),
            ("platform_machine in 'x86_64 aarch64'", true),
            ("'linux' not in sys_platform", false),
            ("platform_python_implementation != \"PyPy\" and implementation_name == 'cpython'", true),
            ("python_version >= '2.7.*'", true),
            ("python_version >= 'x'", false),
            ("python_implementation == 'CPython' and os.name == 'posix'", true),
            ("extra == 'extra-8-invokeai-cpu' and extra != 'extra-8-invokeai-cuda'", true),
            ("'Async_IO' == extra", true),
            ("'default' in dependency_groups and 'x' not in extras", true),
            ("'dev' in dependency_groups", false),
            ("python_version<'3.11'and(os_name=='posix')", true),
        ] {
            assert_eq!(markers().hold(Some(marker), chosen), Ok(holds), "{marker}");
        }
        assert_eq!(markers().hold(None, Chosen::default()), Ok(true));
    }

    #[test]
    fn what_is_no_marker_is_refused() {
        for marker in [
            "python_version",
            "python_version <",
            "python_version < 3.9'",
            "python_version < '3.9' os_name == 'nt'",
            "python_version < '3.9' and",
            "(python_version < '3.9'",
            "python_version < '3.9')",
            "pyth\u{f6}n == 'x'",
            "unknown == 'x'",
            "os_name ~= 'x'",
            "'default' == dependency_groups",
            "python_version not '3'",
        ] {
            assert!(markers().hold(Some(marker), Chosen::default()).is_err(), "{marker}");
        }
        let bomb = "(".repeat(100_000);
        assert_eq!(markers().hold(Some(&bomb), Chosen::default()), Err(InvalidMarker { at: 66 }));
    }

    #[test]
    fn long_markers_take_their_length() {
        let clause = |index: usize| format!("(extra == 'a{index}' or '{index}x' in platform_version)");
        let marker = (0..2_000).map(clause).collect::<Vec<_>>().join(" and ");
        assert_eq!(markers().hold(Some(&marker), Chosen::default()), Ok(false));
    }
}
