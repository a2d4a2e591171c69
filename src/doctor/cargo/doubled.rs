//! Several versions of what there must be one of, in one program.

use std::collections::BTreeMap;

use super::{Scene, reach::Reach};
use crate::{
    doctor::{
        catalogue::{CARGO_TWO_OPENTELEMETRY, CARGO_TWO_TRACING_OPENTELEMETRY},
        check::Check,
        symptom::Symptom,
    },
    ecosystem::cargo::{inventory::Source, membership::Membership},
    registry::release_set::ReleaseSet,
    terminal::listed,
};

/// The packages, with the check that they belong to.
const ONCE: [(&str, &Check); 2] = [
    ("opentelemetry", &CARGO_TWO_OPENTELEMETRY),
    ("tracing-opentelemetry", &CARGO_TWO_TRACING_OPENTELEMETRY),
];

/// How many programs are named before the rest is counted.
const NAMED: usize = 3;

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let programs = &scene.programs;
    let mut found = Vec::new();
    for (name, check) in ONCE {
        // Programs that have the same copies, by those copies.
        let mut groups = BTreeMap::<Vec<usize>, Vec<usize>>::new();
        for (index, (_, reach)) in programs.iter().enumerate() {
            let copies: Vec<usize> =
                scene.inventory.locked_at(name).filter(|copy| reach.has(*copy)).collect();
            if copies.len() > 1 {
                groups.entry(copies).or_default().push(index);
            }
        }
        for (copies, members) in groups {
            let (_, reach) = &programs[members[0]];
            let names: Vec<&str> = members.iter().map(|index| programs[*index].0.name.as_str()).collect();
            let told = copies.iter().map(|copy| copy_told(scene, reach, *copy));
            found.push(Symptom {
                check,
                place: scene.locked(copies[0]),
                reason: format!(
                    "{} has `{name}` in {} versions: {}",
                    named(&names),
                    copies.len(),
                    listed(told)
                ),
                fix: fix(scene, reach, name, &copies),
                cure: None,
            });
        }
    }
    found
}

/// Programs, as a subject.
fn named(names: &[&str]) -> String {
    let quoted = names.iter().take(NAMED).map(|name| format!("`{name}`"));
    if names.len() > NAMED {
        let rest = names.len() - NAMED;
        return format!("each of {} and {rest} more", quoted.collect::<Vec<_>>().join(", "));
    }
    if names.len() > 1 { format!("each of {}", listed(quoted)) } else { listed(quoted) }
}

/// A version, and the way to it.
fn copy_told(scene: &Scene<'_>, reach: &Reach, copy: usize) -> String {
    let version = &scene.inventory.packages[copy].version;
    let way = reach.way(copy);
    let through: Vec<String> =
        way[..way.len().saturating_sub(1)].iter().map(|step| shown(scene, *step)).collect();
    if through.is_empty() {
        format!("{version} (of its own)")
    } else {
        format!("{version} (through {})", through.join(" → "))
    }
}

fn shown(scene: &Scene<'_>, package: usize) -> String {
    let package = &scene.inventory.packages[package];
    format!("{} {}", package.name, package.version)
}

/// What would unite them: the release of what brings an older copy that goes with the newest.
fn fix(scene: &Scene<'_>, reach: &Reach, name: &str, copies: &[usize]) -> String {
    let Some((newest, older)) = copies.split_last() else { return String::new() };
    let newest = &scene.inventory.packages[*newest].version;
    // `tracing-opentelemetry` is one minor version ahead of the set that it belongs to.
    let set = if name == "opentelemetry" {
        Some(ReleaseSet::of(newest))
    } else {
        newest.minor.checked_sub(1).map(|minor| ReleaseSet { major: newest.major, minor })
    };
    let mut advice = Vec::new();
    for copy in older {
        let way = reach.way(*copy);
        // What is of the project itself is raised by raising what it uses.
        let is_foreign = |package: &usize| scene.inventory.packages[*package].source != Source::Path;
        let bringer = way.into_iter().find(is_foreign).unwrap_or(*copy);
        let bringer = &scene.inventory.packages[bringer];
        let release =
            set.and_then(|set| of_set(scene, bringer.name.as_str(), set).map(|version| (version, set)));
        advice.push(match release {
            _ if bringer.name.as_str() == name => format!("raise `{name}` to {newest}"),
            Some((version, set)) => format!("raise `{}` to {version}, which goes with {set}", bringer.name),
            None => format!("bring `{}` {} to the other's release set", bringer.name, bringer.version),
        });
    }
    advice.dedup();
    advice.join("; ")
}

/// The newest release of a crate that goes with a set, as far as the registry knows.
fn of_set(scene: &Scene<'_>, name: &str, set: ReleaseSet) -> Option<String> {
    let releases = scene.registry.releases(name)?;
    let fits = |release: &crate::registry::releases::Release<'_>| {
        !release.is_yanked
            && release.version.pre.is_empty()
            && Membership::of(name, release, std::iter::empty()) == Membership::One(set)
    };
    releases.newest_first().find(fits).map(|release| release.version.to_string())
}
