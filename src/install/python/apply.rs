//! Records and installs what was proven; where a promise does not hold, puts things back.

use std::{error, ffi::OsStr, fs, io, io::Write as _, path::PathBuf, time::Duration};

use tempfile::NamedTempFile;
use thiserror::Error;

use super::{
    Pin, Place, Plan, Proof, ProofError, Reader, Record, Recording, Step, TargetError, Wanted, conflict,
    hold,
    lock::{self, Locked},
    plan,
    proof::{self, below},
    snapshot::{self, Snapshot},
};
use crate::{
    ecosystem::python::inventory::Inventory,
    install::{Command, ProgramError, interrupt::Interrupts, program::Manner},
    package::PackageName,
};

/// How long an installer may take to end by itself after an interruption: cut short, it leaves files that
/// nothing knows of.
const GRACE: Duration = Duration::from_secs(8);

/// Why nothing was installed, or why it was taken back.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// Signals cannot be held back.
    #[error("failed to watch for signals")]
    Signals(#[source] io::Error),
    /// The environment cannot be written to.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The file for the installer cannot be written.
    #[error("failed to write what the installer is to read")]
    Files(#[source] io::Error),
    /// A file could not be read or written.
    #[error("failed to write `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file may not be written.
    #[error("`{}` is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// Somebody else changed a file.
    #[error("`{}` changed in the meantime", .0.display())]
    Changed(PathBuf),
    /// A program failed.
    #[error("{0}")]
    Program(#[source] Box<ProgramError>),
    /// What is recorded leads to other versions, and these are not possible.
    #[error(transparent)]
    Proof(#[from] Box<ProofError>),
    /// What was locked has moved.
    #[error("`{keeper}` would move what is locked: {}", below(moves))]
    LockMoves {
        /// Who keeps the dependencies.
        keeper: &'static str,
        /// What moved, a line for each.
        moves: Vec<String>,
    },
    /// The keeper ended well, but did not record it.
    #[error("`{0}` did not record what is required")]
    Unrecorded(&'static str),
    /// The changed environment cannot be read.
    #[error("failed to read the changed environment")]
    Reread(#[source] Box<dyn error::Error + Send + Sync>),
    /// The installer ended well, but not all is there.
    #[error("the installer left out `{}`", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("`, `"))]
    Unmet(Vec<Wanted>),
    /// What was installed before has moved.
    #[error("what was installed before has moved: {}", below(.0))]
    Moves(Vec<String>),
    /// It was put back, all of it or not.
    #[error("{reason}; {}", outcome(left))]
    PutBack {
        /// Why.
        reason: Box<ApplyError>,
        /// What could not be put back, a line for each.
        left: Vec<String>,
    },
}

impl ApplyError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Target(error) => error.hint(),
            Self::Proof(error) => error.hint(),
            Self::Changed(_) => Some("run the command again".to_owned()),
            Self::ReadOnly(path) => Some(format!("make it writable: `chmod u+w {}`", path.display())),
            Self::LockMoves { .. } => Some(
                "let the project's own manager make that move first, or leave out what needs it with `--exclude`"
                    .to_owned(),
            ),
            Self::PutBack { reason, .. } => reason.hint(),
            _ => None,
        }
    }
}

/// Records what is required, installs it, and reads the environment again.
pub fn apply(
    plan: &Plan,
    proof: &Proof,
    reader: Reader<'_>,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<(), ApplyError> {
    if plan.is_done() {
        return Ok(());
    }
    if let Some(place) = &plan.place {
        place.target.try_to_write()?;
    }
    let interrupts = Interrupts::hold().map_err(ApplyError::Signals)?;
    let files = plan.record.as_ref().map(Record::files).unwrap_or_default();
    let snapshot = Snapshot::of(&files).map_err(|(path, source)| ApplyError::File { path, source })?;
    let done = changed(plan, proof, &files, reader, &interrupts, watch);
    done.map_err(|(reason, is_begun)| {
        let mut left: Vec<String> =
            snapshot.restore().iter().map(|path| format!("`{}`", path.display())).collect();
        if is_begun && let Some(place) = &plan.place {
            left.extend(undo(plan, place, reader, watch));
        }
        ApplyError::PutBack { reason: Box::new(reason), left }
    })
}

/// Does it; an error comes with whether the environment may have changed.
fn changed(
    plan: &Plan,
    proof: &Proof,
    files: &[PathBuf],
    reader: Reader<'_>,
    interrupts: &Interrupts,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<(), (ApplyError, bool)> {
    let unbegun = |error| (error, false);
    let locked = match &plan.record {
        Some(record) => keep(plan, record, files, interrupts, watch).map_err(unbegun)?,
        None => Locked::new(),
    };
    let Some(place) = &plan.place else { return Ok(()) };
    let pins = agreed(plan, place, proof, &locked, interrupts, watch).map_err(unbegun)?;
    let constraints = constraints_file(plan, &pins).map_err(|error| unbegun(ApplyError::Files(error)))?;
    let more = [OsStr::new("--constraint"), constraints.path().as_os_str()];
    let command = proof::command(plan, place);
    run(&command, &more, &[], Some(interrupts), watch)
        .map_err(|error| (ApplyError::Program(error.into()), true))?;
    verify(plan, &reader().map_err(|error| (ApplyError::Reread(error), true))?).map_err(|error| (error, true))
}

impl Record {
    /// The files that change.
    fn files(&self) -> Vec<PathBuf> {
        match &self.recording {
            Recording::Edit(edit) => vec![edit.path.clone()],
            Recording::Command { files, .. } => files.clone(),
        }
    }
}

/// Records what is required; what the lockfile holds then comes back.
fn keep(
    plan: &Plan,
    record: &Record,
    files: &[PathBuf],
    interrupts: &Interrupts,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Locked, ApplyError> {
    for path in files {
        if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly()) {
            return Err(ApplyError::ReadOnly(path.clone()));
        }
    }
    let command = match &record.recording {
        Recording::Edit(edit) => {
            let now = fs::read(&edit.path).unwrap_or_default();
            if now != edit.old {
                return Err(ApplyError::Changed(edit.path.clone()));
            }
            let failed = |source| ApplyError::File { path: edit.path.clone(), source };
            return snapshot::write(&edit.path, &edit.new).map_err(failed).map(|()| Locked::new());
        }
        Recording::Command { command, .. } => command,
    };
    let lockfile = || record.keeper.lockfile(&plan.options.root);
    let before = lockfile().map(|path| lock::read(&path)).unwrap_or_default();
    // Poetry, PDM and Pipenv would make an environment of their own if they did not know this one.
    let prefix = plan.place.as_ref().filter(|place| place.target.is_virtual);
    let prefix = prefix.and_then(|place| place.target.prefix.as_deref());
    let environment = prefix.map(|prefix| ("VIRTUAL_ENV", prefix.as_os_str()));
    let mut variables: Vec<(&str, &OsStr)> = environment.into_iter().collect();
    variables.push(("PIPENV_VERBOSITY", OsStr::new("-1")));
    variables.push(("PIPENV_NOSPIN", OsStr::new("1")));
    run(command, &[], &variables, Some(interrupts), watch)
        .map_err(|error| ApplyError::Program(error.into()))?;
    let after = lockfile().map(|path| lock::read(&path)).unwrap_or_default();
    let moves = lock::moved(&before, &after, &plan.wanted);
    if !moves.is_empty() {
        return Err(ApplyError::LockMoves { keeper: record.keeper.name(), moves });
    }
    if !plan::is_recorded(&plan.wanted, record.keeper, record.group.as_deref(), &plan.options) {
        return Err(ApplyError::Unrecorded(record.keeper.name()));
    }
    Ok(after)
}

/// What is installed: what was proven, or, where a lockfile says otherwise, what goes with that.
fn agreed(
    plan: &Plan,
    place: &Place,
    proof: &Proof,
    locked: &Locked,
    interrupts: &Interrupts,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Vec<Pin>, ApplyError> {
    let agrees = |pin: &Pin| locked.get(&pin.name).is_none_or(|versions| versions.contains(&pin.version));
    if proof.pins.iter().all(agrees) {
        return Ok(proof.pins.clone());
    }
    // A name that is locked at several versions is left to the installer.
    let only = locked.iter().filter_map(|(name, versions)| match versions.iter().collect::<Vec<_>>()[..] {
        [version] => Some(Pin { name: name.clone(), version: version.clone() }),
        _ => None,
    });
    let is_new = |pin: &Pin| plan.inventory.get(pin.name.as_str()).is_none();
    let besides: Vec<Pin> = only.filter(is_new).collect();
    Ok(proof::resolve(plan, place, &besides, interrupts, watch).map_err(Box::new)?)
}

/// A file of constraints, which vanishes with the value.
fn constraints_file(plan: &Plan, pins: &[Pin]) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("otel-bootstrap-").suffix(".txt").tempfile()?;
    file.write_all(hold::lines(proof::constraints(plan, pins)).as_bytes())?;
    Ok(file)
}

/// Whether an environment holds what was promised.
fn verify(plan: &Plan, after: &Inventory) -> Result<(), ApplyError> {
    let unmet: Vec<Wanted> = plan.wanted.iter().filter(|wanted| !wanted.is_met(after)).cloned().collect();
    if !unmet.is_empty() {
        return Err(ApplyError::Unmet(unmet));
    }
    let moves = hold::moved(&plan.inventory, after, &plan.wanted);
    if moves.is_empty() { Ok(()) } else { Err(ApplyError::Moves(moves)) }
}

/// Takes out what came, and brings back what was replaced; what is not as it was comes back.
fn undo(plan: &Plan, place: &Place, reader: Reader<'_>, watch: &mut dyn FnMut(Step<'_>)) -> Vec<String> {
    let before = &plan.inventory;
    let unread = || vec!["the environment, which cannot be read".to_owned()];
    let Ok(now) = reader() else { return unread() };
    let come: Vec<PackageName> = come(before, &now);
    let gone: Vec<Pin> = before
        .distributions
        .iter()
        .filter(|old| now.get(old.name.as_str()).is_none_or(|new| new.version != old.version))
        .filter_map(hold::pin)
        .collect();
    let folder = &plan.options.root;
    // What fails here is told by what is left.
    if !come.is_empty() {
        let _ = run(&place.hand.uninstall(&place.target, folder, &come), &[], &[], None, watch);
    }
    if !gone.is_empty() {
        let back = place.hand.bring_back(&place.target, folder, plan.options.offline, &gone);
        let _ = run(&back, &[], &[], None, watch);
    }
    let Ok(after) = reader() else { return unread() };
    let mut left = hold::moved(before, &after, &[]);
    left.extend(self::come(before, &after).iter().map(|name| format!("`{name}` is there now")));
    left
}

/// The names that were not there before.
fn come(before: &Inventory, after: &Inventory) -> Vec<PackageName> {
    let new = after.distributions.iter().filter(|d| before.get(d.name.as_str()).is_none());
    new.map(|distribution| distribution.name.clone()).collect()
}

/// Runs a command whose words are for whoever waits.
fn run(
    command: &Command,
    more: &[&OsStr],
    variables: &[(&str, &OsStr)],
    interrupts: Option<&Interrupts>,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<(), ProgramError> {
    watch(Step::Running(command));
    let mut manner = Manner { more, variables, grace: GRACE, hear: &mut |line| watch(Step::Said(line)) };
    command.run(&mut manner, interrupts).map(drop).map_err(conflict::digest)
}

/// Whether everything is as it was.
fn outcome(left: &[String]) -> String {
    if left.is_empty() {
        "everything is as it was".to_owned()
    } else {
        format!("this could not be put back: {}", below(left))
    }
}
