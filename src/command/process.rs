//! `--action doctor --pid N`.

use std::path::Path;

use super::doctor::{Call, Known, conclude_in, explain_ignored, ignored, print};
use crate::{
    doctor::{
        diagnose_alone, diagnose_beside,
        process::{Examination, PROC, Portrait, examine},
    },
    ecosystem::{Ecosystem, discover::discover},
    error::{Error, ExitStatus, Failure},
    registry::Registry,
    settings::{DoctorSettings, Env, ProcessSettings, ProjectSettings},
    terminal::{Terminal, plural},
};

/// Looks at a process, and at a project if one is named; fails if something is as grave as the settings say.
pub(crate) fn process(
    process: ProcessSettings,
    how: &DoctorSettings,
    settings: &ProjectSettings,
    registry: &Registry,
    env: &Env,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    let ProcessSettings { pid, with_project } = process;
    let Examination { portrait, examined, remarks } =
        examine(Path::new(PROC), pid, registry).map_err(Error::from)?;
    let own = format!("process {pid}");
    let (diagnosis, ecosystem, within) = if with_project {
        let place = discover(&settings.path, settings.ecosystem, &settings.selection, env)?;
        let ecosystem = place.ecosystem();
        let misplaced = settings.misplaced(ecosystem);
        if !misplaced.is_empty() {
            return Err(misplaced.into());
        }
        let call = Call { place: &place, how, settings, registry, env, terminal };
        let known = Known::of(&call, true)?;
        let counted =
            known.overview.as_ref().map_or_else(String::new, |overview| format!(", {}", overview.counted()));
        let diagnosis = diagnose_beside(&known.case(&call), examined);
        (diagnosis, Some(ecosystem), format!("{own}{counted}"))
    } else {
        let ecosystem = portrait.python.as_ref().map(|_| Ecosystem::Python);
        (diagnose_alone(examined, &ignored(how)?, &own), ecosystem, own.clone())
    };
    print(&diagnosis, how.format, ecosystem, Some(&portrait), terminal)?;
    for remark in remarks {
        terminal.note(format_args!("{own}: {remark}"));
    }
    explain_ignored(&diagnosis, terminal);
    if !diagnosis.is_set_up {
        terminal.status(format_args!("there is no OpenTelemetry in {own} to look at"));
    }
    point_elsewhere(&portrait, terminal);
    let files = match diagnosis.files {
        0 => String::new(),
        count => format!(" and {}", plural(count, "file", "files")),
    };
    Ok(conclude_in(&diagnosis, &format!("{within}{files}"), how, terminal))
}

/// Names the process that is probably meant, where this one only starts it or was started by it.
fn point_elsewhere(portrait: &Portrait, terminal: &Terminal) {
    let is_python = |name: &str| name.starts_with("python") || name.starts_with("pypy");
    let child = portrait.children.iter().find(|child| is_python(&child.name));
    if let Some(child) = child.filter(|_| portrait.python.is_none()) {
        terminal
            .hint(format_args!("it started an interpreter of Python: `--pid {}` looks at that", child.pid));
    }
    if let Some(parent) = portrait.parent.as_ref().filter(|_| portrait.is_spawned) {
        terminal
            .hint(format_args!("process {} spawned it: `--pid {}` looks at that", parent.pid, parent.pid));
    }
}
