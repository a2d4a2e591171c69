//! The form for programs. These types are the promise: their fields are documented in the README,
//! and a change that could break a reader raises [`SCHEMA`].

use serde::Serialize;

use super::verdict::{reason, word};
use crate::{
    check::{PackageCopy, ProblemKind, Report},
    ecosystem::Overview,
    finding::{Finding, Verdict},
    resolution::{Requirement, Resolution, SetChoice, SetReason},
};

/// The version of the form.
const SCHEMA: u32 = 1;

/// The answer for a project.
#[derive(Serialize)]
struct Answer<'a> {
    /// The version of this form.
    schema: u32,
    /// The ecosystem (`cargo`).
    ecosystem: &'a str,
    /// How many packages the project uses.
    packages: usize,
    /// The members, by name.
    members: Vec<Member<'a>>,
    /// The release set; `null` where nothing had to be chosen.
    set: Option<Set<'a>>,
    /// What is to be added, in the order of installation.
    requirements: Vec<Addition<'a>>,
    /// What became of each library that the registry knows.
    libraries: Vec<Library<'a>>,
    /// The code that initialises the exporter; `null` where none was asked for.
    initialisation: Option<&'a str>,
    /// What the user should know besides.
    warnings: &'a [String],
}

/// A member of the project.
#[derive(Serialize)]
struct Member<'a> {
    /// Its package name.
    name: &'a str,
    /// Its manifest.
    manifest: &'a str,
}

/// The release set.
#[derive(Serialize)]
struct Set<'a> {
    /// The version of `opentelemetry` that all have in common (`0.33`).
    chosen: &'a str,
    /// Why: `locked`, `asked` or `coverage`.
    reason: &'static str,
    /// With `locked`: the version that is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<&'a str>,
    /// With `locked`: which packages bring it, nearest first.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    through: &'a [String],
    /// The other sets that were possible, newest first.
    others: Vec<OtherSet<'a>>,
}

/// A release set that was not chosen.
#[derive(Serialize)]
struct OtherSet<'a> {
    /// The set.
    set: &'a str,
    /// What it would serve and the chosen one does not.
    gains: &'a [String],
    /// What it would not serve and the chosen one does.
    losses: &'a [String],
}

/// Something to add.
#[derive(Serialize)]
struct Addition<'a> {
    /// The crate or distribution, or the library whose features are switched on.
    name: &'a str,
    /// The version to require; `null` where only features are switched on.
    version: Option<&'a str>,
    /// Whether nothing but this version will do.
    exact: bool,
    /// The features to switch on.
    features: &'a [String],
    /// The same in the line form.
    line: String,
    /// The members that get it.
    members: &'a [String],
    /// For which libraries, or for which option or crate, it is there.
    because: &'a [String],
    /// Code that wires it.
    wiring: &'a [String],
    /// What stays silent without a run-time switch, and how to switch it on.
    switches: &'a [String],
    /// Filter directives without which nothing is seen.
    directives: &'a [String],
}

/// A library of the project that the registry knows.
#[derive(Serialize)]
struct Library<'a> {
    /// Its name.
    name: &'a str,
    /// Its version.
    version: &'a str,
    /// The members that use it.
    members: &'a [String],
    /// What became of it: `applies`, `already-installed`, `other-set`, `out-of-range`, `needs`,
    /// `excluded`, `no-release`, `native`, `indirect`, `only-through-opentelemetry`, `covered`, `nothing`.
    status: &'static str,
    /// The same as a sentence; its wording is no promise.
    reason: String,
    /// The instrumentation concerned (`applies`, `already-installed`, `other-set`, `no-release`).
    #[serde(skip_serializing_if = "Option::is_none")]
    instrumentation: Option<&'a str>,
    /// Its release: the one to add, or the one that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    instrumentation_version: Option<&'a str>,
    /// With `other-set`: the release that would fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    fitting: Option<&'a str>,
    /// With `out-of-range`: the versions of the library that are supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    supported: Option<&'a str>,
    /// With `needs`: what is missing.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    missing: &'a [String],
    /// With `excluded`: by which option. With `covered`: by which library.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    /// With `no-release`: the release sets that have one.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sets: &'a [String],
    /// With `no-release`: the Rust version it would need, if that is what stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_rust: Option<&'a str>,
    /// With `indirect`: packages that bring it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    through: &'a [String],
    /// Other instrumentations that can be asked for with `--only`.
    alternatives: &'a [String],
    /// What stays silent without a run-time switch, where nothing is added that says so itself.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    switches: &'a [String],
    /// Filter directives without which nothing is seen, likewise.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    directives: &'a [String],
}

