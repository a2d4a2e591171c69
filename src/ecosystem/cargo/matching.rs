//! Which libraries of a project the registry knows, and in which members they count.

use super::{
    graph::Graph,
    inventory::{Inventory, LockedPackage, Source, Use},
};
use crate::registry::{
    Registry,
    rule::{Counts, Library},
};

/// A locked library that the registry has a rule for.
#[derive(Clone, Debug)]
pub struct Match<'a> {
    /// The rule.
    pub rule: &'a Library,
    /// Index into [`Inventory::packages`].
    pub package: usize,
    /// Where it counts.
    pub presence: Presence,
}

/// Where a library counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In these members, by index.
    Members(Vec<usize>),
    /// It would count in members with a binary, and none that is selected reaches it.
    NoBinary,
    /// In none: no selected member depends on it directly; the packages of the project that do.
    Indirect(Vec<String>),
    /// In none: it is there only because OpenTelemetry's own packages need it.
    OnlyThroughOpenTelemetry,
}

/// Whether a package is one of OpenTelemetry's own or a bridge to it. The project's own packages
/// never are, whatever their names say.
#[must_use]
pub fn is_opentelemetry(package: &LockedPackage) -> bool {
    let name = package.name.as_str();
    package.source != Source::Path
        && (name == "opentelemetry"
            || name.starts_with("opentelemetry-")
            || name.starts_with("opentelemetry_")
            || name.ends_with("-opentelemetry"))
}

/// The use of a package by a member, if it depends on it directly.
#[must_use]
pub fn use_of(inventory: &Inventory, member: usize, package: usize) -> Option<&Use> {
    inventory.members[member].uses.iter().find(|u| u.package == package)
}

/// All libraries of the lockfile that the registry knows, in the order of the lockfile. With `direct`,
/// being locked is not enough for any of them.
#[must_use]
pub fn match_libraries<'a>(
    inventory: &Inventory,
    registry: &'a Registry,
    graph: &Graph<'_>,
    direct: bool,
) -> Vec<Match<'a>> {
    let selected: Vec<usize> =
        (0..inventory.members.len()).filter(|&m| inventory.members[m].is_selected).collect();
    let starts: Vec<usize> =
        selected.iter().filter_map(|&m| graph.package_of(&inventory.members[m])).collect();
    let by_itself = graph.walk(starts.iter().copied(), |p| !is_opentelemetry(&inventory.packages[p]));
    let reached = graph.walk(starts, |_| true);
    let is_used = |package| selected.iter().any(|&m| use_of(inventory, m, package).is_some());
    let mut matches = Vec::new();
    // Names are in the same order here and there, and rules are much fewer.
    for package in registry.library_names().flat_map(|name| inventory.locked_at(name)) {
        let locked = &inventory.packages[package];
        if !reached[package] || locked.source == Source::Path && is_member(inventory, locked) {
            continue;
        }
        let Some(rule) = registry.library(locked.name.as_str()) else { continue };
        let presence = if !by_itself[package] {
            Presence::OnlyThroughOpenTelemetry
        } else if rule.counts == Counts::Locked && (!direct || is_used(package)) {
            let binaries = selected
                .iter()
                .copied()
                .filter(|&m| inventory.members[m].has_binary && graph.reaches(m, package))
                .collect::<Vec<_>>();
            if binaries.is_empty() { Presence::NoBinary } else { Presence::Members(binaries) }
        } else {
            let users: Vec<usize> =
                selected.iter().copied().filter(|&m| use_of(inventory, m, package).is_some()).collect();
            if users.is_empty() {
                Presence::Indirect(dependents(inventory, package))
            } else {
                Presence::Members(users)
            }
        };
        matches.push(Match { rule, package, presence });
    }
    matches
}

fn is_member(inventory: &Inventory, package: &LockedPackage) -> bool {
    inventory.members.iter().any(|member| member.name == package.name)
}

/// The names of the packages that depend on a package, sorted, at most three.
fn dependents(inventory: &Inventory, package: usize) -> Vec<String> {
    let mut names: Vec<String> = inventory
        .packages
        .iter()
        .filter(|p| p.dependencies.binary_search(&package).is_ok())
        .map(|p| p.name.to_string())
        .collect();
    names.dedup();
    names.truncate(3);
    names
}
