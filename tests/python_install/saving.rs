//! `--save`: what is recorded, and that it is taken back where something fails.

use otel_bootstrap::{
    finding::{Finding, Verdict},
    install::python::{self, ApplyError, Options, PlanError, Proof, describe},
    resolution::Resolution,
    settings::{Installer, Save},
};

use crate::environment::World;

/// Options that record.
fn saving(world: &World, group: Option<&str>) -> Options {
    Options { save: Some(Save { group: group.map(str::to_owned) }), ..world.options() }
}

/// A project of uv, locked with an old helper although there is a newer one.
fn uv_project() -> Option<World> {
    let world = World::new()?.file(
        "pyproject.toml",
        "# of the user\n[project]\nname = \"app\"\nversion = \"0.1\"\nrequires-python = \">=3.8\"\n\
         dependencies = [\n    \"flask\",\n    \"helper==2.0\",\n]\n",
    );
    let lock = |world: &World| {
        let done = std::process::Command::new(world.path("bin/uv"))
            .args(["lock", "--quiet"])
            .current_dir(world.root())
            .status();
        assert!(done.expect("uv starts").success());
    };
    lock(&world);
    // What is locked is kept although the project does not ask for it any more.
    let world = world.file(
        "pyproject.toml",
        "# of the user\n[project]\nname = \"app\"\nversion = \"0.1\"\nrequires-python = \">=3.8\"\n\
         dependencies = [\n    \"flask\",\n]\n",
    );
    lock(&world);
    assert!(world.text("uv.lock").contains("name = \"helper\"\nversion = \"2.0\""));
    Some(world.has(&["flask==1.0", "helper==2.0"]))
}

#[test]
fn uv_records_and_nothing_that_is_locked_moves() {
    for group in [None, Some("otel")] {
        let Some(world) = uv_project() else { return };
        let options = saving(&world, group);
        let (plan, proof) = world.prove("otel-flask==1.0b0\n", &options).expect("a proof");
        let shown = describe(&plan, &proof);
        let to = group.map_or(String::new(), |group| format!(" --group {group}"));
        assert!(
            shown.starts_with(&format!(
                "uv add --no-sync --color never{to} -- otel-flask==1.0b0\nuv pip install "
            )),
            "{shown}"
        );
        world.apply(&plan, &proof).expect("an install");
        let manifest = world.text("pyproject.toml");
        assert!(
            manifest.starts_with("# of the user\n[project]")
                && manifest.contains("    \"otel-flask==1.0b0\",\n"),
            "{manifest}"
        );
        assert_eq!(manifest.contains("[dependency-groups]\notel = [\n"), group.is_some());
        let lock = world.text("uv.lock");
        assert!(
            lock.contains("name = \"helper\"\nversion = \"2.0\"") && lock.contains("name = \"otel-core\""),
            "{lock}"
        );
        assert_eq!(world.installed(), ["flask==1.0", "helper==2.0", "otel-core==1.0b0", "otel-flask==1.0b0"]);
        assert!(world.plan("otel-flask==1.0b0\n", &options).expect("a plan").is_done());
        let locked = Options { locked: true, ..options };
        assert!(world.plan("otel-flask==1.0b0\n", &locked).expect("nothing changes").is_done());
        let error = world.plan("otel-flask==2.0b0\n", &locked).expect_err("a change");
        assert!(matches!(&error[..], [PlanError::Locked(files)] if files.len() == 2), "{error:?}");
    }
}

#[test]
fn what_was_recorded_before_a_failure_is_taken_back() {
    let fails = [
        // The keeper writes, and fails.
        "case \"$1\" in add) echo broken > pyproject.toml; echo broken > uv.lock; echo 'error: no luck' >&2; exit 2;; esac",
        // It ends well, and has recorded nothing.
        "case \"$1\" in add) exit 0;; esac",
        // It moves what is locked.
        "case \"$1\" in add) \"$REAL\" \"$@\"; sed -i 's/\"2.0\"/\"3.0\"/' uv.lock; exit 0;; esac",
        // The install fails after it.
        "case \"$*\" in *--dry-run*) ;; pip\\ install*) exit 1;; esac",
    ];
    for script in fails {
        let Some(world) = uv_project() else { return };
        let world = world.fake("uv", &format!("{script}\nexec \"$REAL\" \"$@\""));
        let before = (world.text("pyproject.toml"), world.text("uv.lock"), world.installed());
        let error = world.install("otel-flask==1.0b0\n", &saving(&world, None)).expect_err("a failure");
        assert!(matches!(&error, ApplyError::PutBack { left, .. } if left.is_empty()), "{script}: {error}");
        assert_eq!(
            (world.text("pyproject.toml"), world.text("uv.lock"), world.installed()),
            before,
            "{script}"
        );
    }
}

#[test]
fn what_is_installed_is_what_is_locked() {
    // The lockfile has a helper that is not installed; without a lockfile the newest would come.
    let Some(world) = uv_project() else { return };
    let done = std::process::Command::new(world.path("bin/uv"))
        .args(["pip", "uninstall", "--quiet", "--python"])
        .arg(world.venv().join("bin/python"))
        .args(["flask", "helper"])
        .status();
    assert!(done.expect("uv starts").success());
    world.install("otel-flask==1.0b0\n", &saving(&world, None)).expect("an install");
    assert_eq!(world.installed(), ["helper==2.0", "otel-core==1.0b0", "otel-flask==1.0b0"]);
}

