//! With the real cargo and the real index: what a proof finds, and what is left after an install.

use std::{fs, path::Path};

use otel_bootstrap::{
    install::cargo::{self as install, Options, Proof, ProofError},
    resolution::Requirement,
};

use crate::project::{Files, attempt, cargo_program, folder, has_index, prove, read, requirement, run_cargo};

/// A member that is inherited from, with everything that a copy of a project could get wrong: a member
/// with a path of its own for its binary, a build script, a member through a link and a glob, an
/// excluded folder, and a path dependency outside of the workspace.
fn odd_workspace() -> tempfile::TempDir {
    let root = folder(&[
        (
            "work/Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/out\"]\nresolver = \"2\"\n\n\
            [workspace.dependencies]\ncfg-if = \"1\"\n",
        ),
        (
            "work/crates/a/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
            build = \"make.rs\"\n\n[dependencies]\nb = { path = \"../b\" }\ncfg-if.workspace = true\n\
            far = { path = \"../../../far\" }\n\n[[bin]]\nname = \"tool\"\npath = \"tool/start.rs\"\n",
        ),
        ("work/crates/a/make.rs", "fn main() {}\n"),
        ("work/crates/a/tool/start.rs", "fn main() {}\n"),
        ("elsewhere/b/Cargo.toml", "[package]\nname = \"b\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("elsewhere/b/src/lib.rs", ""),
        ("work/crates/out/Cargo.toml", "[package]\nname = \"out\"\nversion = \"0.1.0\"\n"),
        (
            "far/Cargo.toml",
            "[package]\nname = \"far\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n",
        ),
        ("far/src/lib.rs", ""),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../elsewhere/b", root.path().join("work/crates/b")).expect("a link");
    root
}

/// A package whose lockfile holds old versions.
fn package(dependencies: &str, locked: &[(&str, &str)]) -> tempfile::TempDir {
    let manifest = format!(
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{dependencies}"
    );
    let root = folder(&[("Cargo.toml", &manifest), ("src/main.rs", "fn main() {}\n")]);
    run_cargo(root.path(), &["generate-lockfile"]).expect("a lockfile");
    for (name, version) in locked {
        run_cargo(root.path(), &["update", "--package", name, "--precise", version]).expect("an old version");
    }
    root
}

#[test]
fn a_copy_leads_to_the_lockfile_that_cargo_would_write_in_place() {
    if !has_index() {
        return;
    }
    let root = odd_workspace();
    let work = root.path().join("work");
    run_cargo(&work, &["generate-lockfile"]).expect("a lockfile");
    let before = Files::below(root.path());
    let wanted = vec![requirement("semver@1.0.20", &["serde"], &["a", "b"])];
    let (plan, proof) = attempt(&work, wanted, &Options::default()).expect("a proof");
    assert_eq!(Files::below(root.path()), before, "proving wrote");
    assert!(proof.changes.moves.is_empty());

    install::apply(&plan, &proof, &read).expect("an install");
    let after = Files::below(root.path());
    run_cargo(&work, &["metadata", "--locked", "--format-version", "1", "--no-deps"])
        .expect("a valid lockfile");
    assert_eq!(
        after.changed_since(&before),
        ["elsewhere/b/Cargo.toml", "work/Cargo.lock", "work/Cargo.toml", "work/crates/a/Cargo.toml"]
    );

    // What cargo itself makes of the same manifests, with the version that was asked for.
    let lock = work.join("Cargo.lock");
    let ours = fs::read_to_string(&lock).expect("a lockfile");
    fs::write(&lock, before.text("work/Cargo.lock")).expect("the old lockfile");
    run_cargo(&work, &["update", "--workspace"]).expect("an update");
    let newest = fs::read_to_string(&lock).expect("a lockfile");
    if newest != ours {
        run_cargo(&work, &["update", "--package", "semver", "--precise", "1.0.20"]).expect("an update");
    }
    assert_eq!(fs::read_to_string(&lock).expect("a lockfile"), ours);
}

#[test]
fn twice_is_the_same_as_once() {
    if !has_index() {
        return;
    }
    let root = package("cfg-if = \"1\"\n", &[]);
    let wanted = || vec![requirement("semver@1.0.20", &["serde"], &["app"])];
    let (plan, proof) = attempt(root.path(), wanted(), &Options::default()).expect("a proof");
    install::apply(&plan, &proof, &read).expect("an install");
    let once = Files::below(root.path());
    let options = Options { locked: true, ..Options::default() };
    let (plan, proof) = attempt(root.path(), wanted(), &options).expect("a proof");
    assert!(plan.is_done());
    assert_eq!(proof, Proof::default());
    install::apply(&plan, &proof, &read).expect("nothing to do");
    assert_eq!(Files::below(root.path()), once);
}

#[test]
fn locked_refuses_any_change_without_cargo() {
    let root = folder(&[
        ("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("src/main.rs", ""),
        ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n"),
    ]);
    let options = Options { locked: true, cargo: "/nonexistent/cargo".into(), ..Options::default() };
    let wanted = vec![requirement("semver@1.0.20", &[], &["app"])];
    let error = prove(root.path(), wanted, &options).expect_err("a refusal");
    assert!(matches!(&error, ProofError::Locked(files) if files.len() == 2), "{error}");
}

#[test]
fn what_must_move_moves_no_farther_and_is_named() {
    if !has_index() {
        return;
    }
    let root = package(
        "tokio = { version = \"1.38\", features = [\"full\"] }\n",
        &[("tokio", "1.38.0"), ("tokio-macros", "2.3.0"), ("bytes", "1.6.0")],
    );
    let before = Files::below(root.path());
    let wanted = || vec![requirement("tokio-util@=0.7.18", &[], &["app"])];
    let (plan, proof) = attempt(root.path(), wanted(), &Options::default()).expect("a proof");
    let went = |name: &str| proof.changes.moves.iter().find(|m| m.name.as_str() == name);
    let tokio = went("tokio").expect("tokio-util 0.7.18 requires a newer one");
    insta::assert_snapshot!(tokio, @"tokio 1.38.0 -> 1.44.0 (`tokio-util 0.7.18` requires `^1.44.0`)");
    insta::assert_snapshot!(went("tokio-macros").expect("it follows tokio"),
        @"tokio-macros 2.3.0 -> 2.5.0 (`tokio 1.44.0` requires `~2.5.0`)");
    assert!(went("bytes").is_none() && went("socket2").is_none(), "{:?}", proof.changes.moves);
    assert!(proof.changes.moves.iter().all(|m| m.forced_by.is_some()), "{:?}", proof.changes.moves);

    let text = install::describe(&plan, &proof, false);
    let diff = "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -5,3 +5,4 @@\n \n [dependencies]\n \
                tokio = { version = \"1.38\", features = [\"full\"] }\n+tokio-util = \"=0.7.18\"\n\
                cargo update --workspace\ncargo update --package tokio@";
    assert!(text.starts_with(diff), "{text}");
    assert!(text.contains(&format!("\nmoves {tokio}\n")), "{text}");

    let options = Options { no_update: true, ..Options::default() };
    let error = prove(root.path(), wanted(), &options).expect_err("a refusal");
    assert!(matches!(&error, ProofError::Moves(moves) if *moves == proof.changes.moves), "{error}");
    assert_eq!(Files::below(root.path()), before);
}

#[test]
fn no_further_copy_of_what_must_be_there_once() {
    if !has_index() {
        return;
    }
    let root = package("opentelemetry = { version = \"0.30\", default-features = false }\n", &[]);
    let wanted = vec![requirement("tracing-opentelemetry@0.32.0", &[], &["app"])];
    let error = prove(root.path(), wanted, &Options::default()).expect_err("a refusal");
    assert!(matches!(&error, ProofError::Doubled(doubled) if doubled.len() == 1), "{error}");
    assert!(error.to_string().contains("`opentelemetry` is there 2 times"), "{error}");
}

#[test]
fn what_is_not_in_the_cache_cannot_be_had_offline() {
    if !has_index() {
        return;
    }
    let root = package("cfg-if = \"1\"\n", &[]);
    let before = Files::below(root.path());
    let home = tempfile::TempDir::new().expect("a folder");
    // A cargo with an empty cache.
    let script = format!(
        "#!/bin/sh\nCARGO_HOME='{}' exec '{}' \"$@\"\n",
        home.path().display(),
        cargo_program().display()
    );
    let program = crate::project::script(home.path(), &script);
    let options = Options { offline: true, cargo: program, ..Options::default() };
    let wanted = vec![requirement("semver@1.0.20", &[], &["app"])];
    let error = prove(root.path(), wanted, &options).expect_err("no network");
    assert!(error.hint().is_some_and(|hint| hint.contains("--offline")), "{error}");
    assert_eq!(Files::below(root.path()), before);
}

#[test]
fn a_project_is_found_through_a_link_and_from_a_member() {
    if !has_index() {
        return;
    }
    let root = odd_workspace();
    run_cargo(&root.path().join("work"), &["generate-lockfile"]).expect("a lockfile");
    let link = root.path().join("link");
    #[cfg(unix)]
    std::os::unix::fs::symlink("work", &link).expect("a link");
    for path in [link.clone(), link.join("crates/a"), link.join("crates/b"), link.join("Cargo.lock")] {
        let wanted: Vec<Requirement> = vec![requirement("semver@1.0.20", &[], &["b"])];
        let (plan, _) = attempt(Path::new(&path), wanted, &Options::default()).expect("a proof");
        assert_eq!(plan.edits.len(), 2, "{}", path.display());
    }
}
