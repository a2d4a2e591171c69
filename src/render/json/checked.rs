//! What a check found.

use serde::Serialize;

use super::{Member, SCHEMA, SwitchedOff, document};
use crate::{
    check::{PackageCopy, ProblemKind, Report},
    ecosystem::Overview,
    resolution::Resolution,
};

/// What a check found.
#[derive(Serialize)]
struct Checked<'a> {
    /// The version of this form.
    schema: u32,
    /// The ecosystem (`cargo` or `python`).
    ecosystem: &'a str,
    /// Whether nothing was found; the exit status says the same.
    ok: bool,
    /// The problems.
    problems: Vec<CheckedProblem<'a>>,
    /// What is listed for a member that has it as an optional dependency which no selected feature switches on.
    switched_off: Vec<SwitchedOff<'a>>,
    /// What the user should know besides.
    warnings: &'a [String],
}

/// A problem that a check found.
#[derive(Serialize)]
struct CheckedProblem<'a> {
    /// `missing`, `outdated`, `doubled`, `mixed` or `never-loaded`.
    kind: &'static str,
    /// The packages that it is about.
    names: Vec<&'a str>,
    /// With `missing`: the version to add. Else: the version that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    /// With `missing`: the features to switch on.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    features: &'a [String],
    /// With `outdated` and `mixed`: the release that would fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    fitting: Option<&'a str>,
    /// With `doubled`: the versions, with what depends on each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    copies: Vec<CheckedCopy<'a>>,
    /// The same as a sentence; its wording is no promise.
    message: String,
    /// The members concerned; empty if it is about the project as a whole.
    members: Vec<Member<'a>>,
}

/// One of several versions.
#[derive(Serialize)]
struct CheckedCopy<'a> {
    /// The version.
    version: &'a str,
    /// The packages that depend on it.
    through: &'a [String],
}

/// What a check found as a JSON document.
#[must_use]
pub fn check_json(report: &Report, resolution: &Resolution, overview: &Overview) -> String {
    let problems = report.problems.iter().map(|problem| {
        let mut shown = CheckedProblem {
            kind: problem.kind.word(),
            names: Vec::new(),
            version: None,
            features: &[],
            fitting: None,
            copies: Vec::new(),
            message: problem.kind.to_string(),
            members: problem
                .members
                .iter()
                .map(|m| Member { name: m, manifest: overview.manifest(m).unwrap_or_default() })
                .collect(),
        };
        match &problem.kind {
            ProblemKind::Missing { name, version, features, .. } => {
                shown.names = vec![name];
                shown.version = version.as_deref();
                shown.features = features;
            }
            ProblemKind::Outdated { name, version, fitting, .. } => {
                shown.names = vec![name];
                shown.version = Some(version);
                shown.fitting = fitting.as_deref();
            }
            ProblemKind::DoubledPackage { name, copies } => {
                shown.names = vec![name];
                shown.copies = copies.iter().map(copy).collect();
            }
            ProblemKind::Mixed { name, version, fitting, .. } => {
                shown.names = vec![name];
                shown.version = Some(version);
                shown.fitting = Some(fitting);
            }
            ProblemKind::NeverLoaded { name, version, .. } => {
                shown.names = vec![name];
                shown.version = Some(version);
            }
            ProblemKind::DoubledPurpose { names, .. } => {
                shown.names = names.iter().map(String::as_str).collect();
            }
        }
        shown
    });
    document(&Checked {
        schema: SCHEMA,
        ecosystem: overview.ecosystem.name(),
        ok: report.problems.is_empty(),
        problems: problems.collect(),
        switched_off: SwitchedOff::all(resolution),
        warnings: &resolution.warnings,
    })
}

fn copy(PackageCopy { version, through }: &PackageCopy) -> CheckedCopy<'_> {
    CheckedCopy { version, through }
}

#[cfg(test)]
mod tests {
    use super::{super::super::sample, *};

    #[test]
    #[expect(clippy::too_many_lines, reason = "a whole document")]
    fn a_check_tells_each_problem() {
        let text = check_json(&sample::report(), &sample::resolution(), &sample::overview());
        insta::assert_snapshot!(text, @r#"
        {
          "schema": 1,
          "ecosystem": "cargo",
          "ok": false,
          "problems": [
            {
              "kind": "doubled",
              "names": [
                "opentelemetry"
              ],
              "copies": [
                {
                  "version": "0.32.0",
                  "through": [
                    "tarpc"
                  ]
                },
                {
                  "version": "0.33.1",
                  "through": [
                    "api"
                  ]
                }
              ],
              "message": "`opentelemetry` in different versions, 0.32.0 (through tarpc) and 0.33.1 (through api): they do not see each other's data",
              "members": []
            },
            {
              "kind": "doubled",
              "names": [
                "tracing-actix-web",
                "opentelemetry-instrumentation-actix-web"
              ],
              "message": "`tracing-actix-web` and `opentelemetry-instrumentation-actix-web` both instrument `actix-web`: everything is told twice",
              "members": [
                {
                  "name": "worker",
                  "manifest": "services/worker/Cargo.toml"
                }
              ]
            },
            {
              "kind": "outdated",
              "names": [
                "tonic-tracing-opentelemetry"
              ],
              "version": "0.32.1",
              "fitting": "0.42.1",
              "message": "`tonic-tracing-opentelemetry` 0.32.1, for tonic 0.14.2, is of another release set than the project; 0.42.1 fits",
              "members": [
                {
                  "name": "worker",
                  "manifest": "services/worker/Cargo.toml"
                }
              ]
            },
            {
              "kind": "missing",
              "names": [
                "axum-tracing-opentelemetry"
              ],
              "version": "0.42.1",
              "features": [
                "tracing_level_info"
              ],
              "message": "`axum-tracing-opentelemetry` 0.42.1 is missing, for axum 0.8.4",
              "members": [
                {
                  "name": "api",
                  "manifest": "services/api/Cargo.toml"
                },
                {
                  "name": "worker",
                  "manifest": "services/worker/Cargo.toml"
                }
              ]
            },
            {
              "kind": "missing",
              "names": [
                "sqlx"
              ],
              "features": [
                "tracing"
              ],
              "message": "`sqlx` lacks its `tracing`, for sqlx 0.8.6",
              "members": [
                {
                  "name": "api",
                  "manifest": "services/api/Cargo.toml"
                }
              ]
            }
          ],
          "switched_off": [
            {
              "name": "tracing-opentelemetry",
              "member": "api",
              "features": [
                "api/otel"
              ]
            }
          ],
          "warnings": [
            "`rust-toolchain.toml` is not readable"
          ]
        }
        "#);
    }

    #[test]
    fn nothing_found_is_still_a_document() {
        let text = check_json(&Report::default(), &Resolution::default(), &sample::overview());
        insta::assert_snapshot!(text, @r#"
        {
          "schema": 1,
          "ecosystem": "cargo",
          "ok": true,
          "problems": [],
          "switched_off": [],
          "warnings": []
        }
        "#);
    }
}