#[test]
fn lines_are_recorded_in_a_file_of_requirements() {
    let Some(world) = World::new() else { return };
    let world = world.has(&["helper==2.0"]).file("requirements.txt", "flask==1.0\r\nhelper  # why\r\nzope");
    let options = saving(&world, None);
    let (plan, proof) = world.prove("otel-flask==1.0b0\n", &options).expect("a proof");
    let shown = describe(&plan, &proof);
    assert!(shown.starts_with("--- a/requirements.txt\n+++ b/requirements.txt\n"), "{shown}");
    world.apply(&plan, &proof).expect("an install");
    assert_eq!(world.text("requirements.txt"), "flask==1.0\r\nhelper  # why\r\notel-flask==1.0b0\r\nzope");
    assert!(world.plan("otel-flask==1.0b0\n", &options).expect("a plan").is_done());
    world.install("otel-distro==1.0b0\n", &saving(&world, Some("otel"))).expect("an install");
    assert_eq!(world.text("requirements-otel.txt"), "otel-distro==1.0b0\n");
    assert_eq!(
        world.installed(),
        ["helper==2.0", "otel-core==1.0b0", "otel-distro==1.0b0", "otel-flask==1.0b0"]
    );
}

#[test]
fn a_file_of_requirements_is_put_back_where_the_install_fails() {
    let Some(world) = World::new() else { return };
    let world = world
        .file("requirements.txt", "flask\n")
        .fake("uv", "case \"$*\" in *--dry-run*) ;; pip\\ install*) exit 1;; esac\nexec \"$REAL\" \"$@\"");
    let mut options = saving(&world, Some("new"));
    options.installer = None;
    // With no pip inside, uv installs.
    std::fs::remove_dir_all(world.site()).expect("a folder");
    std::fs::create_dir(world.site()).expect("a folder");
    world.install("otel-distro==1.0b0\n", &options).expect_err("a failure");
    assert!(!world.root().join("requirements-new.txt").exists());
    options.save = Some(Save::default());
    world.install("otel-distro==1.0b0\n", &options).expect_err("a failure");
    assert_eq!(world.text("requirements.txt"), "flask\n");
}

#[test]
fn who_keeps_the_dependencies_must_be_clear() {
    let Some(world) = World::new() else { return };
    let told = |world: &World, options: &Options| {
        let errors = world.plan("otel-distro==1.0b0\n", options).expect_err("an error");
        errors
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
            .replace(&world.root().display().to_string(), "[ROOT]")
    };
    assert_eq!(
        told(&world, &saving(&world, None)),
        "nothing in `[ROOT]` tells who keeps the dependencies of the project"
    );
    let world = world.file("uv.lock", "version = 1\n").file("poetry.lock", "");
    assert_eq!(told(&world, &saving(&world, None)), "`uv.lock` and `poetry.lock` are both in `[ROOT]`");
    let poetry = Options { installer: Some(Installer::Poetry), ..saving(&world, None) };
    assert_eq!(
        told(&world, &poetry),
        "there is no `poetry` on `PATH`, which keeps the dependencies of `[ROOT]`"
    );
    let world = world.fake("poetry", "exit 0");
    let offline = Options { offline: true, ..poetry };
    assert_eq!(told(&world, &offline), "`poetry` cannot record without network, and `--offline` is given");
    let group = saving(&world, Some("--index-url=x"));
    let group = Options { installer: Some(Installer::Uv), ..group };
    assert_eq!(told(&world, &group), "`--index-url=x` is not the name of a group");
}

#[test]
fn what_is_installed_but_not_recorded_is_recorded_as_well() {
    let Some(world) = uv_project() else { return };
    let world = world.has(&["otel-core==1.0b0", "otel-flask==1.0b0"]);
    let finding = |library: &str, instrumentation: &str, version: &str| Finding {
        library: library.parse().expect("a name"),
        version: "1.0".to_owned(),
        members: Vec::new(),
        verdict: Verdict::AlreadyInstalled {
            instrumentation: instrumentation.to_owned(),
            version: version.to_owned(),
        },
        alternatives: Vec::new(),
        switches: Vec::new(),
        directives: Vec::new(),
    };
    let findings = vec![finding("flask", "otel-flask", "1.0b0"), finding("helper", "helper", "2.0")];
    let resolution = Resolution { findings, ..Resolution::default() };
    let options = saving(&world, None);
    let plan = python::plan(&resolution, &world.inventory(), &options).expect("a plan");
    assert!(plan.place.is_none());
    assert_eq!(plan.wanted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["otel-flask==1.0b0"]);
    world.apply(&plan, &Proof::default()).expect("an install");
    assert!(world.text("uv.lock").contains("name = \"otel-flask\""));
    let unsaved = python::plan(&resolution, &world.inventory(), &world.options()).expect("a plan");
    assert!(unsaved.is_done());
}
