//! `otel-bootstrap` reads what a project uses, matches it against a registry of instrumentations,
//! and prints or installs what fits.
//!
//! The way of the data, each arrow a named value:
//!
//! ```text
//! Cli -> Settings -> discover -> Project -> read -> Inventory -> match -> Findings -> resolve -> Resolution
//!                                                                   -> render  -> stdout
//!                                                                   -> plan -> Plan -> apply -> read again
//! ```
//!
//! Everything up to [`resolution::Resolution`] is pure but for reading the project's files; effects are a
//! plan, which `--dry-run` prints and `install` carries out. What differs between ecosystems lies
//! below [`ecosystem`], in rooms of the same shape.

pub mod check;
pub mod cli;
pub mod command;
pub mod doctor;
pub mod document;
pub mod ecosystem;
pub mod error;
pub mod file;
pub mod finding;
pub mod install;
pub mod manual;
pub mod nearest;
pub mod operator;
pub mod package;
pub mod registry;
pub mod render;
pub mod resolution;
pub mod root;
pub mod settings;
pub mod terminal;

use std::mem::ManuallyDrop;

use crate::{
    ecosystem::{
        Project,
        discover::{Place, discover},
    },
    error::{ExitStatus, Failure},
    registry::Registry,
    settings::{Action, Env, ProjectSettings, Settings, Task},
    terminal::Terminal,
};

/// What this program calls itself where it speaks HTTP.
pub(crate) const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Does what the settings say; what there is to say goes to the terminal.
pub fn run(settings: Settings, env: &Env, terminal: &Terminal) -> Result<ExitStatus, Failure> {
    match settings.task {
        Task::Project(settings) => work(&settings, env, terminal),
        Task::Registry { task, sources } => command::registry(&task, &sources, terminal),
        Task::Doctor(task) => command::doctor_page(&task, terminal),
        Task::Print(text) => {
            terminal.data(&text)?;
            Ok(ExitStatus::Done)
        }
    }
}

/// The way of the data.
fn work(settings: &ProjectSettings, env: &Env, terminal: &Terminal) -> Result<ExitStatus, Failure> {
    // Registry and project are not freed piece by piece: the process ends when the work is done.
    let registry = ManuallyDrop::new(Registry::load(&settings.sources)?);
    if let Action::Doctor(how) = &settings.action
        && let Some(process) = how.process
    {
        return command::process(process, how, settings, &registry, env, terminal);
    }
    let place = discover(&settings.path, settings.ecosystem, &settings.selection, env)?;
    let misplaced = settings.misplaced(place.ecosystem());
    if !misplaced.is_empty() {
        return Err(misplaced.into());
    }
    let read = || -> Result<_, Failure> {
        Ok(ManuallyDrop::new(Project::read(&place, &settings.selection, env, &registry)?))
    };
    match &settings.action {
        Action::Compat => {
            terminal.data(&read()?.compat(&registry, &settings.wishes)?)?;
            Ok(ExitStatus::Done)
        }
        Action::Requirements(format) => {
            let project = read()?;
            let resolution = project.resolve(&registry, &settings.wishes)?;
            command::requirements(&resolution, &project.overview(&env.folder), *format, terminal)
        }
        Action::Check(format) => {
            let project = read()?;
            let resolution = project.resolve(&registry, &settings.wishes)?;
            let report = check::check(&resolution, project.problems(&registry, &resolution));
            command::check(&report, &resolution, &project.overview(&env.folder), *format, terminal)
        }
        Action::Doctor(how) => command::doctor(&place, how, settings, &registry, env, terminal),
        Action::Payload(how) => match &place {
            Place::Python(place) => command::payload(place, how, settings, &registry, env, terminal),
            Place::Cargo(_) => unreachable!("an option that is misplaced there was refused"),
        },
        Action::Operator(how) => command::operator(&place, how, settings, &registry, env, terminal),
        Action::Install(how) => {
            let (project, registry) = (&*read()?, &*registry);
            command::install(&command::Work {
                place: &place,
                project,
                registry,
                settings,
                how,
                env,
                terminal,
            })
        }
    }
}
