//! What the registry knows, put together for people and programs: `registry list` and `registry explain`.

use thiserror::Error;

mod form;
mod python;
mod way;

pub use form::{
    By, CrateExplanation, Explanation, LibraryExplanation, Listed, ListedWay, Ranged, SupportRow, Way,
};
pub use python::{PythonExplanation, PythonInstrumentation, PythonReleases, PythonWay};

use self::way::{by, defect, features, ranged, rows, texts, way};
use super::{
    Registry,
    rule::{Counts, Library, Means, Provision, Role},
};
use crate::{ecosystem::cargo::support, nearest::nearest, package::PackageName};

/// A name that the registry does not know.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the registry knows no library and no instrumentation `{}`", name.escape_debug())]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// The known name most like it.
    pub nearest: Option<String>,
}

impl UnknownName {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match &self.nearest {
            Some(nearest) => format!("`{nearest}` is known"),
            None => "`otel-bootstrap registry list` shows every library and instrumentation".to_owned(),
        })
    }
}

/// Every library that is known: those of Cargo projects, then those of Python projects, both sorted.
#[must_use]
pub fn list(registry: &Registry) -> Vec<Listed> {
    let libraries = registry.library_names().filter_map(|name| registry.library(name));
    let way = |provision: &Provision| ListedWay {
        by: by(&provision.means),
        on_request: provision.role == Role::OnRequest,
    };
    let listed = |library: &Library| Listed {
        ecosystem: "cargo",
        library: library.name.to_string(),
        what: library.what.clone(),
        ways: library.by.iter().map(way).collect(),
    };
    libraries.map(listed).chain(python::list(registry.python())).collect()
}

/// Everything about a library, an instrumentation, or another crate that is added to projects.
pub fn explain(registry: &Registry, name: &str) -> Result<Explanation, UnknownName> {
    let library = registry.library(name).map(|library| LibraryExplanation {
        what: library.what.clone(),
        counts_anywhere: library.counts == Counts::Locked,
        covered_by: texts(&library.covered_by),
        note: library.note.clone(),
        ways: library.by.iter().map(|provision| way(registry, library, provision)).collect(),
    });
    let krate = explain_crate(registry, name);
    let python = python::explain(registry.python(), name);
    if library.is_none() && krate.is_none() && python.is_none() {
        let crates = registry.library_names().chain(registry.crate_names());
        let distributions = python::names(registry.python());
        let known = crates.chain(distributions.iter().map(String::as_str));
        let nearest = nearest(name, known).map(ToOwned::to_owned);
        return Err(UnknownName { name: name.to_owned(), nearest });
    }
    Ok(Explanation { name: name.to_owned(), library, krate, python })
}

/// Everything about a crate, if some rule adds it or speaks of it.
fn explain_crate(registry: &Registry, name: &str) -> Option<CrateExplanation> {
    let (mut ways, mut needed_by) = (Vec::new(), Vec::new());
    for library in registry.library_names().filter_map(|library| registry.library(library)) {
        for provision in &library.by {
            if matches!(&provision.means, Means::Crate(krate) if krate.as_str() == name) {
                ways.push(way(registry, library, provision));
            }
            if is_among(name, &provision.needs) {
                needed_by.push(match &provision.means {
                    Means::Crate(krate) => krate.to_string(),
                    Means::Feature(feature) => format!("{}/{feature}", library.name),
                    Means::Native(_) | Means::Nothing(_) => library.name.to_string(),
                });
            }
        }
    }
    for krate in registry.crate_names().filter_map(|krate| registry.krate(krate)) {
        needed_by.extend(is_among(name, &krate.needs).then(|| krate.name.to_string()));
    }
    for exporter in registry.exporter_names().filter_map(|exporter| registry.exporter(exporter)) {
        let is_part = exporter.crates.iter().any(|(krate, _)| krate.as_str() == name);
        needed_by.extend(is_part.then(|| format!("--exporter {}", exporter.name)));
    }
    needed_by.sort();
    needed_by.dedup();
    let rule = registry.krate(name);
    (rule.is_some() || !ways.is_empty()).then(|| CrateExplanation {
        what: rule.map(|rule| rule.what.clone()),
        features: rule.map(|rule| features(&rule.features)).unwrap_or_default(),
        needs: rule.map(|rule| texts(&rule.needs)).unwrap_or_default(),
        needed_by,
        defects: rule.into_iter().flat_map(|rule| &rule.defects).map(defect).collect(),
        wiring: rule.map(|rule| ranged(&rule.wiring)).unwrap_or_default(),
        docs: rule.and_then(|rule| rule.docs.clone()),
        note: rule.and_then(|rule| rule.note.clone()),
        support: if ways.is_empty() { rows(support::of_library(registry, name, &[])) } else { Vec::new() },
        ways,
    })
}