/// What a check found.
#[derive(Serialize)]
struct Checked<'a> {
    /// The version of this form.
    schema: u32,
    /// The ecosystem (`cargo`).
    ecosystem: &'a str,
    /// Whether nothing was found; the exit status says the same.
    ok: bool,
    /// The problems.
    problems: Vec<CheckedProblem<'a>>,
    /// What the user should know besides.
    warnings: &'a [String],
}

/// A problem that a check found.
#[derive(Serialize)]
struct CheckedProblem<'a> {
    /// `missing`, `outdated` or `doubled`.
    kind: &'static str,
    /// The packages that it is about.
    names: Vec<&'a str>,
    /// With `missing`: the version to add. With `outdated`: the version that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    /// With `missing`: the features to switch on.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    features: &'a [String],
    /// With `outdated`: the release that would fit.
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

/// The answer as a JSON document.
#[must_use]
pub fn json(resolution: &Resolution, overview: &Overview) -> String {
    document(&Answer {
        schema: SCHEMA,
        ecosystem: overview.ecosystem.name(),
        packages: overview.packages,
        members: overview
            .members
            .iter()
            .map(|m| Member { name: m.name.as_str(), manifest: m.manifest.as_str() })
            .collect(),
        set: resolution.set.as_ref().map(set),
        requirements: resolution.requirements.iter().map(|r| addition(r, overview)).collect(),
        libraries: resolution.findings.iter().map(library).collect(),
        initialisation: resolution.initialisation.as_deref(),
        warnings: &resolution.warnings,
    })
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
        warnings: &resolution.warnings,
    })
}

fn document(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain structs have a JSON form");
    text.push('\n');
    text
}

fn copy(PackageCopy { version, through }: &PackageCopy) -> CheckedCopy<'_> {
    CheckedCopy { version, through }
}

fn set(choice: &SetChoice) -> Set<'_> {
    let (reason, locked, through) = match &choice.reason {
        SetReason::Locked { version, through } => ("locked", Some(version.as_str()), through.as_slice()),
        SetReason::Asked => ("asked", None, &[][..]),
        SetReason::Coverage { .. } => ("coverage", None, &[][..]),
    };
    let others =
        choice.others.iter().map(|o| OtherSet { set: &o.set, gains: &o.gains, losses: &o.losses }).collect();
    Set { chosen: &choice.chosen, reason, locked, through, others }
}

fn addition<'a>(requirement: &'a Requirement, overview: &Overview) -> Addition<'a> {
    Addition {
        name: requirement.name.as_str(),
        version: requirement.version.as_ref().map(|pin| pin.version.as_str()),
        exact: requirement.version.as_ref().is_some_and(|pin| pin.exact),
        features: &requirement.features,
        line: overview.ecosystem.line(requirement),
        members: &requirement.members,
        because: &requirement.because,
        wiring: &requirement.wiring,
        switches: &requirement.switches,
        directives: &requirement.directives,
    }
}

