//! A Python project as the forms show it.

use std::path::{Path, PathBuf};

use super::inventory::{Inventory, Source};
use crate::ecosystem::{Ecosystem, Overview, overview::relative};

/// The files that say what a project needs, as its people know it.
const MANIFESTS: [&str; 4] = ["pyproject.toml", "Pipfile", "requirements.in", "requirements.txt"];

/// What there is to know about the project besides what became of its libraries, with paths as
/// somebody in that folder would name them.
#[must_use]
pub fn overview(inventory: &Inventory, folder: &Path) -> Overview {
    let source = match &inventory.source {
        Source::Environment(environment) => {
            let bare = || environment.folders.first();
            let of = environment.prefix.as_ref().or(environment.interpreter.as_ref()).or_else(bare);
            of.map_or_else(String::new, |path| relative(path, folder))
        }
        Source::Lockfile { path, .. } => relative(path, folder),
    };
    let annotated =
        manifest(inventory, folder).map_or_else(|| source.clone(), |path| relative(&path, folder));
    Overview {
        ecosystem: Ecosystem::Python,
        packages: inventory.distributions.len(),
        source,
        annotated,
        members: Vec::new(),
    }
}

/// The manifest of the project that an environment belongs to: beside it, or in that folder.
fn manifest(inventory: &Inventory, folder: &Path) -> Option<PathBuf> {
    let Source::Environment(environment) = &inventory.source else { return None };
    let beside = environment.prefix.as_deref().and_then(Path::parent);
    let folders = beside.into_iter().chain([folder]);
    let mut files = folders.flat_map(|folder| MANIFESTS.map(|name| folder.join(name)));
    files.find(|file| file.is_file())
}
