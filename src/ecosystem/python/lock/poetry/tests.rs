//! Tests of the reader of `poetry.lock`.

use std::fmt::Write as _;

use super::{
    super::{
        Parts,
        testing::{direct, names, read, show, truncate},
    },
    parse,
};

/// As poetry 2.1 writes it.
const NEW: &str = r#"
[[package]]
name = "Flask"
version = "3.0"
optional = false
python-versions = ">=3.8"
groups = ["main", "dev"]
files = [
    {file = "x", hash = "y"},
]

[package.dependencies]
click = {version = ">=8", markers = "python_version >= \"3.8\""}
asgiref = {version = ">=3.2", optional = true, markers = "extra == \"async\""}
gone = "*"

[package.extras]
async = ["asgiref (>=3.2)"]

[[package]]
name = "click"
version = "8.1"
python-versions = ">=3.7"
groups = ["main", "dev"]
markers = {main = "sys_platform == \"win32\"", dev = "os_name == \"posix\""}

[[package]]
name = "colorama"
version = "0.4"
python-versions = "!=3.0.*,>=2.7"
groups = ["main"]
markers = "sys_platform == \"win32\""

[[package]]
name = "psycopg"
version = "3.1"
optional = true
python-versions = ">=3.7"
groups = ["main"]
markers = "extra == \"pg\""

[[package]]
name = "pytest"
version = "8.0"
python-versions = ">=3.8"
groups = ["dev"]

[extras]
pg = ["psycopg"]

[metadata]
lock-version = "2.1"
python-versions = ">=3.10,<4.0"
content-hash = "x"
"#;

/// As poetry wrote it before: no groups.
const OLD: &str = r#"
[[package]]
name = "a"
version = "1.0"
category = "main"
optional = false
python-versions = "*"

[package.dependencies]
b = [
    {version = "<2", markers = "python_version < \"3.11\""},
    {version = ">=2", markers = "python_version >= \"3.11\""},
]
c = {version = "*", optional = true}

[package.extras]
more = ["c (>=1)"]

[[package]]
name = "b"
version = "1.5"
category = "main"
optional = false
python-versions = "<3.11"

[[package]]
name = "b"
version = "2.5"
category = "main"
optional = false
python-versions = ">=3.8"

[[package]]
name = "c"
version = "1.0"
category = "main"
optional = false
python-versions = "*"

[[package]]
name = "d"
version = "1.0"
category = "dev"
optional = false
python-versions = "*"

[[package]]
name = "e"
version = "1.0"
category = "main"
optional = true
python-versions = "*"

[extras]
pg = ["e"]

[metadata]
lock-version = "1.1"
python-versions = "^3.8"
content-hash = "x"

[metadata.files]
a = [
    {file = "x", hash = "y"},
]
"#;

/// The `pyproject.toml` to both.
const PROJECT: &str = r#"
[tool.poetry.dependencies]
python = "^3.8"
a = {version = "^1.0", extras = ["more"]}
Flask = {version = "*", python = ">=3.8,<4", platform = "linux"}
b = {version = "<2", python = "<3.11"}
e = {version = "*", optional = true}

[tool.poetry.extras]
pg = ["e"]

[tool.poetry.group.dev.dependencies]
d = "*"
"#;

#[test]
fn groups_and_conditions_of_the_lockfile_count() {
    let parsed = read(parse, NEW, None, &Parts::default()).expect("readable");
    assert_eq!((show(&parsed).as_str(), parsed.direct), ("flask=3.0()", None));
    let parts = Parts { extras: names(&["pg"]), ..Parts::default() };
    assert_eq!(show(&read(parse, NEW, None, &parts).expect("readable")), "flask=3.0() psycopg=3.1()");
    let parts = Parts { groups: names(&["dev"]), ..Parts::default() };
    let parsed = read(parse, NEW, Some("[tool.poetry.group.dev.dependencies]\npytest = '*'"), &parts);
    let parsed = parsed.expect("readable");
    assert_eq!(show(&parsed), "click=8.1() flask=3.0(click) pytest=8.0()");
    assert_eq!(direct(&parsed), "pytest");
}

