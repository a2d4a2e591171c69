//! `--action doctor --pid N`: a process as it runs.
//!
//! ```text
//! /proc/N -> read -> Process -> interpreter -> environment below its root -> Inventory \
//!                            -> command, variables, without what may be a secret       -> checks -> Symptom
//!                            -> Portrait
//! ```
//!
//! Nothing is written, the process is not attached to, and no signal is sent. What it was started with is read as files of
//! the kernel; files of its own are read below its root, whose links lead nowhere else. Its folder is not searched: only
//! the files that its command names are read.

mod command;
mod environ;
mod error;
mod interpreter;
mod loaded;
pub mod maps;
mod native;
pub mod plain;
mod portrait;
pub mod read;
mod relative;
pub mod stat;
mod symptom;
mod way;

use std::{collections::BTreeMap, ffi::OsString, path::Path};

pub use self::{
    command::Command,
    environ::Environ,
    error::ProcessError,
    interpreter::Libc,
    portrait::{Portrait, Python},
    read::Process,
    relative::Relative,
    way::Way,
};
use self::{
    interpreter::Interpreter,
    symptom::{Case, Found},
};
use super::{Examined, known, symptom::Symptom};
use crate::{
    ecosystem::{
        Ecosystem, Overview, Project,
        python::{
            environment::{self, EnvironmentError},
            inventory::Inventory,
            naming::PREFIX,
            read::must_be_exact,
        },
    },
    package::PackageName,
    registry::Registry,
    settings::{Env, Wishes},
};

/// Where the kernel tells of processes.
pub const PROC: &str = "/proc";

/// What was found out about a process.
#[derive(Debug)]
pub struct Examination {
    /// What it is.
    pub portrait: Portrait,
    /// What is wrong with it; the files are those that its command names.
    pub examined: Examined,
    /// What kept something from being found out, each as a fragment.
    pub remarks: Vec<String>,
}

/// Looks at a process. `proc` is where the kernel tells of processes.
pub fn examine(proc: &Path, pid: u32, registry: &Registry) -> Result<Examination, ProcessError> {
    let process = Process::read(proc, pid)?;
    let knows = |name: &str| knows(registry, name);
    let variables = plain::variables(&process.environ, &knows);
    let libc = Libc::of(&process);
    let interpreter = interpreter::find(&process);
    let command = Command::of(&process, interpreter.is_some());
    let mut remarks = Vec::new();
    let (found, python) = if let Some(interpreter) = interpreter {
        let root = (&process.root, process.folder.as_path());
        let way = Way::of(&process.environ, Some(root));
        let inventory = inventory(&process, &interpreter, &command, registry).and_then(Result::ok);
        if inventory.is_none() {
            remarks.push(
                "its environment cannot be read: what depends on versions is not looked for".to_owned(),
            );
        }
        let python = Python::of(&process, &interpreter, inventory.as_ref(), way);
        let case = Case {
            process: &process,
            interpreter: &interpreter,
            libc,
            command: &command,
            way,
            inventory: inventory.as_ref(),
            variables: &variables,
            loaded: &python.loaded,
        };
        let mut found = case.found(registry);
        found
            .symptoms
            .extend(inventory.and_then(|inventory| problems(pid, inventory, registry)).unwrap_or_default());
        (found, Some(python))
    } else {
        let is_set_up = variables.iter().any(|variable| variable.name.starts_with("OTEL_"));
        (Found { symptoms: native::symptoms(pid, &variables), is_set_up, ..Found::default() }, None)
    };
    if process.environ == Environ::Overwritten {
        remarks.push(
            "it has written a title over its variables: what depends on them is not looked for".to_owned(),
        );
    }
    let portrait = Portrait::of(&process, libc, python, &command, &variables);
    process.still_runs(proc)?;
    let Found { symptoms, is_set_up, survey } = found;
    let examined = Examined { symptoms, is_set_up, files: survey.files, skips: survey.skips };
    Ok(Examination { portrait, examined, remarks })
}

/// Whether a name is that of an instrumentation, or of something that one is for.
fn knows(registry: &Registry, name: &str) -> bool {
    let Ok(name) = PackageName::of_distribution(name) else { return false };
    registry.python().knows(name.as_str()) || registry.python().knows(&format!("{PREFIX}{name}"))
}

/// What is installed where the interpreter of a process looks; `None` if its library is not to be found.
fn inventory(
    process: &Process,
    interpreter: &Interpreter,
    command: &Command,
    registry: &Registry,
) -> Option<Result<Inventory, EnvironmentError>> {
    let base = interpreter.base.as_deref()?;
    let has = |switches: &str| command.switches.contains(|switch| switches.contains(switch));
    let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
    for name in ["HOME", "PYTHONNOUSERSITE", "PYTHONPATH", "PYTHONUSERBASE", "RPM_BUILD_ROOT"] {
        let is_heard = !name.starts_with("PYTHON") || !has("EI");
        if let Some(value) = process.environ.get(name).filter(|_| is_heard) {
            variables.insert(name.into(), value.into());
        }
    }
    if has("sI") {
        variables.insert("PYTHONNOUSERSITE".into(), "1".into());
    }
    let env = Env { variables, folder: process.folder.clone(), root: process.root.clone(), ..Env::default() };
    let located =
        environment::of_process(interpreter.started_as.as_deref(), base, &interpreter.library, &env);
    let knows = |name: &str| registry.python().knows(name);
    Some(located.map(|located| {
        let mut inventory = located.read(|name| must_be_exact(name, &knows));
        inventory.python = interpreter.version.clone().or(inventory.python);
        inventory
    }))
}

/// What is wrong with what is installed.
fn problems(pid: u32, inventory: Inventory, registry: &Registry) -> Option<Vec<Symptom>> {
    let overview = Overview {
        ecosystem: Ecosystem::Python,
        packages: inventory.distributions.len(),
        source: symptom::place(pid),
        annotated: symptom::place(pid),
        members: Vec::new(),
    };
    let project = Project::Python(inventory);
    let resolution = project.resolve(registry, &Wishes::default()).ok()?;
    Some(known::symptoms(&project.problems(registry, &resolution), &overview, Path::new(".")))
}

#[cfg(all(test, unix))]
mod tests;
