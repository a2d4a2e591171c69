//! Every check of the doctor finds what it is about, stays quiet where that is in order, and fixes it if it can:
//! `fixtures/doctor`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use otel_bootstrap::doctor::{OPERATOR, PROCESS, catalogue::CHECKS};
use serde_json::Value;

use crate::{
    harness::Project,
    kernel::{self, Kernel},
};

/// The files of one case: path and text.
type Files = BTreeMap<String, String>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/doctor")
}

/// The cases of a check, those in `both` given to each.
fn cases(id: &str) -> BTreeMap<String, Files> {
    let path = folder().join(format!("{id}.txt"));
    let text = fs::read_to_string(&path);
    let text = text.unwrap_or_else(|_| panic!("`{id}` has no fixture: write `fixtures/doctor/{id}.txt`"));
    let mut cases = BTreeMap::<String, Files>::new();
    for section in text.split("\n=== ").skip(1) {
        let (path, body) = section.split_once('\n').unwrap_or((section, ""));
        let (case, path) = path.split_once('/').unwrap_or_else(|| panic!("{id}: `{path}` names no case"));
        // The last line of a section ends where the next heading begins.
        let end = if body.is_empty() || body.ends_with('\n') { "" } else { "\n" };
        cases.entry(case.to_owned()).or_default().insert(path.to_owned(), format!("{body}{end}"));
    }
    let both = cases.remove("both").unwrap_or_default();
    for (_, files) in cases.iter_mut().filter(|(name, _)| !name.starts_with("fixed")) {
        for (path, text) in &both {
            files.entry(path.clone()).or_insert_with(|| text.clone());
        }
        // What is empty in a case is not there.
        files.retain(|path, text| !text.is_empty() || both.get(path).is_none_or(String::is_empty));
    }
    cases
}

fn project(files: &Files) -> Project {
    files.iter().fold(Project::empty(), |project, (path, text)| project.file(path, text))
}

/// What is found in the files of a case, as the JSON document tells it.
fn found_in(files: &Files, id: &str) -> Vec<Value> {
    if id.starts_with(PROCESS) { Kernel::new(files).found() } else { found(&project(files), id) }
}

/// What is found in a project, as the JSON document tells it.
fn found(project: &Project, id: &str) -> Vec<Value> {
    let action = if id.starts_with(OPERATOR) { "operator" } else { "doctor" };
    let output = project.command(&format!("-a {action} --format json")).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let document: Value =
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{id}: {}", project.told(&output)));
    document["findings"].as_array().expect("findings").clone()
}

fn ids(findings: &[Value]) -> BTreeSet<&str> {
    findings.iter().filter_map(|finding| finding["id"].as_str()).collect()
}

#[test]
fn every_check_finds_what_it_is_about_and_stays_quiet_otherwise() {
    let mut wrong = Vec::new();
    for check in CHECKS {
        let cases = cases(check.id);
        for kind in ["found", "quiet"] {
            assert!(cases.contains_key(kind), "{}: there is no case `{kind}`", check.id);
        }
        for (case, files) in cases.iter().filter(|(case, _)| !case.starts_with("fixed")) {
            let findings = found_in(files, check.id);
            let is_found = ids(&findings).contains(check.id);
            if is_found != case.starts_with("found") {
                wrong.push(format!("{}, case `{case}`: {:?}", check.id, ids(&findings)));
            }
            // Whoever is sent to a line must find it there.
            for finding in &findings {
                let path = finding["path"].as_str().expect("a path");
                if let Some(inside) = path.strip_prefix(kernel::NAME) {
                    let variable = inside.trim_start_matches('/');
                    let start = if variable.is_empty() { String::new() } else { format!("{variable}=") };
                    let is_there = files["environ"].lines().any(|line| line.starts_with(&start));
                    assert!(is_there, "{}, case `{case}`: {finding}", check.id);
                    continue;
                }
                let is_source = [".py", ".rs"].iter().any(|end| path.ends_with(end));
                assert!(!is_source || finding["line"].is_u64(), "{}, case `{case}`: {finding}", check.id);
                let lines = files.get(path).map_or(0, |text| text.lines().count());
                let line = finding["line"].as_u64().unwrap_or(1);
                assert!((1..=lines as u64).contains(&line), "{}, case `{case}`: {finding}", check.id);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_fixed_is_as_the_fixtures_say() {
    let mut wrong = Vec::new();
    // What is found in a running process alone is in no file that could be changed.
    for check in CHECKS.iter().filter(|check| !check.id.starts_with(PROCESS)) {
        let cases = cases(check.id);
        for (case, files) in cases.iter().filter(|(case, _)| case.starts_with("found")) {
            let project = project(files);
            let fixed = cases.get(&case.replace("found", "fixed"));
            let findings = found(&project, check.id);
            let curable = findings.iter().any(|finding| {
                finding["id"] == check.id && finding["changes"].as_array().is_some_and(|all| !all.is_empty())
            });
            let Some(fixed) = fixed.filter(|_| curable) else {
                if curable != fixed.is_some() {
                    wrong.push(format!("{}, case `{case}`: fixed by a program is {curable}", check.id));
                }
                continue;
            };
            let others: Vec<&str> = ids(&findings).into_iter().filter(|id| *id != check.id).collect();
            let line = format!("-a doctor --fix=apply --fail-on note --ignore={}", others.join(","));
            // The lockfiles here need no change, and no cargo is asked for one.
            let output =
                project.command(&line).env("CARGO", "/bin/true").output().expect("the program starts");
            let told = project.told(&output);
            if !told.starts_with("exit 0\n") {
                wrong.push(format!("{}, case `{case}`: {told}", check.id));
            }
            for (path, text) in files.iter().chain(fixed) {
                let expected = fixed.get(path).unwrap_or(text);
                let is = fs::read_to_string(project.root().join(path)).expect("a file");
                if is != *expected {
                    wrong.push(format!("{}, case `{case}`, `{path}`:\n{is}", check.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fixture_belongs_to_a_check() {
    let names =
        fs::read_dir(folder()).expect("the fixtures").map(|entry| entry.expect("an entry").file_name());
    let names: BTreeSet<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let expected = CHECKS.iter().map(|check| format!("{}.txt", check.id)).chain(["README.md".to_owned()]);
    assert_eq!(names, expected.collect());
}
