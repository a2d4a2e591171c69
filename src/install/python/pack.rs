//! Resolves and installs into a folder, for a Python and a platform that need not be those of this machine.
//!
//! Source of the options: the documentation of `uv pip compile` and `uv pip install` (`--python-version`,
//! `--python-platform`), and of `pip install` (`--target`, `--platform`, `--report`). Only wheels are ever taken:
//! what is built here would fit this machine alone.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use pep440_rs::Version;
use tempfile::TempDir;
use thiserror::Error;

use super::{
    Conflict, Hand, HandError, Pin, Programs, Step, Wanted, conflict,
    hand::QUIET,
    hold,
    proof::{GRACE, LARGEST_REPORT, UNREACHABLE, program_hint},
    wheels::{self, Locked},
};
use crate::{
    file,
    install::{Command, ProgramError, interrupt::Interrupts, program::Manner},
    settings::Installer,
};

/// What is installed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The Python (`3.12`).
    pub python: Version,
    /// The platform by the name that uv has for it.
    pub platform: String,
    /// The platform tags of the wheels that will do, the best first, which pip is told one by one.
    pub tags: Vec<String>,
}

/// An installer that needs no environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packer {
    /// Who it is.
    hand: Hand,
    /// The folder it runs in: that of the project, where it may be configured.
    root: PathBuf,
    /// Whether it must not touch the network.
    offline: bool,
}

/// Why a folder was not filled.
#[derive(Debug, Error)]
pub enum PackError {
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
    /// There are no wheels that go together.
    #[error("no wheels were found that go together")]
    Conflict {
        /// Who does not go together.
        conflict: Box<Conflict>,
        /// What the installer said.
        source: ProgramError,
    },
    /// The installer did not say what it found in a form that is understood.
    #[error("`{command}` did not tell what it would install")]
    Unclear {
        /// The command.
        command: Command,
    },
}

impl PackError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Program(error) => program_hint(error),
            Self::Unreachable(_) => Some(UNREACHABLE.to_owned()),
            Self::Unclear { .. } => {
                Some("a newer uv (0.7) or pip (23.0) tells; `--installer` chooses another one".to_owned())
            }
            _ => None,
        }
    }
}

impl Packer {
    /// The one that is asked for, else the one that is there.
    pub fn choose(
        asked: Option<Installer>,
        programs: &Programs,
        root: PathBuf,
        offline: bool,
    ) -> Result<Self, HandError> {
        Ok(Self { hand: Hand::outer(asked, programs)?, root, offline })
    }

    /// Whether it is uv.
    fn is_uv(&self) -> bool {
        matches!(self.hand, Hand::Uv(_))
    }

