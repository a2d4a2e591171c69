//! Tests of the reader of `uv.lock`.

use super::{
    super::{
        ParseError, Parts, Request, Target,
        testing::{self, names},
    },
    parse,
};
use crate::document;

/// A lockfile with an application, two conflicting extras, groups, forks and sources of every kind.
const APP: &str = r#"
version = 1
revision = 3
requires-python = ">=3.10"
resolution-markers = ["sys_platform == 'win32'", "sys_platform != 'win32'"]
conflicts = [[{ package = "app", extra = "cpu" }, { package = "app", extra = "cuda" }]]

[manifest]
members = ["app", "tool"]

[[package]]
name = "app"
source = { editable = "." }
dependencies = [
    { name = "flask", extra = ["async"] },
    { name = "requests", version = "2.1", source = { registry = "r" }, marker = "sys_platform == 'win32'" },
    { name = "requests", version = "2.2", source = { registry = "r" }, marker = "sys_platform != 'win32'" },
    { name = "torch", version = "2.0", source = { registry = "r" }, marker = "extra != 'extra-3-app-cpu'" },
    { name = "torch", version = "2.0+cpu", source = { url = "u" }, marker = "extra == 'extra-3-app-cpu'" },
]

[package.optional-dependencies]
cpu = [{ name = "forked" }]
cuda = [{ name = "tool" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]
drivers = [{ name = "forked" }]

[package.metadata]
provides-extras = ["cpu", "cuda", "none"]

[[package]]
name = "flask"
version = "3.0"
source = { registry = "r" }
dependencies = [{ name = "click", marker = "python_full_version < '3.11'" }]
sdist = { url = "u", hash = "h" }
wheels = [
    { url = "u", hash = "h" },
]

[package.optional-dependencies]
async = [{ name = "asgiref" }]

[[package]]
name = "asgiref"
version = "3.1"

[[package]]
name = "click"
version = "8.0"

[[package]]
name = "forked"
version = "odd version"

[[package]]
name = "pytest"
version = "8"

[[package]]
name = "requests"
version = "2.1"
source = { registry = "r" }
resolution-markers = ["sys_platform == 'win32'"]

[[package]]
name = "requests"
version = "2.2"
source = { registry = "r" }
resolution-markers = ["sys_platform != 'win32'"]

[[package]]
name = "tool"
source = { virtual = "tool" }
dependencies = [{ name = "click" }]

[[package]]
name = "torch"
version = "2.0"
source = { registry = "r" }

[[package]]
name = "torch"
version = "2.0+cpu"
source = { url = "u" }
"#;

/// What a lockfile gives on Linux and Python 3.12 with these parts, beside that `pyproject.toml`.
fn show(text: &str, project: &str, parts: &Parts) -> Result<String, ParseError> {
    show_for(text, project, parts, &testing::linux("3.12"))
}

/// The same for any target.
fn show_for(text: &str, project: &str, parts: &Parts, target: &Target) -> Result<String, ParseError> {
    let project = document::parse(project).expect("a document");
    let beside = |name: &str| {
        (name == "tool/pyproject.toml").then(|| "[tool.uv]\ndefault-groups = ['dev', 'extra']".to_owned())
    };
    let request = Request { target, parts, project: Some(&project), beside: &beside };
    Ok(testing::show(&parse(text, &request)?))
}

/// The `pyproject.toml` of the application.
const PROJECT: &str = "[project]\nname = 'App'\n";

#[test]
fn markers_extras_and_forks_decide() {
    let parts = Parts::default();
    assert_eq!(
        show(APP, PROJECT, &parts).expect("readable"),
        "app(flask,requests,torch) asgiref=3.1() flask=3.0(asgiref) requests=2.2() torch=2.0()"
    );
    let target =
        Target::new(Some("3.10.2".parse().expect("a version")), "windows".parse().expect("a platform"));
    assert_eq!(
        show_for(APP, PROJECT, &parts, &target).expect("readable"),
        "app(flask,requests,torch) asgiref=3.1() click=8.0() flask=3.0(asgiref,click) requests=2.1() torch=2.0()"
    );
}

#[test]
fn parts_that_are_asked_for_count() {
    let rest = "asgiref=3.1() flask=3.0(asgiref)";
    let parts = Parts { extras: names(&["cpu"]), ..Parts::default() };
    assert_eq!(
        show(APP, PROJECT, &parts).expect("readable"),
        format!(
            "app(flask,forked,requests,torch) asgiref=3.1() flask=3.0(asgiref) forked=?() requests=2.2() torch=2.0+cpu()"
        )
    );
    let parts = Parts { groups: names(&["dev"]), ..Parts::default() };
    assert_eq!(
        show(APP, PROJECT, &parts).expect("readable"),
        format!("app(flask,pytest,requests,torch) {rest} pytest=8() requests=2.2() torch=2.0()")
    );
    // Default groups count, except `dev`.
    let project = format!("{PROJECT}[tool.uv]\ndefault-groups = ['dev', 'drivers']");
    for project in [&project, &project.replace("['dev', 'drivers']", "'all'")] {
        assert_eq!(
            show(APP, project, &Parts::default()).expect("readable"),
            format!("app(flask,forked,requests,torch) {rest} forked=?() requests=2.2() torch=2.0()")
        );
    }
}

#[test]
fn default_groups_may_stand_in_the_lockfile() {
    let text =
        APP.replacen("dependencies = [", "default-groups = [\"dev\", \"drivers\"]\ndependencies = [", 1);
    let shown = show(&text, PROJECT, &Parts::default()).expect("readable");
    assert!(shown.contains(" forked=?() ") && !shown.contains("pytest"), "{shown}");
    let shown = show(&text, &format!("{PROJECT}[tool.uv]\ndefault-groups = []"), &Parts::default());
    assert!(!shown.expect("readable").contains("forked"));
}

#[test]
fn members_that_are_asked_for_count_instead_of_the_root() {
    let parts = Parts { packages: names(&["tool"]), ..Parts::default() };
    assert_eq!(show(APP, PROJECT, &parts).expect("readable"), "click=8.0()");
    // A root that is no package stands for all members.
    let all =
        "app(flask,requests,torch) asgiref=3.1() click=8.0() flask=3.0(asgiref) requests=2.2() torch=2.0()";
    assert_eq!(show(APP, "[tool.uv.workspace]\n", &Parts::default()).expect("readable"), all);
    let parts = Parts { workspace: true, ..Parts::default() };
    assert_eq!(show(APP, PROJECT, &parts).expect("readable"), all);
}

#[test]
fn a_root_without_a_package_and_a_script_have_requirements() {
    let text = "version = 1\n[manifest]\nrequirements = [{ name = \"a\", extras = [\"x\"] }]\n\
                [manifest.dependency-groups]\ndev = [{ name = \"b\" }]\nmain = [{ name = \"c\" }]\n\
                [[package]]\nname = \"a\"\nversion = \"1\"\nresolution-markers = [\"os_name == 'nt'\"]\n\
                [[package]]\nname = \"a\"\nversion = \"2\"\nresolution-markers = [\"os_name != 'nt'\"]\n\
                [package.optional-dependencies]\nx = [{ name = \"d\" }]\n\
                [[package]]\nname = \"b\"\nversion = \"1\"\n[[package]]\nname = \"c\"\nversion = \"1\"\n\
                [[package]]\nname = \"d\"\nversion = \"1\"\n";
    assert_eq!(show(text, "", &Parts::default()).expect("readable"), "a=2(d) d=1()");
    let parts = Parts { groups: names(&["main"]), ..Parts::default() };
    assert_eq!(show(text, "", &parts).expect("readable"), "a=2(d) c=1() d=1()");
}

#[test]
fn what_the_project_does_not_have_is_refused() {
    for (parts, message, hint) in [
        (
            Parts { extras: names(&["cuba"]), ..Parts::default() },
            "the project has no extra `cuba`",
            "did you mean `cuda`?",
        ),
        (
            Parts { groups: names(&["driver"]), ..Parts::default() },
            "the project has no group `driver`",
            "did you mean `drivers`?",
        ),
        (
            Parts { packages: names(&["flask"]), ..Parts::default() },
            "the project has no workspace member `flask`",
            "it has `app`, `tool`",
        ),
    ] {
        let error = show(APP, PROJECT, &parts).expect_err(message);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.hint().as_deref(), Some(hint));
    }
}

