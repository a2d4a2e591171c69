//! Whole projects: choice of packages and features, errors with their advice, hostile input.
//!
//! That members and dependencies are found as cargo finds them is tested against cargo itself, in
//! `tests/cargo_metadata.rs`.

use std::{fmt::Write, fs};

use super::*;

/// A fixture of `fixtures/cargo`.
fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cargo").join(path)
}

/// A project made of files.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// The error with its causes and its hint, temporary paths shortened.
fn failure(path: &Path, selection: &Selection, shorten: &Path) -> String {
    let error = read(path, selection, &Env::default()).expect_err("not a readable project");
    let mut shown = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        write!(shown, "\nCaused by: {error}").expect("writes to a string");
        cause = error.source();
    }
    if let Some(hint) = error.hint() {
        write!(shown, "\nhint: {hint}").expect("writes to a string");
    }
    shown.replace(&shorten.display().to_string(), "ROOT")
}

/// The error about a project made of files.
fn failure_of(files: &[(&str, &str)]) -> String {
    let folder = project(files);
    failure(folder.path(), &Selection::default(), folder.path())
}

/// The names of the selected members.
fn selected(path: &str, packages: &[&str], workspace: bool) -> Vec<String> {
    let packages = packages.iter().map(ToString::to_string).collect();
    let selection = Selection { packages, workspace, ..Selection::default() };
    let inventory = read(&fixture(path), &selection, &Env::default()).expect("a project");
    inventory.selected().map(|member| member.name.to_string()).collect()
}

#[test]
fn packages_are_chosen_by_path_name_version_and_pattern() {
    let all =
        ["alpha", "beta", "implicit", "implicit-too", "kept", "listed", "nested", "one", "plain", "two"];
    for (path, packages, workspace, expected) in [
        ("members", &[][..], false, &all[..]),
        ("members/Cargo.toml", &[], false, &all),
        ("members/Cargo.lock", &[], false, &all),
        ("members/crates/two-folder", &[], false, &["two"]),
        ("members/crates/two-folder/src", &[], false, &["two"]),
        ("members/crates/../crates/two-folder/Cargo.toml", &[], false, &["two"]),
        ("members/crates/two-folder", &[], true, &all),
        ("members/crates/two-folder", &["one"], false, &["one"]),
        ("members", &["one", "two", "one"], false, &["one", "two"]),
        ("members", &["two@1.2.3", "beta@0.0.0"], false, &["beta", "two"]),
        ("members", &["two@1", "alpha@0.1.0-alpha.1"], false, &["alpha", "two"]),
        ("members", &["impl*", "?wo", "[ab]eta"], false, &["beta", "implicit", "implicit-too", "two"]),
        ("root-package", &[], false, &["extra", "member", "pointed", "root"]),
        ("root-package-pointer", &[], false, &["pointed"]),
    ] {
        assert_eq!(selected(path, packages, workspace), expected, "{path} {packages:?}");
    }
}