#[test]
fn without_groups_the_project_tells_where_to_start() {
    let parsed = read(parse, OLD, Some(PROJECT), &Parts::default()).expect("readable");
    assert_eq!((show(&parsed).as_str(), &*direct(&parsed)), ("a=1.0(b,c) b=2.5() c=1.0()", "a"));
    let parts = Parts { extras: names(&["pg"]), groups: names(&["dev"]), ..Parts::default() };
    let parsed = read(parse, OLD, Some(PROJECT), &parts).expect("readable");
    assert_eq!(show(&parsed), "a=1.0(b,c) b=2.5() c=1.0() d=1.0() e=1.0()");
    let standard = "[project]\ndependencies = ['A (>=1) ; os_name == \"posix\"']\n\
                    [dependency-groups]\ntest = ['d']\nall = [{ include-group = 'test' }, { include-group = 'all' }]";
    let parts = Parts { groups: names(&["all"]), ..Parts::default() };
    let parsed = read(parse, OLD, Some(standard), &parts).expect("readable");
    assert_eq!((show(&parsed).as_str(), &*direct(&parsed)), ("a=1.0(b) b=2.5() d=1.0()", "a d"));
}

#[test]
fn without_groups_and_project_the_category_tells() {
    let parsed = read(parse, OLD, None, &Parts::default()).expect("readable");
    assert_eq!(show(&parsed), "a=1.0(b) b=1.5() c=1.0()");
    assert_eq!(
        parsed.notes,
        ["does not tell what is for development, and there is no `pyproject.toml` beside it"]
    );
}

#[test]
fn extras_that_want_each_other_without_end_are_refused() {
    let mut wants = String::new();
    for extra in 0..1000 {
        let next = extra + 1;
        let _ =
            writeln!(wants, "{{ version = '*', extras = ['e{next}'], markers = \"extra == 'e{extra}'\" }},");
    }
    let text = format!(
        "[[package]]\nname = 'six'\nversion = '1'\noptional = false\ngroups = ['main']\n\
         [package.dependencies]\nsix = [\n{wants}]\n\n\
         [[package]]\nname = 'own'\nversion = '1'\noptional = false\ngroups = ['main']\n\
         [package.dependencies]\nsix = {{ version = '*', extras = ['e0'] }}\n\n\
         [metadata]\nlock-version = '2.1'\npython-versions = '*'\ncontent-hash = 'x'\n"
    );
    let error = read(parse, &text, None, &Parts::default()).expect_err("a tangle");
    assert_eq!(error.to_string(), "`six` and its extras are needed in too many ways");
}

#[test]
fn broken_lockfiles_are_refused_with_the_reason() {
    for (from, to, message) in [
        ("lock-version = \"2.1\"", "lock-version = \"3.0\"", "the lockfile format `3.0` is not known"),
        ("[metadata]", "[meta]", "it has no `metadata`"),
        ("name = \"Flask\"", "", "package 1 has no valid name"),
        ("\"Flask\"", "\"-r\\n\"", "package 1 has no valid name"),
        (
            "\"sys_platform == \\\"win32\\\"\"",
            "\"nonsense\"",
            "`click` is locked under a condition that is not understood",
        ),
    ] {
        let text = NEW.replacen(from, to, 1);
        assert_ne!(text, NEW, "{from}");
        let error = read(parse, &text, None, &Parts::default()).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
    let parts = Parts { extras: names(&["pq"]), ..Parts::default() };
    let error = read(parse, NEW, None, &parts).expect_err("no such extra");
    assert_eq!(error.hint().as_deref(), Some("it has `pg`"));
    truncate(parse, NEW, None);
    truncate(parse, OLD, Some(PROJECT));
}
