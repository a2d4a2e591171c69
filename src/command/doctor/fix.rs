//! `--fix`: shows what would be changed, and changes it if asked.

use std::path::{Path, PathBuf};

use super::{Call, Examination, conclude, examine};
use crate::{
    doctor::{
        fix::{FixError, Plan, Surprise, compare},
        symptom::Symptom,
    },
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
    terminal::{listed, plural},
};

/// Shows the changes that cure what was found; makes them if that was asked for.
pub(super) fn fix(call: &Call<'_>, found: &Examination, fix: Fix) -> Result<ExitStatus, Failure> {
    let Call { how, env, terminal, .. } = *call;
    let plan = Plan::new(&found.diagnosis.symptoms, &env.folder).map_err(Error::from)?;
    if found.diagnosis.symptoms.is_empty() {
        // The summary says it.
    } else if plan.cured.is_empty() {
        terminal.status("nothing to fix: no finding can be fixed by a program");
    } else if fix == Fix::Show {
        let edits = edits(call, found, &plan, fix)?;
        let files = tell(call, &plan, &edits, "would fix")?;
        terminal.status(format_args!("nothing was changed; `--fix=apply` changes {files}"));
    } else {
        let edits = edits(call, found, &plan, fix)?;
        let (plan, edits, after) = match change(call, found, &plan, &edits, Trial::Kept)? {
            Ok(after) => (plan, edits, after),
            Err(surprises) => harmless(call, found, &plan, surprises)?,
        };
        let files = tell(call, &plan, &edits, "fixed")?;
        terminal.status(format_args!("changed {files}"));
        return Ok(conclude(&after.diagnosis, after.overview.as_ref(), how, terminal));
    }
    Ok(conclude(&found.diagnosis, found.overview.as_ref(), how, terminal))
}

/// Tells what is changed; returns in how many files.
fn tell(call: &Call<'_>, plan: &Plan<'_>, edits: &[Edit], verb: &str) -> Result<String, Error> {
    let told = edits.iter().filter(|edit| !is_lockfile(edit));
    call.terminal.data(&told.map(|edit| diff(edit, &call.env.folder)).collect::<String>())?;
    for symptom in &plan.cured {
        call.terminal.status(format_args!("{verb} `{}` at {}", symptom.check.id, symptom.place));
    }
    Ok(plural(edits.len(), "file", "files"))
}

/// What becomes of a change that does what it should. One that does not is undone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trial {
    /// It is kept.
    Kept,
    /// It is undone, too.
    Undone,
}

/// Makes a change and looks at the project again; tells what should not be, if anything.
fn change(
    call: &Call<'_>,
    found: &Examination,
    plan: &Plan<'_>,
    edits: &[Edit],
    trial: Trial,
) -> Result<Result<Examination, Vec<Surprise>>, Failure> {
    let swap = Swap::make(edits).map_err(FixError::from).map_err(Error::from)?;
    let after = examine(call)?;
    let surprises = compare(&found.diagnosis, &plan.cured, &after.diagnosis);
    let is_good = surprises.is_empty();
    if is_good && trial == Trial::Kept {
        drop(swap);
        return Ok(Ok(after));
    }
    match swap.undo(FixError::Worse(surprises)) {
        FixError::Worse(_) if is_good => Ok(Ok(after)),
        FixError::Worse(surprises) => Ok(Err(surprises)),
        other => Err(Error::from(other).into()),
    }
}

/// Makes those fixes of a plan that do no harm, where all of them together did: each is tried with those before it. Those
/// that are left out are told, with what would come of them.
fn harmless<'f>(
    call: &Call<'_>,
    found: &'f Examination,
    plan: &Plan<'f>,
    surprises: Vec<Surprise>,
) -> Result<(Plan<'f>, Vec<Edit>, Examination), Failure> {
    let of = |symptoms: &[&'f Symptom]| -> Result<(Plan<'f>, Vec<Edit>), Failure> {
        let plan = Plan::new(symptoms.iter().copied(), &call.env.folder).map_err(Error::from)?;
        let edits = edits(call, found, &plan, Fix::Apply)?;
        Ok((plan, edits))
    };
    let (mut kept, mut left) = (Vec::new(), Vec::new());
    for symptom in plan.cured.iter().copied().filter(|_| plan.cured.len() > 1) {
        kept.push(symptom);
        let (plan, edits) = of(&kept)?;
        if let Err(surprises) = change(call, found, &plan, &edits, Trial::Undone)? {
            kept.pop();
            left.push((symptom, surprises));
        }
    }
    let (plan, edits) = of(&kept)?;
    if kept.is_empty() {
        return Err(Error::from(FixError::Worse(surprises)).into());
    }
    let after = change(call, found, &plan, &edits, Trial::Kept)?;
    let after = after.map_err(|surprises| Error::from(FixError::Worse(surprises)))?;
    for (symptom, surprises) in left {
        let (id, place) = (symptom.check.id, &symptom.place);
        call.terminal.warning(format_args!("`{id}` at {place} was not fixed: then {}", listed(surprises)));
    }
    Ok((plan, edits, after))
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
