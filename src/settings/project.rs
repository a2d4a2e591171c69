//! What is to be done with a project.

use std::{ffi::OsStr, path::PathBuf};

use pep440_rs::Version;

use super::{
    Env, RegistrySources, UsageError,
    operator::{OperatorSettings, misplaced_operator_options, operator_settings},
    payload::{PayloadSettings, payload_settings},
};
use crate::{
    cli::{ActionName, FixName, FormatName, InstallerName, LevelName, ProjectArgs, operator::OperatorArgs},
    doctor::check::Severity,
    ecosystem::{Ecosystem, python::naming::DISABLED},
};
/// The variables that name the protocol of the OTLP exporter, the nearest first.
const PROTOCOL: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];

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
    /// Print byte for byte what Python's own tool of the same release prints.
    Compat,
    /// Tell what is missing, outdated or doubled.
    Check(CheckFormat),
    /// Tell why telemetry would not arrive.
    Doctor(DoctorSettings),
    /// Tell what would go wrong where the operator injects.
    Operator(Box<OperatorSettings>),
    /// Build what the operator injects.
    Payload(PayloadSettings),
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

/// How to look for what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoctorSettings {
    /// `--format`: the form of what is found.
    pub format: DoctorFormat,
    /// `--send`: send a span instead of looking at the project.
    pub send: bool,
    /// `--fix`: show or do what can be done about what is found, instead of telling it.
    pub fix: Option<Fix>,
    /// `--offline`: touch no network.
    pub offline: bool,
    /// `--pid`: look at a running process.
    pub process: Option<ProcessSettings>,
    /// `--fail-on`: how grave a finding must be for the run to fail.
    pub fail_on: Severity,
    /// `--ignore`: the ids of checks that are not told.
    pub ignore: Vec<String>,
}

/// What becomes of what can be fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix {
    /// It is shown.
    Show,
    /// It is done.
    Apply,
}

/// Which process to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessSettings {
    /// Its number.
    pub pid: u32,
    /// Whether a path was named too, and the project there is to be looked at besides.
    pub with_project: bool,
}

/// The forms of a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoctorFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// Annotations of GitHub Actions.
    Github,
    /// For code scanning.
    Sarif,
}

impl DoctorFormat {
    /// What was typed, if it is one of these.
    fn of(name: Option<FormatName>) -> Result<Self, FormatName> {
        Ok(match name {
            None | Some(FormatName::Table) => Self::Table,
            Some(FormatName::Json) => Self::Json,
            Some(FormatName::Github) => Self::Github,
            Some(FormatName::Sarif) => Self::Sarif,
            Some(other) => return Err(other),
        })
    }
}

/// How to install.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a promise of its own and they combine freely")]
pub struct InstallSettings {
    /// Files of lines to take instead of scanning (`-` is stdin); empty scans.
    pub requirements: Vec<PathBuf>,
    /// `--installer`: who installs; `None` for the one that the project uses.
    pub installer: Option<Installer>,
    /// `--save`: record it in the project.
    pub save: Option<Save>,
    /// Show the plan and change nothing.
    pub dry_run: bool,
    /// Touch no network.
    pub offline: bool,
    /// Fail where the lockfile would have to change.
    pub locked: bool,
    /// Fail where something locked would have to move.
    pub no_update: bool,
}

/// A program that installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installer {
    /// uv
    Uv,
    /// pip
    Pip,
    /// Poetry
    Poetry,
    /// PDM
    Pdm,
    /// Pipenv
    Pipenv,
    /// Cargo
    Cargo,
}

/// How what is installed is recorded in the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Save {
    /// The dependency group it goes to; `None` for the dependencies of the project itself.
    pub group: Option<String>,
}

/// Which parts of a project count.
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
    /// What is only about Python.
    pub python: PythonSelection,
}

/// Which environment, or for whom and which parts of a lockfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonSelection {
    /// `--python`: an environment or an interpreter.
    pub environment: Option<PathBuf>,
    /// `--python-version`.
    pub version: Option<Version>,
    /// `--python-platform`.
    pub platform: Option<String>,
    /// `--extra`.
    pub extras: Vec<String>,
    /// `--group`.
    pub groups: Vec<String>,
    /// `--all-groups`.
    pub all_groups: bool,
}

