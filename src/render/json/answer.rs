//! The answer for a project.

use serde::Serialize;

use super::{
    super::verdict::{reason, word},
    Member, SCHEMA, SwitchedOff, document,
};
use crate::{
    ecosystem::Overview,
    finding::{Finding, Verdict},
    resolution::{Requirement, Resolution, SetChoice, SetReason},
};

/// The answer for a project.
#[derive(Serialize)]
struct Answer<'a> {
    /// The version of this form.
    schema: u32,
    /// The ecosystem (`cargo` or `python`).
    ecosystem: &'a str,
    /// The lockfile or the environment that was read.
    source: &'a str,
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
    /// What is listed for a member that has it as an optional dependency which no selected feature switches on.
    switched_off: Vec<SwitchedOff<'a>>,
    /// What the user should know besides.
    warnings: Vec<&'a String>,
}

/// The release set.
#[derive(Serialize)]
struct Set<'a> {
    /// The version of `opentelemetry` that all have in common (`0.33`).
    chosen: &'a str,
    /// Why: `locked`, `installed`, `newest`, `asked` or `coverage`.
    reason: &'static str,
    /// With `installed`: the distribution that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    installed: Option<&'a str>,
    /// With `locked` and `installed`: the version that is there.
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

/// The answer as a JSON document.
#[must_use]
pub fn json(resolution: &Resolution, overview: &Overview) -> String {
    document(&Answer {
        schema: SCHEMA,
        ecosystem: overview.ecosystem.name(),
        source: &overview.source,
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
        switched_off: SwitchedOff::all(resolution),
        warnings: resolution.all_warnings().collect(),
    })
}

fn set(choice: &SetChoice) -> Set<'_> {
    let (reason, locked, through) = match &choice.reason {
        SetReason::Locked { version, through } => ("locked", Some(version.as_str()), through.as_slice()),
        SetReason::Installed { version, .. } => ("installed", Some(version.as_str()), &[][..]),
        SetReason::Newest { .. } => ("newest", None, &[][..]),
        SetReason::Asked => ("asked", None, &[][..]),
        SetReason::Coverage { .. } => ("coverage", None, &[][..]),
    };
    let installed = match &choice.reason {
        SetReason::Installed { name, .. } => Some(name.as_str()),
        _ => None,
    };
    let others =
        choice.others.iter().map(|o| OtherSet { set: &o.set, gains: &o.gains, losses: &o.losses }).collect();
    Set { chosen: &choice.chosen, reason, installed, locked, through, others }
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
    use super::{super::super::sample, *};

    #[test]
    #[expect(clippy::too_many_lines, reason = "a whole document")]
    fn the_whole_answer_is_there() {
        insta::assert_snapshot!(json(&sample::resolution(), &sample::overview()), @r#"
        {
          "schema": 1,
          "ecosystem": "cargo",
          "source": "Cargo.lock",
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
}
