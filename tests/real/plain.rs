//! What somebody gets who adds the newest release of the same crates with plain `cargo add`.

use std::path::Path;

use crate::{
    answer::{Answer, Wanted},
    folder::Place,
    index::Index,
    locking::{self, Locked},
    project::Features,
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
    (with, built): (&Features, Option<Check>),
) -> Result<Outcome, String> {
    let root = place.copy(&setting.work.join("with-plain-cargo-add"))?;
    for (member, crates) in &answer.members {
        let with_features: Vec<(&str, Vec<String>)> = crates
            .iter()
            .map(|(name, wanted)| (name.as_str(), features(&oracle.index, name, wanted)))
            .collect();
        // One after the other takes long in a large workspace, and tells more of what fails.
        if add_to(&root, member, &with_features).is_err() {
            for (name, features) in with_features {
                add_one(&root, member, name, features)?;
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
    let check =
        if built == Some(Check::Passed) { setting.check(&root, with, &members) } else { Check::Untried };
    Ok(Outcome { apis, bridges, moved, check })
}

/// Adds a crate to a member.
fn add_one(root: &Path, member: &str, name: &str, features: Vec<String>) -> Result<(), String> {
    let problem = |said: String| format!("cargo add {name}: {}", reason(&said));
    match add_to(root, member, &[(name, features)]) {
        // An old `rust-version` makes cargo take an older release, which may not have the feature.
        Err(said) if said.contains("unrecognized feature") => {
            add_to(root, member, &[(name, Vec::new())]).map_err(problem)
        }
        added => added.map_err(problem),
    }
}

/// Adds crates with features to a member; what cargo said if it does not succeed.
fn add_to(root: &Path, member: &str, crates: &[(&str, Vec<String>)]) -> Result<(), String> {
    let features: Vec<String> = crates
        .iter()
        .flat_map(|(name, on)| on.iter().map(move |feature| format!("{name}/{feature}")))
        .collect();
    let features = features.join(",");
    let mut arguments = vec!["add", "--quiet", "--package", member];
    arguments.extend(crates.iter().map(|(name, _)| *name));
    if !features.is_empty() {
        arguments.extend(["--features", &features]);
    }
    let (added, said) = cargo(root, &arguments, 300);
    if added { Ok(()) } else { Err(said) }
}

/// The line in which cargo says what is wrong.
pub(crate) fn reason(said: &str) -> &str {
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
