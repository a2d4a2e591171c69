//! `--action operator`: what the OpenTelemetry Operator's injection does to a project, before anyone deploys, and the
//! manifests that it takes.
//!
//! ```text
//! manifests -> Pod   \
//! Dockerfiles -> Image > Scene, Application, Target \
//! Project -> Inventory ----------------------------- > checks -> Symptom -> Diagnosis, as the doctor tells it
//! operator's image, or a payload -> Injected -------/
//! ```

mod annotation;
pub mod application;
mod fit;
pub mod image;
pub mod instrumentation;
pub mod libc;
pub mod manifest;
mod need;
mod package;
pub mod payload;
pub mod pod;
pub mod resource;
pub mod scene;
pub mod stock;
pub mod switch;
pub mod target;
mod variable;
mod volume;

use self::{
    application::Application,
    scene::{Scene, WorkloadError},
    stock::Injected,
    target::Target,
};
use crate::{
    doctor::{
        Case, Examined, LARGEST_MANIFEST, OPERATOR, conclude, diagnosis::Diagnosis, survey::Survey,
        symptom::Place,
    },
    ecosystem::{Ecosystem, Project},
    file,
    settings::OperatorSettings,
};

/// Looks at what the operator would inject into. `python` is the Python of the image, if the user says, and `injected`
/// what he says of the injected; without a word of his the manifests tell. Where nothing is known of what is injected, what
/// depends on it is not looked for. Goes out what was looked at, too.
pub fn examine(
    case: &Case<'_>,
    how: &OperatorSettings,
    python: Option<(u64, u64)>,
    injected: Option<Injected>,
) -> Result<(Diagnosis, Option<Injected>), WorkloadError> {
    let root = case.root();
    let scene = Scene::of(root.as_deref(), &how.workloads, |path| case.shown(path))?;
    let is_said = how.against.is_some() || how.release.is_some() || how.image.is_some();
    let injected = match scene.image().filter(|_| !is_said) {
        Some(image) => stock::of_image(image),
        None => injected,
    };
    let mut symptoms = Vec::new();
    if case.place.ecosystem() == Ecosystem::Python {
        symptoms.extend(scene.manifests.iter().flat_map(annotation::symptoms));
    }
    if case.place.ecosystem() == Ecosystem::Python && !scene.is_refused() {
        let injected = injected.as_ref();
        let source = Place::of(case.reading.map_or(".", |reading| reading.overview.annotated.as_str()));
        let inventory = case.reading.and_then(|reading| match reading.project {
            Project::Python(inventory) => Some(inventory),
            Project::Cargo(_) => None,
        });
        let survey = root.as_deref().map(|root| Survey::of(root, Ecosystem::Python, |path| case.shown(path)));
        let application = Application::of(&survey.unwrap_or_default(), &scene);
        let target =
            Target::of(python, how.libc, &scene, inventory.map(|inventory| (inventory, source.clone())));
        symptoms.extend(variable::symptoms(&scene, injected));
        symptoms.extend(need::symptoms(&scene, &application, injected));
        symptoms.extend(fit::symptoms(&scene, &target, injected, &source));
        if let Some(injected) = injected {
            symptoms.extend(scene.manifests.iter().flat_map(|file| volume::symptoms(file, injected)));
            let manifest = root.as_deref().map(|root| root.join("pyproject.toml"));
            let manifest = manifest.and_then(|path| file::read_text(&path, LARGEST_MANIFEST).ok());
            let of = |inventory| package::symptoms(&scene, inventory, &source, manifest.as_deref(), injected);
            symptoms.extend(inventory.into_iter().flat_map(of));
        }
    }
    let examined = Examined { symptoms, is_set_up: true, files: scene.files, skips: scene.skips };
    Ok((conclude(case, examined, |check| check.id.starts_with(OPERATOR)), injected))
}
