//! Metrics that Prometheus fetches, from servers that work in several processes.
//!
//! The reader serves one port of one process. What holds was measured with Gunicorn and uvicorn.

use super::{
    scene::{Lookup, Scene, reaches},
    server::{Processes, gunicorn_workers, reloads_itself, spawns},
};
use crate::doctor::{
    catalogue::PYTHON_PROMETHEUS_WORKERS,
    launch::{Launch, Program, Start},
    survey::{Sited, is_gunicorn},
    symptom::Symptom,
};

/// What cures it.
const FIX: &str = "export OTLP (`OTEL_METRICS_EXPORTER=otlp`) to a collector that Prometheus fetches from, or to \
                   Prometheus itself (`--web.enable-otlp-receiver`)";

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found: Vec<Symptom> =
        scene.instrumented().filter_map(|launch| automatic(scene, launch)).collect();
    found.extend(manual(scene));
    found
}

/// Under `opentelemetry-instrument` the first process takes the port: the one that serves no requests.
fn automatic(scene: &Scene<'_>, launch: &Sited<Launch>) -> Option<Symptom> {
    let exporters = match scene.variable(&launch.what, "OTEL_METRICS_EXPORTER") {
        Lookup::Value(value) | Lookup::Elsewhere(value) => value,
        Lookup::Unset | Lookup::Unknown => return None,
    };
    if !exporters.split(',').any(|name| name.trim() == "prometheus") {
        return None;
    }
    let start = launch.what.start();
    let why = match start.program? {
        Program::Gunicorn => "Gunicorn forks its workers from a process that has set up the SDK".to_owned(),
        Program::Uvicorn | Program::FastApi => {
            format!("the server spawns its processes ({})", spawns(scene, &launch.what, &start)?)
        }
        _ => return None,
    };
    Some(Symptom {
        check: &PYTHON_PROMETHEUS_WORKERS,
        place: launch.at(launch.what.line),
        reason: format!(
            "{why}, and that process serves the metrics: what the workers count is never seen, and their port is taken"
        ),
        fix: FIX.to_owned(),
        cure: None,
    })
}

/// A reader that a source makes is made in every worker.
fn manual(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    let readers = scene.calls().filter(|(module, call)| {
        call.path == "opentelemetry.exporter.prometheus.PrometheusMetricReader" && !is_gunicorn(&module.path)
    });
    for (module, call) in readers {
        let mut near = scene.survey.launches.iter().filter(|launch| reaches(&launch.path, &module.path));
        let Some(why) = near.find_map(|launch| several(scene, launch)) else { continue };
        found.push(Symptom {
            check: &PYTHON_PROMETHEUS_WORKERS,
            place: module.at(call.line),
            reason: format!(
                "there are several workers ({why}), and each has a reader of its own: one of them gets the port, and who \
                 asks sees the numbers of one worker"
            ),
            fix: FIX.to_owned(),
            cure: None,
        });
    }
    found
}

/// Why a launch works in several processes, if it does.
fn several(scene: &Scene<'_>, launch: &Sited<Launch>) -> Option<String> {
    let start: Start<'_> = launch.what.start();
    match start.program? {
        Program::Gunicorn => match gunicorn_workers(scene, launch, &start) {
            Processes::Several(why) => Some(why),
            Processes::One => None,
        },
        Program::Uvicorn | Program::FastApi if !reloads_itself(&start) => spawns(scene, &launch.what, &start),
        _ => None,
    }
}
