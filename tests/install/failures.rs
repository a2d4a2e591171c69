//! With a cargo that fails, and with files that cannot be written: nothing changes.

#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use otel_bootstrap::install::{
    ProgramError, SwapError,
    cargo::{self as install, ApplyError, Options, Plan, Proof, ProofError},
};

use crate::project::{Files, attempt, folder, prove, read, requirement, script};

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n";

/// What a cargo would make of the lockfile that asks for `semver`.
const NEW_LOCK: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"semver\",\n]\n\n\
    [[package]]\nname = \"semver\"\nversion = \"1.0.20\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

/// A project, and beside it a cargo that does what the shell script says; `$LOCK` is the lockfile.
fn project(script_text: &str) -> (tempfile::TempDir, PathBuf, Options) {
    let root = folder(&[
        ("app/Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("app/src/main.rs", ""),
        ("app/Cargo.lock", LOCK),
        ("new.lock", NEW_LOCK),
    ]);
    let text = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$*\" >> '{0}/calls'\nNEW='{0}/new.lock'\n\
         while [ \"$1\" != --manifest-path ]; do shift; done\nLOCK=\"${{2%.toml}}.lock\"\n{script_text}\n",
        root.path().display()
    );
    let cargo = script(root.path(), &text);
    let app = root.path().join("app");
    (root, app, Options { cargo, ..Options::default() })
}

fn wanted() -> Vec<otel_bootstrap::resolution::Requirement> {
    vec![requirement("semver@1.0.20", &[], &["app"])]
}

/// A plan and a proof from a cargo that does well.
fn proven() -> (tempfile::TempDir, PathBuf, Plan, Proof) {
    let (root, app, options) = project("cp \"$NEW\" \"$LOCK\"");
    let (plan, proof) = attempt(&app, wanted(), &options).expect("a proof");
    (root, app, plan, proof)
}

#[test]
fn cargo_runs_once_without_a_shell_in_the_folder_of_the_project() {
    let (root, app, options) = project("cp \"$NEW\" \"$LOCK\"; pwd >> \"$NEW.pwd\"; cat >> \"$NEW.stdin\"");
    let options = Options { offline: true, ..options };
    attempt(&app, wanted(), &options).expect("a proof");
    let calls = fs::read_to_string(root.path().join("calls")).expect("calls");
    assert!(calls.starts_with("update --workspace --offline --manifest-path "), "{calls}");
    assert_eq!(calls.lines().count(), 1);
    assert!(!calls.contains(&format!(" {}", app.display())), "cargo worked on the project itself: {calls}");
    assert_eq!(
        fs::read_to_string(root.path().join("new.lock.pwd")).expect("a folder").trim(),
        app.to_string_lossy()
    );
    assert_eq!(fs::read(root.path().join("new.lock.stdin")).expect("what was read"), b"");
}

/// Whether an error is the one that is expected.
type Expected = fn(&ProofError) -> bool;

#[test]
fn a_cargo_that_fails_changes_nothing() {
    let cases: [(&str, Expected); 6] = [
        (
            "echo broken > \"$LOCK\"; echo 'error: no luck' >&2; exit 101",
            |e| matches!(e, ProofError::Cargo(ProgramError::Failed { said, .. }) if said.contains("no luck")),
        ),
        ("kill -9 $$", |e| matches!(e, ProofError::Cargo(ProgramError::Failed { .. }))),
        ("printf '[[package]]\\nname = 1\\n' > \"$LOCK\"", |e| matches!(e, ProofError::Lockfile { .. })),
        ("rm \"$LOCK\"", |e| matches!(e, ProofError::Scratch(_))),
        // It ends well, but what was asked for is not there.
        ("exit 0", |e| matches!(e, ProofError::Reread(_))),
        // A second `opentelemetry` comes in.
        (
            "cp \"$NEW\" \"$LOCK\"; for v in 0.30.0 0.31.0; do printf '\\n[[package]]\\nname = \"opentelemetry\"\\nversion = \"%s\"\\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\\n' $v >> \"$LOCK\"; done",
            |e| matches!(e, ProofError::Doubled(_)),
        ),
    ];
    for (text, fits) in cases {
        let (_root, app, options) = project(text);
        let before = Files::below(&app);
        let error = prove(&app, wanted(), &options).expect_err("a failure");
        assert!(fits(&error), "{text}: {error:?}");
        assert_eq!(Files::below(&app), before, "{text}");
    }
    let (_root, app, options) = project("");
    let options = Options { cargo: app.join("no-cargo"), ..options };
    let error = prove(&app, wanted(), &options).expect_err("no cargo");
    assert!(matches!(error, ProofError::Cargo(ProgramError::Start { .. })) && error.hint().is_some());
}

#[test]
fn what_cargo_says_is_bounded_and_cannot_steer_a_terminal() {
    let (_root, app, options) =
        project("yes 0123456789 | head -100000 >&2; printf 'error: \\033[31mlast\\n' >&2; exit 1");
    let text = prove(&app, wanted(), &options).expect_err("a failure").to_string();
    assert!(text.len() < 40_000 && text.contains("last") && !text.contains('\u{1b}'), "{}", text.len());
}

