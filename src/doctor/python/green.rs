//! Workers of gevent and eventlet, which patch the standard library after the instrumentation has imported it.
//!
//! What holds was measured: Gunicorn's workers and Celery's pools, on both sides of [`GEVENT_SINCE`].

use super::{
    scene::Scene,
    source::{Call, Module},
};
use crate::doctor::{
    catalogue::{PYTHON_EVENTLET_PATCH, PYTHON_GEVENT_PATCH},
    launch::{Launch, Program, Start},
    survey::{Sited, Survey},
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
    let is_told = found.iter().any(|symptom| symptom.check.id == PYTHON_GEVENT_PATCH.id);
    if !is_told {
        found.extend(itself(scene));
    }
    found
}

/// Where sources have gevent patch the standard library while they are loaded.
pub(crate) fn patches(survey: &Survey) -> impl Iterator<Item = (&Sited<Module>, &Call)> {
    survey.modules.iter().flat_map(|module| {
        let calls = module.what.calls.iter();
        let patches = calls.filter(|call| call.at_top && call.path == "gevent.monkey.patch_all");
        patches.map(move |call| (module, call))
    })
}

/// An application that patches itself: the threads of the exporters are there already, and not gevent's.
fn itself(scene: &Scene<'_>) -> Option<Symptom> {
    let mut late = patches(scene.survey).filter(|(module, _)| scene.is_run_automatically(module));
    let (module, call) = late.next()?;
    let (fix, _) = patched_first(scene)?;
    Some(Symptom {
        check: &PYTHON_GEVENT_PATCH,
        place: module.at(call.line),
        reason: "gevent patches threads, `ssl` and others after the instrumentation has started threads and imported \
                 them: the program does not start, or what goes over HTTPS fails"
            .to_owned(),
        fix,
        cure: None,
    })
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

/// How gevent is made to patch before anything is imported, and whether that needs a variable alone; `None` if it is.
fn patched_first(scene: &Scene<'_>) -> Option<(String, bool)> {
    match scene.instrumentation_before(GEVENT_SINCE) {
        Some(version) => Some((
            format!("raise OpenTelemetry from {version} to 0.58b0 or newer, and set `{GEVENT}=patch_all`"),
            false,
        )),
        None if scene.sets(GEVENT) => None,
        None => Some((format!("set `{GEVENT}=patch_all`"), true)),
    }
}

fn gevent(scene: &Scene<'_>, launch: &Sited<Launch>, class: &str) -> Option<Symptom> {
    let (fix, is_variable) = patched_first(scene)?;
    let is_there = scene.version("opentelemetry-instrumentation").is_some();
    let cure = (is_variable && is_there).then(|| launch.what.setting(&launch.path, GEVENT, "patch_all"));
    let cure = cure.flatten();
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