#[test]
fn broken_lockfiles_are_refused_with_the_reason() {
    for (from, to, message) in [
        ("version = 1\n", "version = 2\n", "the lockfile format `2` is not known"),
        ("version = 1\n", "\n", "it has no `version`"),
        ("name = \"asgiref\"\nversion", "version", "package 3 has no valid name"),
        ("name = \"asgiref\"\nv", "name = \"-r\\n\"\nv", "package 3 has no valid name"),
        (
            "name = \"click\"\nv",
            "name = \"cluck\"\nv",
            "`tool` depends on `click`, which is not exactly one of the locked packages",
        ),
        (
            ", version = \"2.2\", source = { registry = \"r\" }",
            "",
            "`app` depends on `requests`, which is not exactly one of the locked packages",
        ),
        (
            "\"sys_platform == 'win32'\" },",
            "\"what\" },",
            "`requests` is locked under a condition that is not understood",
        ),
        ("[[package]]\nname = \"tool\"", "[[package", "line 74, column 10: "),
    ] {
        let text = APP.replacen(from, to, 1);
        assert_ne!(text, APP, "{from}");
        let parts = Parts { workspace: true, ..Parts::default() };
        let error = show(&text, PROJECT, &parts).expect_err(message).to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let forks = "[[package]]\nname = \"six\"\nversion = \"1\"\n".repeat(101);
    let error = show(&format!("{APP}{forks}"), PROJECT, &Parts::default()).expect_err("too many");
    assert_eq!(error.to_string(), "`six` is locked more than 100 times");
    for end in (0..APP.len()).step_by(7) {
        if let Ok(shown) = show(&APP[..end], PROJECT, &Parts::default()) {
            assert!(!shown.contains(char::is_control), "{shown}");
        }
    }
}
