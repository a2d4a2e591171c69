//! `-a operator --payload`: what is refused before anybody installs. What is built is tested with the real uv and pip,
//! in `tests/python_install/payload.rs`.

use insta::assert_snapshot;

use crate::harness::Project;

#[test]
fn options_of_a_payload_belong_to_it() {
    let project = Project::python(&["flask 3.1.0"]);
    assert_snapshot!(project.run("-a check --payload dist"), @"
    exit 2
    --- stderr
    error: `--payload` goes with `--action operator` only
    ");
    assert_snapshot!(project.run("-a operator --payload dist --format json --propagator smoke"), @"
    exit 2
    --- stderr
    error: `--format json` does not go with `--action operator --payload`
    hint: `payload.json` in the folder is for programs
    error: `--propagator` takes `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, `xray`, `ottrace` and `none`
    ");
    assert_snapshot!(project.run("-a operator --payload dist --write --workload x"), @"
    exit 2
    --- stderr
    error: the argument '--payload <DIR>' cannot be used with '--write'

    Usage: otel-bootstrap [OPTIONS] [PATH]
           otel-bootstrap [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(project.run("-a operator --arch arm64"), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --payload <DIR>

    Usage: otel-bootstrap [OPTIONS] [PATH]
           otel-bootstrap [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn nothing_is_begun_that_cannot_be_done() {
    let project = Project::python(&["flask 3.1.0"]);
    // There is no installer on this `PATH`.
    assert_snapshot!(project.run("-a operator --payload dist --installer uv"), @"
    exit 1
    --- stderr
    error: there is no `uv` on `PATH`
    hint: install it, or choose another one with `--installer`
    ");
    assert_snapshot!(project.run("-a operator --payload dist --installer cargo"), @"
    exit 2
    --- stderr
    error: `--installer cargo` has no meaning for a python project
    hint: `--ecosystem` says which kind of project is meant, if this is the wrong one
    ");
    assert_snapshot!(project.run("-a operator --payload dist --python-version 3.2"), @"
    exit 1
    --- stderr
    error: release 0.60b1 of the instrumentations does not run on Python 3.2
    hint: `--instrumentation-version` names an older release, which then counts for all Pythons
    ");
    assert_snapshot!(project.run("-a operator --payload dist --exporter smoke"), @"
    exit 2
    --- stderr
    error: there is no exporter `smoke`
    hint: known: console, otlp, otlp-grpc, otlp-http, prometheus
    ");
    let cargo = Project::shop();
    assert_snapshot!(cargo.run("-a operator --payload dist"), @"
    exit 2
    --- stderr
    error: `--payload` has no meaning for a cargo project
    hint: `--ecosystem` says which kind of project is meant, if this is the wrong one
    ");
}

#[test]
fn the_python_is_that_of_the_image_or_of_python_version() {
    let mut project = Project::python(&["flask 3.1.0"]).file("Dockerfile", "FROM python:3.2-slim\n");
    assert_snapshot!(project.run("-a operator --payload dist --installer uv"), @"
    exit 1
    --- stderr
    `Dockerfile` says Python 3.2; `--python-version` asks for another or several
    error: release 0.60b1 of the instrumentations does not run on Python 3.2
    hint: `--instrumentation-version` names an older release, which then counts for all Pythons
    ");
    assert_snapshot!(project.run("-a operator --payload dist --installer uv --python-version 3.12"), @"
    exit 1
    --- stderr
    error: there is no `uv` on `PATH`
    hint: install it, or choose another one with `--installer`
    ");
    // Images that do not agree tell nothing, as in the pre-flight; the environment does.
    project = project.file("worker/Dockerfile", "FROM python:3.12-slim\n");
    assert_snapshot!(project.run("-a operator --payload dist --installer uv"), @"
    exit 1
    --- stderr
    error: there is no `uv` on `PATH`
    hint: install it, or choose another one with `--installer`
    ");
    let locked = Project::empty()
        .file("requirements.txt", "flask==3.1.0\nopentelemetry-instrumentation==0.60b1\n")
        .file(".python-version", "3.12.4\n");
    assert_snapshot!(locked.run("-a operator --payload dist --installer uv"), @"
    exit 1
    --- stderr
    `.python-version` says Python 3.12; `--python-version` asks for another or several
    error: there is no `uv` on `PATH`
    hint: install it, or choose another one with `--installer`
    ");
    let locked = locked.file("Dockerfile", "FROM python:3.11-alpine\n");
    assert_snapshot!(locked.run("-a operator --payload dist --installer uv"), @"
    exit 1
    --- stderr
    `Dockerfile` says Python 3.11; `--python-version` asks for another or several
    error: there is no `uv` on `PATH`
    hint: install it, or choose another one with `--installer`
    ");
    // Of an environment alone, nothing beside it counts.
    assert_snapshot!(project.run("-a operator --payload dist --installer uv .venv"), @"
    exit 1
    --- stderr
    error: there is no `uv` on `PATH`
    hint: install it, or choose another one with `--installer`
    ");
}
