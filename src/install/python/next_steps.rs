//! What is left to do by hand after an install.

use std::fmt::Write as _;

use super::{Keeper, Plan, manifest};
use crate::ecosystem::python::inventory::Source;

/// The next steps as text, one to a line.
#[must_use]
pub fn next_steps(plan: &Plan) -> String {
    let mut text = String::new();
    let group = plan.options.save.as_ref().and_then(|save| save.group.as_deref());
    // uv leaves out groups that it is not asked for; the others count theirs.
    let choice = match (plan.keeper, group) {
        (Some(Keeper::Uv), Some(group)) if manifest::has_extra(&plan.options.root, group) => {
            format!(" --extra {group}")
        }
        (Some(Keeper::Uv), Some(group)) => format!(" --group {group}"),
        _ => String::new(),
    };
    let run = match plan.keeper {
        Some(keeper @ (Keeper::Uv | Keeper::Poetry | Keeper::Pdm | Keeper::Pipenv)) => {
            format!("{} run{choice} opentelemetry-instrument", keeper.name())
        }
        Some(Keeper::Lines) | None => "opentelemetry-instrument".to_owned(),
    };
    let _ = writeln!(text, "start the program through the loader: `{run} python app.py`");
    let _ = match (plan.keeper.map(|keeper| (keeper, keeper.sync())), &plan.options.save) {
        (Some((_, Some(sync))), None) => {
            writeln!(text, "`{sync}` takes away what the project does not record: `--save` records it")
        }
        (Some((_, None)), None) => writeln!(text, "`--save` records it in `requirements.txt`"),
        (Some((_, Some(sync))), Some(_)) if matches!(plan.inventory.source, Source::Lockfile { .. }) => {
            writeln!(text, "`{sync}{choice}` brings the environment up to date")
        }
        (Some((_, Some(sync))), Some(_)) if !choice.is_empty() => {
            writeln!(text, "`{sync}{choice}` keeps it, and `{sync}` alone takes it away")
        }
        _ => Ok(()),
    };
    text
}
