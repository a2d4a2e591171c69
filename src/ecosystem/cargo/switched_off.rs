//! What is listed for a member that has it already, as an optional dependency that is off.
//!
//! `cargo add` and an edit by hand leave such an entry optional, so nothing would come of the addition.

use super::inventory::{Inventory, Member};
use crate::{
    package::PackageName,
    resolution::{Requirement, SwitchedOff},
};

/// Every entry that what is required would be added to in vain, in the order of the requirements.
pub(super) fn switched_off(inventory: &Inventory, requirements: &[Requirement]) -> Vec<SwitchedOff> {
    let mut found = Vec::new();
    for requirement in requirements {
        let concerned =
            |member: &&Member| requirement.members.iter().any(|name| name == member.name.as_str());
        for member in inventory.members.iter().filter(concerned) {
            if member.dormant(&requirement.name, inventory).is_some() {
                found.push(entry(inventory, member, &requirement.name));
            }
        }
    }
    found
}

/// What there is to know about a member's entry for a crate that is off.
#[must_use]
pub fn entry(inventory: &Inventory, member: &Member, name: &PackageName) -> SwitchedOff {
    let dormant = member.dormant(name, inventory);
    SwitchedOff {
        name: name.clone(),
        member: member.name.to_string(),
        manifest: member.manifest.clone(),
        features: dormant.map(|dormant| dormant.features.clone()).unwrap_or_default(),
    }
}
