//! Puts entries into YAML without touching anything that is there: every edit adds text at a place.

use std::{collections::BTreeSet, ops::Range};

use saphyr_parser::ScalarStyle;
use thiserror::Error;

use super::{
    tree::{Content, Node},
    value::{Value, flow_entries},
};

/// Why something cannot be put in.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unfit {
    /// It would change what stands elsewhere too.
    #[error("line {0} is shared through an anchor: an edit there would change more than one place")]
    Shared(usize),
    /// It is written in a way that is not edited.
    #[error("line {0} is written in a form that is not edited")]
    Form(usize),
}

/// Text that is put in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Insertion {
    /// What it takes the place of: nothing, or a `null`.
    range: Range<usize>,
    /// How far from the margin it begins: of two at the same place the one further in comes first.
    column: usize,
    /// The text.
    text: String,
}

/// A text and what is to be put into it.
#[derive(Debug)]
pub struct Sheet<'t> {
    text: &'t str,
    /// How its lines end.
    newline: &'static str,
    /// The anchors that something refers to.
    referred: BTreeSet<usize>,
    insertions: Vec<Insertion>,
}

impl<'t> Sheet<'t> {
    /// A text, and the documents it holds.
    #[must_use]
    pub fn new(text: &'t str, documents: &[Node]) -> Self {
        fn collect(node: &Node, referred: &mut BTreeSet<usize>) {
            if let Content::Alias(anchor) = node.content {
                referred.insert(anchor);
            }
            node.below().for_each(|node| collect(node, referred));
        }
        let mut referred = BTreeSet::new();
        for document in documents {
            collect(document, &mut referred);
        }
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { text, newline, referred, insertions: Vec::new() }
    }

