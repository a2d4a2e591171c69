//! TOML documents as a tree of values that borrow from the text.
//!
//! Manifests are read at every start of the program, dozens of them in a large workspace. This tree
//! sits directly on the event parser below the `toml` crate: it keeps strings, booleans, arrays and
//! tables, leaves numbers and dates undecoded, and costs a quarter of what `toml` takes.

mod table;
mod tree;

use std::borrow::Cow;

use thiserror::Error;
use toml_parser::{
    ParseError, Source,
    parser::{EventReceiver, RecursionGuard, parse_document},
};

pub use table::Table;

/// How deep arrays and inline tables may be nested.
const DEEPEST: u32 = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'t> {
    /// A string, decoded.
    String(Cow<'t, str>),
    /// A boolean.
    Boolean(bool),
    /// A number or a date, as it is written.
    Other(&'t str),
    /// An array, or an array of tables.
    Array(Vec<Value<'t>>),
    /// A table of any form.
    Table(Table<'t>),
}

impl<'t> Value<'t> {
    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(value) = self { Some(*value) } else { None }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value<'t>]> {
        if let Self::Array(values) = self { Some(values) } else { None }
    }

    /// The table, if it is one.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table<'t>> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }
}

/// Why a text is no TOML.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SyntaxError {
    /// A merge left both sides in the file.
    #[error("line {line} is a merge conflict marker")]
    Conflict {
        /// The line of the first marker.
        line: usize,
    },
    /// The grammar is violated.
    #[error("line {line}, column {column}: {problem}")]
    Invalid {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
}

impl SyntaxError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Conflict { .. } => Some("resolve the merge conflict first".to_owned()),
            Self::Invalid { .. } => None,
        }
    }
}

/// Parses a document into its tree.
pub fn parse(text: &str) -> Result<Table<'_>, SyntaxError> {
    let mut builder = tree::Builder::new(Source::new(text));
    receive(text, &mut builder)?;
    let mut first = None;
    let table = builder.finish(&mut first);
    first.map_or(Ok(table), |error| Err(describe(text, &error)))
}

/// Sends the events of a document to a receiver; an error that either side reports ends in `Err`.
pub fn receive(text: &str, receiver: &mut dyn EventReceiver) -> Result<(), SyntaxError> {
    let tokens = Source::new(text).lex().into_vec();
    let mut first = None;
    parse_document(&tokens, &mut RecursionGuard::new(receiver, DEEPEST), &mut first);
    first.map_or(Ok(()), |error| Err(describe(text, &error)))
}

/// The line, from 1, of a place in a text.
pub(crate) fn line_at(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Puts a place and words to what the parser reports.
fn describe(text: &str, error: &ParseError) -> SyntaxError {
    let markers = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
    if let Some(index) = text.lines().position(|line| markers.iter().any(|m| line.starts_with(m))) {
        return SyntaxError::Conflict { line: index + 1 };
    }
    let offset = error.unexpected().or(error.context()).map_or(text.len(), |span| span.start());
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    SyntaxError::Invalid {
        line: line_at(text, before.len()),
        column: before[line_start..].chars().count() + 1,
        problem: error.description().escape_debug().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in one line, for comparison.
    fn show(text: &str) -> String {
        fn one(value: &Value<'_>) -> String {
            match value {
                Value::String(text) => format!("{text:?}"),
                Value::Boolean(value) => value.to_string(),
                Value::Other(text) => (*text).to_owned(),
                Value::Array(values) => {
                    format!("[{}]", values.iter().map(one).collect::<Vec<_>>().join(" "))
                }
                Value::Table(table) => all(table),
            }
        }
        fn all(entries: &Table<'_>) -> String {
            let entries = entries.iter().map(|(key, entry)| format!("{key}={}", one(entry)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
        parse(text).map_or_else(|error| error.to_string(), |tree| all(&tree))
    }

    #[test]
    fn every_form_of_table_ends_in_the_same_tree() {
        for (text, tree) in [
            ("", "{}"),
            ("a = 1\nb = true\nc = 1979-05-27", "{a=1 b=true c=1979-05-27}"),
            ("[a.b]\nc = 'x'", r#"{a={b={c="x"}}}"#),
            ("a.b.c = 'x'", r#"{a={b={c="x"}}}"#),
            ("a = { b.c = 'x' }", r#"{a={b={c="x"}}}"#),
            ("[a.b]\nx = 1\n[a]\ny = 2", "{a={b={x=1} y=2}}"),
            ("[[a]]\nx = 1\n[[a]]\n[a.b]\ny = 2", "{a=[{x=1} {b={y=2}}]}"),
            ("a = [ 'x', # y\n  { b = [ ] }, ]\nc = \"\\u0041\"", r#"{a=["x" {b=[]}] c="A"}"#),
            ("[target.'cfg(unix)'.d]\nx = '''\n1'''", r#"{target={cfg(unix)={d={x="1"}}}}"#),
            ("\u{feff}a = 1\r\nb = 2\r\n", "{a=1 b=2}"),
        ] {
            assert_eq!(show(text), tree, "{text}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused_with_the_place() {
        for (text, place) in [
            ("a = 1\na = 2", "line 2, column 5"),
            ("a.b = 1\na = { c = 2 }", "line 2, column 13"),
            ("[a]\nb = 1\n[a]\nb = 2", "line 4, column 6"),
            ("a = 1\n[a]\n", "line 3, column 1"),
            ("[[a]]\n[a]\n", "line 3, column 1"),
            ("a = \"x", "line 1, column 7"),
            ("x = 1\n[a", "line 2, column 3"),
            ("a = [1, 2", "line 1, column 10"),
            ("\u{1b}[31m = 1", "line 1, column 1"),
            ("a = \"\u{0}\"", "line 1, column 6"),
        ] {
            let shown = show(text);
            assert!(shown.starts_with(place), "{text:?}: {shown}");
            assert!(!shown.contains(char::is_control), "{shown:?}");
        }
    }

    #[test]
    fn a_merge_conflict_is_recognised() {
        let text = "a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> branch\n";
        let error = parse(text).expect_err("not a document");
        assert_eq!(error, SyntaxError::Conflict { line: 2 });
        assert!(error.hint().is_some());
    }

    #[test]
    fn depth_does_not_exhaust_the_stack() {
        for bomb in [
            format!("a = {}", "[".repeat(200_000)),
            format!("a = {}{}", "[".repeat(200_000), "]".repeat(200_000)),
            format!("a = {}", "{ b = ".repeat(100_000)),
            format!("{} = 1", vec!["a"; 200_000].join(".")),
            format!("[{}]", vec!["a"; 200_000].join(".")),
        ] {
            assert!(parse(&bomb).is_err());
        }
    }
}
