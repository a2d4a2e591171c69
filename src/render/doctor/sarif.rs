//! The Static Analysis Results Interchange Format.
//!
//! Source of the form: OASIS, "SARIF Version 2.1.0", and GitHub's documentation, "SARIF support for code scanning".

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::document;
use crate::doctor::{
    check::Check,
    cure::{Change, Cure},
    diagnosis::Diagnosis,
    symptom::Symptom,
};

/// What cannot stand in the path of an address as it is.
const NOT_IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What was found, with the rules that it breaks; what is ignored is there as suppressed.
#[must_use]
pub fn sarif(diagnosis: &Diagnosis) -> String {
    let ignored = diagnosis.ignored.iter().map(|ignored| (&ignored.symptom, Some(ignored.reason.as_str())));
    let all: Vec<_> = diagnosis.symptoms.iter().map(|symptom| (symptom, None)).chain(ignored).collect();
    let mut rules: Vec<&Check> = all.iter().map(|(symptom, _)| symptom.check).collect();
    rules.sort_by_key(|check| check.id);
    rules.dedup_by_key(|check| check.id);
    let results: Vec<Value> = all.iter().map(|(symptom, why)| result(symptom, *why, &rules)).collect();
    document(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "otel-bootstrap",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|check| rule(check)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule(check: &Check) -> Value {
    let page = check.page.split_once('\n').map_or("", |(_, rest)| rest.trim());
    json!({
        "id": check.id,
        "shortDescription": { "text": check.title() },
        "fullDescription": { "text": check.section("Why") },
        "help": { "text": page, "markdown": page },
        "helpUri": check.link(),
        "defaultConfiguration": { "level": check.severity.word() },
    })
}

fn result(symptom: &Symptom, ignored: Option<&str>, rules: &[&Check]) -> Value {
    let mut place = json!({ "artifactLocation": location(&symptom.place.path) });
    if let Some(line) = symptom.place.line {
        place["region"] = json!({ "startLine": line });
    }
    let mut result = json!({
        "ruleId": symptom.check.id,
        "ruleIndex": rules.iter().position(|rule| rule.id == symptom.check.id),
        "level": symptom.check.severity.word(),
        "message": { "text": format!("{}; {}", symptom.reason, symptom.fix) },
        "locations": [{ "physicalLocation": place }],
    });
    if let Some(cure) = &symptom.cure {
        result["fixes"] = json!([fix(&symptom.fix, cure)]);
    }
    if let Some(reason) = ignored {
        result["suppressions"] = json!([{ "kind": "external", "justification": reason }]);
    }
    result
}

/// The address of a file.
fn location(path: &str) -> Value {
    json!({ "uri": utf8_percent_encode(path, NOT_IN_PATHS).to_string() })
}

/// What `--fix` would write.
fn fix(description: &str, cure: &Cure) -> Value {
    let change = |change: &Change| {
        let region = change.region.map(|region| {
            json!({
                "startLine": region.start_line,
                "startColumn": region.start_column,
                "endLine": region.end_line,
                "endColumn": region.end_column,
            })
        });
        json!({
            "artifactLocation": location(&change.path),
            "replacements": [{ "deletedRegion": region, "insertedContent": { "text": change.new } }],
        })
    };
    let changes: Vec<Value> = cure.changes.iter().map(change).collect();
    json!({ "description": { "text": description }, "artifactChanges": changes })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::sample, *};

    #[test]
    fn rules_and_results_go_together() {
        let value: Value = serde_json::from_str(&sarif(&sample())).expect("JSON");
        let run = &value["runs"][0];
        let rules: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .expect("rules")
            .iter()
            .filter_map(|rule| rule["id"].as_str())
            .collect();
        assert_eq!(rules, ["cargo.two-opentelemetry", "python.release.mixed"]);
        let results = run["results"].as_array().expect("results");
        let suppressions = json!([{ "kind": "external", "justification": "known" }]);
        assert_eq!(results[2]["suppressions"], suppressions);
        insta::assert_snapshot!(serde_json::to_string_pretty(&results[..2]).expect("JSON"), @r#"
        [
          {
            "level": "error",
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "Cargo.lock"
                  }
                }
              }
            ],
            "message": {
              "text": "two versions; raise `x`"
            },
            "ruleId": "cargo.two-opentelemetry",
            "ruleIndex": 0
          },
          {
            "fixes": [
              {
                "artifactChanges": [
                  {
                    "artifactLocation": {
                      "uri": "api/a%20b.py"
                    },
                    "replacements": [
                      {
                        "deletedRegion": {
                          "endColumn": 9,
                          "endLine": 3,
                          "startColumn": 5,
                          "startLine": 3
                        },
                        "insertedContent": {
                          "text": "False"
                        }
                      }
                    ]
                  }
                ],
                "description": {
                  "text": "do, 100%"
                }
              }
            ],
            "level": "warning",
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "api/a%20b.py"
                  },
                  "region": {
                    "startLine": 3
                  }
                }
              }
            ],
            "message": {
              "text": "one\u001b\ntwo; do, 100%"
            },
            "ruleId": "python.release.mixed",
            "ruleIndex": 1
          }
        ]
        "#);
    }
}
