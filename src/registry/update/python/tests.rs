//! Refreshing from a Python package index that runs inside the test.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{BufRead, BufReader, Cursor, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};

use sha2::{Digest, Sha256};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{address::Address, *};
use crate::registry::{Registry, parse_rules, update::FetchError};

/// How an index speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speech {
    Html,
    Json,
}

/// What is answered, by path: status, media type, body.
type Answers = Mutex<BTreeMap<String, (u16, &'static str, Vec<u8>)>>;

/// The requests so far: path, and what the client said about itself.
type Seen = Mutex<Vec<(String, Option<String>)>>;

/// An index inside the test. The thread that answers ends with the process.
struct FakeIndex {
    address: String,
    answers: Arc<Answers>,
    seen: Arc<Seen>,
    speech: Speech,
}

impl FakeIndex {
    fn start(speech: Speech) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port").to_string();
        let index = Self { address, answers: Arc::default(), seen: Arc::default(), speech };
        let (answers, seen) = (Arc::clone(&index.answers), Arc::clone(&index.seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                thread::spawn(move || answer(&stream, &answers, &seen));
            }
        });
        index
    }

    fn put(&self, path: &str, status: u16, kind: &'static str, body: Vec<u8>) {
        self.answers.lock().expect("no panic above").insert(path.to_owned(), (status, kind, body));
    }

    /// Publishes wheels of a project: version, bytes, and the hash that the index tells of them.
    fn publish(&self, project: &str, wheels: &[(&str, Vec<u8>, Option<String>)]) {
        let (mut html, mut files) = ("<!DOCTYPE html><body>".to_owned(), Vec::new());
        for (version, bytes, hash) in wheels {
            let name = format!("{}-{version}-py3-none-any.whl", project.replace('-', "_"));
            let hash = hash.clone().unwrap_or_else(|| hex(bytes));
            write!(
                html,
                "<a href='../../files/{name}#sha256={hash}' data-requires-python='&gt;=3.8'>{name}</a>"
            )
            .expect("memory");
            files.push(serde_json::json!({ "filename": name, "url": format!("/files/{name}"),
                "hashes": { "sha256": hash }, "yanked": false }));
            self.put(&format!("/files/{name}"), 200, "application/octet-stream", bytes.clone());
        }
        let path = format!("/simple/{project}/");
        match self.speech {
            Speech::Html => self.put(&path, 200, "text/html; charset=utf-8", html.into_bytes()),
            Speech::Json => {
                let page =
                    serde_json::json!({ "meta": { "api-version": "1.1" }, "name": project, "files": files });
                self.put(&path, 200, "application/vnd.pypi.simple.v1+json", page.to_string().into_bytes());
            }
        }
    }

    fn requests(&self) -> Vec<String> {
        let mut seen = self.seen.lock().expect("no panic above");
        let mut paths = std::mem::take(&mut *seen).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        paths.sort();
        paths
    }

    fn connect(&self) -> PythonIndex {
        let address = format!("http://us%65r:secret@{}/simple", self.address);
        let address = Address::parse(&address).expect("an address");
        PythonIndex::connect(address, None, None, Duration::ZERO).expect("connections")
    }

    fn refresh(&self, before: Option<&PythonFile>) -> Result<PythonFile, Error> {
        let made = refresh(&self.connect(), before, rules().python(), &mut |_| {})?;
        let text = PythonFile::write(&made.releases, &made.instrumentations, SystemTime::now());
        Ok(PythonFile::open(text.expect("plain data").into()).expect("what was written can be read"))
    }

    /// The data without its date, or the error.
    fn told(&self) -> String {
        self.refresh(None).map_or_else(|error| error.to_string(), |file| lines(&file))
    }
}

fn lines(file: &PythonFile) -> String {
    let (releases, instrumentations) = file.counts();
    let releases = (0..releases).map(|number| serde_json::to_string(&file.line(number)));
    let entries = (0..instrumentations).map(|number| serde_json::to_string(&file.instrumentation(number)));
    releases.chain(entries).collect::<Result<Vec<_>, _>>().expect("plain data").join("\n")
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Answers one request and closes the connection.
fn answer(mut stream: &TcpStream, answers: &Answers, seen: &Seen) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let user = lines.filter_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case("authorization").then(|| value.to_owned())
    });
    let user = user.last();
    let (status, kind, body) = match &user {
        Some(_) => {
            answers.lock().expect("no panic above").get(&path).cloned().unwrap_or((404, "", Vec::new()))
        }
        None => (401, "", Vec::new()),
    };
    seen.lock().expect("no panic above").push((path, user));
    let head = format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // The client may hang up.
    let _ = stream.write_all(&[head.into_bytes(), body].concat());
}

