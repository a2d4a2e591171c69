//! `--action check`: tells what is missing, outdated or doubled.

use super::{explain_set, explain_switches};
use crate::{
    check::{ProblemKind, Report},
    ecosystem::Overview,
    error::{ExitStatus, Failure},
    render,
    resolution::Resolution,
    settings::CheckFormat,
    terminal::{Terminal, plural},
};

/// Prints what the check found to stdout; fails if it found anything.
pub(crate) fn check(
    report: &Report,
    resolution: &Resolution,
    overview: &Overview,
    format: CheckFormat,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    terminal.data(&match format {
        CheckFormat::Table => render::check_table(report, overview, terminal.width()),
        CheckFormat::Json => render::check_json(report, resolution, overview),
        CheckFormat::Github => render::github(report, overview),
    })?;
    for warning in &resolution.warnings {
        terminal.warning(warning);
    }
    explain_switches(resolution, terminal);
    explain_set(resolution, terminal);
    for reason in render::skip_reasons(resolution) {
        terminal.reason(reason);
    }
    if report.problems.is_empty() {
        terminal.status("nothing is missing, outdated or doubled");
        return Ok(ExitStatus::Done);
    }
    terminal.status(plural(report.problems.len(), "problem", "problems"));
    if report.problems.iter().any(|problem| problem.kind.word() != "doubled") {
        terminal.hint("`otel-bootstrap -a install --dry-run` shows what would be changed");
    }
    if report.problems.iter().any(|problem| matches!(problem.kind, ProblemKind::Mixed { .. })) {
        terminal
            .hint("`-a install --instrumentation-version 0.NNbM` moves all of OpenTelemetry to one release");
    }
    if report.problems.iter().any(|problem| matches!(problem.kind, ProblemKind::DoubledPackage { .. })) {
        terminal.hint(
            "of what is there in two versions, one goes when all that brings it is raised to, or held at, the \
             release set of the other; `cargo tree --invert NAME@VERSION` shows the way to it",
        );
    }
    Ok(ExitStatus::Failed)
}
