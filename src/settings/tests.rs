use std::{ffi::OsString, path::PathBuf};

use super::*;
use crate::{ecosystem::Ecosystem, terminal::Verbosity};

fn env(variables: &[(&str, &str)], terminal: bool) -> Env {
    Env {
        variables: variables.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        stdout_is_terminal: terminal,
        stderr_is_terminal: terminal,
        columns: terminal.then_some(80),
        folder: "/work".into(),
        root: crate::root::Root::default(),
    }
}

fn resolve(line: &str, env: &Env) -> Result<Settings, Vec<UsageError>> {
    let arguments = std::iter::once("otel-bootstrap").chain(line.split_whitespace());
    let cli = Cli::parse_arguments(arguments.map(OsString::from)).expect("a command line");
    Settings::resolve(cli, env)
}

fn project(line: &str) -> ProjectSettings {
    match resolve(line, &Env::default()).expect("settings").task {
        Task::Project(project) => *project,
        other => panic!("`{line}` gave {other:?}"),
    }
}

#[test]
fn each_action_has_its_formats() {
    use AnswerFormat as A;
    use CheckFormat as C;
    for (line, action) in [
        ("", Action::Requirements(A::Requirements)),
        ("--format json", Action::Requirements(A::Json)),
        ("--format toml", Action::Requirements(A::Toml)),
        ("-a check", Action::Check(C::Table)),
        ("-a check --format github", Action::Check(C::Github)),
        ("-a install", Action::Install(InstallSettings::default())),
    ] {
        assert_eq!(project(line).action, action, "{line}");
    }
    for (line, format, action) in [
        ("--format github", "github", "requirements"),
        ("-a check --format toml", "toml", "check"),
        ("-a install --format json", "json", "install"),
    ] {
        let problem = UsageError::Format { format, action };
        assert_eq!(resolve(line, &Env::default()).map(|_| ()), Err(vec![problem]), "{line}");
        assert!(problem.hint().is_some());
    }
}

#[test]
fn lines_to_install_go_with_nothing_that_decides_about_a_scan() {
    assert_eq!(
        resolve("-r x --only a --exporter otlp", &Env::default()).map(|_| ()),
        Err(vec![
            UsageError::RequirementWithoutInstall,
            UsageError::RequirementBeside { option: "--only" },
            UsageError::RequirementBeside { option: "--exporter" },
        ])
    );
    let settings = project("-a install -r x --exporter none --dry-run --locked --offline --no-update");
    let expected = InstallSettings {
        requirements: vec!["x".into()],
        installer: None,
        save: None,
        dry_run: true,
        offline: true,
        locked: true,
        no_update: true,
    };
    assert_eq!(settings.action, Action::Install(expected));
}

#[test]
fn what_python_has_means_nothing_for_cargo_and_the_reverse() {
    let misplaced = |line: &str, ecosystem: Ecosystem| {
        let told = project(line).misplaced(ecosystem);
        told.into_iter().map(|problem| problem.to_string()).collect::<Vec<_>>()
    };
    for (line, cargo, python) in [
        ("-p a --only x --otel-version 0.32", 0, 0),
        ("--features x --all-features --no-default-features", 0, 3),
        ("--python .venv --extra x --group y --all-groups --python-version 3.12", 5, 0),
        ("--python-platform linux --instrumentation-version 0.66b2 --compat", 3, 0),
        ("-a install --installer uv --save=otel", 2, 0),
        ("-a install --installer cargo", 0, 1),
    ] {
        assert_eq!(misplaced(line, Ecosystem::Cargo).len(), cargo, "{line}");
        assert_eq!(misplaced(line, Ecosystem::Python).len(), python, "{line}");
    }
    assert_eq!(
        misplaced("--features x", Ecosystem::Python),
        ["`--features` has no meaning for a python project"]
    );
}

#[test]
fn the_same_bytes_as_the_other_tool_leave_no_choice() {
    assert_eq!(project("--compat").action, Action::Compat);
    assert_eq!(
        resolve("--compat -a check --only a --format json", &Env::default()).map(|_| ()),
        Err(vec![
            UsageError::CompatWithoutRequirements,
            UsageError::CompatBeside { option: "--format" },
            UsageError::CompatBeside { option: "--only" },
        ])
    );
}

#[test]
fn a_save_may_name_a_group() {
    let save = |line: &str| match project(line).action {
        Action::Install(how) => (how.installer, how.save),
        other => panic!("`{line}` gave {other:?}"),
    };
    assert_eq!(save("-a install"), (None, None));
    assert_eq!(save("-a install --save --installer pdm"), (Some(Installer::Pdm), Some(Save { group: None })));
    assert_eq!(save("-a install --save=otel").1, Some(Save { group: Some("otel".to_owned()) }));
}

#[test]
fn names_are_split_and_trimmed() {
    let env = env(&[("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", " grpc_server, kafka,")], false);
    let Task::Project(disabling) = resolve("", &env).expect("settings").task else { panic!("a project") };
    assert_eq!(disabling.wishes.filter.disabled, ["grpc_server", "kafka"]);
    let settings = project("--features a,b -F c --only x,,y --exclude z,");
    assert_eq!(settings.selection.features, ["a", "b", "c"]);
    assert_eq!(settings.wishes.filter.only, ["x", "y"]);
    assert_eq!(settings.wishes.filter.exclude, ["z"]);
}

#[test]
fn colour_follows_option_then_environment_then_stream() {
    for (line, variables, terminal, styled) in [
        ("", &[][..], true, true),
        ("", &[], false, false),
        ("", &[("NO_COLOR", "1")], true, false),
        ("", &[("NO_COLOR", "")], true, true),
        ("", &[("CLICOLOR_FORCE", "1")], false, true),
        ("", &[("CLICOLOR_FORCE", "0")], false, false),
        ("", &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true, false),
        ("", &[("TERM", "dumb")], true, false),
        ("--color always", &[("NO_COLOR", "1")], false, true),
        ("--color never", &[("CLICOLOR_FORCE", "1")], true, false),
    ] {
        let manner = resolve(line, &env(variables, terminal)).expect("settings").manner;
        assert_eq!((manner.stdout_styled, manner.stderr_styled), (styled, styled), "{line} {variables:?}");
        assert_eq!(manner.width.is_some(), terminal);
    }
}

#[test]
fn progress_is_for_people_who_watch() {
    for (line, variables, terminal, progress) in [
        ("", &[][..], true, true),
        ("", &[], false, false),
        ("", &[("CI", "true")], true, false),
        ("--no-progress", &[], true, false),
        ("-q", &[], true, false),
    ] {
        let manner = resolve(line, &env(variables, terminal)).expect("settings").manner;
        assert_eq!(manner.progress, progress, "{line} {variables:?}");
    }
}

#[test]
fn verbose_and_quiet_even_out() {
    for (line, verbosity) in [
        ("-qqq", Verbosity::Silent),
        ("-qq", Verbosity::Silent),
        ("-q", Verbosity::Quiet),
        ("-q -v", Verbosity::Normal),
        ("-vv", Verbosity::Verbose),
    ] {
        assert_eq!(resolve(line, &Env::default()).expect("settings").manner.verbosity, verbosity, "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_cache_lies_where_the_user_keeps_caches() {
    for (variables, folder) in [
        (&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")][..], Some("/c/otel-bootstrap")),
        (&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")], Some("/h/.cache/otel-bootstrap")),
        (&[], None),
    ] {
        assert_eq!(env(variables, false).cache_folder(), folder.map(PathBuf::from));
    }
}
