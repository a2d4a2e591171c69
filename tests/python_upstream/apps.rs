//! The whole way with real applications: set up with uv or pip, given their instrumentation by one pipe or by
//! `-a install`, started with `opentelemetry-instrument` and not touched otherwise; a collector on loopback gets
//! the spans.
//!
//! `.ci/python-apps` runs it: `APPS` and `WAYS` narrow it down.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use serde::Deserialize;

use crate::{
    oracle,
    postgres::Postgres,
    project::{Project, Way},
    running::Running,
};

/// The longest that a span is waited for.
const PATIENCE: Duration = Duration::from_secs(40);

/// How an application is used, and the spans to expect.
#[derive(Deserialize)]
struct App {
    /// The server that it needs beside it.
    database: Option<Database>,
    /// What runs until it is ended.
    serve: Option<Vec<String>>,
    /// The port it has, if it cannot be told another.
    port: Option<u16>,
    /// What is asked of it, and the answer.
    get: Option<String>,
    answers: Option<String>,
    /// What runs to its end, and what it prints.
    run: Option<Vec<String>>,
    prints: Option<String>,
    /// What must be among the lines for it.
    requirements: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    spans: Vec<Expected>,
}

/// A server that an application needs.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Database {
    Postgresql,
}

/// A span that must arrive.
#[derive(Clone, Debug, Deserialize)]
struct Expected {
    kind: String,
    name: String,
    scope: String,
}

/// A span as the collector writes it.
#[derive(Debug, Deserialize)]
struct Span {
    trace_id: String,
    name: String,
    kind: String,
    scope: String,
}

impl Expected {
    fn is(&self, span: &Span) -> bool {
        // A package may name its parts: `opentelemetry.instrumentation.grpc` is also of `.grpc._server`.
        span.kind == self.kind && span.name == self.name && span.scope.starts_with(&self.scope)
    }
}

