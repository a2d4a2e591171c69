//! Releases with a known defect, as the registry describes them.

use super::Scene;
use crate::doctor::{catalogue::CARGO_DEFECT, symptom::Symptom};

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for (index, package) in scene.inventory.packages.iter().enumerate() {
        let Some(rule) = scene.registry.krate(package.name.as_str()) else { continue };
        let defect =
            rule.defects.iter().find(|defect| defect.avoid && defect.releases.matches(&package.version));
        if let Some(defect) = defect
            && scene.programs.iter().any(|(_, reach)| reach.has(index))
        {
            found.push(Symptom {
                check: &CARGO_DEFECT,
                place: scene.locked(index),
                reason: format!("`{}` {} is to be avoided: {}", package.name, package.version, defect.reason),
                fix: format!(
                    "`cargo update -p {}@{}`, or take another release set",
                    package.name, package.version
                ),
                cure: None,
            });
        }
    }
    found
}
