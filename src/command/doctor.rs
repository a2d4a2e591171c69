//! `--action doctor`, and `doctor …`, which tells what it knows.

mod fix;
mod known;

pub(super) use self::known::Known;

use crate::{
    check::{Problem, check},
    doctor::{
        catalogue::{CHECKS, UnknownCheck, find},
        check::Severity,
        diagnose,
        diagnosis::Diagnosis,
        ignore::{self, Ignore},
        process::Portrait,
        send::{self, SendError},
    },
    ecosystem::{Ecosystem, Overview, Project, ReadError, discover::Place, python},
    error::{Error, ExitStatus, Failure, with_causes},
    registry::Registry,
    render,
    settings::{DoctorFormat, DoctorSettings, DoctorTask, Env, ProjectSettings},
    terminal::{Terminal, plural},
};

/// Looks at the project at that place; fails if something is as grave as the settings say.
pub(crate) fn doctor(
    place: &Place,
    how: &DoctorSettings,
    settings: &ProjectSettings,
    registry: &Registry,
    env: &Env,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    if how.send {
        return send_span(place.ecosystem(), how.format, env, terminal);
    }
    let call = Call { place, how, settings, registry, env, terminal };
    let found = examine(&call)?;
    if let Some(how) = how.fix {
        return fix::fix(&call, &found, how);
    }
    let Examination { project, overview, diagnosis } = found;
    print(&diagnosis, how.format, Some(place.ecosystem()), None, terminal)?;
    if project.is_none() && diagnosis.is_set_up {
        terminal.note("what is installed is not known: what depends on versions is not looked for");
    }
    explain_ignored(&diagnosis, terminal);
    if !diagnosis.is_set_up {
        terminal.status("there is no OpenTelemetry here to look at");
        terminal.hint("`otel-bootstrap -a requirements --exporter otlp` shows what could be added");
    }
    let status = conclude(&diagnosis, overview.as_ref(), how, terminal);
    match diagnosis.symptoms.iter().filter(|symptom| symptom.cure.is_some()).count() {
        0 => {}
        1 => terminal.hint("a program can fix 1 of these: `-a doctor --fix` shows how"),
        count => {
            terminal.hint(format_args!("a program can fix {count} of these: `-a doctor --fix` shows how"));
        }
    }
    Ok(status)
}

/// What is looked at, and how.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// Where the project lies.
    pub(super) place: &'a Place,
    /// What is told, and how.
    pub(super) how: &'a DoctorSettings,
    /// What is read.
    pub(super) settings: &'a ProjectSettings,
    pub(super) registry: &'a Registry,
    pub(super) env: &'a Env,
    pub(super) terminal: &'a Terminal,
}

/// What the doctor found, and in what.
struct Examination {
    project: Option<Project>,
    overview: Option<Overview>,
    diagnosis: Diagnosis,
}

/// Reads the project and looks at it.
fn examine(call: &Call<'_>) -> Result<Examination, Error> {
    let known = Known::of(call, true)?;
    let diagnosis = diagnose(&known.case(call));
    Ok(Examination { project: known.project, overview: known.overview, diagnosis })
}

/// What `--ignore` names.
pub(super) fn ignored(how: &DoctorSettings) -> Result<Vec<Ignore>, Error> {
    let ignore = how.ignore.iter().map(|id| Ok(ignore::of_option(find(id)?)));
    Ok(ignore.collect::<Result<_, UnknownCheck>>()?)
}

/// Reads the project without starting anything. What cannot be read is said and left out: the files may still tell
/// something.
fn read(
    place: &Place,
    settings: &ProjectSettings,
    registry: &Registry,
    env: &Env,
    terminal: &Terminal,
) -> Option<Project> {
    match Project::read(place, &settings.selection, &without_programs(env), registry) {
        Ok(project) => Some(project),
        // Sources and settings tell enough without.
        Err(ReadError::Python(python::read::ReadError::Nothing(_))) => None,
        Err(error) => {
            terminal.warning(with_causes(&error));
            None
        }
    }
}

/// Prints what was found.
pub(super) fn print(
    diagnosis: &Diagnosis,
    format: DoctorFormat,
    ecosystem: Option<Ecosystem>,
    portrait: Option<&Portrait>,
    terminal: &Terminal,
) -> Result<(), Error> {
    let shown = || portrait.map_or_else(String::new, |portrait| render::portrait(portrait, terminal.width()));
    Ok(terminal.data(&match format {
        DoctorFormat::Table => {
            let (process, found) = (shown(), render::diagnosis(diagnosis));
            let separator = if process.is_empty() || found.is_empty() { "" } else { "\n" };
            format!("{process}{separator}{found}")
        }
        DoctorFormat::Json => render::diagnosis_json(diagnosis, ecosystem, portrait),
        DoctorFormat::Github => render::diagnosis_github(diagnosis),
        DoctorFormat::Sarif => render::sarif(diagnosis),
    })?)
}