#[test]
fn what_is_not_chosen_does_not_switch_features_on() {
    let leaf_e = |packages: &[&str]| {
        let packages = packages.iter().map(ToString::to_string).collect();
        let selection = Selection { packages, ..Selection::default() };
        let inventory = read(&fixture("features"), &selection, &Env::default()).expect("a project");
        let core = inventory.members.iter().find(|member| member.name.as_str() == "core").expect("a member");
        core.uses.iter().map(|one| one.alias.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(leaf_e(&["core"]), ["leaf-a", "leaf-e"]);
    assert_eq!(leaf_e(&["core", "tool"]), ["leaf-a", "leaf-b", "leaf-e"]);
    assert_eq!(leaf_e(&[]), ["leaf-a", "leaf-b", "leaf-e"]);
    assert_eq!(leaf_e(&["app"]), ["leaf-a", "leaf-b", "leaf-e"], "if all were built");
}

#[test]
fn names_that_nothing_has_are_refused_with_the_nearest() {
    let shown = |selection: &Selection| failure(&fixture("members"), selection, &fixture(""));
    let packages = |name: &str| Selection { packages: vec![name.to_owned()], ..Selection::default() };
    let features = |name: &str| Selection { features: vec![name.to_owned()], ..Selection::default() };
    insta::assert_snapshot!(shown(&packages("implict")), @"
    no workspace member fits `implict`
    hint: did you mean `implicit`?
    ");
    insta::assert_snapshot!(shown(&packages("x\u{1b}[31m")), @r"
    no workspace member fits `x\u{1b}[31m`
    hint: `-p` takes the name of one of the 10 workspace members, `NAME@VERSION`, or a pattern
    ");
    insta::assert_snapshot!(shown(&packages("two@2")), @"
    no workspace member fits `two@2`
    hint: did you mean `two`?
    ");
    insta::assert_snapshot!(shown(&features("ekstra")), @"
    no selected package has the feature `ekstra`
    hint: did you mean `extra`?
    ");
    insta::assert_snapshot!(shown(&features("dep:two")), @"no selected package has the feature `dep:two`");
    insta::assert_snapshot!(shown(&features("none/x")), @"no selected package has the feature `none/x`");
}

/// A package that depends on something.
const MANIFEST: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\nlog = \"0.4\"\n";

/// Its lockfile.
const LOCKFILE_TEXT: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\
    dependencies = [\n \"log\",\n]\n\n[[package]]\nname = \"log\"\nversion = \"0.4.8\"\n\
    source = \"registry+https://own.example/index\"\n";

#[test]
fn a_project_that_is_not_there_or_not_complete_is_refused_with_advice() {
    insta::assert_snapshot!(failure_of(&[]), @"
    no `Cargo.toml` in `ROOT` or any folder above it
    hint: give the folder of a Cargo project, its `Cargo.toml` or its `Cargo.lock`
    ");
    insta::assert_snapshot!(failure_of(&[("Cargo.toml", MANIFEST)]), @"
    there is no `ROOT/Cargo.lock`
    hint: `cargo generate-lockfile` writes it
    ");
    let folder = project(&[("Cargo.lock", LOCKFILE_TEXT), ("notes.txt", "")]);
    let at = |name: &str| failure(&folder.path().join(name), &Selection::default(), folder.path());
    insta::assert_snapshot!(at("Cargo.lock"), @"
    no `Cargo.toml` beside `ROOT/Cargo.lock`
    hint: give the folder of a Cargo project, its `Cargo.toml` or its `Cargo.lock`
    ");
    insta::assert_snapshot!(at("notes.txt"), @"
    `ROOT/notes.txt` is neither a `Cargo.toml` nor a `Cargo.lock`
    hint: give the folder of a Cargo project, its `Cargo.toml` or its `Cargo.lock`
    ");
    insta::assert_snapshot!(at("absent"), @"
    `ROOT/absent` could not be opened
    Caused by: No such file or directory (os error 2)
    hint: give the folder of a Cargo project, its `Cargo.toml` or its `Cargo.lock`
    ");
}

#[test]
fn a_lockfile_that_lags_behind_is_refused_with_advice() {
    let with = |manifest: &str| failure_of(&[("Cargo.toml", manifest), ("Cargo.lock", LOCKFILE_TEXT)]);
    insta::assert_snapshot!(with(&MANIFEST.replace("app", "other")), @"
    `ROOT/Cargo.lock` is out of date: it has no `other`
    hint: `cargo update --workspace` brings it up to date and moves nothing else
    ");
    insta::assert_snapshot!(with(&MANIFEST.replace("\"0.4\"", "\"0.5\"")), @"
    `ROOT/Cargo.lock` is out of date: it has no `log 0.5` that `app` could use
    hint: `cargo update --workspace` brings it up to date and moves nothing else
    ");
    insta::assert_snapshot!(with(&MANIFEST.replace("log =", "tokio =")), @"
    `ROOT/Cargo.lock` is out of date: it has no `tokio 0.4` that `app` could use
    hint: `cargo update --workspace` brings it up to date and moves nothing else
    ");
    insta::assert_snapshot!(with(&MANIFEST.replace("\"0.4\"", "\"new\"")), @"
    the version of the dependency `log` in `ROOT/Cargo.toml` is not valid
    Caused by: unexpected character 'n' while parsing major version number
    ");
}

#[test]
fn a_new_version_of_a_member_does_not_make_the_lockfile_useless() {
    let manifest = MANIFEST.replace("0.1.0", "0.2.0");
    let folder = project(&[("Cargo.toml", &manifest), ("Cargo.lock", LOCKFILE_TEXT)]);
    let inventory = read(folder.path(), &Selection::default(), &Env::default()).expect("a project");
    assert_eq!(inventory.members[0].uses.len(), 1);
}

#[test]
fn broken_files_are_named_with_the_place() {
    let lockfile = |text: &str| failure_of(&[("Cargo.toml", MANIFEST), ("Cargo.lock", text)]);
    insta::assert_snapshot!(lockfile("version = 5\n"), @"
    failed to parse `ROOT/Cargo.lock`
    Caused by: the lockfile format `5` is not known
    hint: a newer `otel-bootstrap` may know it
    ");
    insta::assert_snapshot!(lockfile(&LOCKFILE_TEXT.replace("log\"", "<<<<<<< ours\n")), @r#"
    failed to parse `ROOT/Cargo.lock`
    Caused by: line 7, column 15: invalid basic string
    hint: `cargo generate-lockfile` writes a new one, with new versions
    "#);
    insta::assert_snapshot!(lockfile(&format!("{LOCKFILE_TEXT}<<<<<<< HEAD\n")), @"
    failed to parse `ROOT/Cargo.lock`
    Caused by: line 14 is a merge conflict marker
    hint: resolve the merge conflict first
    ");
    let manifest = |text: &str| failure_of(&[("Cargo.toml", text), ("Cargo.lock", LOCKFILE_TEXT)]);
    insta::assert_snapshot!(manifest(&MANIFEST.replace("app", "--config")), @"
    failed to parse `ROOT/Cargo.toml`
    Caused by: `package.name` is not valid
    Caused by: `--config` is not a package name
    ");
    insta::assert_snapshot!(manifest(&format!("{MANIFEST}[workspace]\nmembers = [\"gone\"]\n")), @"
    failed to read `ROOT/gone/Cargo.toml`
    Caused by: No such file or directory (os error 2)
    hint: `workspace.members`, `package.workspace` or the `path` of a dependency leads there
    ");
    insta::assert_snapshot!(manifest(&format!("{MANIFEST}[workspace]\nmembers = [\"[\"]\n")), @"
    `[` in `workspace.members` of `ROOT/Cargo.toml` is not a valid pattern
    Caused by: Pattern syntax error near position 0: invalid range pattern
    ");
    insta::assert_snapshot!(
        manifest(&format!("{MANIFEST}serde.workspace = true\n[workspace]\n")),
        @"`ROOT/Cargo.toml` inherits `dependencies.serde`, which `ROOT/Cargo.toml` does not have"
    );
}

#[test]
fn files_that_are_no_text_or_too_large_are_refused() {
    let folder = project(&[("Cargo.toml", MANIFEST)]);
    let lockfile = folder.path().join("Cargo.lock");
    let shown = || failure(folder.path(), &Selection::default(), folder.path());
    fs::write(&lockfile, b"version = 4\n\xff\xfe").expect("a file");
    insta::assert_snapshot!(shown(), @"
    failed to read `ROOT/Cargo.lock`
    Caused by: is not UTF-8 text (line 2)
    hint: `cargo generate-lockfile` writes a new one, with new versions
    ");
    let sparse = fs::File::create(&lockfile).expect("a file");
    sparse.set_len(lockfile::LARGEST + 1).expect("a length");
    insta::assert_snapshot!(shown(), @"
    failed to read `ROOT/Cargo.lock`
    Caused by: is larger than 16 MiB
    hint: `cargo generate-lockfile` writes a new one, with new versions
    ");
    fs::remove_file(&lockfile).expect("the file goes");
    fs::create_dir(&lockfile).expect("a folder");
    insta::assert_snapshot!(shown(), @"
    failed to read `ROOT/Cargo.lock`
    Caused by: is not a file
    ");
}

#[test]
fn workspaces_that_contradict_themselves_are_refused() {
    let package =
        |name: &str, more: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{more}");
    let root = "[workspace]\nmembers = [\"a\"]\n";
    let folder = project(&[
        ("Cargo.toml", root),
        ("a/Cargo.toml", &package("a", "")),
        ("b/Cargo.toml", &package("b", "")),
        ("c/Cargo.toml", &package("c", "workspace = \"../a\"")),
    ]);
    let at = |name: &str| failure(&folder.path().join(name), &Selection::default(), folder.path());
    insta::assert_snapshot!(at("b"), @"
    `ROOT/b/Cargo.toml` is inside the workspace of `ROOT/Cargo.toml`, but not a member of it
    hint: add it to `workspace.members` or `workspace.exclude` of the root, or give it an empty `[workspace]` table
    ");
    insta::assert_snapshot!(at("c"), @"`ROOT/c/Cargo.toml` names `ROOT/a/Cargo.toml` as its workspace, which has no `[workspace]`");
    insta::assert_snapshot!(
        failure_of(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n"),
            ("a/Cargo.toml", &package("same", "")),
            ("b/Cargo.toml", &package("same", "")),
        ]),
        @"two members are named `same`: `ROOT/a/Cargo.toml` and `ROOT/b/Cargo.toml`"
    );
}

#[test]
fn dependencies_in_a_circle_come_to_an_end() {
    let package = |name: &str, other: &str| {
        format!(
            "[package]\nname = \"{name}\"\n[dependencies]\n{other} = {{ path = \"../{other}\", optional = true }}\n\
             [features]\ndefault = [\"x\"]\nx = [\"{other}/x\", \"x\"]\n"
        )
    };
    let lockfile = "[[package]]\nname = \"a\"\nversion = \"0.0.0\"\ndependencies = [\"b\"]\n\
        [[package]]\nname = \"b\"\nversion = \"0.0.0\"\ndependencies = [\"a\"]\n";
    let folder = project(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n"),
        ("a/Cargo.toml", &package("a", "b")),
        ("b/Cargo.toml", &package("b", "a")),
        ("Cargo.lock", lockfile),
    ]);
    let inventory = read(folder.path(), &Selection::default(), &Env::default()).expect("a project");
    assert_eq!(inventory.members.iter().map(|member| member.uses.len()).collect::<Vec<_>>(), [1, 1]);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_come_to_an_end() {
    use std::os::unix::fs::symlink;

    let folder = project(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"**/app\"]\n"),
        ("crates/app/Cargo.toml", MANIFEST),
        ("Cargo.lock", LOCKFILE_TEXT),
    ]);
    symlink(folder.path(), folder.path().join("crates/loop")).expect("a link");
    symlink("self", folder.path().join("self")).expect("a link");
    let inventory = read(folder.path(), &Selection::default(), &Env::default()).expect("a project");
    assert_eq!(inventory.members.len(), 1);
    assert!(read(&folder.path().join("self"), &Selection::default(), &Env::default()).is_err());
    symlink("Cargo.lock", folder.path().join("next")).expect("a link");
    fs::remove_file(folder.path().join("Cargo.lock")).expect("the file goes");
    symlink("next", folder.path().join("Cargo.lock")).expect("a link");
    assert!(read(folder.path(), &Selection::default(), &Env::default()).is_err());
}

#[test]
fn a_toolchain_is_looked_for_only_where_a_selected_member_needs_it() {
    let files = |rust_version: &str| {
        let manifest =
            MANIFEST.replace("version = \"0.1.0\"", &format!("version = \"0.1.0\"\n{rust_version}"));
        project(&[("Cargo.toml", &manifest), ("Cargo.lock", LOCKFILE_TEXT), ("rust-toolchain", "1.80")])
    };
    let toolchain = |folder: &tempfile::TempDir| {
        let inventory = read(folder.path(), &Selection::default(), &Env::default()).expect("a project");
        (inventory.toolchain.map(|t| t.version.to_string()), inventory.members[0].rust_version.clone())
    };
    assert_eq!(toolchain(&files("")), (Some("1.80.0".to_owned()), None));
    assert_eq!(toolchain(&files("rust-version = \"1.70\"")), (None, Some(semver::Version::new(1, 70, 0))));
}
