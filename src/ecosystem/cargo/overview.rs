//! A Cargo project as the forms show it.

use std::path::Path;

use super::inventory::{Inventory, Member};
use crate::ecosystem::{Ecosystem, Overview, Site, overview::relative};

/// What there is to know about the project besides what became of its libraries, with paths as
/// somebody in that folder would name them.
#[must_use]
pub fn overview(inventory: &Inventory, folder: &Path) -> Overview {
    let site = |member: &Member| Site {
        name: member.name.to_string(),
        manifest: relative(&member.manifest, folder),
        is_program: member.has_binary,
    };
    let own: usize = inventory.members.iter().map(|m| inventory.locked_at(m.name.as_str()).len()).sum();
    Overview {
        ecosystem: Ecosystem::Cargo,
        packages: inventory.packages.len() - own,
        source: relative(&inventory.lockfile, folder),
        annotated: relative(&inventory.lockfile, folder),
        members: inventory.selected().map(site).collect(),
    }
}
