//! `poetry.lock`, 1.0 to 2.1: what `poetry install --only main` would install, without the project itself.
//!
//! Since 2.1 each package tells the groups that it is for, and under which conditions. Before, only the
//! `pyproject.toml` tells what the project asks for, and the rest is found by walking from there. Source of the rules:
//! poetry's documentation, "Managing dependencies", and what `poetry export` says of real lockfiles.

mod manifest;

use std::collections::BTreeSet;

use pep440_rs::Version;

use super::{
    ParseError, lean,
    marker::{Chosen, Markers},
    range::Range,
    request::{self, Parsed, Request},
    tree,
    walk::{Need, Package, Walk, admits},
};
use crate::{
    document::{Table, Value},
    package::PackageName,
};
use manifest::Manifest;

/// The group of what the project needs to run.
const MAIN: &str = "main";

/// The newest format that is understood: of a later `2.x` what is new may be left unread.
const NEWEST_FORMAT: u32 = 2;

/// Reads a lockfile.
pub fn parse(text: &str, request: &Request<'_>) -> Result<Parsed, ParseError> {
    let lean = lean::without_files(text);
    let document = lean::parse(&lean, text)?;
    let metadata = document.table(&["metadata"]).ok_or(ParseError::Lacks("metadata"))?;
    // Poetry 1.0 wrote none.
    let format = tree::text(metadata, "lock-version").unwrap_or("1.0");
    if !format
        .split('.')
        .next()
        .is_some_and(|major| major.parse().is_ok_and(|major: u32| major <= NEWEST_FORMAT))
    {
        return Err(ParseError::Format(format.chars().take(40).collect()));
    }
    let mut notes = Vec::new();
    let pythons = tree::text(metadata, "python-versions");
    let (python, mut markers) = request.markers(None, &mut notes);
    let full = super::target::full(&python);
    if !admits(pythons, &full) {
        notes.push(format!("is not locked for Python {python}"));
    }
    let tables: Vec<&Table<'_>> = tree::tables(&document, "package").collect();
    let packages = tables.iter().enumerate().map(|(index, table)| package(index + 1, table, &full));
    let packages = packages.collect::<Result<Vec<_>, _>>()?;
    let locked_extras = document.table(&["extras"]);
    let manifest = Manifest::new(request, locked_extras)?;
    let tells_groups = tables.iter().any(|table| table.get("groups").is_some());
    let (distributions, direct) = if tells_groups {
        let groups = manifest.groups.iter().map(PackageName::as_str).chain([MAIN]).collect();
        let extras = manifest.extras.iter().map(ToString::to_string).collect();
        let mut installed = Vec::with_capacity(tables.len());
        for (table, package) in tables.iter().zip(&packages) {
            installed
                .push(package.fits && is_installed(table, &package.name, &groups, &extras, &mut markers)?);
        }
        let mut walk = Walk::within(&packages, &installed, markers)?;
        let direct = walk.follow(&manifest.needs)?;
        (walk.finish()?, direct)
    } else if request.project.is_some() {
        let mut walk = Walk::new(&packages, markers)?;
        let direct = walk.follow(&manifest.needs)?;
        (walk.finish()?, direct)
    } else {
        notes.push(
            "does not tell what is for development, and there is no `pyproject.toml` beside it".to_owned(),
        );
        let is_main = |table: &&&Table<'_>| {
            tree::text(table, "category").is_none_or(|category| category == MAIN)
                && table.get("optional").and_then(Value::as_bool) != Some(true)
        };
        let installed: Vec<bool> = tables.iter().map(|table| is_main(&table)).collect();
        let mut walk = Walk::within(&packages, &installed, markers)?;
        walk.follow(&[])?;
        (walk.finish()?, BTreeSet::new())
    };
    let direct = request.project.map(|_| direct);
    Ok(Parsed::new(distributions, python, direct, notes))
}

/// Reads a package.
fn package(number: usize, table: &Table<'_>, python: &Version) -> Result<Package, ParseError> {
    let name = tree::text(table, "name").ok_or(ParseError::Name { number, source: None })?;
    let name = PackageName::of_distribution(name);
    let name = name.map_err(|error| ParseError::Name { number, source: Some(error) })?;
    let extras = table.table(&["extras"]);
    let mut needs = Vec::new();
    for (key, value) in table.table(&["dependencies"]).into_iter().flat_map(Table::iter) {
        if let Ok(name) = PackageName::of_distribution(key) {
            needs.extend(manifest::needs(&name, value).map(|(mut need, is_optional)| {
                let tells = need.marker.as_deref().is_some_and(|marker| marker.contains("extra"));
                if is_optional && !tells {
                    need.only_for = offering(extras, &need.name);
                }
                need
            }));
        }
    }
    let version = request::version(tree::text(table, "version"));
    let fits = admits(tree::text(table, "python-versions"), python);
    Ok(Package { name, version, fits, needs })
}

/// The extras of a package that bring a dependency along (`tz = ["python-dateutil (>=2)"]`).
fn offering(extras: Option<&Table<'_>>, dependency: &PackageName) -> Vec<PackageName> {
    let brings = |value: &Value<'_>| {
        let mut texts = tree::elements(Some(value)).iter().filter_map(Value::as_str);
        texts.any(|text| {
            let name = text.split(['[', ' ', '(', ';', '<', '>', '=', '!', '~']).next().unwrap_or_default();
            PackageName::of_distribution(name).is_ok_and(|name| name == *dependency)
        })
    };
    let extras = extras.into_iter().flat_map(Table::iter).filter(|(_, value)| brings(value));
    extras.filter_map(|(extra, _)| PackageName::of_distribution(extra).ok()).collect()
}

/// Whether a package that tells its groups is for one of these, under the conditions of that group.
fn is_installed(
    table: &Table<'_>,
    name: &PackageName,
    groups: &BTreeSet<&str>,
    extras: &BTreeSet<String>,
    markers: &mut Markers,
) -> Result<bool, ParseError> {
    let chosen = Chosen { extras: Some(extras), groups: None };
    for group in tree::texts(table, "groups") {
        let normal = PackageName::of_distribution(group);
        if !normal.is_ok_and(|group| groups.contains(group.as_str())) {
            continue;
        }
        let marker = match table.get("markers") {
            Some(Value::Table(by_group)) => tree::text(by_group, group),
            marker => marker.and_then(Value::as_str),
        };
        let holds = markers.hold(marker, chosen);
        if holds.map_err(|source| ParseError::Marker { name: name.clone(), source })? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
