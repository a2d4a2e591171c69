//! Tests of requirements files that include others.

use std::fs;

use tempfile::TempDir;

use super::super::{LockError, Parts, Target, read};
use crate::{
    ecosystem::python::inventory::{DistributionVersion, Inventory, LockFormat},
    package::PackageName,
};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// Reads `requirements.txt` in it.
fn inventory(folder: &TempDir) -> Result<Inventory, LockError> {
    let python = "3.11.4".parse().expect("a version");
    let target = Target::new(Some(python), "linux".parse().expect("a platform"));
    read(&folder.path().join("requirements.txt"), LockFormat::Requirements, &target, &Parts::default())
}

/// Names and versions in one line.
fn show(inventory: &Inventory) -> String {
    let show = |distribution: &crate::ecosystem::python::inventory::Distribution| match &distribution.version
    {
        DistributionVersion::Valid(version) => format!("{}={version}", distribution.name),
        DistributionVersion::Invalid => format!("{}=?", distribution.name),
        DistributionVersion::Missing => distribution.name.to_string(),
    };
    inventory.distributions.iter().map(show).collect::<Vec<_>>().join(" ")
}

/// An error with everything that caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let cause = error.source().map_or_else(String::new, |source| format!(": {}", chain(source)));
    format!("{error}{cause}")
}

#[test]
fn included_files_count_and_constraints_give_versions() {
    let folder = folder(&[
        (
            "requirements.txt",
            "-r requirements/base.txt\n-c pins.txt\nrequests\nflask>=2\n-e .\n-e ./gone\n-i x\n",
        ),
        (
            "requirements/base.txt",
            "-r more.txt\nDjango==4.2; python_version >= '3.8'\ndjango==2.2; python_version < '3.8'\n",
        ),
        ("requirements/more.txt", "redis==5.0\nredis==5.0\ngit+https://h/x.git\n"),
        ("pins.txt", "flask==2.3\nrequests==1.0; os_name == 'nt'\nunused==1000000000.0.0\n"),
        (
            "pyproject.toml",
            "[project]\nname = 'App'\ndependencies = ['Flask>=2', 'redis[x]; os_name == \"nt\"']\n",
        ),
    ]);
    let inventory = inventory(&folder).expect("readable");
    assert_eq!(show(&inventory), "app django=4.2 flask=2.3 redis=5.0 requests");
    let direct = inventory.direct.expect("a project");
    assert_eq!(direct.iter().map(PackageName::as_str).collect::<Vec<_>>(), ["flask", "redis"]);
    let reasons: Vec<_> = inventory.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "line 3 is an address that does not tell a name",
            "line 6 is a folder that does not tell its name",
            "1 line is an option, which does not matter here",
            "`app` has no pinned version",
            "`requests` has no pinned version",
        ]
    );
}

#[test]
fn circles_and_gaps_are_told_with_the_way_there() {
    let folder = folder(&[
        ("requirements.txt", "flask==1\n-r a.txt\n"),
        ("a.txt", "\n-r ./sub/../requirements.txt\n"),
        ("sub/x", ""),
    ]);
    let error = inventory(&folder).expect_err("a circle");
    let shown = chain(&error).replace(&folder.path().display().to_string(), "");
    assert_eq!(
        shown,
        "`/requirements.txt` includes a file on line 2: `/a.txt` includes a file on line 2: \
         `/./sub/../requirements.txt` includes itself, or too many files"
    );
    fs::write(folder.path().join("a.txt"), "-r gone.txt").expect("a file");
    let error = inventory(&folder).expect_err("a gap");
    let shown = chain(&error).replace(&folder.path().display().to_string(), "");
    assert!(shown.contains("`/a.txt` includes a file on line 1: failed to read `/gone.txt`: "), "{shown}");
}

#[test]
fn nothing_hostile_gets_through() {
    for text in [
        "flask\u{1b}[31m==1",
        "flask==1\n\u{0}",
        "-r \u{0}",
        "-r a\u{1b}[31m",
        "-c",
        "flask==1; \u{1b}",
        "fl ask==1",
    ] {
        let folder = folder(&[("requirements.txt", text)]);
        let error = inventory(&folder).expect_err(text);
        assert!(!chain(&error).contains('\u{1b}'), "{text:?}");
    }
    let files: Vec<(String, String)> =
        (0..600).map(|index| (format!("{index}.txt"), format!("-r {}.txt\n", index + 1))).collect();
    let mut files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    files.push(("requirements.txt", "-r 0.txt"));
    assert!(chain(&inventory(&folder(&files)).expect_err("too deep")).ends_with("too many files"));
}
