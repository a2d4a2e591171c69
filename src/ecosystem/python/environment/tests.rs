use std::{collections::BTreeMap, ffi::OsString, fs, path::PathBuf};

use super::*;
use crate::ecosystem::python::inventory::{DistributionVersion, Inventory};

/// A folder to put environments in; nothing around it can be seen.
struct Place {
    folder: tempfile::TempDir,
    variables: BTreeMap<OsString, OsString>,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), variables: BTreeMap::new() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn set(&mut self, name: &str, path: &str) {
        self.variables.insert(name.into(), self.path(path).into());
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
        self
    }

    /// Installs `NAME-VERSION` into a folder of packages.
    fn install(&self, packages: &str, spelled: &str) -> &Self {
        let version = spelled.split_once('-').expect("a version").1;
        let text = format!("Metadata-Version: 2.1\nName: x\nVersion: {version}\n\n");
        self.write(&format!("{packages}/{spelled}.dist-info/METADATA"), &text)
    }

    fn env(&self) -> Env {
        let folder = self.folder.path().to_owned();
        Env { variables: self.variables.clone(), folder, ..Env::default() }
    }

    fn locate(&self, path: &str) -> Located {
        located_at(Path::new(path), &self.env()).expect("an environment")
    }

    fn read(&self, path: &str) -> String {
        told(&self.locate(path).read(|_| true))
    }
}

/// The distributions as lines.
fn told(inventory: &Inventory) -> String {
    let lines = inventory.distributions.iter().map(|distribution| {
        let version = match &distribution.version {
            DistributionVersion::Valid(version) => version.to_string(),
            DistributionVersion::Invalid => "invalid".to_owned(),
            DistributionVersion::Missing => "missing".to_owned(),
        };
        format!("{} {version}", distribution.name)
    });
    let skipped = inventory.skipped.iter().map(|skipped| {
        let name = skipped.path.file_name().unwrap_or_default().to_string_lossy();
        // The number behind the text is another one on every system.
        let reason = skipped.reason.split(" (os error").next().unwrap_or_default();
        format!("skipped {}: {reason}", name.escape_debug())
    });
    lines.chain(skipped).collect::<Vec<_>>().join(", ")
}

const CONFIG: &str = "home = /nowhere/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n";

#[test]
fn a_virtual_environment_is_read_by_its_prefix_and_by_its_interpreter() {
    let place = Place::new();
    place.write("env/pyvenv.cfg", CONFIG).write("env/bin/python3", "");
    place.install("env/lib/python3.11/site-packages", "Flask-3.0.0");
    for path in ["env", "env/", "./x/../env", "env/bin/python3"] {
        assert_eq!(place.read(path), "flask 3.0.0", "{path}");
        let located = place.locate(path);
        assert_eq!(located.environment.prefix, Some(place.path("env")));
        assert_eq!(located.environment.interpreter, Some(place.path("env/bin/python3")));
        assert_eq!(located.python, "3.11.2".parse().ok());
    }
}

#[test]
fn the_first_on_the_path_wins() {
    let mut place = Place::new();
    place.write("env/pyvenv.cfg", CONFIG);
    let packages = "env/lib/python3.11/site-packages";
    place.install(packages, "flask-3.0.0").install(packages, "redis-5.0");
    place.install("src", "flask-1.0").install("src", "local-0.1").install("late", "redis-1");
    place.write(&format!("{packages}/_editable.pth"), "../../../../src\n");
    place.write(&format!("{packages}/.hidden.pth"), "../../../../late\n");
    assert_eq!(place.read("env"), "flask 3.0.0, local 0.1, redis 5.0");
    place.set("PYTHONPATH", "src");
    assert_eq!(place.read("env"), "flask 1.0, local 0.1, redis 5.0");
}

