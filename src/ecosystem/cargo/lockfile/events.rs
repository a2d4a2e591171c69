//! Picks out of the parser's events what the lockfile says about packages; nothing is checked yet.

use std::{borrow::Cow, ops::Range};

use toml_parser::{
    ErrorSink, ParseError, Raw, Source, Span,
    decoder::{Encoding, ScalarKind},
    parser::EventReceiver,
};

use crate::document::{self, SyntaxError};

/// What the text says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RawLockfile<'t> {
    /// The format, if it is told.
    pub(super) version: Option<&'t str>,
    /// The packages in their order.
    pub(super) packages: Vec<RawPackage<'t>>,
    /// The dependency strings of all packages.
    pub(super) dependencies: Vec<Cow<'t, str>>,
}

/// A package as it is written. Checksums are of no use here and skipped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RawPackage<'t> {
    /// Its name.
    pub(super) name: Option<Cow<'t, str>>,
    /// Its version.
    pub(super) version: Option<Cow<'t, str>>,
    /// Where it comes from.
    pub(super) source: Option<Cow<'t, str>>,
    /// What is used in its place, under `[replace]`.
    pub(super) replace: Option<Cow<'t, str>>,
    /// Which of the dependency strings are its.
    pub(super) dependencies: Range<usize>,
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Result<RawLockfile<'_>, SyntaxError> {
    let mut receiver = Receiver {
        source: Source::new(text),
        lockfile: RawLockfile::default(),
        section: Section::Top,
        header: Header::None,
        key: Key::Other,
        depth: 0,
    };
    document::receive(text, &mut receiver)?;
    Ok(receiver.lockfile)
}

/// The table that the next key belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    /// None: the top of the file.
    Top,
    /// The last of the packages: `[[package]]`, or `[root]` in the first format.
    Package,
    /// Another: `[metadata]`, `[[patch.unused]]`.
    Other,
}

/// The header that is being read.
#[derive(Clone, Copy)]
enum Header {
    /// None.
    None,
    /// One without a key yet; whether it adds to an array.
    Empty(bool),
    /// One of a package.
    Package,
    /// Another.
    Other,
}

/// The key whose value comes next.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    /// The name of a package.
    Name,
    /// The version of a package, or the format.
    Version,
    /// Where a package comes from.
    Source,
    /// What replaces a package.
    Replace,
    /// What a package depends on.
    Dependencies,
    /// Another.
    Other,
}

/// Where in the file the parser stands.
struct Receiver<'t> {
    /// The text.
    source: Source<'t>,
    /// What has been read.
    lockfile: RawLockfile<'t>,
    /// The table.
    section: Section,
    /// The header.
    header: Header,
    /// The key.
    key: Key,
    /// In how many arrays and inline tables.
    depth: u32,
}

impl<'t> Receiver<'t> {
    /// Ends a header.
    fn enter(&mut self) {
        self.section = if matches!(self.header, Header::Package) {
            let end = self.lockfile.dependencies.len();
            self.lockfile.packages.push(RawPackage { dependencies: end..end, ..RawPackage::default() });
            Section::Package
        } else {
            Section::Other
        };
        self.header = Header::None;
    }

    /// Takes a string for the key in which the parser stands.
    fn take(&mut self, text: Cow<'t, str>) -> Result<(), &'static str> {
        let Some(package) = self.lockfile.packages.last_mut() else { return Ok(()) };
        let field = match (self.key, self.depth) {
            (Key::Name, 0) => &mut package.name,
            (Key::Version, 0) => &mut package.version,
            (Key::Source, 0) => &mut package.source,
            (Key::Replace, 0) => &mut package.replace,
            (Key::Dependencies, 1) => {
                self.lockfile.dependencies.push(text);
                package.dependencies.end += 1;
                return Ok(());
            }
            _ => return Err("unexpected value"),
        };
        if field.replace(text).is_some() { Err("a key is defined twice") } else { Ok(()) }
    }
}

impl EventReceiver for Receiver<'_> {
    fn std_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.header = Header::Empty(false);
    }

    fn std_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.enter();
    }

    fn array_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.header = Header::Empty(true);
    }

    fn array_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.enter();
    }

    fn inline_table_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.depth += 1;
        self.key = Key::Other;
        true
    }

    fn inline_table_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn array_open(&mut self, _: Span, _: &mut dyn ErrorSink) -> bool {
        self.depth += 1;
        true
    }

    fn array_close(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn simple_key(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let raw = self.source.get(span).map_or("", |raw| raw.as_str());
        // A key that is missing comes as an empty one, and it is the decoder that refuses it.
        let mut text = Cow::Borrowed("");
        Raw::new_unchecked(raw, kind, span).decode_key(&mut text, error);
        match self.header {
            Header::None => {}
            Header::Empty(appends) => {
                let package = if appends { "package" } else { "root" };
                self.header = if text == package { Header::Package } else { Header::Other };
                return;
            }
            Header::Package | Header::Other => {
                self.header = Header::Other;
                return;
            }
        }
        if self.depth == 0 {
            self.key = match text.as_ref() {
                "name" => Key::Name,
                "version" => Key::Version,
                "source" => Key::Source,
                "replace" => Key::Replace,
                "dependencies" => Key::Dependencies,
                _ => Key::Other,
            };
        }
    }

    fn key_sep(&mut self, _: Span, _: &mut dyn ErrorSink) {
        self.key = Key::Other;
    }

    fn scalar(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let Some(raw) = self.source.get(span) else { return };
        let raw = Raw::new_unchecked(raw.as_str(), kind, span);
        if self.section == Section::Top && self.key == Key::Version && self.depth == 0 {
            self.lockfile.version = Some(raw.as_str());
        }
        if self.section != Section::Package || self.key == Key::Other {
            return;
        }
        let mut text = Cow::Borrowed("");
        let taken = match raw.decode_scalar(&mut text, error) {
            ScalarKind::String => self.take(text),
            _ => Err("not a string"),
        };
        if let Err(problem) = taken {
            error.report_error(ParseError::new(problem).with_unexpected(span));
        }
    }
}
