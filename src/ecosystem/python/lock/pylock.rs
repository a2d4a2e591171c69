//! `pylock.toml` (PEP 751): what an installer would install of it.
//!
//! Source of the rules: the `pylock.toml` specification, "Installation".

use std::collections::BTreeSet;

use super::{
    ParseError, lean,
    marker::Chosen,
    parts::{Part, choose},
    project,
    request::{self, Parsed, Request},
    tree,
    walk::admits,
};
use crate::{
    document::Table,
    ecosystem::python::inventory::{Distribution, Requires},
    package::PackageName,
};

/// The format that is understood: of a later `1.x` what is new may be left unread.
const NEWEST_FORMAT: &str = "1.";

/// Reads a lockfile.
pub fn parse(text: &str, request: &Request<'_>) -> Result<Parsed, ParseError> {
    let lean = lean::without_files(text);
    let document = lean::parse(&lean, text)?;
    let format = tree::text(&document, "lock-version").ok_or(ParseError::Lacks("lock-version"))?;
    if !format.starts_with(NEWEST_FORMAT) {
        return Err(ParseError::Format(format.chars().take(40).collect()));
    }
    let names = |key| tree::texts(&document, key).filter_map(|name| PackageName::of_distribution(name).ok());
    let parts = request.parts;
    let extras = choose(Part::Extra, &parts.extras, parts.all_extras, &names("extras").collect())?;
    let known = names("dependency-groups").chain(names("default-groups")).collect();
    let groups = choose(Part::Group, &parts.groups, parts.all_groups, &known)?;
    let texts = |names: BTreeSet<PackageName>| names.into_iter().map(String::from).collect::<BTreeSet<_>>();
    let groups = texts(groups.into_iter().chain(names("default-groups")).collect());
    let extras = texts(extras);
    let chosen = Chosen { extras: Some(&extras), groups: Some(&groups) };

    let mut notes = Vec::new();
    let (python, mut markers) = request.markers(tree::text(&document, "requires-python"), &mut notes);
    let full = super::target::full(&python);
    let mut installed = Vec::new();
    for (index, table) in tree::tables(&document, "packages").enumerate() {
        let name = PackageName::of_distribution(tree::text(table, "name").unwrap_or_default());
        let name = name.map_err(|error| ParseError::Name { number: index + 1, source: Some(error) })?;
        let holds = markers.hold(tree::text(table, "marker"), chosen);
        let holds = holds.map_err(|source| ParseError::Marker { name: name.clone(), source })?;
        if holds && admits(tree::text(table, "requires-python"), &full) {
            installed.push((name, table));
        }
    }
    // Writers tell what needs what, or they do not at all.
    let tells = tree::tables(&document, "packages").any(|table| table.get("dependencies").is_some());
    let present: BTreeSet<&PackageName> = installed.iter().map(|(name, _)| name).collect();
    let requires = |table: &Table<'_>| {
        let needs = tree::tables(table, "dependencies").filter_map(|need| tree::text(need, "name"));
        let needs = needs.filter_map(|name| PackageName::of_distribution(name).ok());
        Requires::Listed(needs.filter(|name| present.contains(name)).collect())
    };
    let distributions = installed.iter().map(|(name, table)| Distribution {
        name: name.clone(),
        version: request::version(tree::text(table, "version")),
        requires: if tells { requires(table) } else { Requires::Unknown },
    });
    let declared = request.project(&["project"]).and_then(|table| table.get("dependencies"));
    let direct = declared.map(|declared| project::names(tree::elements(Some(declared))));
    Ok(Parsed::new(distributions.collect(), python, direct, notes))
}

#[cfg(test)]
mod tests;
