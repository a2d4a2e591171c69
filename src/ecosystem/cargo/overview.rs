//! A Cargo project as the forms show it.

use std::path::Path;

use super::inventory::{Inventory, Member};
use crate::ecosystem::{Ecosystem, Overview, Place};

/// What there is to know about the project besides what became of its libraries, with paths as
/// somebody in that folder would name them.
#[must_use]
pub fn overview(inventory: &Inventory, folder: &Path) -> Overview {
    let place = |member: &Member| Place {
        name: member.name.to_string(),
        manifest: relative(&member.manifest, folder),
        is_program: member.has_binary,
    };
    let is_member = |name: &str| inventory.members.iter().any(|m| m.name.as_str() == name);
    Overview {
        ecosystem: Ecosystem::Cargo,
        packages: inventory.packages.iter().filter(|p| !is_member(p.name.as_str())).count(),
        lockfile: relative(&inventory.lockfile, folder),
        members: inventory.selected().map(place).collect(),
    }
}

/// The path from that folder where it lies below it, with `/` on every system.
fn relative(path: &Path, folder: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    path.display().to_string().replace(std::path::MAIN_SEPARATOR, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_where_the_user_is() {
        let folder = Path::new("/work/shop");
        for (path, told) in [
            ("/work/shop/api/Cargo.toml", "api/Cargo.toml"),
            ("./api/Cargo.toml", "api/Cargo.toml"),
            ("api/Cargo.toml", "api/Cargo.toml"),
            ("/work/other/Cargo.toml", "/work/other/Cargo.toml"),
        ] {
            assert_eq!(relative(Path::new(path), folder), told);
        }
    }
}
