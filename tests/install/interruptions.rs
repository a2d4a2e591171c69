//! An install that is interrupted at any moment leaves all files as they were, or all as they are to be.

#![cfg(unix)]

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use otel_bootstrap::install::cargo::{self as install, Options};

use crate::project::{Files, attempt, folder, read, requirement, script};

/// Where the process that is interrupted finds its project.
const PROJECT: &str = "INTERRUPTED_PROJECT";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n";

/// A workspace of two members, and beside it a cargo that takes its time.
fn project() -> tempfile::TempDir {
    let mut lock = "version = 4\n".to_owned();
    for name in ["a", "b"] {
        let package = format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\ndependencies = [\n \"semver\",\n]\n"
        );
        lock.push_str(&package);
    }
    lock += "\n[[package]]\nname = \"semver\"\nversion = \"1.0.20\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    let root = folder(&[
        ("work/Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\n"),
        ("work/a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.1.0\"\n"),
        ("work/a/src/main.rs", ""),
        ("work/b/Cargo.toml", "[package]\nname = \"b\"\nversion = \"0.1.0\"\n"),
        ("work/b/src/main.rs", ""),
        ("work/Cargo.lock", LOCK),
        ("new.lock", &lock),
        ("tmp/keep", ""),
    ]);
    let text = format!(
        "#!/bin/sh\nwhile [ \"$1\" != --manifest-path ]; do shift; done\nsleep 0.03\ncp '{}/new.lock' \"${{2%.toml}}.lock\"\n",
        root.path().display()
    );
    script(root.path(), &text);
    root
}

/// The process that is interrupted; on its own it does nothing.
#[test]
fn the_process_that_is_interrupted() {
    let Some(root) = env::var_os(PROJECT) else { return };
    let root = Path::new(&root);
    let options = Options { cargo: root.join("cargo"), ..Options::default() };
    let wanted = vec![requirement("semver@1.0.20", &[], &["a", "b"])];
    let (plan, proof) = attempt(&root.join("work"), wanted, &options).expect("a proof");
    install::apply(&plan, &proof, &read).expect("an install");
}

/// Starts an install and interrupts it after a while; whether it came to a good end.
fn interrupted(root: &Path, signal: &str, after: Duration) -> bool {
    let mut child = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "interruptions::the_process_that_is_interrupted"])
        .env(PROJECT, root)
        .env("TMPDIR", root.join("tmp"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    thread::sleep(after);
    let _ = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
    child.wait().expect("an end").success()
}

/// Interrupts installs at moments spread over the time that one takes, and then some.
fn spread(signal: &str, check: impl Fn(&Path, bool, &Files)) {
    let root = project();
    let old = Files::below(&root.path().join("work"));
    let start = Instant::now();
    assert!(interrupted(root.path(), "-0", Duration::from_secs(2)), "it goes well if nobody interrupts it");
    let new = Files::below(&root.path().join("work"));
    assert_eq!(new.changed_since(&old), ["Cargo.lock", "a/Cargo.toml", "b/Cargo.toml"]);
    // How long it takes only decides where the moments lie, and they may lie anywhere.
    let whole = start.elapsed().min(Duration::from_millis(200));
    let mut ends = [0, 0];
    for round in 0..40 {
        let root = project();
        let finished = interrupted(root.path(), signal, whole * round / 40);
        let now = Files::below(&root.path().join("work"));
        let texts =
            |files: &Files| ["Cargo.lock", "a/Cargo.toml", "b/Cargo.toml"].map(|f| files.text(f).to_owned());
        let is_new = texts(&now) == texts(&new);
        assert!(
            is_new || texts(&now) == texts(&old),
            "mixed after round {round}: {:?}",
            now.changed_since(&old)
        );
        assert!(is_new || !finished, "round {round} claims to have finished");
        ends[usize::from(is_new)] += 1;
        check(root.path(), is_new, if is_new { &new } else { &old });
    }
    assert!(ends[0] > 0, "no moment was early enough: {ends:?}");
}

#[test]
fn a_kill_leaves_all_old_or_all_new() {
    spread("-KILL", |_, _, _| {});
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    for signal in ["-INT", "-TERM"] {
        spread(signal, |root, _, expected| {
            let changed = Files::below(&root.join("work"));
            assert!(changed == *expected, "left behind: {:?}", changed.changed_since(expected));
            let left: Vec<_> =
                fs::read_dir(root.join("tmp")).expect("a folder").flatten().map(|e| e.path()).collect();
            assert_eq!(left, [root.join("tmp/keep")]);
        });
    }
}
