//! What the user asked for, resolved: the only room that reads the environment.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

mod env;
mod manner;
mod operator;
mod payload;
mod project;
mod usage;

pub use self::{
    env::Env,
    manner::first_manner,
    operator::{InstrumentationSettings, Manifest, OperatorSettings},
    payload::PayloadSettings,
    project::{
        Action, AnswerFormat, CheckFormat, DoctorFormat, DoctorSettings, Filter, Fix, InstallSettings,
        Installer, ProcessSettings, ProjectSettings, PythonSelection, Save, Selection, Wishes,
    },
    usage::UsageError,
};
use self::{manner::manner, project::project_settings};
use crate::{
    cli::{Cli, Command, CommonArgs, DoctorCommand, RegistryCommand, TellFormat},
    ecosystem::Ecosystem,
    error::Failure,
    manual,
    registry::update::{Destination, UpdateOptions},
    terminal::Manner,
};

/// All that the program works with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to do.
    pub task: Task,
    /// How to talk.
    pub manner: Manner,
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Task {
    /// Work on a project.
    Project(Box<ProjectSettings>),
    /// Work on the registry.
    Registry {
        /// What to do with it.
        task: RegistryTask,
        /// Where it comes from.
        sources: RegistrySources,
    },
    /// Look at what the doctor knows.
    Doctor(DoctorTask),
    /// Print this: the help, the version, a completion script, the manual page.
    Print(String),
}

/// What to do with the registry.
#[derive(Clone, Debug)]
pub enum RegistryTask {
    /// List the libraries.
    List(TellFormat),
    /// Tell what is known about a name.
    Explain(String, TellFormat),
    /// Report every problem of these files, or of the built-in registry.
    Lint(Vec<PathBuf>, TellFormat),
    /// Refresh the release data.
    Update(Box<UpdateOptions>),
}

/// What to look at of what the doctor knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DoctorTask {
    /// The list of checks.
    List(TellFormat),
    /// The page of a check.
    Explain(String, TellFormat),
}

/// Where a registry comes from, besides the built-in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrySources {
    /// `--registry`: overlay files, applied in order.
    pub overlays: Vec<PathBuf>,
    /// The user's cache folder of this program, where refreshed release data lies.
    pub cache: Option<PathBuf>,
}

impl Settings {
    /// Parses the arguments, the program's name first, and resolves them.
    ///
    /// The help and the version are answers, too: clap hands them out as errors.
    pub fn of_arguments(arguments: impl IntoIterator<Item = OsString>, env: &Env) -> Result<Self, Failure> {
        match Cli::parse_arguments(arguments) {
            Ok(cli) => Ok(Self::resolve(cli, env)?),
            Err(answer) if !answer.use_stderr() => {
                let text = answer.render().ansi().to_string();
                Ok(Self { task: Task::Print(text), manner: first_manner(env) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Resolves what was typed and the environment. Every problem is told.
    pub fn resolve(cli: Cli, env: &Env) -> Result<Self, Vec<UsageError>> {
        let Cli { project, common, command } = cli;
        let manner = manner(&common, env);
        let CommonArgs { registry, offline, verbose: _, quiet: _, color: _, no_progress: _ } = common;
        let sources = RegistrySources { overlays: registry, cache: env.cache_folder() };
        let task = match command {
            None => Task::Project(Box::new(project_settings(project, offline, sources, env)?)),
            Some(Command::Registry(command)) => {
                let task = match command {
                    RegistryCommand::List { format } => RegistryTask::List(format),
                    RegistryCommand::Explain { name, format } => RegistryTask::Explain(name, format),
                    RegistryCommand::Lint { files, format } => RegistryTask::Lint(files, format),
                    RegistryCommand::Update { output, ecosystem } => {
                        let only = ecosystem.of();
                        RegistryTask::Update(Box::new(update_options(output, only, offline, &sources, env)?))
                    }
                };
                Task::Registry { task, sources }
            }
            Some(Command::Doctor(command)) => Task::Doctor(match command {
                DoctorCommand::List { format } => DoctorTask::List(format),
                DoctorCommand::Explain { id, format } => DoctorTask::Explain(id, format),
            }),
            Some(Command::Completions { shell }) => Task::Print(manual::completions(shell)),
            Some(Command::Man) => Task::Print(manual::manual()),
        };
        Ok(Self { task, manner })
    }
}

/// What a refresh of the release data needs; cargo's own variables say how the index is reached.
fn update_options(
    output: Option<PathBuf>,
    only: Option<Ecosystem>,
    offline: bool,
    sources: &RegistrySources,
    env: &Env,
) -> Result<UpdateOptions, Vec<UsageError>> {
    let cache = || sources.cache.clone().map(Destination::Cache);
    let destination = output.map(Destination::Folder).or_else(cache).ok_or(vec![UsageError::NoCache])?;
    Ok(UpdateOptions {
        destination,
        offline,
        only,
        env: env.clone(),
        cargo_home: env.cargo_home(),
        ca_file: env.get("CARGO_HTTP_CAINFO").map(PathBuf::from),
        proxy: env.get("CARGO_HTTP_PROXY").and_then(OsStr::to_str).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests;
