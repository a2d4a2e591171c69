//! What is printed is what the loader of the release loads: `opentelemetry-instrument` started in real environments,
//! with every instrumentation of its release there, refuses none that is printed and loads none that is not.
//!
//! `.ci/python-loader` runs it: `LOADER_ENVIRONMENTS` says how many for each release, `LOADER_RELEASES` which.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde::Deserialize;

use crate::{chance::Chance, fake::copy_info, oracle};

/// Releases, five years of them, each with a Python of its time and the day after it came out.
const RELEASES: &[(&str, &str, &str)] = &[
    ("0.24b0", "3.9", "2021-08-30"),
    ("0.27b0", "3.9", "2021-12-30"),
    ("0.34b0", "3.9", "2022-10-10"),
    ("0.41b0", "3.10", "2023-09-20"),
    ("0.48b0", "3.11", "2024-09-10"),
    ("0.54b1", "3.11", "2025-06-10"),
    ("0.60b1", "3.12", "2026-01-10"),
    ("0.66b1", "3.13", "2026-11-20"),
];

/// Libraries that install without a compiler, with versions to put in place of what goes together.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("aio-pika", &["6.8.2", "7.2.0", "8.3.0", "9.5.5"]),
    ("aiohttp", &["3.8.6", "3.9.5"]),
    ("aiopg", &["1.2.1", "1.3.5", "1.4.0"]),
    ("asyncpg", &["0.27.0"]),
    ("boto", &["2.49.0"]),
    ("boto3", &["1.17.112", "1.26.165"]),
    ("celery", &["4.4.7", "5.2.7", "5.4.0"]),
    ("click", &["7.1.2", "8.0.4", "8.1.7"]),
    ("confluent-kafka", &["1.8.2", "1.9.2", "2.3.0"]),
    ("django", &["1.11.29", "2.2.28", "3.2.25", "4.2.16"]),
    ("elasticsearch", &["5.5.3", "7.17.12"]),
    ("falcon", &["1.4.1", "2.0.0", "3.1.1", "3.1.3", "4.0.2"]),
    ("fastapi", &["0.58.1", "0.68.2", "0.90.1", "0.91.0", "0.110.3"]),
    ("flask", &["0.12.5", "1.1.4", "2.0.3", "2.2.5", "3.0.3"]),
    ("grpcio", &["1.41.1", "1.48.2"]),
    ("httpx", &["0.17.1", "0.18.2", "0.23.0", "0.23.3", "0.27.2"]),
    ("jinja2", &["2.11.3", "3.1.6"]),
    ("kafka-python", &["1.4.7", "2.0.2"]),
    ("mysql-connector-python", &["8.0.29", "8.3.0"]),
    ("pika", &["0.12.0", "0.13.1", "1.3.2"]),
    ("psycopg", &["3.0.18", "3.1.20"]),
    ("psycopg2-binary", &["2.9.9"]),
    ("pydantic", &["1.9.2", "1.10.15"]),
    ("pymemcache", &["1.3.4", "1.4.4", "3.5.2", "4.0.0"]),
    ("pymongo", &["3.13.0", "4.6.3"]),
    ("pymysql", &["0.9.3", "0.10.1", "1.0.2"]),
    ("pyramid", &["1.10.8", "2.0.2"]),
    ("redis", &["2.10.6", "3.5.3", "4.6.0"]),
    ("remoulade", &["0.60.0"]),
    ("requests", &["2.25.1", "2.31.0"]),
    ("sqlalchemy", &["1.4.54", "2.0.30"]),
    ("starlette", &["0.12.13", "0.13.8", "0.14.2", "0.27.0"]),
    ("structlog", &["20.2.0", "24.1.0"]),
    ("tornado", &["5.1.1", "6.1"]),
    ("tortoise-orm", &["0.16.21", "0.20.1"]),
    ("urllib3", &["1.26.20", "2.2.3"]),
    ("werkzeug", &["1.0.1", "2.3.8", "3.0.4"]),
];

/// The table of a release.
#[derive(Deserialize)]
struct Table {
    defaults: Vec<String>,
    libraries: Vec<String>,
    owners: BTreeMap<String, String>,
}

/// What became of an instrumentor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It instruments.
    Loaded,
    /// Refused: a library is missing or out of range.
    Refused,
    /// Its library could not be imported for want of a module; the loader may not have got to the ranges.
    NoModule,
    /// Tried, and failed.
    Failed,
}

/// One release, installed twice over: once as an app has it, once with every instrumentation.
struct Release {
    name: &'static str,
    python: &'static str,
    /// Where the release and what it needs is.
    base: PathBuf,
    /// The metadata of all its instrumentations.
    instrumentations: PathBuf,
    table: Table,
    /// What it and its API need of others.
    needs: Vec<String>,
    /// Whether ranges are looked at before a library is imported.
    looks_first: bool,
}

