//! `--action requirements`: prints the answer.

use std::collections::BTreeSet;

use super::explain;
use crate::{
    ecosystem::Overview,
    error::{ExitStatus, Failure},
    render,
    resolution::Resolution,
    settings::AnswerFormat,
    terminal::Terminal,
};

/// Prints the answer to stdout; says on stderr what is worth knowing beside it.
pub(crate) fn requirements(
    resolution: &Resolution,
    overview: &Overview,
    format: AnswerFormat,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    let text = match format {
        AnswerFormat::Requirements => render::requirements(overview.ecosystem, &resolution.requirements)?,
        AnswerFormat::Json => render::json(resolution, overview),
        AnswerFormat::Table => render::table(resolution, overview, terminal.width()),
        AnswerFormat::Toml => render::toml(resolution, overview),
    };
    terminal.data(&text)?;
    explain(resolution, terminal);
    let shows_skips = matches!(format, AnswerFormat::Table | AnswerFormat::Json);
    if !shows_skips {
        for reason in render::skip_reasons(resolution) {
            terminal.reason(reason);
        }
    }
    if resolution.requirements.is_empty() {
        terminal.status(render::nothing_to_add(resolution, overview));
    } else {
        terminal.status(render::summary(resolution, overview, !shows_skips && !terminal.is_verbose()));
    }
    let members: BTreeSet<&String> = resolution.requirements.iter().flat_map(|r| &r.members).collect();
    if format == AnswerFormat::Requirements && members.len() > 1 {
        terminal.hint(format_args!(
            "the lines are for {} members together; `-p` prints those of one, `-a install` puts each where it belongs",
            members.len()
        ));
    }
    Ok(ExitStatus::Done)
}
