//! `-a check`.

use insta::assert_snapshot;

use crate::harness::Project;

#[test]
fn what_is_missing_is_found() {
    assert_snapshot!(Project::shop().run("-a check"), @"
    exit 1
    --- stdout
    PROBLEM  MEMBERS                WHAT AND WHY
    missing  shop-api               `axum-tracing-opentelemetry` 0.32.3 is missing, for axum
    missing  shop-worker            `tonic-tracing-opentelemetry` 0.32.2 is missing, for tonic
    missing  shop-worker            `tower` 0.5.2 is missing, for tonic-tracing-opentelemetry
    missing  shop-api, shop-worker  `tracing-opentelemetry` 0.32.1 is missing, for axum-tracing-opentelemetry, tonic-tracing-opentelemetry and tracing
    missing  shop-api, shop-worker  `tracing-subscriber` 0.3.23 is missing, for tracing-opentelemetry
    --- stderr
    5 problems
    hint: `otel-bootstrap -a install --dry-run` shows what would be changed
    ");
}

#[test]
fn annotations_name_the_manifests() {
    assert_snapshot!(Project::shop().run("-a check --format github -q"), @"
    exit 1
    --- stdout
    ::warning file=api/Cargo.toml,title=missing instrumentation::`axum-tracing-opentelemetry` 0.32.3 is missing, for axum
    ::warning file=worker/Cargo.toml,title=missing instrumentation::`tonic-tracing-opentelemetry` 0.32.2 is missing, for tonic
    ::warning file=worker/Cargo.toml,title=missing instrumentation::`tower` 0.5.2 is missing, for tonic-tracing-opentelemetry
    ::warning file=api/Cargo.toml,title=missing instrumentation::`tracing-opentelemetry` 0.32.1 is missing, for axum-tracing-opentelemetry, tonic-tracing-opentelemetry and tracing
    ::warning file=worker/Cargo.toml,title=missing instrumentation::`tracing-opentelemetry` 0.32.1 is missing, for axum-tracing-opentelemetry, tonic-tracing-opentelemetry and tracing
    ::warning file=api/Cargo.toml,title=missing instrumentation::`tracing-subscriber` 0.3.23 is missing, for tracing-opentelemetry
    ::warning file=worker/Cargo.toml,title=missing instrumentation::`tracing-subscriber` 0.3.23 is missing, for tracing-opentelemetry
    ");
}

#[test]
fn nothing_found_is_success() {
    let app = Project::app("itoa = \"1\"\n", &["itoa 1.0.15"]);
    assert_snapshot!(app.run("-a check"), @"
    exit 0
    --- stderr
    nothing is missing, outdated or doubled
    ");
    assert_snapshot!(app.run("-a check --format json"), @r#"
    exit 0
    --- stdout
    {
      "schema": 1,
      "ecosystem": "cargo",
      "ok": true,
      "problems": [],
      "switched_off": [],
      "warnings": []
    }
    --- stderr
    nothing is missing, outdated or doubled
    "#);
}

#[test]
fn what_is_doubled_is_found() {
    let app = Project::app(
        "actix-web = \"4\"\nopentelemetry = \"0.30\"\n\
         newer = { package = \"opentelemetry\", version = \"0.31\" }\n\
         opentelemetry-instrumentation-actix-web = \"0.22\"\ntracing-actix-web = \"0.7\"\n",
        &[
            "actix-web 4.11.0",
            "opentelemetry 0.30.0",
            "opentelemetry 0.31.0",
            "opentelemetry-instrumentation-actix-web 0.22.0",
            "tracing-actix-web 0.7.19",
        ],
    );
    assert_snapshot!(app.run("-a check"), @"
    exit 1
    --- stdout
    PROBLEM   WHAT AND WHY
    doubled   `opentelemetry` in different versions, 0.30.0 (through app) and 0.31.0 (through app): they do not see each other's data
    doubled   `opentelemetry-instrumentation-actix-web` and `tracing-actix-web` both instrument `actix-web`: everything is told twice
    outdated  `opentelemetry-instrumentation-actix-web` 0.22.0, for actix-web 4.11.0, is of another release set than the project; 0.23.0 fits
    --- stderr
    3 problems
    hint: `otel-bootstrap -a install --dry-run` shows what would be changed
    hint: of what is there in two versions, one goes when all that brings it is raised to, or held at, the release set of the other; `cargo tree --invert NAME@VERSION` shows the way to it
    ");
    assert_snapshot!(app.run("-a check --format github -q"), @"
    exit 1
    --- stdout
    ::warning file=Cargo.lock,title=doubled instrumentation::`opentelemetry` in different versions, 0.30.0 (through app) and 0.31.0 (through app): they do not see each other's data
    ::warning file=Cargo.toml,title=doubled instrumentation::`opentelemetry-instrumentation-actix-web` and `tracing-actix-web` both instrument `actix-web`: everything is told twice
    ::warning file=Cargo.toml,title=outdated instrumentation::`opentelemetry-instrumentation-actix-web` 0.22.0, for actix-web 4.11.0, is of another release set than the project; 0.23.0 fits
    ");
}
