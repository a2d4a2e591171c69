//! Tests of the reader of `Pipfile.lock`.

use super::{
    super::{
        Parts, Request,
        testing::{direct, linux, names, read, show, truncate},
    },
    parse,
};

/// With sources of every kind.
const LOCK: &str = r#"{
    "_meta": {
        "hash": {"sha256": "x"},
        "pipfile-spec": 6,
        "requires": {"python_version": "3.12"},
        "sources": [{"name": "index", "url": "https://index.invalid/simple", "verify_ssl": true}]
    },
    "default": {
        "Flask": {"hashes": ["sha256:x"], "index": "index", "version": "==3.0", "markers": "python_version >= '3.8'"},
        "colorama": {"version": "==0.4", "sys_platform": "== 'win32'"},
        "fork": {"git": "https://git.invalid/fork", "ref": "abc"},
        "local": {"editable": true, "path": "."},
        "odd": {"version": "==what"},
        "zope.interface": {"extras": ["test"], "version": "==6.0"}
    },
    "develop": {
        "flask": {"version": "==3.0"},
        "pytest": {"version": "==8.0"}
    },
    "docs": {"sphinx": {"version": "==7.0"}}
}"#;

#[test]
fn categories_and_conditions_count() {
    let parsed = read(parse, LOCK, None, &Parts::default()).expect("readable");
    let main = "flask=3.0(?) fork(?) local(?) odd=?(?)";
    assert_eq!(show(&parsed), format!("{main} zope-interface=6.0(?)"));
    assert_eq!((parsed.direct, parsed.notes), (None, Vec::new()));
    for group in ["dev", "develop", "dev-packages"] {
        let parts = Parts { groups: names(&[group]), ..Parts::default() };
        let parsed = read(parse, LOCK, None, &parts).expect("readable");
        assert_eq!(show(&parsed), format!("{main} pytest=8.0(?) zope-interface=6.0(?)"));
    }
    let parts = Parts { all_groups: true, ..Parts::default() };
    let parsed = read(parse, LOCK, None, &parts).expect("readable");
    assert_eq!(show(&parsed), format!("{main} pytest=8.0(?) sphinx=7.0(?) zope-interface=6.0(?)"));
}

#[test]
fn the_pipfile_beside_it_tells_what_the_project_asks_for() {
    let beside = |name: &str| {
        (name == "Pipfile")
            .then(|| "[packages]\nFlask = '*'\nfork = {git = 'x'}\n[dev-packages]\npytest = '*'".to_owned())
    };
    let (target, parts) = (linux("3.11"), Parts::default());
    let request = Request { target: &target, parts: &parts, project: None, beside: &beside };
    let parsed = parse(LOCK, &request).expect("readable");
    assert_eq!(direct(&parsed), "flask fork");
    assert_eq!(parsed.notes, ["is locked for Python `==3.12.*`, and was read for 3.11"]);
}

#[test]
fn broken_lockfiles_are_refused_with_the_reason() {
    for (from, to, message) in [
        ("\"_meta\"", "\"meta\"", "it has no `_meta`"),
        ("\"pipfile-spec\": 6", "\"pipfile-spec\": 7", "the lockfile format `7` is not known"),
        ("\"fork\"", "\"-e fork\"", "package 1 has no valid name"),
        (
            "python_version >= '3.8'",
            "python_version",
            "`flask` is locked under a condition that is not understood",
        ),
        ("},\n    \"develop\"", "\n    \"develop\"", "line 16, column 5: not JSON"),
    ] {
        let text = LOCK.replacen(from, to, 1);
        assert_ne!(text, LOCK, "{from}");
        let error = read(parse, &text, None, &Parts::default()).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
    let bomb = "{\"a\":".repeat(100_000);
    assert!(read(parse, &bomb, None, &Parts::default()).is_err());
    truncate(parse, LOCK, None);
}
