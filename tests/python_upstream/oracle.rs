//! Real programs, installed for the tests by `.ci/python-upstream`.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::Deserialize;

/// Where all that is installed for these tests is kept: `$PYTHON_WORK` or `target/python`.
pub(crate) fn work() -> PathBuf {
    env::var_os("PYTHON_WORK")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python"), PathBuf::from)
}

/// Where uv, poetry and pdm are.
pub(crate) fn tools() -> PathBuf {
    work().join("bin")
}

/// The `uv` to install with.
pub(crate) fn uv() -> PathBuf {
    tools().join("uv")
}

/// Where the environments of the releases are.
fn upstream() -> PathBuf {
    work().join("upstream")
}

/// The releases that are installed there, oldest first.
pub(crate) fn installed() -> Vec<String> {
    let folders = fs::read_dir(upstream()).into_iter().flatten().flatten();
    let names = folders.filter_map(|folder| folder.file_name().into_string().ok());
    let mut releases: Vec<String> = names.filter(|name| name.contains('b')).collect();
    releases.sort();
    releases
}

/// Whether to go on without an oracle: never where `$CI` is set, elsewhere visibly.
#[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
pub(crate) fn skip(what: &str) {
    assert!(env::var_os("CI").is_none(), "{what} is not installed: run `.ci/python-upstream`");
    eprintln!("skipped: {what} is not installed, `.ci/python-upstream` does it");
}

/// What a release says about itself.
#[derive(Deserialize)]
pub(crate) struct Told {
    pub(crate) release: String,
    /// Its Python, as in `3.11`.
    pub(crate) python: String,
    /// The interpreter itself, behind all links.
    pub(crate) interpreter: PathBuf,
    /// Where its packages are.
    pub(crate) packages: PathBuf,
    /// The libraries of its table, with the last requirement that names each.
    pub(crate) libraries: BTreeMap<String, String>,
}

/// What the program does in an environment.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// It writes this to stdout.
    Printed(String),
    /// It ends with a traceback.
    Raised(String),
}

/// `opentelemetry-bootstrap` of a release, in a process that answers for many environments.
pub(crate) struct Bootstrap {
    pub(crate) told: Told,
    folder: PathBuf,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Bootstrap {
    /// Starts that of the release, if it is installed.
    pub(crate) fn start(release: &str) -> Option<Self> {
        let folder = upstream().join(release);
        let python = folder.join("bin/python");
        if !python.exists() {
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python_upstream/oracle/bootstrap.py");
        let mut child = Command::new(python)
            .arg(script)
            .env_remove("PYTHONPATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the release's Python starts");
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("its first line");
        let told: Told = serde_json::from_str(&line).expect("what it says about itself");
        assert_eq!(told.release, release);
        Some(Self { told, folder, child, stdin, stdout })
    }

    /// What it prints where these folders are searched, in this order.
    pub(crate) fn answer(&mut self, folders: &[PathBuf]) -> Answer {
        let question = serde_json::to_string(folders).expect("paths in UTF-8");
        writeln!(self.stdin.as_mut().expect("its input"), "{question}").expect("it listens");
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("its answer");
        serde_json::from_str(&line).expect("an answer")
    }

    /// What the program itself does when the environment's Python starts it.
    pub(crate) fn run(&self, environment: &Path) -> Answer {
        let out = Command::new(environment.join("bin/python"))
            .arg(self.folder.join("bin/opentelemetry-bootstrap"))
            .args(["-a", "requirements"])
            .env_remove("PYTHONPATH")
            .env("PYTHONNOUSERSITE", "1")
            .output()
            .expect("the environment's Python starts");
        if out.status.success() {
            return Answer::Printed(String::from_utf8(out.stdout).expect("UTF-8"));
        }
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        let last = said.lines().rfind(|line| !line.starts_with([' ', '('])).unwrap_or_default();
        let error = last.split(':').next().unwrap_or_default();
        Answer::Raised(error.rsplit('.').next().unwrap_or_default().to_owned())
    }
}

impl Drop for Bootstrap {
    fn drop(&mut self) {
        self.stdin.take();
        let _ = self.child.wait();
    }
}
