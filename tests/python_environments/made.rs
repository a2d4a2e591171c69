//! Environments made by hand around the `python3` on `PATH`, with all that can be odd about them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use otel_bootstrap::settings::Env;

use crate::compare::compare;

/// Puts packages in every form into the folder named last: zipped eggs, develop installs, leftovers.
const PACKAGES: &str = include_str!("packages.py");

/// The `python3` on `PATH`; where there is none, that is a failure in CI and a skip elsewhere.
#[allow(clippy::print_stderr, reason = "a skip must be seen")]
fn python() -> Option<PathBuf> {
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    match output {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8_lossy(&output.stdout).trim_end().into())
        }
        other => {
            assert!(std::env::var_os("CI").is_none(), "no `python3`: {other:?}");
            eprintln!("skipped, because `python3` cannot be started: {other:?}");
            None
        }
    }
}

fn run(program: &Path, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("a program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The folder of packages of an environment.
fn packages(prefix: &Path) -> PathBuf {
    let libraries = fs::read_dir(prefix.join("lib")).expect("libraries");
    let library = libraries
        .filter_map(Result::ok)
        .find(|child| child.file_name().to_string_lossy().starts_with("python3."))
        .expect("a library");
    library.path().join("site-packages")
}

#[test]
fn environments_made_by_hand_are_read_as_python_reads_them() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    // The interpreter must not see a link on the way, which its own answer would not name.
    let root = folder.path().canonicalize().expect("a folder");
    for (name, options) in [("plain", &[][..]), ("system", &["--system-site-packages"][..])] {
        let prefix = root.join(name);
        let mut arguments = vec!["-m", "venv", "--without-pip"];
        arguments.extend(options);
        let text = prefix.to_string_lossy().into_owned();
        arguments.push(&text);
        run(&python, &arguments);
        compare(&python, &python, &Env { folder: root.clone(), ..Env::default() })
            .unwrap_or_else(|error| panic!("{error}"));
        let packages = packages(&prefix);
        run(&python, &["-c", PACKAGES, &packages.to_string_lossy()]);
        let user =
            root.join("home/.local/lib").join(packages.parent().and_then(Path::file_name).expect("a name"));
        fs::create_dir_all(user.join("site-packages/user-1.0.dist-info")).expect("a folder");
        for variables in [
            &[][..],
            &[("HOME", "home")],
            &[("HOME", "home"), ("PYTHONPATH", "extra:nothing:plain")],
            &[("PYTHONUSERBASE", "home/.local")],
            &[("HOME", "home"), ("PYTHONNOUSERSITE", "1")],
        ] {
            let mut variables: BTreeMap<_, _> =
                variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            if let Some(home) = variables.get_mut(std::ffi::OsStr::new("HOME")) {
                *home = root.join(&*home).into();
            }
            let env = Env { variables, folder: root.clone(), ..Env::default() };
            let interpreter = prefix.join("bin/python3");
            let (_, compared) =
                compare(&prefix, &interpreter, &env).unwrap_or_else(|error| panic!("{error}"));
            assert!(compared > 20, "{compared}");
        }
    }
}