    /// Whether anything is to be put in.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.insertions.is_empty()
    }

    /// The text with all that is put in.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.insertions
            .sort_by(|one, other| (one.range.start, other.column).cmp(&(other.range.start, one.column)));
        let mut text = self.text.to_owned();
        for Insertion { range, text: new, .. } in self.insertions.into_iter().rev() {
            text.replace_range(range, &new);
        }
        text
    }

    /// That a value may be edited: nobody else refers to it.
    pub fn own<'n>(&self, node: &'n Node) -> Result<&'n Node, Unfit> {
        let is_alias = matches!(node.content, Content::Alias(_));
        if is_alias || self.referred.contains(&node.anchor) {
            Err(Unfit::Shared(node.line))
        } else {
            Ok(node)
        }
    }

    /// Adds entries to the mapping at the end of a path of keys, and what of the path is missing.
    pub fn put(&mut self, mapping: &Node, path: &[&str], entries: Vec<(String, Value)>) -> Result<(), Unfit> {
        let [key, rest @ ..] = path else { return self.add(mapping, entries) };
        let nested = |entries| {
            rest.iter()
                .rev()
                .fold(Value::Map(entries), |value, key| Value::Map(vec![((*key).to_owned(), value)]))
        };
        match self.below(mapping, key)? {
            None if self.add_first(mapping, key, &nested(entries.clone())) => Ok(()),
            None => self.add(mapping, vec![((*key).to_owned(), nested(entries))]),
            Some((key, value)) if value.is_null() => self.fill(mapping, key, value, &nested(entries)),
            Some((_, value)) => self.put(value, rest, entries),
        }
    }

    /// Adds items to the sequence of a key, and the key if it is missing; `step` says how much further in than the
    /// key its dashes stand then.
    pub fn append(&mut self, mapping: &Node, key: &str, items: Vec<Value>, step: usize) -> Result<(), Unfit> {
        match self.below(mapping, key)? {
            None => self.add_with(mapping, vec![(key.to_owned(), Value::List(items))], step),
            Some((key, value)) if value.is_null() => self.fill(mapping, key, value, &Value::List(items)),
            Some((_, value)) => self.add_items(value, &items),
        }
    }

    /// Adds what describes a thing in front of the rest, where people look for it; whether that could be done.
    fn add_first(&mut self, mapping: &Node, key: &str, value: &Value) -> bool {
        let is_block = matches!(mapping.content, Content::Mapping { is_flow: false, .. });
        let Some((first, _)) = mapping.entries().first().filter(|_| is_block && key == "metadata") else {
            return false;
        };
        let line = self.line_start(first.start);
        let indent = &self.text[line..first.start];
        if indent.is_empty() || !indent.bytes().all(|byte| byte == b' ') {
            return false;
        }
        let column = indent.len();
        let mut text = Value::Map(vec![(key.to_owned(), value.clone())]).block(column, 0).join(self.newline);
        text.push_str(self.newline);
        self.insert(line..line, column, text);
        true
    }

    /// A key of a mapping and its value, both of its own.
    fn below<'n>(&self, mapping: &'n Node, key: &str) -> Result<Option<(&'n Node, &'n Node)>, Unfit> {
        let mapping = self.own(mapping)?;
        if !matches!(mapping.content, Content::Mapping { .. }) {
            return Err(Unfit::Form(mapping.line));
        }
        let named = |name: &str| mapping.entries().iter().rev().find(|(key, _)| key.text() == Some(name));
        match named(key) {
            Some((key, value)) => Ok(Some((key, self.own(value)?))),
            // It may come from there, and a key of its own would hide it.
            None if named("<<").is_some() => Err(Unfit::Shared(mapping.line)),
            None => Ok(None),
        }
    }

    fn add(&mut self, mapping: &Node, entries: Vec<(String, Value)>) -> Result<(), Unfit> {
        self.add_with(mapping, entries, 0)
    }

    fn add_with(&mut self, mapping: &Node, entries: Vec<(String, Value)>, step: usize) -> Result<(), Unfit> {
        let Content::Mapping { entries: there, is_flow } = &self.own(mapping)?.content else {
            return Err(Unfit::Form(mapping.line));
        };
        if *is_flow {
            let last = there.last().map(|(key, value)| (key, value));
            return self.add_flow(mapping, last, &flow_entries(&entries));
        }
        let Some((first, _)) = there.first() else { return Err(Unfit::Form(mapping.line)) };
        let column = self.column(first)?;
        let lines = Value::Map(entries).block(column, step);
        let values = there.iter().map(|(_, value)| value);
        self.add_lines(first, values.rev(), column, &lines)
    }

    fn add_items(&mut self, sequence: &Node, items: &[Value]) -> Result<(), Unfit> {
        let Content::Sequence { items: there, is_flow } = &self.own(sequence)?.content else {
            return Err(Unfit::Form(sequence.line));
        };
        if *is_flow {
            let text = items.iter().map(Value::flow).collect::<Vec<_>>().join(", ");
            return self.add_flow(sequence, there.last().map(|last| (last, last)), &text);
        }
        let Some(first) = there.first() else { return Err(Unfit::Form(sequence.line)) };
        let line = self.line_start(first.start);
        let before = &self.text[line..first.start];
        self.column(first)?;
        let column = before.rfind('-').ok_or(Unfit::Form(first.line))?;
        let lines = Value::List(items.to_vec()).block(column, 0);
        self.add_lines(first, there.iter().rev(), column, &lines)
    }

    /// Adds lines behind the last value that ends where it is seen to end; before the first if there is none.
    fn add_lines<'n>(
        &mut self,
        first: &Node,
        values: impl Iterator<Item = &'n Node>,
        column: usize,
        lines: &[String],
    ) -> Result<(), Unfit> {
        let text = lines.join(self.newline);
        for value in values {
            if !ends_in_block_scalar(value) {
                let at = self.line_end(value)?;
                self.insert(at..at, column, format!("{}{text}", self.newline));
                return Ok(());
            }
        }
        let line = self.line_start(first.start);
        let is_alone =
            self.text[line..first.start].trim_start_matches(' ').trim_start_matches("- ").is_empty();
        let is_same = self.text[line..first.start].chars().take_while(|c| *c == ' ').count() == column;
        if !is_alone || !is_same {
            return Err(Unfit::Form(first.line));
        }
        self.insert(line..line, column, format!("{text}{}", self.newline));
        Ok(())
    }

    /// Adds text to a collection in brackets: `last` is its last key, or item, and its last value.
    fn add_flow(&mut self, node: &Node, last: Option<(&Node, &Node)>, text: &str) -> Result<(), Unfit> {
        let (at, text) = match last {
            None => {
                let bracket =
                    self.text[node.start..node.end].find(['{', '[']).ok_or(Unfit::Form(node.line))?;
                (node.start + bracket + 1, text.to_owned())
            }
            Some((_, value)) if value.start == value.end => return Err(Unfit::Form(value.line)),
            Some((key, value)) => {
                let before = &self.text[self.line_start(key.start)..key.start];
                let is_alone = !before.is_empty() && before.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
                let gap = if is_alone { format!("{}{before}", self.newline) } else { " ".to_owned() };
                (value.end, format!(",{gap}{text}"))
            }
        };
        self.insert(at..at, 0, text);
        Ok(())
    }

    /// Puts a value where there is none.
    fn fill(&mut self, mapping: &Node, key: &Node, null: &Node, value: &Value) -> Result<(), Unfit> {
        let is_flow = matches!(mapping.content, Content::Mapping { is_flow: true, .. });
        if null.anchor != 0 || (is_flow && null.start == null.end) {
            return Err(Unfit::Form(null.line));
        }
        if null.start < null.end {
            self.insert(null.start..null.end, 0, value.flow());
            return Ok(());
        }
        let column = self.column(key)? + 2;
        let at = self.line_end(null)?;
        let lines = value.block(column, 0).join(self.newline);
        self.insert(at..at, column, format!("{}{lines}", self.newline));
        Ok(())
    }

    /// How much further in than its key the dashes of a sequence stand: what its neighbours do is done.
    #[must_use]
    pub fn step(&self, key: &Node, sequence: &Node) -> usize {
        let first = sequence.items().first();
        let dash = first.and_then(|first| self.text[self.line_start(first.start)..first.start].rfind('-'));
        match (self.column(key), dash) {
            (Ok(column), Some(dash)) => dash.saturating_sub(column),
            _ => 0,
        }
    }

    fn insert(&mut self, range: Range<usize>, column: usize, text: String) {
        self.insertions.push(Insertion { range, column, text });
    }

    /// How far a key, or the first thing of an item, stands from the margin: only dashes may be before it.
    fn column(&self, node: &Node) -> Result<usize, Unfit> {
        let before = &self.text[self.line_start(node.start)..node.start];
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let dashes = before.replace("- ", "  ");
        if dashes.bytes().all(|byte| byte == b' ') { Ok(before.len()) } else { Err(Unfit::Form(node.line)) }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The end of the line that a value ends on; only a comment may follow it.
    fn line_end(&self, value: &Node) -> Result<usize, Unfit> {
        let rest = &self.text[value.end..];
        let line = rest.split('\n').next().unwrap_or_default();
        let line = line.strip_suffix('\r').unwrap_or(line);
        let after = line.strip_prefix(':').filter(|_| value.start == value.end).unwrap_or(line);
        let is_comment = after.trim_start().starts_with('#') && after.starts_with([' ', '\t']);
        let is_end = after.trim().is_empty() || is_comment;
        if is_end { Ok(value.end + line.len()) } else { Err(Unfit::Form(value.line)) }
    }
}

