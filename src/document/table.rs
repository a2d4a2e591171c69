//! A table of a document: few keys most of the time, so a list beats a tree in time and memory.

use std::borrow::Cow;

use super::Value;

/// How many keys a table may have. Keys are looked for one after the other, so this bounds the time that
/// a hostile document can cost.
const MOST_KEYS: usize = 10_000;

/// Keys and values, in the order of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table<'t>(Vec<(Cow<'t, str>, Value<'t>)>);

impl<'t> Table<'t> {
    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value<'t>> {
        self.0.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// The table at a path.
    #[must_use]
    pub fn table(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |table, key| table.get(key)?.as_table())
    }

    /// All keys and values, in the order of the document.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'t>)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a key with its value; whether the key was free.
    pub(super) fn insert(&mut self, key: Cow<'t, str>, value: Value<'t>) -> bool {
        let fits = self.0.len() < MOST_KEYS && self.get(&key).is_none();
        if fits {
            self.0.push((key, value));
        }
        fits
    }

    /// The value under a key, put there first if the key is free; `None` if there is no room.
    pub(super) fn get_or_insert(
        &mut self,
        key: Cow<'t, str>,
        value: impl FnOnce() -> Value<'t>,
    ) -> Option<&mut Value<'t>> {
        let found = self.0.iter().position(|(own, _)| *own == key);
        if found.is_none() {
            if self.0.len() == MOST_KEYS {
                return None;
            }
            self.0.push((key, value()));
        }
        let index = found.unwrap_or(self.0.len() - 1);
        self.0.get_mut(index).map(|(_, value)| value)
    }

    /// Takes all keys and values out.
    pub(super) fn into_entries(self) -> impl Iterator<Item = (Cow<'t, str>, Value<'t>)> {
        self.0.into_iter()
    }
}
