//! The other forms of the answer.

use insta::assert_snapshot;

use crate::harness::Project;

#[test]
fn the_table_shows_every_library() {
    assert_snapshot!(Project::shop().run("--format table"), @"
    exit 0
    --- stdout
    LIBRARY  VERSION  MEMBERS                INSTRUMENTATION                     VERDICT
    axum     0.8.4    shop-api               axum-tracing-opentelemetry 0.32.3   to be added
    hyper    1.6.0                           -                                   not used directly, only through `axum`, `reqwest` and `tonic`
    lapin    3.7.0    shop-worker            -                                   nothing exists: spans of your own around publishing and consuming, with the trace context in the headers of the message
    redis    0.32.5   shop-api               -                                   nothing exists: spans of your own around the commands
    reqwest  0.12.22  shop-api               reqwest-tracing                     no release of `reqwest-tracing` in this set, only in 0.30, 0.29, 0.28 and 8 older
    tonic    0.14.2   shop-worker            tonic-tracing-opentelemetry 0.32.2  to be added
    tower    0.5.2                           -                                   not used directly, only through `axum`, `reqwest` and `tonic`
    tracing  0.1.41   shop-api, shop-worker  tracing-opentelemetry 0.32.1        to be added

    TO ADD                       VERSION  FEATURES            MEMBERS                BECAUSE OF
    axum-tracing-opentelemetry   0.32.3   tracing_level_info  shop-api               axum
    tonic-tracing-opentelemetry  0.32.2   tracing_level_info  shop-worker            tonic
    tower                        0.5.2    util                shop-worker            tonic-tracing-opentelemetry
    tracing-opentelemetry        0.32.1                       shop-api, shop-worker  axum-tracing-opentelemetry, tonic-tracing-opentelemetry, tracing
    tracing-subscriber           0.3.23   env-filter          shop-api, shop-worker  tracing-opentelemetry
    --- stderr
    3 instrumentations and 2 further crates for 10 packages (5 skipped)
    ");
}

#[test]
fn toml_is_ready_to_paste() {
    assert_snapshot!(Project::shop().run("--format toml -q"), @r#"
    exit 0
    --- stdout
    # api/Cargo.toml
    [shop-api.dependencies]
    axum-tracing-opentelemetry = { version = "0.32.3", features = ["tracing_level_info"] }
    tracing-opentelemetry = "0.32.1"
    tracing-subscriber = { version = "0.3.23", features = ["env-filter"] }

    # worker/Cargo.toml
    [shop-worker.dependencies]
    tonic-tracing-opentelemetry = { version = "0.32.2", features = ["tracing_level_info"] }
    tower = { version = "0.5.2", features = ["util"] }
    tracing-opentelemetry = "0.32.1"
    tracing-subscriber = { version = "0.3.23", features = ["env-filter"] }
    "#);
    assert_snapshot!(Project::shop().run("--format toml -q -p shop-worker"), @r#"
    exit 0
    --- stdout
    # worker/Cargo.toml
    [dependencies]
    tonic-tracing-opentelemetry = { version = "0.32.2", features = ["tracing_level_info"] }
    tower = { version = "0.5.2", features = ["util"] }
    tracing-opentelemetry = "0.32.1"
    tracing-subscriber = { version = "0.3.23", features = ["env-filter"] }
    "#);
}

#[test]
fn json_has_its_schema_and_everything_found() {
    let output = Project::shop().command("--format json").output().expect("the program starts");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["set"]["chosen"], "0.31");
    assert_eq!(answer["set"]["reason"], "locked");
    let names = |key: &str| -> Vec<String> {
        let list = answer[key].as_array().expect("a list");
        list.iter().map(|entry| entry["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names("members"), ["shop-api", "shop-core", "shop-worker"]);
    let libraries = ["axum", "hyper", "lapin", "redis", "reqwest", "tonic", "tower", "tracing"];
    assert_eq!(names("libraries"), libraries);
    assert!(names("requirements").contains(&"axum-tracing-opentelemetry".to_owned()));
}

#[test]
fn colour_comes_when_asked_for() {
    let shop = Project::shop();
    let plain = shop.run("--format table");
    let coloured = shop.run("--format table --color always");
    let forced = shop.command("--format table").env("CLICOLOR_FORCE", "1").output();
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains('\u{1b}'));
    assert_eq!(shop.told(&forced.expect("the program starts")), coloured);
}

#[test]
fn the_same_project_gives_the_same_bytes() {
    for format in ["requirements", "json", "table", "toml"] {
        let line = format!("--format {format}");
        assert_eq!(Project::shop().run(&line), Project::shop().run(&line));
    }
}
