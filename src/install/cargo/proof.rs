//! Proves a plan on a copy of the project before anything is written.

use std::{
    error, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    Plan,
    moves::{Changes, Move},
    trial::Trial,
    verify::{self, Doubled, Unmet},
};
use crate::{
    ecosystem::cargo::{inventory::Inventory, lockfile::LockfileError},
    install::{Command, Edit, ProgramError},
};

/// Reads the project that a path belongs to, with the user's choice of packages and features.
pub type Reader<'a> = &'a dyn Fn(&Path) -> Result<Inventory, Box<dyn error::Error + Send + Sync>>;

/// What is going on, for a person who waits.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// A command runs.
    Running(&'a Command),
}

/// What a plan leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The lockfile, if it changes.
    pub lockfile: Option<Edit>,
    /// How it changes.
    pub changes: Changes,
    /// The commands that lead to it.
    pub commands: Vec<Command>,
    /// Crates of which there were several copies before, and still are.
    pub doubled: Vec<Doubled>,
}

/// Why a plan was not proven.
#[derive(Debug, Error)]
pub enum ProofError {
    /// Signals cannot be held back.
    #[error("failed to watch for signals")]
    Signals(#[source] io::Error),
    /// The copy cannot be made or read.
    #[error("failed to try the change on a copy of the project")]
    Scratch(#[source] io::Error),
    /// Cargo failed.
    #[error(transparent)]
    Cargo(#[from] ProgramError),
    /// The lockfile is none.
    #[error("failed to parse `{}` as cargo left it", path.display())]
    Lockfile {
        /// The lockfile.
        path: PathBuf,
        /// What is wrong with it.
        source: LockfileError,
    },
    /// The changed project cannot be read.
    #[error("failed to read the project as it would be")]
    Reread(#[source] Box<dyn error::Error + Send + Sync>),
    /// Something would change, and may not.
    #[error("`--locked` is given, but these would change: `{}`", shown(.0))]
    Locked(Vec<PathBuf>),
    /// The changed project would not hold what is required.
    #[error("the project would not hold what is required: {}", list(.0))]
    Unmet(Vec<Unmet>),
    /// There would be another copy of a crate that must be there once.
    #[error("two copies of one crate would not see each other's data: {}", list(.0))]
    Doubled(Vec<Doubled>),
    /// Locked packages would move, and may not.
    #[error("`--no-update` is given, but locked packages would move: {}", list(.0))]
    Moves(Vec<Move>),
}

impl ProofError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Cargo(error) => cargo_hint(error),
            Self::Lockfile { source, .. } => source.hint(),
            Self::Locked(_) => Some("install without `--locked` first, and commit the result".to_owned()),
            Self::Doubled(_) => Some("`--otel-version` chooses another release set".to_owned()),
            Self::Moves(_) => Some(
                "leave out what requires them with `--exclude`, or allow the moves by leaving `--no-update` away"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Tries a plan on a copy of the project and verifies what comes out; the project is only read.
pub fn prove(plan: &Plan, reader: Reader<'_>, watch: &mut dyn FnMut(Step<'_>)) -> Result<Proof, ProofError> {
    if plan.is_done() {
        return Ok(Proof { doubled: verify::doubled(&plan.inventory.packages), ..Proof::default() });
    }
    if plan.options.locked {
        let mut changed: Vec<PathBuf> = plan.edits.iter().map(|edit| edit.path.clone()).collect();
        changed.push(plan.lockfile.clone());
        return Err(ProofError::Locked(changed));
    }
    let mut trial = Trial::new(plan, watch)?;
    let changes = trial.update()?;
    let after = reader(&trial.path()?).map_err(ProofError::Reread)?;
    let doubled = promises(plan, &after)?;
    if plan.options.no_update && !changes.moves.is_empty() {
        return Err(ProofError::Moves(changes.moves));
    }
    let new = trial.lockfile()?;
    let edit =
        Edit { path: plan.lockfile.clone(), old: plan.locked.clone().into_bytes(), new: new.into_bytes() };
    let lockfile = (edit.old != edit.new).then_some(edit);
    Ok(Proof { lockfile, changes, commands: std::mem::take(&mut trial.commands), doubled })
}

/// Whether a changed project holds what was promised; what it held twice before, it may hold twice.
pub(super) fn promises(plan: &Plan, after: &Inventory) -> Result<Vec<Doubled>, ProofError> {
    let unmet = verify::unmet(&plan.requirements, after);
    if !unmet.is_empty() {
        return Err(ProofError::Unmet(unmet));
    }
    let doubled = verify::doubled(&after.packages);
    let before = |crates: &Doubled| plan.inventory.locked(crates.name).count();
    let (further, known): (Vec<_>, Vec<_>) = doubled.into_iter().partition(|d| d.copies.len() > before(d));
    if further.is_empty() { Ok(known) } else { Err(ProofError::Doubled(further)) }
}

/// What the user can do about a cargo that did not do its work.
fn cargo_hint(error: &ProgramError) -> Option<String> {
    match error {
        ProgramError::Start { .. } => {
            Some("the lockfile is brought up to date by cargo: install it, or name it in `CARGO`".into())
        }
        ProgramError::Failed { said, .. } if said.contains("--offline") || said.contains("offline mode") => {
            Some("try again without `--offline`".into())
        }
        _ => None,
    }
}

/// Paths in one line.
fn shown(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("`, `")
}

/// Several things, each on a line of its own below the sentence that introduces them.
fn list<T: ToString>(things: &[T]) -> String {
    things.iter().fold(String::new(), |text, thing| text + "\n    " + &thing.to_string())
}
