//! Puts a resolution into a Cargo project.
//!
//! ```text
//! Resolution, Inventory -> plan -> Plan -> prove -> Proof -> apply
//!                                   `---- describe ----'
//! ```
//!
//! A [`Plan`] is data: the manifests as they are to be. [`prove`] tries it on a copy of the project,
//! lets cargo bring the lockfile there up to date, and verifies the promises. Only [`apply`] writes:
//! all files or none.

mod apply;
mod assignment;
mod describe;
mod desk;
mod entry;
mod lines;
mod manifest;
mod moves;
mod next_steps;
mod plan_error;
mod proof;
mod refusal;
mod scratch;
mod trial;
mod verify;

use std::path::PathBuf;

pub use apply::{ApplyError, apply};
pub use assignment::{AssignmentError, assign};
pub use describe::{changes, describe};
pub use lines::{Line, LineError, LineProblem, parse as parse_lines};
pub use moves::{Changes, Force, Move, NameAndVersion};
pub use next_steps::next_steps;
pub use plan_error::PlanError;
pub use proof::{Proof, ProofError, Reader, Step, prove};
pub use verify::{Doubled, Shortfall, Unmet};

use super::Edit;
use crate::{
    ecosystem::cargo::inventory::Inventory,
    resolution::{Requirement, Resolution},
};

/// How to install.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The path that the project was found from.
    pub path: PathBuf,
    /// The `cargo` program.
    pub cargo: PathBuf,
    /// `--offline`: touch no network.
    pub offline: bool,
    /// `--locked`: fail where anything would change.
    pub locked: bool,
    /// `--no-update`: fail where something locked would have to move.
    pub no_update: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The manifests that change.
    pub edits: Vec<Edit>,
    /// The folder of the workspace root.
    root: PathBuf,
    /// The lockfile.
    lockfile: PathBuf,
    /// What the lockfile held when the plan was made.
    locked: String,
    /// The project as it was.
    inventory: Inventory,
    /// What is to be there.
    requirements: Vec<Requirement>,
    /// How to go about it.
    options: Options,
}

impl Plan {
    /// Whether the project holds everything already.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.edits.is_empty() && verify::unmet(&self.requirements, &self.inventory).is_empty()
    }
}

/// Works out what is to be done; all problems are reported. Reads manifests and lockfile, writes nothing.
pub fn plan(
    resolution: &Resolution,
    inventory: &Inventory,
    options: &Options,
) -> Result<Plan, Vec<PlanError>> {
    let mut desk = desk::Desk::new(inventory);
    let mut problems = Vec::new();
    for requirement in &resolution.requirements {
        for name in &requirement.members {
            let placed = match inventory.members.iter().find(|m| m.name.as_str() == name) {
                Some(member) => desk.place(requirement, member),
                None => Err(PlanError::NoSuchMember { member: name.clone(), name: requirement.name.clone() }),
            };
            problems.extend(placed.err());
        }
    }
    let locked = manifest::read_text(&inventory.lockfile).map_err(|error| problems.push(error));
    match locked {
        Ok(locked) if problems.is_empty() => Ok(Plan {
            edits: desk.into_edits(),
            root: inventory.root.clone(),
            lockfile: inventory.lockfile.clone(),
            locked,
            inventory: inventory.clone(),
            requirements: resolution.requirements.clone(),
            options: options.clone(),
        }),
        _ => Err(problems),
    }
}
