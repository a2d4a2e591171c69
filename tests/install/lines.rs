//! Lines as requirements: who gets what, and what is said afterwards.

use std::path::Path;

use otel_bootstrap::{
    ecosystem::cargo::inventory::{Inventory, LockedPackage, Source, Use},
    install::cargo::{AssignmentError, assign, next_steps, parse_lines},
    registry::Registry,
    resolution::Resolution,
};

use crate::project::{inventory, member};

/// A workspace: `api` with a binary that uses axum and the library `core`, `core` that uses sqlx, `cli`
/// with a binary that uses neither.
fn workspace() -> Inventory {
    let root = Path::new("/work");
    let locked = |name: &str, version: &str, source: Source, dependencies: &[usize]| LockedPackage {
        name: name.parse().expect("a name"),
        version: version.parse().expect("a version"),
        source,
        dependencies: dependencies.to_vec(),
    };
    let used = |package: usize, alias: &str| Use {
        package,
        alias: alias.parse().expect("a name"),
        requirement: None,
        features: std::collections::BTreeSet::new(),
        default_features: true,
    };
    let mut members = ["api", "cli", "core"].map(|name| {
        let mut member = member(root, name, name);
        member.version = Some(semver::Version::new(0, 1, 0));
        member
    });
    members[0].uses = vec![used(1, "axum"), used(3, "core")];
    members[2].uses = vec![used(4, "sqlx")];
    members[2].has_binary = false;
    Inventory {
        packages: vec![
            locked("api", "0.1.0", Source::Path, &[1, 3]),
            locked("axum", "0.8.4", Source::CratesIo, &[5]),
            locked("cli", "0.1.0", Source::Path, &[]),
            locked("core", "0.1.0", Source::Path, &[4]),
            locked("sqlx", "0.8.6", Source::CratesIo, &[5]),
            locked("tracing", "0.1.41", Source::CratesIo, &[]),
        ],
        ..inventory(root, members.to_vec())
    }
}

fn assigned(text: &str, inventory: &Inventory, named: bool) -> Result<Resolution, Vec<AssignmentError>> {
    assign(&parse_lines(text).expect("lines"), inventory, &Registry::builtin(), named)
}

/// The requirements of a text, each with its members.
fn placed(text: &str, inventory: &Inventory, named: bool) -> Vec<String> {
    let resolution = assigned(text, inventory, named).expect("an assignment");
    resolution.requirements.iter().map(|r| format!("{}: {}", r.name, r.members.join(" "))).collect()
}

const LINES: &str = "axum-tracing-opentelemetry@0.33.1 --features axum-tracing-opentelemetry@0.33.1/tracing_level_info\n\
    opentelemetry@0.31.0 --features opentelemetry@0.31.0/trace,opentelemetry@0.31.0/metrics,opentelemetry@0.31.0/logs\n\
    opentelemetry_sdk@0.31.0 --features opentelemetry_sdk@0.31.0/trace,opentelemetry_sdk@0.31.0/metrics,opentelemetry_sdk@0.31.0/logs,opentelemetry_sdk@0.31.0/logs_level_enabled\n\
    opentelemetry-appender-tracing@0.31.0\n\
    opentelemetry-stdout@0.31.0 --features opentelemetry-stdout@0.31.0/trace,opentelemetry-stdout@0.31.0/metrics,opentelemetry-stdout@0.31.0/logs\n\
    tracing-opentelemetry@0.32.0\ntracing-subscriber@0.3.20 -F env-filter\n";

#[test]
fn the_rules_of_the_registry_say_who_gets_a_line() {
    let expected = [
        "axum-tracing-opentelemetry: api",
        "opentelemetry: api",
        "opentelemetry_sdk: api",
        "opentelemetry-appender-tracing: api",
        "opentelemetry-stdout: api",
        "tracing-opentelemetry: api",
        "tracing-subscriber: api",
    ]
    .map(|line| line.split_once("-F").map_or(line, |(line, _)| line));
    let lines = LINES.replace(" -F env-filter", " --features tracing-subscriber@0.3.20/env-filter");
    assert_eq!(placed(&lines, &workspace(), false), expected);
    assert_eq!(placed("sqlx --features sqlx/x\n", &workspace(), false), ["sqlx: core"]);
}

#[test]
fn what_goes_to_binaries_goes_to_those_that_a_user_of_the_library_ends_up_in() {
    const LINE: &str = "opentelemetry-instrumentation-tokio@0.3.0\n";
    let mut inventory = workspace();
    // `tokio` in place of `sqlx`, which `cli` reaches too, through `axum` alone.
    inventory.packages[4].name = "tokio".parse().expect("a name");
    inventory.packages[1].dependencies = vec![4];
    inventory.packages[2].dependencies = vec![1];
    assert_eq!(placed(LINE, &inventory, false), ["opentelemetry-instrumentation-tokio: api"]);
    // Nobody uses it directly, and somebody asks for it.
    inventory.members[2].uses.clear();
    assert_eq!(placed(LINE, &inventory, false), ["opentelemetry-instrumentation-tokio: api cli"]);
}

#[test]
fn who_has_another_instrumentation_of_a_library_gets_none_beside_it() {
    const LINE: &str = "axum-tracing-opentelemetry@0.33.1\n";
    let mut inventory = workspace();
    inventory.members[1].uses = inventory.members[0].uses.clone();
    assert_eq!(placed(LINE, &inventory, false), ["axum-tracing-opentelemetry: api cli"]);
    // `core` becomes an instrumentation of axum that `api` has.
    inventory.packages[3].name = "tower-otel".parse().expect("a name");
    inventory.members[1].uses.truncate(1);
    assert_eq!(placed(LINE, &inventory, false), ["axum-tracing-opentelemetry: cli"]);
    // Where nobody is without one, it was asked for nevertheless.
    inventory.members[1].uses.clear();
    assert_eq!(placed(LINE, &inventory, false), ["axum-tracing-opentelemetry: api"]);
}