/// The line of a release in the release data.
#[derive(Deserialize)]
struct Line {
    version: String,
    #[serde(default)]
    needs: Vec<String>,
}

/// What came of one release.
#[derive(Default)]
struct Outcome {
    environments: usize,
    libraries: usize,
    starts: usize,
    printed: usize,
    printed_loaded: usize,
    refused: usize,
    undecided: usize,
    deliberate: BTreeSet<String>,
    wrong: Vec<String>,
}

#[test]
#[ignore = "installs eight releases and many libraries; `.ci/python-loader` runs it"]
fn the_loader_loads_what_is_printed() {
    let work = oracle::work().join("loader");
    fs::create_dir_all(&work).expect("a work folder");
    let count = env::var("LOADER_ENVIRONMENTS").ok().and_then(|value| value.parse().ok()).unwrap_or(8);
    let only = env::var("LOADER_RELEASES").unwrap_or_default();
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    for (name, python, day) in RELEASES {
        if !only.is_empty() && !only.split(',').any(|one| one == *name) {
            continue;
        }
        let release = Release::install(&work, name, python, day);
        let mut outcome = Outcome::default();
        for number in 0..count {
            release.hold(&work, number, day, &mut outcome);
        }
        rows.push(outcome.row(&release));
        wrong.extend(outcome.wrong.iter().map(|one| format!("{name}: {one}")));
    }
    if let Some(file) = env::var_os("LOADER_RESULTS") {
        fs::write(file, rows.join("\n") + "\n").expect("the table is written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Outcome {
    fn row(&self, release: &Release) -> String {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            release.name,
            release.python,
            self.environments,
            self.libraries,
            self.starts,
            self.printed,
            self.printed_loaded,
            self.refused,
            self.undecided,
            self.deliberate.iter().cloned().collect::<Vec<_>>().join(", "),
            self.wrong.len(),
        )
    }
}

impl Release {
    /// Installs the release as on that day, and all its instrumentations.
    fn install(work: &Path, name: &'static str, python: &'static str, day: &str) -> Self {
        let base = work.join(name);
        let instrumentations = base.join("instrumentations");
        let packages = base.join(format!("lib/python{python}/site-packages"));
        if !base.join("done").exists() {
            let _ = fs::remove_dir_all(&base);
            uv(&["venv", "--quiet", "--python", python], &[base.as_os_str()]);
            let pin = format!("opentelemetry-instrumentation=={name}");
            let distro = format!("opentelemetry-distro=={name}");
            assert!(install(&base, day, &[&pin, &distro, "setuptools<81"], &[]), "{name} does not install");
            let table = table(&base);
            let all: BTreeSet<&str> =
                table.libraries.iter().chain(&table.defaults).map(String::as_str).collect();
            // Some tables name what was never published.
            let all: Vec<&str> = all.into_iter().filter(|line| !line.contains(".dev")).collect();
            let mut wanted = vec![pin.as_str(), &distro, "setuptools<81"];
            wanted.extend(all);
            assert!(install(&base, day, &wanted, &[]), "the instrumentations of {name} do not install");
            fs::create_dir(&instrumentations).expect("a folder");
            for entry in fs::read_dir(&packages).expect("the packages").flatten() {
                let file = entry.file_name().into_string().expect("UTF-8");
                if file.starts_with("opentelemetry_instrumentation_") && file.ends_with(".dist-info") {
                    copy_info(&entry.path(), &instrumentations.join(&file));
                    fs::remove_dir_all(entry.path()).expect("it is moved");
                }
            }
            fs::write(base.join("done"), "").expect("a mark");
        }
        let mut table = table(&base);
        table.owners = table_with(&base, &instrumentations).owners;
        let load = packages.join("opentelemetry/instrumentation/auto_instrumentation/_load.py");
        let looks_first = fs::read_to_string(load)
            .map_or(true, |code| code.contains("conflict = get_dist_dependency_conflicts"));
        let data = include_str!("../../registry/python-releases.jsonl");
        let mut lines = data.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let needs = lines.find(|line| line.version == name).expect("a known release").needs;
        Self { name, python, base, instrumentations, table, needs, looks_first }
    }

    /// Holds what is printed in one environment against what the loader does there.
    fn hold(&self, work: &Path, number: usize, day: &str, outcome: &mut Outcome) {
        let seed = self.name.bytes().fold(0, |sum: u64, byte| sum * 31 + u64::from(byte)) << 16;
        let mut chance = Chance::new(seed + u64::try_from(number).expect("64 bits are enough"));
        let scratch = tempfile::tempdir_in(work).expect("a temporary folder");
        let prefix = scratch.path().join("env");
        let chosen = self.environment(&prefix, day, &mut chance);
        let packages = prefix.join(format!("lib/python{}/site-packages", self.python));
        let base = self.base.join(format!("lib/python{}/site-packages", self.python));
        fs::write(packages.join("release.pth"), format!("{}\n", base.display())).expect("a .pth file");
        let printed = printed(&prefix);
        let deliberate = deliberate(&prefix);
        let watch = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python_upstream/oracle/watch.py");
        fs::copy(watch, packages.join("otel_bootstrap_watch.py")).expect("the watcher");
        fs::write(packages.join("watch.pth"), "import otel_bootstrap_watch\n").expect("a .pth file");
        let line = format!("{}\n", self.instrumentations.display());
        fs::write(packages.join("instrumentations.pth"), line).expect("a .pth file");
        let fates = self.start(&prefix, scratch.path(), outcome);
        outcome.environments += 1;
        outcome.libraries += chosen.len();
        let known: BTreeSet<&str> = self.table.libraries.iter().map(|line| name_of(line)).collect();
        for package in known {
            let fates: Vec<Fate> = self
                .table
                .owners
                .iter()
                .filter(|(_, owner)| *owner == package)
                .filter_map(|(instrumentor, _)| fates.get(instrumentor).copied())
                .collect();
            if fates.is_empty() {
                continue;
            }
            let tell = |what: &str| format!("{package} {what}; {chosen:?}");
            if printed.contains(package) {
                outcome.printed += 1;
                if fates.contains(&Fate::Loaded) {
                    outcome.printed_loaded += 1;
                } else if fates.iter().all(|fate| *fate == Fate::Refused) {
                    outcome.wrong.push(tell("is printed and refused"));
                }
            } else if fates.iter().all(|fate| *fate == Fate::Refused) {
                outcome.refused += 1;
            } else if fates.contains(&Fate::Loaded) || self.looks_first {
                match deliberate.get(package) {
                    Some(reason) => drop(outcome.deliberate.insert(format!("{package}: {reason}"))),
                    None => outcome.wrong.push(tell(&format!("is not printed, and would load ({fates:?})"))),
                }
            } else {
                outcome.undecided += 1;
            }
        }
    }

    /// An environment with libraries that go together on some day, some of them moved to other versions.
    fn environment(&self, prefix: &Path, day: &str, chance: &mut Chance) -> Vec<String> {
        uv(&["venv", "--quiet", "--python", self.python], &[prefix.as_os_str()]);
        let share = 20 + chance.below(60);
        let mut chosen: Vec<&str> = Vec::new();
        let mut moved: Vec<String> = Vec::new();
        for (library, versions) in LIBRARIES {
            if chance.percent(share) {
                chosen.push(library);
                if chance.percent(35) {
                    moved.push(format!("{library}=={}", chance.of(versions)));
                }
            }
        }
        let year: usize = day[..4].parse().expect("a year");
        let earlier = chance.below(3);
        let some_day = format!("{}{}", (year - earlier).max(2021), &day[4..]);
        if !install(prefix, &some_day, &chosen, &[]) {
            chosen.retain(|library| install(prefix, &some_day, &[library], &[]));
        }
        // What does not exist as a wheel for this Python stays as it is.
        moved.retain(|pin| chosen.contains(&name_of(pin)) && install(prefix, day, &[pin], &["--no-deps"]));
        // What the release itself cannot live with is moved by whoever installs it.
        let packages = prefix.join(format!("lib/python{}/site-packages", self.python));
        let there = fs::read_dir(packages).expect("the packages").flatten();
        let there: BTreeSet<String> = there
            .filter_map(|entry| {
                let file = entry.file_name().into_string().ok()?;
                Some(file.strip_suffix(".dist-info")?.split('-').next()?.to_lowercase().replace('_', "-"))
            })
            .collect();
        let needs = self.needs.iter().filter(|need| there.contains(name_of(need)));
        let needs: Vec<&str> = needs.map(String::as_str).collect();
        assert!(needs.is_empty() || install(prefix, day, &needs, &[]), "{needs:?} do not install");
        let mut all: Vec<String> = chosen.iter().map(|&name| name.to_owned()).collect();
        all.extend(moved);
        all
    }

    /// Starts an empty program under the loader. One that fails may end the loader: it is left out and the
    /// program started again, until the loader gets to the end.
    fn start(&self, prefix: &Path, scratch: &Path, outcome: &mut Outcome) -> BTreeMap<String, Fate> {
        let mut fates = BTreeMap::new();
        let mut disabled: Vec<String> = Vec::new();
        loop {
            outcome.starts += 1;
            let log = scratch.join(format!("log-{}", disabled.len()));
            let out = Command::new(prefix.join("bin/python"))
                .arg(self.base.join("bin/opentelemetry-instrument"))
                .arg(prefix.join("bin/python"))
                .args(["-c", "pass"])
                .env("LOADER_LOG", &log)
                .env("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", disabled.join(","))
                .envs([("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")])
                .env("OTEL_LOGS_EXPORTER", "none")
                .env("PATH", path_with(&prefix.join("bin")))
                .env_remove("PYTHONPATH")
                .env("PYTHONNOUSERSITE", "1")
                .output()
                .expect("the loader starts");
            let said = fs::read_to_string(&log).unwrap_or_default();
            assert!(!said.is_empty(), "{}: nothing was watched: {out:?}", self.name);
            let before = disabled.len();
            for line in said.lines() {
                if let Some((instrumentor, fate)) = fate_of(line) {
                    if fate == Fate::Failed && line.starts_with("Instrumenting of") {
                        disabled.push(instrumentor.to_owned());
                    }
                    fates.insert(instrumentor.to_owned(), fate);
                }
            }
            if disabled.len() == before {
                for instrumentor in self.table.owners.keys() {
                    assert!(
                        fates.contains_key(instrumentor),
                        "{}: nothing of {instrumentor}: {said}",
                        self.name
                    );
                }
                return fates;
            }
        }
    }
}

/// What a line of the loader says about an instrumentor.
fn fate_of(line: &str) -> Option<(&str, Fate)> {
    if let Some(rest) = line.strip_prefix("Skipping instrumentation ") {
        let (name, why) = rest.split_once(": ")?;
        // Some instrumentors notice by themselves that their library cannot be imported.
        let is_missing = why.starts_with("No module named") || why.ends_with(" must be installed");
        return Some((name, if is_missing { Fate::NoModule } else { Fate::Refused }));
    }
    if let Some(name) = line.strip_prefix("Instrumented ") {
        return Some((name, Fate::Loaded));
    }
    for start in ["Instrumenting of ", "Importing of "] {
        if let Some(rest) = line.strip_prefix(start) {
            return Some((rest.split(' ').next()?, Fate::Failed));
        }
    }
    let (name, rest) = line.split_once(' ')?;
    let refusals =
        ["only instruments ", "instruments any of ", "requires any of ", "has an unknown dependency"];
    refusals.iter().any(|refusal| rest.starts_with(refusal)).then_some((name, Fate::Refused))
}

/// The distribution's name in a requirement.
fn name_of(line: &str) -> &str {
    line.split(['=', '>', '<', '~', '!', ' ']).next().unwrap_or(line)
}

/// The instrumentations that the program prints for the environment.
fn printed(prefix: &Path) -> BTreeSet<String> {
    let out = bootstrap(prefix, "requirements");
    let lines = String::from_utf8(out.stdout).expect("UTF-8");
    lines.lines().map(|line| name_of(line).to_owned()).collect()
}

/// The instrumentations that it leaves out although their library fits, with the reason.
fn deliberate(prefix: &Path) -> BTreeMap<String, String> {
    let out = bootstrap(prefix, "json");
    let told: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let mut reasons = BTreeMap::new();
    for library in told["libraries"].as_array().expect("libraries") {
        let status = library["status"].as_str().expect("a status");
        if !matches!(status, "applies" | "out-of-range" | "needs")
            && let Some(instrumentation) = library["instrumentation"].as_str()
        {
            reasons.insert(instrumentation.to_owned(), status.to_owned());
        }
    }
    reasons
}

fn bootstrap(prefix: &Path, format: &str) -> Output {
    let out = Command::new(env!("CARGO_BIN_EXE_otel-bootstrap"))
        .args(["-a", "requirements", "--format", format, "--python"])
        .arg(prefix)
        .env_remove("PYTHONPATH")
        .env("PYTHONNOUSERSITE", "1")
        .output()
        .expect("the program starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out
}

fn table(base: &Path) -> Table {
    table_with(base, Path::new(""))
}

/// The table of the release in an environment, with instrumentors also from the folder.
fn table_with(base: &Path, more: &Path) -> Table {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python_upstream/oracle/instrumentors.py");
    let out = Command::new(base.join("bin/python")).arg(script).env("PYTHONPATH", more).output();
    let out = out.expect("the release's Python starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("a table")
}

/// Whether uv can install these, as on that day.
fn install(prefix: &Path, day: &str, wanted: &[&str], more: &[&str]) -> bool {
    let status = Command::new(oracle::uv())
        .args(["pip", "install", "--quiet", "--only-binary", ":all:", "--exclude-newer", day, "--python"])
        .arg(prefix)
        .args(more)
        .args(wanted)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect("uv starts").success()
}

fn uv(arguments: &[&str], more: &[&std::ffi::OsStr]) {
    let status = Command::new(oracle::uv()).args(arguments).args(more).status().expect("uv starts");
    assert!(status.success(), "uv {arguments:?} failed");
}

/// `PATH` with that folder first.
fn path_with(folder: &Path) -> std::ffi::OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(folder.to_owned()).chain(env::split_paths(&path))).expect("a PATH")
}
