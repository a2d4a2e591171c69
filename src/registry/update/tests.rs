//! Refreshing from an index that runs inside the test.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use tempfile::TempDir;

use super::*;
use crate::settings::RegistrySources;

/// How the index answers one request.
#[derive(Clone)]
enum Reply {
    /// With these lines, which it calls this state; `304` if the client names the state.
    Lines(String, &'static str),
    /// With this status and nothing else.
    Status(u16),
    /// With fewer bytes than promised.
    Truncated(String),
    /// With more bytes than anybody wants.
    Giant,
}

/// Requests: path, and state that the client named.
type Requests = Vec<(String, Option<String>)>;

/// An index inside the test. The thread that answers ends with the process.
struct FakeIndex {
    /// Its address.
    address: String,
    /// The requests so far.
    seen: Arc<Mutex<Requests>>,
}

impl FakeIndex {
    /// Starts an index that answers by path; each request takes the next reply, the last one stays.
    fn start(replies: &[(&str, Vec<Reply>)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("sparse+http://{}/", listener.local_addr().expect("a bound port"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let replies = replies.iter().map(|(path, replies)| ((*path).to_owned(), replies.clone())).collect();
        let (replies, log) = (Arc::new(Mutex::new(replies)), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, log) = (Arc::clone(&replies), Arc::clone(&log));
                thread::spawn(move || answer_one(&stream, &replies, &log));
            }
        });
        Self { address, seen }
    }

    /// The requests so far, sorted.
    fn seen(&self) -> Requests {
        let mut seen = self.seen.lock().expect("no test thread fails while it holds the lock").clone();
        seen.sort();
        seen
    }
}

/// Answers one request and closes the connection.
fn answer_one(mut stream: &TcpStream, replies: &Mutex<BTreeMap<String, Vec<Reply>>>, log: &Mutex<Requests>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let etag = lines.filter_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case("if-none-match").then(|| value.to_owned())
    });
    let etag = etag.last();
    log.lock().expect("no panic above").push((path.clone(), etag.clone()));
    let reply = match replies.lock().expect("no panic above").get_mut(&path) {
        Some(replies) if replies.len() > 1 => replies.remove(0),
        Some(replies) => replies[0].clone(),
        None => Reply::Status(404),
    };
    let head = |status: u16, length: usize, more: &str| {
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{more}\r\n")
    };
    // The client may hang up in the middle of a giant answer.
    let _ = match reply {
        Reply::Lines(_, state) if etag.as_deref() == Some(state) => {
            stream.write_all(head(304, 0, "").as_bytes())
        }
        Reply::Lines(body, state) => {
            let head = head(200, body.len(), &format!("etag: {state}\r\n"));
            stream.write_all((head + &body).as_bytes())
        }
        Reply::Status(status) => stream.write_all(head(status, 0, "").as_bytes()),
        Reply::Truncated(body) => stream.write_all((head(200, body.len() + 100, "") + &body).as_bytes()),
        Reply::Giant => stream.write_all(head(200, 40 << 20, "").as_bytes()).and_then(|()| {
            let chunk = vec![b'\n'; 1 << 20];
            (0..40).try_for_each(|_| stream.write_all(&chunk))
        }),
    };
}

/// One line of an index entry.
fn line(name: &str, version: &str) -> String {
    format!(r#"{{"name":"{name}","vers":"{version}","cksum":"0","deps":[],"features":{{}},"yanked":false}}"#)
        + "\n"
}

/// A registry that knows one library and the two crates `otel-a` and `otel-b`.
fn registry() -> Registry {
    let mut registry = Registry::empty();
    let rules = r#"
        schema = 1
        [library.thing]
        what = "thing"
        by = [{ crate = "otel-a", needs = ["otel-b"] }]
        [crate.otel-b]
        what = "b"
    "#;
    let raw = crate::registry::parse_rules(Path::new("rules.toml"), rules).expect("readable rules");
    registry.apply("rules.toml", raw).expect("valid rules");
    registry
}

/// A user: a cache folder, and a project whose cargo configuration points to the index.
struct User {
    folder: TempDir,
}

impl User {
    fn of(index: &FakeIndex) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = format!(
            "[source.crates-io]\nreplace-with = \"fake\"\n[source.fake]\nregistry = \"{}\"\n",
            index.address
        );
        fs::create_dir(folder.path().join(".cargo")).expect("a writable folder");
        fs::write(folder.path().join(".cargo/config.toml"), config).expect("a writable folder");
        Self { folder }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn options(&self) -> UpdateOptions {
        UpdateOptions {
            destination: Destination::Cache(self.cache()),
            offline: false,
            only: Some(Ecosystem::Cargo),
            env: Env { folder: self.folder.path().to_owned(), ..Env::default() },
            cargo_home: None,
            ca_file: None,
            proxy: None,
        }
    }

    /// Refreshes without waiting between attempts.
    fn refresh(&self, registry: &Registry) -> Result<Outcome, Error> {
        let options = self.options();
        let config = CargoConfig::read(&options.env.folder, None)?;
        let index = Index::connect(&config, &options, Duration::ZERO)?;
        refresh(&index, &options.destination, registry, &mut |_| {})
    }

    /// What lies in the cache folder.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.cache()).into_iter().flatten().flatten();
        let mut names =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>();
        names.sort();
        names
    }

    /// The newest release of a crate that the next run of the program sees.
    fn newest(&self, name: &str) -> Option<String> {
        let sources = RegistrySources { overlays: Vec::new(), cache: Some(self.cache()) };
        let registry = Registry::load(&sources).expect("a valid cache");
        registry.releases(name)?.newest_first().next().map(|release| release.version.to_string())
    }
}

