//! `OTEL_*` variables that nothing reads, that are of the past, or whose values cannot be understood.

use std::collections::BTreeSet;

use super::scene::{Scene, is_before};
use crate::doctor::{
    catalogue::{PYTHON_VARIABLE_INVALID, PYTHON_VARIABLE_RENAMED, PYTHON_VARIABLE_UNKNOWN},
    cure::Cure,
    launch::Variable,
    symptom::{Place, Symptom},
};

mod known;
mod value;

pub(in crate::doctor) use self::value::{quoted, sampler};

/// Whether it is exactly the name of a variable that an SDK reads.
pub(in crate::doctor) fn is_exact(name: &str) -> bool {
    known::is_exact(name)
}

/// The variable that a name probably means, if nothing reads that itself.
pub(in crate::doctor) fn meant(name: &str) -> Option<String> {
    if known::is_known(name) { None } else { known::meant(name) }
}

/// The variable of the deprecated handler of the SDK.
const OLD_LOGGING: &str = "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED";

/// What took its place.
const NEW_LOGGING: &str = "OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION";

/// The SDK that came with the change.
const LOGGING_SINCE: [u64; 2] = [1, 40];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    // What a script exports counts for every command below it, and is looked at once.
    let mut seen = BTreeSet::new();
    let variables = scene.survey.variables().filter(|(_, variable)| variable.name.starts_with("OTEL_"));
    variables
        .filter(|(path, variable)| seen.insert((*path, variable.line, variable.name.as_str())))
        .filter_map(|(path, variable)| {
            let place = Place::at(path, variable.line);
            renamed(scene, path, variable, &place)
                .or_else(|| unknown(scene, path, variable, &place))
                .or_else(|| invalid(path, variable, place))
        })
        .collect()
}

/// A name that nothing reads although it looks as if something did.
fn unknown(scene: &Scene<'_>, path: &str, variable: &Variable, place: &Place) -> Option<Symptom> {
    let name = variable.name.as_str();
    if scene.mentions(name) {
        return None;
    }
    let meant = meant(name)?;
    Some(Symptom {
        check: &PYTHON_VARIABLE_UNKNOWN,
        place: place.clone(),
        reason: format!("nothing reads `{name}`"),
        fix: format!("set `{meant}`"),
        cure: cure(scene, path, variable, &meant),
    })
}

/// The name that is meant in the place of another, unless that is set already or would not be understood.
fn cure(scene: &Scene<'_>, path: &str, variable: &Variable, meant: &str) -> Option<Cure> {
    let value = variable.value.as_deref()?;
    let is_free = !scene.sets(meant) && value::problem(meant, value).is_none();
    is_free.then(|| variable.renamed(path, meant)).flatten()
}

/// The variables of the handler for logs, of which each counts on one side of a release.
fn renamed(scene: &Scene<'_>, path: &str, variable: &Variable, place: &Place) -> Option<Symptom> {
    let sdk = scene.version("opentelemetry-sdk")?;
    let is_old = is_before(sdk, LOGGING_SINCE);
    let (reason, fix) = match variable.name.as_str() {
        OLD_LOGGING if !is_old && scene.has("opentelemetry-instrumentation-logging") => (
            format!(
                "`{OLD_LOGGING}` switches on a handler that is deprecated, since SDK 1.40; yours is {sdk}"
            ),
            format!(
                "take it out: `opentelemetry-instrumentation-logging` does it, unless `{NEW_LOGGING}=false`"
            ),
        ),
        NEW_LOGGING if is_old => (
            format!("`{NEW_LOGGING}` is read from SDK 1.40 on; yours is {sdk}"),
            format!("set `{OLD_LOGGING}`, or raise OpenTelemetry"),
        ),
        _ => return None,
    };
    let is_new = variable.name == NEW_LOGGING;
    let cure = is_new.then(|| self::cure(scene, path, variable, OLD_LOGGING)).flatten();
    Some(Symptom { check: &PYTHON_VARIABLE_RENAMED, place: place.clone(), reason, fix, cure })
}

fn invalid(path: &str, variable: &Variable, place: Place) -> Option<Symptom> {
    let value = variable.value.as_deref()?;
    let (reason, fix) = value::problem(&variable.name, value)?;
    let cure =
        value::cured(&variable.name, value).and_then(|cured| variable.with(path, 0..value.len(), cured));
    Some(Symptom { check: &PYTHON_VARIABLE_INVALID, place, reason, fix, cure })
}
