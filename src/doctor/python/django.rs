//! Django under `opentelemetry-instrument`.

use super::scene::Scene;
use crate::doctor::{
    catalogue::{PYTHON_DJANGO_ASGI, PYTHON_DJANGO_PATH, PYTHON_DJANGO_SETTINGS},
    launch::{Launch, Program, Start},
    survey::Sited,
    symptom::Symptom,
};

/// What names the settings of a project.
const SETTINGS: &str = "DJANGO_SETTINGS_MODULE";

/// What instruments Django.
const INSTRUMENTATION: &str = "opentelemetry-instrumentation-django";

/// What is needed besides where Django is served through ASGI.
const ASGI: &str = "opentelemetry-instrumentation-asgi";

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    if !scene.has("django") {
        return Vec::new();
    }
    let mut found: Vec<Symptom> =
        scene.survey.launches.iter().filter_map(|launch| path(scene, launch)).collect();
    if scene.lacks(INSTRUMENTATION) {
        return found;
    }
    for launch in scene.instrumented() {
        let start = launch.what.start();
        found.extend(settings(scene, launch, &start));
        found.extend(asgi(scene, launch, &start));
    }
    found
}

/// The instrumentation asks for the settings before the application says where they are.
fn settings(scene: &Scene<'_>, launch: &Sited<Launch>, start: &Start<'_>) -> Option<Symptom> {
    let serves = match start.program? {
        Program::Django => start.has("runserver"),
        Program::Gunicorn | Program::Uvicorn | Program::Uwsgi | Program::Daphne | Program::Hypercorn => {
            application(scene, start).is_some()
        }
        _ => false,
    };
    // What a source sets comes too late: it is loaded after the instrumentation.
    let is_set = scene.is_launched_with(SETTINGS);
    if !serves || is_set {
        return None;
    }
    let mut modules: Vec<&str> = scene
        .survey
        .modules
        .iter()
        .flat_map(|module| &module.what.environment)
        .filter(|variable| variable.name == SETTINGS)
        .filter_map(|variable| variable.value.as_deref())
        .collect();
    modules.sort_unstable();
    modules.dedup();
    let cure = match modules.as_slice() {
        [one] => launch.what.setting(&launch.path, SETTINGS, one),
        _ => None,
    };
    let fix = match modules.as_slice() {
        [one] => format!("set `{SETTINGS}={one}` in the environment"),
        [] => format!("set `{SETTINGS}` in the environment"),
        several => format!("set `{SETTINGS}` in the environment, to one of `{}`", several.join("`, `")),
    };
    Some(Symptom {
        check: &PYTHON_DJANGO_SETTINGS,
        place: launch.at(launch.what.line),
        reason: format!(
            "nothing sets `{SETTINGS}`, which the instrumentation of Django needs before `manage.py` or `wsgi.py` set it: \
             the application starts with empty settings"
        ),
        fix,
        cure,
    })
}

/// What is injected runs before the program has put its own folder on the path, and does not find the settings.
fn path(scene: &Scene<'_>, launch: &Sited<Launch>) -> Option<Symptom> {
    let start = launch.what.start();
    let own = launch.what.variable("PYTHONPATH");
    let entries = own.and_then(|variable| variable.value.as_deref());
    let is_foreign =
        |entry: &str| entry.contains("auto_instrumentation") || entry.contains("auto-instrumentation");
    if start.is_instrumented || !launch.what.injects() {
        return None;
    }
    let is_alone = match (own, entries) {
        (None, _) => true,
        // Only the machine knows the rest.
        (Some(_), None) => false,
        // An empty entry is the folder that the program starts in.
        (Some(_), Some(entries)) => entries.is_empty() || entries.split(':').all(is_foreign),
    };
    let serves = match start.program {
        None => launch.what.words.is_empty(),
        Some(Program::Django) => start.has("runserver"),
        Some(Program::Celery) => true,
        Some(_) => application(scene, &start).is_some(),
    };
    // What is installed as a package is found without it.
    let is_installed = scene.survey.launches.iter().any(|other| {
        let start = other.what.start();
        start.program == Some(Program::Installer)
            && start.arguments.iter().any(|word| matches!(word.text.as_str(), "." | "./"))
    });
    let manages = scene.survey.modules.iter().find(|module| {
        let is_manage = module.path.rsplit('/').next() == Some("manage.py");
        is_manage && module.what.environment.iter().any(|variable| variable.name == SETTINGS)
    })?;
    let folder = manages.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
    (is_alone && serves && !is_installed).then(|| Symptom {
        check: &PYTHON_DJANGO_PATH,
        place: launch.at(launch.what.line),
        reason: format!(
            "the instrumentation is injected, and looks for the settings of Django before `{folder}` is on the path: the \
             application starts with empty settings"
        ),
        fix: "add `PYTHONPATH` with the folder of `manage.py` in the image to the variables of the container, and \
              `DJANGO_SETTINGS_MODULE`"
            .to_owned(),
        cure: None,
    })
}

/// Django through ASGI is only instrumented with the instrumentation of ASGI beside it.
fn asgi(scene: &Scene<'_>, launch: &Sited<Launch>, start: &Start<'_>) -> Option<Symptom> {
    let is_asgi = match start.program? {
        Program::Uvicorn | Program::Daphne | Program::Hypercorn => true,
        Program::Gunicorn => {
            let class = start.option(&["-k", "--worker-class"]).flatten();
            let class = class.or_else(|| scene.gunicorn_setting(&launch.path, "worker_class")?.text());
            class.is_some_and(|class| class.contains("uvicorn"))
        }
        _ => false,
    };
    let module = application(scene, start)?;
    let makes = scene.survey.modules.iter().any(|candidate| {
        is_module(&candidate.path, module)
            && candidate.what.calls.iter().any(|call| call.name() == "get_asgi_application")
    });
    let lacks = scene.lacks(ASGI) && scene.has(INSTRUMENTATION);
    (is_asgi && makes && lacks).then(|| Symptom {
        check: &PYTHON_DJANGO_ASGI,
        place: launch.at(launch.what.line),
        reason: format!("Django is served through ASGI, and without `{ASGI}` its requests are not traced"),
        fix: format!("install `{ASGI}`, of the same release as `{INSTRUMENTATION}`"),
        cure: None,
    })
}

/// The module of the application that a server serves, if a source of the project is it and names the settings.
fn application<'a>(scene: &Scene<'_>, start: &Start<'a>) -> Option<&'a str> {
    let words = start.arguments.iter().filter(|word| word.is_known).map(|word| word.text.as_str());
    let named = words.map(|text| text.strip_prefix("--module=").unwrap_or(text));
    let mut modules =
        named.map(|text| text.split(':').next().unwrap_or(text)).filter(|text| text.contains('.'));
    modules.find(|name| {
        let own = scene.survey.modules.iter().filter(|module| is_module(&module.path, name));
        own.into_iter().any(|module| module.what.environment.iter().any(|variable| variable.name == SETTINGS))
    })
}

/// Whether a path ends with the file of a module.
fn is_module(path: &str, name: &str) -> bool {
    let file = format!("{}.py", name.replace('.', "/"));
    path.strip_suffix(&file).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_modules() {
        assert!(is_module("src/shop/wsgi.py", "shop.wsgi"));
        assert!(is_module("shop/wsgi.py", "shop.wsgi"));
        assert!(!is_module("src/workshop/wsgi.py", "shop.wsgi"));
    }
}
