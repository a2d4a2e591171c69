//! Python environments: what is found, printed and said.

use insta::assert_snapshot;

use crate::harness::Project;

/// Something of everything.
fn shop() -> Project {
    Project::python(&[
        "Flask 3.0.0",
        "click 7.1.2",
        "psycopg2-binary 2.9.9",
        "pydantic 2.5.0",
        "requests 2.31.0",
    ])
}

#[test]
fn an_environment_of_the_project_is_found_and_said() {
    assert_snapshot!(shop().run("-q"), @"
    exit 0
    --- stdout
    opentelemetry-instrumentation-asyncio==0.60b1
    opentelemetry-instrumentation-dbapi==0.60b1
    opentelemetry-instrumentation-logging==0.60b1
    opentelemetry-instrumentation-sqlite3==0.60b1
    opentelemetry-instrumentation-threading==0.60b1
    opentelemetry-instrumentation-urllib==0.60b1
    opentelemetry-instrumentation-wsgi==0.60b1
    opentelemetry-instrumentation-flask==0.60b1
    opentelemetry-instrumentation-psycopg2==0.60b1
    opentelemetry-instrumentation-requests==0.60b1
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    ");
    assert_snapshot!(shop().run("-v --exclude dbapi,wsgi"), @"
    exit 0
    --- stdout
    opentelemetry-instrumentation-asyncio==0.60b1
    opentelemetry-instrumentation-logging==0.60b1
    opentelemetry-instrumentation-sqlite3==0.60b1
    opentelemetry-instrumentation-threading==0.60b1
    opentelemetry-instrumentation-urllib==0.60b1
    opentelemetry-instrumentation-flask==0.60b1
    opentelemetry-instrumentation-psycopg2==0.60b1
    opentelemetry-instrumentation-requests==0.60b1
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    release set 0.60b1: `opentelemetry-instrumentation` 0.60b1 is there
    skipped `click` 7.1.2: out of range: instrumentation supports `>=8.1.3,<9.0.0`
    skipped `dbapi` 3.11.4: excluded by `--exclude`
    skipped `pydantic` 2.5.0: needs `tortoise-orm`
    skipped `wsgi` 3.11.4: excluded by `--exclude`
    8 instrumentations for 6 distributions in `.venv` (4 skipped)
    ");
}

#[test]
fn the_same_environment_has_many_names() {
    let shop = shop();
    let expected = shop.run("-q");
    for line in [
        "-q .",
        "-q .venv",
        "-q .venv/lib/python3.11/site-packages",
        "-q pyproject.toml",
        "-q --python .venv",
        "-q --ecosystem python",
    ] {
        assert_eq!(shop.run(line), expected, "{line}");
    }
    let activated = Project::empty();
    let environment = shop.root().join(".venv");
    let output = activated.command("-q").env("VIRTUAL_ENV", environment).output().expect("it starts");
    assert_eq!(activated.told(&output), expected);
}

#[test]
fn the_other_tool_is_imitated_to_the_byte() {
    assert_snapshot!(shop().run("--compat"), @"
    exit 0
    --- stdout
    opentelemetry-instrumentation-asyncio==0.60b1
    opentelemetry-instrumentation-dbapi==0.60b1
    opentelemetry-instrumentation-logging==0.60b1
    opentelemetry-instrumentation-sqlite3==0.60b1
    opentelemetry-instrumentation-threading==0.60b1
    opentelemetry-instrumentation-urllib==0.60b1
    opentelemetry-instrumentation-wsgi==0.60b1
    opentelemetry-instrumentation-click==0.60b1
    opentelemetry-instrumentation-flask==0.60b1
    opentelemetry-instrumentation-psycopg2==0.60b1
    opentelemetry-instrumentation-requests==0.60b1
    opentelemetry-instrumentation-tortoiseorm==0.60b1
    ");
}

#[test]
fn an_exporter_can_be_asked_for() {
    assert_snapshot!(shop().run("--only flask --exporter otlp"), @"
    exit 0
    --- stdout
    opentelemetry-instrumentation-flask==0.60b1
    opentelemetry-distro==0.60b1
    opentelemetry-exporter-otlp==1.39.1
    --- stderr
    1 instrumentation and 2 further distributions for 6 distributions in `.venv` (11 skipped, see `-v`)
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "whole documents")]
fn everything_is_shown_to_people_and_programs() {
    assert_snapshot!(shop().run("--format table --only flask,click,psycopg2,pydantic"), @"
    exit 0
    --- stdout
    LIBRARY          VERSION  INSTRUMENTATION                                VERDICT
    asyncio          3.11.4   -                                              excluded by `--only`
    click            7.1.2    -                                              out of range: instrumentation supports `>=8.1.3,<9.0.0`
    dbapi            3.11.4   -                                              excluded by `--only`
    flask            3.0.0    opentelemetry-instrumentation-flask 0.60b1     to be added
    logging          3.11.4   -                                              excluded by `--only`
    psycopg2-binary  2.9.9    opentelemetry-instrumentation-psycopg2 0.60b1  to be added
    pydantic         2.5.0    -                                              needs `tortoise-orm`
    requests         2.31.0   -                                              excluded by `--only`
    sqlite3          3.11.4   -                                              excluded by `--only`
    threading        3.11.4   -                                              excluded by `--only`
    urllib           3.11.4   -                                              excluded by `--only`
    wsgi             3.11.4   -                                              excluded by `--only`

    TO ADD                                  VERSION  FEATURES  BECAUSE OF
    opentelemetry-instrumentation-flask     =0.60b1            flask 3.0.0
    opentelemetry-instrumentation-psycopg2  =0.60b1            psycopg2-binary 2.9.9
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    2 instrumentations for 6 distributions in `.venv` (10 skipped)
    ");
    assert_snapshot!(Project::python(&["flask 3.0.0"]).run("--format json --only flask"), @r#"
    exit 0
    --- stdout
    {
      "schema": 1,
      "ecosystem": "python",
      "source": ".venv",
      "packages": 2,
      "members": [],
      "set": {
        "chosen": "0.60b1",
        "reason": "installed",
        "installed": "opentelemetry-instrumentation",
        "locked": "0.60b1",
        "others": []
      },
      "requirements": [
        {
          "name": "opentelemetry-instrumentation-flask",
          "version": "0.60b1",
          "exact": true,
          "features": [],
          "line": "opentelemetry-instrumentation-flask==0.60b1",
          "members": [],
          "because": [
            "flask 3.0.0"
          ],
          "wiring": [],
          "switches": [],
          "directives": []
        }
      ],
      "libraries": [
        {
          "name": "asyncio",
          "version": "3.11.4",
          "members": [],
          "status": "excluded",
          "reason": "excluded by `--only`",
          "by": "--only",
          "alternatives": []
        },
        {
          "name": "dbapi",
          "version": "3.11.4",
          "members": [],
          "status": "excluded",
          "reason": "excluded by `--only`",
          "by": "--only",
          "alternatives": []
        },
        {
          "name": "flask",
          "version": "3.0.0",
          "members": [],
          "status": "applies",
          "reason": "to be added",
          "instrumentation": "opentelemetry-instrumentation-flask",
          "instrumentation_version": "0.60b1",
          "alternatives": []
        },
        {
          "name": "logging",
          "version": "3.11.4",
          "members": [],
          "status": "excluded",
          "reason": "excluded by `--only`",
          "by": "--only",
          "alternatives": []
        },
        {
          "name": "sqlite3",
          "version": "3.11.4",
          "members": [],
          "status": "excluded",
          "reason": "excluded by `--only`",
          "by": "--only",
          "alternatives": []
        },
        {
          "name": "threading",
          "version": "3.11.4",
          "members": [],
          "status": "excluded",
          "reason": "excluded by `--only`",
          "by": "--only",
          "alternatives": []
        },
        {
          "name": "urllib",
          "version": "3.11.4",
          "members": [],
          "status": "excluded",
          "reason": "excluded by `--only`",
          "by": "--only",
          "alternatives": []
        },
        {
          "name": "wsgi",
          "version": "3.11.4",
          "members": [],
          "status": "excluded",
          "reason": "excluded by `--only`",
          "by": "--only",
          "alternatives": []
        }
      ],
      "initialisation": null,
      "switched_off": [],
      "warnings": [
        "`opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter"
      ]
    }
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    1 instrumentation for 2 distributions in `.venv` (7 skipped)
    "#);
    assert_snapshot!(shop().run("-q --format toml --only flask,requests"), @r#"
    exit 0
    --- stdout
    [project]
    dependencies = [
        "opentelemetry-instrumentation-flask==0.60b1",
        "opentelemetry-instrumentation-requests==0.60b1",
    ]
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    "#);
}

#[test]
fn a_check_tells_what_is_missing_mixed_and_never_loaded() {
    let project = Project::python(&[
        "flask 3.0.0",
        "click 7.1.2",
        "opentelemetry-api 1.38.0",
        "opentelemetry-instrumentation-click 0.60b1",
        "opentelemetry-instrumentation-requests 0.59b0",
        "requests 2.31.0",
    ]);
    assert_snapshot!(project.run("-a check --only flask,requests,click"), @"
    exit 1
    --- stdout
    PROBLEM       WHAT AND WHY
    mixed         `opentelemetry-api` 1.38.0 is of another release set than `opentelemetry-instrumentation` 0.60b1; 1.39.1 fits
    never-loaded  `opentelemetry-instrumentation-click` 0.60b1 is there and never loaded: `click` 7.1.2 is out of its range `>=8.1.3,<9.0.0`
    outdated      `opentelemetry-instrumentation-requests` 0.59b0, for requests 2.31.0, is of another release set than the project; 0.60b1 fits
    missing       `opentelemetry-instrumentation-flask` 0.60b1 is missing, for flask 3.0.0
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    warning: `opentelemetry-api` 1.38.0 is there, and the release set 0.60b1 goes with 1.39.1
    4 problems
    hint: `otel-bootstrap -a install --dry-run` shows what would be changed
    hint: `-a install --instrumentation-version 0.NNbM` moves all of OpenTelemetry to one release
    ");
    assert_snapshot!(project.run("-q -a check --only flask,requests,click --format json"), @r#"
    exit 1
    --- stdout
    {
      "schema": 1,
      "ecosystem": "python",
      "ok": false,
      "problems": [
        {
          "kind": "mixed",
          "names": [
            "opentelemetry-api"
          ],
          "version": "1.38.0",
          "fitting": "1.39.1",
          "message": "`opentelemetry-api` 1.38.0 is of another release set than `opentelemetry-instrumentation` 0.60b1; 1.39.1 fits",
          "members": []
        },
        {
          "kind": "never-loaded",
          "names": [
            "opentelemetry-instrumentation-click"
          ],
          "version": "0.60b1",
          "message": "`opentelemetry-instrumentation-click` 0.60b1 is there and never loaded: `click` 7.1.2 is out of its range `>=8.1.3,<9.0.0`",
          "members": []
        },
        {
          "kind": "outdated",
          "names": [
            "opentelemetry-instrumentation-requests"
          ],
          "version": "0.59b0",
          "fitting": "0.60b1",
          "message": "`opentelemetry-instrumentation-requests` 0.59b0, for requests 2.31.0, is of another release set than the project; 0.60b1 fits",
          "members": []
        },
        {
          "kind": "missing",
          "names": [
            "opentelemetry-instrumentation-flask"
          ],
          "version": "0.60b1",
          "message": "`opentelemetry-instrumentation-flask` 0.60b1 is missing, for flask 3.0.0",
          "members": []
        }
      ],
      "switched_off": [],
      "warnings": [
        "`opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter",
        "`opentelemetry-api` 1.38.0 is there, and the release set 0.60b1 goes with 1.39.1"
      ]
    }
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    warning: `opentelemetry-api` 1.38.0 is there, and the release set 0.60b1 goes with 1.39.1
    "#);
    assert_snapshot!(project.run("-q -a check --only flask,requests,click --format github"), @"
    exit 1
    --- stdout
    ::warning file=pyproject.toml,title=mixed instrumentation::`opentelemetry-api` 1.38.0 is of another release set than `opentelemetry-instrumentation` 0.60b1; 1.39.1 fits
    ::warning file=pyproject.toml,title=never-loaded instrumentation::`opentelemetry-instrumentation-click` 0.60b1 is there and never loaded: `click` 7.1.2 is out of its range `>=8.1.3,<9.0.0`
    ::warning file=pyproject.toml,title=outdated instrumentation::`opentelemetry-instrumentation-requests` 0.59b0, for requests 2.31.0, is of another release set than the project; 0.60b1 fits
    ::warning file=pyproject.toml,title=missing instrumentation::`opentelemetry-instrumentation-flask` 0.60b1 is missing, for flask 3.0.0
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    warning: `opentelemetry-api` 1.38.0 is there, and the release set 0.60b1 goes with 1.39.1
    ");
}

#[test]
fn both_kinds_of_project_in_one_folder_are_asked_about() {
    let both = Project::app("", &[]).file("pyproject.toml", "[project]\nname = \"app\"\n");
    assert_snapshot!(both.run(""), @"
    exit 2
    --- stderr
    error: `.` holds a Cargo project (`Cargo.toml`) and a Python project (`pyproject.toml`)
    hint: say which with `--ecosystem cargo` or `--ecosystem python`
    ");
    assert!(both.run("--ecosystem cargo").starts_with("exit 0"));
}

#[test]
fn options_of_the_other_ecosystem_are_refused() {
    assert_snapshot!(shop().run("--features x --all-features"), @"
    exit 2
    --- stderr
    error: `--features` has no meaning for a python project
    hint: `--ecosystem` says which kind of project is meant, if this is the wrong one
    error: `--all-features` has no meaning for a python project
    hint: `--ecosystem` says which kind of project is meant, if this is the wrong one
    ");
    assert_snapshot!(Project::app("", &[]).run("--compat --extra x --group y"), @"
    exit 2
    --- stderr
    error: `--extra` has no meaning for a cargo project
    hint: `--ecosystem` says which kind of project is meant, if this is the wrong one
    error: `--group` has no meaning for a cargo project
    hint: `--ecosystem` says which kind of project is meant, if this is the wrong one
    error: `--compat` has no meaning for a cargo project
    hint: `--ecosystem` says which kind of project is meant, if this is the wrong one
    ");
}

#[test]
fn names_that_mean_nothing_are_refused() {
    assert_snapshot!(shop().run("--exclude flaks"), @"
    exit 2
    --- stderr
    error: `--exclude` names `flaks`, which the registry does not know
    hint: did you mean `flask`?
    ");
    assert_snapshot!(shop().run("--exporter jaeger"), @"
    exit 2
    --- stderr
    error: there is no exporter `jaeger`
    hint: known: console, otlp, otlp-grpc, otlp-http, prometheus
    ");
    assert_snapshot!(shop().run("--instrumentation-version 0.1b0"), @"
    exit 2
    --- stderr
    error: there is no release 0.1b0 of the instrumentations
    hint: known: 0.66b2, 0.66b1, 0.66b0, 0.65b0, 0.64b0, 0.63b1 and older ones down to 0.22b0
    ");
    assert_snapshot!(shop().run("--python gone"), @"
    exit 1
    --- stderr
    error: `gone` is not on `PATH`
    hint: name an environment with `--python`
    ");
}

#[test]
fn nothing_hostile_gets_out_of_an_environment() {
    let hostile = Project::python(&["flask 3.0.0"])
        .file(
            ".venv/lib/python3.11/site-packages/a b\u{1b}[31m-1.dist-info/METADATA",
            "Name: a\nVersion: 1\n",
        )
        .file(
            ".venv/lib/python3.11/site-packages/redis-5.dist-info/METADATA",
            "Name: -r x\nVersion: \u{1b}[31m\n",
        );
    assert_snapshot!(hostile.run("-v --only redis,flask"), @r"
    exit 0
    --- stdout
    opentelemetry-instrumentation-flask==0.60b1
    --- stderr
    warning: skipped `[TMP]/project/.venv/lib/python3.11/site-packages/a b\u{1b}[31m-1.dist-info`: `a b\u{1b}[31m` is no name of a distribution
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    release set 0.60b1: `opentelemetry-instrumentation` 0.60b1 is there
    skipped `asyncio` 3.11.4: excluded by `--only`
    skipped `dbapi` 3.11.4: excluded by `--only`
    skipped `logging` 3.11.4: excluded by `--only`
    skipped `redis` no valid version: out of range: instrumentation supports `>=2.6`
    skipped `sqlite3` 3.11.4: excluded by `--only`
    skipped `threading` 3.11.4: excluded by `--only`
    skipped `urllib` 3.11.4: excluded by `--only`
    skipped `wsgi` 3.11.4: excluded by `--only`
    1 instrumentation for 3 distributions in `.venv` (8 skipped)
    ");
}

#[test]
fn a_project_without_anything_says_what_to_do() {
    let bare = Project::empty().file("pyproject.toml", "[project]\nname = \"app\"\n");
    assert_snapshot!(bare.run(""), @"
    exit 1
    --- stderr
    error: `.` has no environment and no lockfile, and there is no `python3` on `PATH`
    hint: make an environment (`uv sync`, `python3 -m venv .venv`) or a lockfile, or name one with `--python`
    ");
}

#[test]
fn the_newest_release_that_moves_nothing_is_taken_and_what_must_move_is_told() {
    let locked = Project::empty().file("requirements.txt", "flask==3.0.0\ntyping-extensions==3.10.0.2\n");
    assert_snapshot!(locked.run("-v --only flask --python-version 3.11"), @"
    exit 0
    --- stdout
    opentelemetry-instrumentation-flask==0.54b1
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    release set 0.54b1: the newest that admits Python 3.11 and `typing-extensions` 3.10.0.2
    skipped `asyncio` 3.11: excluded by `--only`
    skipped `dbapi` 3.11: excluded by `--only`
    skipped `logging` 3.11: excluded by `--only`
    skipped `sqlite3` 3.11: excluded by `--only`
    skipped `threading` 3.11: excluded by `--only`
    skipped `urllib` 3.11: excluded by `--only`
    skipped `wsgi` 3.11: excluded by `--only`
    1 instrumentation for 2 distributions in `requirements.txt` (7 skipped)
    ");
    assert_snapshot!(Project::python(&["flask 3.0.0", "typing_extensions 4.4.0"]).run("--only flask"), @"
    exit 0
    --- stdout
    opentelemetry-instrumentation-flask==0.60b1
    --- stderr
    warning: `opentelemetry-distro` is not there: `opentelemetry-instrument` would start the application and send nothing; `--exporter otlp` lists it and an exporter
    warning: `typing-extensions` 4.4.0 has to move: the release set 0.60b1 needs `typing-extensions>=4.5.0`
    1 instrumentation for 3 distributions in `.venv` (7 skipped, see `-v`)
    ");
}
