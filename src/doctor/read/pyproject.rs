//! `pyproject.toml`: the scripts of the project, and the commands of task runners.
//!
//! The scripts that a project installs (`[project.scripts]`, Poetry's) name a function: only those of a known server are
//! ways to start one, all others may be tools. Of tasks those are left out that are for development, unless they start
//! something under the instrumentation.
//!
//! Source of the rules: the specification of entry points, and the documentation of Poetry, PDM, Hatch, Rye, Poe the Poet
//! and taskipy.

use super::{Unparsed, of_text, of_words, words::Word};
use crate::{
    doctor::launch::{Launch, Program, Variable, add},
    document::line_at,
    document::{self, Table, Value},
};

/// How many scripts and tasks are looked at.
const MOST_TASKS: usize = 500;

/// The tables with entry points.
const ENTRY_POINTS: [&[&str]; 3] =
    [&["project", "gui-scripts"], &["project", "scripts"], &["tool", "poetry", "scripts"]];

/// The tables with tasks.
const TASKS: [&[&str]; 4] = [
    &["tool", "pdm", "scripts"],
    &["tool", "poe", "tasks"],
    &["tool", "rye", "scripts"],
    &["tool", "taskipy", "tasks"],
];

/// The keys of a task under which its command line stands.
const COMMANDS: [&str; 3] = ["cmd", "shell", "exec"];

/// Parts of the names of tasks that are for development.
const DEVELOPMENT: [&str; 11] =
    ["debug", "dev", "develop", "development", "docs", "format", "lint", "local", "reload", "test", "watch"];

/// What is started by the scripts and the tasks of a project.
pub fn launches(text: &str) -> Result<Vec<Launch>, Unparsed> {
    let document = document::parse(text).map_err(|_| Unparsed)?;
    let mut found = Vec::new();
    for path in ENTRY_POINTS {
        for (name, value) in entries(&document, path) {
            // Poetry knows `{ reference = "module:function" }` too.
            let reference = value.as_str().or_else(|| value.as_table()?.get("reference")?.as_str());
            found.extend(reference.and_then(|reference| entry_point(reference, line_of(text, name))));
        }
    }
    for path in TASKS {
        let shared = document.table(path).and_then(|tasks| tasks.get("_")?.as_table());
        let global = document.table(&path[..path.len() - 1]).filter(|_| path[1] == "poe");
        for (name, value) in entries(&document, path).filter(|(name, _)| *name != "_") {
            let mut environment = Vec::new();
            for of in [global, shared, value.as_table()].into_iter().flatten() {
                add(&mut environment, variables(text, of.get("env")));
            }
            found.extend(task(name, value, line_of(text, name), &environment));
        }
    }
    for (_, value) in entries(&document, &["tool", "hatch", "envs"]) {
        let Some(of) = value.as_table() else { continue };
        let environment: Vec<Variable> = variables(text, of.get("env-vars"));
        let scripts = of.get("scripts").and_then(Value::as_table);
        for (name, value) in scripts.into_iter().flat_map(Table::iter).take(MOST_TASKS) {
            found.extend(task(name, value, line_of(text, name), &environment));
        }
    }
    found.sort_by_key(|launch| launch.line);
    Ok(found)
}

/// The function of an entry point, if a server is started by it.
fn entry_point(reference: &str, line: usize) -> Option<Launch> {
    let module = reference.split(':').next().unwrap_or_default().trim();
    let whole = Program::of(module).or_else(|| Program::of(module.split('.').next()?));
    let words = ["python", "-m", module].map(Word::known).to_vec();
    whole.filter(|program| program.is_server()).map(|_| Launch::new(line, words, Vec::new()))
}

