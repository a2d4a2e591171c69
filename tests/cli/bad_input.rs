//! Projects that are not as they should be: an error that names the file, exit 1.

use insta::assert_snapshot;

use crate::harness::Project;

#[test]
fn there_is_no_project() {
    assert_snapshot!(Project::empty().run(""), @"
    exit 1
    --- stderr
    error: neither a Cargo nor a Python project in `.` or any folder above it
    hint: give the folder of a project, its lockfile or a virtual environment; `--ecosystem python` takes the `python3` on `PATH`
    ");
    assert_snapshot!(Project::empty().run("no/such/folder"), @"
    exit 1
    --- stderr
    error: failed to read `no/such/folder`
      Caused by: No such file or directory (os error 2)
    ");
    assert_snapshot!(Project::empty().file("notes.txt", "").run("notes.txt"), @"
    exit 1
    --- stderr
    error: `notes.txt` is no lockfile that is known
    hint: known are those of uv, poetry, pdm and pipenv, `pylock.toml` and files of requirements
    ");
}

#[test]
fn there_is_no_lockfile() {
    assert_snapshot!(Project::shop().without("Cargo.lock").run(""), @"
    exit 1
    --- stderr
    error: there is no `[TMP]/project/Cargo.lock`
    hint: `cargo generate-lockfile` writes it
    ");
}

#[test]
fn the_lockfile_breaks_off() {
    let text = "version = 4\n\n[[package]]\nname = \"axum\"\nversion = ";
    assert_snapshot!(Project::shop().file("Cargo.lock", text).run(""), @"
    exit 1
    --- stderr
    error: failed to parse `[TMP]/project/Cargo.lock`
      Caused by: line 5, column 11: string values must be quoted
    hint: `cargo generate-lockfile` writes a new one, with new versions
    ");
}

#[test]
fn the_lockfile_is_of_the_future() {
    assert_snapshot!(Project::shop().file("Cargo.lock", "version = 99\n").run(""), @"
    exit 1
    --- stderr
    error: failed to parse `[TMP]/project/Cargo.lock`
      Caused by: the lockfile format `99` is not known
    hint: a newer `otel-bootstrap` may know it
    ");
}

#[test]
fn the_lockfile_is_no_text() {
    assert_snapshot!(Project::shop().file("Cargo.lock", b"version = 4\n\xff\xfe").run(""), @"
    exit 1
    --- stderr
    error: failed to read `[TMP]/project/Cargo.lock`
      Caused by: is not UTF-8 text (line 2)
    hint: `cargo generate-lockfile` writes a new one, with new versions
    ");
}

#[cfg(unix)]
#[test]
fn a_named_pipe_stands_in_place_of_a_file() {
    for file in ["Cargo.lock", "Cargo.toml", "api/Cargo.toml"] {
        let shop = Project::shop().without(file);
        let made = std::process::Command::new("mkfifo").arg(shop.root().join(file)).status();
        assert!(made.expect("`mkfifo` starts").success());
        let expected = format!(
            "exit 1\n--- stderr\nerror: failed to read `[TMP]/project/{file}`\n  Caused by: is not a file\n"
        );
        assert_eq!(shop.run(""), expected);
    }
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_itself() {
    for file in ["Cargo.lock", "Cargo.toml"] {
        let shop = Project::shop().without(file);
        std::os::unix::fs::symlink(file, shop.root().join(file)).expect("a link");
        let told = shop.run("");
        let expected = format!(
            "exit 1\n--- stderr\nerror: failed to read `[TMP]/project/{file}`\n  Caused by: Too many levels of symbolic links"
        );
        assert!(told.starts_with(&expected), "{told}");
    }
}

#[test]
fn the_manifest_of_a_member_is_missing() {
    assert_snapshot!(Project::shop().without("api/Cargo.toml").run(""), @"
    exit 1
    --- stderr
    error: failed to read `[TMP]/project/api/Cargo.toml`
      Caused by: No such file or directory (os error 2)
    hint: `workspace.members`, `package.workspace` or the `path` of a dependency leads there
    ");
}

#[test]
fn the_lockfile_consists_of_brackets() {
    assert_snapshot!(Project::shop().file("Cargo.lock", "[[").run(""), @"
    exit 1
    --- stderr
    error: failed to parse `[TMP]/project/Cargo.lock`
      Caused by: line 1, column 3: unquoted keys cannot be empty
    hint: `cargo generate-lockfile` writes a new one, with new versions
    ");
}

#[test]
fn the_manifest_is_no_toml() {
    assert_snapshot!(Project::shop().file("api/Cargo.toml", "[package\n").run(""), @"
    exit 1
    --- stderr
    error: failed to parse `[TMP]/project/api/Cargo.toml`
      Caused by: line 1, column 9: unclosed table
    ");
}

#[test]
fn names_cannot_steer_the_terminal_nor_become_options() {
    for name in ["a\\u001b[31mred", "--index", "a\\nb", "a b"] {
        let text = format!("version = 4\n\n[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        let told = Project::shop().file("Cargo.lock", text).run("");
        assert!(told.starts_with("exit 1\n--- stderr\nerror: ") && !told.contains('\u{1b}'), "{told}");
    }
}

#[test]
fn a_path_cannot_steer_the_terminal() {
    assert_snapshot!(Project::empty().run("no\u{1b}[31m\u{202e}such"), @r"
    exit 1
    --- stderr
    error: failed to read `no\u{1b}[31m\u{202e}such`
      Caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_registry_file_is_not_as_it_should_be() {
    let shop = Project::shop().file("mine.toml", "schema = 1\n[library.axum]\nwat = 1\n");
    assert_snapshot!(shop.run("--registry mine.toml"), @"
    exit 1
    --- stderr
    error: failed to parse the registry file `mine.toml`
      Caused by: TOML parse error at line 3, column 1
          |
        3 | wat = 1
          | ^^^
        unknown field `wat`, expected one of `what`, `counts`, `covered-by`, `note`, `by`
    hint: `otel-bootstrap registry lint mine.toml` checks the file
    ");
    assert_snapshot!(shop.run("--registry yours.toml"), @"
    exit 1
    --- stderr
    error: failed to read the registry file `yours.toml`
      Caused by: No such file or directory (os error 2)
    ");
}
