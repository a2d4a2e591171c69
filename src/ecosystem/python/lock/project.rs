//! What a `pyproject.toml` says about the project itself.

use std::collections::BTreeSet;

use super::{
    request::{self, Request},
    requirements::line,
    tree,
    walk::Need,
};
use crate::{
    document::{Table, Value},
    ecosystem::python::inventory::DistributionVersion,
    package::PackageName,
};

/// The name of a project, and its version if it is written there.
pub(super) fn identity(document: &Table<'_>) -> Option<(PackageName, DistributionVersion)> {
    let tables = [["project"].as_slice(), &["tool", "poetry"]];
    tables.into_iter().find_map(|path| {
        let table = document.table(path)?;
        let name = PackageName::of_distribution(tree::text(table, "name")?).ok()?;
        Some((name, request::version(tree::text(table, "version"))))
    })
}

/// The names in a list of requirements, whatever their conditions.
pub(super) fn names(requirements: &[Value<'_>]) -> BTreeSet<PackageName> {
    let texts = requirements.iter().filter_map(Value::as_str);
    texts.filter_map(|text| line::requirement(text.trim()).ok()).map(|requirement| requirement.name).collect()
}

/// What a list of requirements asks for; what cannot be read is left out, for the tool that locked has read it.
pub(super) fn needs(requirements: &[Value<'_>]) -> impl Iterator<Item = Need> {
    requirements.iter().filter_map(Value::as_str).filter_map(need)
}

/// What one requirement asks for.
pub(super) fn need(text: &str) -> Option<Need> {
    let requirement = line::requirement(text.trim()).ok()?;
    let line::Requirement { name, extras, range, marker, .. } = requirement;
    Some(Need { name, extras, range: range.into(), marker, only_for: Vec::new() })
}

/// The dependency groups (PEP 735), each with what it asks for, groups that it includes counted.
pub(super) fn groups(request: &Request<'_>) -> Vec<(PackageName, Vec<Need>)> {
    let Some(table) = request.project(&["dependency-groups"]) else { return Vec::new() };
    let names = table.iter().map(|(name, _)| name);
    let group = |name: &str| {
        let mut collected = Vec::new();
        collect(table, name, &mut BTreeSet::new(), &mut collected);
        Some((PackageName::of_distribution(name).ok()?, collected))
    };
    names.filter_map(group).collect()
}

/// Collects what a group asks for, each included group once.
fn collect(table: &Table<'_>, name: &str, seen: &mut BTreeSet<String>, needs: &mut Vec<Need>) {
    // Of the spellings of a name any may be used.
    let normal = |name: &str| PackageName::of_distribution(name).ok().map(|name| name.to_string());
    let Some(wanted) = normal(name).filter(|name| seen.insert(name.clone())) else { return };
    let found = table.iter().find(|(key, _)| normal(key).as_ref() == Some(&wanted));
    for element in tree::elements(found.map(|(_, list)| list)) {
        match element {
            Value::String(text) => needs.extend(need(text)),
            Value::Table(entry) => {
                if let Some(other) = tree::text(entry, "include-group") {
                    collect(table, other, seen, needs);
                }
            }
            _ => {}
        }
    }
}
