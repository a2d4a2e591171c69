//! `-a doctor --fix`.

use std::fs;

use insta::assert_snapshot;

use crate::harness::Project;

/// A project with something to fix in every kind of file.
fn shop() -> Project {
    Project::python(&[
        "django 5.2.1",
        "flask 3.0.0",
        "opentelemetry-api 1.39.1",
        "opentelemetry-distro 0.60b1",
        "opentelemetry-exporter-otlp-proto-grpc 1.39.1",
        "opentelemetry-instrumentation-django 0.60b1",
        "opentelemetry-instrumentation-flask 0.60b1",
        "opentelemetry-sdk 1.39.1",
    ])
    .file("shop/wsgi.py", "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings\")\n")
    .file(
        "app.py",
        "\u{feff}from flask import Flask\r\napp = Flask('ä')\r\nif __name__ == '__main__':\r\n    app.run(debug=True)  # ü\r\n",
    )
    .file(".env", "# where to\r\nOTEL_TRACE_EXPORTER=otlp\r\nexport OTEL_EXPORTER_OTLP_ENDPOINT=\"http://c:4318\" # c")
    .file(
        "Dockerfile",
        "FROM python\nENV OTEL_TRACES_SAMPLER=alwayson \\\n    # none of it\n    OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=\"redis, opentelemetry-instrumentation-flask\"\n\
         CMD [\"opentelemetry-instrument\", \"gunicorn\", \"shop.wsgi\"]\n",
    )
}

/// The texts of some files.
fn texts(project: &Project, paths: &[&str]) -> Vec<String> {
    let text = |path: &&str| fs::read_to_string(project.root().join(path)).expect("a file");
    paths.iter().map(text).collect()
}

const FILES: [&str; 4] = ["shop/wsgi.py", "app.py", ".env", "Dockerfile"];

