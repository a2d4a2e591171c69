//! What is looked for in Python projects.

pub(crate) mod disabled;
mod django;
mod endpoint;
mod exporter;
mod initialize;
mod scene;
mod server;
pub mod source;
mod start;
mod variable;

use self::scene::Scene;
use super::{survey::Survey, symptom::Symptom};
use crate::{ecosystem::python::inventory::Inventory, registry::Registry};

/// What is found in a project; `None` if there is nothing of OpenTelemetry in it.
#[must_use]
pub fn symptoms(
    survey: &Survey,
    inventory: Option<&Inventory>,
    source: &str,
    registry: &Registry,
) -> Option<Vec<Symptom>> {
    let scene = Scene::new(survey, inventory, source, registry);
    if !scene.is_set_up() {
        return None;
    }
    let mut found = Vec::new();
    found.extend(server::symptoms(&scene));
    found.extend(initialize::symptoms(&scene));
    found.extend(django::symptoms(&scene));
    found.extend(exporter::symptoms(&scene));
    found.extend(start::symptoms(&scene));
    found.extend(variable::symptoms(&scene));
    found.extend(disabled::symptoms(&scene));
    found.extend(endpoint::symptoms(&scene));
    Some(found)
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
