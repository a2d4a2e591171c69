//! Tests of the reader of `pylock.toml`.

use super::{
    super::{
        Parts,
        testing::{direct, names, read, show, truncate},
    },
    parse,
};

/// As pdm and uv write it.
const LOCK: &str = r#"
lock-version = "1.0"
requires-python = ">=3.11"
extras = ["pg"]
dependency-groups = ["default", "dev"]
default-groups = ["default"]
created-by = "pdm"

[[packages]]
name = "Flask"
version = "3.0"
requires-python = ">=3.8"
marker = "\"default\" in dependency_groups"
dependencies = [{ name = "click" }, { name = "gone" }]
wheels = [
    { url = "x", upload-time = 2026-07-28T13:50:57Z },
]

[[packages]]
name = "click"
version = "8.0"
marker = "\"default\" in dependency_groups and python_version >= \"3.12\" or \"dev\" in dependency_groups"

[[packages.wheels]]
name = "x"

[[packages]]
name = "psycopg"
version = "3.1"
marker = "\"pg\" in extras"

[[packages]]
name = "pytest"
version = "8.0"
marker = "\"dev\" in dependency_groups"

[[packages]]
name = "tree"
directory = { path = "." }

[[packages]]
name = "typing-extensions"
version = "4.0"
requires-python = "<3.12"
"#;

#[test]
fn groups_extras_and_conditions_count() {
    let parsed = read(parse, LOCK, None, &Parts::default()).expect("readable");
    assert_eq!((show(&parsed).as_str(), parsed.direct), ("click=8.0() flask=3.0(click) tree()", None));
    let parts = Parts { extras: names(&["pg"]), groups: names(&["dev"]), ..Parts::default() };
    let project = Some("[project]\ndependencies = ['flask[async]>=2', 'x @ https://host.invalid/x.whl']");
    let parsed = read(parse, LOCK, project, &parts).expect("readable");
    assert_eq!(show(&parsed), "click=8.0() flask=3.0(click) psycopg=3.1() pytest=8.0() tree()");
    assert_eq!(direct(&parsed), "flask x");
}

#[test]
fn without_dependencies_nothing_is_claimed_about_them() {
    let text = "lock-version = \"1.0\"\ncreated-by = \"pip\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\n";
    let parsed = read(parse, text, None, &Parts::default()).expect("readable");
    assert_eq!(show(&parsed), "a=1(?)");
}

#[test]
fn broken_lockfiles_are_refused_with_the_reason() {
    for (from, to, message) in [
        ("lock-version = \"1.0\"", "lock-version = \"2.0\"", "the lockfile format `2.0` is not known"),
        ("lock-version", "version", "it has no `lock-version`"),
        ("\"click\"\nversion", "\"cli ck\"\nversion", "package 2 has no valid name"),
        (
            "\"\\\"default\\\" in dep",
            "\"default in dep",
            "`flask` is locked under a condition that is not understood",
        ),
    ] {
        let text = LOCK.replacen(from, to, 1);
        assert_ne!(text, LOCK, "{from}");
        let error = read(parse, &text, None, &Parts::default()).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
    let parts = Parts { extras: names(&["pq"]), ..Parts::default() };
    assert!(read(parse, LOCK, None, &parts).is_err_and(|error| error.hint().is_some()));
    truncate(parse, LOCK, None);
}
