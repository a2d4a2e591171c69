//! The form for programs. The types below are the promise: their fields are documented in the README,
//! and a change that could break a reader raises [`SCHEMA`].

use serde::Serialize;

mod answer;
mod checked;

pub use answer::json;
pub use checked::check_json;

/// The version of the form.
pub(super) const SCHEMA: u32 = 1;

/// A member of the project.
#[derive(Serialize)]
struct Member<'a> {
    /// Its package name.
    name: &'a str,
    /// Its manifest.
    manifest: &'a str,
}

pub(super) fn document(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain structs have a JSON form");
    text.push('\n');
    text
}