/// The bytes of a wheel: its metadata after name and version, its entry points, and the table in it.
fn wheel(name: &str, version: &str, metadata: &str, entry: &str, table: &str) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let folder = format!("{}-{version}.dist-info", name.replace('-', "_"));
    let files = [
        (
            format!("{folder}/METADATA"),
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}\n"),
        ),
        (
            format!("{folder}/entry_points.txt"),
            format!("[other]\nx = y\n[opentelemetry_instrumentor]\n{entry}\n"),
        ),
        (table::PATH.to_owned(), table.to_owned()),
    ];
    for (path, text) in files {
        archive.start_file(path, SimpleFileOptions::default()).expect("memory");
        archive.write_all(text.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// Rules with an exporter, something that no table names, and something whose code differs.
fn rules() -> Registry {
    let mut registry = Registry::empty();
    let rules = r#"
        schema = 1
        [python.exporter.otlp]
        what = "x"
        requires = ["opentelemetry-distro=={release}", "opentelemetry-exporter-otlp=={core}"]
        [python.instrumentation.otel-lambda]
        what = "x"
        unlisted = "release"
        [python.instrumentation.otel-own]
        what = "x"
        unlisted = "own"
        [python.instrumentation.otel-redis]
        what = "x"
        code = [{ releases = "<0.31b0", any = ["redis>=2.6", "valkey"] }]
    "#;
    let raw = parse_rules(std::path::Path::new("rules.toml"), rules).expect("readable rules");
    registry.apply("rules.toml", raw).expect("valid rules");
    registry
}

const TABLE: &str = r#"
# generated
libraries = [
    {"library": "flask >= 1.0, < 3.0", "instrumentation": "otel-flask==VERSION"},
    {"library": "redis >= 2.6", "instrumentation": "otel-redis==VERSION"},
    {"library": "openai", "instrumentation": "otel-openai"},
]
default_instrumentations = ["otel-logging==VERSION"]
"#;

const EXTRA: &str = "Requires-Python: >=3.8\nProvides-Extra: instruments\nRequires-Dist: ";

/// What belongs to a release: each project with its wheel.
fn release(version: &str, core: &str) -> Vec<(&'static str, Vec<u8>)> {
    let table = TABLE.replace("VERSION", version);
    let api = "Requires-Python: >=3.8\nRequires-Dist: opentelemetry-api (~=1.4)\nRequires-Dist: wrapt (<2.0.0,>=1.0.0)";
    let distro =
        format!("Provides-Extra: otlp\nRequires-Dist: opentelemetry-exporter-otlp=={core} ; extra == 'otlp'");
    let redis = format!("{EXTRA}redis>=2.6; extra == 'instruments'");
    let flask = format!("{EXTRA}Flask<3.0,>=1.0; extra == 'instruments'");
    vec![
        (CARRIER, wheel(CARRIER, version, api, "", &table)),
        (DISTRO, wheel(DISTRO, version, &distro, "", "")),
        ("otel-flask", wheel("otel-flask", version, &flask, "flask = x:Y", "")),
        ("otel-redis", wheel("otel-redis", version, &redis, "redis = x:Y\n-bad/ = x:Y", "")),
        ("otel-logging", wheel("otel-logging", version, "Requires-Python: >=3.9", "logging = x:Y", "")),
        ("otel-lambda", wheel("otel-lambda", version, "Requires-Python: >=3.8", "lambda = x:Y", "")),
    ]
}

/// An index with these releases.
fn index(speech: Speech, releases: &[(&str, &str)]) -> FakeIndex {
    let index = FakeIndex::start(speech);
    publish(&index, releases);
    let own = format!("{EXTRA}openai>=1; extra == 'instruments'\nRequires-Dist: {CARRIER}>=0.31b0");
    for (name, version) in [("otel-own", "2.0"), ("otel-openai", "2.1b0")] {
        index.publish(name, &[(version, wheel(name, version, &own, "openai = x:Y", ""), None)]);
    }
    index
}

/// Publishes releases, and the exporters that go with them.
fn publish(index: &FakeIndex, releases: &[(&str, &str)]) {
    let mut wheels = BTreeMap::<&str, Vec<(&str, Vec<u8>, Option<String>)>>::new();
    for (version, core) in releases {
        for (name, bytes) in release(version, core) {
            wheels.entry(name).or_default().push((version, bytes, None));
        }
        let exporter = "opentelemetry-exporter-otlp";
        wheels.entry(exporter).or_default().push((core, wheel(exporter, core, "", "", ""), None));
        // Only what is needed everywhere can be held against what is there.
        let api = "Provides-Extra: test\nRequires-Dist: typing_extensions>=4.5\nRequires-Dist: wrapt\n\
                   Requires-Dist: tomli>=1; python_version < '3.11'\nRequires-Dist: pytest>=7; extra == 'test'";
        wheels.entry(API).or_default().push((core, wheel(API, core, api, "", ""), None));
    }
    for (name, wheels) in &wheels {
        index.publish(name, wheels);
    }
}

#[test]
fn both_forms_of_the_answers_lead_to_the_same_data() {
    let releases = [("0.30b0", "1.9.0"), ("0.31b0", "1.10.0"), ("0.21b0", "1.2.0")];
    let [html, json] = [Speech::Html, Speech::Json].map(|speech| index(speech, &releases).told());
    assert_eq!(html, json);
    insta::assert_snapshot!(html, @r#"
    {"version":"0.31b0","python":">=3.8","api":"~=1.4","core":"1.10.0","needs":["typing-extensions>=4.5","wrapt<2.0.0,>=1.0.0"],"defaults":[0],"libraries":[1,5,3],"others":[4,6]}
    {"version":"0.30b0","python":">=3.8","api":"~=1.4","core":"1.9.0","needs":["typing-extensions>=4.5","wrapt<2.0.0,>=1.0.0"],"defaults":[0],"libraries":[1,2,3],"others":[4]}
    {"name":"otel-logging","entry":["logging"],"python":">=3.9"}
    {"name":"otel-flask","rows":["flask >= 1.0, < 3.0"],"entry":["flask"]}
    {"name":"otel-redis","rows":["redis >= 2.6"],"any":["redis>=2.6","valkey"],"entry":["redis"]}
    {"name":"otel-openai","line":"otel-openai","rows":["openai"],"all":["openai>=1"],"entry":["openai"]}
    {"name":"otel-lambda","entry":["lambda"]}
    {"name":"otel-redis","rows":["redis >= 2.6"],"entry":["redis"]}
    {"name":"otel-own","line":"otel-own","all":["openai>=1"],"entry":["openai"]}
    "#);
}

#[test]
fn what_is_known_is_not_asked_for_again_and_the_result_is_the_same_as_from_scratch() {
    let index = index(Speech::Html, &[("0.30b0", "1.9.0"), ("0.31b0", "1.10.0")]);
    let before = index.refresh(None).expect("a first refresh");
    let first = index.requests();
    assert_eq!(first.iter().filter(|path| path.starts_with("/files/")).count(), 16, "{first:?}");

    publish(&index, &[("0.30b0", "1.9.0"), ("0.31b0", "1.10.0"), ("0.32b0", "1.11.0")]);
    let again = index.refresh(Some(&before)).expect("a second refresh");
    let asked = index.requests();
    let wheels = asked.iter().filter_map(|path| path.strip_prefix("/files/"));
    let wheels = wheels.map(|wheel| wheel.trim_end_matches("-py3-none-any.whl")).collect::<Vec<_>>();
    insta::assert_snapshot!(wheels.join(" "), @"opentelemetry_api-1.11.0 opentelemetry_distro-0.32b0 opentelemetry_instrumentation-0.32b0 otel_flask-0.32b0 otel_lambda-0.32b0 otel_logging-0.32b0 otel_openai-2.1b0 otel_own-2.0 otel_redis-0.32b0");
    assert_eq!(lines(&again), index.told());
}

#[test]
fn what_was_missing_is_asked_for_again() {
    let index = index(Speech::Json, &[("0.30b0", "1.9.0"), ("0.31b0", "1.10.0")]);
    let whole = index.told();
    let flask = release("0.30b0", "1.9.0").remove(2).1;
    index.publish("otel-flask", &[("0.30b0", flask.clone(), None)]);
    let before = index.refresh(None).expect("a first refresh");
    let missing = before.line(0).expect("a release").missing;
    assert_eq!(missing.len(), 1);
    let named = before.instrumentation(missing[0]).expect("an entry");
    assert_eq!((named.name.as_str(), named.entry), ("otel-flask", vec!["flask".to_owned()]), "as before");
    let newer = release("0.31b0", "1.10.0").remove(2).1;
    index.publish("otel-flask", &[("0.30b0", flask, None), ("0.31b0", newer, None)]);
    assert_eq!(lines(&index.refresh(Some(&before)).expect("a second refresh")), whole);
}

#[test]
fn hostile_and_broken_answers_are_errors_that_name_what_they_are_about() {
    let told = |spoil: &dyn Fn(&FakeIndex)| {
        let index = index(Speech::Html, &[("0.31b0", "1.10.0")]);
        spoil(&index);
        let told = index.told();
        assert!(!told.contains("secret"), "{told}");
        told.strip_prefix("failed to fetch release data for Python\n").map_or(told.clone(), str::to_owned)
    };
    let redis = |metadata: &str| wheel("otel-redis", "0.31b0", metadata, "", "");
    let only = |bytes: Vec<u8>, hash: Option<&str>| {
        told(&|index| index.publish("otel-redis", &[("0.31b0", bytes.clone(), hash.map(str::to_owned))]))
    };
    insta::assert_snapshot!(only(redis(""), Some(&"0".repeat(64))), @"`otel-redis 0.31b0`: what came is not what the index gives the SHA-256 of");
    let whole = redis("");
    insta::assert_snapshot!(only(whole[..whole.len() / 2].to_vec(), None), @"`otel-redis 0.31b0`: the wheel cannot be used: it is no wheel: invalid Zip archive: Could not find EOCD");
    insta::assert_snapshot!(only(wheel("otel-other", "0.31b0", "", "", ""), None), @"`otel-redis 0.31b0`: the wheel cannot be used: its metadata is about `otel-other`");
    insta::assert_snapshot!(only(wheel("otel-redis", "0.30b0", "", "", ""), None), @"`otel-redis 0.31b0`: the wheel cannot be used: its metadata is about `otel-redis 0.30b0`");
    insta::assert_snapshot!(only(redis("Requires-Python: three"), None), @"`otel-redis 0.31b0`: the wheel cannot be used: its metadata says `Requires-Python: three`");
    let told_of = only(redis("Requires-Dist: six- >=1"), None);
    assert!(told_of.ends_with("its metadata says `Requires-Dist: six- >=1`"), "{told_of}");
    insta::assert_snapshot!(only(redis("Requires-Dist: -r evil.txt"), None), @"`otel-redis 0.31b0`: the wheel cannot be used: its metadata says `Requires-Dist: -r evil.txt`");
    insta::assert_snapshot!(told(&|index| index.put("/simple/otel-redis/", 200, "application/json", b"{\"meta\"".to_vec())), @"`otel-redis`: the answer is no list of wheels: EOF while parsing an object at line 1 column 7");
    insta::assert_snapshot!(told(&|index| index.put("/simple/otel-redis/", 200, "application/pdf", Vec::new())), @"`otel-redis`: the answer is no list of wheels: it is of the type `application/pdf`");
    insta::assert_snapshot!(told(&|index| index.put("/simple/otel-redis/", 403, "", Vec::new())), @"`otel-redis`: the index answered with status 403");
    insta::assert_snapshot!(told(&|index| index.put(&format!("/simple/{CARRIER}/"), 200, "text/html", b"<h1>Log in</h1>".to_vec())), @"the Python package index has no release of `opentelemetry-instrumentation`");
    let table = |table: &str| {
        let api = "Requires-Dist: opentelemetry-api ~=1.4";
        told(&|index| index.publish(CARRIER, &[("0.31b0", wheel(CARRIER, "0.31b0", api, "", table), None)]))
    };
    insta::assert_snapshot!(table("libraries = ["), @"`0.31b0`: the table in the wheel cannot be used: it is not Python");
    insta::assert_snapshot!(table("libraries = []"), @"`0.31b0`: the table in the wheel cannot be used: it does not set `default_instrumentations`");
    insta::assert_snapshot!(table("libraries = [1]\ndefault_instrumentations = []"), @"`0.31b0`: the table in the wheel cannot be used: line 1 is not a dictionary");
    insta::assert_snapshot!(table("libraries = [{'library': 'x', 'instrumentation': '-r evil'}]\ndefault_instrumentations = []"), @"`opentelemetry-instrumentation` 0.31b0: `-r evil` is no line that could be installed");
    insta::assert_snapshot!(table("libraries = [{'library': 'x @ y', 'instrumentation': 'z'}]\ndefault_instrumentations = []"), @"`opentelemetry-instrumentation` 0.31b0: `x @ y` is no requirement on a library");
}

#[test]
fn an_index_that_lost_what_it_had_changes_nothing() {
    let index = index(Speech::Html, &[("0.31b0", "1.10.0")]);
    let made = refresh(&index.connect(), None, Registry::builtin().python(), &mut |_| {});
    let error = made.expect_err("the real instrumentations are not there");
    let Error::Fetch(failures) = error else { panic!("{error}") };
    assert!(failures.iter().all(|failure| matches!(failure.error, FetchError::Vanished)));
}
