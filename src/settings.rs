//! What the user asked for, resolved: the only room that reads the environment.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io::IsTerminal,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{
    cli::{
        self, ActionName, Cli, ColorWhen, Command, CommonArgs, EcosystemName, FormatName, ProjectArgs,
        RegistryCommand,
    },
    ecosystem::Ecosystem,
    error::Failure,
    registry::update::{Destination, UpdateOptions},
    terminal::{Manner, Verbosity},
};

/// The folder below the user's cache that belongs to this program.
const CACHE_FOLDER: &str = "otel-bootstrap";

/// What the process was started in: variables and streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env {
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// How many columns the terminal has, if there is one.
    pub columns: Option<usize>,
}

impl Env {
    /// Reads it from the process.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            folder: std::env::current_dir().unwrap_or_default(),
            columns: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
        }
    }

    /// A variable; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }
}

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
    Project(ProjectSettings),
    /// Work on the registry.
    Registry {
        /// What to do with it.
        task: RegistryTask,
        /// Where it comes from.
        sources: RegistrySources,
    },
    /// Print this: the help, the version, a completion script, the manual page.
    Print(String),
}

/// Work on a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSettings {
    /// What to do.
    pub action: Action,
    /// Where the project is.
    pub path: PathBuf,
    /// The ecosystem; to be found out if `None`.
    pub ecosystem: Option<Ecosystem>,
    /// Which parts of it count.
    pub selection: Selection,
    /// What decides the answer besides the project.
    pub wishes: Wishes,
    /// Where the registry comes from.
    pub sources: RegistrySources,
}

/// What to do with a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Print what is to be installed.
    Requirements(AnswerFormat),
    /// Tell what is missing, outdated or doubled.
    Check(CheckFormat),
    /// Install it.
    Install(InstallSettings),
}

/// The forms of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFormat {
    /// The line form of the ecosystem's installer.
    Requirements,
    /// For programs.
    Json,
    /// For people.
    Table,
    /// For manifests.
    Toml,
}

/// The forms of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// Annotations of GitHub Actions.
    Github,
}

/// How to install.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a promise of its own and they combine freely")]
pub struct InstallSettings {
    /// Files of lines to take instead of scanning (`-` is stdin); empty scans.
    pub requirements: Vec<PathBuf>,
    /// Show the plan and change nothing.
    pub dry_run: bool,
    /// Touch no network.
    pub offline: bool,
    /// Fail where the lockfile would have to change.
    pub locked: bool,
    /// Fail where something locked would have to move.
    pub no_update: bool,
}

/// What to do with the registry.
#[derive(Clone, Debug)]
pub enum RegistryTask {
    /// Refresh the release data.
    Update(UpdateOptions),
}

/// Options that make no sense together, beyond what the parser sees.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UsageError {
    /// The format cannot say what the action finds out.
    #[error("`--format {format}` does not go with `--action {action}`")]
    Format {
        /// The value of `--format`.
        format: &'static str,
        /// The value of `--action`.
        action: &'static str,
    },
    /// Lines to install were given to an action that installs nothing.
    #[error("`--requirement` goes with `--action install` only")]
    RequirementWithoutInstall,
    /// Lines to install were given together with what decides about a scan.
    #[error("`{option}` has no meaning beside `--requirement`, which takes its lines as they are")]
    RequirementBeside {
        /// The option.
        option: &'static str,
    },
    /// It is not known where the user keeps caches.
    #[error("there is no cache folder to keep the release data in")]
    NoCache,
}

impl UsageError {
    /// What would do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Format { action: "check", .. } => Some("use `table`, `json` or `github`".to_owned()),
            Self::Format { action: "install", .. } => {
                Some("`--dry-run` shows what would be installed".to_owned())
            }
            Self::Format { .. } => Some("use `requirements`, `json`, `table` or `toml`".to_owned()),
            Self::NoCache => Some("set `XDG_CACHE_HOME`, or name a file with `--output`".to_owned()),
            Self::RequirementWithoutInstall | Self::RequirementBeside { .. } => None,
        }
    }
}

/// Which members and features of a Cargo project count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `-p`: package specs (`NAME` or `NAME@VERSION`); empty means by folder.
    pub packages: Vec<String>,
    /// `--workspace`: all members, wherever the path points.
    pub workspace: bool,
    /// `--features`: as cargo takes them (`f`, `member/f`), already split.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all_features: bool,
    /// `--no-default-features`.
    pub no_default_features: bool,
}

