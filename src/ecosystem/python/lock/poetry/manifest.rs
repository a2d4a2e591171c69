//! What a `pyproject.toml` of poetry asks for.

use std::collections::BTreeSet;

use super::super::{
    ParseError,
    parts::{Part, choose},
    project,
    request::Request,
    tree,
};
use super::{Need, Range};
use crate::{
    document::{Table, Value},
    package::PackageName,
};

/// The parts of a project that count.
#[derive(Debug)]
pub(super) struct Manifest {
    /// What it asks for.
    pub(super) needs: Vec<Need>,
    /// The groups that were asked for.
    pub(super) groups: BTreeSet<PackageName>,
    /// The extras that were asked for.
    pub(super) extras: BTreeSet<PackageName>,
}

impl Manifest {
    /// Reads the parts that count; the extras stand in the lockfile too.
    pub(super) fn new(request: &Request<'_>, locked_extras: Option<&Table<'_>>) -> Result<Self, ParseError> {
        let poetry = request.project(&["tool", "poetry"]);
        let own_extras = poetry.and_then(|table| table.table(&["extras"]));
        let standard = request.project(&["project"]);
        let optional = standard.and_then(|table| table.table(&["optional-dependencies"]));
        let tables = [locked_extras, own_extras, optional].into_iter().flatten();
        let known =
            tables.flat_map(Table::iter).filter_map(|(name, _)| PackageName::of_distribution(name).ok());
        let parts = request.parts;
        let extras = choose(Part::Extra, &parts.extras, parts.all_extras, &known.collect())?;
        let by_poetry = poetry.map(poetry_groups).unwrap_or_default();
        let by_standard = project::groups(request);
        let known = by_poetry.iter().map(|(name, _)| name).chain(by_standard.iter().map(|(name, _)| name));
        let groups = choose(Part::Group, &parts.groups, parts.all_groups, &known.cloned().collect())?;

        let mut needs = Vec::new();
        let declared = standard.and_then(|table| table.get("dependencies"));
        needs.extend(project::needs(tree::elements(declared)));
        for (_, list) in chosen(optional, &extras) {
            needs.extend(project::needs(tree::elements(Some(list))));
        }
        // What `[project]` lists, poetry's own table only says more about.
        let mut brought = BTreeSet::new();
        for (_, list) in chosen(own_extras, &extras) {
            brought.extend(project::names(tree::elements(Some(list))));
        }
        for (name, value) in
            poetry.and_then(|table| table.table(&["dependencies"])).into_iter().flat_map(Table::iter)
        {
            let Some(name) = named(name).filter(|_| declared.is_none()) else { continue };
            let wanted =
                self::needs(&name, value).filter(|(_, is_optional)| !is_optional || brought.contains(&name));
            needs.extend(wanted.map(|(need, _)| need));
        }
        for (_, table) in by_poetry.iter().filter(|(name, _)| groups.contains(name)) {
            for (name, value) in table.iter() {
                let Some(name) = named(name) else { continue };
                needs.extend(self::needs(&name, value).map(|(need, _)| need));
            }
        }
        for (_, group) in by_standard.into_iter().filter(|(name, _)| groups.contains(name)) {
            needs.extend(group);
        }
        Ok(Self { needs, groups, extras })
    }
}

/// The entries of a table whose keys are chosen.
fn chosen<'a, 't>(
    table: Option<&'a Table<'t>>,
    names: &'a BTreeSet<PackageName>,
) -> impl Iterator<Item = (&'a str, &'a Value<'t>)> {
    let entries = table.into_iter().flat_map(Table::iter);
    entries.filter(|(name, _)| PackageName::of_distribution(name).is_ok_and(|name| names.contains(&name)))
}

/// The name of a dependency; the interpreter is none.
fn named(key: &str) -> Option<PackageName> {
    PackageName::of_distribution(key).ok().filter(|name| name.as_str() != "python")
}

/// The groups of poetry's own tables, each with its dependencies.
fn poetry_groups<'a, 't>(poetry: &'a Table<'t>) -> Vec<(PackageName, &'a Table<'t>)> {
    let mut groups = Vec::new();
    let dev = PackageName::of_distribution("dev").ok();
    groups.extend(dev.zip(poetry.table(&["dev-dependencies"])));
    for (name, value) in poetry.table(&["group"]).into_iter().flat_map(Table::iter) {
        let table = value.as_table().and_then(|group| group.table(&["dependencies"]));
        groups.extend(PackageName::of_distribution(name).ok().zip(table));
    }
    groups
}

/// What a dependency in poetry's form needs, each with whether it is optional: a range, a table, or several of them.
pub(super) fn needs<'a>(name: &'a PackageName, value: &'a Value<'_>) -> impl Iterator<Item = (Need, bool)> {
    let several = value.as_array().unwrap_or(std::slice::from_ref(value));
    several.iter().filter_map(move |value| match value {
        Value::String(range) => Some((need(name, Some(range), None), false)),
        Value::Table(table) => {
            let is_optional = table.get("optional").and_then(Value::as_bool) == Some(true);
            Some((need(name, tree::text(table, "version"), Some(table)), is_optional))
        }
        _ => None,
    })
}

/// One of these.
fn need(name: &PackageName, range: Option<&str>, table: Option<&Table<'_>>) -> Need {
    let text = |key| table.and_then(|table| tree::text(table, key));
    let extras = table.into_iter().flat_map(|table| tree::texts(table, "extras"));
    let mut conditions = Vec::new();
    conditions.extend(text("markers").map(|marker| format!("({marker})")));
    conditions.extend(text("platform").map(|platform| format!("sys_platform == '{platform}'")));
    conditions.extend(text("python").and_then(|python| Range::parse(python).condition()));
    Need {
        name: name.clone(),
        extras: extras.filter_map(|extra| PackageName::of_distribution(extra).ok()).collect(),
        range: range.map(Range::parse).unwrap_or_default(),
        marker: (!conditions.is_empty()).then(|| conditions.join(" and ")),
        only_for: Vec::new(),
    }
}