#[test]
#[ignore = "installs applications and runs them; `.ci/python-apps` runs it"]
fn applications_deliver_their_spans_and_were_only_given_what_is_printed() {
    let work = oracle::work().join("apps");
    fs::create_dir_all(&work).expect("a work folder");
    let receiver = receiver(&work);
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    let names = ["flask", "django", "fastapi", "celery", "sqlalchemy", "psycopg", "clients", "grpc"];
    for name in narrowed("APPS", &names) {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/python").join(&name);
        let app = fs::read_to_string(fixture.join("app.toml")).expect("app.toml");
        let app: App = toml::from_str(&app).expect("its form");
        for way in Way::ALL {
            if !narrowed("WAYS", &[way.name()]).iter().any(|one| one == way.name()) {
                continue;
            }
            let scratch = tempfile::tempdir_in(&work).expect("a temporary folder");
            match whole_way(&fixture, &app, way, scratch.path(), &receiver) {
                Ok((lines, spans)) => {
                    let kinds: Vec<String> =
                        app.spans.iter().map(|span| format!("{} `{}`", span.kind, span.name)).collect();
                    rows.push(format!(
                        "| {name} | {} | {lines} | {} | {spans} |",
                        way.name(),
                        kinds.join(", ")
                    ));
                }
                Err(what) => wrong.push(format!("{name}, {}: {what}", way.name())),
            }
        }
    }
    if let Some(file) = env::var_os("APPS_RESULTS") {
        fs::write(file, rows.join("\n") + "\n").expect("the table is written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sets the application up, gives it its instrumentation that way, uses it, and waits for its spans. Returns how
/// many requirements it got and how many spans came.
fn whole_way(
    fixture: &Path,
    app: &App,
    way: Way,
    scratch: &Path,
    receiver: &Path,
) -> Result<(usize, usize), String> {
    let project = Project::set_up(fixture, &scratch.join("app"), way)?;
    let before = project.installed();
    let lines = project.requirements()?;
    for wanted in app.requirements.iter().map(String::as_str).chain(["opentelemetry-distro"]) {
        if !lines.iter().any(|line| line.starts_with(&format!("{wanted}=="))) {
            return Err(format!("{wanted} is not printed: {lines:?}"));
        }
    }
    project.bootstrap(way)?;
    project.holds(&before, &lines)?;
    let spans = run(&project, app, receiver)?;
    Ok((lines.len(), spans.len()))
}

/// Uses the application under `opentelemetry-instrument`, and returns all spans once those that are expected are
/// there.
fn run(project: &Project, app: &App, receiver: &Path) -> Result<Vec<Span>, String> {
    let mut collector = Command::new(receiver)
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut out = BufReader::new(collector.stdout.take().ok_or("no output")?);
    let _collector = Running(collector);
    let mut first = String::new();
    out.read_line(&mut first).map_err(|error| error.to_string())?;
    let at = first.trim().strip_prefix("listening on ").ok_or("the collector does not listen")?.to_owned();
    let (sender, arrived) = mpsc::channel();
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    let port = app.port.map_or_else(free_port, Ok)?;
    let database = match app.database {
        Some(Database::Postgresql) => Some(Postgres::start(free_port()?)?),
        None => None,
    };
    let database_port = database.as_ref().map(|server| server.port.to_string()).unwrap_or_default();
    let environment: BTreeMap<&str, String> = app
        .environment
        .iter()
        .map(|(key, value)| (key.as_str(), value.replace("{database}", &database_port)))
        .collect();
    let log = project.folder.join("log.txt");
    let start = |words: &[String]| {
        let words = words.iter().map(|word| word.replace("{port}", &port.to_string()));
        let mut command = project.program("opentelemetry-instrument");
        command
            .args(words)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{at}"))
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .envs([("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_METRICS_EXPORTER", "none")])
            .env("OTEL_SERVICE_NAME", "fixture")
            .envs(&environment)
            .stdin(Stdio::null());
        command
    };
    let mut serving = None;
    if let Some(serve) = &app.serve {
        let file = fs::File::create(&log).map_err(|error| error.to_string())?;
        let second = file.try_clone().map_err(|error| error.to_string())?;
        let child = start(serve).stdout(file).stderr(second).spawn().map_err(|error| error.to_string())?;
        serving = Some(Running(child));
    }
    let logged = || fs::read_to_string(&log).unwrap_or_default();
    if let Some(path) = &app.get {
        let answer = get(port, path).ok_or_else(|| format!("nothing answers: {}", logged()))?;
        if !answer.contains(app.answers.as_deref().unwrap_or_default()) {
            return Err(format!("it answers {answer}: {}", logged()));
        }
    }
    if let Some(run) = &app.run {
        let out = start(run).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&out.stdout);
        if said.trim() != app.prints.as_deref().unwrap_or_default() {
            return Err(format!("it prints {said:?}: {} {}", String::from_utf8_lossy(&out.stderr), logged()));
        }
    }
    let started = Instant::now();
    let mut spans: Vec<Span> = Vec::new();
    while !app.spans.iter().all(|expected| spans.iter().any(|span| expected.is(span))) {
        let left = PATIENCE.checked_sub(started.elapsed()).unwrap_or_default();
        let Ok(line) = arrived.recv_timeout(left) else {
            return Err(format!("not all spans came: {spans:#?} {}", logged()));
        };
        spans.push(serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?);
    }
    drop(serving);
    let ends = ["producer", "consumer"];
    let ends = spans.iter().filter(|span| ends.contains(&span.kind.as_str()));
    let mut traces: Vec<&str> = ends.map(|span| span.trace_id.as_str()).collect();
    traces.dedup();
    if traces.len() > 1 {
        Err(format!("what is sent and what is received are apart: {spans:#?}"))
    } else {
        Ok(spans)
    }
}

/// The answer over HTTP, as soon as somebody listens.
fn get(port: u16, path: &str) -> Option<String> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { continue };
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        return Some(String::from_utf8_lossy(&answer).into_owned());
    }
    None
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

/// Builds the collector.
fn receiver(work: &Path) -> PathBuf {
    let target = work.join("receiver");
    let status = Command::new("cargo")
        .args(["build", "--locked", "--quiet", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/receiver/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the collector does not build");
    let name = fs::read_dir(target.join("debug")).expect("what was built").flatten();
    let mut programs = name.filter(|entry| entry.path().extension().is_none() && entry.path().is_file());
    let named = |entry: &fs::DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    programs.find(named).expect("a program").path()
}

/// The values to run with: those of the variable, or all.
fn narrowed(variable: &str, all: &[&str]) -> Vec<String> {
    match env::var(variable) {
        Ok(some) if !some.is_empty() => some.split(',').map(str::to_owned).collect(),
        _ => all.iter().map(|&value| value.to_owned()).collect(),
    }
}
