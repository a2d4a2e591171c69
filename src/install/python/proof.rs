//! Finds out what an installer would do before anything changes.

use std::{collections::BTreeMap, error, fs, io, time::Duration};

use pep440_rs::Version;
use tempfile::TempDir;
use thiserror::Error;

use super::{
    Pin, Place, Plan, Wanted,
    conflict::{self, Conflict},
    hold, preview,
};
use crate::{
    ecosystem::python::inventory::Inventory,
    file,
    install::{Command, ProgramError, interrupt::Interrupts, program::Manner},
    package::PackageName,
    terminal::listed,
};

/// How long an installer that only resolves may take to end by itself after an interruption.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// The most that is read of a report; real ones have some kilobytes for each distribution.
pub(super) const LARGEST_REPORT: u64 = 64 << 20;
/// What to do where the index cannot be reached.
pub(super) const UNREACHABLE: &str =
    "look at the network, the proxy, and the index that pip or uv is configured for";

/// Reads the environment again.
pub type Reader<'a> = &'a dyn Fn() -> Result<Inventory, Box<dyn error::Error + Send + Sync>>;

/// What is going on, for a person who waits.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// A command runs, which changes nothing.
    Asking(&'a Command),
    /// A command runs.
    Running(&'a Command),
    /// What it says, line by line; a foreign text.
    Said(&'a str),
}

/// What a plan leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// What will be installed, with all that it needs; sorted.
    pub pins: Vec<Pin>,
    /// The command that does it.
    pub command: Option<Command>,
    /// What it is given as constraints: everything that is held, and everything that comes.
    pub constraints: Vec<Pin>,
}

/// Why a plan was not proven; nothing has changed.
#[derive(Debug, Error)]
pub enum ProofError {
    /// Signals cannot be held back.
    #[error("failed to watch for signals")]
    Signals(#[source] io::Error),
    /// The files for the installer cannot be written.
    #[error("failed to write what the installer is to read")]
    Files(#[source] io::Error),
    /// The installer failed.
    #[error("{0}")]
    Program(#[source] ProgramError),
    /// The index cannot be reached.
    #[error("the package index cannot be reached")]
    Unreachable(#[source] ProgramError),
    /// The requirements do not go together with what is installed.
    #[error("{}", sides(conflict))]
    Conflict {
        /// Who does not go together.
        conflict: Box<Conflict>,
        /// What the installer said.
        source: ProgramError,
    },
    /// The installer did not say what it would do in a form that is understood.
    #[error("`{command}` did not tell what it would install")]
    Unclear {
        /// The command.
        command: Command,
    },
    /// Something that is installed would move.
    #[error("what is installed would move: {}", below(.0))]
    Moves(Vec<String>),
    /// The installer would leave something out.
    #[error("the installer would leave out `{}`", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("`, `"))]
    Unmet(Vec<Wanted>),
}

impl ProofError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Program(error) => program_hint(error),
            Self::Unreachable(_) => Some(UNREACHABLE.to_owned()),
            Self::Conflict { conflict, .. } => {
                let Conflict { held, wanted } = &**conflict;
                let names = |names: Vec<&str>| listed(names.iter().map(|name| format!("`{name}`")));
                let update = names(held.iter().map(|pin| pin.name.as_str()).collect());
                let leave = names(wanted.iter().map(|wanted| wanted.name.as_str()).collect());
                match (held.is_empty(), wanted.is_empty()) {
                    (false, false) => Some(format!(
                        "move {update} to a version that fits, in the project's own files, or leave {leave} out with \
                         `--exclude`"
                    )),
                    (false, true) => {
                        Some(format!("move {update} to a version that fits, in the project's own files"))
                    }
                    (true, false) => Some(format!("leave {leave} out with `--exclude`")),
                    (true, true) => None,
                }
            }
            Self::Moves(_) => Some("bring the environment up to date with the project first".to_owned()),
            _ => None,
        }
    }
}

/// What the user can do about an installer that failed.
pub(super) fn program_hint(error: &ProgramError) -> Option<String> {
    match error {
        ProgramError::Failed { said, .. } if said.contains("network was disabled") => {
            Some("try again without `--offline`".to_owned())
        }
        ProgramError::Failed { said, command, .. }
            if said.contains("from versions: none") && command.args.iter().any(|arg| arg == "--no-index") =>
        {
            Some(
                "try again without `--offline`; pip has no index then but the folders of `--find-links`"
                    .to_owned(),
            )
        }
        ProgramError::Failed { said, .. } if said.contains("from versions: none") => Some(
            "the index that pip is configured for cannot be reached, or has nothing for this Python"
                .to_owned(),
        ),
        ProgramError::Failed { said, .. } if said.contains("No space left on device") => {
            Some("make room on the disk; `TMPDIR` chooses another one for temporary files".to_owned())
        }
        _ => None,
    }
}

/// Lets the installer resolve without installing.
pub fn prove(plan: &Plan, watch: &mut dyn FnMut(Step<'_>)) -> Result<Proof, ProofError> {
    let Some(place) = &plan.place else { return Ok(Proof::default()) };
    let interrupts = Interrupts::hold().map_err(ProofError::Signals)?;
    let pins = resolve(plan, place, &[], &interrupts, watch)?;
    Ok(Proof { command: Some(command(plan, place)), constraints: constraints(plan, &pins), pins })
}

/// The command that installs what was proven, together with its constraints.
pub(super) fn command(plan: &Plan, place: &Place) -> Command {
    // What is there already is no business of the installer.
    let missing: Vec<Wanted> = plan.wanted.iter().filter(|w| !w.is_met(&plan.inventory)).cloned().collect();
    place.hand.install(&place.target, &plan.options.root, plan.options.offline, &missing)
}

/// What leaves the installer no choice: everything that is held, and everything that comes.
pub(super) fn constraints(plan: &Plan, pins: &[Pin]) -> Vec<Pin> {
    let met = plan.wanted.iter().filter(|wanted| wanted.is_met(&plan.inventory));
    let met = met.filter_map(|wanted| hold::pin(plan.inventory.get(wanted.name.as_str())?));
    let all = hold::held(&plan.inventory, &plan.wanted).into_iter().chain(met).chain(pins.iter().cloned());
    let unique: BTreeMap<PackageName, Version> = all.map(|pin| (pin.name, pin.version)).collect();
    unique.into_iter().map(|(name, version)| Pin { name, version }).collect()
}

/// What the installer would put into the environment, with these as constraints besides what is held.
pub(super) fn resolve(
    plan: &Plan,
    place: &Place,
    besides: &[Pin],
    interrupts: &Interrupts,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Vec<Pin>, ProofError> {
    let held = hold::held(&plan.inventory, &plan.wanted);
    let folder = TempDir::with_prefix("otel-bootstrap-").map_err(ProofError::Files)?;
    let [requirements, constraints, report] =
        ["requirements.txt", "constraints.txt", "report.json"].map(|name| folder.path().join(name));
    fs::write(&requirements, hold::lines(&plan.wanted)).map_err(ProofError::Files)?;
    fs::write(&constraints, hold::lines(held.iter().chain(besides))).map_err(ProofError::Files)?;
    let paths = [requirements.as_path(), constraints.as_path(), report.as_path()];
    let (command, more) = place.hand.preview(&place.target, &plan.options.root, plan.options.offline, paths);
    watch(Step::Asking(&command));
    let mut manner = Manner { more: &more, variables: &[], grace: GRACE, hear: &mut |_| {} };
    let said =
        command.run(&mut manner, Some(interrupts)).map_err(|error| failure(error, &held, &plan.wanted))?;
    let pins = if place.hand.name() == "uv" {
        preview::of_uv(&said)
    } else {
        file::read_text(&report, LARGEST_REPORT).ok().and_then(|json| preview::of_report(&json))
    };
    let pins = pins.ok_or(ProofError::Unclear { command })?;
    let touched = pins.iter().filter_map(|pin| {
        let old = plan.inventory.get(pin.name.as_str())?;
        let is_free = plan.wanted.iter().any(|wanted| wanted.name == pin.name);
        (!is_free).then(|| format!("`{}` to {}", old.name, pin.version))
    });
    let touched: Vec<String> = touched.collect();
    if !touched.is_empty() {
        return Err(ProofError::Moves(touched));
    }
    let comes =
        |wanted: &Wanted| pins.iter().any(|pin| pin.name == wanted.name && wanted.accepts(&pin.version));
    let unmet: Vec<Wanted> =
        plan.wanted.iter().filter(|w| !comes(w) && !w.is_met(&plan.inventory)).cloned().collect();
    if unmet.is_empty() { Ok(pins) } else { Err(ProofError::Unmet(unmet)) }
}

/// What a failure of the installer means.
fn failure(error: ProgramError, held: &[Pin], wanted: &[Wanted]) -> ProofError {
    let error = conflict::digest(error);
    let ProgramError::Failed { said, .. } = &error else { return ProofError::Program(error) };
    if let Some(conflict) = conflict::read(said, held, wanted) {
        return ProofError::Conflict { conflict: Box::new(conflict), source: error };
    }
    if conflict::is_unreachable(said) { ProofError::Unreachable(error) } else { ProofError::Program(error) }
}

/// Several things, each on a line of its own below the sentence that introduces them.
pub(super) fn below(things: &[String]) -> String {
    things.iter().fold(String::new(), |text, thing| text + "\n    " + thing)
}

/// Both sides of a conflict in a sentence.
fn sides(Conflict { held, wanted }: &Conflict) -> String {
    let list = |items: Vec<String>| listed(items.into_iter().map(|item| format!("`{item}`")));
    let installed = list(held.iter().map(ToString::to_string).collect());
    let required = list(wanted.iter().map(ToString::to_string).collect());
    match (held.is_empty(), wanted.is_empty()) {
        (false, false) => {
            format!("{required} cannot be installed beside {installed}, which is installed already")
        }
        (false, true) => {
            format!("what is required cannot be installed beside {installed}, which is installed already")
        }
        (true, false) => format!("{required} cannot be installed beside what is installed already"),
        (true, true) => "what is required cannot be installed beside what is installed already".to_owned(),
    }
}
