//! `Pipfile.lock`: what `pipenv install --deploy` would install.
//!
//! Each category of the `Pipfile` lists all that it needs, so there is nothing to follow; what needs what is not
//! told. Source of the rules: pipenv's documentation, "Pipfile & Pipfile.lock", and what `pipenv requirements` says.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    ParseError,
    marker::Chosen,
    parts::{Part, choose},
    request::{self, Parsed, Request},
};
use crate::{
    document::{self, Table},
    ecosystem::python::inventory::{Distribution, Requires},
    package::PackageName,
};

/// The format that is understood.
const FORMAT: u64 = 6;

/// The categories that every `Pipfile` may have: what is needed to run, and for development, by the names in the
/// `Pipfile` and in the lockfile.
const CATEGORIES: [(&str, &str); 2] = [("packages", "default"), ("dev-packages", "develop")];

/// Keys that pipenv takes for conditions, as well as `markers`.
const CONDITIONS: [&str; 8] = [
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_system",
    "python_version",
    "python_full_version",
    "implementation_name",
];

/// Reads a lockfile.
pub fn parse(text: &str, request: &Request<'_>) -> Result<Parsed, ParseError> {
    let json = |error: serde_json::Error| ParseError::Json { line: error.line(), column: error.column() };
    let document: Map<String, Value> =
        serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(json)?;
    let meta = document.get("_meta").and_then(Value::as_object).ok_or(ParseError::Lacks("_meta"))?;
    if let Some(format) = meta.get("pipfile-spec").filter(|format| format.as_u64() != Some(FORMAT)) {
        return Err(ParseError::Format(format.to_string().chars().take(40).collect()));
    }
    let wanted = |key: &str| meta.get("requires").and_then(|requires| requires.get(key)?.as_str());
    // Free text: a version most of the time.
    let version = wanted("python_full_version").or_else(|| wanted("python_version"));
    let release = version.and_then(|text| text.parse::<pep440_rs::Version>().ok());
    let range = release.filter(|version| version.release().len() > 1).map(|version| format!("=={version}.*"));
    let mut notes = Vec::new();
    let (python, mut markers) = request.markers(range.as_deref(), &mut notes);
    let categories = categories(&document, request)?;
    let pipfile = (request.beside)("Pipfile");
    let manifest = pipfile.as_deref().and_then(|text| document::parse(text).ok());
    let (mut distributions, mut direct) = (Vec::new(), manifest.as_ref().map(|_| BTreeSet::new()));
    for (in_pipfile, in_lockfile) in &categories {
        let entries = document.get(in_lockfile).and_then(Value::as_object);
        for (number, (key, entry)) in entries.into_iter().flatten().enumerate() {
            let name = PackageName::of_distribution(key);
            let name =
                name.map_err(|source| ParseError::Name { number: number + 1, source: Some(source) })?;
            let mut holds = true;
            for condition in conditions(entry) {
                let part = markers.hold(Some(&condition), Chosen::default());
                holds &= part.map_err(|source| ParseError::Marker { name: name.clone(), source })?;
            }
            if holds {
                let version = entry.get("version").and_then(Value::as_str);
                let version = version.map(|text| text.trim_start_matches('=').trim());
                let version = request::version(version.filter(|version| *version != "*"));
                distributions.push(Distribution { name, version, requires: Requires::Unknown });
            }
        }
        if let (Some(direct), Some(manifest)) = (&mut direct, &manifest) {
            let asked = manifest.table(&[in_pipfile]).into_iter().flat_map(Table::iter);
            direct.extend(asked.filter_map(|(name, _)| PackageName::of_distribution(name).ok()));
        }
    }
    Ok(Parsed::new(distributions, python, direct, notes))
}

/// The categories that count, by their names in the `Pipfile` and in the lockfile.
fn categories(
    document: &Map<String, Value>,
    request: &Request<'_>,
) -> Result<Vec<(String, String)>, ParseError> {
    let own = document.keys().filter(|key| *key != "_meta");
    let [main, development] = CATEGORIES.map(|(one, other)| (one.to_owned(), other.to_owned()));
    // `dev` is what people call it.
    let spellings = own.filter(|key| **key != main.1).flat_map(|key| {
        let more: &[&str] = if *key == development.1 { &["dev", "dev-packages"] } else { &[] };
        let category = if *key == development.1 { development.clone() } else { (key.clone(), key.clone()) };
        let names = more.iter().copied().chain([key.as_str()]);
        let names: Vec<_> = names.filter_map(|name| PackageName::of_distribution(name).ok()).collect();
        names.into_iter().map(move |name| (name, category.clone()))
    });
    let spellings: Vec<(PackageName, (String, String))> = spellings.collect();
    let known = spellings.iter().map(|(name, _)| name.clone()).collect();
    let parts = request.parts;
    let groups = choose(Part::Group, &parts.groups, parts.all_groups, &known)?;
    choose(Part::Extra, &parts.extras, parts.all_extras, &BTreeSet::new())?;
    let mut categories = vec![main];
    for (_, category) in spellings.into_iter().filter(|(name, _)| groups.contains(name)) {
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    Ok(categories)
}

/// The conditions of an entry.
fn conditions(entry: &Value) -> impl Iterator<Item = String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let named = CONDITIONS.into_iter().filter_map(move |key| Some(format!("{key} {}", text(key)?)));
    text("markers").map(str::to_owned).into_iter().chain(named)
}

#[cfg(test)]
mod tests;