/// The commands of a task.
fn task(name: &str, value: &Value<'_>, line: usize, environment: &[Variable]) -> Vec<Launch> {
    let mut found = Vec::new();
    let named = value.as_table().and_then(|table| COMMANDS.iter().find_map(|key| table.get(key)));
    match named.unwrap_or(value) {
        Value::String(text) => {
            for mut launch in of_text(text, line, None, environment) {
                // A text of several lines may be decoded: where it begins is all that is known.
                launch.line = line;
                found.push(launch);
            }
        }
        // The words of one command, or, of Hatch, a command each.
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let is_words = texts.iter().all(|text| !text.trim().contains(' ')) || named.is_some();
            if is_words {
                let words = texts.into_iter().map(Word::known).collect();
                of_words(line, words, environment, &mut found, 0);
            } else {
                let each = texts.into_iter().flat_map(|text| of_text(text, line, None, environment));
                found.extend(each.map(|launch| Launch { line, ..launch }));
            }
        }
        Value::Boolean(_) | Value::Other(_) | Value::Table(_) => {}
    }
    let is_for_development = name.split(['-', '_', '.', ':']).any(|part| DEVELOPMENT.contains(&part));
    found.retain(|launch| {
        let start = launch.start();
        let reloads = ["--reload", "--debug", "runserver"].iter().any(|switch| start.has(switch));
        start.is_instrumented || !(is_for_development || reloads)
    });
    found
}

/// The variables of a table of them.
fn variables(text: &str, table: Option<&Value<'_>>) -> Vec<Variable> {
    let entries = table.and_then(Value::as_table).into_iter().flat_map(Table::iter);
    let of = |(name, value): (&str, &Value<'_>)| {
        let known = value.as_str().map(str::to_owned).filter(|value| !value.contains(['$', '{']));
        Variable { name: name.to_owned(), value: known, line: line_of(text, name), spot: None }
    };
    entries.filter(|(name, _)| super::words::is_name(name)).map(of).collect()
}

/// What a table by its path holds.
fn entries<'d, 't: 'd>(
    document: &'d Table<'t>,
    path: &[&str],
) -> impl Iterator<Item = (&'d str, &'d Value<'t>)> + use<'d, 't> {
    document.table(path).into_iter().flat_map(Table::iter).take(MOST_TASKS)
}

/// The line that a key stands in: keys borrow from the text, unless they are quoted and hold escapes.
fn line_of(text: &str, key: &str) -> usize {
    let at = key.as_ptr().addr().checked_sub(text.as_ptr().addr()).filter(|at| *at < text.len());
    at.map_or(1, |at| line_at(text, at))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::told, *};

    #[test]
    fn tasks_are_commands_with_their_variables() {
        let text = r#"
            [tool.poe]
            env = { OTEL_SERVICE_NAME = "shop" }
            [tool.poe.tasks]
            serve = "gunicorn -w 4 shop:app"
            "web" = { shell = "A=1 uvicorn a:b && echo x", env = { B = "2", C = "${D}" } }
            steps = ["serve", "web"]
            [tool.pdm.scripts]
            _.env = { E = "5" }
            start = { cmd = ["gunicorn", "-w", "2", "shop:app"] }
            call = { call = "shop.main:run" }
            [tool.taskipy.tasks]
            up = { cmd = "hypercorn a:b", help = "starts it" }
            [tool.rye.scripts]
            go = ["flask", "run"]
            [tool.hatch.envs.prod]
            env-vars = { F = "6" }
            scripts.run = ["echo x y", "granian a:b"]
        "#;
        let launches = launches(text).expect("TOML");
        let launches: Vec<Launch> = launches.into_iter().filter(Launch::matters).collect();
        insta::assert_snapshot!(told(&launches).join("\n"), @"
        5 OTEL_SERVICE_NAME=shop gunicorn -w 4 shop:app
        6 OTEL_SERVICE_NAME=shop B=2 C=? A=1 uvicorn a:b
        10 E=5 gunicorn -w 2 shop:app
        13 hypercorn a:b
        15 flask run
        18 F=6 granian a:b
        ");
    }

    #[test]
    fn tools_and_what_is_for_development_are_no_services() {
        let text = r#"
            [project.scripts]
            shop = "shop.cli:main"
            web = "gunicorn.app.wsgiapp:run"
            [tool.poetry.scripts]
            tool = { reference = "shop.tool:main", type = "console" }
            [tool.poe.tasks]
            dev = "uvicorn a:b"
            serve = "uvicorn --reload a:b"
            serve-dev = "opentelemetry-instrument uvicorn --reload a:b"
            manage = "python manage.py runserver"
        "#;
        let launches = launches(text).expect("TOML");
        assert_eq!(
            told(&launches),
            ["4 python -m gunicorn.app.wsgiapp", "10 opentelemetry-instrument uvicorn --reload a:b"]
        );
        assert!(super::launches("[broken").is_err());
    }
}
