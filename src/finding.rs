//! What became of each library: a requirement or a reasoned skip, never silence.

use serde::Serialize;

use crate::package::PackageName;

/// One library of the project that the registry knows, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The library.
    pub library: PackageName,
    /// Its version in the project.
    pub version: String,
    /// The members concerned, by name; empty where the ecosystem has none.
    pub members: Vec<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// Other instrumentations that could be asked for by name.
    pub alternatives: Vec<String>,
    /// What stays silent without this, where nothing is added that would say so itself.
    pub switches: Vec<String>,
    /// Filter directives without which nothing is seen, likewise.
    pub directives: Vec<String>,
}

/// What became of a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Verdict {
    /// Something is to be added for it.
    Applies {
        /// The crate or distribution, or `LIBRARY/FEATURE`.
        instrumentation: String,
        /// The release to add; `None` where a feature is switched on.
        version: Option<String>,
        /// The first choice of the registry, if this is not it.
        instead_of: Option<String>,
    },
    /// What belongs there is there already.
    AlreadyInstalled {
        /// The crate or distribution, or `LIBRARY/FEATURE`.
        instrumentation: String,
        /// The release that is there.
        version: String,
    },
    /// It is there, but of another release set than the project's.
    OtherSet {
        /// The crate or distribution.
        instrumentation: String,
        /// The release that is there.
        version: String,
        /// The release that would fit.
        fitting: Option<String>,
    },
    /// No instrumentation supports this version of the library.
    OutOfRange {
        /// The versions that are supported, for people.
        supported: String,
    },
    /// Another library that must be there too is missing.
    Needs {
        /// What is missing.
        missing: Vec<String>,
    },
    /// The user asked to leave it out.
    Excluded {
        /// By which option or variable.
        by: String,
    },
    /// There is a release that supports the library, but none in the chosen release set.
    NoRelease {
        /// The instrumentation.
        instrumentation: String,
        /// The release sets that have one.
        sets: Vec<String>,
        /// Whether a newer Rust than the project's is what stands in the way, and which.
        needs_rust: Option<String>,
    },
    /// The library instruments itself.
    Native {
        /// How.
        how: String,
    },
    /// No selected member depends on it directly, or only for its tests or its build.
    Indirect {
        /// Packages that bring it, at most three.
        through: Vec<String>,
    },
    /// It is only there because OpenTelemetry's own packages need it.
    OnlyThroughOpenTelemetry,
    /// Another library of the project makes this one superfluous.
    Covered {
        /// Which.
        by: String,
    },
    /// Nothing exists.
    Nothing {
        /// What to do instead.
        advice: String,
    },
}
