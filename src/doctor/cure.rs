//! What a program can do about a finding: text that takes the place of other text, as data.
//!
//! A check makes a [`Cure`] from the places that a parser gave it. [`confirm`] reads the files again and lets only
//! those through whose text stands where the check saw it; nothing here writes.

use std::{collections::BTreeMap, ops::Range, path::Path};

use super::tree::LARGEST;
use crate::{document::line_at, file, resolution::Requirement};

/// What takes a finding away. All of it, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cure {
    /// The changes, of one file or of several.
    pub changes: Vec<Change>,
    /// What is switched on, where the changes are to a manifest of cargo: the lockfile follows it.
    pub requirement: Option<Requirement>,
}

/// Text that takes the place of other text in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, from where the user is, with `/` on every system.
    pub path: String,
    /// Where the old text begins, in bytes.
    pub start: usize,
    /// What stands there; nothing where text is put in.
    pub old: String,
    /// What takes its place.
    pub new: String,
    /// The same in lines; `None` until [`confirm`] has seen it.
    pub region: Option<Region>,
}

/// A part of a text: lines and columns from 1, columns in characters; the end is behind the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The line it begins on.
    pub start_line: usize,
    /// The column it begins at.
    pub start_column: usize,
    /// The line it ends on.
    pub end_line: usize,
    /// The column it ends before.
    pub end_column: usize,
}

impl Cure {
    /// One change.
    #[must_use]
    pub fn of(change: Change) -> Self {
        Self { changes: vec![change], requirement: None }
    }
}

impl Change {
    /// Text in the place of other text.
    pub fn new(
        path: impl Into<String>,
        start: usize,
        old: impl Into<String>,
        new: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), start, old: old.into(), new: new.into(), region: None }
    }

    /// Where the old text stands, in bytes.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.old.len()
    }

    /// Whether both cannot be done: they reach into each other.
    #[must_use]
    pub fn clashes(&self, other: &Self) -> bool {
        let (own, others) = (self.range(), other.range());
        self.path == other.path && self != other && own.start < others.end && others.start < own.end
    }
}

/// Takes the cures away that cannot be done: whose text does not stand there, or stands in a template.
pub fn confirm<'a>(cures: impl Iterator<Item = &'a mut Option<Cure>>, folder: &Path) {
    let mut texts = BTreeMap::<String, Option<String>>::new();
    for cure in cures {
        let Some(whole) = cure else { continue };
        let is_there = whole.changes.iter_mut().all(|change| {
            let text = texts
                .entry(change.path.clone())
                .or_insert_with_key(|path| file::read_text(&folder.join(path), LARGEST).ok());
            let text = text.as_deref().filter(|text| !is_template(&change.path, text));
            change.region = text.and_then(|text| region(text, change));
            change.region.is_some()
        });
        if !is_there {
            *cure = None;
        }
    }
}

/// Whether a file is filled in by another program before anybody reads it.
///
/// Braces in sources and manifests belong to their grammar; elsewhere they are of Helm, Jinja and the like.
fn is_template(path: &str, text: &str) -> bool {
    let has_grammar = [".py", ".toml"].iter().any(|end| path.ends_with(end));
    let marks = ["{{", "{%", "<%"];
    marks.iter().any(|mark| path.contains(mark)) || (!has_grammar && marks.iter().any(|m| text.contains(m)))
}

/// Where a change is in a text, if its old text stands there.
fn region(text: &str, change: &Change) -> Option<Region> {
    let range = change.range();
    if text.get(range.clone())? != change.old {
        return None;
    }
    let (start_line, start_column) = position(text, range.start);
    let (end_line, end_column) = position(text, range.end);
    Some(Region { start_line, start_column, end_line, end_column })
}

/// Line and column, from 1, of a place in a text. A byte order mark is no column.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}');
    (line_at(text, at), line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_what_stands_there_is_let_through() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        write("a.env", "\u{feff}A=1\r\nÄ=x\n");
        write("chart.yaml", "a: {{ x }}\nb: y\n");
        write("a.py", "x = f'{{y}}'\n");
        for (path, start, old, expected) in [
            ("a.env", 3, "A", Some((1, 1, 1, 2))),
            ("a.env", 11, "x", Some((2, 3, 2, 4))),
            ("a.env", 8, "", Some((2, 1, 2, 1))),
            ("a.env", 9, "", None),
            ("a.env", 3, "B", None),
            ("a.env", 99, "B", None),
            ("chart.yaml", 14, "y", None),
            ("a.py", 0, "x", Some((1, 1, 1, 2))),
            ("b.py", 0, "x", None),
        ] {
            let mut cure = Some(Cure::of(Change::new(path, start, old, "new")));
            confirm([&mut cure].into_iter(), folder.path());
            let region = cure.and_then(|cure| cure.changes[0].region);
            let told = region.map(|r| (r.start_line, r.start_column, r.end_line, r.end_column));
            assert_eq!(told, expected, "{path} {start} {old}");
        }
    }

    #[test]
    fn changes_clash_where_they_reach_into_each_other() {
        let change = |start, old: &str| Change::new("a", start, old, "x");
        for (one, other, clash) in [
            (change(0, "abc"), change(2, "c"), true),
            (change(0, "abc"), change(3, "d"), false),
            (change(0, "abc"), change(0, "abc"), false),
            (change(3, ""), change(0, "abc"), false),
            (change(1, ""), change(0, "abc"), true),
            (change(0, ""), change(0, ""), false),
        ] {
            assert_eq!(one.clashes(&other), clash, "{one:?} {other:?}");
            assert_eq!(other.clashes(&one), clash, "{one:?} {other:?}");
        }
    }
}
