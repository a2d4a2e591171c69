//! Servers that work in several processes, and reloaders.
//!
//! The thresholds were measured with the real servers and SDKs on either side of them.

use super::{
    scene::{INITIALIZE, Scene},
    source::{Call, Literal, Module},
};
use crate::doctor::{
    catalogue::{PYTHON_FLASK_RELOADER, PYTHON_PREFORK_METRICS, PYTHON_SPAWN_SILENT, PYTHON_UWSGI_FORK},
    cure::{Change, Cure},
    kind::{Kind, kind_of},
    launch::{Launch, Program, Start},
    read::words::words,
    survey::Sited,
    symptom::{Place, Symptom},
};

/// From this release of the instrumentations on, processes that are spawned are instrumented too.
const SPAWN: [u64; 2] = [0, 63];

/// From this release of the SDK on, each forked process has its own identity.
const FORK: [u64; 2] = [1, 44];

/// From this release of the SDK on, each process that sets itself up has an identity.
const IDENTITY: [u64; 2] = [1, 43];

/// What cures workers that report as one.
const APART: &str = "raise OpenTelemetry to SDK 1.44.0 (instrumentations 0.65b0) or newer";

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for launch in scene.instrumented() {
        let start = launch.what.start();
        match start.program {
            Some(Program::Gunicorn) => {
                found.extend(prefork(scene, launch, &start));
            }
            Some(Program::Uwsgi) => found.extend(uwsgi(scene, launch)),
            Some(Program::Uvicorn | Program::FastApi) => {
                found.extend(spawn(scene, launch, &start).or_else(|| nameless(scene, launch, &start)));
            }
            Some(Program::Flask) => found.extend(flask_command(scene, launch, &start)),
            _ => {}
        }
    }
    if scene.is_automatic() {
        found.extend(calls(scene));
    }
    found
}

/// How many processes there are to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Processes {
    /// One.
    One,
    /// Several, and what says so.
    Several(String),
}

/// Gunicorn's workers: the command line, the configuration, the environment, in this order.
pub(super) fn gunicorn_workers(scene: &Scene<'_>, launch: &Sited<Launch>, start: &Start<'_>) -> Processes {
    let several = |text: String| Processes::Several(text);
    if let Some(count) = launch.what.forks {
        return if count > 1 { several(format!("{count} run")) } else { Processes::One };
    }
    if let Some(value) = start.option(&["-w", "--workers"]) {
        return match value {
            Some("1") => Processes::One,
            Some(value) => several(format!("`--workers {}`", value.escape_debug())),
            None => several("`--workers`".to_owned()),
        };
    }
    let extra = launch.what.variable("GUNICORN_CMD_ARGS").and_then(|variable| variable.value.clone());
    if let Some(extra) = extra {
        let words = words(&extra);
        let start = Start { arguments: &words, ..Start::default() };
        if let Some(Some(value)) = start.option(&["-w", "--workers"]) {
            return if value == "1" {
                Processes::One
            } else {
                several(format!("`--workers {}`", value.escape_debug()))
            };
        }
    }
    match scene.gunicorn_setting(&launch.path, "workers") {
        Some(Literal::Integer(1)) => return Processes::One,
        Some(Literal::Integer(count)) => return several(format!("`workers = {count}`")),
        Some(_) => return several("`workers` of its configuration".to_owned()),
        None => {}
    }
    match scene.variable(&launch.what, "WEB_CONCURRENCY").anywhere() {
        Some(count) if count != "1" => several(format!("`WEB_CONCURRENCY={}`", count.escape_debug())),
        _ => Processes::One,
    }
}

/// Whether the `post_fork` of a configuration may give each worker metrics of its own: unless all that is set up there is
/// traces.
pub(crate) fn may_set_up_metrics(module: &Module) -> bool {
    let calls = |name: &str| module.calls.iter().any(|call| call.path == name);
    let is_for_traces = calls("opentelemetry.trace.set_tracer_provider")
        && !calls("opentelemetry.metrics.set_meter_provider")
        && !calls(INITIALIZE);
    !is_for_traces && module.functions.iter().any(|name| name == "post_fork")
}

/// Workers that are forked from one set-up all report as the same instance.
fn prefork(scene: &Scene<'_>, launch: &Sited<Launch>, start: &Start<'_>) -> Option<Symptom> {
    let sdk = scene.sdk_before(FORK)?;
    let Processes::Several(why) = gunicorn_workers(scene, launch, start) else { return None };
    let is_off = is_without_metrics(scene, launch);
    let sets_up_itself = scene.gunicorn(&launch.path).any(|module| may_set_up_metrics(&module.what));
    (!is_off && !sets_up_itself).then(|| Symptom {
        check: &PYTHON_PREFORK_METRICS,
        place: launch.at(launch.what.line),
        reason: format!(
            "Gunicorn forks several workers ({why}), and with `opentelemetry-sdk` {sdk} all of them report their \
             metrics as the same instance: they overwrite each other"
        ),
        fix: APART.to_owned(), cure: None })
}

