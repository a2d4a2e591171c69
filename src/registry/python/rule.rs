//! What people have written down about Python: checked, with versions as versions.

use pep440_rs::{Version, VersionSpecifiers};

pub use super::raw::RawUnlisted as Unlisted;
use super::{
    exporter::Support,
    release::{Head, Instrumentation, Place},
    requirement::Need,
};
use crate::package::PackageName;
pub use crate::registry::raw::RawRole as Role;

/// What is known about a library besides the release data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryRule {
    /// The distribution.
    pub name: PackageName,
    /// What it is, in a few words.
    pub what: String,
    /// What holds where no instrumentation of the release fits, best first.
    pub by: Vec<Way>,
    /// The reason for anything odd.
    pub note: Option<String>,
}

/// Something else than an instrumentation of the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What it is.
    pub means: Means,
    /// The versions of the library that it holds for; all if not given.
    pub versions: Option<VersionSpecifiers>,
    /// Where it is documented.
    pub docs: Option<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
}

/// How a library is instrumented, if not by an instrumentation of the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// It instruments itself: how.
    Native(String),
    /// Nothing exists: what to do instead.
    Nothing(String),
    /// By somebody else's instrumentation.
    Other(PackageName),
}

/// What is known about an instrumentation besides the release data, or instead of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentationRule {
    /// The distribution.
    pub name: PackageName,
    /// What it is, in a few words.
    pub what: String,
    /// What stands for itself, where the release data does not know it.
    pub(super) own: Option<Own>,
    /// That no table names it, and in which version it is looked for when release data is made.
    pub unlisted: Option<Unlisted>,
    /// What its code asks for, where that is not what its metadata says: the first that is about a release counts.
    pub code: Vec<Code>,
    /// Instrumentations without which it misses a part of the library.
    pub with: Vec<PackageName>,
    /// Where it is documented.
    pub docs: Option<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
}

/// What the code of an instrumentation asks for, in the releases whose loader asks the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The releases.
    pub releases: VersionSpecifiers,
    /// Libraries that must all be there.
    pub all: Vec<Need>,
    /// Libraries of which one must be there.
    pub any: Vec<Need>,
}

/// An instrumentation that the release data does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Own {
    /// The line that is printed.
    pub(super) line: Line,
    /// The releases that it goes with; all if not given.
    pub(super) releases: Option<VersionSpecifiers>,
    /// Libraries that must all be there.
    pub(super) all: Vec<Need>,
    /// Libraries of which one must be there.
    pub(super) any: Vec<Need>,
    /// Its entry points.
    pub(super) entry_points: Vec<String>,
    /// The Pythons it runs on.
    pub(super) requires_python: VersionSpecifiers,
    /// How much the tool may rely on it.
    pub(super) role: Role,
}

/// What a value of `--exporter` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExporterRule {
    /// The value.
    pub name: String,
    /// What it is, in a few words.
    pub what: String,
    /// The lines.
    pub(in crate::registry) requires: Vec<Line>,
    /// Where it is documented.
    pub docs: Option<String>,
}

/// A requirement that is printed, with or without a version of the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::registry) struct Line {
    /// The distribution.
    pub(in crate::registry) name: PackageName,
    /// Its versions.
    pub(in crate::registry) pin: Pin,
}

/// Versions in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::registry) enum Pin {
    /// `=={release}`: that of the release.
    Release,
    /// `=={core}`: that of the API and the SDK.
    Core,
    /// These.
    Specifiers(VersionSpecifiers),
}

impl Line {
    /// The line for a release.
    pub(super) fn of(&self, head: &Head) -> String {
        let exact = |version: &Version| format!("{}=={version}", self.name);
        match &self.pin {
            Pin::Release => exact(&head.version),
            Pin::Core => exact(&head.core),
            Pin::Specifiers(specifiers) => {
                Need { name: self.name.clone(), specifiers: specifiers.clone() }.to_string()
            }
        }
    }
}

impl InstrumentationRule {
    /// The instrumentation in a release, if it stands for itself and goes with that.
    pub(super) fn instrumentation(&self, head: &Head) -> Option<Instrumentation> {
        let own = self.own.as_ref()?;
        let goes_with = own.releases.as_ref().is_none_or(|releases| releases.contains(&head.version));
        let is_bare = own.all.is_empty() && own.any.is_empty();
        let place = match own.role {
            Role::OnRequest => Place::OnRequest,
            Role::Automatic if is_bare => Place::Default,
            Role::Automatic => Place::Library,
        };
        goes_with.then(|| Instrumentation {
            name: self.name.clone(),
            line: own.line.of(head),
            place,
            rows: own.all.iter().chain(&own.any).map(ToString::to_string).collect(),
            all: own.all.clone(),
            any: own.any.clone(),
            entry_points: own.entry_points.clone(),
            requires_python: own.requires_python.clone(),
            installable: true,
        })
    }
}

impl ExporterRule {
    /// What it stands for in a release that lacks some distributions.
    pub(super) fn support(&self, head: &Head, lacks: &[PackageName]) -> Vec<Support> {
        let support = |line: &Line| Support {
            name: line.name.clone(),
            line: line.of(head),
            installable: !lacks.contains(&line.name),
        };
        self.requires.iter().map(support).collect()
    }
}
