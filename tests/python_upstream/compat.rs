//! `--compat` gives the bytes that `opentelemetry-bootstrap` of the same release gives, in environments made up by
//! chance.
//!
//! `.ci/python-compat` does it for all releases: `COMPAT_ENVIRONMENTS` says how many for each, `COMPAT_SEED` which,
//! `COMPAT_ONLY=RELEASE:NUMBER` keeps one for a look.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    chance::Chance,
    fake::{self, Fake, Pool},
    oracle::{self, Answer, Bootstrap},
};

/// How often the real program is started, to know that the oracle in one process answers as it does.
const STARTED_EVERY: usize = 20;

/// What came of one release.
#[derive(Default)]
struct Outcome {
    environments: usize,
    lines: usize,
    /// Those in which the release itself ends with a traceback.
    raised: usize,
    /// Those in which the real program was started.
    started: usize,
    different: Vec<String>,
}

#[test]
fn a_new_and_an_old_release_are_matched_to_the_byte() {
    for release in ["0.66b2", "0.47b0"] {
        match Bootstrap::start(release) {
            None => oracle::skip(&format!("opentelemetry-instrumentation {release}")),
            Some(bootstrap) => {
                let outcome = compare(bootstrap, 12, 1, None);
                assert!(outcome.lines > 0, "nothing was printed");
                assert!(outcome.different.is_empty(), "{release}:\n{}", outcome.different.join("\n"));
            }
        }
    }
}

#[test]
#[ignore = "takes every release of opentelemetry-bootstrap; `.ci/python-compat` runs it"]
fn every_release_is_matched_to_the_byte() {
    let number = |name: &str| env::var(name).ok().and_then(|value| value.parse().ok());
    let count = number("COMPAT_ENVIRONMENTS").unwrap_or(100);
    let seed = number("COMPAT_SEED").unwrap_or(1);
    let only = env::var("COMPAT_ONLY").ok();
    let only = only.as_deref().and_then(|one| one.split_once(':'));
    let releases = match only {
        Some((release, _)) => vec![release.to_owned()],
        None => oracle::installed(),
    };
    assert!(!releases.is_empty(), "no release is installed: run `.ci/python-upstream`");
    let mut rows = Vec::new();
    let mut different = Vec::new();
    for release in &releases {
        let bootstrap = Bootstrap::start(release).expect("the release is installed");
        let at = only.and_then(|(_, at)| at.parse().ok());
        let of = compare(bootstrap, count, u64::try_from(seed).unwrap_or(1), at);
        rows.push(format!(
            "| {release} | {} | {} | {} | {} | {} |",
            of.environments,
            of.lines,
            of.started,
            of.raised,
            of.different.len()
        ));
        different.extend(of.different.iter().take(3).map(|one| format!("{release} {one}")));
    }
    if let Some(file) = env::var_os("COMPAT_RESULTS") {
        fs::write(file, rows.join("\n") + "\n").expect("the table is written");
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Holds the program against the release in so many environments.
fn compare(mut bootstrap: Bootstrap, count: usize, seed: u64, only: Option<usize>) -> Outcome {
    let pool = Pool::new();
    for library in bootstrap.told.libraries.keys() {
        assert!(pool.has(library), "tests/python_upstream/libraries.txt has no versions of {library}");
    }
    let mut outcome = Outcome::default();
    let releases_own = bootstrap.told.release.bytes().fold(0, |sum: u64, byte| sum * 31 + u64::from(byte));
    for number in 0..count {
        if only.is_some_and(|only| only != number) {
            continue;
        }
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let seed = (seed << 32) ^ (releases_own << 16) ^ u64::try_from(number).expect("64 bits are enough");
        let prefix = scratch.path().join("env");
        let fake = fake::environment(&prefix, &bootstrap.told, &pool, &mut Chance::new(seed));
        let answer = bootstrap.answer(&fake.folders);
        outcome.environments += 1;
        if number % STARTED_EVERY == 0 {
            assert_eq!(bootstrap.run(&fake.prefix), answer, "the oracle answers for the real program");
            outcome.started += 1;
        }
        let ours = ours(&fake.prefix);
        match &answer {
            Answer::Raised(_) => {
                outcome.raised += 1;
                if ours.is_err() {
                    outcome.different.push(format!("{number}: upstream raises, we fail: {ours:?}"));
                }
            }
            Answer::Printed(theirs) => {
                outcome.lines += theirs.lines().count();
                if ours.as_ref() != Ok(theirs) {
                    let what = difference(&fake, theirs, &ours);
                    outcome.different.push(format!("{number}: {what}"));
                }
            }
        }
        if only.is_some() {
            let _: PathBuf = scratch.keep();
        }
    }
    outcome
}

/// What the program prints, or says when it fails.
fn ours(environment: &Path) -> Result<String, String> {
    let out = Command::new(env!("CARGO_BIN_EXE_otel-bootstrap"))
        .args(["-a", "requirements", "--compat", "--python"])
        .arg(environment)
        .env_remove("PYTHONPATH")
        .env("PYTHONNOUSERSITE", "1")
        .output()
        .expect("the program starts");
    if out.status.success() {
        Ok(String::from_utf8(out.stdout).expect("UTF-8"))
    } else {
        Err(String::from_utf8_lossy(&out.stderr).into_owned())
    }
}

/// What only one of both prints, and what the environment holds of it.
fn difference(fake: &Fake, theirs: &str, ours: &Result<String, String>) -> String {
    let ours = match ours {
        Ok(ours) => ours,
        Err(said) => return format!("we fail: {said}"),
    };
    let only = |these: &str, others: &str| {
        let others: Vec<&str> = others.lines().collect();
        let only = these.lines().filter(|line| !others.contains(line)).map(str::to_owned);
        only.collect::<Vec<String>>()
    };
    let (upstream, us) = (only(theirs, ours), only(ours, theirs));
    if upstream.is_empty() && us.is_empty() {
        return format!("the same lines in other order, number or ending in {}", fake.prefix.display());
    }
    format!("only upstream prints {upstream:?}, only we print {us:?} ({})", fake.prefix.display())
}
