//! The Python entries of a registry file as they are written: every key, nothing checked but its type.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::registry::raw::RawRole;

/// What stands below `[python]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::registry) struct RawPython {
    /// What `--exporter` stands for, by its value.
    #[serde(default)]
    pub(in crate::registry) exporter: BTreeMap<String, RawExporter>,
    /// Instrumentations by distribution.
    #[serde(default)]
    pub(in crate::registry) instrumentation: BTreeMap<String, RawInstrumentation>,
    /// Libraries by distribution.
    #[serde(default)]
    pub(in crate::registry) library: BTreeMap<String, RawLibrary>,
}

/// What an application needs to export at all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::registry) struct RawExporter {
    /// What it is, in a few words.
    pub(super) what: String,
    /// The lines, with `{release}` and `{core}` for the versions of the release.
    pub(super) requires: Vec<String>,
    /// Where it is documented.
    pub(super) docs: Option<String>,
}

/// What is known about an instrumentation besides the release data, or instead of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::registry) struct RawInstrumentation {
    /// What it is, in a few words.
    pub(super) what: String,
    /// The line that is printed; with it the entry stands for itself, without it for one of the release data.
    pub(super) line: Option<String>,
    /// The releases of `opentelemetry-instrumentation` that it goes with.
    pub(super) releases: Option<String>,
    /// Libraries that must all be there.
    #[serde(default)]
    pub(super) all: Vec<String>,
    /// Libraries of which one must be there.
    #[serde(default)]
    pub(super) any: Vec<String>,
    /// Its names in `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`.
    #[serde(default)]
    pub(super) entry_points: Vec<String>,
    /// The Pythons it runs on.
    pub(super) requires_python: Option<String>,
    /// How much the tool may rely on it.
    #[serde(default)]
    pub(super) role: RawRole,
    /// That no table names it, and in which version it is looked for.
    pub(super) unlisted: Option<RawUnlisted>,
    /// What its code asks for, where that is not what its metadata says.
    #[serde(default)]
    pub(super) code: Vec<RawCode>,
    /// Instrumentations without which it misses a part of the library.
    #[serde(default)]
    pub(super) with: Vec<String>,
    /// Where it is documented.
    pub(super) docs: Option<String>,
    /// The reason for anything odd.
    pub(super) note: Option<String>,
}

/// In which version an instrumentation that no table names goes with a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RawUnlisted {
    /// In the same version as the release.
    Release,
    /// In its newest version, with the releases that this admits.
    Own,
}

/// What the code of an instrumentation asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::registry) struct RawCode {
    /// The releases whose loader asks the code, and not the metadata.
    pub(super) releases: String,
    /// Libraries that must all be there.
    #[serde(default)]
    pub(super) all: Vec<String>,
    /// Libraries of which one must be there.
    #[serde(default)]
    pub(super) any: Vec<String>,
}

/// What is known about a library besides the release data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::registry) struct RawLibrary {
    /// What it is, in a few words.
    pub(super) what: String,
    /// What holds where no instrumentation of the release fits, best first.
    #[serde(default)]
    pub(super) by: Vec<RawWay>,
    /// The reason for anything odd.
    pub(super) note: Option<String>,
}

/// Something else than an instrumentation of the release. Exactly one of `native`, `none`, `instrumentation` is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::registry) struct RawWay {
    /// The library instruments itself: how.
    pub(super) native: Option<String>,
    /// Nothing exists: what to do instead.
    pub(super) none: Option<String>,
    /// Somebody else's instrumentation, by distribution.
    pub(super) instrumentation: Option<String>,
    /// The versions of the library that this holds for.
    pub(super) versions: Option<String>,
    /// Where it is documented.
    pub(super) docs: Option<String>,
    /// The reason for anything odd.
    pub(super) note: Option<String>,
}
