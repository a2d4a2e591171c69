//! With installers that fail, and environments that may not be changed: nothing changes, and it is told why.

use std::{fs, os::unix::fs::PermissionsExt as _};

use otel_bootstrap::{
    ecosystem::python::inventory::{LockFormat, Source},
    install::python::{self, ApplyError, Options, PlanError, ProofError, TargetError},
    settings::Installer,
};

use crate::environment::World;

/// What a fake does that only fails where something changes.
const FAILS_TO_INSTALL: &str = "case \"$*\" in *--dry-run*|*uninstall*) exec \"$REAL\" \"$@\";; *) \"$REAL\" \"$@\"; \
    echo 'error: no luck \u{1b}[31m' >&2; exit 3;; esac";

#[test]
fn what_came_before_a_failure_goes_again() {
    let Some(world) = World::new() else { return };
    let world = world.has(&["helper==2.0", "otel-core==1.0b0"]).fake("uv", FAILS_TO_INSTALL);
    let options = Options { installer: Some(Installer::Uv), ..world.options() };
    let error = world.install("otel-flask==1.0b0\n", &options).expect_err("a failure");
    let text = error.to_string();
    assert!(text.contains("no luck \\u{1b}[31m") && text.ends_with("everything is as it was"), "{text}");
    assert_eq!(world.installed(), ["helper==2.0", "otel-core==1.0b0"]);
}

#[test]
fn what_was_replaced_before_a_failure_comes_back() {
    let Some(world) = World::new() else { return };
    // Fails once, after it has installed; what puts things back goes well.
    let script = "case \"$*\" in *--dry-run*) exec \"$REAL\" \"$@\";; esac; \"$REAL\" \"$@\"; \
        test -e \"$CALLS\" && exit 0; touch \"$CALLS\"; exit 1";
    let world = world.has(&["helper==2.0", "otel-core==1.0b0", "otel-flask==1.0b0"]).fake("uv", script);
    let before = world.installed();
    let options = Options { installer: Some(Installer::Uv), ..world.options() };
    let error = world.install("otel-flask==2.0b0\notel-core==2.0b0\n", &options).expect_err("a failure");
    assert!(matches!(&error, ApplyError::PutBack { left, .. } if left.is_empty()), "{error}");
    assert_eq!(world.installed(), before);
}

#[test]
fn an_installer_that_moves_or_leaves_out_something_is_found_out() {
    for (extra, reason) in [
        (
            "\"$REAL\" pip install --python \"$4\" --no-deps helper==3.0",
            "what was installed before has moved",
        ),
        ("\"$REAL\" pip uninstall --python \"$4\" otel-flask", "the installer left out `otel-flask==1.0b0`"),
    ] {
        let Some(world) = World::new() else { return };
        let script = format!(
            "case \"$*\" in *--dry-run*) exec \"$REAL\" \"$@\";; esac; test -e \"$CALLS\" && exec \"$REAL\" \"$@\"; \
             touch \"$CALLS\"; \"$REAL\" \"$@\"; {extra}"
        );
        let world = world.has(&["helper==2.0"]).fake("uv", &script);
        let options = Options { installer: Some(Installer::Uv), ..world.options() };
        let error = world.install("otel-flask==1.0b0\n", &options).expect_err("a broken promise");
        assert!(error.to_string().starts_with(reason), "{error}");
        assert!(error.to_string().ends_with("everything is as it was"), "{error}");
        assert_eq!(world.installed(), ["helper==2.0"]);
    }
}

/// Whether an error is the one that is expected.
type Expected = fn(&ProofError) -> bool;

#[test]
fn what_an_installer_says_is_read_and_told() {
    let cases: [(&str, Expected, &str); 5] = [
        (
            "echo 'error: Request failed after 3 retries in 5.2s\n  cause: Failed to fetch: x\n  cause: dns error' >&2; exit 2",
            |e| matches!(e, ProofError::Unreachable(_)),
            "look at the network",
        ),
        (
            "echo 'error: No space left on device (os error 28)' >&2; exit 2",
            |e| matches!(e, ProofError::Program(_)),
            "make room",
        ),
        ("echo ' + helper==3.0' >&2", |e| matches!(e, ProofError::Moves(_)), "up to date"),
        ("echo 'Would make no changes' >&2", |e| matches!(e, ProofError::Unmet(_)), ""),
        ("echo ' + --index-url' >&2", |e| matches!(e, ProofError::Unclear { .. }), ""),
    ];
    for (script, fits, hint) in cases {
        let Some(world) = World::new() else { return };
        let world = world.has(&["helper==2.0"]).fake("uv", script);
        let options = Options { installer: Some(Installer::Uv), ..world.options() };
        let error = world.prove("otel-flask==1.0b0\n", &options).expect_err("a failure");
        assert!(fits(&error), "{script}: {error:?}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{script}: {:?}", error.hint());
        assert_eq!(world.installed(), ["helper==2.0"]);
    }
}

