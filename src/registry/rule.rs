//! Rules as the rest of the program uses them: names, versions and ranges are typed and checked.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};

pub use super::raw::{
    RawCounts as Counts, RawPlacement as Placement, RawRole as Role, RawSignal as Signal,
    RawThrough as Through,
};
use crate::package::PackageName;

/// What is known about one library.
#[derive(Clone, Debug)]
pub struct Library {
    /// Its crate name.
    pub name: PackageName,
    /// What it is, in a few words.
    pub what: String,
    /// When a project counts as using it.
    pub counts: Counts,
    /// Other libraries whose presence makes this rule superfluous.
    pub covered_by: Vec<PackageName>,
    /// The reason for anything odd.
    pub note: Option<String>,
    /// The ways to instrument it, best first.
    pub by: Vec<Provision>,
}

/// One way to instrument a library.
#[derive(Clone, Debug)]
pub struct Provision {
    /// What is done.
    pub means: Means,
    /// The versions of the library it holds for; all if `None`.
    pub versions: Option<VersionReq>,
    /// How much the tool may rely on it.
    pub role: Role,
    /// How the data reaches OpenTelemetry.
    pub through: Option<Through>,
    /// What it emits.
    pub signals: Vec<Signal>,
    /// Features to switch on where the release has them.
    pub features: Vec<FeatureChoice>,
    /// Features to switch on when the project has the feature on the left on in the library.
    pub mirror: BTreeMap<String, String>,
    /// Features of which exactly one is chosen by what it depends on.
    pub select: Option<FeaturePattern>,
    /// Which members get it.
    pub placement: Placement,
    /// Crates that must be there too.
    pub needs: Vec<PackageName>,
    /// Instrumentations that must not be used together with this one.
    pub conflicts: Vec<PackageName>,
    /// What stays silent without a run-time switch.
    pub switch: Vec<Advice>,
    /// Filter directives without which nothing is seen.
    pub directives: Vec<String>,
    /// How it is wired.
    pub wiring: Vec<Advice>,
    /// Where it is documented.
    pub docs: Option<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
}

/// What is done to instrument a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// Add this crate.
    Crate(PackageName),
    /// Switch on this feature of the library.
    Feature(String),
    /// Nothing to install: the library instruments itself, in the way told.
    Native(String),
    /// Nothing exists; what to do instead.
    Nothing(String),
}

/// A feature to switch on: the first of these names that a release has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeatureChoice {
    /// The names, best first.
    pub names: Vec<String>,
    /// The releases that need it switched on; all if `None`.
    pub releases: Option<VersionReq>,
}

/// A feature name with one `*`, which stands for a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeaturePattern {
    /// What stands before the `*`.
    pub prefix: String,
    /// What stands after the `*`.
    pub suffix: String,
}

impl FeaturePattern {
    /// Whether the feature fits the pattern. What stands for the `*` is a number, so that the
    /// features which optional dependencies imply (`opentelemetry_0_32_pkg`) are told apart.
    #[must_use]
    pub fn matches(&self, feature: &str) -> bool {
        let middle = feature.strip_prefix(&*self.prefix).and_then(|rest| rest.strip_suffix(&*self.suffix));
        middle.is_some_and(|middle| !middle.is_empty() && middle.bytes().all(|b| b.is_ascii_digit()))
    }
}

/// Lines for people, valid for a range of releases.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The releases it holds for; all if `None`.
    pub releases: Option<VersionReq>,
    /// Code, or a sentence.
    pub text: String,
}

impl Advice {
    /// Whether it holds for that release (pre-releases count as their release).
    #[must_use]
    pub fn holds_for(&self, version: &Version) -> bool {
        holds(self.releases.as_ref(), version)
    }
}

impl FeatureChoice {
    /// Whether that release needs it switched on (pre-releases count as their release).
    #[must_use]
    pub fn holds_for(&self, version: &Version) -> bool {
        holds(self.releases.as_ref(), version)
    }
}

/// Whether a version is in the range; pre-releases count as their release.
pub(super) fn holds(range: Option<&VersionReq>, version: &Version) -> bool {
    let release = Version::new(version.major, version.minor, version.patch);
    range.is_none_or(|range| range.matches(&release))
}

/// What is known about a crate that is added to projects.
#[derive(Clone, Debug)]
pub struct Crate {
    /// Its name.
    pub name: PackageName,
    /// What it is, in a few words.
    pub what: String,
    /// Which members get it when another crate needs it.
    pub placement: Option<Placement>,
    /// Features to switch on where the release has them.
    pub features: Vec<FeatureChoice>,
    /// Features to switch on when the project has the feature on the left on in the library.
    pub mirror: BTreeMap<String, String>,
    /// Crates that must be there too.
    pub needs: Vec<PackageName>,
    /// How it is wired.
    pub wiring: Vec<Advice>,
    /// Where it is documented.
    pub docs: Option<String>,
    /// Releases that say less than the truth about themselves.
    pub defects: Vec<Defect>,
    /// The reason for anything odd.
    pub note: Option<String>,
}

/// A correction to what the index says about some releases.
#[derive(Clone, Debug)]
pub struct Defect {
    /// The releases concerned.
    pub releases: VersionReq,
    /// The Rust version they really need.
    pub rust_version: Option<Version>,
    /// Whether they are left out altogether.
    pub avoid: bool,
    /// What is wrong, with its source.
    pub reason: String,
}

/// What an application needs to export at all.
#[derive(Clone, Debug)]
pub struct Exporter {
    /// The value of `--exporter`.
    pub name: String,
    /// What it is, in a few words.
    pub what: String,
    /// The crates, with the features that this exporter needs of them.
    pub crates: Vec<(PackageName, Vec<FeatureChoice>)>,
    /// Initialisation code per range of release sets (`0.33` is compared as `0.33.0`).
    pub wiring: Vec<Advice>,
    /// Where it is documented.
    pub docs: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_names_that_differ_in_a_number() {
        let pattern = FeaturePattern { prefix: "opentelemetry_0_".to_owned(), suffix: String::new() };
        for (feature, fits) in [
            ("opentelemetry_0_32", true),
            ("opentelemetry_0_", false),
            ("opentelemetry_0_32_pkg", false),
            ("tracing-opentelemetry_0_33_pkg", false),
            ("opentelemetry_1", false),
        ] {
            assert_eq!(pattern.matches(feature), fits, "{feature}");
        }
    }
}
