//! One environment, read by the program and by its own interpreter.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use otel_bootstrap::{
    ecosystem::python::{
        environment,
        inventory::{Distribution, DistributionVersion, Inventory, Source},
    },
    package::PackageName,
    settings::Env,
};
use serde::Deserialize;

const ORACLE: &str = include_str!("oracle.py");

/// What the interpreter says.
#[derive(Debug, Deserialize)]
struct Told {
    python: String,
    path: Vec<String>,
    versions: BTreeMap<String, Option<String>>,
}

/// Reads an environment in both ways, and says what differs; `Ok` tells its Python and how many distributions were
/// compared.
///
/// `path` is what the program is given, `interpreter` the one that is asked.
pub(crate) fn compare(path: &Path, interpreter: &Path, env: &Env) -> Result<(String, usize), String> {
    let told = ask(interpreter, env)?;
    let read = |exact: bool| {
        let located =
            environment::located_at(path, env).map_err(|error| format!("{}: {error:?}", path.display()))?;
        Ok::<_, String>(located.read(move |_| exact))
    };
    let (exact, quick) = (read(true)?, read(false)?);
    let mut differences = differences(&told, &exact, env);
    for (exact, quick) in exact.distributions.iter().zip(&quick.distributions) {
        if exact.version != quick.version && exact.version != DistributionVersion::Missing {
            differences.push(format!("not exact: {quick:?}, exact: {exact:?}"));
        }
    }
    let python = exact.python.as_ref().map(ToString::to_string).unwrap_or_default();
    if !format!("{}.", told.python).starts_with(&format!("{python}.")) {
        differences.push(format!("Python {python}, not {}", told.python));
    }
    if differences.is_empty() {
        Ok((told.python, exact.distributions.len()))
    } else {
        Err(format!("{}\n{}\n{:?}", path.display(), differences.join("\n"), told.path))
    }
}

fn ask(interpreter: &Path, env: &Env) -> Result<Told, String> {
    let output = Command::new(interpreter)
        .args(["-B", "-c", ORACLE])
        .env_clear()
        .envs(&env.variables)
        .current_dir(&env.folder)
        .output()
        .map_err(|error| format!("{}: {error}", interpreter.display()))?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn differences(told: &Told, read: &Inventory, env: &Env) -> Vec<String> {
    let mut found: BTreeMap<&str, &Distribution> =
        read.distributions.iter().map(|distribution| (distribution.name.as_str(), distribution)).collect();
    let mut differences = Vec::new();
    for (name, version) in &told.versions {
        match found.remove(name.as_str()) {
            Some(distribution) if same(version.as_deref(), distribution) => {}
            Some(distribution) => differences.push(format!("{version:?}: {distribution:?}")),
            // What has no possible name is skipped by name.
            None if PackageName::of_distribution(name).is_err() => {}
            None => differences.push(format!("missing: {name} {version:?}")),
        }
    }
    differences.extend(found.into_values().map(|distribution| format!("too much: {distribution:?}")));
    let folders = told.path.iter().map(|path| env.folder.join(path)).filter(|path| path.exists());
    let Source::Environment(environment) = &read.source else {
        return vec![format!("{:?}", read.source)];
    };
    let read_folders = &environment.folders;
    // The standard library holds no distributions, and is on the path only where the interpreter was asked.
    let is_library = |path: &Path| path.join("os.py").exists() || path.ends_with("lib-dynload");
    let expected = resolved(folders.filter(|path| !is_library(path) || read_folders.contains(path)));
    let read = resolved(read_folders.iter().cloned());
    if expected != read {
        differences.push(format!("folders: {expected:?}, read: {read:?}"));
    }
    differences
}

/// Folders without links, each once: looking into one twice finds nothing new.
fn resolved(folders: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut unique = Vec::new();
    for path in folders.map(|path| fs::canonicalize(&path).unwrap_or(path)) {
        if !unique.contains(&path) {
            unique.push(path);
        }
    }
    unique
}

fn same(told: Option<&str>, distribution: &Distribution) -> bool {
    match &distribution.version {
        DistributionVersion::Missing => told.is_none_or(str::is_empty),
        DistributionVersion::Invalid => told.is_some_and(|text| text.parse::<pep440_rs::Version>().is_err()),
        DistributionVersion::Valid(version) => {
            told.and_then(|text| text.parse().ok()).as_ref() == Some(version)
        }
    }
}
