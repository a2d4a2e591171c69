//! stdout and stderr that are closed, full, or quiet.

use std::process::Stdio;

use crate::harness::Project;

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let shop = Project::shop();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = shop.command("-q").stdout(writer).stderr(Stdio::piped()).output();
    assert_eq!(shop.told(&output.expect("the program starts")), "exit 0\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let shop = Project::shop();
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let output = shop.command("-q").stdout(full).output().expect("the program starts");
    insta::assert_snapshot!(shop.told(&output), @"
    exit 1
    --- stderr
    error: failed to write to stdout
      Caused by: No space left on device (os error 28)
    ");
}

#[test]
fn quiet_leaves_warnings_and_errors() {
    let shop = Project::shop();
    assert!(!shop.run("-q").contains("--- stderr"));
    assert!(shop.run("-qq missing").contains("error:"));
    assert_eq!(shop.run("-qv"), shop.run(""));
}
