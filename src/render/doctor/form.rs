//! What a doctor found, and what it knows, for programs.

use std::ops::Range;

use serde::Serialize;

use super::{SCHEMA, document, process};
use crate::{
    doctor::{
        check::{Check, SECTIONS, Severity},
        cure::Change,
        diagnosis::Diagnosis,
        process::Portrait,
        symptom::Symptom,
    },
    ecosystem::Ecosystem,
};

/// What was found.
#[derive(Serialize)]
struct Found<'a> {
    /// The version of this form.
    schema: u32,
    /// The ecosystem (`cargo` or `python`); `null` of a process of neither.
    ecosystem: Option<Ecosystem>,
    /// Whether anything of OpenTelemetry is there.
    set_up: bool,
    /// The process, if one was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<process::Shown<'a>>,
    /// What was found, the gravest first.
    findings: Vec<Finding<'a>>,
    /// What was found and is ignored.
    ignored: Vec<Ignored<'a>>,
    /// How many files were read.
    files: usize,
    /// What was not read.
    skipped: Vec<Skipped<'a>>,
}

/// A finding.
#[derive(Serialize)]
struct Finding<'a> {
    /// The check.
    id: &'a str,
    /// `note`, `warning` or `error`.
    severity: Severity,
    /// The file, from where the program was started.
    path: &'a str,
    /// The line, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// Why it is told; the wording is no promise.
    message: &'a str,
    /// What to do; the wording is no promise.
    fix: &'a str,
    /// What `--fix` would write, if it can.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Changed<'a>>,
}

/// Text that takes the place of other text.
#[derive(Serialize)]
struct Changed<'a> {
    /// The file, from where the program was started.
    path: &'a str,
    /// Where the old text begins, in bytes.
    start: usize,
    /// Where it ends.
    end: usize,
    /// What stands there.
    old: &'a str,
    /// What takes its place.
    new: &'a str,
}

/// A finding that is ignored.
#[derive(Serialize)]
struct Ignored<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    /// Why it is ignored.
    reason: &'a str,
}

/// Files that were not read.
#[derive(Serialize)]
struct Skipped<'a> {
    /// Why.
    reason: &'a str,
    /// The files.
    files: &'a [String],
}

/// A check, with its page.
#[derive(Serialize)]
struct Shown<'a> {
    /// Its id.
    id: &'a str,
    /// How grave it is.
    severity: Severity,
    /// The versions that it is about.
    holds: &'a str,
    /// What is wrong, in one sentence.
    title: &'a str,
    /// Why that matters, in Markdown.
    why: &'a str,
    /// What to do, in Markdown.
    fix: &'a str,
    /// An example, in Markdown.
    example: &'a str,
    /// Where that is known from, in Markdown.
    source: &'a str,
}

/// What was found as a JSON document.
#[must_use]
pub fn diagnosis_json(
    diagnosis: &Diagnosis,
    ecosystem: Option<Ecosystem>,
    portrait: Option<&Portrait>,
) -> String {
    let ignored = diagnosis.ignored.iter();
    document(&Found {
        schema: SCHEMA,
        ecosystem,
        set_up: diagnosis.is_set_up,
        process: portrait.map(process::shown),
        findings: diagnosis.symptoms.iter().map(finding).collect(),
        ignored: ignored.map(|i| Ignored { finding: finding(&i.symptom), reason: &i.reason }).collect(),
        files: diagnosis.files,
        skipped: diagnosis
            .skips
            .iter()
            .map(|(skip, files)| Skipped { reason: skip.words(), files })
            .collect(),
    })
}

/// The checks as a JSON document.
pub(super) fn checks(checks: &[&Check]) -> String {
    /// The form.
    #[derive(Serialize)]
    struct Form<'a> {
        /// The version of the form.
        schema: u32,
        /// The checks.
        checks: Vec<Shown<'a>>,
    }
    document(&Form { schema: SCHEMA, checks: checks.iter().map(|check| shown(check)).collect() })
}

/// A check as a JSON document.
pub(super) fn check(check: &Check) -> String {
    document(&shown(check))
}

fn shown(check: &Check) -> Shown<'_> {
    let [why, fix, example, source] = SECTIONS.map(|heading| check.section(heading));
    let Check { id, severity, holds, .. } = *check;
    Shown { id, severity, holds, title: check.title(), why, fix, example, source }
}

fn finding(symptom: &Symptom) -> Finding<'_> {
    Finding {
        id: symptom.check.id,
        severity: symptom.check.severity,
        path: &symptom.place.path,
        line: symptom.place.line,
        message: &symptom.reason,
        fix: &symptom.fix,
        changes: symptom.cure.iter().flat_map(|cure| &cure.changes).map(changed).collect(),
    }
}

fn changed(change: &Change) -> Changed<'_> {
    let Range { start, end } = change.range();
    Changed { path: &change.path, start, end, old: &change.old, new: &change.new }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::sample, *};

    #[test]
    fn findings_have_id_place_and_fix() {
        insta::assert_snapshot!(diagnosis_json(&sample(), Some(Ecosystem::Cargo), None), @r#"
        {
          "schema": 1,
          "ecosystem": "cargo",
          "set_up": true,
          "findings": [
            {
              "id": "cargo.two-opentelemetry",
              "severity": "error",
              "path": "Cargo.lock",
              "message": "two versions",
              "fix": "raise `x`"
            },
            {
              "id": "python.release.mixed",
              "severity": "warning",
              "path": "api/a b.py",
              "line": 3,
              "message": "one\u001b\ntwo",
              "fix": "do, 100%",
              "changes": [
                {
                  "path": "api/a b.py",
                  "start": 30,
                  "end": 34,
                  "old": "True",
                  "new": "False"
                }
              ]
            }
          ],
          "ignored": [
            {
              "id": "python.release.mixed",
              "severity": "warning",
              "path": "api/a b.py",
              "line": 3,
              "message": "one\u001b\ntwo",
              "fix": "do, 100%",
              "changes": [
                {
                  "path": "api/a b.py",
                  "start": 30,
                  "end": 34,
                  "old": "True",
                  "new": "False"
                }
              ],
              "reason": "known"
            }
          ],
          "files": 2,
          "skipped": []
        }
        "#);
    }

    #[test]
    fn every_check_has_a_form() {
        let text = checks(crate::doctor::catalogue::CHECKS);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let first = &value["checks"][0];
        for key in ["id", "severity", "holds", "title", "why", "fix", "example", "source"] {
            assert!(first[key].as_str().is_some_and(|text| !text.is_empty()), "{key}");
        }
    }
}
