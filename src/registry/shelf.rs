//! Entries by name, of which only those that are asked for get parsed.

use std::{borrow::Cow, collections::BTreeMap, sync::OnceLock};

use super::slice::{Kind, Slice};

/// All entries of one kind. Those of the embedded file are put in when somebody first asks.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    /// What kind.
    kind: Kind,
    /// The entries of the embedded file, of all kinds.
    embedded: fn() -> &'static [Slice<'static>],
    /// The entries by name.
    entries: OnceLock<Entries<T>>,
}

type Entries<T> = BTreeMap<Cow<'static, str>, Entry<T>>;

/// An entry.
#[derive(Debug)]
enum Entry<T> {
    /// One of the embedded file: its text, and what it says once somebody has asked.
    Embedded(&'static str, OnceLock<T>),
    /// One of an overlay, boxed because these are few.
    Overlay(Box<T>),
}

impl<T> Shelf<T> {
    /// A shelf with the entries of the embedded file that are of a kind.
    pub(super) fn new(kind: Kind, embedded: fn() -> &'static [Slice<'static>]) -> Self {
        Self { kind, embedded, entries: OnceLock::new() }
    }

    /// What kind of entries it holds.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Puts in an entry of an overlay, in place of what has that name so far.
    pub(super) fn overlay(&mut self, name: String, value: T) {
        self.entries_mut().insert(Cow::Owned(name), Entry::Overlay(Box::new(value)));
    }

    /// Takes an entry out; says whether there was one.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        self.entries_mut().remove(name).is_some()
    }

    /// Whether there is an entry of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries().contains_key(name)
    }

    /// The names, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries().keys().map(AsRef::as_ref)
    }

    /// The entry of that name; `parse` reads the text of an embedded one.
    pub(super) fn get(&self, name: &str, parse: fn(&str, &str) -> T) -> Option<&T> {
        Some(match self.entries().get(name)? {
            Entry::Embedded(text, value) => value.get_or_init(|| parse(name, text)),
            Entry::Overlay(value) => value,
        })
    }

    fn entries(&self) -> &Entries<T> {
        self.entries.get_or_init(|| {
            let of_kind = (self.embedded)().iter().filter(|slice| slice.kind == self.kind);
            let entry = |slice: &Slice<'static>| Entry::Embedded(slice.text, OnceLock::new());
            of_kind.map(|slice| (Cow::Borrowed(slice.name), entry(slice))).collect()
        })
    }

    fn entries_mut(&mut self) -> &mut Entries<T> {
        self.entries();
        self.entries.get_mut().expect("they were put in")
    }
}