#[test]
fn an_index_that_cannot_be_reached_is_told_by_the_real_pip() {
    let Some(world) = World::new() else { return };
    fs::write(
        world.venv().join("pip.conf"),
        "[global]\nindex-url = http://127.0.0.1:9/simple\nretries = 1\n",
    )
    .expect("a file");
    let options = Options { installer: Some(Installer::Pip), ..world.options() };
    let error = world.prove("otel-flask==1.0b0\n", &options).expect_err("no index");
    assert!(matches!(error, ProofError::Unreachable(_)), "{error}");
    let offline = Options { offline: true, ..options };
    let error = world.prove("otel-flask==1.0b0\n", &offline).expect_err("no index");
    assert!(error.hint().is_some_and(|hint| hint.contains("without `--offline`")), "{error}");
}

#[test]
fn environments_that_may_not_be_changed_are_left_alone() {
    let Some(world) = World::new() else { return };
    let lockfile = || {
        let mut inventory = world.inventory();
        inventory.source = Source::Lockfile { path: "uv.lock".into(), format: LockFormat::Uv };
        inventory
    };
    let wanted = python::resolution(&python::parse_lines("otel-flask==1.0b0").expect("a line"));
    let error = python::plan(&wanted, &lockfile(), &world.options()).expect_err("a lockfile");
    assert!(matches!(error[..], [PlanError::Target(TargetError::Lockfile(_))]), "{error:?}");
    assert!(error[0].hint().is_some_and(|hint| hint.contains("uv sync")));

    // The same environment without what makes it virtual, and with the mark of a distributor.
    fs::remove_file(world.venv().join("pyvenv.cfg")).expect("a file");
    let marker = world.site().parent().expect("a folder").join("EXTERNALLY-MANAGED");
    fs::write(marker, "[externally-managed]\nError=use apt\n").expect("a file");
    let error = world.plan("otel-flask==1.0b0\n", &world.options()).expect_err("a managed environment");
    assert!(matches!(error[..], [PlanError::Target(TargetError::Managed { .. })]), "{error:?}");
    assert!(error[0].hint().is_some_and(|hint| hint.contains("venv")));
    let allowed = Options { may_break: true, ..world.options() };
    assert!(world.plan("otel-flask==1.0b0\n", &allowed).is_ok());
    assert!(world.installed().is_empty());
}

#[test]
fn a_pip_that_cannot_tell_in_advance_is_not_used() {
    let Some(world) = World::new() else { return };
    for entry in fs::read_dir(world.site()).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("pip-") {
            fs::remove_dir_all(entry.path()).expect("a pip");
        }
    }
    let world = world.has_metadata("pip", "21.3.1", &[]);
    world.install("otel-distro==1.0b0\n", &world.options()).expect("an install by uv");
    fs::remove_file(world.path("bin/uv")).expect("a link");
    let error = world.plan("otel-flask==1.0b0\n", &world.options()).expect_err("an old pip");
    assert!(error[0].to_string().starts_with("pip 21.3.1 in the environment of "), "{}", error[0]);
    assert!(error[0].hint().is_some_and(|hint| hint.contains("--upgrade pip")));
}

#[test]
fn a_read_only_environment_is_found_before_anything_starts() {
    let Some(world) = World::new() else { return };
    let site = world.site();
    let (plan, proof) = world.prove("otel-distro==1.0b0\n", &world.options()).expect("a proof");
    fs::set_permissions(&site, fs::Permissions::from_mode(0o555)).expect("a mode");
    let may_write_anyway = tempfile::tempfile_in(&site).is_ok();
    let done = world.apply(&plan, &proof);
    fs::set_permissions(&site, fs::Permissions::from_mode(0o755)).expect("a mode");
    if !may_write_anyway {
        let error = done.expect_err("a read-only folder");
        assert!(matches!(error, ApplyError::Target(TargetError::ReadOnly { .. })), "{error}");
        assert!(world.installed().is_empty());
    }
}
