//! Builds the tree of a document out of the parser's events.

use std::{borrow::Cow, mem};

use toml_parser::{
    ErrorSink, ParseError, Source, Span,
    decoder::{Encoding, ScalarKind},
    parser::EventReceiver,
};

use super::{Table, Value};

/// How many parts a dotted key may have.
const LONGEST_KEY: usize = 16;

/// A decoded part of a key.
type Key<'t> = Cow<'t, str>;

/// What has been built so far, and where the next event belongs.
pub(super) struct Builder<'t> {
    /// The text.
    source: Source<'t>,
    /// All tables but the open one.
    root: Table<'t>,
    /// The table that the last header opened.
    open: Table<'t>,
    /// The path in that header; empty for the top of the document.
    header: Vec<Key<'t>>,
    /// Whether that header adds an element to an array of tables.
    appends: bool,
    /// The parts of the key that is being read.
    keys: Vec<Key<'t>>,
    /// Arrays and inline tables that are not complete, each with the key it stands under.
    frames: Vec<(Value<'t>, Vec<Key<'t>>)>,
}

impl<'t> Builder<'t> {
    /// Starts with an empty document.
    pub(super) fn new(source: Source<'t>) -> Self {
        Self {
            source,
            root: Table::default(),
            open: Table::default(),
            header: Vec::new(),
            appends: false,
            keys: Vec::new(),
            frames: Vec::new(),
        }
    }

    /// Hangs the open table into the tree; whether it fits there.
    fn hang(&mut self) -> bool {
        let open = mem::take(&mut self.open);
        let mut path = mem::take(&mut self.header);
        let Some(last) = path.pop() else {
            return merge(&mut self.root, open);
        };
        let Some(parent) = descend(&mut self.root, path.into_iter()) else { return false };
        if self.appends {
            let array = parent.get_or_insert(last, || Value::Array(Vec::new()));
            let Some(Value::Array(values)) = array else { return false };
            values.push(Value::Table(open));
            return true;
        }
        match parent.get_or_insert(last, || Value::Table(Table::default())) {
            Some(Value::Table(table)) => merge(table, open),
            _ => false,
        }
    }

    /// Puts a complete value where it belongs; whether its key was free.
    fn place(&mut self, value: Value<'t>) -> bool {
        let table = match self.frames.last_mut() {
            Some((Value::Array(values), _)) => {
                values.push(value);
                return true;
            }
            Some((Value::Table(table), _)) => table,
            _ => &mut self.open,
        };
        let Some(last) = self.keys.pop() else { return false };
        descend(table, self.keys.drain(..)).is_some_and(|parent| parent.insert(last, value))
    }

    /// Begins an array or an inline table.
    fn begin(&mut self, container: Value<'t>) -> bool {
        let keys = mem::take(&mut self.keys);
        self.frames.push((container, keys));
        true
    }

    /// Ends an array or an inline table.
    fn end(&mut self, span: Span, error: &mut dyn ErrorSink) {
        if let Some((value, keys)) = self.frames.pop() {
            self.keys = keys;
            let fits = self.place(value);
            accept(fits, span, error);
        }
    }

    /// Begins the table of a header.
    fn header(&mut self, appends: bool, span: Span, error: &mut dyn ErrorSink) {
        let fits = self.hang();
        accept(fits, span, error);
        self.appends = appends;
        self.keys.clear();
    }

    /// Ends the document.
    pub(super) fn finish(mut self, error: &mut dyn ErrorSink) -> Table<'t> {
        let end = self.source.input().len();
        let fits = self.hang();
        accept(fits, Span::new_unchecked(end, end), error);
        self.root
    }
}

/// Reports a key that is taken already.
fn accept(fits: bool, span: Span, error: &mut dyn ErrorSink) {
    if !fits {
        error.report_error(ParseError::new("a key is defined twice").with_unexpected(span));
    }
}

/// The table at a path, made where it is missing; in an array of tables the last one counts.
fn descend<'a, 't>(
    table: &'a mut Table<'t>,
    mut path: impl Iterator<Item = Key<'t>>,
) -> Option<&'a mut Table<'t>> {
    path.try_fold(table, |table, key| match table.get_or_insert(key, || Value::Table(Table::default()))? {
        Value::Table(table) => Some(table),
        Value::Array(values) => match values.last_mut() {
            Some(Value::Table(table)) => Some(table),
            _ => None,
        },
        _ => None,
    })
}

/// Moves the entries of one table into another; whether all their keys were free.
fn merge<'t>(into: &mut Table<'t>, from: Table<'t>) -> bool {
    if into.is_empty() {
        *into = from;
        return true;
    }
    from.into_entries().fold(true, |fits, (key, value)| into.insert(key, value) && fits)
}

impl EventReceiver for Builder<'_> {
    fn std_table_open(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.header(false, span, error);
    }

    fn std_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.header = mem::take(&mut self.keys);
    }

    fn array_table_open(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.header(true, span, error);
    }

    fn array_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.header = mem::take(&mut self.keys);
    }

    fn inline_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.begin(Value::Table(Table::default()))
    }

    fn inline_table_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.end(span, error);
    }

    fn array_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.begin(Value::Array(Vec::new()))
    }

    fn array_close(&mut self, span: Span, error: &mut dyn ErrorSink) {
        self.end(span, error);
    }

    fn simple_key(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        if self.keys.len() == LONGEST_KEY {
            error.report_error(ParseError::new("a key has too many parts").with_unexpected(span));
            return;
        }
        let mut key = Cow::Borrowed("");
        if let Some(raw) = self.source.get(span) {
            toml_parser::Raw::new_unchecked(raw.as_str(), kind, span).decode_key(&mut key, error);
        }
        self.keys.push(key);
    }

    fn scalar(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let Some(raw) = self.source.get(span) else { return };
        let mut text = Cow::Borrowed("");
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), kind, span);
        let value = match raw.decode_scalar(&mut text, error) {
            ScalarKind::String => Value::String(text),
            ScalarKind::Boolean(value) => Value::Boolean(value),
            _ => Value::Other(raw.as_str()),
        };
        let fits = self.place(value);
        accept(fits, span, error);
    }
}