/// Which libraries and instrumentations count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `--exclude`: libraries or instrumentations to leave out.
    pub exclude: Vec<String>,
    /// `--only`: libraries or instrumentations to keep; empty keeps all.
    pub only: Vec<String>,
    /// `--direct`: being locked or installed is not enough for any library.
    pub direct: bool,
    /// Python's `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`: entry points that are not loaded, `*` for all.
    pub disabled: Vec<String>,
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
    /// `--instrumentation-version`: the release of Python's instrumentations.
    pub instrumentation_version: Option<Version>,
    /// Python's `OTEL_EXPORTER_OTLP_PROTOCOL`, or the one for traces.
    pub protocol: Option<String>,
}

impl ProjectSettings {
    /// The options that were given and mean nothing in projects of that ecosystem.
    #[must_use]
    pub fn misplaced(&self, ecosystem: Ecosystem) -> Vec<UsageError> {
        let Selection { packages: _, workspace: _, features, all_features, no_default_features, python } =
            &self.selection;
        let PythonSelection { environment, version, platform, extras, groups, all_groups } = python;
        let (installer, saves) = match &self.action {
            Action::Install(how) => (how.installer, how.save.is_some()),
            Action::Requirements(_)
            | Action::Compat
            | Action::Check(_)
            | Action::Doctor(_)
            | Action::Operator(_) => (None, false),
            Action::Payload(how) => (how.installer, false),
        };
        let cargo = [
            ("--features", !features.is_empty()),
            ("--all-features", *all_features),
            ("--no-default-features", *no_default_features),
            ("--installer cargo", installer == Some(Installer::Cargo)),
        ];
        let python = [
            ("--python", environment.is_some()),
            ("--python-version", version.is_some()),
            ("--python-platform", platform.is_some()),
            ("--extra", !extras.is_empty()),
            ("--group", !groups.is_empty()),
            ("--all-groups", *all_groups),
            ("--instrumentation-version", self.wishes.instrumentation_version.is_some()),
            ("--compat", self.action == Action::Compat),
            ("--installer", installer.is_some_and(|installer| installer != Installer::Cargo)),
            ("--save", saves),
            ("--payload", matches!(self.action, Action::Payload(_))),
        ];
        let foreign = match ecosystem {
            Ecosystem::Cargo => &python[..],
            Ecosystem::Python => &cargo[..],
        };
        let given = foreign.iter().filter(|(_, given)| *given);
        given.map(|(option, _)| UsageError::Ecosystem { option, ecosystem: ecosystem.name() }).collect()
    }
}

/// Resolves what was typed about a project. Every problem is told.
pub(super) fn project_settings(
    project: ProjectArgs,
    offline: bool,
    sources: RegistrySources,
    env: &Env,
) -> Result<ProjectSettings, Vec<UsageError>> {
    let ProjectArgs {
        path,
        action,
        ecosystem,
        python,
        python_version,
        python_platform,
        package,
        workspace,
        extra,
        group,
        all_groups,
        features,
        all_features,
        no_default_features,
        only,
        exclude,
        direct,
        exporter,
        otel_version,
        instrumentation_version,
        compat,
        requirement,
        installer,
        save,
        dry_run,
        locked,
        no_update,
        ignore,
        fail_on,
        pid,
        send,
        fix,
        operator,
        format,
    } = project;
    let filter = Filter {
        exclude: names(exclude.iter().map(String::as_str)),
        only: names(only.iter().map(String::as_str)),
        direct,
        disabled: env.get(DISABLED).and_then(OsStr::to_str).map_or_else(Vec::new, |v| names(v.split(','))),
    };
    let exporter = Some(exporter).filter(|name| name != "none");
    let protocol = PROTOCOL.iter().find_map(|name| env.get(name)?.to_str()).map(str::to_owned);
    let wishes = Wishes { filter, exporter, otel_version, instrumentation_version, protocol };
    let mut problems = requirement_problems(action, &requirement, &wishes);
    let install = InstallSettings {
        requirements: requirement,
        installer: installer_setting(installer),
        save: save.map(|group| Save { group: Some(group).filter(|group| !group.is_empty()) }),
        dry_run,
        offline,
        locked,
        no_update,
    };
    problems.extend(compat_problems(action, format, compat, &wishes));
    problems.extend(doctor_problems(action, format, &ignore, fail_on, send, pid));
    problems.extend(fix_problem(action, format, fix));
    let fix = fix.map(|fix| if dry_run || fix == FixName::Show { Fix::Show } else { Fix::Apply });
    let process = pid.map(|pid| ProcessSettings { pid, with_project: path.is_some() });
    problems.extend(misplaced_operator_options(action, &operator));
    let looks = |format| DoctorSettings {
        format,
        send,
        fix,
        offline,
        process,
        fail_on: severity_setting(fail_on.unwrap_or_default()),
        ignore: names(ignore.iter().map(String::as_str)),
    };
    let payload = operator.payload.clone().filter(|_| action == ActionName::Operator);
    let version = lockfile_python(&python_version, payload.is_some());
    let action = match payload {
        Some(folder) => {
            payload_settings(folder, &operator, &python_version, &install, format).map(Action::Payload)
        }
        None => action_settings(action, format, compat, install, looks, operator),
    };
    let action = without_problems(action, problems)?;
    let ecosystem = ecosystem.of();
    let selection = Selection {
        packages: package,
        workspace,
        // Cargo separates features by commas or spaces.
        features: names(features.iter().flat_map(|f| f.split([',', ' ']))),
        all_features,
        no_default_features,
        python: PythonSelection {
            environment: python,
            version,
            platform: python_platform,
            extras: names(extra.iter().map(String::as_str)),
            groups: names(group.iter().map(String::as_str)),
            all_groups,
        },
    };
    let path = path.unwrap_or_else(|| ".".into());
    Ok(ProjectSettings { action, path, ecosystem, selection, wishes, sources })
}

