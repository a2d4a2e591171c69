//! `--action doctor`, and `doctor …`, which tells what it knows.

use crate::{
    check::Problem,
    doctor::{
        Case, Reading,
        catalogue::{CHECKS, UnknownCheck, find},
        check::Severity,
        diagnose,
        diagnosis::Diagnosis,
        ignore,
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
///
/// What cannot be read is said and left out: the sources may still tell something.
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
    let ignore = how.ignore.iter().map(|id| Ok(ignore::of_option(find(id)?)));
    let ignore = ignore.collect::<Result<Vec<_>, UnknownCheck>>().map_err(Error::from)?;
    let project = match Project::read(place, &settings.selection, &without_programs(env), registry) {
        Ok(project) => Some(project),
        // Sources and settings tell enough without.
        Err(ReadError::Python(python::read::ReadError::Nothing(_))) => None,
        Err(error) => {
            terminal.warning(with_causes(&error));
            None
        }
    };
    let known = project.as_ref().map(|project| {
        let problems = problems(project, settings, registry, terminal);
        (project, project.overview(&env.folder), problems)
    });
    let reading = known.as_ref().map(|(project, overview, problems)| Reading { project, overview, problems });
    let case = Case { place, folder: &env.folder, reading, registry, ignore: &ignore };
    let diagnosis = diagnose(&case);
    let overview = known.as_ref().map(|(_, overview, _)| overview);
    terminal.data(&match how.format {
        DoctorFormat::Table => render::diagnosis(&diagnosis),
        DoctorFormat::Json => render::diagnosis_json(&diagnosis, place.ecosystem()),
        DoctorFormat::Github => render::diagnosis_github(&diagnosis),
        DoctorFormat::Sarif => render::sarif(&diagnosis),
    })?;
    if project.is_none() && diagnosis.is_set_up {
        terminal.note("what is installed is not known: what depends on versions is not looked for");
    }
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
    if !diagnosis.is_set_up {
        terminal.status("there is no OpenTelemetry here to look at");
        terminal.hint("`otel-bootstrap -a requirements --exporter otlp` shows what could be added");
    }
    terminal.status(summary(&diagnosis, overview));
    if let Some(symptom) = diagnosis.symptoms.first() {
        terminal.hint(format_args!("`otel-bootstrap doctor explain {}` tells more", symptom.check.id));
    }
    Ok(if diagnosis.reaches(how.fail_on) { ExitStatus::Failed } else { ExitStatus::Done })
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
        Ok(resolution) => project.problems(registry, &resolution),
        Err(error) => {
            terminal.warning(with_causes(&error));
            Vec::new()
        }
    }
}

/// What was found and looked at, in one line.
fn summary(diagnosis: &Diagnosis, overview: Option<&Overview>) -> String {
    let counted = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Note, "note", "notes"),
    ];
    let counts = counted.iter().map(|(severity, one, many)| (diagnosis.count(*severity), one, many));
    let counts: Vec<String> =
        counts.filter(|(count, ..)| *count > 0).map(|(count, one, many)| plural(count, one, many)).collect();
    let found = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
    let ignored = match diagnosis.ignored.len() {
        0 => String::new(),
        count => format!(" ({count} ignored)"),
    };
    let files = plural(diagnosis.files, "file", "files");
    match overview {
        Some(overview) => format!("{found}{ignored} in {} and {files}", overview.counted()),
        None => format!("{found}{ignored} in {files}"),
    }
}
