//! YAML as a tree with lines, read from the events of a parser: bounded in size and depth, aliases included.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::Unparsed;

/// How many values a file may have, what aliases repeat counted each time.
const MOST_VALUES: usize = 100_000;

/// How deep values may lie in each other.
const DEEPEST: usize = 64;

/// A value, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The line, from 1.
    pub line: usize,
    /// Where its text stands byte for byte, if it is a scalar that is written so.
    pub at: Option<usize>,
    /// The same of the key that it is the value of.
    pub key_at: Option<usize>,
    /// What it is.
    pub content: Content,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A scalar, as text; quoted texts are texts and others may be more.
    Scalar(String),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping whose keys are scalars; other keys are left out.
    Mapping(Vec<(String, Node)>),
}

impl Node {
    /// The text, if it is a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Content::Scalar(text) = &self.content { Some(text) } else { None }
    }

    /// The items, if it is a sequence.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        if let Content::Sequence(items) = &self.content { items } else { &[] }
    }

    /// The entries, if it is a mapping, without those that it takes over from others.
    #[must_use]
    pub fn entries(&self) -> &[(String, Node)] {
        if let Content::Mapping(entries) = &self.content { entries } else { &[] }
    }

    /// The value of a key, its own or one that it takes over with `<<`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        let own = self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value);
        own.or_else(|| self.merged().into_iter().find_map(|(name, value)| (name == key).then_some(value)))
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// All entries: those that it takes over first, so that the last of a name counts.
    #[must_use]
    pub fn all_entries(&self) -> Vec<(&str, &Node)> {
        let own = self.entries().iter().filter(|(name, _)| name != "<<");
        self.merged().into_iter().chain(own.map(|(name, value)| (name.as_str(), value))).collect()
    }

    /// What it takes over with `<<`, one step deep for each.
    fn merged(&self) -> Vec<(&str, &Node)> {
        let sources = self.entries().iter().filter(|(name, _)| name == "<<").map(|(_, value)| value);
        let sources = sources.flat_map(|value| match &value.content {
            Content::Sequence(items) => items.iter().collect(),
            _ => vec![value],
        });
        sources.flat_map(Node::entries).map(|(name, value)| (name.as_str(), value)).collect()
    }
}

/// What is being built.
enum Open {
    Sequence(Vec<Node>),
    Mapping(Vec<(String, Node)>, Option<Key>),
}

/// The key of a mapping whose value comes next.
enum Key {
    Text(String, Option<usize>),
    Other,
}

/// The documents of a file.
pub fn documents(text: &str) -> Result<Vec<Node>, Unparsed> {
    let mut builder = Builder { cursor: Cursor::new(text), ..Builder::default() };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|_| Unparsed)?;
        builder.event(event, span)?;
    }
    Ok(builder.documents)
}

/// A place in a text that only moves on.
#[derive(Default)]
struct Cursor<'t> {
    rest: &'t str,
    /// The place in bytes.
    at: usize,
    /// The line, from 1.
    line: usize,
    /// The column, from 0, in characters.
    column: usize,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str) -> Self {
        Self { rest: text, at: 0, line: 1, column: 0 }
    }

    fn pass(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
        self.at += bytes;
    }

    /// Goes to a line and a column; `None` if they are not there, or were passed.
    fn go(&mut self, line: usize, column: usize) -> Option<()> {
        while self.line < line {
            let end = self.rest.find('\n')?;
            self.pass(end + 1);
            (self.line, self.column) = (self.line + 1, 0);
        }
        while self.line == line && self.column < column {
            let next = self.rest.chars().next().filter(|c| *c != '\n')?;
            self.pass(next.len_utf8());
            self.column += 1;
        }
        ((self.line, self.column) == (line, column)).then_some(())
    }

    /// Where the text of a scalar that begins there stands as it is.
    fn find(&mut self, span: &Span, style: ScalarStyle, text: &str) -> Option<usize> {
        self.go(span.start.line(), span.start.col())?;
        let quote = match style {
            ScalarStyle::Plain => return self.rest.starts_with(text).then_some(self.at),
            ScalarStyle::SingleQuoted => '\'',
            ScalarStyle::DoubleQuoted => '"',
            ScalarStyle::Literal | ScalarStyle::Folded => return None,
        };
        let inner = self.rest.strip_prefix(quote)?.strip_prefix(text)?;
        inner.starts_with(quote).then_some(self.at + 1)
    }
}