/// Says what was not read, and with `-v` what is ignored.
pub(super) fn explain_ignored(diagnosis: &Diagnosis, terminal: &Terminal) {
    for (skip, files) in diagnosis.skips.iter() {
        terminal.status(format_args!(
            "skipped {} that {} {}",
            plural(files.len(), "file", "files"),
            if files.len() == 1 { "is" } else { "are" },
            skip.words()
        ));
        for file in files {
            terminal.reason(format_args!("  `{file}`"));
        }
    }
    for ignored in &diagnosis.ignored {
        let symptom = &ignored.symptom;
        terminal
            .reason(format_args!("ignored `{}` at {}: {}", symptom.check.id, symptom.place, ignored.reason));
    }
}

/// Says what was found in one line, and whether that is grave enough to fail.
pub(super) fn conclude(
    diagnosis: &Diagnosis,
    overview: Option<&Overview>,
    how: &DoctorSettings,
    terminal: &Terminal,
) -> ExitStatus {
    let files = plural(diagnosis.files, "file", "files");
    let within =
        overview.map_or_else(|| files.clone(), |overview| format!("{} and {files}", overview.counted()));
    conclude_in(diagnosis, &within, how, terminal)
}

/// The same of something that is named.
pub(super) fn conclude_in(
    diagnosis: &Diagnosis,
    within: &str,
    how: &DoctorSettings,
    terminal: &Terminal,
) -> ExitStatus {
    terminal.status(summary(diagnosis, within));
    if let Some(symptom) = diagnosis.symptoms.first() {
        terminal.hint(format_args!("`otel-bootstrap doctor explain {}` tells more", symptom.check.id));
    }
    if diagnosis.reaches(how.fail_on) { ExitStatus::Failed } else { ExitStatus::Done }
}

/// Sends a span to where the variables say, and tells what came of it.
fn send_span(
    ecosystem: Ecosystem,
    format: DoctorFormat,
    env: &Env,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    let get = |name: &str| env.get(name).map(|value| value.to_string_lossy().into_owned());
    let target = send::target(get, ecosystem).map_err(|error| Error::from(SendError::Target(error)))?;
    let journey = send::send(&target);
    terminal.data(&match format {
        DoctorFormat::Json => render::journey_json(&target, &journey),
        _ => render::journey(&target, &journey, terminal.width()),
    })?;
    match journey.failure {
        None => Ok(ExitStatus::Done),
        Some((step, error)) => Err(Error::from(SendError::step(step, error, &target)).into()),
    }
}

/// Tells what the doctor knows.
pub(crate) fn doctor_page(task: &DoctorTask, terminal: &Terminal) -> Result<ExitStatus, Failure> {
    terminal.data(&match task {
        DoctorTask::List(format) => render::checks(CHECKS, *format, terminal.width()),
        DoctorTask::Explain(id, format) => render::check_page(find(id).map_err(Error::from)?, *format),
    })?;
    Ok(ExitStatus::Done)
}

/// The same environment, in which no program is found: no interpreter and no toolchain is started.
fn without_programs(env: &Env) -> Env {
    let mut env = env.clone();
    env.variables.retain(|name, _| name != "PATH");
    env
}

/// What is wrong with what is installed or locked; where there is no answer to that, the reason is said.
fn problems(
    project: &Project,
    settings: &ProjectSettings,
    registry: &Registry,
    terminal: &Terminal,
) -> Vec<Problem> {
    match project.resolve(registry, &settings.wishes) {
        Ok(resolution) => {
            let problems = project.problems(registry, &resolution);
            match project {
                Project::Cargo(_) => check(&resolution, problems).problems,
                // Of distributions their names and versions tell all there is.
                Project::Python(_) => problems,
            }
        }
        Err(error) => {
            terminal.warning(with_causes(&error));
            Vec::new()
        }
    }
}

/// What was found and looked at, in one line.
fn summary(diagnosis: &Diagnosis, within: &str) -> String {
    let ignored = match diagnosis.ignored.len() {
        0 => String::new(),
        count => format!(" ({count} ignored)"),
    };
    format!("{}{ignored} in {within}", counted(diagnosis))
}

/// How much was found, by severity.
pub(super) fn counted(diagnosis: &Diagnosis) -> String {
    let counted = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Note, "note", "notes"),
    ];
    let counts = counted.iter().map(|(severity, one, many)| (diagnosis.count(*severity), one, many));
    let counts: Vec<String> =
        counts.filter(|(count, ..)| *count > 0).map(|(count, one, many)| plural(count, one, many)).collect();
    if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") }
}
