//! The whole way with real services: the tool installs, the wiring it prints is put in, the service is
//! built and called, and a collector on loopback counts the spans.
//!
//! Builds twelve services, so it does not run with the rest: `.ci/services` runs it. `SERVICES=actix,tonic` and
//! `SETS=0.33` narrow it down; `SERVICES_TARGET` names a target folder to build in and keep.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde::Deserialize;

/// What a service is expected to get and to emit.
#[derive(Deserialize)]
struct Expectation {
    exporter: String,
    chain: Vec<Link>,
    sets: BTreeMap<String, Expected>,
}

/// One span of the trace of a request.
#[derive(Deserialize)]
struct Link {
    kind: String,
    name: Option<String>,
}

/// The requirements of one release set.
#[derive(Deserialize)]
struct Expected {
    instrumentations: Vec<Requirement>,
    base: Vec<Requirement>,
}

/// A crate, with the features that the wiring cannot do without.
#[derive(Deserialize)]
struct Requirement {
    name: String,
    version: String,
    #[serde(default)]
    features: Vec<String>,
}

/// A span as the collector writes it.
#[derive(Debug, Deserialize)]
struct Span {
    #[serde(rename = "trace_id")]
    trace: String,
    #[serde(rename = "span_id")]
    id: String,
    #[serde(rename = "parent_span_id")]
    parent: String,
    name: String,
    kind: String,
}

/// A process that is ended with the test, whatever happens.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "builds twelve services; `.ci/services` runs it"]
fn services_installed_by_the_tool_and_wired_as_printed_deliver_one_trace() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let target = env::var_os("SERVICES_TARGET").map_or_else(|| scratch.path().join("target"), PathBuf::from);
    let receiver = build(&root.join("receiver"), &target, "receiver");
    let mut rows = Vec::new();
    for service in narrowed("SERVICES", &["axum-reqwest-sqlx", "actix", "tonic"]) {
        let folder = root.join("services").join(&service);
        let expected: Expectation =
            toml::from_str(&fs::read_to_string(folder.join("service.toml")).expect("service.toml"))
                .expect("its form");
        for set in narrowed("SETS", &["0.33", "0.32", "0.31", "0.30"]) {
            let project = scratch.path().join(format!("{service}-{set}"));
            copy(&folder, &project);
            if folder.join(&set).is_dir() {
                copy(&folder.join(&set), &project);
            }
            let lines = print_requirements(&project, &set, &expected.exporter);
            let wanted = &expected.sets[&set];
            assert_requirements(
                &lines,
                wanted.instrumentations.iter().chain(&wanted.base),
                &project,
                &format!("{service} {set}"),
            );
            let steps = install(&project, &set, &expected.exporter);
            let wired = fs::read_to_string(folder.join(format!("wired-{set}.rs"))).expect("the wired source");
            for code in code_of(&steps) {
                assert!(
                    squeezed(&wired).contains(&squeezed(code)),
                    "{service} {set} is not wired as printed:\n{code}"
                );
            }
            fs::write(project.join("src/main.rs"), wired).expect("the wired source is written");
            let built = Instant::now();
            let program = build(&project, &target, &service);
            let build_seconds = built.elapsed().as_secs();
            let spans = call(&receiver, &program, &service);
            let chain = trace_of_the_chain(&spans, &expected.chain);
            assert_eq!(chain, Ok(()), "{service} {set}: {spans:#?}");
            rows.push(format!("| {service} | {set} | {} | {} | {build_seconds} |", lines.len(), spans.len()));
        }
    }
    let table = format!(
        "| service | release set | requirements | spans received | build s |\n|---|---|---|---|---|\n{}\n",
        rows.join("\n")
    );
    if let Some(file) = env::var_os("SERVICES_RESULTS") {
        fs::write(file, &table).expect("the table is written");
    }
}

/// The values to run with: those of the variable, or all.
fn narrowed(variable: &str, all: &[&str]) -> Vec<String> {
    match env::var(variable) {
        Ok(some) if !some.is_empty() => some.split(',').map(str::to_owned).collect(),
        _ => all.iter().map(|&value| value.to_owned()).collect(),
    }
}

fn tool(project: &Path, set: &str, exporter: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otel-bootstrap"));
    command.args(["--otel-version", set, "--exporter", exporter]).arg(project);
    command
}