fn library(finding: &Finding) -> Library<'_> {
    let mut shown = Library {
        name: finding.library.as_str(),
        version: &finding.version,
        members: &finding.members,
        status: word(&finding.verdict),
        reason: reason(&finding.verdict),
        instrumentation: None,
        instrumentation_version: None,
        fitting: None,
        supported: None,
        missing: &[],
        by: None,
        sets: &[],
        needs_rust: None,
        through: &[],
        alternatives: &finding.alternatives,
        switches: &finding.switches,
        directives: &finding.directives,
    };
    match &finding.verdict {
        Verdict::Applies { instrumentation, version, .. } => {
            shown.instrumentation = Some(instrumentation);
            shown.instrumentation_version = version.as_deref();
        }
        Verdict::AlreadyInstalled { instrumentation, version } => {
            shown.instrumentation = Some(instrumentation);
            shown.instrumentation_version = Some(version);
        }
        Verdict::OtherSet { instrumentation, version, fitting } => {
            shown.instrumentation = Some(instrumentation);
            shown.instrumentation_version = Some(version);
            shown.fitting = fitting.as_deref();
        }
        Verdict::OutOfRange { supported } => shown.supported = Some(supported),
        Verdict::Needs { missing } => shown.missing = missing,
        Verdict::Excluded { by } | Verdict::Covered { by } => shown.by = Some(by),
        Verdict::NoRelease { instrumentation, sets, needs_rust } => {
            shown.instrumentation = Some(instrumentation);
            shown.sets = sets;
            shown.needs_rust = needs_rust.as_deref();
        }
        Verdict::Indirect { through } => shown.through = through,
        Verdict::Native { .. } | Verdict::Nothing { .. } | Verdict::OnlyThroughOpenTelemetry => {}
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    #[expect(clippy::too_many_lines, reason = "a whole document")]
    fn the_whole_answer_is_there() {
        insta::assert_snapshot!(json(&sample::resolution(), &sample::overview()), @r#"
        {
          "schema": 1,
          "ecosystem": "cargo",
          "packages": 31,
          "members": [
            {
              "name": "api",
              "manifest": "services/api/Cargo.toml"
            },
            {
              "name": "worker",
              "manifest": "services/worker/Cargo.toml"
            }
          ],
          "set": {
            "chosen": "0.33",
            "reason": "coverage",
            "others": [
              {
                "set": "0.32",
                "gains": [
                  "`reqwest` by `reqwest-tracing` 0.7.1"
                ],
                "losses": []
              }
            ]
          },
          "requirements": [
            {
              "name": "axum-tracing-opentelemetry",
              "version": "0.42.1",
              "exact": false,
              "features": [
                "tracing_level_info"
              ],
              "line": "axum-tracing-opentelemetry@0.42.1 --features axum-tracing-opentelemetry@0.42.1/tracing_level_info",
              "members": [
                "api",
                "worker"
              ],
              "because": [
                "axum 0.8.4"
              ],
              "wiring": [
                ".layer(OtelAxumLayer::default())"
              ],
              "switches": [],
              "directives": []
            },
            {
              "name": "tracing-opentelemetry",
              "version": "0.34.0",
              "exact": true,
              "features": [],
              "line": "tracing-opentelemetry@=0.34.0",
              "members": [
                "api"
              ],
              "because": [
                "axum-tracing-opentelemetry"
              ],
              "wiring": [],
              "switches": [],
              "directives": []
            },
            {
              "name": "sqlx",
              "version": null,
              "exact": false,
              "features": [
                "tracing"
              ],
              "line": "sqlx --features sqlx/tracing",
              "members": [
                "api"
              ],
              "because": [
                "sqlx 0.8.6"
              ],
              "wiring": [],
              "switches": [],
              "directives": []
            }
          ],
          "libraries": [
            {
              "name": "axum",
              "version": "0.8.4",
              "members": [
                "api",
                "worker"
              ],
              "status": "applies",
              "reason": "to be added",
              "instrumentation": "axum-tracing-opentelemetry",
              "instrumentation_version": "0.42.1",
              "alternatives": [
                "opentelemetry-instrumentation-tower"
              ]
            },
            {
              "name": "redis",
              "version": "0.2.4",
              "members": [
                "api"
              ],
              "status": "out-of-range",
              "reason": "out of range: instrumentation supports `>=0.6`",
              "supported": ">=0.6",
              "alternatives": []
            },
            {
              "name": "reqwest",
              "version": "0.12.9",
              "members": [
                "api"
              ],
              "status": "no-release",
              "reason": "no release of `reqwest-tracing` in this set, only in 0.32 and 0.31",
              "instrumentation": "reqwest-tracing",
              "sets": [
                "0.32",
                "0.31"
              ],
              "alternatives": []
            },
            {
              "name": "sqlx",
              "version": "0.8.6",
              "members": [
                "api"
              ],
              "status": "applies",
              "reason": "to be added",
              "instrumentation": "sqlx/tracing",
              "alternatives": []
            },
            {
              "name": "tracing",
              "version": "0.1.44",
              "members": [
                "api"
              ],
              "status": "already-installed",
              "reason": "already installed",
              "instrumentation": "tracing-opentelemetry",
              "instrumentation_version": "0.34.0",
              "alternatives": []
            }
          ],
          "initialisation": null,
          "warnings": [
            "`rust-toolchain.toml` is not readable"
          ]
        }
        "#);
    }

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
          "warnings": []
        }
        "#);
    }
}
