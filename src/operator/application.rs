//! What the application needs of its environment where the instrumentation is injected.
//!
//! Injected instrumentation runs before the application does: what that sets itself comes too late.

use crate::doctor::{
    launch::{Program, base},
    python::{GEVENT, is_gevent, patches, source::Literal},
    survey::{Sited, Survey, is_gunicorn},
    symptom::Place,
};

use super::{image::Image, scene::Scene};

/// What names the settings of a project of Django.
pub const DJANGO_SETTINGS: &str = "DJANGO_SETTINGS_MODULE";

/// Where Python looks for modules first.
pub const PYTHONPATH: &str = "PYTHONPATH";

/// What the application needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Application {
    /// It is of Django.
    pub django: Option<Django>,
    /// Where its workers are chosen, if they are of gevent.
    pub gevent: Option<Gevent>,
}

/// What Django needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Django {
    /// The module of its settings.
    pub settings: String,
    /// Where a source of the project names it.
    pub place: Place,
    /// The folder in the image that modules are found in, if that is known.
    pub folder: Option<String>,
}

/// What has gevent patch the standard library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gevent {
    /// Where that is said.
    pub place: Place,
    /// Whether the workers of Gunicorn do it, and not the application.
    pub is_of_workers: bool,
}

impl Application {
    /// Finds out from sources and images.
    #[must_use]
    pub fn of(survey: &Survey, scene: &Scene) -> Self {
        Self { django: django(survey, scene), gevent: gevent(survey) }
    }

    /// The variables that a container needs: goes in its own folder.
    #[must_use]
    pub fn variables(&self, folder: Option<&str>) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if let Some(django) = &self.django {
            found.push((DJANGO_SETTINGS.to_owned(), django.settings.clone()));
            let folder = django.folder.as_deref().or(folder);
            found.extend(folder.map(|folder| (PYTHONPATH.to_owned(), folder.to_owned())));
        }
        if self.gevent.is_some() {
            found.push((GEVENT.to_owned(), "patch_all".to_owned()));
        }
        found
    }
}

/// The settings that `manage.py`, `wsgi.py` or `asgi.py` name, if they agree.
fn django(survey: &Survey, scene: &Scene) -> Option<Django> {
    let set = survey.modules.iter().flat_map(|module| {
        let variables = module.what.environment.iter().filter(|variable| variable.name == DJANGO_SETTINGS);
        variables.filter_map(move |variable| Some((module, variable, variable.value.as_deref()?)))
    });
    let set: Vec<_> = set.collect();
    let (module, variable, settings) = set.first()?;
    if set.iter().any(|(.., other)| other != settings) {
        return None;
    }
    // The folder of `manage.py` is where modules are found; `shop/wsgi.py` lies one further in.
    let manage = set.iter().find(|(module, ..)| base(&module.path) == "manage.py");
    let root = match manage {
        Some((module, ..)) => Some(folder_of(&module.path)),
        None => settings.split('.').next().and_then(|package| {
            let parts: Vec<&str> = module.path.split('/').collect();
            let at = parts.iter().position(|part| *part == package)?;
            Some(parts[..at].join("/"))
        }),
    };
    let folder = root.and_then(|root| of_images(&scene.images, &root));
    Some(Django { settings: (*settings).to_owned(), place: module.at(variable.line), folder })
}

/// Where a folder of the project lies in the image; without a word of that, where programs start in it.
fn of_images(images: &[Sited<Image>], root: &str) -> Option<String> {
    let [image] = images else { return None };
    let beside = folder_of(&image.path);
    let relative = match root.strip_prefix(beside.as_str()) {
        Some(rest) if beside.is_empty() || rest.is_empty() || rest.starts_with('/') => {
            rest.trim_start_matches('/')
        }
        _ => return image.what.folder.clone(),
    };
    image.what.place_of(relative).or_else(|| image.what.folder.clone())
}

/// Where the workers of Gunicorn are chosen to be of gevent, or else where the application itself has gevent patch.
fn gevent(survey: &Survey) -> Option<Gevent> {
    let launched = survey.launches.iter().find(|launch| {
        let start = launch.what.start();
        start.program == Some(Program::Gunicorn)
            && start.option(&["-k", "--worker-class"]).flatten().is_some_and(is_gevent)
    });
    let configured = || {
        survey.modules.iter().filter(|module| is_gunicorn(&module.path)).find_map(|module| {
            let set = module.what.settings.iter();
            let mut set = set.filter(|(name, ..)| name == "worker_class");
            let (_, _, line) = set.find(|(_, value, _)| Literal::text(value).is_some_and(is_gevent))?;
            Some(module.at(*line))
        })
    };
    let itself = || {
        let (module, call) = patches(survey).next()?;
        Some(Gevent { place: module.at(call.line), is_of_workers: false })
    };
    let workers = launched.map(|launch| launch.at(launch.what.line)).or_else(configured);
    workers.map(|place| Gevent { place, is_of_workers: true }).or_else(itself)
}

fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned())
}
