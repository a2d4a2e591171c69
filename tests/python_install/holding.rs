//! What comes in, and that what is there stays as it is.

use std::process::Command;

use otel_bootstrap::{
    install::python::{Options, ProofError, describe},
    settings::Installer,
};

use crate::environment::{BOTH, World};

fn by(world: &World, installer: Installer) -> Options {
    Options { installer: Some(installer), ..world.options() }
}

#[test]
fn all_comes_in_at_once_and_what_is_there_stays() {
    for installer in BOTH {
        let Some(world) = World::new() else { return };
        let world = world.has(&["flask==1.0", "helper==2.0"]);
        let options = by(&world, installer);
        world.install("otel-flask==1.0b0\notel-distro==1.0b0\n", &options).expect("an install");
        let expected =
            ["flask==1.0", "helper==2.0", "otel-core==1.0b0", "otel-distro==1.0b0", "otel-flask==1.0b0"];
        assert_eq!(world.installed(), expected, "{installer:?}");
        // The second time there is nothing to do, and nobody is started.
        let world = world.fake("uv", "echo \"$@\" >> \"$CALLS\"; exit 1");
        let plan = world.plan("otel-flask==1.0b0\notel-distro\n", &options).expect("a plan");
        assert!(plan.is_done());
        world.install("otel-flask==1.0b0\notel-distro>=1.0b0\n", &options).expect("nothing to do");
        assert!(!world.path("calls").exists());
        assert_eq!(world.installed(), expected);
    }
}

#[test]
fn what_does_not_go_together_is_known_before_anything_changes() {
    for installer in BOTH {
        let Some(world) = World::new() else { return };
        let world = world.has(&["flask==1.0", "helper==1.0"]);
        let error = world.prove("otel-flask==1.0b0\n", &by(&world, installer)).expect_err("a conflict");
        assert!(matches!(error, ProofError::Conflict { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "`otel-flask==1.0b0` cannot be installed beside `helper==1.0`, which is installed already",
            "{installer:?}"
        );
        assert!(error.hint().is_some_and(|hint| hint.contains("`helper`") && hint.contains("`otel-flask`")));
        assert_eq!(world.installed(), ["flask==1.0", "helper==1.0"]);
        // Two that do not go together among what is required.
        let error = world.prove("otel-flask==1.0b0\notel-old==1.0b0\n", &by(&world, installer));
        assert!(matches!(error, Err(ProofError::Conflict { .. })), "{error:?}");
    }
}

#[test]
fn what_no_index_has_is_held_as_well() {
    for installer in BOTH {
        let Some(world) = World::new() else { return };
        let direct = [("direct_url.json", r#"{"url": "file:///nowhere", "dir_info": {"editable": true}}"#)];
        let world = world
            .has(&["helper==2.0"])
            .has_metadata("private-thing", "9.9.9", &[])
            .has_metadata("local-thing", "1.0+local.3", &[])
            .has_metadata("editable-thing", "0.1.dev7+g1234567", &direct);
        let before = world.installed();
        world.install("otel-flask==1.0b0\n", &by(&world, installer)).expect("an install");
        let mut expected = before;
        expected.extend(["otel-core==1.0b0", "otel-flask==1.0b0"].map(str::to_owned));
        expected.sort();
        assert_eq!(world.installed(), expected, "{installer:?}");
    }
}

#[test]
fn a_set_moves_as_a_whole_where_all_of_it_is_asked_for() {
    for installer in BOTH {
        let Some(world) = World::new() else { return };
        let world = world.has(&["helper==2.0", "otel-core==1.0b0", "otel-flask==1.0b0"]);
        let part = world.prove("otel-flask==2.0b0\n", &by(&world, installer)).expect_err("a part of a set");
        assert!(part.to_string().contains("beside `otel-core==1.0b0`"), "{part}");
        world.install("otel-flask==2.0b0\notel-core==2.0b0\n", &by(&world, installer)).expect("an install");
        assert_eq!(world.installed(), ["helper==2.0", "otel-core==2.0b0", "otel-flask==2.0b0"]);
    }
}

#[test]
fn a_dry_run_shows_what_would_be_typed() {
    for (installer, expected) in [
        (Installer::Uv, "uv pip install --python [VENV]/bin/python --color never otel-distro==1.0b0"),
        (
            Installer::Pip,
            "[VENV]/bin/python -m pip install --no-input --no-color --disable-pip-version-check --progress-bar off \
             otel-distro==1.0b0",
        ),
    ] {
        let Some(world) = World::new() else { return };
        let (plan, proof) = world.prove("otel-distro==1.0b0\n", &by(&world, installer)).expect("a proof");
        let text = describe(&plan, &proof).replace(&world.venv().display().to_string(), "[VENV]");
        assert!(world.installed().is_empty());
        let held = format!("{expected} --constraint /dev/stdin <<'END'\n");
        assert!(
            text.starts_with(&held) && text.contains("\notel-core==1.0b0\notel-distro==1.0b0\n"),
            "{text}"
        );
        // It can be typed into a shell.
        let typed = describe(&plan, &proof);
        let done = Command::new("/bin/sh")
            .args(["-c", &typed])
            .current_dir(world.root())
            .env("PATH", world.path("bin"))
            .status();
        assert!(done.expect("a shell starts").success(), "{typed}");
        assert_eq!(world.installed(), ["otel-core==1.0b0", "otel-distro==1.0b0"]);
    }
}

#[test]
fn without_a_pip_somebody_else_installs() {
    let Some(world) = World::new() else { return };
    std::fs::remove_dir_all(world.site().join("pip")).expect("a pip");
    for entry in std::fs::read_dir(world.site()).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("pip-") {
            std::fs::remove_dir_all(entry.path()).expect("a pip");
        }
    }
    world.install("otel-distro==1.0b0\n", &world.options()).expect("an install by uv");
    assert_eq!(world.installed(), ["otel-core==1.0b0", "otel-distro==1.0b0"]);
    std::fs::remove_file(world.path("bin/uv")).expect("a link");
    // A pip from elsewhere; this one is handed over by the interpreter of the tests.
    let Some(python) = crate::environment::program("python3") else { return };
    let world = world.fake("pip", &format!("exec '{}' -m pip \"$@\"", python.display()));
    std::fs::copy(world.venv().join("pip.conf"), world.path("pip.conf")).expect("a copy");
    let error =
        world.plan("otel-flask==1.0b0\n", &Options { installer: Some(Installer::Uv), ..world.options() });
    assert_eq!(error.expect_err("no uv")[0].to_string(), "there is no `uv` on `PATH`");
    let plan = world.plan("otel-flask==1.0b0\n", &world.options()).expect("a plan");
    let place = plan.place.expect("a place");
    assert!(matches!(place.hand, otel_bootstrap::install::python::Hand::OuterPip(_)));
    std::fs::remove_file(world.path("bin/pip")).expect("a script");
    let error = world.plan("otel-flask==1.0b0\n", &world.options()).expect_err("nobody");
    assert!(error[0].to_string().ends_with("and neither `uv` nor `pip` on `PATH`"), "{}", error[0]);
}

#[test]
fn what_only_comes_along_is_not_noted_as_asked_for() {
    let Some(world) = World::new() else { return };
    world.install("otel-distro==1.0b0\n", &by(&world, Installer::Pip)).expect("an install");
    let is_noted = |name: &str| world.site().join(format!("{name}.dist-info/REQUESTED")).exists();
    assert!(is_noted("otel_distro-1.0b0") && !is_noted("otel_core-1.0b0"));
}
