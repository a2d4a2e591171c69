//! What people read: fragments without stray white space and full stops, and a place to read on.

use super::Notes;
use crate::registry::rule::{Advice, Crate, Exporter, Library, Means};

/// Checks the prose of a library.
pub(super) fn library(library: &Library, notes: &mut Notes) {
    fragment("what", &library.what, notes);
    optional("note", library.note.as_ref(), notes);
    for (index, provision) in library.by.iter().enumerate() {
        let key = |rest: &str| format!("by[{index}].{rest}");
        match &provision.means {
            Means::Native(how) => fragment(&key("native"), how, notes),
            Means::Nothing(advice) => fragment(&key("none"), advice, notes),
            Means::Crate(_) | Means::Feature(_) => {}
        }
        optional(&key("note"), provision.note.as_ref(), notes);
        for (at, switch) in provision.switch.iter().enumerate() {
            fragment(&key(&format!("switch[{at}].text")), &switch.text, notes);
        }
        for (at, directive) in provision.directives.iter().enumerate() {
            if directive.contains(char::is_whitespace) {
                notes.note(key(&format!("directives[{at}]")), format!("`{directive}` holds white space"));
            }
        }
        code(&key("wiring"), &provision.wiring, notes);
        if provision.docs.is_none() && !matches!(provision.means, Means::Nothing(_)) {
            notes.note(key("docs"), "is missing");
        }
    }
}

/// Checks the prose of a crate.
pub(super) fn krate(krate: &Crate, notes: &mut Notes) {
    fragment("what", &krate.what, notes);
    optional("note", krate.note.as_ref(), notes);
    code("wiring", &krate.wiring, notes);
    for (index, defect) in krate.defects.iter().enumerate() {
        fragment(&format!("defect[{index}].reason"), &defect.reason, notes);
    }
    if krate.docs.is_none() {
        notes.note("docs", "is missing");
    }
}

/// Checks the prose of an exporter.
pub(super) fn exporter(exporter: &Exporter, notes: &mut Notes) {
    fragment("what", &exporter.what, notes);
    code("wiring", &exporter.wiring, notes);
    if exporter.docs.is_none() {
        notes.note("docs", "is missing");
    }
}

/// Checks a fragment that may be missing.
pub(super) fn optional(key: &str, text: Option<&String>, notes: &mut Notes) {
    if let Some(text) = text {
        fragment(key, text, notes);
    }
}

/// Checks a fragment: one line that becomes part of a sentence.
pub(super) fn fragment(key: &str, text: &str, notes: &mut Notes) {
    if text.contains(['\n', '\t']) {
        notes.note(key, "is more than one line");
    }
    if text.trim() != text || text.contains("  ") {
        notes.note(key, "has white space at an end, or two spaces in a row");
    }
    if text.ends_with('.') {
        notes.note(key, "ends with a full stop; it becomes part of a sentence");
    }
}

/// Checks code: one line break at the end at most, and no white space before one.
fn code(key: &str, advice: &[Advice], notes: &mut Notes) {
    for (index, advice) in advice.iter().enumerate() {
        let text = advice.text.strip_suffix('\n').unwrap_or(&advice.text);
        if text.trim_matches('\n') != text || text.split('\n').any(|line| line.trim_end() != line) {
            notes.note(
                format!("{key}[{index}].text"),
                "has empty lines at an end, or white space before a line break",
            );
        }
    }
}
