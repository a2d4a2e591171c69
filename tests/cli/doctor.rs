//! `-a doctor`, and `doctor …`.

use insta::assert_snapshot;

use crate::harness::Project;

/// A project with Django, started in an image without its settings.
fn shop() -> Project {
    Project::python(&[
        "django 5.2.1",
        "opentelemetry-distro 0.60b1",
        "opentelemetry-exporter-otlp-proto-grpc 1.39.1",
        "opentelemetry-instrumentation-django 0.60b1",
        "opentelemetry-sdk 1.39.1",
    ])
    .file("manage.py", "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n")
    .file(
        "Dockerfile",
        "FROM python\nENV OTEL_SERVICE_NAME=shop\nCMD [\"opentelemetry-instrument\", \"python\", \"manage.py\", \"runserver\"]\n",
    )
}

#[test]
fn what_is_found_is_told_with_place_and_cure() {
    assert_snapshot!(shop().run("-a doctor"), @"
    exit 1
    --- stdout
    error[python.django.settings]: nothing sets `DJANGO_SETTINGS_MODULE`, which the instrumentation of Django needs before `manage.py` or `wsgi.py` set it: the application starts with empty settings
      at Dockerfile:3
      fix: set `DJANGO_SETTINGS_MODULE=shop.settings` in the environment
    --- stderr
    1 error in 6 distributions in `.venv` and 3 files
    hint: `otel-bootstrap doctor explain python.django.settings` tells more
    hint: a program can fix 1 of these: `-a doctor --fix` shows how
    ");
    assert_snapshot!(shop().run("-a doctor --format github -q"), @"
    exit 1
    --- stdout
    ::error file=Dockerfile,line=3,title=python.django.settings::nothing sets `DJANGO_SETTINGS_MODULE`, which the instrumentation of Django needs before `manage.py` or `wsgi.py` set it: the application starts with empty settings; set `DJANGO_SETTINGS_MODULE=shop.settings` in the environment
    ");
}

#[test]
fn what_is_ignored_is_not_told_and_needs_a_reason() {
    let project = shop().file(
        "pyproject.toml",
        "[project]\nname = \"app\"\n\n[[tool.otel-bootstrap.ignore]]\nid = \"python.django.settings\"\n\
         reason = \"set by the platform\"\n\n[[tool.otel-bootstrap.ignore]]\nid = \"python.gevent.patch\"\nreason = \"x\"\n",
    );
    assert_snapshot!(project.run("-a doctor"), @"
    exit 1
    --- stdout
    warning[doctor.ignore.unused]: `python.gevent.patch` is ignored, and not found
      at pyproject.toml:9
      fix: take the entry out
    --- stderr
    1 warning (1 ignored) in 6 distributions in `.venv` and 3 files
    hint: `otel-bootstrap doctor explain doctor.ignore.unused` tells more
    ");
    assert_snapshot!(shop().run("-a doctor --ignore python.django.settings"), @"
    exit 0
    --- stderr
    nothing found (1 ignored) in 6 distributions in `.venv` and 3 files
    ");
}

#[test]
fn the_status_says_whether_anything_is_as_grave() {
    let project = Project::python(&["opentelemetry-sdk 1.39.1"])
        .file(".env", "OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION=true\n");
    assert!(project.run("-a doctor -q").starts_with("exit 0\n"));
    assert!(project.run("-a doctor -q --fail-on note").starts_with("exit 1\n"));
    assert_snapshot!(Project::shop().run("-a check --fail-on note"), @"
    exit 2
    --- stderr
    error: `--fail-on` goes with `--action doctor` and `operator` only
    ");
}

#[test]
fn without_opentelemetry_nothing_is_said() {
    let project = Project::empty()
        .file("pyproject.toml", "[project]\nname = \"app\"\ndependencies = []\n")
        .file("Procfile", "web: gunicorn -w 4 app:app\n");
    assert_snapshot!(project.run("-a doctor"), @"
    exit 0
    --- stderr
    there is no OpenTelemetry here to look at
    hint: `otel-bootstrap -a requirements --exporter otlp` shows what could be added
    nothing found in 2 files
    ");
}

#[test]
fn what_cannot_be_read_is_counted() {
    let project = shop()
        .file("broken.py", "from opentelemetry import (\n")
        .file("chart.yaml", "a: {{ .Values.a }}\nb: [\n")
        .file("data.py", vec![b'#'; 2 << 20])
        .file("binary.sh", [0xff, 0xfe, 0x00]);
    assert_snapshot!(project.run("-a doctor --ignore python.django.settings"), @"
    exit 0
    --- stderr
    skipped 1 file that is larger than 1 MiB
    skipped 1 file that is not text
    skipped 2 files that are not parsable
    nothing found (1 ignored) in 6 distributions in `.venv` and 5 files
    ");
}

#[test]
fn checks_have_pages() {
    assert_snapshot!(Project::empty().run("doctor explain python.distro.missing"), @"
    exit 0
    --- stdout
    # python.distro.missing (error, all releases)

    `opentelemetry-instrument` is used, and no distro is installed

    ## Why

    `opentelemetry-instrument` patches libraries. SDK and exporters are set up by a distro, and there is none: every span goes to a
    tracer that does nothing. The application runs, the exit status is 0, and nothing is said, not even with
    `OTEL_LOG_LEVEL=debug`.

    ## Fix

    Install `opentelemetry-distro` (or a vendor's) and an exporter. `opentelemetry-bootstrap` never lists either.

    ## Example

    ```console
    $ otel-bootstrap -a install --exporter otlp
    ```

    ## Source

    [opentelemetry-python issue 5180](https://github.com/open-telemetry/opentelemetry-python/issues/5180); tried with 0.66b1: 10
    requests, no span.
    ");
    assert_snapshot!(Project::empty().run("doctor explain python.distro.mising"), @"
    exit 2
    --- stderr
    error: there is no check `python.distro.mising`
    hint: `python.distro.missing` is one
    ");
    let list = Project::empty().run("doctor list");
    assert!(list.contains("python.prefork.metrics") && list.contains("SDK before 1.44.0"));
}

#[test]
fn a_cargo_project_is_looked_at_too() {
    let project = Project::app(
        "opentelemetry = \"0.31\"\ntracing-opentelemetry = \"0.32\"\n",
        &["opentelemetry 0.31.0", "tracing-opentelemetry 0.32.0"],
    );
    assert_snapshot!(project.run("-a doctor"), @"
    exit 1
    --- stdout
    warning[cargo.instrumentation.unwired]: `tracing-opentelemetry` is a dependency of `app`, and no source there mentions `tracing_opentelemetry`
      at Cargo.toml:9
      fix: attach it (`otel-bootstrap registry explain tracing-opentelemetry` shows how), or take it out
    --- stderr
    1 warning in 2 packages and 1 file
    hint: `otel-bootstrap doctor explain cargo.instrumentation.unwired` tells more
    ");
}
