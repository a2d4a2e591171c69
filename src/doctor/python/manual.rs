//! What a source instruments or sets up by hand while the program runs under `opentelemetry-instrument`.
//!
//! What holds was measured: an instrumentor that is called twice does nothing the second time, and what it is told
//! then is lost; what is put around an application or a client by hand comes on top of what is there already.

use super::{
    scene::Scene,
    source::{Call, Import, Literal, Module},
};
use crate::doctor::{
    catalogue::{PYTHON_INSTRUMENTATION_ARGUMENTS, PYTHON_INSTRUMENTATION_DOUBLED, PYTHON_PROVIDER_IGNORED},
    survey::Sited,
    symptom::Symptom,
};

/// What is put around something by hand: its path below `opentelemetry.instrumentation`, and the frameworks of which
/// a source must import one, each with its entry point. Without frameworks the first part of the path tells.
const AROUND: [(&str, &[(&str, &str)]); 11] = [
    ("aiohttp_client.create_trace_config", &[]),
    ("asgi.OpenTelemetryMiddleware", &[("fastapi", "fastapi")]),
    ("grpc.aio_client_interceptors", &[]),
    ("grpc.aio_server_interceptor", &[]),
    ("grpc.client_interceptor", &[]),
    ("grpc.server_interceptor", &[]),
    ("httpx.AsyncOpenTelemetryTransport", &[]),
    ("httpx.HTTPXClientInstrumentor.instrument_client", &[]),
    ("httpx.SyncOpenTelemetryTransport", &[]),
    ("redis.RedisInstrumentor.instrument_client", &[]),
    ("wsgi.OpenTelemetryMiddleware", &[("django", "django"), ("flask", "flask")]),
];

/// The entry points of what has others than its module's name.
const ENTRY_POINTS: [(&str, &str); 5] = [
    ("aiohttp_client", "aiohttp-client"),
    ("grpc.aio_client_interceptors", "grpc_aio_client"),
    ("grpc.aio_server_interceptor", "grpc_aio_server"),
    ("grpc.client_interceptor", "grpc_client"),
    ("grpc.server_interceptor", "grpc_server"),
];

/// Arguments that say what is to be instrumented, or are told elsewhere.
const HARMLESS: [&str; 13] = [
    "app",
    "apps",
    "client",
    "connection",
    "engine",
    "engines",
    "event_logger_provider",
    "logger_provider",
    "meter_provider",
    "raise_exception_on_conflict",
    "server",
    "skip_dep_check",
    "tracer_provider",
];

/// What makes a provider the one of the process, once.
const SETTERS: [&str; 3] = [
    "opentelemetry._logs.set_logger_provider",
    "opentelemetry.metrics.set_meter_provider",
    "opentelemetry.trace.set_tracer_provider",
];

/// Where all instrumentations are.
const ROOT: &str = "opentelemetry.instrumentation.";

/// The variable that switches instrumentations off.
const DISABLED: &str = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS";

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    if !scene.is_automatic() || scene.lacks_distro() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for module in &scene.survey.modules {
        let matters = module.what.imports.iter().any(|import| import.path.starts_with("opentelemetry"));
        if matters && scene.is_run_automatically(module) {
            found.extend(doubled(scene, module));
            found.extend(module.what.calls.iter().filter_map(|call| arguments(scene, module, call)));
            found.extend(providers(module));
        }
    }
    found
}

/// What comes on top of what is there already.
fn doubled(scene: &Scene<'_>, module: &Sited<Module>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for (path, frameworks) in AROUND {
        let whole = format!("{ROOT}{path}");
        let Some(line) = used(&module.what, &whole) else { continue };
        let name = path.split('.').next().unwrap_or(path);
        let own =
            ENTRY_POINTS.iter().find(|(of, _)| *of == path || *of == name).map_or(name, |(_, entry)| entry);
        let entry = match frameworks {
            [] => Some(own),
            _ => frameworks.iter().find(|(of, _)| is_imported(&module.what, of)).map(|(_, entry)| *entry),
        };
        let Some(entry) = entry else { continue };
        let distribution =
            format!("opentelemetry-instrumentation-{}", entry.split('_').next().unwrap_or(entry));
        if !scene.may_have(&distribution) || is_disabled(scene, entry) {
            continue;
        }
        let what = path.rsplit('.').next().unwrap_or(path);
        found.push(Symptom {
            check: &PYTHON_INSTRUMENTATION_DOUBLED,
            place: module.at(line),
            reason: format!(
                "`opentelemetry-instrument` loads `{distribution}`, and `{what}` comes on top of it: everything is told twice"
            ),
            fix: format!("leave `{what}` out, or set `{DISABLED}={entry}`"),
            cure: None,
        });
    }
    found
}

