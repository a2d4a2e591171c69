//! Programs that are started without the instrumentation.

use super::scene::{INITIALIZE, Scene};
use crate::doctor::{catalogue::PYTHON_START_UNINSTRUMENTED, launch::Program, symptom::Symptom};

/// What a program is started under by others who instrument it too.
const OTHER_WAYS: [&str; 4] = ["ddtrace", "logfire", "newrelic", "elasticapm"];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    if !scene.asks_for("opentelemetry-distro") || scene.is_automatic() || is_programmatic(scene) {
        return Vec::new();
    }
    let servers = scene.survey.launches.iter().filter(|launch| {
        let program = launch.what.start().program;
        program.is_some_and(Program::is_server)
    });
    servers
        .map(|launch| Symptom {
            check: &PYTHON_START_UNINSTRUMENTED,
            place: launch.at(launch.what.line),
            reason: "`opentelemetry-distro` is there, and no file starts anything under `opentelemetry-instrument`, nor \
                     does a source set telemetry up: it is never loaded"
                .to_owned(),
            fix: "put `opentelemetry-instrument` in front of the command".to_owned(), cure: None })
        .collect()
}

/// Whether a source sets telemetry up itself, or something else does.
fn is_programmatic(scene: &Scene<'_>) -> bool {
    let sets_up = |path: &str| {
        path == INITIALIZE
            || path.starts_with("opentelemetry.sdk.")
            || (path.starts_with("opentelemetry.instrumentation.") && path.contains("instrument"))
    };
    scene.calls().any(|(_, call)| sets_up(&call.path))
        || scene.imports("opentelemetry.sdk")
        || scene.imports("opentelemetry.instrumentation")
        || scene.imports("opentelemetry.distro")
        || OTHER_WAYS.iter().any(|name| scene.has(name) || scene.imports(name))
        || scene.survey.variables().any(|(_, variable)| {
            variable.name == "PYTHONPATH" && {
                variable.value.as_deref().is_none_or(|value| value.contains("auto_instrumentation"))
            }
        })
}
