//! The order of the entries, and the form that lets a start of the program find them without parsing.

use std::collections::BTreeSet;

use super::Notes;
use crate::registry::{
    raw::RawRegistry,
    slice::{Kind, slices},
};

/// Checks how the entries stand in the file.
pub(super) fn check(text: &str, raw: &RawRegistry, notes: &mut Notes) {
    let found = slices(text).into_iter().map(|slice| (slice.kind, slice.name)).collect::<Vec<_>>();
    let written = [
        raw.crates.keys().map(|name| (Kind::Crate, name.as_str())).collect::<Vec<_>>(),
        raw.exporter.keys().map(|name| (Kind::Exporter, name.as_str())).collect(),
        raw.library.keys().map(|name| (Kind::Library, name.as_str())).collect(),
        raw.python.exporter.keys().map(|name| (Kind::PythonExporter, name.as_str())).collect(),
        raw.python.instrumentation.keys().map(|name| (Kind::PythonInstrumentation, name.as_str())).collect(),
        raw.python.library.keys().map(|name| (Kind::PythonLibrary, name.as_str())).collect(),
    ];
    let headed = found.iter().copied().collect::<BTreeSet<_>>();
    for (kind, name) in written.iter().flatten() {
        if !headed.contains(&(*kind, *name)) {
            notes.enter(kind.table(), name);
            notes.note("", format!("begins with no line that is `[{kind}.{name}]`"));
        }
    }
    for pair in found.windows(2) {
        let [(kind, name), (next_kind, next_name)] = [pair[0], pair[1]];
        if (next_kind.table(), next_name) < (kind.table(), name) {
            notes.enter(next_kind.table(), next_name);
            notes.note("", format!("stands below `[{kind}.{name}]`; entries are sorted"));
        }
    }
}
