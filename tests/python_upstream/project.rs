//! Projects that are set up by a real manager of packages, and given their instrumentation as a user would do it.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::oracle;

/// How a project is set up and how it gets its instrumentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A project of uv; `| uv pip install --requirement -`.
    UvPipe,
    /// The same, where `uv run` starts the tool, which finds the environment by itself.
    UvRun,
    /// A project of uv; `| uv add --requirement -`.
    UvAdd,
    /// A project of uv; `-a install`.
    UvInstall,
    /// An environment of pip; `| pip install -r /dev/stdin`.
    PipPipe,
    /// The same; `>> requirements.txt`, then pip.
    PipAppend,
    /// An environment of pip; `-a install`.
    PipInstall,
    /// A project of poetry; `| xargs poetry add`.
    PoetryAdd,
    /// A project of pdm; `| xargs pdm add`.
    PdmAdd,
}

impl Way {
    pub(crate) const ALL: [Self; 9] = [
        Self::UvPipe,
        Self::UvRun,
        Self::UvAdd,
        Self::UvInstall,
        Self::PipPipe,
        Self::PipAppend,
        Self::PipInstall,
        Self::PoetryAdd,
        Self::PdmAdd,
    ];

    /// How the table calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UvPipe => "uv-pipe",
            Self::UvRun => "uv-run",
            Self::UvAdd => "uv-add",
            Self::UvInstall => "uv-install",
            Self::PipPipe => "pip-pipe",
            Self::PipAppend => "pip-append",
            Self::PipInstall => "pip-install",
            Self::PoetryAdd => "poetry-add",
            Self::PdmAdd => "pdm-add",
        }
    }

    /// What the user types to set the project up; `requirements.txt` says what it needs.
    fn set_up(self) -> &'static str {
        match self {
            Self::UvPipe | Self::UvRun | Self::UvAdd | Self::UvInstall => {
                "uv init --quiet --bare --name fixture && uv add --quiet --requirement requirements.txt \
                 && rm requirements.txt && uv sync --quiet"
            }
            Self::PipPipe | Self::PipAppend | Self::PipInstall => {
                "python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt"
            }
            // The index is named because not every one that pip can ask speaks poetry's own language.
            Self::PoetryAdd => {
                "poetry config virtualenvs.in-project true --local \
                 && poetry init --quiet --no-interaction --name fixture --python '>=3.11,<3.15' \
                 && asked='from pip._internal.models.index import PyPI; print(PyPI.simple_url)' \
                 && poetry source add --quiet --priority primary index \"$(python3 -c \"$asked\")/\" \
                 && xargs poetry add --quiet < requirements.txt && rm requirements.txt"
            }
            Self::PdmAdd => {
                "pdm init --quiet --non-interactive --python 3.11 && xargs pdm add --quiet < requirements.txt \
                 && rm requirements.txt"
            }
        }
    }

    /// What the user types to instrument it.
    fn bootstrap(self) -> &'static str {
        match self {
            Self::UvPipe => {
                "otel-bootstrap -a requirements --exporter otlp-http | uv pip install --requirement -"
            }
            Self::UvRun => {
                "uv run otel-bootstrap -a requirements --exporter otlp-http | uv pip install --requirement -"
            }
            Self::UvAdd => {
                "otel-bootstrap -a requirements --exporter otlp-http | uv add --requirement - && uv sync --locked"
            }
            Self::UvInstall | Self::PipInstall => "otel-bootstrap -a install --exporter otlp-http",
            Self::PipPipe => {
                ". .venv/bin/activate && otel-bootstrap -a requirements --exporter otlp-http \
                 | pip install -r /dev/stdin"
            }
            Self::PipAppend => {
                ". .venv/bin/activate && otel-bootstrap -a requirements --exporter otlp-http >> requirements.txt \
                 && pip install -r requirements.txt"
            }
            Self::PoetryAdd => "otel-bootstrap -a requirements --exporter otlp-http | xargs poetry add",
            Self::PdmAdd => "otel-bootstrap -a requirements --exporter otlp-http | xargs pdm add",
        }
    }
}