#[test]
fn the_base_is_seen_where_the_configuration_allows_it() {
    let mut place = Place::new();
    let home = place.path("usr/bin").display().to_string();
    place.write("env/pyvenv.cfg", &format!("home = {home}\nversion = 3.11.2\n"));
    place.write("usr/lib/python3.11/os.py", "");
    place.install("env/lib/python3.11/site-packages", "flask-3.0.0");
    place.install("usr/lib/python3/dist-packages", "flask-1.0");
    place.install("usr/lib/python3/dist-packages", "six-1.16.0");
    place.install("usr/local/lib/python3.11/dist-packages", "six-1.17.0");
    place.install("home/.local/lib/python3.11/site-packages", "user-1");
    assert_eq!(place.read("env"), "flask 3.0.0, six 1.17.0");
    place.set("HOME", "home");
    assert_eq!(place.read("env"), "flask 3.0.0, six 1.17.0, user 1");
    place.set("PYTHONNOUSERSITE", "1");
    assert_eq!(place.read("env"), "flask 3.0.0, six 1.17.0");
    place.write("env/pyvenv.cfg", CONFIG);
    assert_eq!(place.read("env"), "flask 3.0.0");
}

#[test]
fn other_layouts_are_known() {
    let place = Place::new();
    place.write("conda/conda-meta/history", "").install("conda/lib/python3.12/site-packages", "numpy-2.0");
    place.write("windows/pyvenv.cfg", CONFIG).install("windows/Lib/site-packages", "numpy-2.1");
    place.write("free/pyvenv.cfg", "version = 3.13.1\ninclude-system-site-packages = false");
    place.install("free/lib/python3.13t/site-packages", "numpy-2.2");
    place.write("pypy/pyvenv.cfg", "implementation=PyPy\nversion=3.10\ninclude-system-site-packages=false");
    place.install("pypy/lib/pypy3.10/site-packages", "numpy-2.3");
    place.install("target", "numpy-2.4").install("a/lib/python3.9/site-packages", "numpy-2.5");
    for (path, expected) in [
        ("conda", "numpy 2.0"),
        ("windows", "numpy 2.1"),
        ("free", "numpy 2.2"),
        ("pypy", "numpy 2.3"),
        ("target", "numpy 2.4"),
        ("a/lib/python3.9/site-packages", "numpy 2.5"),
    ] {
        assert!(is_environment(Path::new(path), &place.env()), "{path}");
        assert_eq!(place.read(path), expected, "{path}");
    }
    assert_eq!(place.locate("conda").python, "3.12".parse().ok());
    assert_eq!(place.locate("a/lib/python3.9/site-packages").python, "3.9".parse().ok());
}

