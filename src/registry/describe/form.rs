//! The form in which what is known is handed out: the promise to programs that read it as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::python::PythonExplanation;
use crate::registry::rule::Signal;

/// A library in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Whose library it is: `cargo` or `python`.
    pub ecosystem: &'static str,
    /// The library.
    pub library: String,
    /// What it is.
    pub what: String,
    /// The ways to instrument it, best first.
    pub ways: Vec<ListedWay>,
}

/// A way to instrument a library, in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedWay {
    /// By what.
    pub by: By,
    /// Whether it is only used when the user names it.
    pub on_request: bool,
}

/// By what a library is instrumented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum By {
    /// By this crate.
    Crate(String),
    /// By this distribution.
    Distribution(String),
    /// By this feature of its own.
    Feature(String),
    /// By itself, in this way.
    Native(String),
    /// By nothing; what to do instead.
    Nothing(String),
}

/// Everything about a name: what it is as a library, and what it is as a crate that is added to projects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The name.
    pub name: String,
    /// As a library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<LibraryExplanation>,
    /// As a crate.
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub krate: Option<CrateExplanation>,
    /// Among Python's distributions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python: Option<PythonExplanation>,
}

/// Everything about a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LibraryExplanation {
    /// What it is.
    pub what: String,
    /// Whether being in the lockfile anywhere counts as using it.
    pub counts_anywhere: bool,
    /// Other libraries whose presence makes it superfluous to look at this one.
    pub covered_by: Vec<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
    /// The ways to instrument it, best first.
    pub ways: Vec<Way>,
}

/// Everything about a way to instrument a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The library.
    pub library: String,
    /// By what.
    pub by: By,
    /// What that is.
    pub what: Option<String>,
    /// Whether it is only used when the user names it.
    pub on_request: bool,
    /// The versions of the library that this way holds for; all if `None`.
    pub versions: Option<String>,
    /// What it emits.
    pub signals: Vec<Signal>,
    /// Whether its data goes through `tracing`; `None` if nothing is known about it.
    pub through_tracing: Option<bool>,
    /// Features that are switched on, with the releases concerned.
    pub features: Vec<String>,
    /// Features that follow those of the library: its feature, and what that switches on.
    pub mirror: BTreeMap<String, String>,
    /// Features of which the one that stands for the release set is switched on.
    pub select: Option<String>,
    /// Whether it goes to the members with a binary, not to those that use the library.
    pub in_binaries: bool,
    /// Crates that must be there too.
    pub needs: Vec<String>,
    /// What must not be used together with it.
    pub conflicts: Vec<String>,
    /// What stays silent without a switch.
    pub switches: Vec<Ranged>,
    /// Filter directives without which nothing is seen.
    pub directives: Vec<String>,
    /// How it is wired.
    pub wiring: Vec<Ranged>,
    /// Where it is documented.
    pub docs: Option<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
    /// Which release fits which release set and which versions of the library, newest first.
    pub support: Vec<SupportRow>,
}

/// Everything about a crate that is added to projects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrateExplanation {
    /// What it is.
    pub what: Option<String>,
    /// Features that are switched on, with the releases concerned.
    pub features: Vec<String>,
    /// Crates that must be there too.
    pub needs: Vec<String>,
    /// Which instrumentations, crates and exporters need it.
    pub needed_by: Vec<String>,
    /// Releases that say less than the truth about themselves.
    pub defects: Vec<Ranged>,
    /// How it is wired.
    pub wiring: Vec<Ranged>,
    /// Where it is documented.
    pub docs: Option<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
    /// What it instruments.
    pub ways: Vec<Way>,
    /// Which release belongs to which release set, newest first; for what instruments something the ways
    /// tell it.
    pub support: Vec<SupportRow>,
}

/// A text that holds for some releases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ranged {
    /// The releases; all if `None`.
    pub releases: Option<String>,
    /// The text.
    pub text: String,
}

/// Releases that are alike in what they fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SupportRow {
    /// The release set; `None` for every one.
    pub set: Option<String>,
    /// The newest of the releases: of the crate, or of the library where the way is a feature.
    pub newest: String,
    /// The oldest of them.
    pub oldest: String,
    /// The requirements on the library, any of which will do; empty if there is none.
    pub library: Vec<String>,
    /// The feature that stands for the set.
    pub feature: Option<String>,
    /// The Rust version that the newest of them needs.
    pub rust_version: Option<String>,
}