/// A project with its environment in `.venv`.
pub(crate) struct Project {
    pub(crate) folder: PathBuf,
}

impl Project {
    /// Copies the application, and sets its environment up.
    pub(crate) fn set_up(fixture: &Path, folder: &Path, way: Way) -> Result<Self, String> {
        fs::create_dir(folder).map_err(|error| error.to_string())?;
        for entry in fs::read_dir(fixture).map_err(|error| error.to_string())?.flatten() {
            if entry.path().is_file() && entry.file_name() != "app.toml" {
                fs::copy(entry.path(), folder.join(entry.file_name())).map_err(|error| error.to_string())?;
            }
        }
        let project = Self { folder: folder.to_owned() };
        project.shell(way.set_up())?;
        Ok(project)
    }

    /// Instruments it that way.
    pub(crate) fn bootstrap(&self, way: Way) -> Result<(), String> {
        self.shell(way.bootstrap()).map(drop)
    }

    /// The lines for it.
    pub(crate) fn requirements(&self) -> Result<Vec<String>, String> {
        let out = self.shell("otel-bootstrap -a requirements --exporter otlp-http")?;
        let lines = String::from_utf8(out.stdout).map_err(|error| error.to_string())?;
        Ok(lines.lines().map(str::to_owned).collect())
    }

    /// The distributions in its environment and their versions, as Python itself sees them.
    pub(crate) fn installed(&self) -> BTreeMap<String, String> {
        let code = "import json, re; from importlib.metadata import distributions; \
                    print(json.dumps({re.sub('[-_.]+', '-', d.metadata['Name']).lower(): d.version \
                    for d in distributions()}))";
        let out = self.program("python").args(["-c", code]).output().expect("its Python starts");
        serde_json::from_slice(&out.stdout).expect("JSON")
    }

    /// Holds that nothing moved of what was there, and that every line is met.
    pub(crate) fn holds(&self, before: &BTreeMap<String, String>, lines: &[String]) -> Result<(), String> {
        let after = self.installed();
        for (name, version) in before {
            if after.get(name) != Some(version) {
                return Err(format!("{name} {version} moved to {:?}", after.get(name)));
            }
        }
        for line in lines {
            let met = match line.split_once("==") {
                Some((name, version)) => after.get(name).is_some_and(|found| found == version),
                None => after.contains_key(line.split(['>', '<', '~', '!']).next().unwrap_or(line)),
            };
            if !met {
                return Err(format!("{line} is not installed: {after:?}"));
            }
        }
        Ok(())
    }

    /// A program of its environment, to be started in its folder.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(".venv/bin").join(name));
        command.current_dir(&self.folder).env("PATH", self.path(true));
        for variable in ["VIRTUAL_ENV", "PYTHONPATH"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs a line of shell in its folder, as a user would, and fails with all that it said.
    fn shell(&self, line: &str) -> Result<Output, String> {
        let out = Command::new("bash")
            .args(["-o", "pipefail", "-ec", line])
            .current_dir(&self.folder)
            .env("PATH", self.path(false))
            .env("PDM_CHECK_UPDATE", "0")
            .env_remove("VIRTUAL_ENV")
            .env_remove("PYTHONPATH")
            .env_remove("UV_PROJECT_ENVIRONMENT")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        if out.status.success() {
            return Ok(out);
        }
        let said = [out.stdout, out.stderr].concat();
        Err(format!("`{line}` fails: {}", String::from_utf8_lossy(&said)))
    }

    /// `PATH` with the programs under test in front; with those of the environment first if it is `active`.
    fn path(&self, active: bool) -> std::ffi::OsString {
        let built = Path::new(env!("CARGO_BIN_EXE_otel-bootstrap")).parent().expect("a folder").to_owned();
        let mut folders: Vec<PathBuf> = if active { vec![self.folder.join(".venv/bin")] } else { Vec::new() };
        folders.push(built);
        folders.push(oracle::tools());
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        env::join_paths(folders).expect("a PATH")
    }
}
