//! Short ways through a TOML document.

use crate::document::{Table, Value};

/// The string under a key.
pub(super) fn text<'a>(from: &'a Table<'_>, key: &str) -> Option<&'a str> {
    from.get(key)?.as_str()
}

/// The tables of the array under a key.
pub(super) fn tables<'a, 't>(from: &'a Table<'t>, key: &str) -> impl Iterator<Item = &'a Table<'t>> {
    elements(from.get(key)).iter().filter_map(Value::as_table)
}

/// The strings of the array under a key.
pub(super) fn texts<'a>(from: &'a Table<'_>, key: &str) -> impl Iterator<Item = &'a str> {
    elements(from.get(key)).iter().filter_map(Value::as_str)
}

/// The elements of an array; of anything else none.
pub(super) fn elements<'a, 't>(value: Option<&'a Value<'t>>) -> &'a [Value<'t>] {
    value.and_then(Value::as_array).unwrap_or_default()
}
