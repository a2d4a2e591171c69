//! Projects for tests: members, packages and sources, in a line each.

use std::{collections::BTreeSet, fs, path::Path};

use tempfile::TempDir;

use crate::{
    doctor::survey::Survey,
    ecosystem::{
        Ecosystem, Project,
        cargo::inventory::{Inventory, LockedPackage, Member, Source, Use},
    },
    registry::Registry,
};

/// A project of one program `app` that uses packages directly, and others through them.
#[derive(Default)]
pub(super) struct Sample {
    /// The packages: `NAME VERSION`, with `> NAME VERSION` for each that it depends on.
    pub(super) packages: &'static [&'static str],
    /// What the program uses: `NAME VERSION`, with the features, `-default` among them for none by default.
    pub(super) uses: &'static [(&'static str, &'static [&'static str])],
    /// The files besides: path and text.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// The Rust that is promised.
    pub(super) rust: Option<&'static str>,
}

impl Sample {
    /// What is found: check, place and reason.
    pub(super) fn found(&self) -> Vec<String> {
        let folder = TempDir::new().expect("a temporary folder");
        for (path, text) in self.files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        let shown = |path: &Path| path.strip_prefix(folder.path()).expect("below").display().to_string();
        let survey = Survey::of(folder.path(), Ecosystem::Cargo, shown);
        assert_eq!(survey.skips.count(), 0, "everything is read");
        let inventory = self.inventory(folder.path());
        let overview = Project::Cargo(inventory.clone()).overview(folder.path());
        let symptoms = super::symptoms(&survey, &inventory, &overview, &Registry::builtin());
        let told = symptoms.unwrap_or_default();
        told.iter().map(|s| format!("{} {}: {}; {}", s.check.id, s.place, s.reason, s.fix)).collect()
    }

    fn inventory(&self, root: &Path) -> Inventory {
        let mut names: Vec<(&str, &str)> =
            self.packages.iter().map(|line| split(line.split(" > ").next().expect("a name"))).collect();
        names.push(("app", "0.1.0"));
        names.sort_unstable();
        let index = |line: &str| names.iter().position(|name| *name == split(line)).expect("a package");
        let packages = names.iter().map(|(name, version)| {
            let own = format!("{name} {version}");
            let line = self.packages.iter().find(|line| line.split(" > ").next() == Some(own.as_str()));
            let mut dependencies: Vec<usize> =
                line.into_iter().flat_map(|line| line.split(" > ").skip(1)).map(index).collect();
            if *name == "app" {
                dependencies = self.uses.iter().map(|(line, _)| index(line)).collect();
            }
            dependencies.sort_unstable();
            LockedPackage {
                name: name.parse().expect("a name"),
                version: version.parse().expect("a version"),
                source: if *name == "app" { Source::Path } else { Source::CratesIo },
                dependencies,
            }
        });
        let uses = self.uses.iter().map(|(line, features)| {
            let on = features
                .iter()
                .filter(|feature| **feature != "-default")
                .map(|feature| (*feature).to_owned());
            Use {
                package: index(line),
                alias: split(line).0.parse().expect("a name"),
                requirement: None,
                features: on.collect::<BTreeSet<_>>(),
                default_features: !features.contains(&"-default"),
            }
        });
        let member = Member {
            name: "app".parse().expect("a name"),
            version: None,
            manifest: root.join("Cargo.toml"),
            rust_version: self.rust.map(|version| version.parse().expect("a version")),
            has_binary: true,
            is_default: true,
            is_selected: true,
            uses: uses.collect(),
            dormant: Vec::new(),
        };
        Inventory {
            root: root.to_owned(),
            lockfile: root.join("Cargo.lock"),
            packages: packages.collect(),
            members: vec![member],
            toolchain: None,
        }
    }
}

fn split(line: &str) -> (&str, &str) {
    line.split_once(' ').expect("name and version")
}