/// What came of it, if there are no problems; else all of them.
fn without_problems<T>(
    outcome: Result<T, Vec<UsageError>>,
    mut problems: Vec<UsageError>,
) -> Result<T, Vec<UsageError>> {
    match outcome {
        Ok(value) if problems.is_empty() => Ok(value),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            Err(problems)
        }
    }
}

/// The Python that a lockfile is read for. A payload for several is for the application as the oldest of them has it;
/// elsewhere the last one counts.
fn lockfile_python(named: &[Version], is_payload: bool) -> Option<Version> {
    if is_payload { named.iter().min().cloned() } else { named.last().cloned() }
}

/// Names as they were meant: no blanks around them, and none that is only blanks.
fn names<'a>(typed: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    typed.into_iter().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn requirement_problems(action: ActionName, requirement: &[PathBuf], wishes: &Wishes) -> Vec<UsageError> {
    if requirement.is_empty() {
        return Vec::new();
    }
    let Wishes { filter, exporter, otel_version, instrumentation_version, protocol: _ } = wishes;
    let Filter { exclude, only, direct, disabled: _ } = filter;
    let beside = [
        ("--only", !only.is_empty()),
        ("--exclude", !exclude.is_empty()),
        ("--direct", *direct),
        ("--exporter", exporter.is_some()),
        ("--otel-version", otel_version.is_some()),
        ("--instrumentation-version", instrumentation_version.is_some()),
    ];
    let misplaced = (action != ActionName::Install).then_some(UsageError::RequirementWithoutInstall);
    let beside = beside.iter().filter(|(_, given)| *given);
    misplaced.into_iter().chain(beside.map(|(option, _)| UsageError::RequirementBeside { option })).collect()
}

/// What takes away from an answer that is to be the same byte for byte.
fn compat_problems(
    action: ActionName,
    format: Option<FormatName>,
    compat: bool,
    wishes: &Wishes,
) -> Vec<UsageError> {
    if !compat {
        return Vec::new();
    }
    let Wishes { filter, exporter, otel_version: _, instrumentation_version: _, protocol: _ } = wishes;
    let Filter { exclude, only, direct, disabled: _ } = filter;
    let beside = [
        ("--format", format.is_some_and(|format| format != FormatName::Requirements)),
        ("--only", !only.is_empty()),
        ("--exclude", !exclude.is_empty()),
        ("--direct", *direct),
        ("--exporter", exporter.is_some()),
    ];
    let misplaced = (action != ActionName::Requirements).then_some(UsageError::CompatWithoutRequirements);
    let beside = beside.iter().filter(|(_, given)| *given);
    misplaced.into_iter().chain(beside.map(|(option, _)| UsageError::CompatBeside { option })).collect()
}

