//! `uv.lock`: what `uv sync --no-dev` would install.
//!
//! The default groups that a project names (`[tool.uv] default-groups`) count, as they do for that command, except
//! the group `dev`: they are how a project says what belongs to every install (drivers, storage backends), and
//! leaving them out would hide what runs. Source of the rules: uv's documentation, "Managing dependencies" and
//! "Resolution", and what `uv export` says of real lockfiles.

mod graph;
mod package;

use std::collections::BTreeSet;

use super::{
    ParseError, lean,
    parts::{Part, choose},
    request::{Parsed, Request},
    tree,
};
use crate::{document::Table, package::PackageName};
use graph::Graph;
use package::{Entries, is_root};

/// The newest format that is understood; revisions within one are compatible.
const NEWEST_FORMAT: u32 = 1;

/// The group for development, the only one that counts by default where a project says nothing.
const DEV: &str = "dev";

/// Reads a lockfile.
pub fn parse(text: &str, request: &Request<'_>) -> Result<Parsed, ParseError> {
    let lean = lean::without_files(text);
    let document = lean::parse(&lean, text)?;
    let format = match document.get("version") {
        Some(crate::document::Value::Other(text)) => *text,
        _ => return Err(ParseError::Lacks("version")),
    };
    if !format.parse().is_ok_and(|format: u32| (1..=NEWEST_FORMAT).contains(&format)) {
        return Err(ParseError::Format(format.chars().take(40).collect()));
    }
    let mut notes = Vec::new();
    let (python, markers) = request.markers(tree::text(&document, "requires-python"), &mut notes);
    let entries = Entries::new(&document)?;
    let roots = roots(&document, &entries, request)?;
    let manifest = document.table(&["manifest"]);
    // The groups of a root that is no package stand in the manifest, and count when it is installed.
    let loose = manifest.filter(|_| request.parts.packages.is_empty());
    let loose_groups = loose.and_then(|manifest| manifest.table(&["dependency-groups"]));
    let extras = chosen_extras(&entries, &roots, request)?;
    let groups = chosen_groups(&entries, &roots, loose_groups, request)?;
    let conflicts = tree::elements(document.get("conflicts"));
    let mut graph = Graph::new(&entries, conflicts, markers);
    graph.note_choice(&roots, &extras, &groups);
    if !conflicts.is_empty() {
        graph.walk(&roots, &extras, &groups)?;
        graph.forget_paths();
    }
    graph.walk(&roots, &extras, &groups)?;
    for (group, requirements) in loose_groups.iter().flat_map(|groups| groups.iter()) {
        if PackageName::of_distribution(group).is_ok_and(|group| groups.contains(&group)) {
            graph.require(tree::elements(Some(requirements)))?;
        }
    }
    // What a script (PEP 723) asks for.
    graph.require(tree::elements(loose.and_then(|manifest| manifest.get("requirements"))))?;
    let (distributions, direct) = graph.finish();
    Ok(Parsed::new(distributions, python, Some(direct), notes))
}

/// The packages that are installed for their own sake: the members asked for, else the project itself, else (in a
/// workspace whose root is no package) every member.
fn roots(
    document: &Table<'_>,
    entries: &Entries<'_, '_>,
    request: &Request<'_>,
) -> Result<Vec<usize>, ParseError> {
    let manifest = document.table(&["manifest"]);
    let named: BTreeSet<&str> =
        manifest.into_iter().flat_map(|table| tree::texts(table, "members")).collect();
    let is_member = |index: &usize| {
        let package = &entries.packages[*index];
        if named.is_empty() { is_root(package.table) } else { named.contains(package.name.as_str()) }
    };
    let members: Vec<usize> = (0..entries.packages.len()).filter(is_member).collect();
    let parts = request.parts;
    if parts.workspace {
        return Ok(members);
    }
    if parts.packages.is_empty() {
        let own = request.project(&["project"]).and_then(|table| tree::text(table, "name"));
        let own = own.and_then(|name| PackageName::of_distribution(name).ok());
        let is_own = |index: &&usize| {
            let package = &entries.packages[**index];
            own.as_ref().map_or_else(|| is_root(package.table), |own| *own == package.name)
        };
        let project = request.project.is_none() || own.is_some();
        return Ok(match members.iter().find(is_own).filter(|_| project) {
            Some(index) => vec![*index],
            None => members,
        });
    }
    let known = members.iter().map(|index| entries.packages[*index].name.clone()).collect();
    let asked = choose(Part::Member, &parts.packages, false, &known)?;
    Ok(members.into_iter().filter(|index| asked.contains(&entries.packages[*index].name)).collect())
}

/// The extras of the roots that count.
fn chosen_extras(
    entries: &Entries<'_, '_>,
    roots: &[usize],
    request: &Request<'_>,
) -> Result<BTreeSet<PackageName>, ParseError> {
    let mut known = BTreeSet::new();
    for table in roots.iter().map(|root| entries.packages[*root].table) {
        known.extend(names(table.table(&["optional-dependencies"])));
        let provided = table.table(&["metadata"]).into_iter();
        let provided = provided.flat_map(|table| tree::texts(table, "provides-extras"));
        known.extend(provided.filter_map(|name| PackageName::of_distribution(name).ok()));
    }
    Ok(choose(Part::Extra, &request.parts.extras, request.parts.all_extras, &known)?)
}

/// The groups of the roots that count: those asked for, and the default ones without `dev`.
fn chosen_groups(
    entries: &Entries<'_, '_>,
    roots: &[usize],
    loose: Option<&Table<'_>>,
    request: &Request<'_>,
) -> Result<BTreeSet<PackageName>, ParseError> {
    let mut known: BTreeSet<_> = names(loose).collect();
    for table in roots.iter().map(|root| entries.packages[*root].table) {
        known.extend(names(table.table(&["dev-dependencies"])));
        known.extend(names(table.table(&["metadata", "requires-dev"])));
    }
    let mut chosen = choose(Part::Group, &request.parts.groups, request.parts.all_groups, &known)?;
    // Of one member that is asked for the own settings count, else those of the root.
    let member = match &*request.parts.packages {
        [_] => roots.first().and_then(|root| package::folder(entries.packages[*root].table)),
        _ => None,
    };
    let text = member.filter(|folder| *folder != ".").and_then(|folder| {
        let below = !folder.starts_with('/') && !folder.contains("..") && !folder.contains(['\\', ':']);
        (request.beside)(&format!("{folder}/pyproject.toml")).filter(|_| below)
    });
    let own = text.as_deref().and_then(|text| crate::document::parse(text).ok());
    let project = own.as_ref().or(request.project);
    let set = project.and_then(|table| table.table(&["tool", "uv"])?.get("default-groups"));
    // Since revision 5 the lockfile tells them too.
    let locked = || roots.iter().find_map(|root| entries.packages[*root].table.get("default-groups"));
    let defaults = set.or_else(locked);
    if defaults.and_then(crate::document::Value::as_str) == Some("all") {
        chosen.extend(known.into_iter().filter(|group| group.as_str() != DEV));
    } else {
        let defaults = tree::elements(defaults).iter().filter_map(crate::document::Value::as_str);
        let defaults = defaults.filter_map(|name| PackageName::of_distribution(name).ok());
        chosen.extend(defaults.filter(|group| group.as_str() != DEV));
    }
    Ok(chosen)
}

/// The keys of a table that are names.
fn names(table: Option<&Table<'_>>) -> impl Iterator<Item = PackageName> {
    table.into_iter().flat_map(Table::iter).filter_map(|(key, _)| PackageName::of_distribution(key).ok())
}

#[cfg(test)]
mod tests;
