//! What a doctor found, and what it knows, in every form.

mod form;
mod process;
mod sarif;

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

pub use form::diagnosis_json;
pub use process::portrait;
pub use sarif::sarif;

use super::{
    github::{message, property},
    grid::Grid,
    json::{SCHEMA, document},
};
use crate::{
    cli::TellFormat,
    doctor::{
        check::{Check, Severity},
        diagnosis::Diagnosis,
    },
    terminal::visible,
};

/// What was found, for people: as a compiler tells it.
#[must_use]
pub fn diagnosis(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for symptom in &diagnosis.symptoms {
        let (check, style) = (symptom.check, style(symptom.check.severity));
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(
            text,
            "{separator}{style}{}[{}]{style:#}: {}\n  at {}\n  fix: {}",
            check.severity.word(),
            check.id,
            indented(&symptom.reason),
            visible(&symptom.place.to_string()),
            indented(&symptom.fix),
        );
    }
    text
}

/// Annotations of GitHub Actions: one per finding, of its severity.
#[must_use]
pub fn diagnosis_github(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for symptom in &diagnosis.symptoms {
        let command = match symptom.check.severity {
            Severity::Note => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let line = symptom.place.line.map(|line| format!(",line={line}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "::{command} file={}{line},title={}::{}; {}",
            property(&symptom.place.path),
            property(symptom.check.id),
            message(&symptom.reason),
            message(&symptom.fix),
        );
    }
    text
}

/// Every check there is.
#[must_use]
pub fn checks(checks: &[&Check], format: TellFormat, width: Option<usize>) -> String {
    match format {
        TellFormat::Text => {
            let mut grid = Grid::new(&["CHECK", "SEVERITY", "HOLDS FOR", "WHAT IS WRONG"]);
            for check in checks {
                let cells = [check.id, check.severity.word(), check.holds, check.title()];
                grid.row(&cells.map(str::to_owned));
            }
            grid.render(width)
        }
        TellFormat::Json => form::checks(checks),
    }
}

/// The page of a check.
#[must_use]
pub fn check_page(check: &Check, format: TellFormat) -> String {
    match format {
        TellFormat::Text => {
            let (heading, rest) = check.page.split_once('\n').unwrap_or((check.page, ""));
            format!("{heading} ({}, {})\n{rest}", check.severity.word(), check.holds)
        }
        TellFormat::Json => form::check(check),
    }
}

/// Text of several lines, made visible, with every line but the first indented.
fn indented(text: &str) -> String {
    visible(text.trim_end()).replace('\n', "\n    ")
}

fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Note => AnsiColor::Cyan,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Error => AnsiColor::Red,
    };
    color.on_default().bold()
}

#[cfg(test)]
pub(super) mod tests {
    use anstream::adapter::strip_str;

    use super::*;
    use crate::doctor::{
        catalogue::{CARGO_TWO_OPENTELEMETRY, PYTHON_RELEASE_MIXED},
        cure::{Change, Cure, Region},
        ignore::Ignored,
        symptom::{Place, Symptom},
    };

    /// Two findings, one of which could steer a terminal, and one that is ignored.
    pub(in super::super) fn sample() -> Diagnosis {
        let symptom = |check, place, reason: &str, fix: &str| Symptom {
            check,
            place,
            reason: reason.to_owned(),
            fix: fix.to_owned(),
            cure: None,
        };
        let mixed = symptom(&PYTHON_RELEASE_MIXED, Place::at("api/a b.py", 3), "one\u{1b}\ntwo", "do, 100%");
        let region = Region { start_line: 3, start_column: 5, end_line: 3, end_column: 9 };
        let change = Change::new("api/a b.py", 30, "True", "False");
        let cure = Cure::of(Change { region: Some(region), ..change });
        let mixed = Symptom { cure: Some(cure), ..mixed };
        Diagnosis {
            symptoms: vec![
                symptom(&CARGO_TWO_OPENTELEMETRY, Place::of("Cargo.lock"), "two versions", "raise `x`"),
                mixed.clone(),
            ],
            ignored: vec![Ignored { symptom: mixed, reason: "known".to_owned() }],
            is_set_up: true,
            files: 2,
            ..Diagnosis::default()
        }
    }

    #[test]
    fn people_read_it_as_from_a_compiler() {
        insta::assert_snapshot!(strip_str(&diagnosis(&sample())).to_string(), @r"
        error[cargo.two-opentelemetry]: two versions
          at Cargo.lock
          fix: raise `x`

        warning[python.release.mixed]: one\u{1b}
            two
          at api/a b.py:3
          fix: do, 100%
        ");
        assert_eq!(diagnosis(&Diagnosis::default()), "");
    }

    #[test]
    fn annotations_name_file_and_line() {
        insta::assert_snapshot!(diagnosis_github(&sample()), @r"
        ::error file=Cargo.lock,title=cargo.two-opentelemetry::two versions; raise `x`
        ::warning file=api/a b.py,line=3,title=python.release.mixed::one\u{1b}%0Atwo; do, 100%25
        ");
    }

    #[test]
    fn a_page_begins_with_id_severity_and_versions() {
        let page = check_page(&CARGO_TWO_OPENTELEMETRY, TellFormat::Text);
        insta::assert_snapshot!(page.lines().take(3).collect::<Vec<_>>().join("\n"), @"
        # cargo.two-opentelemetry (error, all releases)

        Two versions of `opentelemetry` are locked, and one of them is silent
        ");
        let list = checks(&[&CARGO_TWO_OPENTELEMETRY], TellFormat::Text, None);
        insta::assert_snapshot!(strip_str(&list).to_string(), @"
        CHECK                    SEVERITY  HOLDS FOR     WHAT IS WRONG
        cargo.two-opentelemetry  error     all releases  Two versions of `opentelemetry` are locked, and one of them is silent
        ");
    }
}
