//! `--action install`: puts into the project what belongs there.

mod cargo;
mod list;
mod python;

pub use list::ListError;

use crate::{
    ecosystem::{Project, discover::Place},
    error::{ExitStatus, Failure},
    registry::Registry,
    settings::{Env, InstallSettings, ProjectSettings},
    terminal::Terminal,
};

/// All that an install works with.
#[derive(Clone, Copy)]
pub(crate) struct Work<'a> {
    /// Where the project was found.
    pub(crate) place: &'a Place,
    /// The project.
    pub(crate) project: &'a Project,
    /// What is known.
    pub(crate) registry: &'a Registry,
    /// What the user asked for.
    pub(crate) settings: &'a ProjectSettings,
    /// How to install.
    pub(crate) how: &'a InstallSettings,
    /// What the process was started in.
    pub(crate) env: &'a Env,
    /// Where things are said.
    pub(crate) terminal: &'a Terminal,
}

/// Installs; with `--dry-run` the plan goes to stdout and nothing else happens.
pub(crate) fn install(work: &Work<'_>) -> Result<ExitStatus, Failure> {
    match (work.project, work.place) {
        (_, Place::Python(place)) => python::install(work, place),
        (Project::Cargo(inventory), Place::Cargo(_)) => cargo::install(work, inventory),
        (Project::Python(_), Place::Cargo(_)) => {
            unreachable!("what lies at a Cargo place is a Cargo project")
        }
    }
}
