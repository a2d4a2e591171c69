//! Environments made by the real tools: `.ci/python-environments`.

use std::{env, fs, path::Path};

use otel_bootstrap::settings::Env;

use crate::compare::compare;

/// Names the file with the environments: in each line what the program is given, a tabulator, the interpreter that
/// is asked, and, each behind a tabulator, variables (`NAME=VALUE`). It lies in the folder of the environments.
const LIST: &str = "PYTHON_ENVIRONMENTS";

/// Names the file that the rows of the table are written to.
const RESULTS: &str = "PYTHON_ENVIRONMENTS_RESULTS";

#[test]
#[ignore = "needs environments: `.ci/python-environments`"]
#[allow(clippy::print_stderr, reason = "what was compared is the result")]
fn environments_made_by_real_tools_are_read_as_python_reads_them() {
    let list = env::var(LIST).expect("`PYTHON_ENVIRONMENTS`");
    let place = Path::new(&list).parent().expect("a folder");
    let place = format!("{}/", place.display());
    let (mut rows, mut distributions) = (Vec::new(), 0);
    let mut differences = Vec::new();
    for line in fs::read_to_string(&list).expect("a list").lines() {
        let mut fields = line.split('\t');
        let (Some(path), Some(interpreter)) = (fields.next(), fields.next()) else { panic!("{line}") };
        let mut env = Env { folder: "/".into(), ..Env::default() };
        // pyenv finds its versions by them.
        for name in ["HOME", "PATH"] {
            env.variables.extend(env::var_os(name).map(|value| (name.into(), value)));
        }
        let variables: Vec<&str> = fields.collect();
        for (name, value) in variables.iter().filter_map(|field| field.split_once('=')) {
            env.variables.insert(name.into(), value.into());
        }
        match compare(Path::new(path), Path::new(interpreter), &env) {
            Ok((python, compared)) => {
                eprintln!("{compared:4} {line}");
                // What lies elsewhere is an interpreter of this machine.
                let given =
                    path.strip_prefix(&place).map_or_else(|| "the interpreter itself".to_owned(), code);
                let variables: Vec<String> =
                    variables.iter().map(|variable| code(&variable.replace(&place, ""))).collect();
                rows.push(format!("| {given} | {} | {python} | {compared} |\n", variables.join(" ")));
                distributions += compared;
            }
            Err(difference) => differences.push(difference),
        }
    }
    let total = format!("{distributions} distributions in {} environments.\n", rows.len());
    eprint!("{total}");
    if let Some(file) = env::var_os(RESULTS) {
        fs::write(file, format!("{}\n{total}", rows.concat())).expect("the table is written");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    assert!(!rows.is_empty(), "nothing was compared");
}

/// Text as Markdown shows code.
fn code(text: &str) -> String {
    format!("`{text}`")
}
