//! `--fix`: shows what would be changed, and changes it if asked.

use std::path::{Path, PathBuf};

use super::{Call, Examination, conclude, examine};
use crate::{
    doctor::fix::{FixError, Plan, compare},
    ecosystem::{
        Project, ReadError,
        cargo::{inventory::Inventory, read},
    },
    error::{Error, ExitStatus, Failure},
    install::{
        Edit,
        cargo::{self as install, Options, Step},
        diff::diff,
        swap::Swap,
    },
    resolution::Resolution,
    settings::Fix,
    terminal::plural,
};

/// Shows the changes that cure what was found; makes them if that was asked for.
pub(super) fn fix(call: &Call<'_>, found: &Examination, fix: Fix) -> Result<ExitStatus, Failure> {
    let Call { how, env, terminal, .. } = *call;
    let plan = Plan::new(&found.diagnosis, &env.folder).map_err(Error::from)?;
    let edits = edits(call, found, &plan, fix)?;
    let diffs: String =
        edits.iter().filter(|edit| !is_lockfile(edit)).map(|e| diff(e, &env.folder)).collect();
    let files = plural(edits.len(), "file", "files");
    let verb = if fix == Fix::Apply { "fixed" } else { "would fix" };
    let tell = || {
        for symptom in &plan.cured {
            terminal.status(format_args!("{verb} `{}` at {}", symptom.check.id, symptom.place));
        }
    };
    if found.diagnosis.symptoms.is_empty() {
        // The summary says it.
    } else if plan.cured.is_empty() {
        terminal.status("nothing to fix: no finding can be fixed by a program");
    } else if fix == Fix::Show {
        terminal.data(&diffs).map_err(Error::from)?;
        tell();
        terminal.status(format_args!("nothing was changed; `--fix=apply` changes {files}"));
    } else {
        let swap = Swap::make(&edits).map_err(FixError::from).map_err(Error::from)?;
        let after = examine(call)?;
        let surprises = compare(&found.diagnosis, &plan.cured, &after.diagnosis);
        if !surprises.is_empty() {
            return Err(Error::from(swap.undo(FixError::Worse(surprises))).into());
        }
        drop(swap);
        terminal.data(&diffs).map_err(Error::from)?;
        tell();
        terminal.status(format_args!("changed {files}"));
        return Ok(conclude(&after.diagnosis, after.overview.as_ref(), how, terminal));
    }
    Ok(conclude(&found.diagnosis, found.overview.as_ref(), how, terminal))
}

/// The files that change. What is switched on in manifests of cargo is tried on a copy before it is applied, so that the
/// lockfile goes along.
fn edits(call: &Call<'_>, found: &Examination, plan: &Plan<'_>, fix: Fix) -> Result<Vec<Edit>, Failure> {
    let mut edits = plan.edits.clone();
    if let Some(Project::Cargo(inventory)) = &found.project
        && !plan.requirements.is_empty()
    {
        edits.extend(manifests(call, inventory, plan, fix)?);
    }
    Ok(edits)
}

fn manifests(
    call: &Call<'_>,
    inventory: &Inventory,
    plan: &Plan<'_>,
    fix: Fix,
) -> Result<Vec<Edit>, Failure> {
    let Call { settings, how, env, terminal, .. } = *call;
    let options = Options {
        path: settings.path.clone(),
        cargo: env.get("CARGO").map_or_else(|| "cargo".into(), PathBuf::from),
        offline: how.offline,
        ..Options::default()
    };
    let resolution = Resolution { requirements: plan.requirements.clone(), ..Resolution::default() };
    let planned = install::plan(&resolution, inventory, &options)?;
    if fix == Fix::Show {
        return Ok(planned.edits);
    }
    let reader = |path: &Path| {
        read::read(path, &settings.selection, env).map_err(|error| ReadError::from(error).into())
    };
    let proof = install::prove(&planned, &reader, &mut |step| {
        let Step::Running(command) = step;
        terminal.reason(format_args!("running `{command}`"));
    })?;
    let changes = install::changes(&proof.changes, terminal.is_verbose());
    if !changes.is_empty() {
        terminal.status(changes.trim_end());
    }
    Ok(planned.edits.into_iter().chain(proof.lockfile).collect())
}

/// Whether an edit is of the lockfile, which nobody reads as a diff.
fn is_lockfile(edit: &Edit) -> bool {
    edit.path.file_name().is_some_and(|name| name == "Cargo.lock")
}
