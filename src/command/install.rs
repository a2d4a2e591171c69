//! `--action install`: puts into the project what belongs there.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::explain;
use crate::{
    ecosystem::{Project, ReadError, cargo},
    error::{ExitStatus, Failure},
    install::{self, Line, LineError, Options, Plan, Proof, Step},
    registry::Registry,
    render,
    resolution::Resolution,
    settings::{Env, InstallSettings, ProjectSettings},
    terminal::{Terminal, plural},
};

/// The most that is read of a file of lines; real ones have a few kilobytes.
const LARGEST_LIST: u64 = 1 << 20;

/// The crate without which no data leaves the program.
const SDK: &str = "opentelemetry_sdk";

/// A file of lines that cannot be taken.
#[derive(Debug, Error)]
pub enum ListError {
    /// It cannot be read.
    #[error("failed to read requirements from {list}")]
    Read {
        /// The file, as it is told.
        list: String,
        /// Why.
        source: io::Error,
    },
    /// A line is none.
    #[error("{list}, {problem}")]
    Line {
        /// The file, as it is told.
        list: String,
        /// Which line, and why.
        problem: LineError,
    },
}

impl ListError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Line { problem, .. } => problem.hint(),
        }
    }
}

/// Installs; with `--dry-run` the plan goes to stdout and nothing else happens.
pub(crate) fn install(
    project: &Project,
    registry: &Registry,
    settings: &ProjectSettings,
    how: &InstallSettings,
    env: &Env,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    let Project::Cargo(inventory) = project else {
        terminal.warning("installing into Python environments comes with the next change; use the pipe");
        return Ok(ExitStatus::Failed);
    };
    let resolution = if how.requirements.is_empty() {
        project.resolve(registry, &settings.wishes)?
    } else {
        let lines = read_lists(&how.requirements)?;
        install::assign(&lines, inventory, registry, !settings.selection.packages.is_empty())?
    };
    explain(&resolution, terminal);
    let options = Options {
        path: settings.path.clone(),
        cargo: env.get("CARGO").map_or_else(|| "cargo".into(), PathBuf::from),
        offline: how.offline,
        locked: how.locked,
        no_update: how.no_update,
    };
    let plan = install::plan(&resolution, inventory, &options)?;
    let reader = |path: &Path| {
        cargo::read::read(path, &settings.selection, env).map_err(|error| ReadError::from(error).into())
    };
    let mut steps = 0;
    let proof = install::prove(&plan, &reader, &mut |step| {
        let Step::Running(command) = step;
        steps += 1;
        // The first brings the lockfile up to date; the others try to take back what it moved.
        match steps {
            1 => terminal.status(format_args!("running `{command}`")),
            2 => terminal.status("finding out which of the locked packages need not move"),
            _ => {}
        }
        if steps > 1 {
            terminal.reason(format_args!("running `{command}`"));
        }
    })?;
    for doubled in &proof.doubled {
        terminal.warning(format_args!("there were two copies before, and still are: {doubled}"));
    }
    if how.dry_run {
        terminal.data(&install::describe(&plan, &proof, terminal.is_verbose()))?;
    } else {
        install::apply(&plan, &proof, &reader)?;
    }
    conclude(project, &resolution, &plan, &proof, how.dry_run, env, terminal);
    Ok(ExitStatus::Done)
}

/// Says what was done, and what is left to do by hand.
fn conclude(
    project: &Project,
    resolution: &Resolution,
    plan: &Plan,
    proof: &Proof,
    dry_run: bool,
    env: &Env,
    terminal: &Terminal,
) {
    let Project::Cargo(inventory) = project else { return };
    if resolution.requirements.is_empty() {
        return terminal.status(render::nothing_to_add(resolution, &project.overview(&env.folder)));
    }
    if plan.is_done() {
        return terminal.status("nothing to install: all of it is there already");
    }
    let manifests = plural(plan.edits.len(), "manifest", "manifests");
    if dry_run {
        return terminal
            .status(format_args!("nothing was changed; without `--dry-run`, {manifests} would be"));
    }
    let changes = install::changes(&proof.changes, terminal.is_verbose());
    if !changes.is_empty() {
        terminal.status(changes.trim_end());
    }
    terminal.status(format_args!(
        "installed {} into {manifests}",
        plural(resolution.requirements.len(), "requirement", "requirements")
    ));
    let steps = install::next_steps(resolution, inventory);
    if !steps.is_empty() {
        terminal.status(format_args!("\nnext steps\n{}", steps.trim_end()));
        let is_sdk = |name: &str| name == SDK;
        if !inventory.packages.iter().any(|package| is_sdk(package.name.as_str()))
            && !resolution.requirements.iter().any(|requirement| is_sdk(requirement.name.as_str()))
        {
            terminal
                .hint("`-a install --exporter otlp` adds what sends the data out, and says how it is set up");
        }
    }
}

/// The lines of all files, one after the other; all problems are told.
fn read_lists(paths: &[PathBuf]) -> Result<Vec<Line>, Vec<ListError>> {
    let mut lines = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        let told = || shown(path);
        match read_list(path) {
            Ok(text) => match install::parse_lines(&text) {
                Ok(found) => lines.extend(found),
                Err(wrong) => {
                    errors.extend(wrong.into_iter().map(|problem| ListError::Line { list: told(), problem }));
                }
            },
            Err(source) => errors.push(ListError::Read { list: told(), source }),
        }
    }
    if errors.is_empty() { Ok(lines) } else { Err(errors) }
}

fn read_list(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let limit = LARGEST_LIST + 1;
    let read = if is_stdin(path) {
        io::stdin().lock().take(limit).read_to_string(&mut text)?
    } else {
        File::open(path)?.take(limit).read_to_string(&mut text)?
    };
    if read as u64 > LARGEST_LIST {
        return Err(io::Error::other(format!("it is larger than {} MiB", LARGEST_LIST >> 20)));
    }
    Ok(text)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn shown(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { format!("`{}`", path.display()) }
}