    /// Finds out which wheels would be installed, with these versions held.
    pub fn lock(
        &self,
        target: &Foreign,
        wanted: &[Wanted],
        held: &[Pin],
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<Vec<Locked>, PackError> {
        let interrupts = Interrupts::hold().map_err(PackError::Signals)?;
        let folder = TempDir::with_prefix("otel-bootstrap-").map_err(PackError::Files)?;
        let [requirements, constraints, nowhere] =
            ["requirements.in", "constraints.txt", "nowhere"].map(|name| folder.path().join(name));
        let answer = folder.path().join(if self.is_uv() { "pylock.toml" } else { "report.json" });
        fs::write(&requirements, hold::lines(wanted)).map_err(PackError::Files)?;
        fs::write(&constraints, hold::lines(held)).map_err(PackError::Files)?;
        let option = |name: &'static str| OsStr::new(name);
        let mut more = vec![option("--constraint"), constraints.as_os_str()];
        let command = if self.is_uv() {
            more.extend([option("--output-file"), answer.as_os_str(), requirements.as_os_str()]);
            self.command(target, "compile", &["--quiet", "--format", "pylock.toml"])
        } else {
            more.extend([option("--requirement"), requirements.as_os_str()]);
            more.extend([option("--report"), answer.as_os_str()]);
            more.extend([option("--target"), nowhere.as_os_str()]);
            self.command(target, "install", &["--dry-run", "--ignore-installed"])
        };
        watch(Step::Asking(&command));
        let mut manner = Manner { more: &more, variables: &[], grace: GRACE, hear: &mut |_| {} };
        command.run(&mut manner, Some(&interrupts)).map_err(|error| failure(error, held, wanted))?;
        let text = file::read_text(&answer, LARGEST_REPORT).ok();
        let read = if self.is_uv() { wheels::of_pylock } else { wheels::of_report };
        text.and_then(|text| read(&text)).ok_or(PackError::Unclear { command })
    }

    /// Installs wheels into a folder that does not exist yet, and nothing else.
    pub fn install(
        &self,
        target: &Foreign,
        locked: &[Locked],
        into: &Path,
        watch: &mut dyn FnMut(Step<'_>),
    ) -> Result<(), PackError> {
        let interrupts = Interrupts::hold().map_err(PackError::Signals)?;
        let folder = TempDir::with_prefix("otel-bootstrap-").map_err(PackError::Files)?;
        let requirements = folder.path().join("requirements.txt");
        fs::write(&requirements, locked.iter().map(Locked::lines).collect::<String>())
            .map_err(PackError::Files)?;
        let flags: &[&str] = if self.is_uv() {
            &["--no-deps", "--require-hashes", "--no-compile-bytecode"]
        } else {
            &["--no-deps", "--require-hashes", "--no-compile"]
        };
        let command = self.command(target, "install", flags);
        let more =
            [OsStr::new("--requirement"), requirements.as_os_str(), OsStr::new("--target"), into.as_os_str()];
        watch(Step::Asking(&command));
        let mut manner = Manner { more: &more, variables: &[], grace: GRACE, hear: &mut |_| {} };
        command.run(&mut manner, Some(&interrupts)).map_err(|error| failure(error, &[], &[]))?;
        Ok(())
    }

    /// A command for the target.
    fn command(&self, target: &Foreign, verb: &str, flags: &[&str]) -> Command {
        let python = target.python.to_string();
        let (program, mut args): (PathBuf, Vec<&str>) = match &self.hand {
            Hand::Uv(uv) => {
                let platform = ["--python-platform", target.platform.as_str(), "--only-binary", ":all:"];
                let args = ["pip", verb, "--color", "never", "--no-python-downloads"].into_iter();
                (uv.clone(), args.chain(platform).collect())
            }
            Hand::OuterPip(pip) => {
                let tags = target.tags.iter().flat_map(|tag| ["--platform", tag]);
                let wheels = ["--implementation", "cp", "--only-binary=:all:", "--progress-bar", "off"];
                (pip.clone(), [verb].into_iter().chain(QUIET).chain(wheels).chain(tags).collect())
            }
            Hand::Pip => unreachable!("there is no environment that a pip could lie in"),
        };
        args.extend(["--python-version", &python]);
        args.extend(flags);
        if self.offline {
            args.push(if self.is_uv() { "--offline" } else { "--no-index" });
        }
        let args = args.into_iter().map(str::to_owned).collect();
        Command { program, args, folder: self.root.clone() }
    }
}

/// What a failure of the installer means.
fn failure(error: ProgramError, held: &[Pin], wanted: &[Wanted]) -> PackError {
    let error = conflict::digest(error);
    let ProgramError::Failed { said, .. } = &error else { return PackError::Program(error) };
    if conflict::is_unreachable(said) {
        return PackError::Unreachable(error);
    }
    // Where no wheel fits, pip speaks of no conflict.
    let has_none = said.contains("No matching distribution found");
    let conflict =
        conflict::read(said, held, wanted).or_else(|| has_none.then(|| conflict::sides(said, held, wanted)));
    match conflict {
        Some(conflict) => PackError::Conflict { conflict: Box::new(conflict), source: error },
        None => PackError::Program(error),
    }
}