#[test]
fn an_install_keeps_modes_and_writes_through_links() {
    let (root, app, _, _) = proven();
    let real = root.path().join("real.toml");
    fs::rename(app.join("Cargo.toml"), &real).expect("a move");
    std::os::unix::fs::symlink("../real.toml", app.join("Cargo.toml")).expect("a link");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("a mode");
    let options = Options { cargo: root.path().join("cargo"), ..Options::default() };
    let (plan, proof) = attempt(&app, wanted(), &options).expect("a proof");
    install::apply(&plan, &proof, &read).expect("an install");
    assert!(fs::symlink_metadata(app.join("Cargo.toml")).expect("a link").is_symlink());
    assert!(
        fs::read_to_string(&real).expect("a manifest").ends_with("[dependencies]\nsemver = \"1.0.20\"\n")
    );
    assert_eq!(fs::metadata(&real).expect("a file").permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(app.join("Cargo.lock")).expect("a lockfile"), NEW_LOCK);
    let names = |folder: &Path| fs::read_dir(folder).expect("a folder").count();
    assert_eq!((names(root.path()), names(&app)), (6, 3), "something was left behind");
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    for file in ["Cargo.toml", "Cargo.lock"] {
        let (_root, app, plan, proof) = proven();
        let text = fs::read_to_string(app.join(file)).expect("a file") + "# somebody else\n";
        fs::write(app.join(file), text).expect("a change");
        let before = Files::below(&app);
        let error = install::apply(&plan, &proof, &read).expect_err("a change");
        assert!(
            matches!(&error, ApplyError::Swap(SwapError::Changed(path)) if path.ends_with(file)),
            "{error}"
        );
        assert_eq!(Files::below(&app), before);
    }
}

#[test]
fn read_only_files_and_folders_are_respected() {
    for file in ["Cargo.toml", "Cargo.lock"] {
        let (_root, app, plan, proof) = proven();
        let before = Files::below(&app);
        fs::set_permissions(app.join(file), fs::Permissions::from_mode(0o444)).expect("a mode");
        let error = install::apply(&plan, &proof, &read).expect_err("a read-only file");
        assert!(
            matches!(&error, ApplyError::Swap(SwapError::ReadOnly(path)) if path.ends_with(file)),
            "{error}"
        );
        assert_eq!(Files::below(&app), before);
    }
}

#[test]
fn what_does_not_hold_afterwards_is_put_back() {
    let (_root, app, plan, proof) = proven();
    let before = Files::below(&app);
    let error = install::apply(&plan, &proof, &|_| Err("it cannot be read".into())).expect_err("a failure");
    assert!(matches!(error, ApplyError::Reread(_)), "{error}");
    assert_eq!(Files::below(&app), before);

    // A lockfile that another program spoils as soon as it is there.
    let spoiled = |path: &Path| {
        fs::write(path.join("Cargo.lock"), NEW_LOCK.replace("1.0.20", "0.9.0")).expect("a file");
        fs::write(
            path.join("Cargo.toml"),
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\n\n[dependencies]\nsemver = \"0.9\"\n",
        )
        .expect("a file");
        read(path)
    };
    let error = install::apply(&plan, &proof, &spoiled).expect_err("a failure");
    assert!(matches!(error, ApplyError::Unproven(ProofError::Unmet(_))), "{error}");
    assert_eq!(Files::below(&app), before);
}

/// A small file system that goes away with the value; `None` where it cannot be had.
struct SmallDisk(PathBuf);

impl SmallDisk {
    #[allow(clippy::print_stderr, reason = "a skip must be seen")]
    fn mount(at: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir(&at).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        eprintln!("skipped, because a small file system cannot be mounted");
        None
    }

    fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).status();
        assert!(done.is_ok_and(|status| status.success()));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_and_a_read_only_one_are_noticed_before_anything_changes() {
    let (root, app, options) = project("cp \"$NEW\" \"$LOCK\"");
    let Some(disk) = SmallDisk::mount(root.path().join("disk"), "size=64k") else { return };
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(app.join(file), disk.0.join(file)).expect("a copy");
    }
    fs::create_dir(disk.0.join("src")).expect("a folder");
    fs::write(disk.0.join("src/main.rs"), "").expect("a file");
    let (plan, proof) = attempt(&disk.0, wanted(), &options).expect("a proof");
    let filler = disk.0.join("filler");
    let mut size = 64 << 10;
    while fs::write(&filler, vec![0_u8; size]).is_err() {
        size -= 4 << 10;
    }
    let before = Files::below(&disk.0);
    let error = install::apply(&plan, &proof, &read).expect_err("a full disk");
    assert!(matches!(error, ApplyError::Swap(SwapError::Stage { .. })), "{error}");
    assert_eq!(Files::below(&disk.0), before);

    fs::remove_file(&filler).expect("space");
    let before = Files::below(&disk.0);
    disk.remount("ro");
    let error = install::apply(&plan, &proof, &read).expect_err("a read-only folder");
    assert!(matches!(error, ApplyError::Swap(SwapError::Stage { .. })), "{error}");
    assert_eq!(Files::below(&disk.0), before);
    disk.remount("rw");
    install::apply(&plan, &proof, &read).expect("an install");
}
