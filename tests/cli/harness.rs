//! Runs the program in a project in a temporary folder, with an empty environment.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// A project that goes away with the test.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// A copy of the workspace in `fixtures/cargo/shop`.
    pub(crate) fn shop() -> Self {
        let project = Self::empty();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cargo/shop");
        copy(&fixture, &project.root());
        project
    }

    /// A package `app` with a binary, these dependencies in its manifest and these packages in its
    /// lockfile (`NAME VERSION`); the package itself depends on all of them.
    pub(crate) fn app(dependencies: &str, locked: &[&str]) -> Self {
        let project = Self::empty();
        let manifest = format!(
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\nrust-version = \"1.85\"\n\n\
             [dependencies]\n{dependencies}"
        );
        let mut own = String::from("\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n");
        let mut lock = String::from("version = 4\n");
        for package in locked {
            let (name, version) = package.split_once(' ').expect("name and version");
            let _ = writeln!(own, " \"{package}\",");
            let _ = write!(
                lock,
                "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
                 source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
            );
        }
        project
            .file("Cargo.toml", manifest)
            .file("Cargo.lock", format!("{lock}{own}]\n"))
            .file("src/main.rs", "fn main() {}\n")
    }

    /// A Python project with an environment of these distributions (`NAME VERSION`) and one of its own release of
    /// the instrumentations, so that answers stay the same when newer releases come out.
    pub(crate) fn python(installed: &[&str]) -> Self {
        let carrier = ["opentelemetry-instrumentation 0.60b1"];
        let mut project = Self::empty()
            .file(
                "pyproject.toml",
                "[project]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"flask\"]\n",
            )
            .file(
                ".venv/pyvenv.cfg",
                "home = /nowhere/bin\ninclude-system-site-packages = false\nversion = 3.11.4\n",
            );
        for package in carrier.iter().chain(installed) {
            let (name, version) = package.split_once(' ').expect("name and version");
            let folder = format!("{}-{version}.dist-info", name.replace('-', "_"));
            project = project.file(
                &format!(".venv/lib/python3.11/site-packages/{folder}/METADATA"),
                format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"),
            );
        }
        project
    }

    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        let project = Self { folder: TempDir::new().expect("a temporary folder") };
        fs::create_dir(project.root()).expect("a folder");
        project
    }

    /// Adds or replaces a file.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Takes a file away.
    pub(crate) fn without(self, path: &str) -> Self {
        fs::remove_file(self.root().join(path)).expect("a file to take away");
        self
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The program in the project's folder, without environment.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otel-bootstrap"));
        command.args(line.split_whitespace()).current_dir(self.root()).env_clear();
        command.env("HOME", self.folder.path());
        command
    }

    /// Runs the program; what came of it as one text.
    pub(crate) fn run(&self, line: &str) -> String {
        self.told(&self.command(line).output().expect("the program starts"))
    }

    /// What came of a run as one text, in which the temporary folder is `[TMP]`.
    pub(crate) fn told(&self, output: &Output) -> String {
        let mut text = match output.status.code() {
            Some(code) => format!("exit {code}\n"),
            None => "killed\n".to_owned(),
        };
        for (name, stream) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !stream.is_empty() {
                let _ = write!(text, "--- {name}\n{}", String::from_utf8_lossy(stream));
            }
        }
        let folder = self.folder.path().canonicalize().expect("the folder is there");
        let text = text.replace(&folder.display().to_string(), "[TMP]");
        text.replace(&self.folder.path().display().to_string(), "[TMP]")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the fixture is there") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