/// Whether a name is among these.
fn is_among(name: &str, names: &[PackageName]) -> bool {
    names.iter().any(|other| other.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::sample::sample;

    /// The support matrix of the first way of a library, a line per row.
    fn matrix(library: &str) -> String {
        let explanation = explain(&sample(), library).expect("a known library");
        let ways = explanation.library.expect("a library").ways;
        let row = |row: &SupportRow| {
            let SupportRow { set, newest, oldest, library, feature, rust_version } = row;
            format!("{set:?} {oldest}..{newest} {library:?} {feature:?} {rust_version:?}")
        };
        ways[0].support.iter().map(row).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_matrix_of_a_crate_tells_which_release_fits_which_library_in_which_set() {
        insta::assert_snapshot!(matrix("web"), @r#"
        Some("0.2") 1.1.0..1.2.0 ["^5"] Some("otel_2") Some("1.75.0")
        Some("0.1") 1.1.0..1.2.0 ["^5"] Some("otel_1") Some("1.75.0")
        Some("0.1") 1.0.0..1.0.0 ["^4"] Some("otel_1") None
        "#);
    }

    #[test]
    fn the_matrix_of_a_feature_tells_which_library_brings_which_set() {
        insta::assert_snapshot!(matrix("store"), @r#"
        Some("0.2") 3.0.0..3.0.0 [] None None
        Some("0.1") 2.0.0..2.1.0 [] None None
        "#);
        assert_eq!(matrix("queue"), "");
    }

    #[test]
    fn a_crate_is_explained_with_what_it_instruments_and_who_needs_it() {
        let explain = |name: &str| explain(&sample(), name).expect("a known crate");
        let bridge = explain("otel-bridge");
        assert_eq!(bridge.library, None);
        assert_eq!(
            bridge.krate.map(|krate| krate.needed_by),
            Some(vec!["--exporter otlp".to_owned(), "web-otel".to_owned()])
        );
        let way = explain("web-otel").krate.map(|krate| krate.ways);
        assert_eq!(way, explain("web").library.map(|library| library.ways[..1].to_vec()));
    }

    #[test]
    fn an_unknown_name_leads_to_the_nearest_known_one() {
        let error = |name: &str| explain(&sample(), name).expect_err("an unknown name");
        assert_eq!(error("otel-brigde").hint().as_deref(), Some("`otel-bridge` is known"));
        assert_eq!(
            error("kafka\n").to_string(),
            "the registry knows no library and no instrumentation `kafka\\n`"
        );
        assert!(error("kafka").hint().is_some_and(|hint| hint.contains("registry list")));
    }

    #[test]
    fn every_name_that_is_listed_can_be_explained() {
        let registry = Registry::builtin();
        for listed in list(&registry) {
            let explained = explain(&registry, &listed.library).expect("a listed name");
            let is_python = listed.ecosystem == "python";
            assert!(if is_python { explained.python.is_some() } else { explained.library.is_some() });
            for way in listed.ways {
                if let By::Crate(name) = way.by {
                    assert!(explain(&registry, &name).is_ok_and(|found| found.krate.is_some()), "{name}");
                }
            }
        }
    }
}
