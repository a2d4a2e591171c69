//! What a process is, as far as it may be shown.

use super::{
    command::Command,
    environ::Environ,
    interpreter::{Interpreter, Libc},
    loaded::loaded,
    read::Process,
    relative::Relative,
    way::Way,
};
use crate::{
    doctor::{launch::Variable, python::is_exact},
    ecosystem::python::inventory::{Inventory, Source},
};

/// What a process is. All texts may hold whatever the process likes, but no value of a variable and no argument that
/// may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portrait {
    /// Its number.
    pub pid: u32,
    /// The number that it has in its own container, if that is another.
    pub inner_pid: Option<u32>,
    /// The file of its program.
    pub exe: Option<String>,
    /// Whether that file is no longer there.
    pub is_replaced: bool,
    /// Whether it sees other file systems than this program.
    pub is_contained: bool,
    /// The program that it runs, if it is one that is known.
    pub program: Option<String>,
    /// Its interpreter of Python.
    pub python: Option<Python>,
    /// Its C library.
    pub libc: Libc,
    /// Who started it.
    pub parent: Option<Relative>,
    /// The processes that it forked, and what else it started.
    pub children: Vec<Relative>,
    /// Whether its parent spawned it through `multiprocessing`.
    pub is_spawned: bool,
    /// How many processes its parent forked as it did this one.
    pub siblings: usize,
    /// The variables of OpenTelemetry that are set, with values that may be shown; `None` if they are overwritten.
    pub variables: Option<Vec<(String, Option<String>)>>,
}

/// An interpreter of Python in a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// Its version, as far as it is known.
    pub version: Option<String>,
    /// The name of the folder of its library.
    pub library: String,
    /// Its file.
    pub file: String,
    /// The prefix of the environment that it runs in.
    pub prefix: Option<String>,
    /// How many distributions that environment has; `None` if it cannot be read.
    pub distributions: Option<usize>,
    /// How the instrumentation was to get into it.
    pub way: Way,
    /// The distributions of which extensions are loaded.
    pub loaded: Vec<&'static str>,
}

impl Portrait {
    /// How many processes were forked from it.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.children.iter().filter(|child| child.is_fork).count()
    }

    pub(super) fn of(
        process: &Process,
        libc: Libc,
        python: Option<Python>,
        command: &Command,
        variables: &[Variable],
    ) -> Self {
        let is_known = matches!(process.environ, Environ::Known(_));
        // Names that anybody may have made up are not told.
        let known = variables.iter().filter(|variable| is_exact(&variable.name));
        let known = known.map(|variable| {
            let value = variable.value.clone().filter(|value| !value.contains(super::plain::HIDDEN));
            (variable.name.clone(), value.filter(|_| !variable.name.ends_with("ENDPOINT")))
        });
        Self {
            pid: process.pid,
            inner_pid: process.inner_pid,
            exe: process.exe.clone(),
            is_replaced: process.is_replaced,
            is_contained: process.is_contained,
            program: command.program(),
            python,
            libc,
            parent: process.family.parent.clone(),
            children: process.family.children.clone(),
            is_spawned: process.family.spawner.is_some(),
            siblings: process.family.siblings,
            variables: is_known.then(|| known.collect()),
        }
    }
}

impl Python {
    pub(super) fn of(
        process: &Process,
        interpreter: &Interpreter,
        inventory: Option<&Inventory>,
        way: Way,
    ) -> Self {
        let environment = inventory.and_then(|inventory| match &inventory.source {
            Source::Environment(environment) => environment.prefix.as_ref(),
            Source::Lockfile { .. } => None,
        });
        Self {
            version: interpreter.version.as_ref().map(ToString::to_string),
            library: interpreter.library.clone(),
            file: interpreter.file.clone(),
            prefix: environment.map(|prefix| prefix.display().to_string()),
            distributions: inventory.map(|inventory| inventory.distributions.len()),
            way,
            loaded: loaded(process).into_iter().collect(),
        }
    }
}
