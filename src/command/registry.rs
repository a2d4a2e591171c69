//! `registry …`: looks into the registry, or refreshes it.

use crate::{
    cli::TellFormat,
    error::{ExitStatus, Failure},
    registry::{
        Registry, describe, lint,
        update::{self, Outcome},
    },
    render,
    settings::{RegistrySources, RegistryTask},
    terminal::{Terminal, listed, plural},
};

/// Does what is asked for.
pub(crate) fn registry(
    task: &RegistryTask,
    sources: &RegistrySources,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    match task {
        RegistryTask::List(format) => {
            let libraries = describe::list(&Registry::load(sources)?);
            terminal.data(&match format {
                TellFormat::Text => render::registry_table(&libraries, terminal.width()),
                TellFormat::Json => render::registry_json(&libraries),
            })?;
        }
        RegistryTask::Explain(name, format) => {
            let explanation = describe::explain(&Registry::load(sources)?, name)?;
            terminal.data(&match format {
                TellFormat::Text => render::explanation(&explanation),
                TellFormat::Json => render::explanation_json(&explanation),
            })?;
        }
        RegistryTask::Lint(files, format) => {
            let problems = lint::lint(sources, files)?;
            terminal.data(&match format {
                TellFormat::Text => render::lint_lines(&problems),
                TellFormat::Json => render::lint_json(&problems),
            })?;
            if problems.is_empty() {
                terminal.status("no problems");
            } else {
                terminal.status(plural(problems.len(), "problem", "problems"));
                return Ok(ExitStatus::Failed);
            }
        }
        RegistryTask::Update(options) => {
            let registry = Registry::load(sources)?;
            let mut progress = |progress: update::Progress| {
                terminal.progress("fetching release data", progress.done, progress.total);
            };
            say(&update::run(options, &registry, &mut progress)?, terminal);
        }
    }
    Ok(ExitStatus::Done)
}

fn say(outcome: &Outcome, terminal: &Terminal) {
    let Outcome { path, crates, changed, missing } = outcome;
    if !missing.is_empty() {
        let missing = listed(missing.iter().map(|name| format!("`{name}`")));
        terminal.warning(format_args!("the index does not have {missing}"));
    }
    let crates = plural(*crates, "crate", "crates");
    terminal.status(format_args!("release data of {crates} ({changed} changed) in `{}`", path.display()));
}