/// The line of the first use of a name: of a method the call, of anything else the import.
fn used(module: &Module, path: &str) -> Option<usize> {
    let is_method = path.rsplit('.').nth(1).is_some_and(|part| part.ends_with("Instrumentor"));
    if is_method {
        let (class, method) = path.rsplit_once('.')?;
        let made = format!("{class}().{method}");
        return module.calls.iter().find(|call| call.path == path || call.path == made).map(|call| call.line);
    }
    let call = module.calls.iter().find(|call| call.path == path).map(|call| call.line);
    // A class may be handed over without being called.
    let is_class = path.rsplit('.').next().is_some_and(|name| name.starts_with(char::is_uppercase));
    let import = || module.imports.iter().find(|import| import.path == path).map(|import| import.line);
    call.or_else(|| import().filter(|_| is_class))
}

/// Whether a module imports something of a library.
fn is_imported(module: &Module, library: &str) -> bool {
    let is_of = |import: &Import| import.path.split('.').next() == Some(library);
    module.imports.iter().any(is_of)
}

/// What an instrumentor is told that has been called already.
fn arguments(scene: &Scene<'_>, module: &Sited<Module>, call: &Call) -> Option<Symptom> {
    let path = resolved(&module.what, &call.path);
    let rest = path.strip_prefix(ROOT)?;
    let is_instrumentor = rest.contains("Instrumentor.") || rest.contains("Instrumentor().");
    if !is_instrumentor || !matches!(call.name(), "instrument" | "instrument_app") {
        return None;
    }
    let name = rest.split('.').next()?;
    let is_told = name == "logging" && scene.sets("OTEL_PYTHON_LOG_CORRELATION");
    let is_harmless = |keyword: &str, value: &Literal| {
        HARMLESS.contains(&keyword) || matches!(value, Literal::Boolean(false) | Literal::Nothing)
    };
    let lost = call.keywords.iter().filter(|(keyword, value)| !is_told && !is_harmless(keyword, value));
    let lost: Vec<String> = lost.map(|(keyword, _)| format!("`{}`", keyword.escape_debug())).collect();
    let entry = name.replace('_', "-");
    if lost.is_empty() || is_disabled(scene, name) || is_disabled(scene, &entry) {
        return None;
    }
    Some(Symptom {
        check: &PYTHON_INSTRUMENTATION_ARGUMENTS,
        place: module.at(call.line),
        reason: format!(
            "`opentelemetry-instrument` has called this instrumentor before, and the second call does nothing: what it says \
             is lost ({})",
            lost.join(", ")
        ),
        fix: format!(
            "say it with variables of the environment, or set `{DISABLED}={name}` so that this call is the first"
        ),
        cure: None,
    })
}

/// The path of a call on a name that was given to what a call made: `x.instrument` after `x = F()` is `F().instrument`.
fn resolved(module: &Module, path: &str) -> String {
    let made = path.split_once('.').and_then(|(name, rest)| Some((module.made.get(name)?, rest)));
    made.map_or_else(|| path.to_owned(), |(made, rest)| format!("{made}().{rest}"))
}

/// Providers that are set when there is one already.
fn providers(module: &Sited<Module>) -> Vec<Symptom> {
    let setters = module.what.calls.iter().filter(|call| SETTERS.contains(&call.path.as_str()));
    let symptom = |call: &Call| {
        Symptom {
        check: &PYTHON_PROVIDER_IGNORED,
        place: module.at(call.line),
        reason: format!(
            "`opentelemetry-instrument` has set a provider before, and `{}()` does nothing: the exporters, samplers and \
             attributes of this one count for nothing",
            call.name()
        ),
        fix: "leave the set-up to `opentelemetry-instrument` and its variables, or start the program without it"
            .to_owned(),
        cure: None,
    }
    };
    setters.map(symptom).collect()
}

/// Whether any file switches an instrumentation off, or may.
fn is_disabled(scene: &Scene<'_>, entry: &str) -> bool {
    let mut set = scene.survey.variables().filter(|(_, variable)| variable.name == DISABLED);
    set.any(|(_, variable)| {
        let names = variable.value.as_deref();
        names.is_none_or(|names| names.split(',').map(str::trim).any(|name| name == entry || name == "*"))
    })
}
