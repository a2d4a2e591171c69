//! Puts into a Cargo project what belongs there.

use std::path::{Path, PathBuf};

use super::{Work, list};
use crate::{
    command::explain_set,
    ecosystem::{
        ReadError,
        cargo::{inventory::Inventory, read},
    },
    error::{ExitStatus, Failure},
    install::cargo::{self as install, Options, Plan, Proof, Step},
    render,
    resolution::Resolution,
    terminal::plural,
};

/// The crate without which no data leaves the program.
const SDK: &str = "opentelemetry_sdk";

/// Installs; with `--dry-run` the plan goes to stdout and nothing else happens.
pub(super) fn install(work: &Work<'_>, inventory: &Inventory) -> Result<ExitStatus, Failure> {
    let Work { project, registry, settings, how, env, terminal, .. } = *work;
    let resolution = if how.requirements.is_empty() {
        project.resolve(registry, &settings.wishes)?
    } else {
        let lines = list::read(&how.requirements, install::parse_lines)?;
        install::assign(&lines, inventory, registry, !settings.selection.packages.is_empty())?
    };
    // Not what is switched off: the plan refuses it in the same words.
    for warning in resolution.all_warnings() {
        terminal.warning(warning);
    }
    explain_set(&resolution, terminal);
    let options = Options {
        path: settings.path.clone(),
        cargo: env.get("CARGO").map_or_else(|| "cargo".into(), PathBuf::from),
        offline: how.offline,
        locked: how.locked,
        no_update: how.no_update,
    };
    let plan = install::plan(&resolution, inventory, &options)?;
    let reader = |path: &Path| {
        read::read(path, &settings.selection, env).map_err(|error| ReadError::from(error).into())
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
    conclude(work, inventory, &resolution, &plan, &proof);
    Ok(ExitStatus::Done)
}

/// Says what was done, and what is left to do by hand.
fn conclude(work: &Work<'_>, inventory: &Inventory, resolution: &Resolution, plan: &Plan, proof: &Proof) {
    let Work { project, how, env, terminal, .. } = *work;
    if resolution.requirements.is_empty() {
        return terminal.status(render::nothing_to_add(resolution, &project.overview(&env.folder)));
    }
    if plan.is_done() {
        return terminal.status("nothing to install: all of it is there already");
    }
    let manifests = plural(plan.edits.len(), "manifest", "manifests");
    if how.dry_run {
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
