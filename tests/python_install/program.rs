//! The program itself: what it says, and how it ends.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::environment::World;

/// Runs the program in the project, with lines on its stdin; what came of it as one text.
fn run(world: &World, line: &str, lines: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_otel-bootstrap"))
        .args(line.split_whitespace())
        .arg("--python")
        .arg(world.venv())
        .current_dir(world.root())
        .env_clear()
        .env("PATH", world.path("bin"))
        .env("HOME", world.path("home"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a stdin").write_all(lines.as_bytes()).expect("lines");
    let output = child.wait_with_output().expect("an end");
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace(&world.path("").display().to_string(), "[TMP]/");
        // How long uv took, and the reasons in its own words, which change from release to release.
        let is_noise = |line: &&str| {
            [
                "    ",
                "pip==",
                "setuptools==",
                "Using Python",
                "Resolved",
                "Prepared",
                "Installed",
                "Uninstalled",
            ]
            .iter()
            .any(|word| line.starts_with(word))
        };
        text.lines().filter(|line| !is_noise(line)).flat_map(|line| [line, "\n"]).collect::<String>()
    };
    format!("{}{}[{}]", text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

#[test]
fn lines_from_a_pipe_are_installed_once() {
    let Some(world) = World::new() else { return };
    let world = world
        .has(&["flask==1.0", "helper==2.0"])
        .file("pyproject.toml", "[project]\nname = \"app\"\n\n[tool.uv]\n");
    let install = "-a install --requirement -";
    insta::assert_snapshot!(run(&world, "-a install -r - --dry-run", "otel-flask==1.0b0\n"), @"
    uv pip install --python [TMP]/venv/bin/python3 --color never otel-flask==1.0b0 --constraint /dev/stdin <<'END'
    flask==1.0
    helper==2.0
    otel-core==1.0b0
    otel-flask==1.0b0
    END
    finding out what has to be installed
    nothing was changed; without `--dry-run`, this would be: installed 2 distributions into `[TMP]/venv`
    [0]
    ");
    insta::assert_snapshot!(run(&world, install, "otel-flask==1.0b0\notel-flask==1.0b0\n"), @"
    finding out what has to be installed
    running `uv pip install --python [TMP]/venv/bin/python3 --color never otel-flask==1.0b0`
     + otel-core==1.0b0
     + otel-flask==1.0b0
    installed 2 distributions into `[TMP]/venv`

    next steps
    start the program through the loader: `uv run opentelemetry-instrument python app.py`
    `uv sync` takes away what the project does not record: `--save` records it
    [0]
    ");
    insta::assert_snapshot!(run(&world, install, "otel-flask==1.0b0\n"), @"
    nothing to install: all of it is there already
    [0]
    ");
    insta::assert_snapshot!(run(&world, install, ""), @"
    nothing to install: there is no requirement
    [0]
    ");
    assert_eq!(world.installed(), ["flask==1.0", "helper==2.0", "otel-core==1.0b0", "otel-flask==1.0b0"]);
}

#[test]
fn failures_are_told_with_their_reason_and_a_status() {
    let Some(world) = World::new() else { return };
    let world = world.has(&["helper==1.0"]);
    let install = "-a install -r - --installer uv";
    insta::assert_snapshot!(run(&world, install, "otel-flask==1.0b0\n"), @"
    finding out what has to be installed
    error: `otel-flask==1.0b0` cannot be installed beside `helper==1.0`, which is installed already
      Caused by: `uv pip install --python [TMP]/venv/bin/python3 --color never --dry-run` failed (exit status: 1)
    hint: move `helper` to a version that fits, in the project's own files, or leave `otel-flask` out with `--exclude`
    [1]
    ");
    insta::assert_snapshot!(run(&world, install, "--index-url=http://x\notel-flask\n../x\n"), @"
    error: stdin, line 1: the option `--index-url=http://x` is not taken here
    hint: lines are what `-a requirements` prints, like `opentelemetry-distro==0.66b2`
    error: stdin, line 3: `../x` is an address or a path, not a distribution from an index
    hint: lines are what `-a requirements` prints, like `opentelemetry-distro==0.66b2`
    [1]
    ");
    insta::assert_snapshot!(run(&world, "-a install -r - --installer poetry --save", "otel-core==1.0b0\n"), @"
    error: there is no `poetry` on `PATH`, which keeps the dependencies of `[TMP]/project`
    hint: install it, or leave `--save` away to change the environment alone
    [1]
    ");
    assert_eq!(world.installed(), ["helper==1.0"]);
}
