//! `registry …`, as far as it goes without a network.

use insta::assert_snapshot;

use crate::harness::Project;

/// A registry file with one library of its own.
const MINE: &str = "schema = 1\n\n[library.our-queue]\nwhat = \"message queue of the house\"\n\n\
                    [[library.our-queue.by]]\nnone = \"spans of your own around publishing\"\n";

#[test]
fn the_list_shows_overlays_too() {
    let project = Project::empty().file("mine.toml", MINE);
    let told = project.run("registry list --registry mine.toml");
    assert!(told.contains("our-queue") && told.contains("axum-tracing-opentelemetry"), "{told}");
    let output = project.command("registry list --format json").output().expect("the program starts");
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(list["schema"], 1);
}

#[test]
fn a_name_is_explained() {
    let project = Project::empty().file("mine.toml", MINE);
    assert_snapshot!(project.run("registry explain our-queue --registry mine.toml"), @"
    exit 0
    --- stdout
    our-queue: message queue of the house

    1. nothing exists: spans of your own around publishing
    ");
    let told = project.run("registry explain axum");
    assert!(told.starts_with("exit 0") && told.contains("axum-tracing-opentelemetry"), "{told}");
}

#[test]
fn an_unknown_name_is_refused() {
    assert_snapshot!(Project::empty().run("registry explain axmu"), @"
    exit 2
    --- stderr
    error: the registry knows no library and no instrumentation `axmu`
    hint: `axum` is known
    ");
}

#[test]
fn the_linter_reports_every_problem() {
    let project = Project::empty().file("mine.toml", MINE);
    assert_snapshot!(project.run("registry lint mine.toml"), @"
    exit 0
    --- stderr
    no problems
    ");
    let project = project.file("bad.toml", MINE.replace("our-queue]\nwhat", "our queue]\nwhat"));
    assert_snapshot!(project.run("registry lint bad.toml"), @"
    exit 1
    --- stdout
    bad.toml: TOML parse error at line 3, column 13
      |
    3 | [library.our queue]
      |             ^
    unclosed table, expected `]`
    --- stderr
    1 problem
    ");
    let project = project.file("worse.toml", MINE.replace("none = \"", "versions = \"new\"\nnone = \" "));
    assert_snapshot!(project.run("registry lint worse.toml"), @r"
    exit 1
    --- stdout
    worse.toml: [library.our-queue] `by[0].none`: has white space at an end, or two spaces in a row
    worse.toml: [library.our-queue] `by[0].versions`: `new` is not a version range: unexpected character 'n' while parsing major version number
    --- stderr
    2 problems
    ");
    assert_snapshot!(project.run("registry lint no-such.toml"), @"
    exit 1
    --- stderr
    error: failed to read the registry file `no-such.toml`
      Caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn the_built_in_registry_has_no_problem() {
    assert_eq!(Project::empty().run("registry lint"), "exit 0\n--- stderr\nno problems\n");
}

#[test]
fn a_refresh_needs_the_network_and_a_place() {
    let project = Project::empty();
    assert_snapshot!(project.run("registry update --offline"), @"
    exit 1
    --- stderr
    error: release data cannot be refreshed with `--offline`
    ");
    let output = project.command("registry update").env_remove("HOME").output().expect("the program starts");
    assert_snapshot!(project.told(&output), @"
    exit 2
    --- stderr
    error: there is no cache folder to keep the release data in
    hint: set `XDG_CACHE_HOME`, or name a folder with `--output`
    ");
}
