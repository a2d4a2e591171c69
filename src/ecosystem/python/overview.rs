//! A Python project as the forms show it.

use std::path::Path;

use super::inventory::{Inventory, Source};
use crate::ecosystem::{Ecosystem, Overview, overview::relative};

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
    Overview {
        ecosystem: Ecosystem::Python,
        packages: inventory.distributions.len(),
        source,
        members: Vec::new(),
    }
}
