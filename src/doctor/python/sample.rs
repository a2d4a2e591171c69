//! Projects for tests: files and what is installed, in a line each.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::{
    doctor::survey::Survey,
    ecosystem::{
        Ecosystem,
        python::inventory::{Distribution, DistributionVersion, Inventory, LockFormat, Requires, Source},
    },
    package::PackageName,
    registry::Registry,
};

/// What is found with these files (path and text) and these distributions (`NAME VERSION`, sorted by name): check and
/// place. `None` for the distributions: nobody knows.
pub(super) fn found(files: &[(&str, &str)], installed: Option<&[&str]>) -> Vec<String> {
    let folder = TempDir::new().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    let shown = |path: &Path| path.strip_prefix(folder.path()).expect("below").display().to_string();
    let survey = Survey::of(folder.path(), Ecosystem::Python, shown);
    assert_eq!(survey.skips.count(), 0, "everything is read");
    let inventory = installed.map(|installed| inventory(installed, &folder.path().join("uv.lock")));
    let symptoms = super::symptoms(&survey, inventory.as_ref(), "uv.lock", &Registry::builtin());
    symptoms
        .unwrap_or_default()
        .iter()
        .map(|symptom| format!("{} {}", symptom.check.id, symptom.place))
        .collect()
}

fn inventory(installed: &[&str], lockfile: &Path) -> Inventory {
    let mut distributions: Vec<Distribution> = installed
        .iter()
        .map(|line| {
            let (name, version) = line.split_once(' ').expect("name and version");
            Distribution {
                name: PackageName::of_distribution(name).expect("a name"),
                version: DistributionVersion::Valid(version.parse().expect("a version")),
                requires: Requires::Unknown,
            }
        })
        .collect();
    distributions.sort_by(|one, other| one.name.cmp(&other.name));
    Inventory {
        source: Source::Lockfile { path: lockfile.to_owned(), format: LockFormat::Uv },
        distributions,
        python: None,
        direct: None,
        skipped: Vec::new(),
    }
}

/// The distributions of a release with distro and exporters, and further ones.
pub(super) fn release(train: &str, core: &str, more: &[&str]) -> Vec<String> {
    let trains = ["distro", "instrumentation"].map(|name| format!("opentelemetry-{name} {train}"));
    let cores = ["api", "sdk", "exporter-otlp-proto-grpc", "exporter-otlp-proto-http"]
        .map(|name| format!("opentelemetry-{name} {core}"));
    trains.into_iter().chain(cores).chain(more.iter().map(|line| (*line).to_owned())).collect()
}

/// The same as [`found`] with a release from before every threshold, and with one after.
pub(super) fn before_and_after(files: &[(&str, &str)], more: &[&str]) -> (Vec<String>, Vec<String>) {
    let run = |train: &str, core: &str| {
        let installed = release(train, core, more);
        let installed: Vec<&str> = installed.iter().map(String::as_str).collect();
        found(files, Some(&installed))
    };
    (run("0.57b0", "1.36.0"), run("0.66b1", "1.45.1"))
}
