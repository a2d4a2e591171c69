//! What a process is, for people and for programs.

use serde::Serialize;

use crate::{
    doctor::process::{Libc, Portrait, Python, Relative, Way},
    render::grid::Grid,
    terminal::{listed, plural},
};

/// What a process is, for people.
#[must_use]
pub fn portrait(portrait: &Portrait, width: Option<usize>) -> String {
    let mut grid = Grid::new(&["PROCESS", "WHAT IT IS"]);
    for (name, what) in rows(portrait) {
        grid.row(&[name.to_owned(), what]);
    }
    grid.render(width)
}

fn rows(portrait: &Portrait) -> Vec<(&'static str, String)> {
    let mut rows = vec![("number", number(portrait))];
    rows.extend(portrait.program.as_ref().map(|program| ("runs", format!("`{program}`"))));
    let exe = portrait.exe.as_deref().unwrap_or("nobody may know");
    let replaced = if portrait.is_replaced { ", which is there no more: it was replaced since" } else { "" };
    match &portrait.python {
        Some(python) => rows.extend(of_python(python, replaced)),
        None => rows.push(("program", format!("`{exe}`{replaced}, no interpreter of Python"))),
    }
    let libc = match portrait.libc {
        Libc::Static => "none: everything is in the program".to_owned(),
        libc => libc.word().to_owned(),
    };
    rows.push(("libc", libc));
    rows.extend(portrait.parent.as_ref().map(|parent| ("parent", parent_of(portrait, parent))));
    let others: Vec<&Relative> = portrait.children.iter().filter(|child| !child.is_fork).collect();
    let mut children = Vec::new();
    if portrait.workers() > 0 {
        children.push(format!("{} it forked", plural(portrait.workers(), "process that", "processes that")));
    }
    if !others.is_empty() {
        let first = others.iter().take(5).map(|child| format!("`{}` ({})", child.name, child.pid));
        let more = others.len().saturating_sub(5);
        children.push(listed(first.chain((more > 0).then(|| format!("{more} more")))));
    }
    if !children.is_empty() {
        rows.push(("children", children.join(", ")));
    }
    let set = portrait.variables.as_ref().map(|variables| {
        let told = variables.iter().map(|(name, value)| match value {
            Some(value) => format!("`{name}={value}`"),
            None => format!("`{name}`"),
        });
        listed(told)
    });
    rows.extend(set.filter(|text| !text.is_empty()).map(|text| ("variables", text)));
    rows
}

fn number(portrait: &Portrait) -> String {
    let inner = portrait.inner_pid.map(|inner| format!(", {inner} in its container")).unwrap_or_default();
    let apart = if portrait.is_contained && inner.is_empty() { ", with a root of its own" } else { "" };
    format!("{}{inner}{apart}", portrait.pid)
}

fn of_python(python: &Python, replaced: &str) -> Vec<(&'static str, String)> {
    let Python { version, library, file, prefix, distributions, way, loaded } = python;
    let version = version.as_ref().map_or_else(|| library.clone(), |version| format!("Python {version}"));
    let mut rows = vec![("interpreter", format!("{version}, `{file}`{replaced}"))];
    let counted = distributions.map(|count| plural(count, "distribution", "distributions"));
    match (prefix, counted) {
        (Some(prefix), Some(counted)) => rows.push(("environment", format!("{counted} in `{prefix}`"))),
        _ => rows.push(("environment", "cannot be read".to_owned())),
    }
    rows.push(("started", way.words().to_owned()));
    if !loaded.is_empty() {
        rows.push(("loaded", listed(loaded.iter().map(|name| format!("`{name}`")))));
    }
    rows
}

fn parent_of(portrait: &Portrait, parent: &Relative) -> String {
    let how = if portrait.siblings > 0 {
        format!(", which forked {}", plural(portrait.siblings, "such process", "such processes"))
    } else if portrait.is_spawned {
        ", which spawned it".to_owned()
    } else {
        String::new()
    };
    format!("`{}` ({}){how}", parent.name, parent.pid)
}

/// A process, for programs.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    /// Its number.
    pid: u32,
    /// The number that it has in its own container, if that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    inner_pid: Option<u32>,
    /// The file of its program, as it is called within its root.
    exe: Option<&'a str>,
    /// Whether that file is no longer there.
    replaced: bool,
    /// Whether it sees other file systems than this program.
    contained: bool,
    /// The program that it runs, if it is one that is known.
    program: Option<&'a str>,
    /// `glibc`, `musl` or `static`.
    libc: Libc,
    /// Its interpreter of Python.
    python: Option<Interpreter<'a>>,
    /// Who started it.
    parent: Option<Other<'a>>,
    /// What it started.
    children: Vec<Other<'a>>,
    /// The variables of OpenTelemetry that are set; `null` if they are overwritten.
    variables: Option<Vec<Variable<'a>>>,
}

/// An interpreter of Python in a process.
#[derive(Serialize)]
struct Interpreter<'a> {
    /// Its version, as far as it is known.
    version: Option<&'a str>,
    /// Its file.
    file: &'a str,
    /// The prefix of the environment that it runs in.
    prefix: Option<&'a str>,
    /// How many distributions are there.
    distributions: Option<usize>,
    /// `instrument`, `operator`, `gone`, `plain` or `unknown`.
    started: Way,
    /// The distributions of which extensions are loaded.
    loaded: &'a [&'static str],
}

/// Another process.
#[derive(Serialize)]
struct Other<'a> {
    /// Its number.
    pid: u32,
    /// The name of its program.
    name: &'a str,
    /// Whether one was forked from the other.
    fork: bool,
}

/// A variable.
#[derive(Serialize)]
struct Variable<'a> {
    /// Its name.
    name: &'a str,
    /// Its value, where that may be shown.
    value: Option<&'a str>,
}

pub(super) fn shown(portrait: &Portrait) -> Shown<'_> {
    Shown {
        pid: portrait.pid,
        inner_pid: portrait.inner_pid,
        exe: portrait.exe.as_deref(),
        replaced: portrait.is_replaced,
        contained: portrait.is_contained,
        program: portrait.program.as_deref(),
        libc: portrait.libc,
        python: portrait.python.as_ref().map(interpreter),
        parent: portrait.parent.as_ref().map(other),
        children: portrait.children.iter().map(other).collect(),
        variables: portrait
            .variables
            .as_ref()
            .map(|all| all.iter().map(|(name, value)| Variable { name, value: value.as_deref() }).collect()),
    }
}

fn other(relative: &Relative) -> Other<'_> {
    Other { pid: relative.pid, name: &relative.name, fork: relative.is_fork }
}

fn interpreter(python: &Python) -> Interpreter<'_> {
    Interpreter {
        version: python.version.as_deref(),
        file: &python.file,
        prefix: python.prefix.as_deref(),
        distributions: python.distributions,
        started: python.way,
        loaded: &python.loaded,
    }
}
