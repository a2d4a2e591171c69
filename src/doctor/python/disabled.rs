//! `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`: names of entry points, where people write names of packages.

use super::scene::Scene;
use crate::{
    doctor::{
        catalogue::PYTHON_DISABLED_NAME,
        symptom::{Place, Symptom},
    },
    ecosystem::python::naming::{DISABLED, PREFIX},
    package::PackageName,
    registry::python::Release,
    terminal::listed,
};

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let set: Vec<_> = scene.survey.variables().filter(|(_, variable)| variable.name == DISABLED).collect();
    if set.is_empty() {
        return Vec::new();
    }
    let version = scene.version("opentelemetry-instrumentation");
    let Some(release) = scene.registry.python().release_or_newest(version) else { return Vec::new() };
    let mut found = Vec::new();
    for (path, variable) in set {
        let value = variable.value.as_deref().unwrap_or_default();
        for name in value.split(',').map(str::trim) {
            let Some(meant) = meant(name, release) else { continue };
            // The name is a part of the value.
            let start = name.as_ptr().addr() - value.as_ptr().addr();
            let cure = variable.with(path, start..start + name.len(), &meant.join(","));
            let entries = listed(meant.iter().map(|entry| format!("`{entry}`")));
            found.push(Symptom {
                check: &PYTHON_DISABLED_NAME,
                place: Place::at(path, variable.line),
                reason: format!(
                    "`{}` in `{DISABLED}` is no name of an instrumentation, and disables nothing",
                    name.escape_debug()
                ),
                fix: format!("write {entries}"),
                cure,
            });
        }
    }
    found
}

/// The entry points of the instrumentation that a name means without being one of them.
pub(crate) fn meant<'a>(name: &str, release: &'a Release) -> Option<&'a [String]> {
    let is_entry = |entry: &String| entry == name;
    if name == "*" || release.instrumentations.iter().any(|i| i.entry_points.iter().any(is_entry)) {
        return None;
    }
    let normal = PackageName::of_distribution(name).ok()?;
    let normal = normal.as_str();
    let found = release.instrumentations.iter().find(|instrumentation| {
        let own = instrumentation.name.as_str();
        let mut needs = instrumentation.all.iter().chain(&instrumentation.any);
        own == normal
            || own.strip_prefix(PREFIX) == Some(normal)
            || instrumentation.entry_points.iter().any(|entry| entry.replace('_', "-") == normal)
            || needs.any(|need| need.name.as_str() == normal)
    })?;
    (!found.entry_points.is_empty()).then_some(&found.entry_points)
}