#[derive(Default)]
struct Builder<'t> {
    cursor: Cursor<'t>,
    documents: Vec<Node>,
    /// The open values from the outermost in, each with its line and its anchor.
    open: Vec<(Open, usize, usize)>,
    anchors: HashMap<usize, Node>,
    values: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Unparsed> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, _) => {
                // What is not quoted and says nothing is nothing.
                let is_null = style == ScalarStyle::Plain && matches!(&*text, "~" | "null" | "");
                let text = if is_null { String::new() } else { text.into_owned() };
                let at = self.cursor.find(&span, style, &text).filter(|_| !is_null);
                self.value(Node { line, at, key_at: None, content: Content::Scalar(text) }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(Open::Sequence(Vec::new()), line, anchor),
            Event::MappingStart(anchor, _) => self.begin(Open::Mapping(Vec::new(), None), line, anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                let (open, line, anchor) = self.open.pop().ok_or(Unparsed)?;
                let content = match open {
                    Open::Sequence(items) => Content::Sequence(items),
                    Open::Mapping(entries, _) => Content::Mapping(entries),
                };
                self.value(Node { line, at: None, key_at: None, content }, anchor)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or(Unparsed)?;
                self.values += size(&node);
                self.value(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open, line: usize, anchor: usize) -> Result<(), Unparsed> {
        if self.open.len() == DEEPEST {
            return Err(Unparsed);
        }
        self.open.push((open, line, anchor));
        Ok(())
    }

    /// A value is complete: it belongs to what is open.
    fn value(&mut self, node: Node, anchor: usize) -> Result<(), Unparsed> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(Unparsed);
        }
        if anchor != 0 {
            self.values += size(&node);
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some((Open::Sequence(items), ..)) => items.push(node),
            Some((Open::Mapping(entries, key), ..)) => match key.take() {
                None => {
                    *key = Some(match node.content {
                        Content::Scalar(text) => Key::Text(text, node.at),
                        _ => Key::Other,
                    });
                }
                Some(Key::Text(name, key_at)) => entries.push((name, Node { key_at, ..node })),
                Some(Key::Other) => {}
            },
        }
        Ok(())
    }
}

/// How many values a value is.
fn size(node: &Node) -> usize {
    let (mut count, mut open) = (0, vec![node]);
    while let Some(node) = open.pop() {
        count += 1;
        match &node.content {
            Content::Scalar(_) => {}
            Content::Sequence(items) => open.extend(items),
            Content::Mapping(entries) => open.extend(entries.iter().map(|(_, value)| value)),
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_trees_with_lines() {
        let text = "a: &x\n  b: 1\n  c: [d, 'e']\nf:\n  <<: *x\n  b: 2\n---\n- g: ~\n";
        let documents = documents(text).expect("YAML");
        assert_eq!(documents.len(), 2);
        let text = |path: &[&str]| documents[0].at(path).and_then(Node::text);
        assert_eq!((text(&["a", "b"]), text(&["f", "b"])), (Some("1"), Some("2")));
        let list = documents[0].at(&["f", "c"]).expect("taken over");
        assert_eq!((list.line, list.items().len()), (3, 2));
        assert_eq!(documents[0].at(&["f"]).expect("a mapping").all_entries().len(), 3);
        assert_eq!(documents[1].items()[0].get("g").and_then(Node::text), Some(""));
    }

    #[test]
    fn scalars_know_where_they_stand() {
        let text =
            "# ä\r\nä: \"b c\"\r\nd: 'e''f'\r\ng: [ö h, i]\r\nj: >\r\n  k\r\nl: *x\r\n".replace("*x", "m");
        let documents = documents(&text).expect("YAML");
        let told = documents[0].entries().iter().flat_map(|(key, value)| {
            let all = [(Some(key.as_str()), value.key_at), (value.text(), value.at)];
            all.into_iter().chain(value.items().iter().map(|item| (item.text(), item.at)))
        });
        let told: Vec<_> = told
            .map(|(part, at)| at.map(|at| part.is_some_and(|part| text[at..].starts_with(part))))
            .collect();
        let (is, no) = (Some(true), None);
        assert_eq!(told, [is, is, is, no, is, no, is, is, is, no, is, is]);
    }

    #[test]
    fn what_is_no_yaml_or_too_much_is_refused() {
        let laughs: String = (0..9).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
            let items = vec![format!("*a{n}"); 10].join(", ");
            format!("{text}a{}: &a{} [{items}]\n", n + 1, n + 1)
        });
        for text in ["a: {{ .Values.x }}\nb: [", "a: *x\n", &"[".repeat(1000), &laughs] {
            assert_eq!(documents(text), Err(Unparsed));
        }
    }
}