#[test]
fn what_is_no_environment_is_named() {
    let place = Place::new();
    place.write("empty/x", "").write("broken/pyvenv.cfg", "home = \0\n");
    place.write("many/conda-meta/x", "");
    place
        .install("many/lib/python3.8/site-packages", "x-1")
        .install("many/lib/python3.9/site-packages", "x-1");
    fs::write(place.path("broken/pyvenv.cfg"), b"home = \xff\n").expect("a file");
    let error = |path: &str| {
        let error = located_at(Path::new(path), &place.env()).expect_err("no environment");
        error.to_string().replace(&place.folder.path().display().to_string(), "…")
    };
    let told = ["nothing", "empty", "broken", "many"].map(error).join("\n");
    insta::assert_snapshot!(told, @r"
    there is no Python environment at `…/nothing`
    `…/empty` is no Python environment
    failed to read `…/broken/pyvenv.cfg`
    `…/many` holds packages for python3.8, python3.9, and nothing tells which of them it is for
    ");
    assert!(!is_environment(Path::new("empty"), &place.env()));
}

#[test]
fn hostile_names_and_metadata_are_skipped_by_name() {
    let place = Place::new();
    for name in ["~lask-1.0", "flask\n--index-url=x-1.0", "\u{1b}[31mred-1.0", "-1.0", "fläsk-1"] {
        place.install("site-packages", name);
    }
    place.install("site-packages", "latest-latest").install("site-packages", "good-1.0");
    fs::create_dir_all(place.path("site-packages/gone-1.0.dist-info")).expect("a folder");
    fs::create_dir_all(place.path("site-packages/loop-1.0.dist-info")).expect("a folder");
    #[cfg(unix)]
    std::os::unix::fs::symlink("METADATA", place.path("site-packages/loop-1.0.dist-info/METADATA"))
        .expect("a link");
    fs::write(place.path("site-packages/bad.pth"), b"\xff\n").expect("a file");
    let told = place.read("site-packages");
    insta::assert_snapshot!(told.split(", ").collect::<Vec<_>>().join("\n"), @r"
    gone missing
    good 1.0
    latest invalid
    loop missing
    skipped \u{1b}[31mred-1.0.dist-info: `\u{1b}[31mred` is no name of a distribution
    skipped -1.0.dist-info: `` is no name of a distribution
    skipped bad.pth: is not UTF-8 text
    skipped flask\n--index-url=x-1.0.dist-info: `flask\n` is no name of a distribution
    skipped fläsk-1.dist-info: `fläsk` is no name of a distribution
    skipped METADATA: Too many levels of symbolic links
    skipped ~lask-1.0.dist-info: `~lask` is no name of a distribution
    ");
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_pth_files_that_name_each_other_come_to_an_end() {
    let place = Place::new();
    place.install("site-packages", "good-1.0");
    std::os::unix::fs::symlink(".", place.path("site-packages/again")).expect("a link");
    place.write("site-packages/a.pth", "again\nagain/again\n.\n..\n../site-packages\n/\n");
    assert_eq!(place.read("site-packages"), "good 1.0");
}

#[test]
fn folders_beyond_number_are_not_read() {
    let place = Place::new();
    let mut paths = String::new();
    for number in 0..1_100 {
        fs::create_dir(place.path(&number.to_string())).expect("a folder");
        paths.extend(["../", &number.to_string(), "\n"]);
    }
    place.write("site-packages/a.pth", &paths);
    let inventory = place.locate("site-packages").read(|_| true);
    assert_eq!(inventory.skipped.len(), 101);
    assert_eq!(inventory.skipped[0].reason, "more than 1000 folders");
}

#[test]
fn the_name_of_a_folder_is_enough_where_nothing_must_be_exact() {
    let place = Place::new();
    place.write("site-packages/one-1.0.dist-info/METADATA", "Version: 1.1\n\n");
    place.write("site-packages/two-1.0.dist-info/METADATA", "Version: 1.1\n\n");
    place.write("site-packages/three.egg-info/PKG-INFO", "Version: 1.1\n\n");
    let inventory = place.locate("site-packages").read(|name| name.as_str() == "two");
    assert_eq!(told(&inventory), "one 1.0, three 1.1, two 1.1");
}

#[test]
fn an_environment_of_a_project_is_found_where_managers_leave_it() {
    let mut place = Place::new();
    for name in ["p/.venv", "other", "named"] {
        place.write(&format!("{name}/pyvenv.cfg"), CONFIG);
    }
    place.write("linked/.venv", "../other\n").install("pdm/__pypackages__/3.9/lib", "x-1");
    place.write("other/bin/python", "");
    place.write("chosen/.pdm-python", &place.path("other/bin/python").display().to_string());
    let prefix = |place: &Place, folder: &str| {
        of_project(Path::new(folder), &place.env()).map(|found| found.expect("usable").environment.prefix)
    };
    assert_eq!(prefix(&place, "p"), Some(Some(place.path("p/.venv"))));
    assert_eq!(prefix(&place, "linked"), Some(Some(place.path("other"))));
    assert_eq!(prefix(&place, "chosen"), Some(Some(place.path("other"))));
    assert_eq!(prefix(&place, "nothing"), None);
    let found = of_project(Path::new("pdm"), &place.env()).expect("packages").expect("usable");
    assert_eq!(found.python, "3.9".parse().ok());
    assert_eq!(told(&found.read(|_| true)), "x 1");
    assert!(of_variable(&place.env()).is_none());
    place.set("VIRTUAL_ENV", "removed");
    assert!(of_variable(&place.env()).is_none());
    place.set("UV_PROJECT_ENVIRONMENT", "named");
    place.set("VIRTUAL_ENV", "other");
    assert_eq!(prefix(&place, "p"), Some(Some(place.path("named"))));
    let active = of_variable(&place.env()).expect("one").expect("usable");
    assert_eq!(active.environment.prefix, Some(place.path("other")));
}