#[test]
fn a_line_goes_to_users_of_the_library_that_no_other_line_serves() {
    let mut inventory = workspace();
    // `core` uses reqwest, which `tower-otel` serves as well as axum.
    inventory.packages[4].name = "reqwest".parse().expect("a name");
    inventory.packages[4].version = "0.13.1".parse().expect("a version");
    let both = "axum-tracing-opentelemetry@0.42.1\ntower-otel@0.12.0\n";
    assert_eq!(placed(both, &inventory, false), ["axum-tracing-opentelemetry: api", "tower-otel: core"]);
    // Another version, which nobody uses directly, does not count.
    let older =
        LockedPackage { version: "0.12.28".parse().expect("a version"), ..inventory.packages[4].clone() };
    inventory.packages.push(older);
    inventory.packages.sort();
    inventory.members[2].uses[0].package = 5;
    assert_eq!(placed(both, &inventory, false), ["axum-tracing-opentelemetry: api", "tower-otel: core"]);
    let alone = "tower-otel@0.12.0\n";
    assert_eq!(placed(alone, &inventory, false), ["tower-otel: api core"]);
}

#[test]
fn named_members_get_everything_and_a_single_one_what_is_unknown() {
    let mut inventory = workspace();
    for member in &mut inventory.members {
        member.is_selected = member.name.as_str() == "cli";
    }
    assert_eq!(placed(LINES, &inventory, true).iter().filter(|line| line.ends_with(": cli")).count(), 7);
    assert_eq!(placed("unheard-of@1.0.0\n", &inventory, false), ["unheard-of: cli"]);

    let problems = assigned("unheard-of@1.0.0\nserde\n", &workspace(), false).expect_err("problems");
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "line 1: which member `unheard-of` is for cannot be told",
            "line 2: `serde` has no version, and no selected member depends on it",
        ]
    );
    assert_eq!(problems[0].hint().as_deref(), Some("name the member with `-p`: one of `api`, `cli`, `core`"));
}

#[test]
fn the_next_steps_say_what_to_write_where() {
    let resolution = assigned(LINES, &workspace(), false).expect("an assignment");
    let text = next_steps(&resolution, &workspace());
    let (steps, start) = text.split_once("at the start of `api` (api/Cargo.toml):\n").expect("code");
    insta::assert_snapshot!(steps, @r#"
    in `api` (api/Cargo.toml):
      wire `axum-tracing-opentelemetry`:
        .layer(axum_tracing_opentelemetry::middleware::OtelInResponseLayer::default())
        .layer(axum_tracing_opentelemetry::middleware::OtelAxumLayer::default())
      let the filter pass what `axum-tracing-opentelemetry` emits: `otel::tracing=trace`
      wire `opentelemetry-appender-tracing`:
        .with(opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge::new(&logger_provider))
      wire `tracing-opentelemetry`:
        .with(tracing_opentelemetry::layer().with_tracer(tracer_provider.tracer("app")))
    "#);
    assert!(start.contains("    use opentelemetry::trace::TracerProvider as _;\n"), "{start}");
    assert!(start.contains("opentelemetry_stdout::SpanExporter"), "{start}");
    assert_eq!(next_steps(&Resolution::default(), &workspace()), "");
}

#[test]
fn what_a_crate_can_do_for_a_library_that_another_line_serves_is_no_next_step() {
    let mut inventory = workspace();
    inventory.packages.push(LockedPackage {
        name: "tonic".parse().expect("a name"),
        version: semver::Version::new(0, 12, 3),
        source: Source::CratesIo,
        dependencies: Vec::new(),
    });
    inventory.packages.swap(5, 6);
    inventory.packages[1].dependencies = vec![6];
    inventory.packages[4].dependencies = vec![6];
    let mut tonic = inventory.members[0].uses[0].clone();
    tonic.package = 5;
    tonic.alias = "tonic".parse().expect("a name");
    inventory.members[0].uses.push(tonic);
    let lines = "axum-tracing-opentelemetry@0.42.1\ntower-otel@0.12.0\n";
    let wiring = assigned(lines, &inventory, false).expect("an assignment").requirements[1].wiring.concat();
    assert!(wiring.contains("GrpcLayer"), "{wiring}");
    assert!(!wiring.contains("HttpLayer"), "{wiring}");
    let alone = assigned("tower-otel@0.12.0", &inventory, false).expect("an assignment");
    assert!(alone.requirements[0].wiring.concat().contains("HttpLayer"));
}

#[test]
fn members_with_the_same_to_do_are_told_together() {
    let mut resolution =
        assigned("axum-tracing-opentelemetry@0.42.1", &workspace(), false).expect("an assignment");
    resolution.requirements[0].members = vec!["api".to_owned(), "cli".to_owned(), "core".to_owned()];
    let text = next_steps(&resolution, &workspace());
    assert!(
        text.starts_with("in `api` (api/Cargo.toml), `cli` (cli/Cargo.toml) and `core` (core/Cargo.toml):\n"),
        "{text}"
    );
    assert_eq!(text.matches("wire `axum-tracing-opentelemetry`").count(), 1, "{text}");
}
