//! `registry …`: looks into the registry, or refreshes it.

use crate::{
    cli::TellFormat,
    ecosystem::Ecosystem,
    error::{Error, ExitStatus, Failure},
    registry::{
        Registry, describe, lint,
        update::{self, Outcome, Progress},
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
            let mut progress = |ecosystem: Ecosystem, progress: Progress| {
                let what = match ecosystem {
                    Ecosystem::Cargo => "fetching release data",
                    Ecosystem::Python => "fetching release data for Python",
                };
                terminal.progress(what, progress.done, progress.total);
            };
            let report = update::run(options, &registry, &mut progress)?;
            report.outcomes.iter().for_each(|outcome| say(outcome, terminal));
            if let Some(error) = report.left_out {
                terminal.warning(&error);
                error.hint().into_iter().for_each(|hint| terminal.hint(hint));
            }
            if !report.failures.is_empty() {
                return Err(report.failures.into_iter().map(Error::Update).collect::<Vec<_>>().into());
            }
        }
    }
    Ok(ExitStatus::Done)
}

fn say(outcome: &Outcome, terminal: &Terminal) {
    let Outcome { ecosystem, path, count, changed, missing } = outcome;
    if !missing.is_empty() {
        let missing = listed(missing.iter().map(|name| format!("`{name}`")));
        terminal.warning(format_args!("the index does not have {missing}"));
    }
    let told = match ecosystem {
        Ecosystem::Cargo => plural(*count, "crate", "crates"),
        Ecosystem::Python => plural(*count, "release for Python", "releases for Python"),
    };
    terminal.status(format_args!("release data of {told} ({changed} changed) in `{}`", path.display()));
}