const A: &str = "ot/el/otel-a";
const B: &str = "ot/el/otel-b";

#[test]
fn what_is_fetched_is_what_the_next_run_sees_and_only_changes_are_fetched_again() {
    let a = [Reply::Lines(line("otel-a", "0.1.0"), "\"1\""), Reply::Lines(line("otel-a", "0.2.0"), "\"2\"")];
    let b = [Reply::Lines(line("otel-b", "1.0.0"), "\"b\"")];
    let index = FakeIndex::start(&[(A, a.to_vec()), (B, b.to_vec())]);
    let user = User::of(&index);
    let mut steps = Vec::new();
    let report =
        run(&user.options(), &registry(), &mut |_, progress| steps.push(progress)).expect("a refresh");
    let outcome = &report.outcomes[0];
    assert_eq!((outcome.count, outcome.changed, &outcome.missing), (2, 2, &Vec::new()));
    assert_eq!(steps, [Progress { done: 1, total: 2 }, Progress { done: 2, total: 2 }]);
    assert_eq!(user.newest("otel-a").as_deref(), Some("0.1.0"));

    let outcome = user.refresh(&registry()).expect("a second refresh");
    assert_eq!((outcome.count, outcome.changed), (2, 1));
    assert_eq!(user.newest("otel-a").as_deref(), Some("0.2.0"));
    assert_eq!(user.newest("otel-b").as_deref(), Some("1.0.0"));
    let sources = RegistrySources { overlays: Vec::new(), cache: Some(user.cache()) };
    let known =
        Registry { releases: Registry::load(&sources).expect("a valid cache").releases, ..registry() };
    fs::remove_file(user.cache().join(memory::FILE)).expect("the refresh wrote it");
    assert_eq!(
        user.refresh(&known).map(|outcome| outcome.changed).ok(),
        Some(0),
        "fetched, but known before"
    );
    let etag = |text: &str| Some(text.to_owned());
    let expected = [(A, None), (A, None), (A, etag("\"1\"")), (B, None), (B, None), (B, etag("\"b\""))];
    assert_eq!(index.seen(), expected.map(|(path, etag)| (path.to_owned(), etag)));
    assert_eq!(user.files(), ["cargo-releases.etags.json", "cargo-releases.jsonl"]);
}

#[test]
fn a_passing_failure_is_tried_again() {
    let a = [
        Reply::Status(500),
        Reply::Truncated(line("otel-a", "0.1.0")),
        Reply::Lines("{\"name\":".to_owned(), "\"0\""),
        Reply::Lines(line("otel-a", "0.1.0"), "\"1\""),
    ];
    let b = [Reply::Lines(line("otel-b", "1.0.0"), "\"b\"")];
    let index = FakeIndex::start(&[(A, a.to_vec()), (B, b.to_vec())]);
    let user = User::of(&index);
    assert_eq!(user.refresh(&registry()).map(|outcome| outcome.count).ok(), Some(2));
    assert_eq!(index.seen().len(), 5);
}

#[test]
fn one_failure_leaves_everything_as_it_was() {
    let lines = |name, state| Reply::Lines(line(name, "1.0.0"), state);
    for (reply, expected) in [
        (Reply::Status(503), "the index answered with status 503"),
        (Reply::Status(403), "the index answered with status 403"),
        (Reply::Giant, "the answer is larger than 33554432 bytes"),
        (lines("otel-c", "\"c\""), "the answer is about `otel-c`"),
    ] {
        let a = [lines("otel-a", "\"1\""), reply];
        let index = FakeIndex::start(&[(A, a.to_vec()), (B, vec![lines("otel-b", "\"b\"")])]);
        let user = User::of(&index);
        user.refresh(&registry()).expect("a first refresh");
        let before = fs::read(user.cache().join(CACHED_RELEASES)).expect("the first refresh wrote it");
        let error = user.refresh(&registry()).expect_err("the second one fails");
        assert_eq!(error.to_string(), format!("failed to fetch release data\n`otel-a`: {expected}"));
        let after = fs::read(user.cache().join(CACHED_RELEASES)).expect("nobody removes it");
        assert!(before == after);
        assert_eq!(user.files().len(), 2);
    }
}