fn print_requirements(project: &Path, set: &str, exporter: &str) -> Vec<String> {
    let out = tool(project, set, exporter).args(["-a", "requirements"]).output().expect("the tool runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut lines: Vec<String> =
        String::from_utf8(out.stdout).expect("UTF-8").lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Holds that the lines name exactly these crates, at these versions, with these features at least. A crate
/// that the service has already is named without a version, or not at all where it lacks no feature.
fn assert_requirements<'e>(
    lines: &[String],
    expected: impl Iterator<Item = &'e Requirement>,
    project: &Path,
    of: &str,
) {
    let manifest = fs::read_to_string(project.join("Cargo.toml")).expect("the manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let mut left: Vec<&str> = lines.iter().map(String::as_str).collect();
    for Requirement { name, version, features } in expected {
        let is_there = manifest["dependencies"].get(name).is_some();
        let spec = if is_there { name.clone() } else { format!("{name}@{version}") };
        match left.iter().position(|line| line.split(' ').next() == Some(&spec)) {
            None => assert!(is_there && features.is_empty(), "{of} lacks {spec}: {lines:#?}"),
            Some(at) => {
                let line = left.remove(at);
                for feature in features {
                    let on = line.split([' ', ',']).any(|part| part == format!("{spec}/{feature}"));
                    assert!(on, "{of}: {line} lacks {feature}");
                }
            }
        }
    }
    assert!(left.is_empty(), "{of} gets more than expected: {left:#?}");
}

/// Installs and returns what is printed about the next steps.
fn install(project: &Path, set: &str, exporter: &str) -> String {
    let out = tool(project, set, exporter)
        .args(["-a", "install", "--color", "never"])
        .output()
        .expect("the tool runs");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{said}");
    said
}

/// The lines of code in the next steps: those that are indented by four or more.
fn code_of(steps: &str) -> Vec<&str> {
    let is_code = |line: &&str| line.starts_with("    ") && !line.trim().is_empty();
    let lines: Vec<&str> = steps.lines().filter(is_code).collect();
    assert!(!lines.is_empty(), "no code among the next steps:\n{steps}");
    lines
}

fn squeezed(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Builds the only binary of a project and returns a copy of it that later builds leave alone.
fn build(project: &Path, target: &Path, name: &str) -> PathBuf {
    let built = Command::new("cargo")
        .args(["build", "--locked", "--quiet", "--message-format", "json-render-diagnostics"])
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .current_dir(project)
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{name} does not build");
    let messages = String::from_utf8(built.stdout).expect("UTF-8");
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .expect("a binary was built");
    let kept = project.join(format!("{name}-under-test"));
    let kept = if project.starts_with(env!("CARGO_MANIFEST_DIR")) {
        target.join(format!("{name}-under-test"))
    } else {
        kept
    };
    fs::copy(program, &kept).expect("the binary is copied");
    kept
}

/// Starts collector and service, walks the chain once, ends the service, and returns what arrived.
fn call(receiver: &Path, program: &Path, service: &str) -> Vec<Span> {
    let (mut collector, collector_at, spans) = start(Command::new(receiver).env("PORT", "0"));
    let endpoint = format!("http://{collector_at}");
    let (mut under_test, at, _rest) = start(
        Command::new(program)
            .env("PORT", "0")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
            .env("OTEL_SERVICE_NAME", service)
            .env("RUST_LOG", "info,otel::tracing=trace"),
    );
    assert!(get(&at, "/a").contains("3 in stock"), "{service} does not do its job");
    get(&at, "/quit");
    let ended = wait(&mut under_test.0, Duration::from_secs(30));
    assert_eq!(ended, Some(true), "{service} does not end well");
    collector.0.kill().expect("the collector is ended");
    collector.0.wait().expect("the collector has ended");
    spans.lines().map(|line| serde_json::from_str(&line.expect("a line")).expect("a span")).collect()
}

/// Starts a program that says `listening on ADDR` first, and returns where, and the rest of its output.
fn start(command: &mut Command) -> (Running, String, BufReader<std::process::ChildStdout>) {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let running = Running(child);
    let mut first = String::new();
    output.read_line(&mut first).expect("its first line");
    let at = first.trim().strip_prefix("listening on ").expect("`listening on ADDR`").to_owned();
    (running, at, output)
}

fn get(at: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(at).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time limit");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut answer = Vec::new();
    // A service that quits may cut the connection.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Whether the process ended well, or `None` if it did not end in time.
fn wait(child: &mut Child, most: Duration) -> Option<bool> {
    let started = Instant::now();
    while started.elapsed() < most {
        if let Some(status) = child.try_wait().expect("its status") {
            return Some(status.success());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

/// Finds a trace in which the links follow one another, each the parent of the next (spans between two
/// links, of other kinds, are passed over).
fn trace_of_the_chain(spans: &[Span], chain: &[Link]) -> Result<(), String> {
    let fits = |span: &Span, link: &Link| {
        span.kind == link.kind && link.name.as_ref().is_none_or(|name| *name == span.name)
    };
    let parent = |span: &Span| spans.iter().find(|p| p.id == span.parent && p.trace == span.trace);
    let last = chain.last().ok_or("no chain")?;
    for end in spans.iter().filter(|span| fits(span, last)) {
        let mut open = chain.iter().rev().skip(1).peekable();
        let mut at = end;
        while let Some(above) = parent(at) {
            if open.peek().is_some_and(|link| fits(above, link)) {
                open.next();
            }
            at = above;
        }
        if open.peek().is_none() && at.parent.is_empty() {
            return Ok(());
        }
    }
    Err("no trace holds the whole chain".to_owned())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder to read") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("its type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
