//! Puts a resolution into a Cargo project.
//!
//! A [`Plan`] is data: the manifests as they are to be, and the command that brings the lockfile up to
//! date. Making one writes nothing.

mod entry;
mod error;
mod manifest;
mod placing;
mod text;

use std::path::PathBuf;

pub use error::Error;

use crate::{ecosystem::cargo::inventory::Inventory, resolution::Resolution};

/// A file that is to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file, as the project names it.
    pub path: PathBuf,
    /// What it held when it was read.
    pub old: Vec<u8>,
    /// What it is to hold.
    pub new: Vec<u8>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The manifests that change.
    pub edits: Vec<Edit>,
}

/// Works out what is to be done; all problems are reported. Reads the manifests, writes nothing.
pub fn plan(resolution: &Resolution, inventory: &Inventory) -> Result<Plan, Vec<Error>> {
    let mut desk = placing::Desk::new(inventory);
    let mut problems = Vec::new();
    for requirement in &resolution.requirements {
        for name in &requirement.members {
            let placed = match inventory.members.iter().find(|m| m.name.as_str() == name) {
                Some(member) => desk.place(requirement, member),
                None => Err(Error::NoSuchMember { member: name.clone(), name: requirement.name.clone() }),
            };
            problems.extend(placed.err());
        }
    }
    if problems.is_empty() { Ok(Plan { edits: desk.into_edits() }) } else { Err(problems) }
}