/// Which libraries and instrumentations count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `--exclude`: libraries or instrumentations to leave out.
    pub exclude: Vec<String>,
    /// `--only`: libraries or instrumentations to keep; empty keeps all.
    pub only: Vec<String>,
    /// `--direct`: being locked is not enough for any library.
    pub direct: bool,
}

/// What decides the release set and the crates beside the instrumentations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Which libraries and instrumentations count.
    pub filter: Filter,
    /// `--exporter`: the registry's name of it; `None` for `none`.
    pub exporter: Option<String>,
    /// `--otel-version`: major and minor.
    pub otel_version: Option<(u64, u64)>,
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
        let sources = RegistrySources { overlays: registry, cache: cache_folder(env) };
        let task = match command {
            None => Task::Project(project_settings(project, offline, sources)?),
            Some(Command::Registry(command)) => {
                let task = match command {
                    RegistryCommand::Update { output } => {
                        RegistryTask::Update(update_options(output, offline, &sources, env)?)
                    }
                };
                Task::Registry { task, sources }
            }
            Some(Command::Completions { shell }) => Task::Print(cli::completions(shell)),
            Some(Command::Man) => Task::Print(cli::manual()),
        };
        Ok(Self { task, manner })
    }
}

/// How to talk before the arguments are understood.
#[must_use]
pub fn first_manner(env: &Env) -> Manner {
    styled(ColorWhen::Auto, env)
}

fn manner(common: &CommonArgs, env: &Env) -> Manner {
    let verbosity = match i16::from(common.verbose) - i16::from(common.quiet) {
        ..-1 => Verbosity::Silent,
        -1 => Verbosity::Quiet,
        0 => Verbosity::Normal,
        1.. => Verbosity::Verbose,
    };
    let progress = env.stderr_is_terminal
        && !common.no_progress
        && verbosity >= Verbosity::Normal
        && env.get("CI").is_none()
        && env.get("TERM").is_none_or(|term| term != "dumb");
    Manner { verbosity, progress, ..styled(common.color, env) }
}

/// Colour and width. `NO_COLOR` (no-color.org) goes before `CLICOLOR_FORCE` (bixense.com/clicolors),
/// and the option goes before both.
fn styled(color: ColorWhen, env: &Env) -> Manner {
    let forced = match color {
        ColorWhen::Always => Some(true),
        ColorWhen::Never => Some(false),
        ColorWhen::Auto if env.get("NO_COLOR").is_some() => Some(false),
        ColorWhen::Auto if env.get("CLICOLOR_FORCE").is_some_and(|value| value != "0") => Some(true),
        ColorWhen::Auto if env.get("TERM").is_some_and(|term| term == "dumb") => Some(false),
        ColorWhen::Auto => None,
    };
    Manner {
        stdout_styled: forced.unwrap_or(env.stdout_is_terminal),
        stderr_styled: forced.unwrap_or(env.stderr_is_terminal),
        width: if env.stdout_is_terminal { env.columns } else { None },
        ..Manner::default()
    }
}

