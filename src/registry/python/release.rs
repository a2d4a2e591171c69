//! What a release of `opentelemetry-instrumentation` says: which libraries it knows, and which
//! instrumentations go with them.

use pep440_rs::{Version, VersionSpecifiers};

use super::requirement::Need;
use crate::package::PackageName;

/// What there is to know about a release without looking at its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its version (`0.66b1`).
    pub version: Version,
    /// The Pythons it runs on.
    pub requires_python: VersionSpecifiers,
    /// The versions of `opentelemetry-api` that its metadata admits (`~=1.4`).
    pub api: VersionSpecifiers,
    /// The version of `opentelemetry-api`, of the SDK and of the exporters that it was published with (`1.45.1`).
    pub core: Version,
    /// Whether it was yanked.
    pub yanked: bool,
}

/// A release with its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// What identifies it.
    pub head: Head,
    /// The instrumentations: those without a library first, then by library, in the order of the table; last
    /// those that the table leaves out.
    pub instrumentations: Vec<Instrumentation>,
    /// What it and its API need of distributions that are not OpenTelemetry's, whatever is instrumented.
    pub needs: Vec<Need>,
    /// Which of the distributions that an exporter needs were never published with this release.
    pub(super) lacks: Vec<PackageName>,
}

/// An instrumentation of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrumentation {
    /// The distribution.
    pub name: PackageName,
    /// The requirement that the table prints: `NAME==0.66b1`, `NAME>=2.0b0` or `NAME` alone.
    pub line: String,
    /// Where it stands in the table.
    pub place: Place,
    /// The requirements on libraries as the table spells them, one row each.
    pub rows: Vec<String>,
    /// Libraries that must all be there, or the run-time loader refuses it.
    pub all: Vec<Need>,
    /// Libraries of which one must be there; empty if nothing is asked for.
    pub any: Vec<Need>,
    /// Its names in `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`; empty for a support library, which is never loaded
    /// by itself.
    pub entry_points: Vec<String>,
    /// The Pythons it runs on.
    pub requires_python: VersionSpecifiers,
    /// Whether the index has what the line asks for.
    pub installable: bool,
}

/// Where an instrumentation stands in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among those that are listed always.
    Default,
    /// With the libraries that it is for.
    Library,
    /// Nowhere: it is listed if the user names it.
    OnRequest,
}

/// How the run-time loader of a release looks at installed versions.
///
/// Source: `dependencies.py` and `auto_instrumentation` of the releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loader {
    /// Through `pkg_resources`, up to 0.48b0: a pre-release within the range is accepted.
    PkgResources,
    /// Through `packaging`: a pre-release counts as that library decides.
    Packaging,
}

impl Release {
    /// How its loader looks at installed versions.
    #[must_use]
    pub fn loader(&self) -> Loader {
        if *self.head.version.release() < [0, 49][..] { Loader::PkgResources } else { Loader::Packaging }
    }

    /// What `opentelemetry-bootstrap` of this release always prints.
    pub fn default_lines(&self) -> impl Iterator<Item = &str> {
        let is_default = |one: &&Instrumentation| one.place == Place::Default;
        self.instrumentations.iter().filter(is_default).map(|one| one.line.as_str())
    }

    /// The rows of its table in their order: the requirement on a library, and the line that goes with it.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        let listed = self.instrumentations.iter().filter(|one| one.place == Place::Library);
        listed.flat_map(|one| one.rows.iter().map(|row| (row.as_str(), one.line.as_str())))
    }

    /// The instrumentation of that name.
    #[must_use]
    pub fn instrumentation(&self, name: &str) -> Option<&Instrumentation> {
        self.instrumentations.iter().find(|one| one.name.as_str() == name)
    }

    /// Whether the index has everything that its table names.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.instrumentations.iter().all(|one| one.installable || one.place == Place::OnRequest)
    }
}
