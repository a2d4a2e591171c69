//! The registry file as it is written: every key, nothing checked but its type.
//!
//! `registry/README.md` explains each key to the people who write them. Unknown keys are errors,
//! because a misspelt key would otherwise silently change what is installed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::python::raw::RawPython;

/// The version of the file format that this program reads.
pub(super) const SCHEMA: u32 = 1;

/// A whole registry file, built-in or overlay, or a part of one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRegistry {
    /// Version of the file format; every file has one, the text of a single entry has not.
    pub(super) schema: Option<u32>,
    /// Libraries by crate name.
    #[serde(default)]
    pub(super) library: BTreeMap<String, RawLibrary>,
    /// Crates that are added to projects, by name.
    #[serde(default, rename = "crate")]
    pub(super) crates: BTreeMap<String, RawCrate>,
    /// What `--exporter` stands for, by its value.
    #[serde(default)]
    pub(super) exporter: BTreeMap<String, RawExporter>,
    /// What is known about Python.
    #[serde(default)]
    pub(super) python: RawPython,
    /// Entries that an overlay takes out (`library.axum`, `crate.axum-otel`).
    #[serde(default)]
    pub(super) remove: Vec<String>,
}

/// What is known about one library.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawLibrary {
    /// What it is, in a few words (`web framework`).
    pub(super) what: String,
    /// When the project counts as using it.
    #[serde(default)]
    pub(super) counts: RawCounts,
    /// Other libraries whose presence makes this rule superfluous.
    #[serde(default)]
    pub(super) covered_by: Vec<String>,
    /// The reason for anything odd in this rule.
    pub(super) note: Option<String>,
    /// The ways to instrument it, best first.
    #[serde(default)]
    pub(super) by: Vec<RawProvision>,
}

/// When a project counts as using a library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RawCounts {
    /// A selected member depends on it directly.
    #[default]
    Direct,
    /// Being in the lockfile anywhere is enough.
    Locked,
}

/// One way to instrument a library. Exactly one of `crate`, `feature`, `native`, `none` is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawProvision {
    /// By this crate.
    #[serde(rename = "crate")]
    pub(super) krate: Option<String>,
    /// By this feature of the library itself.
    pub(super) feature: Option<String>,
    /// The library instruments itself: how.
    pub(super) native: Option<String>,
    /// Nothing exists: what to do instead.
    pub(super) none: Option<String>,
    /// The versions of the library that this way holds for (cargo's syntax, `||` not allowed).
    pub(super) versions: Option<String>,
    /// How much the tool may rely on it.
    #[serde(default)]
    pub(super) role: RawRole,
    /// How the data reaches OpenTelemetry.
    pub(super) through: Option<RawThrough>,
    /// What it emits.
    #[serde(default)]
    pub(super) signals: Vec<RawSignal>,
    /// Features to switch on where the release has them.
    #[serde(default)]
    pub(super) features: Vec<RawFeature>,
    /// Features to switch on when the project has the feature on the left on in the library.
    #[serde(default)]
    pub(super) mirror: BTreeMap<String, String>,
    /// A pattern (one `*`, for a number) of features of which exactly one is chosen: the one whose
    /// dependency belongs to the release set.
    pub(super) select: Option<String>,
    /// Which members get it.
    #[serde(default)]
    pub(super) placement: RawPlacement,
    /// Crates that must be there too (each has a `[crate.NAME]` entry).
    #[serde(default)]
    pub(super) needs: Vec<String>,
    /// Instrumentations that must not be used together with this one.
    #[serde(default)]
    pub(super) conflicts: Vec<String>,
    /// What stays silent without a run-time switch, and how to switch it on.
    #[serde(default)]
    pub(super) switch: Vec<RawAdvice>,
    /// Filter directives (`otel::tracing=trace`) without which nothing is seen.
    #[serde(default)]
    pub(super) directives: Vec<String>,
    /// How it is wired, per range of releases.
    #[serde(default)]
    pub(super) wiring: Vec<RawAdvice>,
    /// Where it is documented.
    pub(super) docs: Option<String>,
    /// The reason for anything odd.
    pub(super) note: Option<String>,
}

/// How much the tool may rely on a way of instrumenting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RawRole {
    /// Chosen by itself; entries are tried in their order.
    #[default]
    Automatic,
    /// Only when the user names it.
    OnRequest,
}

/// How data reaches OpenTelemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RawThrough {
    /// Spans and events of `tracing`, bridged by `tracing-opentelemetry`.
    Tracing,
    /// Calls of the OpenTelemetry API.
    Api,
}

/// What an instrumentation emits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RawSignal {
    /// Spans.
    Traces,
    /// Metrics.
    Metrics,
    /// Log records.
    Logs,
    /// Trace context into outgoing or out of incoming messages.
    Propagation,
}

/// Which members get a crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RawPlacement {
    /// Those that use the library directly.
    #[default]
    Users,
    /// Those with a binary.
    Binaries,
}

/// Lines for people, valid for a range of releases of the crate (or of the library, for features).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAdvice {
    /// The releases it holds for; all if not given.
    pub(super) releases: Option<String>,
    /// Code, or a sentence.
    pub(super) text: String,
}

/// What is known about a crate that is added to projects.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawCrate {
    /// What it is, in a few words.
    pub(super) what: String,
    /// Which members get it when another crate needs it.
    pub(super) placement: Option<RawPlacement>,
    /// Features to switch on where the release has them.
    #[serde(default)]
    pub(super) features: Vec<RawFeature>,
    /// Features to switch on when the project has the feature on the left on in the library.
    #[serde(default)]
    pub(super) mirror: BTreeMap<String, String>,
    /// Crates that must be there too.
    #[serde(default)]
    pub(super) needs: Vec<String>,
    /// How it is wired, per range of releases.
    #[serde(default)]
    pub(super) wiring: Vec<RawAdvice>,
    /// Where it is documented.
    pub(super) docs: Option<String>,
    /// Releases that say less than the truth about themselves.
    #[serde(default)]
    pub(super) defect: Vec<RawDefect>,
    /// The reason for anything odd.
    pub(super) note: Option<String>,
}

/// A feature to switch on where the release has it; `a|b` takes the first that exists.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a feature, or a table of `feature` and `releases`")]
pub(super) enum RawFeature {
    /// In all releases.
    Always(String),
    /// In some.
    Within(RawFeatureWithin),
}

/// A feature that only some releases need switched on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawFeatureWithin {
    /// The feature; `a|b` takes the first that exists.
    pub(super) feature: String,
    /// The releases of the crate.
    pub(super) releases: String,
}

/// A correction to what the index says about some releases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawDefect {
    /// The releases concerned.
    pub(super) releases: String,
    /// The Rust version they really need.
    pub(super) rust_version: Option<String>,
    /// Whether they are left out altogether.
    #[serde(default)]
    pub(super) avoid: bool,
    /// What is wrong, with its source.
    pub(super) reason: String,
}

/// What an application needs to export at all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawExporter {
    /// What it is, in a few words.
    pub(super) what: String,
    /// The crates, with the features that this exporter needs of them.
    #[serde(rename = "crate")]
    pub(super) crates: Vec<RawExporterCrate>,
    /// Initialisation code per range of release sets (`>=0.28`).
    #[serde(default)]
    pub(super) wiring: Vec<RawAdvice>,
    /// Where it is documented.
    pub(super) docs: Option<String>,
}

/// A crate of an exporter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawExporterCrate {
    /// Its name; it has a `[crate.NAME]` entry.
    pub(super) name: String,
    /// Features to switch on where the release has them.
    #[serde(default)]
    pub(super) features: Vec<RawFeature>,
}