/// The user's cache folder of this program: `XDG_CACHE_HOME` where it is absolute, as its
/// specification demands, else what is usual on the system.
fn cache_folder(env: &Env) -> Option<PathBuf> {
    let absolute = |name: &str| env.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let usual = || {
        if cfg!(windows) {
            absolute("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            absolute("HOME").map(|home| home.join("Library/Caches"))
        } else {
            absolute("HOME").map(|home| home.join(".cache"))
        }
    };
    absolute("XDG_CACHE_HOME").or_else(usual).map(|caches| caches.join(CACHE_FOLDER))
}

/// What a refresh of the release data needs; cargo's own variables say how the index is reached.
fn update_options(
    output: Option<PathBuf>,
    offline: bool,
    sources: &RegistrySources,
    env: &Env,
) -> Result<UpdateOptions, Vec<UsageError>> {
    let cache = || sources.cache.clone().map(Destination::Cache);
    let destination = output.map(Destination::File).or_else(cache).ok_or(vec![UsageError::NoCache])?;
    Ok(UpdateOptions {
        destination,
        offline,
        folder: env.folder.clone(),
        cargo_home: cargo_home(env),
        ca_file: env.get("CARGO_HTTP_CAINFO").map(PathBuf::from),
        proxy: env.get("CARGO_HTTP_PROXY").and_then(OsStr::to_str).map(str::to_owned),
    })
}

/// Cargo's home folder (the cargo book, "Cargo Home").
fn cargo_home(env: &Env) -> Option<PathBuf> {
    let home = || env.get(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
    let usual = || home().map(|home| Path::new(home).join(".cargo"));
    env.get("CARGO_HOME").map(|path| env.folder.join(path)).or_else(usual)
}

fn project_settings(
    project: ProjectArgs,
    offline: bool,
    sources: RegistrySources,
) -> Result<ProjectSettings, Vec<UsageError>> {
    let ProjectArgs {
        path,
        action,
        ecosystem,
        package,
        workspace,
        features,
        all_features,
        no_default_features,
        only,
        exclude,
        direct,
        exporter,
        otel_version,
        requirement,
        dry_run,
        locked,
        no_update,
        format,
    } = project;
    let filter = Filter {
        exclude: names(exclude.iter().map(String::as_str)),
        only: names(only.iter().map(String::as_str)),
        direct,
    };
    let exporter = Some(exporter).filter(|name| name != "none");
    let wishes = Wishes { filter, exporter, otel_version };
    let mut problems = requirement_problems(action, &requirement, &wishes);
    let install = InstallSettings { requirements: requirement, dry_run, offline, locked, no_update };
    let action = match action_settings(action, format, install) {
        Ok(action) if problems.is_empty() => action,
        Ok(_) => return Err(problems),
        Err(problem) => {
            problems.push(problem);
            return Err(problems);
        }
    };
    let ecosystem = match ecosystem {
        EcosystemName::Auto => None,
        EcosystemName::Cargo => Some(Ecosystem::Cargo),
    };
    let selection = Selection {
        packages: package,
        workspace,
        // Cargo separates features by commas or spaces.
        features: names(features.iter().flat_map(|f| f.split([',', ' ']))),
        all_features,
        no_default_features,
    };
    Ok(ProjectSettings { action, path, ecosystem, selection, wishes, sources })
}

/// Names as they were meant: no blanks around them, and none that is only blanks.
fn names<'a>(typed: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    typed.into_iter().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn requirement_problems(action: ActionName, requirement: &[PathBuf], wishes: &Wishes) -> Vec<UsageError> {
    if requirement.is_empty() {
        return Vec::new();
    }
    let Wishes { filter: Filter { exclude, only, direct }, exporter, otel_version } = wishes;
    let beside = [
        ("--only", !only.is_empty()),
        ("--exclude", !exclude.is_empty()),
        ("--direct", *direct),
        ("--exporter", exporter.is_some()),
        ("--otel-version", otel_version.is_some()),
    ];
    let misplaced = (action != ActionName::Install).then_some(UsageError::RequirementWithoutInstall);
    let beside = beside.iter().filter(|(_, given)| *given);
    misplaced.into_iter().chain(beside.map(|(option, _)| UsageError::RequirementBeside { option })).collect()
}

fn action_settings(
    action: ActionName,
    format: Option<FormatName>,
    install: InstallSettings,
) -> Result<Action, UsageError> {
    let unfit = |format| UsageError::Format { format, action: action.word() };
    match (action, format) {
        (ActionName::Requirements, None | Some(FormatName::Requirements)) => {
            Ok(Action::Requirements(AnswerFormat::Requirements))
        }
        (ActionName::Requirements, Some(FormatName::Json)) => Ok(Action::Requirements(AnswerFormat::Json)),
        (ActionName::Requirements, Some(FormatName::Table)) => Ok(Action::Requirements(AnswerFormat::Table)),
        (ActionName::Requirements, Some(FormatName::Toml)) => Ok(Action::Requirements(AnswerFormat::Toml)),
        (ActionName::Check, None | Some(FormatName::Table)) => Ok(Action::Check(CheckFormat::Table)),
        (ActionName::Check, Some(FormatName::Json)) => Ok(Action::Check(CheckFormat::Json)),
        (ActionName::Check, Some(FormatName::Github)) => Ok(Action::Check(CheckFormat::Github)),
        (ActionName::Install, None) => Ok(Action::Install(install)),
        (_, Some(format)) => Err(unfit(format.word())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variables: &[(&str, &str)], terminal: bool) -> Env {
        Env {
            variables: variables.iter().map(|(name, value)| (name.into(), value.into())).collect(),
            stdout_is_terminal: terminal,
            stderr_is_terminal: terminal,
            columns: terminal.then_some(80),
            folder: "/work".into(),
        }
    }

    fn resolve(line: &str, env: &Env) -> Result<Settings, Vec<UsageError>> {
        let arguments = std::iter::once("otel-bootstrap").chain(line.split_whitespace());
        let cli = Cli::parse_arguments(arguments.map(OsString::from)).expect("a command line");
        Settings::resolve(cli, env)
    }

    fn project(line: &str) -> ProjectSettings {
        match resolve(line, &Env::default()).expect("settings").task {
            Task::Project(project) => project,
            other => panic!("`{line}` gave {other:?}"),
        }
    }

    #[test]
    fn each_action_has_its_formats() {
        use AnswerFormat as A;
        use CheckFormat as C;
        for (line, action) in [
            ("", Action::Requirements(A::Requirements)),
            ("--format json", Action::Requirements(A::Json)),
            ("--format toml", Action::Requirements(A::Toml)),
            ("-a check", Action::Check(C::Table)),
            ("-a check --format github", Action::Check(C::Github)),
            ("-a install", Action::Install(InstallSettings::default())),
        ] {
            assert_eq!(project(line).action, action, "{line}");
        }
        for (line, format, action) in [
            ("--format github", "github", "requirements"),
            ("-a check --format toml", "toml", "check"),
            ("-a install --format json", "json", "install"),
        ] {
            let problem = UsageError::Format { format, action };
            assert_eq!(resolve(line, &Env::default()).map(|_| ()), Err(vec![problem]), "{line}");
            assert!(problem.hint().is_some());
        }
    }

    #[test]
    fn lines_to_install_go_with_nothing_that_decides_about_a_scan() {
        assert_eq!(
            resolve("-r x --only a --exporter otlp", &Env::default()).map(|_| ()),
            Err(vec![
                UsageError::RequirementWithoutInstall,
                UsageError::RequirementBeside { option: "--only" },
                UsageError::RequirementBeside { option: "--exporter" },
            ])
        );
        let settings = project("-a install -r x --exporter none --dry-run --locked --offline --no-update");
        let expected = InstallSettings {
            requirements: vec!["x".into()],
            dry_run: true,
            offline: true,
            locked: true,
            no_update: true,
        };
        assert_eq!(settings.action, Action::Install(expected));
    }

    #[test]
    fn names_are_split_and_trimmed() {
        let settings = project("--features a,b -F c --only x,,y --exclude z,");
        assert_eq!(settings.selection.features, ["a", "b", "c"]);
        assert_eq!(settings.wishes.filter.only, ["x", "y"]);
        assert_eq!(settings.wishes.filter.exclude, ["z"]);
    }

    #[test]
    fn colour_follows_option_then_environment_then_stream() {
        for (line, variables, terminal, styled) in [
            ("", &[][..], true, true),
            ("", &[], false, false),
            ("", &[("NO_COLOR", "1")], true, false),
            ("", &[("NO_COLOR", "")], true, true),
            ("", &[("CLICOLOR_FORCE", "1")], false, true),
            ("", &[("CLICOLOR_FORCE", "0")], false, false),
            ("", &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true, false),
            ("", &[("TERM", "dumb")], true, false),
            ("--color always", &[("NO_COLOR", "1")], false, true),
            ("--color never", &[("CLICOLOR_FORCE", "1")], true, false),
        ] {
            let manner = resolve(line, &env(variables, terminal)).expect("settings").manner;
            assert_eq!(
                (manner.stdout_styled, manner.stderr_styled),
                (styled, styled),
                "{line} {variables:?}"
            );
            assert_eq!(manner.width.is_some(), terminal);
        }
    }

    #[test]
    fn progress_is_for_people_who_watch() {
        for (line, variables, terminal, progress) in [
            ("", &[][..], true, true),
            ("", &[], false, false),
            ("", &[("CI", "true")], true, false),
            ("--no-progress", &[], true, false),
            ("-q", &[], true, false),
        ] {
            let manner = resolve(line, &env(variables, terminal)).expect("settings").manner;
            assert_eq!(manner.progress, progress, "{line} {variables:?}");
        }
    }

    #[test]
    fn verbose_and_quiet_even_out() {
        for (line, verbosity) in [
            ("-qqq", Verbosity::Silent),
            ("-qq", Verbosity::Silent),
            ("-q", Verbosity::Quiet),
            ("-q -v", Verbosity::Normal),
            ("-vv", Verbosity::Verbose),
        ] {
            assert_eq!(
                resolve(line, &Env::default()).expect("settings").manner.verbosity,
                verbosity,
                "{line}"
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_cache_lies_where_the_user_keeps_caches() {
        for (variables, folder) in [
            (&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")][..], Some("/c/otel-bootstrap")),
            (&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")], Some("/h/.cache/otel-bootstrap")),
            (&[], None),
        ] {
            assert_eq!(cache_folder(&env(variables, false)), folder.map(PathBuf::from));
        }
    }
}
