//! Classes that were imported before the instrumentation replaced them.

use super::scene::{INITIALIZE, Scene, is_before};
use crate::doctor::{catalogue::PYTHON_INITIALIZE_LATE, symptom::Symptom};

/// A class that its instrumentation replaces: path, distribution, and what replaces it besides [`INITIALIZE`].
const REPLACED: [(&str, &str, &str); 3] = [
    ("fastapi.FastAPI", "fastapi", "opentelemetry.instrumentation.fastapi.FastAPIInstrumentor"),
    ("flask.Flask", "flask", "opentelemetry.instrumentation.flask.FlaskInstrumentor"),
    (
        "starlette.applications.Starlette",
        "starlette",
        "opentelemetry.instrumentation.starlette.StarletteInstrumentor",
    ),
];

/// From this release on `FastAPI` tells of its requests itself.
const FASTAPI_NATIVE: [u64; 2] = [0, 142];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for module in &scene.survey.modules {
        for (class, distribution, instrumentor) in REPLACED {
            if is_native(scene, distribution) {
                continue;
            }
            let replaces = [INITIALIZE.to_owned(), format!("{instrumentor}().instrument")];
            let mut calls = module.what.calls.iter();
            let Some(set_up) = calls.find(|call| call.at_top && replaces.contains(&call.path)) else {
                continue;
            };
            let before = module.what.imports.iter().find(|import| {
                import.is_from && import.at_top && import.path == class && import.offset < set_up.offset
            });
            // An application that is instrumented by itself needs no replaced class.
            let by_itself =
                [format!("{instrumentor}.instrument_app"), format!("{instrumentor}().instrument_app")];
            let is_made =
                module.what.calls.iter().any(|call| call.path == class && call.offset > set_up.offset);
            let is_covered = scene.calls().any(|(_, call)| by_itself.contains(&call.path));
            if let Some(import) = before
                && is_made
                && !is_covered
            {
                let name = class.rsplit('.').next().unwrap_or(class);
                let call = set_up.name();
                found.push(Symptom {
                    check: &PYTHON_INITIALIZE_LATE,
                    place: module.at(import.line),
                    reason: format!(
                        "`{name}` is imported before `{call}()` in line {} replaces it: the application is made of the \
                         class that is not instrumented",
                        set_up.line
                    ),
                    fix: format!("call `{call}()` first, and import `{name}` below it"), cure: None });
            }
        }
    }
    found
}

/// Whether the library tells of its requests itself; what nobody knows is taken for the newest.
fn is_native(scene: &Scene<'_>, distribution: &str) -> bool {
    distribution == "fastapi"
        && scene.version(distribution).is_none_or(|version| !is_before(version, FASTAPI_NATIVE))
}
