//! Servers that are commands of click.
//!
//! The instrumentation of click makes a span of every command, so that it is the parent of all that a server in it does. It
//! passes over the servers that it knows by the name of their command; with `python -m` that is another name.
//!
//! Source: `_skip_servers` of the instrumentation up to 0.66b1, and what the servers were measured to do.

use super::{
    scene::{Lookup, Scene, is_before},
    server::spawns,
};
use crate::{
    doctor::{
        catalogue::PYTHON_CLICK_SERVER,
        launch::{Launch, Program},
        read::base::Base,
        survey::Sited,
        symptom::Symptom,
    },
    ecosystem::python::{inventory::Source, naming::DISABLED},
};

/// The instrumentation.
const INSTRUMENTATION: &str = "opentelemetry-instrumentation-click";

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    if !scene.may_have(INSTRUMENTATION) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for launch in scene.instrumented() {
        let start = launch.what.start();
        let told = match start.program {
            // What is spawned is no child of the command any more.
            Some(Program::Uvicorn) if start.is_module && spawns(scene, &launch.what, &start).is_none() => (
                "knows uvicorn by the name of its command, and not as `python -m uvicorn`",
                "start it as `uvicorn`",
            ),
            // Its workers are forked; from Python 3.14 on they are not.
            Some(Program::Granian) if !is_since(scene, launch, [3, 14]) => {
                ("takes Granian for a command that does its work and ends", "serve with uvicorn")
            }
            _ => continue,
        };
        let is_disabled = match scene.variable(&launch.what, DISABLED) {
            Lookup::Unset => false,
            Lookup::Value(names) | Lookup::Elsewhere(names) => {
                names.split(',').any(|name| matches!(name.trim(), "click" | "*"))
            }
            Lookup::Unknown => true,
        };
        if is_disabled {
            continue;
        }
        found.push(Symptom {
            check: &PYTHON_CLICK_SERVER,
            place: launch.at(launch.what.line),
            reason: format!(
                "`{INSTRUMENTATION}` {}: all requests belong to one trace that never ends, and none has a span of a server",
                told.0
            ),
            fix: format!("{}, or set `{DISABLED}=click`", told.1),
            cure: None,
        });
    }
    found
}

/// Whether what starts it is known to have that Python or a newer one: by its environment, or by the image.
fn is_since(scene: &Scene<'_>, launch: &Sited<Launch>, python: [u64; 2]) -> bool {
    let installed = scene.inventory.filter(|inventory| matches!(inventory.source, Source::Environment(_)));
    let own = installed.and_then(|inventory| inventory.python.as_ref());
    let images = scene.survey.images.iter().filter(|image| image.path == launch.path);
    let mut bases = images.flat_map(|image| (0..image.what.len()).map(|place| Base::of(&image.what, place)));
    own.is_some_and(|own| !is_before(own, python))
        || bases.any(|base| base.python.is_some_and(|own| own >= python))
}
