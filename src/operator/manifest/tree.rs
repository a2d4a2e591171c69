//! YAML as a tree that knows where each value stands, in bytes: what an edit needs.
//!
//! Bounded in size and depth; aliases are kept and not followed.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// How many values a file may have.
const MOST_VALUES: usize = 100_000;

/// How deep values may lie in each other.
const DEEPEST: usize = 64;

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The first byte, that of an anchor or a tag if it has one.
    pub start: usize,
    /// The byte behind the last one; where a block begins if it has nothing in it.
    pub end: usize,
    /// The line where it begins, from 1.
    pub line: usize,
    /// The number of its anchor within the file; 0 without one.
    pub anchor: usize,
    /// What it is.
    pub content: Content,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A scalar.
    Scalar {
        /// Its text.
        text: String,
        /// How it is written.
        style: ScalarStyle,
    },
    /// The value that an anchor stands at.
    Alias(usize),
    /// A sequence.
    Sequence {
        /// Its items.
        items: Vec<Node>,
        /// Whether it is written in brackets.
        is_flow: bool,
    },
    /// A mapping.
    Mapping {
        /// Its keys and their values.
        entries: Vec<(Node, Node)>,
        /// Whether it is written in braces.
        is_flow: bool,
    },
}

/// Why a text is no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It does not follow the grammar: the line, and what the parser says.
    Grammar(usize, String),
    /// It has braces of a template.
    Template(usize),
    /// It is larger or deeper than anything sensible.
    TooMuch,
}

impl Node {
    /// The text, if it is a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Content::Scalar { text, .. } = &self.content { Some(text) } else { None }
    }

    /// Whether it says nothing: empty, `~` or `null` without quotes.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match &self.content {
            Content::Scalar { text, style } => {
                *style == ScalarStyle::Plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// The items, if it is a sequence.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Content::Sequence { items, .. } = &self.content { items } else { &[] }
    }

    /// The keys and values, if it is a mapping.
    #[must_use]
    pub fn entries(&self) -> &[(Self, Self)] {
        if let Content::Mapping { entries, .. } = &self.content { entries } else { &[] }
    }

    /// The value of a key; the last one counts.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The values right below it, keys among them.
    pub fn below(&self) -> impl Iterator<Item = &Self> {
        let keys_and_values = self.entries().iter().flat_map(|(key, value)| [key, value]);
        self.items().iter().chain(keys_and_values)
    }
}

/// What is being built.
struct Open {
    node: Node,
    /// The key whose value comes next.
    key: Option<Node>,
}

/// The documents of a file.
pub fn documents(text: &str) -> Result<Vec<Node>, Unreadable> {
    let mut builder = Builder { text, bytes: Bytes::of(text), ..Builder::default() };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => {
                let line = error.marker().line();
                return Err(if text.contains("{{") {
                    Unreadable::Template(line_of_braces(text))
                } else {
                    Unreadable::Grammar(line, error.info().to_owned())
                });
            }
        }
    }
    Ok(builder.documents)
}

/// The first line with braces of a template.
fn line_of_braces(text: &str) -> usize {
    text.lines().position(|line| line.contains("{{")).map_or(1, |line| line + 1)
}

/// From characters, which the parser counts, to bytes.
#[derive(Default)]
struct Bytes(Option<Vec<usize>>);

impl Bytes {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self(None);
        }
        Self(Some(text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect()))
    }

    fn at(&self, character: usize, text: &str) -> usize {
        match &self.0 {
            None => character.min(text.len()),
            Some(bytes) => bytes.get(character).copied().unwrap_or(text.len()),
        }
    }
}

