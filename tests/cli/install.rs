//! `-a install`, as far as it goes without cargo: what needs cargo is in `tests/install`.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use insta::assert_snapshot;

use crate::harness::Project;

/// Runs the program with that text at its stdin.
fn fed(project: &Project, line: &str, text: &str) -> Output {
    let mut command = project.command(line);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // The program may end without reading.
    let _ = stdin.write_all(text.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

#[test]
fn nothing_to_install_is_done() {
    let app = Project::app("itoa = \"1\"\n", &["itoa 1.0.15"]);
    assert_snapshot!(app.run("-a install"), @"
    exit 0
    --- stderr
    nothing to add: the registry knows nothing of the project's 1 package
    ");
}

#[test]
fn a_lockfile_that_may_not_change_is_kept() {
    assert_snapshot!(Project::shop().run("-a install --locked"), @"
    exit 1
    --- stderr
    error: `--locked` is given, but these would change: `[TMP]/project/api/Cargo.toml`, `[TMP]/project/worker/Cargo.toml`, `[TMP]/project/Cargo.lock`
    hint: install without `--locked` first, and commit the result
    ");
}

#[test]
fn a_cargo_that_is_not_there_is_named() {
    let shop = Project::shop();
    let output = shop.command("-a install --offline").env("CARGO", "/no/such/cargo").output();
    assert_snapshot!(shop.told(&output.expect("the program starts")), @"
    exit 1
    --- stderr
    running `cargo update --workspace --offline`
    error: failed to start `/no/such/cargo`
      Caused by: No such file or directory (os error 2)
    hint: the lockfile is brought up to date by cargo: install it, or name it in `CARGO`
    ");
}

#[test]
fn every_line_that_cannot_be_taken_is_told() {
    let shop = Project::shop();
    let lines =
        "axum-tracing-opentelemetry@newest\n--index https://example.org x\n\ntower@0.5.2 --features tower/\n";
    assert_snapshot!(shop.told(&fed(&shop, "-a install -r -", lines)), @"
    exit 1
    --- stderr
    error: stdin, line 1: `newest` is not a full version
    hint: versions have three parts, like `1.2.3` or `=1.2.3`
    error: stdin, line 2: the option `--index` is not taken here
    error: stdin, line 4: `tower/` is not a feature
    ");
}

#[test]
fn every_file_that_cannot_be_read_is_told() {
    assert_snapshot!(Project::shop().run("-a install -r one.txt -r two.txt"), @"
    exit 1
    --- stderr
    error: failed to read requirements from `one.txt`
      Caused by: No such file or directory (os error 2)
    error: failed to read requirements from `two.txt`
      Caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn lines_that_are_no_text_are_refused() {
    let shop = Project::shop().file("lines", b"\xff\xfe");
    assert_snapshot!(shop.run("-a install -r lines"), @"
    exit 1
    --- stderr
    error: failed to read requirements from `lines`
      Caused by: stream did not contain valid UTF-8
    ");
}

#[test]
fn lines_go_with_nothing_that_decides_about_a_scan() {
    assert_snapshot!(Project::shop().run("-r lines --only axum"), @"
    exit 2
    --- stderr
    error: `--requirement` goes with `--action install` only
    error: `--only` has no meaning beside `--requirement`, which takes its lines as they are
    ");
}
