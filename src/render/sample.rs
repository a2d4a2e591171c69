//! A resolution with something of everything, for the tests of the forms.

use crate::{
    check::{PackageCopy, Problem, ProblemKind, Report},
    ecosystem::{Ecosystem, Overview, Site},
    finding::{Finding, Verdict},
    resolution::{Requirement, Resolution, SetAlternative, SetChoice, SetReason, SwitchedOff, VersionPin},
};

/// A workspace of two members with a lockfile of 31 packages.
pub(crate) fn overview() -> Overview {
    let site = |name: &str, is_program| Site {
        name: name.to_owned(),
        manifest: format!("services/{name}/Cargo.toml"),
        is_program,
    };
    Overview {
        ecosystem: Ecosystem::Cargo,
        packages: 31,
        source: "Cargo.lock".to_owned(),
        annotated: "Cargo.lock".to_owned(),
        members: vec![site("api", true), site("worker", true)],
    }
}

/// A version that is required.
pub(crate) fn pin(version: &str, exact: bool) -> VersionPin {
    VersionPin { version: version.to_owned(), exact }
}

/// What became of a library that `api` uses.
pub(crate) fn finding(library: &str, version: &str, verdict: Verdict) -> Finding {
    Finding {
        library: library.parse().expect("a name"),
        version: version.to_owned(),
        members: vec!["api".to_owned()],
        verdict,
        alternatives: Vec::new(),
        switches: Vec::new(),
        directives: Vec::new(),
    }
}

fn requirement(name: &str, version: Option<VersionPin>, features: &[&str], because: &str) -> Requirement {
    Requirement {
        name: name.parse().expect("a name"),
        version,
        since: None,
        present: Vec::new(),
        features: features.iter().map(ToString::to_string).collect(),
        members: vec!["api".to_owned()],
        because: vec![because.to_owned()],
        wiring: Vec::new(),
        switches: Vec::new(),
        directives: Vec::new(),
    }
}

/// The answer for the workspace of [`overview`].
pub(crate) fn resolution() -> Resolution {
    let mut axum = requirement(
        "axum-tracing-opentelemetry",
        Some(pin("0.42.1", false)),
        &["tracing_level_info"],
        "axum 0.8.4",
    );
    axum.members.push("worker".to_owned());
    axum.wiring = vec![".layer(OtelAxumLayer::default())".to_owned()];
    let bridge =
        requirement("tracing-opentelemetry", Some(pin("0.34.0", true)), &[], "axum-tracing-opentelemetry");
    let sqlx = requirement("sqlx", None, &["tracing"], "sqlx 0.8.6");
    let mut findings = vec![
        finding(
            "axum",
            "0.8.4",
            Verdict::Applies {
                instrumentation: "axum-tracing-opentelemetry".to_owned(),
                version: Some("0.42.1".to_owned()),
                instead_of: None,
            },
        ),
        finding("redis", "0.2.4", Verdict::OutOfRange { supported: ">=0.6".to_owned() }),
        finding(
            "reqwest",
            "0.12.9",
            Verdict::NoRelease {
                instrumentation: "reqwest-tracing".to_owned(),
                sets: vec!["0.32".to_owned(), "0.31".to_owned()],
                needs_rust: None,
            },
        ),
        finding(
            "sqlx",
            "0.8.6",
            Verdict::Applies { instrumentation: "sqlx/tracing".to_owned(), version: None, instead_of: None },
        ),
        finding(
            "tracing",
            "0.1.44",
            Verdict::AlreadyInstalled {
                instrumentation: "tracing-opentelemetry".to_owned(),
                version: "0.34.0".to_owned(),
            },
        ),
    ];
    findings[0].members.push("worker".to_owned());
    findings[0].alternatives = vec!["opentelemetry-instrumentation-tower".to_owned()];
    Resolution {
        set: Some(SetChoice {
            chosen: "0.33".to_owned(),
            reason: SetReason::Coverage { served: 2, of: 3 },
            others: vec![SetAlternative {
                set: "0.32".to_owned(),
                gains: vec!["`reqwest` by `reqwest-tracing` 0.7.1".to_owned()],
                losses: Vec::new(),
            }],
        }),
        requirements: vec![axum, bridge, sqlx],
        findings,
        initialisation: None,
        split: None,
        switched_off: vec![SwitchedOff {
            name: "tracing-opentelemetry".parse().expect("a name"),
            member: "api".to_owned(),
            manifest: "/shop/api/Cargo.toml".into(),
            features: vec!["api/otel".to_owned()],
        }],
        warnings: vec!["`rust-toolchain.toml` is not readable".to_owned()],
    }
}

/// A check that found something of each kind.
pub(crate) fn report() -> Report {
    let problem =
        |kind, members: &[&str]| Problem { kind, members: members.iter().map(ToString::to_string).collect() };
    let copy = |version: &str, through: &str| PackageCopy {
        version: version.to_owned(),
        through: vec![through.to_owned()],
    };
    let doubled = ProblemKind::DoubledPackage {
        name: "opentelemetry".to_owned(),
        copies: vec![copy("0.32.0", "tarpc"), copy("0.33.1", "api")],
    };
    let twice = ProblemKind::DoubledPurpose {
        names: vec!["tracing-actix-web".to_owned(), "opentelemetry-instrumentation-actix-web".to_owned()],
        library: "actix-web".to_owned(),
    };
    let outdated = ProblemKind::Outdated {
        name: "tonic-tracing-opentelemetry".to_owned(),
        version: "0.32.1".to_owned(),
        library: "tonic 0.14.2".to_owned(),
        fitting: Some("0.42.1".to_owned()),
    };
    let missing = ProblemKind::Missing {
        name: "axum-tracing-opentelemetry".to_owned(),
        version: Some("0.42.1".to_owned()),
        features: vec!["tracing_level_info".to_owned()],
        because: vec!["axum 0.8.4".to_owned()],
    };
    let feature = ProblemKind::Missing {
        name: "sqlx".to_owned(),
        version: None,
        features: vec!["tracing".to_owned()],
        because: vec!["sqlx 0.8.6".to_owned()],
    };
    Report {
        problems: vec![
            problem(doubled, &[]),
            problem(twice, &["worker"]),
            problem(outdated, &["worker"]),
            problem(missing, &["api", "worker"]),
            problem(feature, &["api"]),
        ],
    }
}