#[derive(Default)]
struct Builder<'t> {
    text: &'t str,
    bytes: Bytes,
    documents: Vec<Node>,
    open: Vec<Open>,
    values: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        let [start, end] = [span.start, span.end].map(|mark| self.bytes.at(mark.index(), self.text));
        let line = span.start.line();
        let node = |anchor, end, content| Node { start, end, line, anchor, content };
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let end = self.end_of_scalar(start, end, &text, style);
                let content = Content::Scalar { text: text.into_owned(), style };
                self.value(node(anchor, end, content))
            }
            Event::Alias(anchor) => self.value(node(0, end, Content::Alias(anchor))),
            Event::SequenceStart(anchor, _) => {
                let is_flow = self.text[start..end].trim_end().ends_with('[');
                self.begin(node(anchor, end, Content::Sequence { items: Vec::new(), is_flow }))
            }
            Event::MappingStart(anchor, _) => {
                let is_flow = self.text[start..end].trim_end().ends_with('{');
                if is_flow && self.is_key_of_braces() {
                    return Err(Unreadable::Template(line));
                }
                self.begin(node(anchor, end, Content::Mapping { entries: Vec::new(), is_flow }))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { mut node, .. }) = self.open.pop() else { return Err(Unreadable::TooMuch) };
                node.end = self.end_of_collection(&node);
                self.value(node)
            }
            _ => Ok(()),
        }
    }

    /// Whether what begins here is a key within braces: `{{ … }}`, which nobody writes in YAML.
    fn is_key_of_braces(&self) -> bool {
        let is_key = |open: &Open| {
            matches!(open.node.content, Content::Mapping { is_flow: true, .. }) && open.key.is_none()
        };
        self.open.last().is_some_and(is_key)
    }

    fn begin(&mut self, node: Node) -> Result<(), Unreadable> {
        if self.open.len() == DEEPEST {
            return Err(Unreadable::TooMuch);
        }
        self.open.push(Open { node, key: None });
        Ok(())
    }

    /// A value is complete: it belongs to what is open.
    fn value(&mut self, value: Node) -> Result<(), Unreadable> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(Unreadable::TooMuch);
        }
        let Some(Open { node, key }) = self.open.last_mut() else {
            self.documents.push(value);
            return Ok(());
        };
        match &mut node.content {
            Content::Sequence { items, .. } => items.push(value),
            Content::Mapping { entries, .. } => match key.take() {
                None => *key = Some(value),
                Some(key) => entries.push((key, value)),
            },
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
        Ok(())
    }

    /// Where a scalar ends: the parser counts what follows a quoted one in.
    fn end_of_scalar(&self, start: usize, end: usize, text: &str, style: ScalarStyle) -> usize {
        let quote = match style {
            ScalarStyle::SingleQuoted => b'\'',
            ScalarStyle::DoubleQuoted => b'"',
            ScalarStyle::Plain if text.is_empty() => return start,
            _ => return end,
        };
        let bytes = self.text.as_bytes();
        let Some(first) = memchr::memchr(quote, &bytes[start..]) else { return end };
        let mut at = start + first + 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote == b'"' => at += 1,
                b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
                byte if byte == quote => return at + 1,
                _ => {}
            }
            at += 1;
        }
        end
    }

    /// Where a collection ends: behind its bracket, or with what is last in it.
    fn end_of_collection(&self, node: &Node) -> usize {
        let last = node.below().last().map_or(node.end, |last| last.end);
        let bracket = match &node.content {
            Content::Sequence { is_flow: true, .. } => b']',
            Content::Mapping { is_flow: true, .. } => b'}',
            _ => return last,
        };
        let bytes = self.text.as_bytes();
        let mut at = last;
        while at < bytes.len() && bytes[at] != bracket {
            // A comment may name brackets.
            let begins_comment = bytes[at] == b'#' && at > 0 && bytes[at - 1].is_ascii_whitespace();
            at = match memchr::memchr(b'\n', &bytes[at..]) {
                Some(length) if begins_comment => at + length,
                _ => at + 1,
            };
        }
        (at + 1).min(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of every leaf and of every collection in brackets.
    fn told(text: &str) -> Vec<String> {
        fn add(node: &Node, text: &str, found: &mut Vec<String>) {
            let is_block = matches!(
                node.content,
                Content::Mapping { is_flow: false, .. } | Content::Sequence { is_flow: false, .. }
            );
            if !is_block {
                found.push(text[node.start..node.end].to_owned());
            }
            node.below().for_each(|node| add(node, text, found));
        }
        let mut found = Vec::new();
        for document in documents(text).expect("YAML") {
            add(&document, text, &mut found);
        }
        found
    }

    #[test]
    fn values_know_where_they_stand() {
        let text =
            "ü: 'it''s' # ö\r\nb: {c: \"d\\\"\", e: [f, g,\n # ]\n ]  } # z\nh:\ni: &x j\nk: *x\nl: |\n  m\n";
        assert_eq!(
            told(text),
            [
                "ü",
                "'it''s'",
                "b",
                "{c: \"d\\\"\", e: [f, g,\n # ]\n ]  }",
                "c",
                "\"d\\\"\"",
                "e",
                "[f, g,\n # ]\n ]",
                "f",
                "g",
                "h",
                "",
                "i",
                "&x j",
                "k",
                "*x",
                "l",
                "m\n"
            ]
        );
    }

    #[test]
    fn templates_are_recognised() {
        for text in ["a: {{ .Values.x }}\n", "{{- if x }}\na: b\n{{- end }}\n", "a: [{{ x }}]\n"] {
            assert!(matches!(documents(text), Err(Unreadable::Template(1))), "{text}");
        }
        assert!(documents("a: '{{ x }}'\nb: {c: {d: e}}\n").is_ok());
        assert!(matches!(documents("a: [\n"), Err(Unreadable::Grammar(..))));
        let deep = "- ".repeat(DEEPEST + 1);
        assert_eq!(documents(&deep), Err(Unreadable::TooMuch));
    }
}
