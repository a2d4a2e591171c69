//! What somebody gets who adds the newest release of the same crates with plain `cargo add`.

use crate::{
    answer::{Answer, Wanted},
    folder::Place,
    index::Index,
    locking::{self, Locked},
    search::Oracle,
    trial::{Check, Outcome, Setting, cargo, copies, locked},
};

/// Adds the same crates to a copy, without versions.
pub(crate) fn add(
    setting: &Setting,
    oracle: &Oracle,
    place: &Place,
    answer: &Answer,
    before: &Locked,
    built: Option<Check>,
) -> Result<Outcome, String> {
    let root = place.copy(&setting.work.join("with-plain-cargo-add"))?;
    for (member, crates) in &answer.members {
        for (name, wanted) in crates {
            let features = features(&oracle.index, name, wanted).join(",");
            let plain = ["add", "--quiet", "--package", member, name];
            let with_features = [&plain[..], &["--features", &features]].concat();
            let arguments = if features.is_empty() { &plain[..] } else { &with_features };
            let (mut added, mut said) = cargo(&root, arguments, 120);
            // An old `rust-version` makes cargo take an older release, which may not have the feature.
            if !added && said.contains("unrecognized feature") {
                (added, said) = cargo(&root, &plain, 120);
            }
            if !added {
                return Err(format!("cargo add {name}: {}", reason(&said)));
            }
        }
    }
    let (resolved, said) = cargo(&root, &["metadata", "--format-version", "1"], 600);
    if !resolved {
        return Err(format!("does not resolve: {}", reason(&said)));
    }
    let after = locked(&root)?;
    let (apis, bridges) = copies(&after);
    let moved = locking::moved(before, &after).iter().filter(|moved| moved.to.is_some()).count();
    let members: Vec<&str> = answer.members.keys().map(String::as_str).collect();
    let check = if built == Some(Check::Passed) { setting.check(&root, &members) } else { Check::Untried };
    Ok(Outcome { apis, bridges, moved, check })
}

/// The line in which cargo says what is wrong.
fn reason(said: &str) -> &str {
    said.lines().find(|line| line.starts_with("error")).unwrap_or("no reason given")
}

/// The same features of the newest release: one that names a version of OpenTelemetry becomes the newest of its kind.
fn features(index: &Index, name: &str, wanted: &Wanted) -> Vec<String> {
    let releases = index.named(name);
    let Some(newest) = releases.iter().find(|release| release.is_offered()) else { return Vec::new() };
    let there = newest.all_features();
    let same_kind = |feature: &str| {
        let (kind, _) = feature.rsplit_once('_')?;
        let number = |f: &str| f.strip_prefix(kind)?.strip_prefix('_')?.parse::<u64>().ok();
        there.iter().copied().filter(|f| number(f).is_some()).max_by_key(|f| number(f))
    };
    let found = wanted
        .features
        .iter()
        .filter_map(|feature| same_kind(feature).or_else(|| there.get(feature.as_str()).copied()));
    found.map(str::to_owned).collect()
}
