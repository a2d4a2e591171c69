//! The table that a release carries: `opentelemetry/instrumentation/bootstrap_gen.py`.
//!
//! It is Python: `default_instrumentations` is a list of texts, `libraries` a list of dictionaries with the keys
//! `library` and `instrumentation`, up to 0.42b0 a dictionary of such. Nothing of it is run.

use thiserror::Error;
use tree_sitter::{Node, Parser};

/// Where it lies in the wheel.
pub(super) const PATH: &str = "opentelemetry/instrumentation/bootstrap_gen.py";

/// Why a text is no table.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TableError {
    /// It is not UTF-8, or not Python.
    #[error("it is not Python")]
    Syntax,
    /// A part of it is missing.
    #[error("it does not set `{0}`")]
    Missing(&'static str),
    /// Something in it is no literal of the expected form.
    #[error("line {line} is not {expected}")]
    Form {
        /// The line, counted from one.
        line: usize,
        /// What was expected.
        expected: &'static str,
    },
}

/// The table of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The lines that are always listed.
    pub defaults: Vec<String>,
    /// The requirements on libraries, each with the line that goes with it.
    pub rows: Vec<(String, String)>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Panics
    ///
    /// Never with the grammar that the tests have passed with.
    pub fn parse(source: &str) -> Result<Self, TableError> {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_python::LANGUAGE.into())
            .expect("the grammar goes with the library, as the tests say");
        let tree = parser.parse(source, None).ok_or(TableError::Syntax)?;
        let root = tree.root_node();
        if root.has_error() {
            return Err(TableError::Syntax);
        }
        let reader = Reader { source };
        let defaults = reader.value(root, "default_instrumentations")?;
        let defaults = Reader::items(defaults)?.into_iter().map(|item| reader.text(item));
        let libraries = reader.value(root, "libraries")?;
        let rows = match libraries.kind() {
            "dictionary" => reader.pairs(libraries)?.into_iter().map(|(_, row)| row).collect(),
            _ => Reader::items(libraries)?,
        };
        let rows = rows.into_iter().map(|row| reader.row(row));
        Ok(Self { defaults: defaults.collect::<Result<_, _>>()?, rows: rows.collect::<Result<_, _>>()? })
    }
}

/// Reads literals out of a tree.
struct Reader<'a> {
    /// The text.
    source: &'a str,
}

impl Reader<'_> {
    /// The last value that is given to a name at the top.
    fn value<'t>(&self, root: Node<'t>, name: &'static str) -> Result<Node<'t>, TableError> {
        let mut value = None;
        for statement in children(root).into_iter().filter(|node| node.kind() == "expression_statement") {
            for assignment in children(statement).into_iter().filter(|node| node.kind() == "assignment") {
                let left = assignment.child_by_field_name("left");
                if left.is_some_and(|left| self.source[left.byte_range()] == *name) {
                    value = assignment.child_by_field_name("right").or(value);
                }
            }
        }
        value.ok_or(TableError::Missing(name))
    }

    /// The items of a list.
    fn items(node: Node<'_>) -> Result<Vec<Node<'_>>, TableError> {
        if node.kind() == "list" { Ok(children(node)) } else { Err(form(node, "a list")) }
    }

    /// The pairs of a dictionary. A key that comes again keeps its place and takes the new value, as in Python.
    fn pairs<'t>(&self, node: Node<'t>) -> Result<Vec<(String, Node<'t>)>, TableError> {
        if node.kind() != "dictionary" {
            return Err(form(node, "a dictionary"));
        }
        let mut pairs = Vec::<(String, Node<'t>)>::new();
        for pair in children(node) {
            let (key, value) = (pair.child_by_field_name("key"), pair.child_by_field_name("value"));
            let (Some(key), Some(value)) = (key, value) else { return Err(form(pair, "a pair")) };
            let key = self.text(key)?;
            match pairs.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = value,
                None => pairs.push((key, value)),
            }
        }
        Ok(pairs)
    }

    /// A row: the requirement on a library, and the line that goes with it.
    fn row(&self, node: Node<'_>) -> Result<(String, String), TableError> {
        let pairs = self.pairs(node)?;
        let value = |key: &str| {
            let (_, value) = pairs.iter().find(|(found, _)| found == key)?;
            Some(self.text(*value))
        };
        match (value("library"), value("instrumentation")) {
            (Some(library), Some(instrumentation)) => Ok((library?, instrumentation?)),
            _ => Err(form(node, "a row with `library` and `instrumentation`")),
        }
    }

    /// A text without escapes; texts that follow each other are one.
    fn text(&self, node: Node<'_>) -> Result<String, TableError> {
        let parts = match node.kind() {
            "string" => vec![node],
            "concatenated_string" => children(node),
            _ => return Err(form(node, "a text")),
        };
        let mut text = String::new();
        for part in parts {
            for piece in children(part) {
                let of_piece = &self.source[piece.byte_range()];
                match piece.kind() {
                    "string_start" if matches!(of_piece, "\"" | "'") => {}
                    "string_content" if piece.named_child_count() == 0 => text.push_str(of_piece),
                    "string_end" => {}
                    _ => return Err(form(piece, "a plain text")),
                }
            }
        }
        if text.contains(char::is_control) { Err(form(node, "a plain text")) } else { Ok(text) }
    }
}

/// The children of a node that mean something.
fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

/// A node is not what was expected.
fn form(node: Node<'_>, expected: &'static str) -> TableError {
    TableError::Form { line: node.start_position().row + 1, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> String {
        let shown = |table: Table| format!("{:?} {:?}", table.defaults, table.rows);
        Table::parse(source).map_or_else(|error| error.to_string(), shown)
    }

    #[test]
    fn a_dictionary_keeps_the_last_of_several_values_in_the_first_place() {
        let source = "libraries = {\n'a': {'library': 'a', 'instrumentation': 'x'},
            'b': {'library': 'b', 'instrumentation': 'y'},\n'a': {'library': 'a2', 'instrumentation': 'z'},\n}
default_instrumentations = ['d' # why\n 'e',]\n";
        insta::assert_snapshot!(told(source), @r#"["de"] [("a2", "z"), ("b", "y")]"#);
    }

    #[test]
    fn nothing_but_plain_literals_is_read() {
        let lists = [
            "['\\x2dr']",
            "[f'{x}']",
            "[b'x']",
            "[x]",
            "['a' + 'b']",
            "open('x')",
            "[\"\"\"a\nb\"\"\"]",
            "[*x]",
        ];
        for list in lists {
            let told = told(&format!("libraries = []\ndefault_instrumentations = {list}\n"));
            assert!(told.starts_with("line 2 is not "), "{list}: {told}");
        }
        insta::assert_snapshot!(told("libraries = [{'library': 'x'}]\ndefault_instrumentations = []"), @"line 1 is not a row with `library` and `instrumentation`");
        insta::assert_snapshot!(told("def f():\n    libraries = []\n"), @"it does not set `default_instrumentations`");
    }
}