#[test]
fn what_can_be_fixed_is_shown_and_nothing_changes() {
    let project = shop();
    let before = texts(&project, &FILES);
    let run = |line: &str| project.run(line).replace(['\r', '\u{feff}'], "");
    let told = run("-a doctor --fix");
    assert_snapshot!(told, @r#"
    exit 1
    --- stdout
    --- a/.env
    +++ b/.env
    @@ -1,3 +1,3 @@
     # where to
    -OTEL_TRACE_EXPORTER=otlp
    -export OTEL_EXPORTER_OTLP_ENDPOINT="http://c:4318" # c
    \ No newline at end of file
    +OTEL_TRACES_EXPORTER=otlp
    +export OTEL_EXPORTER_OTLP_ENDPOINT="http://c:4317" # c
    \ No newline at end of file
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,5 +1,6 @@
     FROM python
    -ENV OTEL_TRACES_SAMPLER=alwayson \
    +ENV OTEL_TRACES_SAMPLER=always_on \
         # none of it
    -    OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="redis, opentelemetry-instrumentation-flask"
    +    OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="redis, flask"
    +ENV DJANGO_SETTINGS_MODULE=shop.settings
     CMD ["opentelemetry-instrument", "gunicorn", "shop.wsgi"]
    --- a/app.py
    +++ b/app.py
    @@ -1,4 +1,4 @@
     from flask import Flask
     app = Flask('ä')
     if __name__ == '__main__':
    -    app.run(debug=True)  # ü
    +    app.run(debug=True, use_reloader=False)  # ü
    --- stderr
    would fix `python.django.settings` at Dockerfile:5
    would fix `python.variable.unknown` at .env:2
    would fix `python.otlp.port` at .env:3
    would fix `python.disabled.name` at Dockerfile:2
    would fix `python.variable.invalid` at Dockerfile:2
    would fix `python.flask.reloader` at app.py:4
    nothing was changed; `--fix=apply` changes 3 files
    1 error, 5 warnings in 9 distributions in `.venv` and 5 files
    hint: `otel-bootstrap doctor explain python.django.settings` tells more
    "#);
    assert_eq!(texts(&project, &FILES), before);
    assert_eq!(run("-a doctor --fix=apply --dry-run"), told);
    assert!(
        project
            .run("-a doctor")
            .ends_with("hint: a program can fix 6 of these: `-a doctor --fix` shows how\n")
    );
}

#[test]
fn what_is_fixed_is_fixed_once_and_keeps_its_form() {
    let project = shop();
    let told = project.run("-a doctor --fix=apply");
    assert!(told.starts_with("exit 0\n--- stdout\n--- a/.env\n"), "{told}");
    let (_, told) = told.split_once("--- stderr\n").expect("a summary");
    assert_snapshot!(told, @"
    fixed `python.django.settings` at Dockerfile:5
    fixed `python.variable.unknown` at .env:2
    fixed `python.otlp.port` at .env:3
    fixed `python.disabled.name` at Dockerfile:2
    fixed `python.variable.invalid` at Dockerfile:2
    fixed `python.flask.reloader` at app.py:4
    changed 3 files
    nothing found in 9 distributions in `.venv` and 5 files
    ");
    let after = texts(&project, &FILES);
    let changed: Vec<String> = after[1..].iter().map(|text| text.escape_debug().to_string()).collect();
    assert_snapshot!(changed.join("\n"), @r#"
    \u{feff}from flask import Flask\r\napp = Flask(\'ä\')\r\nif __name__ == \'__main__\':\r\n    app.run(debug=True, use_reloader=False)  # ü\r\n
    # where to\r\nOTEL_TRACES_EXPORTER=otlp\r\nexport OTEL_EXPORTER_OTLP_ENDPOINT=\"http://c:4317\" # c
    FROM python\nENV OTEL_TRACES_SAMPLER=always_on \\\n    # none of it\n    OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=\"redis, flask\"\nENV DJANGO_SETTINGS_MODULE=shop.settings\nCMD [\"opentelemetry-instrument\", \"gunicorn\", \"shop.wsgi\"]\n
    "#);
    assert_snapshot!(project.run("-a doctor --fix=apply"), @"
    exit 0
    --- stderr
    nothing found in 9 distributions in `.venv` and 5 files
    ");
    assert_eq!(texts(&project, &FILES), after);
}

#[test]
fn what_is_ignored_or_a_template_is_left_alone() {
    let project = shop()
        .file(".env", "{% if x %}\nOTEL_TRACE_EXPORTER=otlp\n{% endif %}\n")
        .file("chart/pod.yaml", "kind: Pod\nspec:\n  containers:\n  - command: [opentelemetry-instrument, gunicorn, x]\n    env:\n    - name: OTEL_TRACE_EXPORTER\n      value: \"{{ .Values.exporter }}\"\n");
    let paths = [&FILES[..], &["chart/pod.yaml"]].concat();
    let before = texts(&project, &paths);
    let ignored = "python.django.settings,python.flask.reloader,python.variable.invalid,python.disabled.name";
    let line = format!("-a doctor --fix=apply --ignore {ignored}");
    assert_snapshot!(project.run(&line), @"
    exit 1
    --- stderr
    nothing to fix: no finding can be fixed by a program
    2 warnings (4 ignored) in 9 distributions in `.venv` and 6 files
    hint: `otel-bootstrap doctor explain python.variable.unknown` tells more
    ");
    assert_eq!(texts(&project, &paths), before);
}

#[test]
fn what_would_come_of_a_fix_is_put_back() {
    let installed = [
        "opentelemetry-distro 0.60b1",
        "opentelemetry-exporter-otlp-proto-grpc 1.39.1",
        "opentelemetry-sdk 1.39.1",
    ];
    let project = Project::python(&installed)
        .file("Procfile", "web: opentelemetry-instrument gunicorn app\n")
        .file(".env", "OTEL_EXPORTER_OTLP_ENDPIONT=http://c:4318\n");
    let before = texts(&project, &[".env"]);
    assert_snapshot!(project.run("-a doctor --fix=apply"), @"
    exit 1
    --- stderr
    error: the changes did not do what they should; all files are as they were
          `python.otlp.port` would be found in `.env`
    hint: `--ignore ID` leaves the fixes of a check out
    ");
    assert_eq!(texts(&project, &[".env"]), before);
    let names: Vec<_> =
        fs::read_dir(project.root()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert_eq!(names.len(), 4, "something was left behind: {names:?}");
}

#[test]
fn fixes_that_uncover_nothing_are_made_beside_one_that_does() {
    let project = shop()
        .file(".env", "OTEL_EXPORTER_OTLP_ENDPIONT=http://c:4318\n")
        .file("web/.env", "OTEL_TRACE_EXPORTER=otlp\n");
    assert_snapshot!(project.run("-a doctor --fix=apply"), @r#"
    exit 1
    --- stdout
    --- a/Dockerfile
    +++ b/Dockerfile
    @@ -1,5 +1,6 @@
     FROM python
    -ENV OTEL_TRACES_SAMPLER=alwayson \
    +ENV OTEL_TRACES_SAMPLER=always_on \
         # none of it
    -    OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="redis, opentelemetry-instrumentation-flask"
    +    OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="redis, flask"
    +ENV DJANGO_SETTINGS_MODULE=shop.settings
     CMD ["opentelemetry-instrument", "gunicorn", "shop.wsgi"]
    --- a/app.py
    +++ b/app.py
    @@ -1,4 +1,4 @@
     ﻿from flask import Flask
     app = Flask('ä')
     if __name__ == '__main__':
    -    app.run(debug=True)  # ü
    +    app.run(debug=True, use_reloader=False)  # ü
    --- a/web/.env
    +++ b/web/.env
    @@ -1 +1 @@
    -OTEL_TRACE_EXPORTER=otlp
    +OTEL_TRACES_EXPORTER=otlp
    --- stderr
    warning: `python.variable.unknown` at .env:1 was not fixed: then `python.otlp.port` would be found in `.env`
    fixed `python.django.settings` at Dockerfile:5
    fixed `python.disabled.name` at Dockerfile:2
    fixed `python.variable.invalid` at Dockerfile:2
    fixed `python.flask.reloader` at app.py:4
    fixed `python.variable.unknown` at web/.env:1
    changed 3 files
    1 warning in 9 distributions in `.venv` and 6 files
    hint: `otel-bootstrap doctor explain python.variable.unknown` tells more
    "#);
    assert_eq!(texts(&project, &[".env"]), ["OTEL_EXPORTER_OTLP_ENDPIONT=http://c:4318\n"]);
    assert_eq!(texts(&project, &["web/.env"]), ["OTEL_TRACES_EXPORTER=otlp\n"]);
}

#[cfg(unix)]
#[test]
fn files_that_may_not_be_written_and_links_are_respected() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let project = shop();
    let before = texts(&project, &FILES);
    let path = project.root().join("Dockerfile");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("a mode");
    assert_snapshot!(project.run("-a doctor --fix=apply"), @"
    exit 1
    --- stderr
    error: `[TMP]/project/Dockerfile` is read-only
    hint: make it writable: `chmod u+w [TMP]/project/Dockerfile`
    ");
    assert_eq!(texts(&project, &FILES), before);

    // What is linked to belongs to somebody else, and is not even looked at.
    let project =
        Project::python(&["opentelemetry-sdk 1.39.1"]).file("elsewhere", "OTEL_TRACE_EXPORTER=otlp\n");
    symlink("elsewhere", project.root().join(".env")).expect("a link");
    assert_snapshot!(project.run("-a doctor --fix=apply"), @"
    exit 0
    --- stderr
    nothing found in 2 distributions in `.venv` and 1 file
    ");
}

/// A program whose exporter lacks TLS, in a manifest with comments.
fn app() -> Project {
    Project::app(
        "opentelemetry = \"0.31\"\nopentelemetry-otlp = { version = \"0.31\", default-features = false, features = [\n    \"grpc-tonic\", # gRPC\n] }\n",
        &["opentelemetry 0.31.0", "opentelemetry-otlp 0.31.0"],
    )
    .file(".env", "OTEL_EXPORTER_OTLP_ENDPOINT=https://otlp.example.com\n")
}

#[test]
fn features_are_switched_on_in_manifests() {
    let project = app();
    let before = texts(&project, &["Cargo.toml", "Cargo.lock"]);
    assert_snapshot!(project.run("-a doctor --fix"), @r#"
    exit 1
    --- stdout
    --- a/Cargo.toml
    +++ b/Cargo.toml
    @@ -8,4 +8,5 @@
     opentelemetry = "0.31"
     opentelemetry-otlp = { version = "0.31", default-features = false, features = [
         "grpc-tonic", # gRPC
    +    "tls-roots",
     ] }
    --- stderr
    would fix `cargo.exporter.tls` at Cargo.toml:9
    nothing was changed; `--fix=apply` changes 1 file
    1 error in 2 packages and 2 files
    hint: `otel-bootstrap doctor explain cargo.exporter.tls` tells more
    "#);
    assert_eq!(texts(&project, &["Cargo.toml", "Cargo.lock"]), before);
    // Without cargo the lockfile cannot follow.
    assert_snapshot!(project.run("-a doctor --fix=apply"), @"
    exit 1
    --- stderr
    error: failed to start `cargo`
      Caused by: No such file or directory (os error 2)
    hint: the lockfile is brought up to date by cargo: install it, or name it in `CARGO`
    ");
    assert_eq!(texts(&project, &["Cargo.toml", "Cargo.lock"]), before);
}

#[cfg(unix)]
#[test]
fn the_lockfile_follows_the_manifest() {
    // A cargo that finds nothing to change in the lockfile.
    let project = app();
    let apply = || {
        let mut command = project.command("-a doctor --fix=apply");
        project.told(&command.env("CARGO", "/bin/true").output().expect("the program starts"))
    };
    assert_snapshot!(apply(), @r#"
    exit 0
    --- stdout
    --- a/Cargo.toml
    +++ b/Cargo.toml
    @@ -8,4 +8,5 @@
     opentelemetry = "0.31"
     opentelemetry-otlp = { version = "0.31", default-features = false, features = [
         "grpc-tonic", # gRPC
    +    "tls-roots",
     ] }
    --- stderr
    fixed `cargo.exporter.tls` at Cargo.toml:9
    changed 1 file
    nothing found in 2 packages and 2 files
    "#);
    assert_snapshot!(apply(), @"
    exit 0
    --- stderr
    nothing found in 2 packages and 2 files
    ");
}

#[test]
fn a_fix_is_a_diff_of_the_doctor() {
    assert_snapshot!(app().run("-a check --fix"), @"
    exit 2
    --- stderr
    error: `--fix` goes with `--action doctor` only
    ");
    assert_snapshot!(app().run("-a doctor --fix --format json"), @"
    exit 2
    --- stderr
    error: `--format json` does not go with `--action doctor --fix`
    hint: `json` and `sarif` hold the fixes without `--fix`
    ");
}