/// Workers that uvicorn spawns set themselves up, and are told apart by nothing.
fn nameless(scene: &Scene<'_>, launch: &Sited<Launch>, start: &Start<'_>) -> Option<Symptom> {
    let sdk = scene.sdk_before(IDENTITY)?;
    let why = if reloads_itself(start) { None } else { spawns(scene, &launch.what, start) }?;
    (!is_without_metrics(scene, launch)).then(|| alike(launch.at(launch.what.line), &why, sdk))
}

fn alike(place: Place, why: &str, sdk: &pep440_rs::Version) -> Symptom {
    Symptom {
        check: &PYTHON_PREFORK_METRICS,
        place,
        reason: format!(
            "the server works in several processes ({why}), and with `opentelemetry-sdk` {sdk} all of them report their \
             metrics as the same instance: they overwrite each other"
        ),
        fix: APART.to_owned(),
        cure: None,
    }
}

/// Whether metrics are switched off.
fn is_without_metrics(scene: &Scene<'_>, launch: &Sited<Launch>) -> bool {
    scene.variable(&launch.what, "OTEL_METRICS_EXPORTER").anywhere() == Some("none")
}

/// Whether a reloader is why processes are spawned: there is one that serves.
pub(super) fn reloads_itself(start: &Start<'_>) -> bool {
    start.has("--reload") || start.has("dev")
}

/// Why uvicorn spawns processes, if it does: a reloader, or several workers.
pub(super) fn spawns(scene: &Scene<'_>, launch: &Launch, start: &Start<'_>) -> Option<String> {
    let is_fastapi = start.program == Some(Program::FastApi);
    if start.has("--reload") || (is_fastapi && start.has("dev") && !start.has("--no-reload")) {
        return Some("a reloader".to_owned());
    }
    match start.option(&["--workers"]) {
        Some(Some("1")) => None,
        Some(Some(count)) => Some(format!("`--workers {}`", count.escape_debug())),
        Some(None) => Some("`--workers`".to_owned()),
        None => match scene.variable(launch, "WEB_CONCURRENCY").anywhere() {
            Some(count) if count != "1" => Some(format!("`WEB_CONCURRENCY={}`", count.escape_debug())),
            _ => None,
        },
    }
}

/// Processes that are spawned lose the instrumentation.
fn spawn(scene: &Scene<'_>, launch: &Sited<Launch>, start: &Start<'_>) -> Option<Symptom> {
    let version = scene.instrumentation_before(SPAWN)?;
    let why = spawns(scene, &launch.what, start)?;
    Some(Symptom {
        check: &PYTHON_SPAWN_SILENT,
        place: launch.at(launch.what.line),
        reason: format!(
            "the server spawns its processes ({why}), and with `opentelemetry-instrumentation` {version} they are \
             not instrumented: nothing arrives"
        ),
        fix: "raise OpenTelemetry to 0.63b0 (SDK 1.42.0) or newer, or serve with one process".to_owned(),
        cure: None,
    })
}

/// `flask run --debug` under `opentelemetry-instrument`.
fn flask_command(scene: &Scene<'_>, launch: &Sited<Launch>, start: &Start<'_>) -> Option<Symptom> {
    let version = scene.instrumentation_before(SPAWN)?;
    let is_on = |name: &str| {
        matches!(
            launch.what.variable(name).and_then(|v| v.value.as_deref()),
            Some("1" | "true" | "True" | "yes" | "on")
        )
    };
    let reloads = start.has("--debug") || start.has("--reload") || is_on("FLASK_DEBUG");
    let runs = start.has("run") && !start.has("--no-reload");
    (reloads && runs).then(|| flask(launch.at(launch.what.line), version))
}

fn flask(place: Place, version: &pep440_rs::Version) -> Symptom {
    Symptom {
        check: &PYTHON_FLASK_RELOADER,
        place,
        reason: format!(
            "the reloader of Flask starts the application anew, and with `opentelemetry-instrumentation` {version} \
             that process is not instrumented: nothing arrives"
        ),
        fix: "raise OpenTelemetry to 0.63b0 or newer, or switch the reloader off (`use_reloader=False`, `--no-reload`)"
            .to_owned(), cure: None }
}

