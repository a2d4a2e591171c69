//! What is looked for in Python projects.

mod celery;
mod click;
pub(crate) mod disabled;
mod django;
mod endpoint;
mod exporter;
mod green;
mod image;
mod initialize;
mod manual;
mod prometheus;
mod scene;
mod server;
pub mod source;
mod start;
mod variable;
mod wheel;

use self::scene::Scene;
pub(super) use self::{
    endpoint::{address, foreign_port},
    variable::{is_exact, meant, quoted, sampler},
};
pub(crate) use self::{
    green::{GEVENT, GEVENT_SINCE, is_gevent, patches},
    scene::is_before,
    server::may_set_up_metrics,
};
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
    found.extend(green::symptoms(&scene));
    found.extend(prometheus::symptoms(&scene));
    found.extend(celery::symptoms(&scene));
    found.extend(click::symptoms(&scene));
    found.extend(manual::symptoms(&scene));
    found.extend(initialize::symptoms(&scene));
    found.extend(django::symptoms(&scene));
    found.extend(exporter::symptoms(&scene));
    found.extend(image::symptoms(&scene));
    found.extend(wheel::symptoms(&scene));
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