#[test]
fn a_crate_that_the_index_does_not_have_is_told_but_one_that_vanished_is_an_error() {
    let b = [Reply::Lines(line("otel-b", "1.0.0"), "\"b\"")];
    let index = FakeIndex::start(&[(B, b.to_vec())]);
    let user = User::of(&index);
    let outcome = user.refresh(&registry()).expect("a refresh");
    assert_eq!((outcome.count, outcome.missing), (1, vec!["otel-a".to_owned()]));

    let error = user.refresh(&Registry::builtin()).expect_err("the real crates are not there").to_string();
    assert!(error.contains("the index does not have it, though it had releases before"), "{error}");
}

#[test]
fn crates_on_the_way_to_opentelemetry_are_asked_for_too() {
    let dependency = |name: &str| {
        format!(r#"{{"name":"{name}","req":"^1","features":[],"optional":false,"default_features":true}}"#)
    };
    let on = |name: &str, needs: [&str; 2]| {
        let needs = needs.map(dependency).join(",");
        line(name, "1.0.0").replace("\"deps\":[]", &format!("\"deps\":[{needs}]"))
    };
    let index = FakeIndex::start(&[
        (A, vec![Reply::Lines(on("otel-a", ["link-otel", "http"]), "\"a\"")]),
        (B, vec![Reply::Lines(line("otel-b", "1.0.0"), "\"b\"")]),
        ("li/nk/link-otel", vec![Reply::Lines(on("link-otel", ["opentelemetry", "http"]), "\"l\"")]),
        ("op/en/opentelemetry", vec![Reply::Lines(line("opentelemetry", "1.2.0"), "\"o\"")]),
    ]);
    let user = User::of(&index);
    let outcome = user.refresh(&registry()).expect("a refresh");
    assert_eq!((outcome.count, outcome.missing), (4, Vec::new()));
    let asked = index.seen().into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert_eq!(asked, ["li/nk/link-otel", "op/en/opentelemetry", A, B]);
    let text = fs::read_to_string(user.cache().join(CACHED_RELEASES)).expect("the refresh wrote it");
    let kept = text.lines().map(|line| line.matches("\"http ^1\"").count()).collect::<Vec<_>>();
    assert_eq!(kept, [0, 0, 0, 1, 0], "of a crate that no rule names only the way is kept: {text}");
    assert!(text.contains("\"link-otel ^1 sets=1.0\""), "the set is followed through the link: {text}");
}

#[test]
fn without_a_network_nothing_is_asked() {
    let index = FakeIndex::start(&[]);
    let user = User::of(&index);
    let options = UpdateOptions { offline: true, ..user.options() };
    let error = run(&options, &registry(), &mut |_, _| {}).expect_err("offline");
    assert_eq!(error.to_string(), "release data cannot be refreshed with `--offline`");
    assert_eq!(index.seen(), []);
    assert_eq!(user.files(), [""; 0]);
}

#[test]
fn data_for_the_repository_is_one_file() {
    let index = FakeIndex::start(&[(B, vec![Reply::Lines(line("otel-b", "1.0.0"), "\"b\"")])]);
    let user = User::of(&index);
    let folder = user.folder.path().join("registry");
    let options = UpdateOptions { destination: Destination::Folder(folder.clone()), ..user.options() };
    let report = run(&options, &registry(), &mut |_, _| {}).expect("a refresh");
    assert!(report.failures.is_empty());
    let path = folder.join(CACHED_RELEASES);
    let text = fs::read_to_string(&path).expect("the refresh wrote it");
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), [r#"{"name":"otel-b","releases":["1.0.0"]}"#]);
    assert_eq!(user.files(), [""; 0]);
}

#[test]
fn a_file_without_certificates_is_named() {
    let index = FakeIndex::start(&[]);
    let user = User::of(&index);
    let path = user.folder.path().join("ca.pem");
    fs::write(&path, "nothing").expect("a writable folder");
    let options = UpdateOptions { ca_file: Some(path), ..user.options() };
    let report = run(&options, &registry(), &mut |_, _| {}).expect("a report");
    assert!(matches!(report.failures[..], [Error::Certificates { .. }]));
}
