//! `pdm.lock`: what `pdm install --prod` would install, without the project itself.
//!
//! Since 4.4.1 each package may tell the groups that it is for (`inherit_metadata`), and under which condition. Else
//! only the `pyproject.toml` tells what the project asks for, and the rest is found by walking from there. An extra is
//! a group here. Source of the rules: pdm's documentation, "Lock file", and what `pdm export` says of real lockfiles.

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use super::{
    ParseError, lean,
    marker::Chosen,
    parts::{Part, choose},
    project,
    request::{self, Parsed, Request},
    tree,
    walk::{Need, Package, Walk, admits},
};
use crate::{document::Table, package::PackageName};

/// The group of what the project needs to run.
const DEFAULT: &str = "default";

/// The newest format that is understood: of a later `4.x` what is new may be left unread.
const NEWEST_FORMAT: u32 = 4;

/// Reads a lockfile.
pub fn parse(text: &str, request: &Request<'_>) -> Result<Parsed, ParseError> {
    let lean = lean::without_files(text);
    let document = lean::parse(&lean, text)?;
    let metadata = document.table(&["metadata"]).ok_or(ParseError::Lacks("metadata"))?;
    let format = tree::text(metadata, "lock_version").ok_or(ParseError::Lacks("lock_version"))?;
    if !format
        .split('.')
        .next()
        .is_some_and(|major| major.parse().is_ok_and(|major: u32| major <= NEWEST_FORMAT))
    {
        return Err(ParseError::Format(format.chars().take(40).collect()));
    }
    let mut notes = Vec::new();
    let standard = request.project(&["project"]);
    let admitted = standard.and_then(|table| tree::text(table, "requires-python"));
    let (python, mut markers) = request.markers(admitted, &mut notes);
    let full = super::target::full(&python);
    let chosen = Choice::new(metadata, request)?;
    let tables = || tree::tables(&document, "package");
    let tells_groups = tables().any(|table| table.get("groups").is_some());
    let is_for = |table: &Table<'_>| tree::texts(table, "groups").any(|group| chosen.groups.contains(group));
    let (mut packages, mut installed) = (Vec::new(), Vec::new());
    let mut places = HashMap::new();
    for (index, table) in tables().enumerate() {
        let mut package = package(index + 1, table, &full)?;
        let holds = markers.hold(tree::text(table, "marker"), Chosen::default());
        let holds = holds.map_err(|source| ParseError::Marker { name: package.name.clone(), source })?;
        package.fits &= holds;
        let counts = package.fits && (!tells_groups || is_for(table));
        if tells_groups {
            // A package with extras is listed only where these are wanted.
            package.needs.iter_mut().for_each(|need| need.only_for.clear());
        }
        // It is listed once more for each set of extras.
        let place = (package.name.clone(), tree::text(table, "version"));
        match places.entry(place) {
            Entry::Vacant(free) => {
                free.insert(packages.len());
                installed.push(counts);
                packages.push(package);
            }
            Entry::Occupied(taken) => {
                let first: &mut Package = &mut packages[*taken.get()];
                installed[*taken.get()] |= counts;
                first.fits |= package.fits;
                if counts {
                    first.needs.append(&mut package.needs);
                }
            }
        }
    }
    let (distributions, direct) = if tells_groups || request.project.is_none() {
        if !tells_groups {
            let reason = "does not tell what is for development, and there is no `pyproject.toml` beside it";
            notes.push(reason.to_owned());
        }
        let mut walk = Walk::within(&packages, &installed, markers)?;
        let direct = walk.follow(&chosen.needs)?;
        (walk.finish()?, direct)
    } else {
        let mut walk = Walk::new(&packages, markers)?;
        let direct = walk.follow(&chosen.needs)?;
        (walk.finish()?, direct)
    };
    Ok(Parsed::new(distributions, python, request.project.map(|_| direct), notes))
}

/// Reads a package; one that is listed for its extras has the needs of these.
fn package(number: usize, table: &Table<'_>, python: &pep440_rs::Version) -> Result<Package, ParseError> {
    let name = tree::text(table, "name").ok_or(ParseError::Name { number, source: None })?;
    let name = PackageName::of_distribution(name);
    let name = name.map_err(|error| ParseError::Name { number, source: Some(error) })?;
    let extras = tree::texts(table, "extras").filter_map(|extra| PackageName::of_distribution(extra).ok());
    let extras: Vec<PackageName> = extras.collect();
    let needs = tree::texts(table, "dependencies").filter_map(project::need);
    let needs = needs.map(|need| Need { only_for: extras.clone(), ..need }).collect();
    let version = request::version(tree::text(table, "version"));
    Ok(Package { name, version, fits: admits(tree::text(table, "requires_python"), python), needs })
}

/// The parts of the project that count.
struct Choice {
    /// The groups, as the lockfile spells them.
    groups: BTreeSet<String>,
    /// What the project asks for in them.
    needs: Vec<Need>,
}

impl Choice {
    /// Reads the parts that count.
    fn new(metadata: &Table<'_>, request: &Request<'_>) -> Result<Self, ParseError> {
        let standard = request.project(&["project"]);
        let optional = standard.and_then(|table| table.table(&["optional-dependencies"]));
        let own = request.project(&["tool", "pdm", "dev-dependencies"]);
        let mut development = project::groups(request);
        for (name, list) in own.into_iter().flat_map(Table::iter) {
            let needs = project::needs(tree::elements(Some(list))).collect();
            development.extend(PackageName::of_distribution(name).ok().map(|name| (name, needs)));
        }
        let name =
            |text: &str| PackageName::of_distribution(text).ok().filter(|name| name.as_str() != DEFAULT);
        let locked = || tree::texts(metadata, "groups").filter_map(name);
        let parts = request.parts;
        // The lockfile does not tell which of its groups are extras.
        let is_group = |wanted: &PackageName| development.iter().any(|(name, _)| name == wanted);
        let known = optional.into_iter().flat_map(Table::iter).filter_map(|(key, _)| name(key));
        let known = known.chain(locked().filter(|name| !is_group(name))).collect();
        let extras = choose(Part::Extra, &parts.extras, parts.all_extras, &known)?;
        let known = development.iter().map(|(name, _)| name.clone()).chain(locked()).collect();
        let mut groups = choose(Part::Group, &parts.groups, parts.all_groups, &known)?;
        groups.extend(extras);
        let declared = standard.and_then(|table| table.get("dependencies"));
        let mut needs: Vec<Need> = project::needs(tree::elements(declared)).collect();
        for (key, list) in optional.into_iter().flat_map(Table::iter) {
            if name(key).is_some_and(|key| groups.contains(&key)) {
                needs.extend(project::needs(tree::elements(Some(list))));
            }
        }
        needs.extend(
            development.into_iter().filter(|(name, _)| groups.contains(name)).flat_map(|(_, needs)| needs),
        );
        let spelled = tree::texts(metadata, "groups")
            .filter(|text| name(text).is_some_and(|name| groups.contains(&name)));
        let mut groups: BTreeSet<String> = spelled.map(str::to_owned).collect();
        groups.insert(DEFAULT.to_owned());
        Ok(Self { groups, needs })
    }
}

#[cfg(test)]
mod tests;
