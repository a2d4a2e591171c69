//! The results as Markdown.

use crate::trial::{Check, Outcome, Report};

/// The table, and below it what did not hold and what was left out.
pub(crate) fn render(reports: &[Report]) -> String {
    let mut text = format!("{START} {} |\n|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len() + 1));
    for report in reports.iter().filter(|report| report.skipped.is_none()) {
        text.push_str(&row(report));
        text.push('\n');
    }
    let findings: Vec<String> = reports.iter().flat_map(findings).collect();
    if !findings.is_empty() {
        text.push_str("\nNot as it should be:\n\n");
        text.extend(findings.iter().map(|finding| format!("- {finding}\n")));
    }
    let skipped = reports.iter().filter_map(|r| Some(format!("- {}: {}\n", r.name, r.skipped.as_ref()?)));
    let skipped: String = skipped.collect();
    if !skipped.is_empty() {
        text.push_str("\nLeft out, because cargo cannot resolve them here:\n\n");
        text.push_str(&skipped);
    }
    text
}

/// What the table begins with.
pub(crate) const START: &str = "| project |";

/// The names of the other columns.
const COLUMNS: [&str; 14] = [
    "members, packages",
    "set",
    "served",
    "lines",
    "search agrees",
    "`opentelemetry`",
    "`tracing-opentelemetry`",
    "moved",
    "promises",
    "checks before, after",
    "plain: `opentelemetry`",
    "plain: `tracing-opentelemetry`",
    "plain: moved",
    "plain: checks",
];

/// The row of a project.
pub(crate) fn row(report: &Report) -> String {
    let (apis, bridges) = report.copies;
    let tool = report.tool.as_ref();
    let change = |before: usize, after: fn(&Outcome) -> usize| {
        tool.map_or_else(|| before.to_string(), |tool| format!("{before} → {}", after(tool)))
    };
    let agrees = if report.differences.is_empty() {
        "yes".to_owned()
    } else {
        format!("{} differ", report.differences.len())
    };
    let promises = if report.broken.is_empty() { "hold" } else { "BROKEN" };
    let checks = match (report.built, tool) {
        (Some(built), Some(tool)) => format!("{}, {}", word(built), word(tool.check)),
        _ => "–".to_owned(),
    };
    let plain = match &report.plain {
        Some(Ok(o)) => format!("{} | {} | {} | {}", o.apis, o.bridges, o.moved, word(o.check)),
        Some(Err(message)) => format!("{} | – | – | –", message.replace('|', "\\|")),
        None => "– | – | – | –".to_owned(),
    };
    [
        format!("| {}", report.name),
        format!("{}, {}", report.members, report.packages),
        report.set.clone().unwrap_or_else(|| "–".to_owned()),
        report.served.len().to_string(),
        report.lines.to_string(),
        agrees,
        change(apis, |o| o.apis),
        change(bridges, |o| o.bridges),
        tool.map_or_else(|| "–".to_owned(), |tool| tool.moved.to_string()),
        promises.to_owned(),
        checks,
        plain + " |",
    ]
    .join(" | ")
}

/// What a check came to, in a word.
fn word(check: Check) -> &'static str {
    match check {
        Check::Untried => "–",
        Check::Passed => "yes",
        Check::Failed => "no",
    }
}

/// What is wrong with a project.
pub(crate) fn findings(report: &Report) -> Vec<String> {
    let all = report.differences.iter().chain(&report.broken);
    all.map(|finding| format!("{}: {finding}", report.name)).collect()
}
