//! What `--action check` finds, in the words of the doctor.

use std::path::Path;

use super::{
    LARGEST_MANIFEST,
    cargo::site,
    catalogue::{CARGO_RELEASE_MIXED, CARGO_TWO_INSTRUMENTATIONS, PYTHON_NEVER_LOADED, PYTHON_RELEASE_MIXED},
    symptom::{Place, Symptom},
};
use crate::{
    check::{Problem, ProblemKind},
    ecosystem::Overview,
    file,
};

/// The symptoms that the problems are; what is merely missing is none. Paths are told from the folder.
#[must_use]
pub fn symptoms(problems: &[Problem], overview: &Overview, folder: &Path) -> Vec<Symptom> {
    problems.iter().flat_map(|problem| of_problem(problem, overview, folder)).collect()
}

fn of_problem(problem: &Problem, overview: &Overview, folder: &Path) -> Vec<Symptom> {
    let (check, fix) = match &problem.kind {
        ProblemKind::Outdated { fitting, .. } => (
            &CARGO_RELEASE_MIXED,
            match fitting {
                Some(_) => "`otel-bootstrap -a install --dry-run` shows the edit".to_owned(),
                None => "see `-a requirements -v` for a release set that serves it".to_owned(),
            },
        ),
        // What is merely missing is no symptom; of what is doubled the doctor looks itself which programs have it.
        ProblemKind::Missing { .. } | ProblemKind::DoubledPackage { .. } => return Vec::new(),
        ProblemKind::DoubledPurpose { names, .. } => {
            (&CARGO_TWO_INSTRUMENTATIONS, format!("keep one of {}", names.join(", ")))
        }
        ProblemKind::Mixed { name, fitting, .. } => (
            &PYTHON_RELEASE_MIXED,
            format!("install `{name}=={fitting}`, or move all of them to one release"),
        ),
        ProblemKind::NeverLoaded { .. } => (
            &PYTHON_NEVER_LOADED,
            "take a version of the library that is in the range, or a release that supports it".to_owned(),
        ),
    };
    let manifests = problem.members.iter().filter_map(|member| overview.manifest(member));
    let mut paths: Vec<&str> = manifests.collect();
    if paths.is_empty() {
        paths.push(&overview.source);
    }
    let symptom = |path: &str| Symptom {
        check,
        place: Place { path: path.to_owned(), line: line(problem, &folder.join(path)) },
        reason: problem.kind.to_string(),
        fix: fix.clone(),
        cure: None,
    };
    paths.into_iter().map(symptom).collect()
}

/// The line of a manifest that a problem is about.
fn line(problem: &Problem, manifest: &Path) -> Option<usize> {
    let names: Vec<&str> = match &problem.kind {
        ProblemKind::Outdated { name, .. } => vec![name],
        ProblemKind::DoubledPurpose { names, .. } => names.iter().map(String::as_str).collect(),
        _ => return None,
    };
    let text = file::read_text(manifest, LARGEST_MANIFEST).ok()?;
    site::dependency(&text, &names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn what_is_doubled_is_told_and_what_is_missing_is_not() {
        let report = sample::report();
        let told = symptoms(&report.problems, &sample::overview(), Path::new("."));
        let told: Vec<String> =
            told.iter().map(|s| format!("{} {}: {}", s.check.id, s.place, s.fix)).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        cargo.two-instrumentations services/worker/Cargo.toml: keep one of tracing-actix-web, opentelemetry-instrumentation-actix-web
        cargo.release.mixed services/worker/Cargo.toml: `otel-bootstrap -a install --dry-run` shows the edit
        ");
    }
}