/// What sources start: `app.run(debug=True)` and `uvicorn.run(…, workers=2)`.
fn calls(scene: &Scene<'_>) -> Vec<Symptom> {
    let Some(version) = scene.instrumentation_before(SPAWN) else { return nameless_calls(scene) };
    let mut found = Vec::new();
    for (module, call) in scene.calls().filter(|(_, call)| call.name() == "run") {
        let receiver = call.path.rsplit_once('.').map_or("", |(receiver, _)| receiver);
        let is_flask = module.what.made.get(receiver).is_some_and(|made| made == "flask.Flask");
        let why = match call.path.as_str() {
            _ if is_flask && reloads(call) => {
                let cure = without_reloader(module, call);
                found.push(Symptom { cure, ..flask(module.at(call.line), version) });
                continue;
            }
            "uvicorn.run" if call.keyword("reload") == Some(&Literal::Boolean(true)) => {
                "a reloader".to_owned()
            }
            "uvicorn.run" => match several(call) {
                Some(why) => why,
                None => continue,
            },
            _ => continue,
        };
        found.push(Symptom {
            check: &PYTHON_SPAWN_SILENT,
            place: module.at(call.line),
            reason: format!(
                "the server spawns its processes ({why}), and with `opentelemetry-instrumentation` {version} they \
                 are not instrumented: nothing arrives"
            ),
            fix: "raise OpenTelemetry to 0.63b0 (SDK 1.42.0) or newer, or serve with one process".to_owned(), cure: None });
    }
    found
}

/// `uvicorn.run(…, workers=2)`, whose processes are instrumented and told apart by nothing.
fn nameless_calls(scene: &Scene<'_>) -> Vec<Symptom> {
    let Some(sdk) = scene.sdk_before(IDENTITY) else { return Vec::new() };
    let runs = scene.calls().filter(|(_, call)| call.path == "uvicorn.run");
    let runs = runs.filter(|(_, call)| call.keyword("reload") != Some(&Literal::Boolean(true)));
    runs.filter_map(|(module, call)| Some(alike(module.at(call.line), &several(call)?, sdk))).collect()
}

/// The argument that says that a server is to work in several processes.
fn several(call: &Call) -> Option<String> {
    match call.keyword("workers") {
        Some(Literal::Integer(count)) if *count > 1 => Some(format!("`workers={count}`")),
        _ => None,
    }
}

/// The same call with `use_reloader=False`.
fn without_reloader(module: &Sited<Module>, call: &Call) -> Option<Cure> {
    let change = match (call.keyword_span("use_reloader"), call.end()) {
        (Some(span), _) => Change::new(&module.path, span.start, "True", "False"),
        (None, Some(end)) => Change::new(&module.path, end, "", ", use_reloader=False"),
        (None, None) => return None,
    };
    Some(Cure::of(change))
}

/// Whether the call switches the reloader on.
fn reloads(call: &Call) -> bool {
    let on = Some(&Literal::Boolean(true));
    match call.keyword("use_reloader") {
        None => call.keyword("debug") == on,
        reloader => reloader == on,
    }
}

/// uWSGI forks without Python's knowledge. Its settings are on the command line, or in files of their own.
fn uwsgi(scene: &Scene<'_>, launch: &Sited<Launch>) -> Option<Symptom> {
    let is_settings = |path: &str| kind_of(path.rsplit('/').next().unwrap_or(path)) == Some(Kind::Uwsgi);
    let of_files = scene.survey.launches.iter().filter(|other| is_settings(&other.path));
    let all = std::iter::once(launch)
        .chain(of_files)
        .filter(|other| other.what.start().program == Some(Program::Uwsgi));
    let all: Vec<(&Sited<Launch>, Start<'_>)> = all.map(|other| (other, other.what.start())).collect();
    let is_on = |start: &Start<'_>, name: &str| {
        start.has(name) || matches!(start.option(&[name]), Some(Some("1" | "true" | "yes" | "on")))
    };
    let (place, _) = all.iter().find(|(_, start)| is_on(start, "--master") || start.has("-M"))?;
    let tells = all.iter().any(|(_, start)| is_on(start, "--py-call-osafterfork"));
    if is_without_metrics(scene, launch) {
        return None;
    }
    if tells {
        let counts = all.iter().filter_map(|(_, start)| start.option(&["--processes", "--workers", "-p"])?);
        let count = counts.into_iter().next().filter(|count| *count != "1")?;
        let sdk = scene.sdk_before(FORK)?;
        return Some(alike(place.at(place.what.line), &format!("`processes` is {count}"), sdk));
    }
    Some(Symptom {
        check: &PYTHON_UWSGI_FORK,
        place: place.at(place.what.line),
        reason:
            "uWSGI forks its workers without the hooks of Python: the thread that exports metrics does not \
                 exist in them"
                .to_owned(),
        fix: "add `py-call-osafterfork = true` (`--py-call-osafterfork`)".to_owned(),
        cure: place.what.slot.as_ref().filter(|_| is_settings(&place.path)).map(|slot| {
            let line = format!("py-call-osafterfork = true{}", slot.after);
            Cure::of(Change::new(&place.path, slot.at, "", line))
        }),
    })
}