/// What only means something to the doctor, and to who looks as it does.
fn doctor_problems(
    action: ActionName,
    format: Option<FormatName>,
    ignore: &[String],
    fail_on: Option<LevelName>,
    send: bool,
    pid: Option<u32>,
) -> Vec<UsageError> {
    if action == ActionName::Doctor {
        let format = format.filter(|format| !matches!(format, FormatName::Table | FormatName::Json));
        let unfit =
            |format: FormatName| UsageError::Format { format: format.word(), action: "doctor --send" };
        return format.filter(|_| send).map(unfit).into_iter().collect();
    }
    let looks = action == ActionName::Operator;
    let (both, alone) = ("`--action doctor` and `operator`", "`--action doctor`");
    let given = [
        ("--ignore", both, !ignore.is_empty() && !looks),
        ("--fail-on", both, fail_on.is_some() && !looks),
        ("--pid", alone, pid.is_some()),
        ("--send", alone, send),
    ];
    let given = given.iter().filter(|(.., given)| *given);
    given.map(|(option, actions, _)| UsageError::Misplaced { option, actions }).collect()
}

/// What a fix cannot go with: it is shown as a diff.
fn fix_problem(action: ActionName, format: Option<FormatName>, fix: Option<FixName>) -> Option<UsageError> {
    fix?;
    if action != ActionName::Doctor {
        return Some(UsageError::Misplaced { option: "--fix", actions: "`--action doctor`" });
    }
    let format = format.filter(|format| *format != FormatName::Table)?;
    Some(UsageError::Format { format: format.word(), action: "doctor --fix" })
}

fn severity_setting(name: LevelName) -> Severity {
    match name {
        LevelName::Note => Severity::Note,
        LevelName::Warning => Severity::Warning,
        LevelName::Error => Severity::Error,
    }
}

fn installer_setting(name: InstallerName) -> Option<Installer> {
    match name {
        InstallerName::Auto => None,
        InstallerName::Uv => Some(Installer::Uv),
        InstallerName::Pip => Some(Installer::Pip),
        InstallerName::Poetry => Some(Installer::Poetry),
        InstallerName::Pdm => Some(Installer::Pdm),
        InstallerName::Pipenv => Some(Installer::Pipenv),
        InstallerName::Cargo => Some(Installer::Cargo),
    }
}

fn action_settings(
    action: ActionName,
    format: Option<FormatName>,
    compat: bool,
    install: InstallSettings,
    looks: impl FnOnce(DoctorFormat) -> DoctorSettings,
    operator: OperatorArgs,
) -> Result<Action, Vec<UsageError>> {
    let unfit =
        |format: FormatName| vec![UsageError::Format { format: format.word(), action: action.word() }];
    match (action, format) {
        (ActionName::Requirements, _) if compat => Ok(Action::Compat),
        (ActionName::Requirements, None | Some(FormatName::Requirements)) => {
            Ok(Action::Requirements(AnswerFormat::Requirements))
        }
        (ActionName::Requirements, Some(FormatName::Json)) => Ok(Action::Requirements(AnswerFormat::Json)),
        (ActionName::Requirements, Some(FormatName::Table)) => Ok(Action::Requirements(AnswerFormat::Table)),
        (ActionName::Requirements, Some(FormatName::Toml)) => Ok(Action::Requirements(AnswerFormat::Toml)),
        (ActionName::Check, None | Some(FormatName::Table)) => Ok(Action::Check(CheckFormat::Table)),
        (ActionName::Check, Some(FormatName::Json)) => Ok(Action::Check(CheckFormat::Json)),
        (ActionName::Check, Some(FormatName::Github)) => Ok(Action::Check(CheckFormat::Github)),
        (ActionName::Doctor, format) => {
            let form = DoctorFormat::of(format).map_err(unfit)?;
            Ok(Action::Doctor(looks(form)))
        }
        (ActionName::Operator, format) => {
            let form = DoctorFormat::of(format).map_err(unfit)?;
            Ok(Action::Operator(Box::new(operator_settings(looks(form), install.dry_run, operator)?)))
        }
        (ActionName::Install, None) => Ok(Action::Install(install)),
        (_, Some(format)) => Err(unfit(format)),
    }
}
