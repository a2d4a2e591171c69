//! Environments made by the real tools: `.ci/python-environments`.

use std::{env, fs, path::Path};

use otel_bootstrap::settings::Env;

use crate::compare::compare;

/// Names the file with the environments: in each line what the program is given, a tabulator, the interpreter that
/// is asked, and, each behind a tabulator, variables (`NAME=VALUE`).
const LIST: &str = "PYTHON_ENVIRONMENTS";

#[test]
#[ignore = "needs environments: `.ci/python-environments`"]
#[allow(clippy::print_stderr, reason = "what was compared is the result")]
fn environments_made_by_real_tools_are_read_as_python_reads_them() {
    let list = env::var(LIST).expect("`PYTHON_ENVIRONMENTS`");
    let (mut environments, mut distributions) = (0, 0);
    let mut differences = Vec::new();
    for line in fs::read_to_string(list).expect("a list").lines() {
        let mut fields = line.split('\t');
        let (Some(path), Some(interpreter)) = (fields.next(), fields.next()) else { panic!("{line}") };
        let mut env = Env { folder: "/".into(), ..Env::default() };
        // pyenv finds its versions by them.
        for name in ["HOME", "PATH"] {
            env.variables.extend(env::var_os(name).map(|value| (name.into(), value)));
        }
        for (name, value) in fields.filter_map(|field| field.split_once('=')) {
            env.variables.insert(name.into(), value.into());
        }
        match compare(Path::new(path), Path::new(interpreter), &env) {
            Ok(compared) => {
                eprintln!("{compared:4} {line}");
                environments += 1;
                distributions += compared;
            }
            Err(difference) => differences.push(difference),
        }
    }
    eprintln!("{distributions} distributions in {environments} environments");
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    assert!(environments > 0, "nothing was compared");
}
