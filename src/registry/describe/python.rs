//! What is known about a name among Python's distributions.

use std::collections::BTreeMap;

use pep440_rs::VersionSpecifiers;
use serde::Serialize;

use super::form::{By, Listed, ListedWay};
use crate::{
    package::PackageName,
    registry::python::{Instrumentation, Means, Need, Place, PythonRegistry, Release},
};

/// Everything about a name among Python's distributions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PythonExplanation {
    /// What it is, where somebody has written that down.
    pub what: Option<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
    /// What instruments it, or the instrumentation that it is.
    pub instrumentations: Vec<PythonInstrumentation>,
    /// What holds where none of these fits, best first.
    pub otherwise: Vec<PythonWay>,
}

/// Everything about an instrumentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PythonInstrumentation {
    /// The distribution.
    pub name: String,
    /// What it is, where somebody has written that down.
    pub what: Option<String>,
    /// Its names in `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`, in the newest release that has it.
    pub entry_points: Vec<String>,
    /// Instrumentations without which it misses a part of the library.
    pub with: Vec<String>,
    /// What it needs, newest releases first.
    pub releases: Vec<PythonReleases>,
    /// Where it is documented.
    pub docs: Option<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
}

/// Consecutive releases that say the same about an instrumentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PythonReleases {
    /// The newest of them.
    pub newest: String,
    /// The oldest of them.
    pub oldest: String,
    /// Whether it is always listed.
    pub always: bool,
    /// Whether it is only listed when the user names it.
    pub on_request: bool,
    /// Whether the index has it.
    pub installable: bool,
    /// Libraries that must all be there.
    pub all: Vec<String>,
    /// Libraries of which one must be there.
    pub any: Vec<String>,
    /// The Pythons it runs on.
    pub requires_python: String,
}

/// Something else than an instrumentation of the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PythonWay {
    /// By what.
    pub by: By,
    /// The versions of the library that it holds for.
    pub versions: Option<String>,
    /// Where it is documented.
    pub docs: Option<String>,
    /// The reason for anything odd.
    pub note: Option<String>,
}

/// Every library that some release or somebody knows, sorted.
pub(super) fn list(registry: &PythonRegistry) -> Vec<Listed> {
    let mut ways = BTreeMap::<&str, Vec<ListedWay>>::new();
    for one in releases(registry).flat_map(|release| &release.instrumentations) {
        for need in one.all.iter().chain(&one.any) {
            let known = ways.entry(need.name.as_str()).or_default();
            let by = By::Distribution(one.name.to_string());
            if known.iter().all(|way| way.by != by) {
                known.push(ListedWay { by, on_request: one.place == Place::OnRequest });
            }
        }
    }
    for rule in registry.library_names().filter_map(|name| registry.library(name)) {
        let known = ways.entry(rule.name.as_str()).or_default();
        known.extend(rule.by.iter().map(|way| ListedWay { by: by(&way.means), on_request: false }));
    }
    let what = |name: &str| registry.library(name).map(|rule| rule.what.clone()).unwrap_or_default();
    let listed = |(name, ways): (&str, _)| Listed {
        ecosystem: "python",
        library: name.to_owned(),
        what: what(name),
        ways,
    };
    ways.into_iter().map(listed).collect()
}

/// Everything about a name, if it is known.
pub(super) fn explain(registry: &PythonRegistry, name: &str) -> Option<PythonExplanation> {
    let name = PackageName::of_distribution(name).ok()?;
    let needs = |one: &Instrumentation| one.all.iter().chain(&one.any).any(|need| need.name == name);
    let mut names = Vec::new();
    for one in releases(registry).flat_map(|release| &release.instrumentations) {
        if (one.name == name || needs(one)) && !names.contains(&&one.name) {
            names.push(&one.name);
        }
    }
    let rule = registry.library(name.as_str());
    let otherwise = rule.into_iter().flat_map(|rule| &rule.by).map(|way| PythonWay {
        by: by(&way.means),
        versions: way.versions.as_ref().map(range),
        docs: way.docs.clone(),
        note: way.note.clone(),
    });
    (rule.is_some() || !names.is_empty()).then(|| PythonExplanation {
        what: rule.map(|rule| rule.what.clone()),
        note: rule.and_then(|rule| rule.note.clone()),
        instrumentations: names.into_iter().map(|name| instrumentation(registry, name)).collect(),
        otherwise: otherwise.collect(),
    })
}

/// Every name that can be explained.
pub(super) fn names(registry: &PythonRegistry) -> Vec<String> {
    let listed = list(registry).into_iter().map(|listed| listed.library);
    let instrumentations = releases(registry).flat_map(|release| &release.instrumentations);
    let mut names = listed.chain(instrumentations.map(|one| one.name.to_string())).collect::<Vec<_>>();
    names.sort();
    names.dedup();
    names
}

/// The releases, newest first.
fn releases(registry: &PythonRegistry) -> impl Iterator<Item = &Release> {
    registry.releases().iter().filter_map(|head| registry.release(&head.version))
}

/// Everything about an instrumentation.
fn instrumentation(registry: &PythonRegistry, name: &PackageName) -> PythonInstrumentation {
    let rule = registry.instrumentation(name.as_str());
    let mut groups = Vec::<PythonReleases>::new();
    let mut entry_points = None;
    for release in releases(registry) {
        let Some(one) = release.instrumentation(name.as_str()) else { continue };
        entry_points.get_or_insert_with(|| one.entry_points.clone());
        let says = says(release, one);
        let same = |group: &&mut PythonReleases| {
            let span = PythonReleases {
                newest: says.newest.clone(),
                oldest: says.oldest.clone(),
                ..(**group).clone()
            };
            span == says
        };
        match groups.last_mut().filter(same) {
            Some(group) => group.oldest = says.oldest,
            None => groups.push(says),
        }
    }
    PythonInstrumentation {
        name: name.to_string(),
        what: rule.map(|rule| rule.what.clone()),
        entry_points: entry_points.unwrap_or_default(),
        with: rule.into_iter().flat_map(|rule| &rule.with).map(ToString::to_string).collect(),
        releases: groups,
        docs: rule.and_then(|rule| rule.docs.clone()),
        note: rule.and_then(|rule| rule.note.clone()),
    }
}

/// What one release says about an instrumentation.
fn says(release: &Release, one: &Instrumentation) -> PythonReleases {
    let texts = |needs: &[Need]| needs.iter().map(ToString::to_string).collect();
    PythonReleases {
        newest: release.head.version.to_string(),
        oldest: release.head.version.to_string(),
        always: one.place == Place::Default,
        on_request: one.place == Place::OnRequest,
        installable: one.installable,
        all: texts(&one.all),
        any: texts(&one.any),
        requires_python: range(&one.requires_python),
    }
}

/// By what a library is instrumented, if not by an instrumentation of the release.
fn by(means: &Means) -> By {
    match means {
        Means::Native(how) => By::Native(how.clone()),
        Means::Nothing(advice) => By::Nothing(advice.clone()),
        Means::Other(name) => By::Distribution(name.to_string()),
    }
}

/// A range of versions as text.
fn range(specifiers: &VersionSpecifiers) -> String {
    specifiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
