//! The results as Markdown.

use crate::trial::{Check, Outcome, Report};

/// The text of the results: the table, what did not hold, and what was left out, each line under its project.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// What stands above it.
    head: String,
    /// The rows of the table.
    rows: Lines,
    /// What did not hold.
    findings: Lines,
    /// What cargo cannot resolve.
    skipped: Lines,
}

/// Lines, each with the project it is about.
type Lines = Vec<(String, String)>;

/// What the table begins with.
const START: &str = "| project |";
/// What stands above the findings.
const FINDINGS: &str = "Not as it should be:";
/// What stands above what was left out.
const SKIPPED: &str = "Left out, because cargo cannot resolve them here:";

/// The names of the other columns.
const COLUMNS: [&str; 16] = [
    "locked",
    "members, packages",
    "served",
    "set",
    "lines",
    "search agrees",
    "promises",
    "`opentelemetry`",
    "`tracing-opentelemetry`",
    "moved",
    "seconds",
    "checks before, after",
    "plain: `opentelemetry`",
    "plain: `tracing-opentelemetry`",
    "plain: moved",
    "plain: checks",
];

impl Table {
    /// Reads what was written before.
    pub(crate) fn read(text: &str) -> Self {
        let (head, rest) = text.split_at(text.find(START).unwrap_or(text.len()));
        let mut table = Self { head: head.to_owned(), ..Self::default() };
        let mut is_skipped = false;
        for line in rest.lines() {
            is_skipped |= line == SKIPPED;
            let lines = if is_skipped { &mut table.skipped } else { &mut table.findings };
            if let Some((name, _)) = line.strip_prefix("- ").and_then(|line| line.split_once(": ")) {
                lines.push((name.to_owned(), line.to_owned()));
            } else if let Some((name, _)) = line.strip_prefix("| ").and_then(|line| line.split_once(" | "))
                && !line.starts_with(START)
            {
                table.rows.push((name.to_owned(), line.to_owned()));
            }
        }
        table
    }

    /// Puts in what a trial came to, in place of what stands there about the project.
    pub(crate) fn put(&mut self, report: &Report) {
        let name = &report.name;
        let row = report.skipped.is_none().then(|| row(report));
        replace(&mut self.rows, name, row.into_iter().collect());
        replace(&mut self.findings, name, findings(report).iter().map(|f| format!("- {f}")).collect());
        let skipped = report.skipped.iter().map(|reason| format!("- {name}: {reason}"));
        replace(&mut self.skipped, name, skipped.collect());
    }

    /// The text.
    pub(crate) fn write(&self) -> String {
        let rule = "---|".repeat(COLUMNS.len() + 1);
        let mut text = format!("{}{START} {} |\n|{rule}\n", self.head, COLUMNS.join(" | "));
        let mut push = |lines: &Lines| text.extend(lines.iter().map(|(_, line)| format!("{line}\n")));
        push(&self.rows);
        for (title, lines) in [(FINDINGS, &self.findings), (SKIPPED, &self.skipped)] {
            if !lines.is_empty() {
                push(&vec![(String::new(), format!("\n{title}\n"))]);
                push(lines);
            }
        }
        text
    }
}

/// Puts new lines about a project where the first of the old ones is, or at the end.
fn replace(lines: &mut Lines, name: &str, new: Vec<String>) {
    let at = lines.iter().position(|(of, _)| of == name).unwrap_or(lines.len());
    lines.retain(|(of, _)| of != name);
    lines.splice(at..at, new.into_iter().map(|line| (name.to_owned(), line)));
}

/// The row of a project.
pub(crate) fn row(report: &Report) -> String {
    let (apis, bridges) = report.copies;
    let tool = report.tool.as_ref();
    let dash = || "–".to_owned();
    let change = |before: usize, after: fn(&Outcome) -> usize| {
        tool.map_or_else(|| before.to_string(), |tool| format!("{before} → {}", after(tool)))
    };
    let agrees = if report.differences.is_empty() {
        "yes".to_owned()
    } else {
        format!("{} differ", report.differences.len())
    };
    let promise = if report.broken.is_empty() { "hold" } else { "BROKEN" }.to_owned();
    let with = report.features.0.iter().map(|feature| format!("with `{feature}`"));
    let promises = std::iter::once(promise).chain(with).collect::<Vec<_>>().join(", ");
    let checks = match (report.built, tool) {
        (Some(built), Some(tool)) => format!("{}, {}", word(built), word(tool.check)),
        _ => dash(),
    };
    let plain = match &report.plain {
        Some(Ok(o)) => format!("{} | {} | {} | {}", o.apis, o.bridges, o.moved, word(o.check)),
        Some(Err(message)) => format!("{} | – | – | –", message.replace('|', "\\|")),
        None => "– | – | – | –".to_owned(),
    };
    let served = if report.served.is_empty() { dash() } else { report.served.join(", ") };
    [
        format!("| {}", report.name),
        report.locked.clone().unwrap_or_else(dash),
        format!("{}, {}", report.members, report.packages),
        served,
        report.set.clone().unwrap_or_else(dash),
        report.lines.to_string(),
        agrees,
        promises,
        change(apis, |o| o.apis),
        change(bridges, |o| o.bridges),
        tool.map_or_else(dash, |tool| tool.moved.to_string()),
        tool.map_or_else(dash, |_| report.seconds.to_string()),
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
        Check::OutOfTime => "no time",
    }
}

/// What is wrong with a project.
pub(crate) fn findings(report: &Report) -> Vec<String> {
    let all = report.differences.iter().chain(&report.broken);
    all.map(|finding| format!("{}: {finding}", report.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, broken: &[&str], skipped: Option<&str>) -> Report {
        Report {
            name: name.to_owned(),
            broken: broken.iter().map(|&finding| finding.to_owned()).collect(),
            skipped: skipped.map(str::to_owned),
            ..Report::default()
        }
    }

    #[test]
    fn what_is_tried_again_replaces_what_is_written_about_it() {
        let mut table = Table::read("# Head\n\nText.\n\n");
        for (name, broken, skipped) in
            [("a", &["x"][..], None), ("b", &["y", "z"], None), ("c", &[], Some("no"))]
        {
            table.put(&report(name, broken, skipped));
        }
        let mut again = Table::read(&table.write());
        assert_eq!(again.write(), table.write());
        again.put(&report("b", &[], None));
        again.put(&report("c", &["w"], None));
        let text = again.write();
        assert!(text.starts_with("# Head\n\nText.\n\n| project | locked |"), "{text}");
        assert!(text.ends_with(&format!("\n\n{FINDINGS}\n\n- a: x\n- c: w\n")), "{text}");
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert!(rows.iter().zip(["| a ", "| b ", "| c "]).all(|(row, start)| row.starts_with(start)));
        assert!(rows[0].contains("BROKEN") && rows[1].contains("hold") && rows.len() == 3, "{text}");
    }
}
