//! Which versions a lockfile holds: for comparing it with itself, before and after.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use pep440_rs::Version;
use serde::Deserialize;

use super::Wanted;
use crate::{file, package::PackageName};

/// The most that is read of a lockfile.
const LARGEST: u64 = 64 << 20;

/// The versions of each distribution that a lockfile holds; several where it is forked by markers.
pub(super) type Locked = BTreeMap<PackageName, BTreeSet<Version>>;

/// `uv.lock`, `poetry.lock` and `pdm.lock`, which agree on this much.
#[derive(Deserialize)]
struct Toml {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
}

/// Reads a lockfile; one that is not there, or that cannot be read, holds nothing: it is only compared with
/// itself.
pub(super) fn read(path: &Path) -> Locked {
    let Ok(text) = file::read_text(path, LARGEST) else { return Locked::new() };
    let pairs = if path.extension().is_some_and(|extension| extension == "lock") && !text.starts_with('{') {
        of_toml(&text)
    } else {
        of_json(&text)
    };
    let mut locked = Locked::new();
    for (name, version) in pairs {
        if let (Ok(name), Ok(version)) = (PackageName::of_distribution(&name), version.parse()) {
            locked.entry(name).or_default().insert(version);
        }
    }
    locked
}

fn of_toml(text: &str) -> Vec<(String, String)> {
    let Ok(Toml { package }) = toml::from_str(text) else { return Vec::new() };
    package.into_iter().filter_map(|package| Some((package.name, package.version?))).collect()
}

/// `Pipfile.lock`: a table for each category, versions with `==`.
fn of_json(text: &str) -> Vec<(String, String)> {
    let Ok(serde_json::Value::Object(categories)) = serde_json::from_str(text) else { return Vec::new() };
    let packages = categories.into_iter().filter(|(category, _)| category != "_meta");
    let packages = packages.filter_map(|(_, value)| match value {
        serde_json::Value::Object(packages) => Some(packages),
        _ => None,
    });
    let versions = packages.flatten().filter_map(|(name, package)| {
        let version = package.get("version")?.as_str()?.strip_prefix("==")?.to_owned();
        Some((name, version))
    });
    versions.collect()
}

/// What was locked before and is not any more, apart from what was to change; a line for each.
pub(super) fn moved(before: &Locked, after: &Locked, wanted: &[Wanted]) -> Vec<String> {
    let none = BTreeSet::new();
    let mut moves = Vec::new();
    for (name, old) in before.iter().filter(|(name, _)| wanted.iter().all(|w| w.name != **name)) {
        let new = after.get(name).unwrap_or(&none);
        let gone: Vec<String> = old.difference(new).map(Version::to_string).collect();
        if !gone.is_empty() {
            let come: Vec<String> = new.difference(old).map(Version::to_string).collect();
            let come = if come.is_empty() { "(nothing)".to_owned() } else { come.join(", ") };
            moves.push(format!("`{name}` {} -> {come}", gone.join(", ")));
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lockfile_is_compared_by_names_and_versions() {
        let folder = tempfile::tempdir().expect("a folder");
        let toml = |versions: &[(&str, &str)]| {
            let package = |(name, version): &(&str, &str)| {
                format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
            };
            versions.iter().map(package).collect::<String>()
        };
        let read = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            super::read(&path)
        };
        let before = read(
            "uv.lock",
            &(toml(&[("a", "1"), ("b", "1"), ("b", "2"), ("c", "1"), ("w", "1")])
                + "[[package]]\nname = \"me\"\n"),
        );
        let after = read("pdm.lock", &toml(&[("A", "1.0"), ("b", "2"), ("n", "1"), ("w", "2")]));
        let wanted = crate::install::python::parse_lines("w==2").expect("a line");
        assert_eq!(moved(&before, &after, &wanted), ["`b` 1 -> (nothing)", "`c` 1 -> (nothing)"]);
        assert!(moved(&before, &before, &[]).is_empty());
        let json = r#"{"_meta": {"hash": {"sha256": "x"}}, "default": {"a": {"version": "==1"}, "b": {"git": "x"}}, "develop": {"c": {"version": "==2"}}}"#;
        let pipfile = read("Pipfile.lock", json);
        assert_eq!(moved(&pipfile, &Locked::new(), &[]), ["`a` 1 -> (nothing)", "`c` 2 -> (nothing)"]);
        assert!(super::read(&folder.path().join("none.lock")).is_empty() && read("x.lock", "[[").is_empty());
    }
}
