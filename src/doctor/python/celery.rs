//! Workers of Celery whose processes are replaced before they have sent what they hold.

use super::{
    scene::{Scene, reaches},
    source::Literal,
};
use crate::doctor::{
    catalogue::PYTHON_CELERY_RECYCLED,
    launch::Program,
    survey::{Sited, Survey},
    symptom::{Place, Symptom},
};

/// After more tasks than this a process is so old that what it loses is a small part.
const FEW: u64 = 100;

/// What is called in a process that ends, where it can still send.
const LAST_SIGNAL: &str = "celery.signals.worker_process_shutdown";

/// What sets the number of tasks in sources: Celery's own name, and those of Django's settings.
const SETTINGS: [&str; 3] =
    ["worker_max_tasks_per_child", "CELERY_WORKER_MAX_TASKS_PER_CHILD", "CELERYD_MAX_TASKS_PER_CHILD"];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let is_instrumented = |path: &str| {
        scene.instrumented().any(|launch| launch.path == path)
            || scene.imports("opentelemetry.instrumentation.celery")
    };
    // Who hears the signal, or sends each span at once, loses nothing.
    let is_cured = scene.imports(LAST_SIGNAL)
        || scene.imports_just("celery.signals")
        || scene.imports("opentelemetry.sdk.trace.export.SimpleSpanProcessor");
    if is_cured || !scene.may_have("opentelemetry-instrumentation-celery") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for launch in &scene.survey.launches {
        let start = launch.what.start();
        let is_worker = start.program == Some(Program::Celery) && start.has("worker");
        let forks = match start.option(&["-P", "--pool"]) {
            None => true,
            Some(pool) => matches!(pool, Some("prefork" | "processes")),
        };
        if !is_worker || !forks || !is_instrumented(&launch.path) {
            continue;
        }
        let count = match start.option(&["--max-tasks-per-child", "--maxtasksperchild"]) {
            Some(count) => {
                count.and_then(|count| count.parse().ok()).map(|count| (count, launch.at(launch.what.line)))
            }
            None => setting(scene.survey, launch),
        };
        let Some((count, place)) = count.filter(|(count, _)| (1..=FEW).contains(count)) else { continue };
        let tasks = if count == 1 { "each task".to_owned() } else { format!("{count} tasks") };
        found.push(Symptom {
            check: &PYTHON_CELERY_RECYCLED,
            place,
            reason: format!(
                "a process of the pool is replaced after {tasks}, and ends without sending the spans that it still holds"
            ),
            fix: format!("flush in `{LAST_SIGNAL}`, or let the processes live longer"),
            cure: None,
        });
    }
    found
}

/// What a source says for the workers of a launch.
fn setting<T>(survey: &Survey, launch: &Sited<T>) -> Option<(u64, Place)> {
    let near = survey.modules.iter().filter(|module| reaches(&launch.path, &module.path));
    near.into_iter().find_map(|module| {
        let set = module.what.settings.iter().find_map(|(name, value, line)| {
            let own = name.rsplit('.').next().unwrap_or(name);
            match value {
                Literal::Integer(count) if SETTINGS.contains(&own) => Some((*count, *line)),
                _ => None,
            }
        });
        let called = module.what.calls.iter().find_map(|call| match call.keyword(SETTINGS[0]) {
            Some(Literal::Integer(count)) => Some((*count, call.line)),
            _ => None,
        });
        set.or(called).map(|(count, line)| (count, module.at(line)))
    })
}
