//! A trial run of cargo on a copy of the project: the lockfile is brought up to date, and what cargo
//! moved without need is moved back.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use semver::Version;

use super::{
    Plan, ProofError, Step,
    moves::{self, Changes, Force, Move},
    refusal,
    scratch::Scratch,
};
use crate::{
    ecosystem::cargo::{
        inventory::{LockedPackage, Source},
        lockfile,
        offer::is_compatible,
    },
    install::{Command, ProgramError, interrupt::Interrupts, program::Manner},
};

/// How often cargo is asked for another version at most; each time takes it a fraction of a second.
const MOST_REQUESTS: usize = 240;
/// How long cargo may take to end by itself after an interruption.
const GRACE: Duration = Duration::from_secs(2);
/// How many versions of one package are tried.
const MOST_CANDIDATES: usize = 8;

/// A copy of the project, and what was done to it.
pub(super) struct Trial<'a> {
    plan: &'a Plan,
    scratch: Scratch,
    interrupts: Interrupts,
    watch: &'a mut dyn FnMut(Step<'_>),
    /// The commands that led to the lockfile as it is.
    pub(super) commands: Vec<Command>,
    requests: usize,
}

impl<'a> Trial<'a> {
    /// Makes the copy, with the plan's edits.
    pub(super) fn new(plan: &'a Plan, watch: &'a mut dyn FnMut(Step<'_>)) -> Result<Self, ProofError> {
        let interrupts = Interrupts::hold().map_err(ProofError::Signals)?;
        let files = plan.edits.iter().map(|edit| (edit.path.as_path(), edit.new.as_slice()));
        let lock = (plan.lockfile.as_path(), plan.locked.as_bytes());
        let scratch = Scratch::new(files.chain([lock])).map_err(ProofError::Scratch)?;
        Ok(Self { plan, scratch, interrupts, watch, commands: Vec::new(), requests: 0 })
    }

    /// Where on the copy the project is found from.
    pub(super) fn path(&self) -> Result<PathBuf, ProofError> {
        self.place(&self.plan.options.path)
    }

    /// Lets cargo add what the manifests ask for, and nothing else if it can be helped.
    pub(super) fn update(&mut self) -> Result<Changes, ProofError> {
        let command = self.command(vec!["update".to_owned(), "--workspace".to_owned()]);
        self.run(&command, false)?;
        let before = lockfile::parse(&self.plan.locked).map_err(|source| self.bad_lockfile(source))?;
        self.settle_required(&before)?;
        self.hold(&before)
    }

    /// The lockfile as it is now.
    pub(super) fn lockfile(&self) -> Result<String, ProofError> {
        let path = self.place(&self.plan.lockfile)?;
        fs::read_to_string(&path).map_err(ProofError::Scratch)
    }

    /// Locks what is new at the very version that was required: cargo takes the newest that it counts
    /// as compatible, which the choice of the release set knows nothing about.
    fn settle_required(&mut self, before: &[LockedPackage]) -> Result<(), ProofError> {
        for requirement in &self.plan.requirements {
            let Some(pin) = &requirement.version else { continue };
            let Ok(version) = Version::parse(&pin.version) else { continue };
            let new = self.packages()?.into_iter().find(|package| {
                package.name == requirement.name
                    && package.version > version
                    && is_compatible(&package.version, &version)
                    && before
                        .binary_search_by(|b| {
                            (&b.name, &b.version, &b.source).cmp(&(
                                &package.name,
                                &package.version,
                                &package.source,
                            ))
                        })
                        .is_err()
            });
            if let Some(new) = new {
                // Where something else needs a newer one, that is as good.
                let command = self.request(new.name.as_str(), &new.version, &version);
                self.ask(&command, false, new.name.as_str(), &version)?;
            }
        }
        Ok(())
    }

    /// Moves back what need not have moved; what must move, moves no farther than it must. What is left
    /// carries the reason that cargo gives.
    fn hold(&mut self, before: &[LockedPackage]) -> Result<Changes, ProofError> {
        let mut tried = BTreeSet::new();
        let mut forces: BTreeMap<(String, Version), Force> = BTreeMap::new();
        loop {
            let packages = self.packages()?;
            let mut changes = moves::compare(before, &packages);
            let open = changes.moves.iter().filter(|m| !tried.contains(*m));
            let next = nearest_the_cause(open, &packages).filter(|_| self.requests < MOST_REQUESTS).cloned();
            let Some(next) = next else {
                for moved in &mut changes.moves {
                    moved.forced_by = forces.remove(&(moved.name.to_string(), moved.from.clone()));
                }
                return Ok(changes);
            };
            let force = self.lower(before, &next, changes.moves.len())?;
            let key = (next.name.to_string(), next.from.clone());
            match force {
                Some(force) => forces.insert(key, force),
                None => forces.remove(&key),
            };
            // What it moved to instead is as near as it gets.
            let packages = self.packages()?;
            let settled = moves::compare(before, &packages).moves.into_iter();
            tried.extend(settled.filter(|m| (&m.name, &m.from) == (&next.name, &next.from)));
            tried.insert(next);
        }
    }

    /// Asks for the version that was locked, then for the lowest that the requirement in the way allows.
    /// What comes back is the last requirement that was in the way.
    fn lower(
        &mut self,
        before: &[LockedPackage],
        moved: &Move,
        most: usize,
    ) -> Result<Option<Force>, ProofError> {
        let mut force: Option<Force> = None;
        let mut candidate = moved.from.clone();
        for _ in 0..MOST_CANDIDATES {
            match self.try_holding(before, moved, &candidate, most)? {
                Answer::Done { yanked: true } => candidate.patch += 1,
                Answer::Done { yanked: false } | Answer::Refused(None) => return Ok(force),
                Answer::Refused(Some(reason)) => {
                    let is_about_it = reason.of.is_none();
                    let lowest = refusal::lowest(&reason.requirement).filter(|_| is_about_it);
                    // One that accepts what was locked did not send it away: it stands in the way of this
                    // candidate, for its features or for what that needs in turn.
                    if force.is_none() || reason.excludes(&moved.from) {
                        force = Some(reason);
                    }
                    match lowest {
                        Some(lowest) if lowest > candidate => candidate = lowest,
                        _ => return Ok(force),
                    }
                }
            }
            if candidate >= moved.to || !is_compatible(&candidate, &moved.from) {
                break;
            }
        }
        Ok(force)
    }

    /// Asks for a version of a moved package, and takes the answer back if it makes more packages move
    /// than `most` or if the version was yanked. The index was just brought up to date, so cargo is
    /// first asked without a network, which takes a tenth of the time; but then it prefers what was
    /// downloaded before, and only a good answer counts.
    fn try_holding(
        &mut self,
        before: &[LockedPackage],
        moved: &Move,
        wanted: &Version,
        most: usize,
    ) -> Result<Answer, ProofError> {
        let saved = self.lockfile()?;
        let command = self.request(moved.name.as_str(), &moved.to, wanted);
        for offline in [true, false] {
            let is_last = !offline || self.plan.options.offline;
            match self.ask(&command, offline, moved.name.as_str(), wanted)? {
                Answer::Done { yanked } => {
                    // What was locked before may go on being locked.
                    let yanked = yanked && *wanted != moved.from;
                    let number = moves::compare(before, &self.packages()?).moves.len();
                    if !yanked && number <= most {
                        return Ok(Answer::Done { yanked });
                    }
                    self.commands.pop();
                    fs::write(self.place(&self.plan.lockfile)?, &saved).map_err(ProofError::Scratch)?;
                    if yanked {
                        return Ok(Answer::Done { yanked });
                    }
                }
                // What clashes with all that was downloaded need not clash with all there is.
                Answer::Refused(Some(Force { of: Some(_), .. }) | None) if !is_last => {}
                answer @ Answer::Refused(_) => return Ok(answer),
            }
            if is_last {
                break;
            }
        }
        Ok(Answer::Refused(None))
    }

    /// The command that asks for another version of a package.
    fn request(&self, name: &str, locked: &Version, wanted: &Version) -> Command {
        let args = ["update", "--package", &format!("{name}@{locked}"), "--precise", &wanted.to_string()];
        self.command(args.map(str::to_owned).to_vec())
    }

    /// Asks once; a refusal is an answer.
    fn ask(
        &mut self,
        command: &Command,
        offline: bool,
        name: &str,
        wanted: &Version,
    ) -> Result<Answer, ProofError> {
        self.requests += 1;
        match self.run(command, offline) {
            Ok(said) => Ok(Answer::Done { yanked: said.contains("yanked") }),
            Err(ProofError::Cargo(ProgramError::Failed { said, .. })) => {
                if let Some(force) = refusal::read(&said, name) {
                    return Ok(Answer::Refused(Some(force)));
                }
                let packages = self.packages()?;
                let is_locked = |name: &str, version: &str| {
                    packages.iter().any(|p| p.name.as_str() == name && p.version.to_string() == version)
                };
                Ok(Answer::Refused(refusal::read_clash(&said, name, wanted, is_locked)))
            }
            Err(other) => Err(other),
        }
    }

    /// A command as the user would give it in the folder of the project.
    fn command(&self, mut args: Vec<String>) -> Command {
        if self.plan.options.offline {
            args.push("--offline".to_owned());
        }
        Command { program: self.plan.options.cargo.clone(), args, folder: self.plan.root.clone() }
    }

    /// Runs cargo on the copy, in the folder of the project, so that its configuration counts.
    fn run(&mut self, command: &Command, offline: bool) -> Result<String, ProofError> {
        (self.watch)(Step::Running(command));
        let mut run = command.clone();
        if offline && !self.plan.options.offline {
            run.args.push("--offline".to_owned());
        }
        let manifest = self.place(&self.plan.root.join("Cargo.toml"))?;
        let mut manner = Manner {
            more: &[OsStr::new("--manifest-path"), manifest.as_os_str()],
            variables: &[
                // Crates that need a newer Rust than the project has are the last choice, as in `cargo add`.
                ("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", OsStr::new("fallback")),
                ("CARGO_TERM_COLOR", OsStr::new("never")),
                ("CARGO_TERM_PROGRESS_WHEN", OsStr::new("never")),
            ],
            grace: GRACE,
            hear: &mut |_| {},
        };
        let said = run.run(&mut manner, Some(&self.interrupts))?;
        self.commands.push(command.clone());
        Ok(said)
    }

    /// The packages that are locked now.
    fn packages(&self) -> Result<Vec<LockedPackage>, ProofError> {
        lockfile::parse(&self.lockfile()?).map_err(|source| self.bad_lockfile(source))
    }

    /// Where a file of the project lies on the copy.
    fn place(&self, path: &Path) -> Result<PathBuf, ProofError> {
        self.scratch.place(path).map_err(ProofError::Scratch)
    }

    fn bad_lockfile(&self, source: lockfile::LockfileError) -> ProofError {
        ProofError::Lockfile { path: self.plan.lockfile.clone(), source }
    }
}

/// What cargo made of a request.
enum Answer {
    /// It took the version; `yanked` if it said that of it.
    Done { yanked: bool },
    /// It would not; with the requirement that is in the way, if it named one.
    Refused(Option<Force>),
}

/// Of several moves the one to look at first: one that no other of them depends on, because where that
/// one goes decides where the others must go.
fn nearest_the_cause<'m>(
    moves: impl Iterator<Item = &'m Move>,
    packages: &[LockedPackage],
) -> Option<&'m Move> {
    let moves: Vec<&Move> = moves
        .filter(|m| packages.iter().any(|p| is(p, m) && !matches!(p.source, Source::Path | Source::Git(_))))
        .collect();
    let is_cause = |moved: &&&Move| {
        let others = moves.iter().filter(|other| *other != *moved);
        !others
            .flat_map(|other| packages.iter().filter(|p| is(p, other)))
            .any(|other| other.dependencies.iter().any(|&at| packages.get(at).is_some_and(|p| is(p, moved))))
    };
    moves.iter().find(is_cause).or(moves.first()).copied()
}

/// Whether the package is what a move led to.
fn is(package: &LockedPackage, moved: &Move) -> bool {
    package.name == moved.name && package.version == moved.to
}
