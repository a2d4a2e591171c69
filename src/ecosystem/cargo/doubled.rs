//! What is there more than once although there must be one.

use std::collections::{BTreeMap, BTreeSet};

use super::inventory::{Inventory, Member};
use crate::{
    check::{PackageCopy, Problem, ProblemKind},
    package::PackageName,
    registry::{
        Registry,
        release_set::API_CRATES,
        rule::{Library, Means},
    },
};

/// The crate through which spans of `tracing` reach OpenTelemetry; each copy has a layer of its own
/// and looks for no other.
const BRIDGE: &str = "tracing-opentelemetry";

/// Packages in several versions, then instrumentations that do the same in one member.
#[must_use]
pub fn doubled(inventory: &Inventory, registry: &Registry) -> Vec<Problem> {
    let packages =
        API_CRATES.into_iter().chain([BRIDGE]).filter_map(|name| several_versions(inventory, name));
    packages.chain(same_purpose(inventory, registry)).collect()
}

fn several_versions(inventory: &Inventory, name: &str) -> Option<Problem> {
    let copies: Vec<PackageCopy> = inventory
        .packages
        .iter()
        .enumerate()
        .filter(|(_, package)| package.name.as_str() == name)
        .map(|(index, package)| PackageCopy {
            version: package.version.to_string(),
            through: dependents(inventory, index),
        })
        .collect();
    (copies.len() > 1).then(|| Problem {
        kind: ProblemKind::DoubledPackage { name: name.to_owned(), copies },
        members: Vec::new(),
    })
}

/// The names of the packages that depend on this one.
fn dependents(inventory: &Inventory, package: usize) -> Vec<String> {
    let dependents = inventory.packages.iter().filter(|p| p.dependencies.contains(&package));
    let names: BTreeSet<&str> = dependents.map(|p| p.name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn same_purpose(inventory: &Inventory, registry: &Registry) -> Vec<Problem> {
    let names: BTreeSet<&PackageName> = inventory.packages.iter().map(|p| &p.name).collect();
    let libraries: Vec<&Library> = names.into_iter().filter_map(|n| registry.library(n.as_str())).collect();
    let mut members: BTreeMap<(&str, BTreeSet<&str>), Vec<String>> = BTreeMap::new();
    for member in inventory.selected() {
        for library in &libraries {
            let names = together(inventory, member, library);
            if names.len() > 1 {
                members.entry((library.name.as_str(), names)).or_default().push(member.name.to_string());
            }
        }
    }
    let problem = |((library, names), members): ((&str, BTreeSet<&str>), Vec<String>)| Problem {
        kind: ProblemKind::DoubledPurpose {
            names: names.into_iter().map(str::to_owned).collect(),
            library: library.to_owned(),
        },
        members,
    };
    members.into_iter().map(problem).collect()
}

/// The instrumentations of the library that the member has and must not have together.
fn together<'a>(inventory: &'a Inventory, member: &Member, library: &'a Library) -> BTreeSet<&'a str> {
    let has = |name: &str| member.uses.iter().any(|u| inventory.packages[u.package].name.as_str() == name);
    let mut names = BTreeSet::new();
    for provision in &library.by {
        let Means::Crate(name) = &provision.means else { continue };
        if !has(name.as_str()) {
            continue;
        }
        for other in provision.conflicts.iter().filter(|other| has(other.as_str())) {
            names.extend([name.as_str(), other.as_str()]);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;
    use crate::ecosystem::cargo::inventory::{LockedPackage, Source, Use};

    /// A project of one member that depends on all the other packages, which are given with the
    /// indices of what they depend on (the member is the last).
    fn project(packages: &[(&str, &str, &[usize])]) -> Inventory {
        let own = packages.len();
        let locked = |&(name, version, dependencies): &(&str, &str, &[usize]), source| LockedPackage {
            name: name.parse().expect("a name"),
            version: version.parse().expect("a version"),
            source,
            dependencies: dependencies.to_vec(),
        };
        let mut all: Vec<LockedPackage> = packages.iter().map(|p| locked(p, Source::CratesIo)).collect();
        let indices: Vec<usize> = (0..own).collect();
        all.push(locked(&("zoo", "0.1.0", &indices), Source::Path));
        let uses = indices.iter().map(|&package| Use {
            package,
            alias: all[package].name.clone(),
            requirement: None,
            features: BTreeSet::new(),
            default_features: true,
        });
        let member = Member {
            name: "zoo".parse().expect("a name"),
            version: Some(Version::new(0, 1, 0)),
            manifest: "Cargo.toml".into(),
            rust_version: None,
            has_binary: true,
            is_default: true,
            is_selected: true,
            uses: uses.collect(),
            dormant: Vec::new(),
        };
        Inventory {
            root: ".".into(),
            lockfile: "Cargo.lock".into(),
            packages: all,
            members: vec![member],
            toolchain: None,
        }
    }

    fn told(packages: &[(&str, &str, &[usize])]) -> Vec<String> {
        doubled(&project(packages), &Registry::builtin()).iter().map(|p| p.kind.to_string()).collect()
    }

    #[test]
    fn one_of_each_is_no_problem() {
        let told = told(&[
            ("actix-web", "4.9.0", &[]),
            ("opentelemetry", "0.32.0", &[]),
            ("tracing-actix-web", "0.7.21", &[0, 1]),
            ("tracing-opentelemetry", "0.33.0", &[1]),
        ]);
        assert_eq!(told, [""; 0]);
    }

    #[test]
    fn two_versions_are_told_with_what_brings_them() {
        let told = told(&[
            ("opentelemetry", "0.31.0", &[]),
            ("opentelemetry", "0.32.0", &[]),
            ("tarpc", "0.38.0", &[1]),
            ("tracing-opentelemetry", "0.32.0", &[0]),
        ]);
        assert_eq!(
            told,
            [
                "`opentelemetry` in different versions, 0.31.0 (through tracing-opentelemetry and zoo) and 0.32.0 \
              (through tarpc and zoo): they do not see each other's data"
            ]
        );
    }

    #[test]
    fn two_instrumentations_of_one_library_in_one_member_are_told_once() {
        let told = told(&[
            ("actix-web", "4.9.0", &[]),
            ("opentelemetry-instrumentation-actix-web", "0.24.0", &[0]),
            ("tracing-actix-web", "0.7.21", &[0]),
        ]);
        assert_eq!(
            told,
            [
                "`opentelemetry-instrumentation-actix-web` and `tracing-actix-web` both instrument `actix-web`: \
              everything is told twice"
            ]
        );
    }
}
