//! With the real Poetry, PDM and Pipenv and real distributions: `.ci/python-installers`.

use std::{fs, path::PathBuf, process::Command};

use otel_bootstrap::{
    install::python::{Options, Programs},
    settings::{Installer, Save},
};

use crate::environment::{World, program};

const LINES: &str = "opentelemetry-instrumentation-flask==0.60b1\nopentelemetry-distro==0.60b1\n";

/// The index that pip asks by itself, for Poetry, which has to be told of one that serves pages alone.
fn index() -> String {
    let python = program("python3").expect("a Python");
    let asked = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)";
    let output = Command::new(python).args(["-c", asked]).output().expect("python starts");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// The manifest of a project with an old dependency that has newer releases.
fn manifest(keeper: Installer) -> (&'static str, String) {
    let project = "[project]\nname = \"app\"\nversion = \"0.1\"\nrequires-python = \">=3.9,<4\"\n\
        dependencies = [\"idna==3.10\", \"flask<3.1\"]\n";
    match keeper {
        Installer::Poetry => {
            let source = format!(
                "[[tool.poetry.source]]\nname = \"index\"\nurl = \"{}/\"\npriority = \"primary\"\n",
                index()
            );
            ("pyproject.toml", format!("{project}\n[tool.poetry]\npackage-mode = false\n{source}"))
        }
        Installer::Pipenv => ("Pipfile", "[packages]\nidna = \"==3.10\"\nflask = \"<3.1\"\n".to_owned()),
        _ => ("pyproject.toml", format!("{project}\n[tool.pdm]\ndistribution = false\n")),
    }
}

#[test]
#[ignore = "asks the real index; see `.ci/python-installers`"]
fn the_real_keepers_record_and_move_nothing() {
    let path = std::env::var_os("PATH");
    for (keeper, name, lockfile, make) in [
        (Installer::Uv, "uv", "uv.lock", &["lock"][..]),
        (Installer::Poetry, "poetry", "poetry.lock", &["lock", "--no-interaction"]),
        (Installer::Pdm, "pdm", "pdm.lock", &["lock"]),
        (Installer::Pipenv, "pipenv", "Pipfile.lock", &["lock"]),
    ] {
        let (Some(tool), Some(world)) = (program(name), World::new()) else { continue };
        // The real index, for pip and uv alike.
        fs::remove_file(world.venv().join("pip.conf")).expect("a file");
        fs::remove_file(world.root().join("uv.toml")).expect("a file");
        let (file, text) = manifest(keeper);
        let world = world.file(file, &text);
        let done = Command::new(tool)
            .args(make)
            .current_dir(world.root())
            .env("VIRTUAL_ENV", world.venv())
            .output()
            .expect("the keeper starts");
        assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        let world = world.has(&["idna==3.10", "flask==3.0.3"]);
        for group in [None, Some("otel")] {
            let options = Options {
                save: Some(Save { group: group.map(str::to_owned) }),
                programs: Programs::on(path.clone()),
                ..world.options()
            };
            let lines =
                if group.is_none() { LINES } else { "opentelemetry-exporter-otlp-proto-http==1.39.1\n" };
            let plan = world.plan(lines, &options).expect("a plan");
            assert_eq!(plan.record.as_ref().map(|record| record.keeper.name()), Some(name));
            world.install(lines, &options).unwrap_or_else(|error| panic!("{name} {group:?}: {error}"));
            let installed = world.installed();
            for line in lines.lines() {
                assert!(installed.iter().any(|pin| pin == line), "{name}: {installed:?}");
            }
            assert!(installed.iter().any(|pin| pin == "idna==3.10"), "{name}: {installed:?}");
            assert!(world.text(file).contains("0.60b1") && world.text(lockfile).contains("0.60b1"), "{name}");
            assert!(world.plan(lines, &options).expect("a plan").is_done(), "{name}: {}", world.text(file));
        }
        let left: Vec<PathBuf> =
            fs::read_dir(world.root()).expect("a folder").flatten().map(|e| e.path()).collect();
        assert_eq!(left.len(), 2, "{name} left something behind: {left:?}");
    }
}
