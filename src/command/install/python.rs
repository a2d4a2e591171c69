//! Puts into a Python environment what belongs there.

use std::ffi::OsStr;

use super::{Work, list};
use crate::{
    command::explain,
    ecosystem::{
        ReadError,
        python::{place::Place, read},
    },
    error::{ExitStatus, Failure},
    install::python::{self as install, Options, Plan, Programs, Proof, Step, Wanted},
    render,
    resolution::Resolution,
    terminal::{Terminal, plural},
};

/// Variables by which the user allows to install into what the operating system manages.
const MAY_BREAK: [&str; 2] = ["PIP_BREAK_SYSTEM_PACKAGES", "UV_BREAK_SYSTEM_PACKAGES"];

/// Installs; with `--dry-run` the commands and the files go to stdout and nothing else happens.
pub(super) fn install(work: &Work<'_>, place: &Place) -> Result<ExitStatus, Failure> {
    let Work { project, registry, settings, how, env, terminal, .. } = *work;
    let resolution = if how.requirements.is_empty() {
        project.resolve(registry, &settings.wishes)?
    } else {
        install::resolution(&merged(list::read(&how.requirements, install::parse_lines)?))
    };
    explain(&resolution, terminal);
    if resolution.requirements.is_empty() && !how.requirements.is_empty() {
        terminal.status("nothing to install: there is no requirement");
        return Ok(ExitStatus::Done);
    }
    if resolution.requirements.is_empty() && how.save.is_none() {
        terminal.status(render::nothing_to_add(&resolution, &project.overview(&env.folder)));
        return Ok(ExitStatus::Done);
    }
    let options = Options {
        root: place.root(env),
        installer: how.installer,
        save: how.save.clone(),
        offline: how.offline,
        locked: how.locked,
        may_break: MAY_BREAK.iter().any(|name| env.get(name).is_some_and(is_yes)),
        programs: Programs::on(env.get("PATH").map(OsStr::to_owned)),
    };
    // What is held must be held at the very version that its metadata says.
    let read = || read::read(place, &settings.selection, env, &|_| true);
    let exact = read().map_err(ReadError::from)?;
    let plan = install::plan(&resolution, &exact, &options)?;
    let mut watch = |step: Step<'_>| tell(step, terminal);
    let proof = install::prove(&plan, &mut watch)?;
    if how.dry_run {
        terminal.data(&install::describe(&plan, &proof))?;
    } else {
        let reader = || read().map_err(|error| ReadError::from(error).into());
        install::apply(&plan, &proof, &reader, &mut watch)?;
    }
    conclude(work, &resolution, &plan, &proof);
    Ok(ExitStatus::Done)
}

/// Lines of several files, each once.
fn merged(lines: Vec<Wanted>) -> Vec<Wanted> {
    let mut merged: Vec<Wanted> = Vec::new();
    for line in lines {
        if !merged.contains(&line) {
            merged.push(line);
        }
    }
    merged
}

/// Whether a variable says yes, as pip and uv understand it.
fn is_yes(value: &OsStr) -> bool {
    !["0", "false", "no", "off"].iter().any(|no| value.eq_ignore_ascii_case(no))
}

/// Says what is going on.
fn tell(step: Step<'_>, terminal: &Terminal) {
    match step {
        Step::Asking(command) => {
            terminal.status("finding out what has to be installed");
            terminal.reason(format_args!("running `{}`", install::typed(command)));
        }
        Step::Running(command) => terminal.status(format_args!("running `{}`", install::typed(command))),
        Step::Said(line) => terminal.status(line),
    }
}

/// Says what was done, and what is left to do by hand.
fn conclude(work: &Work<'_>, resolution: &Resolution, plan: &Plan, proof: &Proof) {
    let Work { project, how, env, terminal, .. } = *work;
    let overview = project.overview(&env.folder);
    if plan.wanted.is_empty() {
        return terminal.status(render::nothing_to_add(resolution, &overview));
    }
    if plan.is_done() {
        return terminal.status("nothing to install: all of it is there already");
    }
    let count = plural(proof.pins.len(), "distribution", "distributions");
    let recorded = plan.record.as_ref().map(|record| {
        format!(
            "{} through {}",
            plural(plan.wanted.len(), "requirement", "requirements"),
            record.keeper.name()
        )
    });
    let into = plan.place.as_ref().map(|_| format!("{count} into `{}`", overview.source));
    let done = [into.map(|into| ("installed", into)), recorded.map(|recorded| ("recorded", recorded))];
    let done: Vec<String> = done.into_iter().flatten().map(|(verb, what)| format!("{verb} {what}")).collect();
    if how.dry_run {
        return terminal.status(format_args!(
            "nothing was changed; without `--dry-run`, this would be: {}",
            done.join(", ")
        ));
    }
    terminal.status(done.join(", "));
    terminal.status(format_args!("\nnext steps\n{}", install::next_steps(plan).trim_end()));
}
