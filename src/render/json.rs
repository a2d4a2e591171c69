//! The form for programs. The types below are the promise: their fields are documented in the README,
//! and a change that could break a reader raises [`SCHEMA`].

use serde::Serialize;

use crate::resolution::Resolution;

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

/// A crate that a member has as an optional dependency which no selected feature switches on.
#[derive(Serialize)]
struct SwitchedOff<'a> {
    /// The crate.
    name: &'a str,
    /// The member.
    member: &'a str,
    /// The features that would switch it on, as `--features` takes them.
    features: &'a [String],
}

impl<'a> SwitchedOff<'a> {
    /// All that an answer names.
    fn all(resolution: &'a Resolution) -> Vec<Self> {
        let shown = resolution.switched_off.iter().map(|entry| Self {
            name: entry.name.as_str(),
            member: &entry.member,
            features: &entry.features,
        });
        shown.collect()
    }
}

pub(super) fn document(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain structs have a JSON form");
    text.push('\n');
    text
}
