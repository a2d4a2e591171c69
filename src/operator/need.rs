//! What Django and gevent need of a container, because what is injected runs before the application.

use super::{
    application::{Application, DJANGO_SETTINGS, Django, Gevent, PYTHONPATH},
    pod::Container,
    scene::Scene,
    stock::Injected,
};
use crate::doctor::{
    catalogue::{OPERATOR_DJANGO_PATH, OPERATOR_DJANGO_SETTINGS, OPERATOR_GEVENT_PATCH},
    check::Check,
    python::{GEVENT, GEVENT_SINCE, is_before},
    symptom::{Place, Symptom},
};

pub(super) fn symptoms(
    scene: &Scene,
    application: &Application,
    injected: Option<&Injected>,
) -> Vec<Symptom> {
    let mut found = Vec::new();
    if let Some(django) = &application.django {
        found.extend(lacking(scene, &django.place, &OPERATOR_DJANGO_SETTINGS, |container| {
            settings(scene, django, container)
        }));
        found.extend(lacking(scene, &django.place, &OPERATOR_DJANGO_PATH, |container| {
            path(django, container)
        }));
    }
    if let Some(patch) = &application.gevent {
        found.extend(lacking(scene, &patch.place, &OPERATOR_GEVENT_PATCH, |container| {
            gevent(scene, patch, container, injected)
        }));
    }
    found
}

/// A finding for every container that lacks something: goes in a container, or nothing where no manifest is there, goes
/// out why it is told and what to do.
fn lacking(
    scene: &Scene,
    place: &Place,
    check: &'static Check,
    look: impl Fn(Option<&Container>) -> Option<(String, String)>,
) -> Vec<Symptom> {
    let told = |place: Place, (reason, fix)| Symptom { check, place, reason, fix, cure: None };
    if scene.pods.is_empty() {
        return look(None).map(|words| told(place.clone(), words)).into_iter().collect();
    }
    let containers =
        scene.pods.iter().flat_map(|pod| pod.what.instrumented().into_iter().map(move |c| (pod, c)));
    containers
        .filter_map(|(pod, container)| Some(told(pod.at(container.line), look(Some(container))?)))
        .collect()
}

/// Where something is to be set.
fn whose(container: Option<&Container>) -> String {
    match container {
        Some(container) => format!("container `{}`", container.name.escape_debug()),
        None => "the container".to_owned(),
    }
}

fn is_set(scene: &Scene, container: Option<&Container>, name: &str) -> bool {
    container.is_some_and(|container| container.variable(name).or(container.supplied(name)).is_some())
        || scene.instrumentations.iter().any(|found| found.what.variables.iter().any(|own| own.name == name))
        || scene.images.iter().any(|image| image.what.variable(name).is_some())
}

fn settings(scene: &Scene, django: &Django, container: Option<&Container>) -> Option<(String, String)> {
    (!is_set(scene, container, DJANGO_SETTINGS)).then(|| {
        (
            format!(
                "nothing sets `{DJANGO_SETTINGS}` of {}, and what is injected asks for the settings before the application \
                 names them ({}): it starts with empty settings",
                whose(container),
                django.place
            ),
            format!("set `{DJANGO_SETTINGS}={}` in the manifest", django.settings.escape_debug()),
        )
    })
}

/// The working directory is not searched yet when the settings are asked for.
fn path(django: &Django, container: Option<&Container>) -> Option<(String, String)> {
    let set = container.and_then(|container| container.variable(PYTHONPATH));
    // What comes from elsewhere is told apart.
    if set.is_some_and(|entry| entry.is_elsewhere) {
        return None;
    }
    let value = set.and_then(|entry| entry.value.as_deref()).filter(|value| !value.is_empty());
    let is_there = match (&django.folder, value) {
        (_, None) => false,
        (Some(folder), Some(value)) => value.split(':').any(|part| part.trim_end_matches('/') == folder),
        (None, Some(_)) => true,
    };
    (!is_there).then(|| {
        let folder = django.folder.as_deref().unwrap_or("the folder of `manage.py` in the image");
        (
            format!(
                "`{PYTHONPATH}` of {} does not name the folder of the application: `{}` is not found when what is \
                 injected asks for it",
                whose(container),
                django.settings.escape_debug()
            ),
            format!("set `{PYTHONPATH}` in the manifest to {folder}"),
        )
    })
}

fn gevent(
    scene: &Scene,
    patch: &Gevent,
    container: Option<&Container>,
    injected: Option<&Injected>,
) -> Option<(String, String)> {
    if is_set(scene, container, GEVENT) {
        return None;
    }
    let is_old = injected.is_some_and(|injected| is_before(&injected.version, GEVENT_SINCE));
    let fix = if is_old {
        format!("inject release 0.58b0 or newer, and set `{GEVENT}=patch_all` in the manifest")
    } else {
        format!("set `{GEVENT}=patch_all` in the manifest")
    };
    let whose = whose(container);
    let reason = if patch.is_of_workers {
        format!(
            "the workers of {whose} are of gevent, which patches `ssl` and others after what is injected has imported them"
        )
    } else {
        format!(
            "at {} the program of {whose} has gevent patch threads, `ssl` and others after what is injected uses them",
            patch.place
        )
    };
    Some((reason, fix))
}
