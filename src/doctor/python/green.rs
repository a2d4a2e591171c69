//! Workers of gevent and eventlet, which patch the standard library after the instrumentation has imported it.
//!
//! What holds was measured: Gunicorn's workers and Celery's pools, on both sides of [`GEVENT_SINCE`].

use super::scene::Scene;
use crate::doctor::{
    catalogue::{PYTHON_EVENTLET_PATCH, PYTHON_GEVENT_PATCH},
    launch::{Launch, Program, Start},
    survey::Sited,
    symptom::Symptom,
};

/// From this release on there is [`GEVENT`].
pub(crate) const GEVENT_SINCE: [u64; 2] = [0, 58];

/// What patches the standard library for gevent before anything is imported.
pub(crate) const GEVENT: &str = "OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH";

/// Who patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patch {
    Gevent,
    Eventlet,
}

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for launch in scene.instrumented() {
        let start = launch.what.start();
        let Some(class) = class(scene, launch, &start) else { continue };
        found.extend(match patch(class) {
            Some(Patch::Gevent) => gevent(scene, launch, class),
            Some(Patch::Eventlet) => Some(eventlet(scene, launch, class)),
            None => None,
        });
    }
    found
}

/// The class of Gunicorn's workers, or the pool of Celery's.
fn class<'a>(scene: &Scene<'a>, launch: &Sited<Launch>, start: &Start<'a>) -> Option<&'a str> {
    match start.program? {
        Program::Gunicorn => {
            let class = start.option(&["-k", "--worker-class"]).flatten();
            class.or_else(|| scene.gunicorn_setting(&launch.path, "worker_class")?.text())
        }
        Program::Celery if start.has("worker") => start.option(&["-P", "--pool"]).flatten(),
        _ => None,
    }
}

/// Whether a class of Gunicorn's workers, or a pool of Celery's, is of gevent.
pub(crate) fn is_gevent(class: &str) -> bool {
    patch(class) == Some(Patch::Gevent)
}

/// Who patches for a class of workers.
fn patch(class: &str) -> Option<Patch> {
    match class {
        "gevent" | "gevent_wsgi" | "gevent_pywsgi" => Some(Patch::Gevent),
        "eventlet" => Some(Patch::Eventlet),
        _ if class.starts_with("gunicorn.workers.ggevent") => Some(Patch::Gevent),
        _ if class.starts_with("gunicorn.workers.geventlet") => Some(Patch::Eventlet),
        _ => None,
    }
}

fn gevent(scene: &Scene<'_>, launch: &Sited<Launch>, class: &str) -> Option<Symptom> {
    let version = scene.instrumentation_before(GEVENT_SINCE);
    if scene.sets(GEVENT) && version.is_none() {
        return None;
    }
    let is_there = scene.version("opentelemetry-instrumentation").is_some();
    let cure = || launch.what.setting(&launch.path, GEVENT, "patch_all");
    let (fix, cure) = match version {
        Some(version) => (
            format!("raise OpenTelemetry from {version} to 0.58b0 or newer, and set `{GEVENT}=patch_all`"),
            None,
        ),
        None => (format!("set `{GEVENT}=patch_all`"), is_there.then(cure).flatten()),
    };
    Some(Symptom {
        check: &PYTHON_GEVENT_PATCH,
        place: launch.at(launch.what.line),
        reason: format!(
            "the workers are of `{class}`, which patches `ssl` and others after the instrumentation has imported \
             them: what goes over HTTPS fails, exporters included"
        ),
        fix,
        cure,
    })
}

/// Nothing patches for eventlet early enough, and what does for gevent stops it.
fn eventlet(scene: &Scene<'_>, launch: &Sited<Launch>, class: &str) -> Symptom {
    let is_patched_by_gevent = scene.variable(&launch.what, GEVENT).anywhere().is_some()
        && scene.instrumentation_before(GEVENT_SINCE).is_none();
    let (reason, fix) = if is_patched_by_gevent {
        (
            format!(
                "the workers are of `{class}`, and `{GEVENT}` has gevent patch what eventlet patches: they hang"
            ),
            format!("take `{GEVENT}` away, and call `initialize()` at the top of the application instead"),
        )
    } else {
        (
            format!(
                "the workers are of `{class}`, which patches `ssl` and others after the instrumentation has imported \
                 them: what goes over HTTPS fails, exporters included"
            ),
            "call `initialize()` at the top of the application instead of starting it under `opentelemetry-instrument`, \
             or take workers of `gthread` or `gevent`"
                .to_owned(),
        )
    };
    Symptom { check: &PYTHON_EVENTLET_PATCH, place: launch.at(launch.what.line), reason, fix, cure: None }
}
