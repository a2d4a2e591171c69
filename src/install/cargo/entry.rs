//! One dependency entry of a manifest, in whatever form it is written.
//!
//! The law is the one of `cargo add`: an entry keeps its form, its keys and their order. It is kept
//! more strictly: `cargo add` writes a list of features anew, a table of dotted keys as a table of its
//! own, and a table with one key as a text, where this keeps what stands there, comments included.

use toml_edit::{Array, InlineTable, Item, Value};

/// An entry for a crate that has none yet.
pub(super) fn registry(version: &str, features: &[String]) -> Item {
    if features.is_empty() {
        return toml_edit::value(version);
    }
    let mut table = InlineTable::new();
    table.insert("version", version.into());
    table.insert("features", features.iter().collect::<Value>());
    toml_edit::value(table)
}

/// An entry that takes what the workspace says; `dotted` is its short form where it adds no feature.
pub(super) fn inherited(features: &[String], dotted: bool) -> Item {
    let mut table = InlineTable::new();
    table.insert("workspace", true.into());
    if features.is_empty() {
        table.set_dotted(dotted);
    } else {
        table.insert("features", features.iter().collect::<Value>());
    }
    toml_edit::value(table)
}

/// The package that the entry stands for.
pub(super) fn package<'a>(key: &'a str, item: &'a Item) -> &'a str {
    text(item, "package").unwrap_or(key)
}

/// The version requirement, if the entry states one.
pub(super) fn version(item: &Item) -> Option<&str> {
    item.as_str().or_else(|| text(item, "version"))
}

/// Whether the entry takes what the workspace says.
pub(super) fn is_inherited(item: &Item) -> bool {
    flag(item, "workspace")
}

/// Whether the entry is off until a feature switches it on.
pub(super) fn is_optional(item: &Item) -> bool {
    flag(item, "optional")
}

/// Whether the entry names a folder.
pub(super) fn is_path(item: &Item) -> bool {
    text(item, "path").is_some()
}

/// Whether the entry takes what the workspace says, in the form `name.workspace = true`.
pub(super) fn is_dotted(item: &Item) -> bool {
    match item {
        Item::Table(table) => table.is_dotted(),
        Item::Value(Value::InlineTable(table)) => table.is_dotted(),
        _ => false,
    }
}

/// The features that the entry asks for.
pub(super) fn features(item: &Item) -> Vec<&str> {
    let list = item.as_table_like().and_then(|t| t.get("features")).and_then(Item::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Puts another version requirement in place of the one that stands there.
pub(super) fn set_version(item: &mut Item, version: &str) {
    let place = match item {
        Item::Value(value @ Value::String(_)) => Some(value),
        other => other.as_table_like_mut().and_then(|t| t.get_mut("version")).and_then(Item::as_value_mut),
    };
    if let Some(place) = place {
        let mut value = Value::from(version);
        *value.decor_mut() = place.decor().clone();
        *place = value;
    }
}

/// Adds those of the features that the entry does not ask for yet.
pub(super) fn add_features(item: &mut Item, wanted: &[String]) {
    let present = features(item);
    let missing: Vec<&String> = wanted.iter().filter(|f| !present.contains(&f.as_str())).collect();
    if missing.is_empty() {
        return;
    }
    if let Some(short) = expanded(item) {
        *item = short;
    }
    let Some(table) = item.as_table_like_mut() else { return };
    if let Some(list) = table.get_mut("features").and_then(Item::as_array_mut) {
        for feature in missing {
            insert(list, feature);
        }
        return;
    }
    let list = missing.into_iter().collect::<Value>();
    match item {
        Item::Value(Value::InlineTable(table)) => append(table, "features", list),
        other => {
            if let Some(table) = other.as_table_like_mut() {
                table.insert("features", toml_edit::value(list));
            }
        }
    }
}

/// An inline table that says the same as a short form (`"1"`, `x.workspace = true`), with room for
/// more keys; `None` if the entry is no short form.
fn expanded(item: &Item) -> Option<Item> {
    let mut table = InlineTable::new();
    let decor = match item {
        Item::Value(Value::String(version)) => {
            table.insert("version", version.value().as_str().into());
            Some(version.decor().clone())
        }
        Item::Table(short) if short.is_dotted() && short.len() == 1 && is_inherited(item) => {
            table.insert("workspace", true.into());
            short.get("workspace").and_then(Item::as_value).map(|v| v.decor().clone())
        }
        _ => return None,
    };
    if let Some(decor) = decor {
        *table.decor_mut() = decor;
    }
    Some(Item::Value(Value::InlineTable(table)))
}

/// Appends a key to an inline table; the space before the closing brace stays there.
fn append(table: &mut InlineTable, key: &str, mut value: Value) {
    let last = table.iter().last().map(|(key, _)| key.to_owned());
    if let Some(last) = last.and_then(|key| table.get_mut(&key))
        && let Some(space) = last.decor().suffix().cloned()
    {
        last.decor_mut().set_suffix("");
        value.decor_mut().set_suffix(space);
        value.decor_mut().set_prefix(" ");
    }
    table.insert(key, value);
}

/// Puts a feature into a list: in its place if the list is sorted, else at the end; on a line of its
/// own if the others are.
fn insert(list: &mut Array, feature: &str) {
    let present: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    let index =
        if present.is_sorted() { present.partition_point(|other| *other < feature) } else { present.len() };
    let indent = list.iter().filter_map(|v| v.decor().prefix()?.as_str()).find_map(line_start);
    let Some(indent) = indent else {
        let prefix = |at: usize| Some(list.get(at)?.decor().prefix()?.as_str()?.to_owned());
        let (first, second) = (prefix(0), prefix(1).unwrap_or_else(|| " ".to_owned()));
        list.insert(index, feature);
        // What comes to stand first takes the place of what stood there.
        if index == 0 && list.len() > 1 {
            for (at, prefix) in [(0, first.unwrap_or_default()), (1, second)] {
                list.get_mut(at).into_iter().for_each(|value| value.decor_mut().set_prefix(&prefix));
            }
        }
        return;
    };
    // A remark behind a feature lies in front of what follows its comma.
    let (remark, rest) = match list.get(index) {
        Some(next) => split_remark(next.decor().prefix().and_then(|p| p.as_str()).unwrap_or_default()),
        None => split_remark(list.trailing().as_str().unwrap_or_default()),
    };
    match list.get_mut(index) {
        Some(next) => next.decor_mut().set_prefix(rest),
        None => list.set_trailing(rest),
    }
    let prefix = format!("{remark}{indent}");
    let mut value = Value::from(feature);
    value.decor_mut().set_prefix(prefix);
    list.insert_formatted(index, value);
}

/// The line break and indentation that the prefix of a value ends with.
fn line_start(prefix: &str) -> Option<String> {
    prefix.rfind('\n').map(|at| prefix[at..].to_owned())
}

/// What stands on the line of the comma, and what follows from the next line on.
fn split_remark(between: &str) -> (String, String) {
    let (remark, rest) = between.split_at(between.find('\n').unwrap_or(0));
    (remark.to_owned(), rest.to_owned())
}

/// The text under a key of an entry.
fn text<'a>(item: &'a Item, key: &str) -> Option<&'a str> {
    item.as_table_like()?.get(key)?.as_str()
}

/// Whether the key of an entry says `true`.
fn flag(item: &Item, key: &str) -> bool {
    item.as_table_like().and_then(|t| t.get(key)?.as_bool()).unwrap_or(false)
}
