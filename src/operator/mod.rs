//! `--action operator`: what the OpenTelemetry Operator's injection does to a project, before anyone deploys.
//!
//! ```text
//! manifests -> Pod   \
//! Dockerfiles -> Image > Scene -> checks -> Symptom -> Diagnosis, as the doctor tells it
//! Project -> Inventory /
//! ```

pub mod application;
pub mod image;
pub mod instrumentation;
pub mod libc;
pub mod manifest;
pub mod payload;
pub mod pod;
pub mod scene;
pub mod stock;
pub mod switch;
pub mod target;
mod variable;

use self::scene::{Scene, WorkloadError};
use crate::{
    doctor::{Case, Examined, OPERATOR, conclude, diagnosis::Diagnosis},
    settings::OperatorSettings,
};

/// Looks at what the operator would inject into.
pub fn examine(case: &Case<'_>, how: &OperatorSettings) -> Result<Diagnosis, WorkloadError> {
    let scene = Scene::of(case.root().as_deref(), &how.workloads, |path| case.shown(path))?;
    let symptoms = variable::symptoms(&scene);
    let examined = Examined { symptoms, is_set_up: true, files: scene.files, skips: scene.skips };
    Ok(conclude(case, examined, |check| check.id.starts_with(OPERATOR)))
}
