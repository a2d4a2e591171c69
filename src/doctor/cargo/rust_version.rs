//! Crates that need a newer Rust than the project promises to build with, whether they say so or not.

use super::{Scene, reach::Reach, site};
use crate::{
    doctor::{
        LARGEST_MANIFEST,
        catalogue::CARGO_RUST_VERSION,
        symptom::{Place, Symptom},
    },
    ecosystem::cargo::offer::needed_rust,
    file,
};

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for member in scene.inventory.selected() {
        let Some(promised) = &member.rust_version else { continue };
        let reach = Reach::of(scene.inventory, member);
        let text = || file::read_text(&member.manifest, LARGEST_MANIFEST).unwrap_or_default();
        let place = || Place { line: site::rust_version(&text()), ..scene.manifest(member) };
        for (index, package) in scene.inventory.packages.iter().enumerate() {
            let (name, version) = (package.name.as_str(), &package.version);
            if !is_telemetry(scene, name) || !reach.has(index) {
                continue;
            }
            let release = scene.registry.releases(name).and_then(|releases| releases.get(version));
            let Some(release) = release else { continue };
            let needed =
                needed_rust(scene.registry.krate(name), &release).filter(|needed| *needed > promised);
            found.extend(needed.map(|needed| Symptom {
                check: &CARGO_RUST_VERSION,
                place: place(),
                reason: format!(
                    "`{name}` {version} needs Rust {needed}, and `rust-version` promises {promised}"
                ),
                fix: format!(
                    "raise `rust-version`, or take a release of `{name}` that builds with {promised}"
                ),
                cure: None,
            }));
        }
    }
    found
}

/// Whether a crate is there for telemetry: what else is used is not for this program to judge.
fn is_telemetry(scene: &Scene<'_>, name: &str) -> bool {
    name.contains("opentelemetry") || name.contains("otel") || scene.registry.krate(name).is_some()
}
