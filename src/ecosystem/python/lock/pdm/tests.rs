//! Tests of the reader of `pdm.lock`.

use std::fmt::Write as _;

use super::{
    super::{
        Parts,
        testing::{direct, names, read, show, truncate},
    },
    parse,
};

/// With groups and conditions.
const NEW: &str = r#"
[metadata]
groups = ["default", "pg", "test"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
content_hash = "x"

[[metadata.targets]]
requires_python = ">=3.9"

[[package]]
name = "colorama"
version = "0.4"
requires_python = ">=2.7"
groups = ["default"]
marker = "platform_system == \"Windows\""

[[package]]
name = "h11"
version = "0.14"
groups = ["default"]

[[package]]
name = "httptools"
version = "0.6"
groups = ["default"]

[[package]]
name = "psycopg"
version = "3.1"
groups = ["pg"]

[[package]]
name = "pytest"
version = "8.0"
groups = ["test"]

[[package]]
name = "uvicorn"
version = "0.30"
groups = ["default"]
dependencies = [
    "h11>=0.8",
    "colorama; platform_system == \"Windows\"",
]
files = [
    {file = "x", hash = "y"},
]

[[package]]
name = "uvicorn"
version = "0.30"
extras = ["standard"]
groups = ["default"]
dependencies = [
    "httptools>=0.5.0",
    "uvicorn==0.30",
]
"#;

/// The `pyproject.toml` to it.
const PROJECT: &str = r#"
[project]
requires-python = ">=3.9"
dependencies = ["uvicorn[standard]>=0.20"]
[project.optional-dependencies]
pg = ["psycopg"]
[tool.pdm.dev-dependencies]
test = ["pytest"]
"#;

#[test]
fn groups_and_conditions_of_the_lockfile_count() {
    let parsed = read(parse, NEW, Some(PROJECT), &Parts::default()).expect("readable");
    assert_eq!(show(&parsed), "h11=0.14() httptools=0.6() uvicorn=0.30(h11,httptools)");
    assert_eq!(direct(&parsed), "uvicorn");
    let parts = Parts { extras: names(&["pg"]), groups: names(&["test"]), ..Parts::default() };
    let parsed = read(parse, NEW, Some(PROJECT), &parts).expect("readable");
    assert_eq!(
        show(&parsed),
        "h11=0.14() httptools=0.6() psycopg=3.1() pytest=8.0() uvicorn=0.30(h11,httptools)"
    );
    assert_eq!(direct(&parsed), "psycopg pytest uvicorn");
    let parsed = read(parse, NEW, None, &Parts::default()).expect("readable");
    assert_eq!(parsed.direct, None);
}

#[test]
fn without_groups_the_project_tells_where_to_start() {
    let old: String = NEW
        .lines()
        .filter(|line| !line.starts_with("groups ="))
        .fold(String::new(), |text, line| text + line + "\n");
    let parsed = read(parse, &old, Some(PROJECT), &Parts::default()).expect("readable");
    assert_eq!(show(&parsed), "h11=0.14() httptools=0.6() uvicorn=0.30(h11,httptools)");
    let plain = PROJECT.replace("[standard]", "");
    let parsed = read(parse, &old, Some(&plain), &Parts::default()).expect("readable");
    assert_eq!(show(&parsed), "h11=0.14() uvicorn=0.30(h11)");
    let parsed = read(parse, &old, None, &Parts::default()).expect("readable");
    assert_eq!((parsed.distributions.len(), parsed.notes.len()), (5, 1));
}

#[test]
fn broken_lockfiles_are_refused_with_the_reason() {
    for (from, to, message) in [
        ("lock_version = \"4.5.0\"", "lock_version = \"5\"", "the lockfile format `5` is not known"),
        ("lock_version = \"4.5.0\"\n", "", "it has no `lock_version`"),
        ("\"h11\"", "\"h11\\u001b\"", "package 2 has no valid name"),
        ("marker = \"", "marker = \"(", "`colorama` is locked under a condition that is not understood"),
    ] {
        let text = NEW.replacen(from, to, 1);
        assert_ne!(text, NEW, "{from}");
        let error = read(parse, &text, None, &Parts::default()).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
    let mut text = format!("{NEW}\n");
    for patch in 0..=100 {
        let _ = write!(text, "[[package]]\nname = \"six\"\nversion = \"1.{patch}\"\n");
    }
    let error = read(parse, &text, None, &Parts::default()).expect_err("too many");
    assert_eq!(error.to_string(), "`six` is locked more than 100 times");
    let parts = Parts { groups: names(&["tests"]), ..Parts::default() };
    let error = read(parse, NEW, Some(PROJECT), &parts).expect_err("no such group");
    assert_eq!(error.hint().as_deref(), Some("did you mean `test`?"));
    truncate(parse, NEW, Some(PROJECT));
}
