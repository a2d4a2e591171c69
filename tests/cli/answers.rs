//! `-a requirements`: what is printed for whom.

use std::fs;

use insta::assert_snapshot;

use crate::harness::Project;

#[test]
fn a_workspace_gets_one_list() {
    assert_snapshot!(Project::shop().run(""), @"
    exit 0
    --- stdout
    axum-tracing-opentelemetry@0.32.3 --features axum-tracing-opentelemetry@0.32.3/tracing_level_info
    tonic-tracing-opentelemetry@0.32.2 --features tonic-tracing-opentelemetry@0.32.2/tracing_level_info
    tower@0.5.2 --features tower@0.5.2/util
    tracing-opentelemetry@0.32.1
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    3 instrumentations and 2 further crates for 10 packages (5 skipped, see `-v`)
    hint: the lines are for 2 members together; `-p` prints those of one, `-a install` puts each where it belongs
    ");
}

#[test]
fn one_member_gets_its_own_list() {
    assert_snapshot!(Project::shop().run("-p shop-worker"), @"
    exit 0
    --- stdout
    tonic-tracing-opentelemetry@0.32.2 --features tonic-tracing-opentelemetry@0.32.2/tracing_level_info
    tower@0.5.2 --features tower@0.5.2/util
    tracing-opentelemetry@0.32.1
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    2 instrumentations and 2 further crates for 10 packages (3 skipped, see `-v`)
    ");
}

/// An application that has the bridge as an optional dependency, which the feature `otel` switches on.
fn with_a_switch() -> Project {
    let dependencies = "tracing = \"0.1\"\nopentelemetry = { version = \"0.32\", optional = true }\n\
        tracing-opentelemetry = { version = \"0.33\", optional = true }\n\n\
        [features]\nbridge = [\"tracing-opentelemetry\"]\nfull = [\"otel\"]\n\
        otel = [\"dep:opentelemetry\", \"tracing-opentelemetry/metrics\"]\n";
    Project::app(dependencies, &["opentelemetry 0.32.0", "tracing 0.1.44", "tracing-opentelemetry 0.33.0"])
}

#[test]
fn what_would_stay_off_is_told() {
    let app = with_a_switch();
    assert_snapshot!(app.run("-a requirements"), @"
    exit 0
    --- stdout
    tracing-opentelemetry@0.33.0
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    warning: `tracing-opentelemetry` is an optional dependency in `[TMP]/project/Cargo.toml` that no selected feature switches on
    hint: name the feature if it is built so (`--features bridge` or `--features otel` or `--features tracing-opentelemetry`), or make the dependency a plain one
    1 instrumentation and 1 further crate for 3 packages
    ");
    assert_snapshot!(app.run("-a install --dry-run"), @"
    exit 1
    --- stderr
    error: `tracing-opentelemetry` is an optional dependency in `[TMP]/project/Cargo.toml` that no selected feature switches on
    hint: name the feature if it is built so (`--features bridge` or `--features otel` or `--features tracing-opentelemetry`), or make the dependency a plain one
    ");
    assert_snapshot!(app.run("-a check"), @"
    exit 1
    --- stdout
    PROBLEM  WHAT AND WHY
    missing  `tracing-opentelemetry` 0.33.0 is missing, for tracing
    missing  `tracing-subscriber` 0.3.23 is missing, for tracing-opentelemetry
    --- stderr
    warning: `tracing-opentelemetry` is an optional dependency in `[TMP]/project/Cargo.toml` that no selected feature switches on
    hint: name the feature if it is built so (`--features bridge` or `--features otel` or `--features tracing-opentelemetry`), or make the dependency a plain one
    2 problems
    hint: `otel-bootstrap -a install --dry-run` shows what would be changed
    ");
}

#[test]
fn what_would_stay_off_in_one_of_several_members_is_told_with_its_name() {
    let shop = Project::shop();
    let manifest = fs::read_to_string(shop.root().join("worker/Cargo.toml")).expect("a manifest");
    let lockfile = fs::read_to_string(shop.root().join("Cargo.lock")).expect("a lockfile");
    let shop = shop
        .file(
            "worker/Cargo.toml",
            format!(
                "{manifest}\n[target.'cfg(unix)'.dependencies]\n\
                 middleware = {{ package = \"tower\", version = \"0.5\", optional = true }}\n"
            ),
        )
        .file("Cargo.lock", lockfile.replace(" \"tonic\",\n]", " \"tonic\",\n \"tower\",\n]"));
    let answer = shop.run("--format json");
    assert!(
        answer.contains(
            r#"
  "switched_off": [
    {
      "name": "tower",
      "member": "shop-worker",
      "features": [
        "shop-worker/middleware"
      ]
    }
  ],
"#
        ),
        "{answer}"
    );
    let named = shop.run("--format json --features shop-worker/middleware");
    assert!(named.contains("\"switched_off\": [],"), "{named}");
}

#[test]
fn a_feature_that_is_named_switches_it_on() {
    let app = with_a_switch();
    assert_snapshot!(app.run("--features otel"), @"
    exit 0
    --- stdout
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    0 instrumentations and 1 further crate for 3 packages (1 already there)
    ");
    let by_itself = app.run("--features otel");
    for features in ["bridge", "tracing-opentelemetry", "full", "app/otel"] {
        assert_eq!(app.run(&format!("--features {features}")), by_itself, "{features}");
    }
}

#[test]
fn a_members_folder_means_that_member() {
    let shop = Project::shop();
    assert_eq!(shop.run("-q -a requirements worker"), shop.run("-q -p shop-worker"));
}

#[test]
fn a_manifest_or_lockfile_means_its_project() {
    let shop = Project::shop();
    assert_eq!(shop.run("-q Cargo.lock"), shop.run("-q"));
    assert_eq!(shop.run("-q worker/Cargo.toml"), shop.run("-q worker"));
}

#[test]
fn reasons_are_told_on_demand() {
    assert_snapshot!(Project::shop().run("-v"), @"
    exit 0
    --- stdout
    axum-tracing-opentelemetry@0.32.3 --features axum-tracing-opentelemetry@0.32.3/tracing_level_info
    tonic-tracing-opentelemetry@0.32.2 --features tonic-tracing-opentelemetry@0.32.2/tracing_level_info
    tower@0.5.2 --features tower@0.5.2/util
    tracing-opentelemetry@0.32.1
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    release set 0.31: `opentelemetry` 0.31.0 is locked, through shop-api
      sets 0.33 and 0.32 would gain axum 0.8.4 (opentelemetry-instrumentation-tower) and lose axum 0.8.4 (axum-tracing-opentelemetry)
      sets 0.30 and 0.29 would gain reqwest 0.12.22 (reqwest-tracing), tonic 0.14.2 (tower-otel) and lose tonic 0.14.2 (tonic-tracing-opentelemetry)
      sets 0.28 and 0.27 would gain reqwest 0.12.22 (reqwest-tracing) and lose tonic 0.14.2 (tonic-tracing-opentelemetry)
      sets 0.26, 0.25, 0.24, 0.23 and 0.22 would gain reqwest 0.12.22 (reqwest-tracing) and lose axum 0.8.4 (axum-tracing-opentelemetry), tonic 0.14.2 (tonic-tracing-opentelemetry)
      set 0.21 would gain reqwest 0.12.22 (reqwest-tracing), tonic 0.14.2 (tower-otel) and lose axum 0.8.4 (axum-tracing-opentelemetry), tonic 0.14.2 (tonic-tracing-opentelemetry)
      set 0.20 would gain reqwest 0.12.22 (reqwest-tracing) and lose axum 0.8.4 (axum-tracing-opentelemetry), tonic 0.14.2 (tonic-tracing-opentelemetry)
    skipped `hyper` 1.6.0: not used directly, only through `axum`, `reqwest` and `tonic`
    skipped `lapin` 3.7.0: nothing exists: spans of your own around publishing and consuming, with the trace context in the headers of the message
    skipped `redis` 0.32.5: nothing exists: spans of your own around the commands
    skipped `reqwest` 0.12.22: no release of `reqwest-tracing` in this set, only in 0.30, 0.29, 0.28 and 8 older
    skipped `tower` 0.5.2: not used directly, only through `axum`, `reqwest` and `tonic`
    3 instrumentations and 2 further crates for 10 packages (5 skipped)
    hint: the lines are for 2 members together; `-p` prints those of one, `-a install` puts each where it belongs
    ");
}

#[test]
fn only_and_exclude_choose() {
    let shop = Project::shop();
    assert_snapshot!(shop.run("--only axum"), @"
    exit 0
    --- stdout
    axum-tracing-opentelemetry@0.32.3 --features axum-tracing-opentelemetry@0.32.3/tracing_level_info
    tracing-opentelemetry@0.32.1
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    1 instrumentation and 2 further crates for 10 packages (7 skipped, see `-v`)
    ");
    assert_snapshot!(shop.run("-v --exclude axum,tonic-tracing-opentelemetry --exclude tracing"), @"
    exit 0
    --- stdout
    tower@0.5.2 --features tower@0.5.2/util
    tower-otel@0.9.0
    tracing@0.1.44
    tracing-opentelemetry@0.32.1
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    release set 0.31: `opentelemetry` 0.31.0 is locked, through shop-api
      sets 0.30 and 0.29 would gain reqwest 0.12.22 (reqwest-tracing)
      sets 0.28, 0.27, 0.26, 0.25, 0.24, 0.23 and 0.22 would gain reqwest 0.12.22 (reqwest-tracing) and lose tonic 0.14.2 (tower-otel)
      set 0.21 would gain reqwest 0.12.22 (reqwest-tracing)
      set 0.20 would gain reqwest 0.12.22 (reqwest-tracing) and lose tonic 0.14.2 (tower-otel)
    skipped `axum` 0.8.4: excluded by `--exclude`
    skipped `hyper` 1.6.0: not used directly, only through `axum`, `reqwest` and `tonic`
    skipped `lapin` 3.7.0: nothing exists: spans of your own around publishing and consuming, with the trace context in the headers of the message
    skipped `redis` 0.32.5: nothing exists: spans of your own around the commands
    skipped `reqwest` 0.12.22: no release of `reqwest-tracing` in this set, only in 0.30, 0.29, 0.28 and 8 older
    skipped `tower` 0.5.2: not used directly, only through `axum`, `reqwest` and `tonic`
    skipped `tracing` 0.1.41: excluded by `--exclude`
    1 instrumentation and 4 further crates for 10 packages (7 skipped)
    ");
}

#[test]
fn direct_counts_no_library_that_is_only_locked() {
    assert_snapshot!(Project::shop().run("-p shop-worker --direct --exclude tonic"), @"
    exit 0
    --- stderr
    nothing to add (excluded: `tonic`; not used directly: `hyper`, `tower` and `tracing`; nothing exists: `lapin`)
    ");
}

#[test]
fn the_release_set_can_be_named() {
    let app = Project::app("axum = \"0.8\"\n", &["axum 0.8.4"]);
    assert_snapshot!(app.run("--otel-version 0.31"), @"
    exit 0
    --- stdout
    axum-tracing-opentelemetry@0.32.3 --features axum-tracing-opentelemetry@0.32.3/tracing_level_info
    tracing-opentelemetry@0.32.1
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    1 instrumentation and 2 further crates for 1 package
    ");
    assert_snapshot!(app.run("--otel-version 0.31.0 --exporter otlp"), @"
    exit 0
    --- stdout
    axum-tracing-opentelemetry@0.32.3 --features axum-tracing-opentelemetry@0.32.3/tracing_level_info
    opentelemetry@0.31.0
    opentelemetry-appender-tracing@0.31.1
    opentelemetry-otlp@0.31.1 --features opentelemetry-otlp@0.31.1/reqwest-rustls
    opentelemetry_sdk@0.31.0
    tracing-opentelemetry@0.32.1
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    1 instrumentation and 6 further crates for 1 package
    ");
}

#[test]
fn a_project_without_dependencies_is_told_so() {
    assert_snapshot!(Project::app("", &[]).run(""), @"
    exit 0
    --- stderr
    nothing to add: the project depends on no other package
    ");
}

#[test]
fn a_project_of_unknown_libraries_is_told_so() {
    let app = Project::app("itoa = \"1\"\nryu = \"1\"\n", &["itoa 1.0.15", "ryu 1.0.20"]);
    assert_snapshot!(app.run(""), @"
    exit 0
    --- stderr
    nothing to add: the registry knows nothing of the project's 2 packages
    ");
}

#[test]
fn a_library_is_told_that_it_is_no_program() {
    let library = Project::app("redis = \"0.32\"\n", &["redis 0.32.5"]);
    let library = library.without("src/main.rs").file("src/lib.rs", "");
    assert_snapshot!(library.run(""), @"
    exit 0
    --- stderr
    nothing to add, and no member is a program (nothing exists: `redis`)
    ");
}

#[test]
fn members_that_need_different_versions_are_named() {
    let shop = Project::shop();
    let lock = std::fs::read_to_string(shop.root().join("Cargo.lock")).expect("a lockfile");
    let own = "\n[[package]]\nname = \"shop-new\"\nversion = \"0.1.0\"\ndependencies = [\n \"axum\",\n]\n";
    let root = "[workspace]\nmembers = [\"api\", \"worker\", \"core\", \"new\"]\n\n[workspace.package]\n\
                version = \"0.1.0\"\nedition = \"2024\"\nrust-version = \"1.85\"\n";
    let new = "[package]\nname = \"shop-new\"\nversion = \"0.1.0\"\nrust-version = \"1.91\"\n\n\
               [dependencies]\naxum = \"0.8\"\n";
    let shop = shop
        .file("Cargo.toml", root)
        .file("Cargo.lock", format!("{lock}{own}"))
        .file("new/Cargo.toml", new)
        .file("new/src/main.rs", "fn main() {}\n");
    assert_snapshot!(shop.run(""), @"
    exit 1
    --- stderr
    error: members need different versions of `axum-tracing-opentelemetry`
    hint: ask for one of them at a time (`axum-tracing-opentelemetry` is 0.32.3 with `-p shop-api` and 0.33.1 with `-p shop-new`), or use `--format toml`, `--format json` or `-a install`, which keep them apart
    ");
    assert_snapshot!(shop.run("-p shop-new"), @"
    exit 0
    --- stdout
    axum-tracing-opentelemetry@0.33.1 --features axum-tracing-opentelemetry@0.33.1/tracing_level_info
    tracing-opentelemetry@0.32.1
    tracing-subscriber@0.3.23 --features tracing-subscriber@0.3.23/env-filter
    --- stderr
    2 instrumentations and 1 further crate for 10 packages (2 skipped, see `-v`)
    ");
}