/// Whether the last thing of a value is a text in lines, whose end is hard to see.
fn ends_in_block_scalar(value: &Node) -> bool {
    match &value.content {
        Content::Scalar { style, .. } => matches!(style, ScalarStyle::Literal | ScalarStyle::Folded),
        Content::Alias(_)
        | Content::Sequence { is_flow: true, .. }
        | Content::Mapping { is_flow: true, .. } => false,
        Content::Sequence { .. } | Content::Mapping { .. } => {
            value.below().last().is_some_and(ends_in_block_scalar)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tree::documents, *};

    /// A text with an entry below `a`, or what is said against it.
    fn with_entry(text: &str) -> String {
        let documents = documents(text).expect("YAML");
        let mut sheet = Sheet::new(text, &documents);
        match sheet.put(&documents[0], &["a", "b"], vec![("n".to_owned(), Value::text("1"))]) {
            Ok(()) => sheet.finish(),
            Err(unfit) => unfit.to_string(),
        }
    }

    #[test]
    fn entries_are_put_in_where_they_belong() {
        for (text, expected) in [
            ("a:\n  b:\n    c: d\n", "a:\n  b:\n    c: d\n    n: \"1\"\n"),
            ("a:\n  b:\n    c: d # e\n    # f\ng: h", "a:\n  b:\n    c: d # e\n    n: \"1\"\n    # f\ng: h"),
            ("a:\n  b:\n    c: d", "a:\n  b:\n    c: d\n    n: \"1\""),
            ("a:\r\n  b:\r\n    c: d\r\n", "a:\r\n  b:\r\n    c: d\r\n    n: \"1\"\r\n"),
            ("a:\n  x: y\n", "a:\n  x: y\n  b:\n    n: \"1\"\n"),
            ("x: y\n", "x: y\na:\n  b:\n    n: \"1\"\n"),
            ("a:\n", "a:\n  b:\n    n: \"1\"\n"),
            ("a: # x\nc: d\n", "a: # x\n  b:\n    n: \"1\"\nc: d\n"),
            ("a: ~\n", "a: {\"b\": {\"n\": \"1\"}}\n"),
            ("a: {}\n", "a: {\"b\": {\"n\": \"1\"}}\n"),
            ("a: {b: {c: d, }}\n", "a: {b: {c: d, \"n\": \"1\", }}\n"),
            (
                "{\"a\": {\n  \"b\": {\n    \"c\": \"d\"\n  }\n}}\n",
                "{\"a\": {\n  \"b\": {\n    \"c\": \"d\",\n    \"n\": \"1\"\n  }\n}}\n",
            ),
            (
                "a:\n  b:\n    c: d\n    e: |\n      f\n\n",
                "a:\n  b:\n    c: d\n    n: \"1\"\n    e: |\n      f\n\n",
            ),
            ("a:\n  b:\n    e: |+\n      f\n\n", "a:\n  b:\n    n: \"1\"\n    e: |+\n      f\n\n"),
            ("a:\n  b:\n    c: e\n      f\n", "a:\n  b:\n    c: e\n      f\n    n: \"1\"\n"),
            ("a: &x\n  b: &y\n    c: d\n", "a: &x\n  b: &y\n    c: d\n    n: \"1\"\n"),
        ] {
            assert_eq!(with_entry(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_shared_or_strange_is_left_alone() {
        for (text, line) in [
            ("a: &x\n  b:\n    c: d\ne: *x\n", "line 1 is shared"),
            ("x: &x {b: {c: d}}\na: *x\n", "line 2 is shared"),
            ("x: &x {b: {c: d}}\na:\n  <<: *x\n", "line 3 is shared"),
            ("a: [b]\n", "line 1 is written"),
            ("a: b\n", "line 1 is written"),
            ("a:\n  b:\n    ? c\n    : d\n", "line 3 is written"),
            ("a: {b: {c: }}\n", "line 1 is written"),
        ] {
            assert!(with_entry(text).starts_with(line), "{text}: {}", with_entry(text));
        }
    }

    #[test]
    fn items_are_put_in_behind_the_others() {
        for (text, expected) in [
            ("env:\n- name: A\n  value: b\nx: y\n", "env:\n- name: A\n  value: b\n- name: \"N\"\nx: y\n"),
            ("env:\n  - {name: A}\n", "env:\n  - {name: A}\n  - name: \"N\"\n"),
            ("x: y\n", "x: y\nenv:\n  - name: \"N\"\n"),
            ("env: []\n", "env: [{\"name\": \"N\"}]\n"),
            ("env: [{name: A}]\n", "env: [{name: A}, {\"name\": \"N\"}]\n"),
            ("env:\n- name: A\n  value: |\n    b\n", "env:\n- name: \"N\"\n- name: A\n  value: |\n    b\n"),
        ] {
            let documents = documents(text).expect("YAML");
            let mut sheet = Sheet::new(text, &documents);
            let item = Value::texts([("name", "N")]);
            sheet.append(&documents[0], "env", vec![item], 2).expect("fits");
            assert_eq!(sheet.finish(), expected, "{text}");
        }
    }
}
