//! What is to be done with a project.

use std::path::PathBuf;

use super::{RegistrySources, UsageError};
use crate::{
    cli::{ActionName, EcosystemName, FormatName, ProjectArgs},
    ecosystem::Ecosystem,
};

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

/// Resolves what was typed about a project. Every problem is told.
pub(super) fn project_settings(
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
