//! Our reading of Cargo projects, held against what `cargo metadata` says about them.
//!
//! For every member and every way to choose features: the normal dependencies that are on, what is asked of
//! them, binaries, default members, versions. The projects are this repository and `fixtures/cargo`.
//! `OTEL_BOOTSTRAP_PROJECTS` (folders, separated as in `PATH`) names more for the ignored test.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::{Path, PathBuf},
};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package};
use otel_bootstrap::{
    ecosystem::cargo::{
        inventory::{Inventory, Source},
        read,
    },
    settings::{Env, Selection},
};

/// A way to choose features, with cargo's flags for it.
struct Choice {
    /// What the reader is given.
    selection: Selection,
    /// What cargo is given.
    flags: Vec<String>,
}

impl Choice {
    /// The three ways that fit every project.
    fn usual() -> Vec<Self> {
        vec![
            Self::new(Selection::default()),
            Self::new(Selection { all_features: true, ..Selection::default() }),
            Self::new(Selection { no_default_features: true, ..Selection::default() }),
        ]
    }

    /// Single features, with and without the default ones.
    fn features(features: &[&str]) -> Vec<Self> {
        let features: Vec<_> = features.iter().map(ToString::to_string).collect();
        let with = |no_default_features| {
            Self::new(Selection { features: features.clone(), no_default_features, ..Selection::default() })
        };
        vec![with(false), with(true)]
    }

    /// Works out cargo's flags.
    fn new(selection: Selection) -> Self {
        let mut flags = vec!["--locked".to_owned()];
        if selection.all_features {
            flags.push("--all-features".to_owned());
        }
        if selection.no_default_features {
            flags.push("--no-default-features".to_owned());
        }
        flags.extend(selection.features.iter().map(|feature| format!("--features={feature}")));
        Self { selection, flags }
    }
}

/// What a member is, in a form that both sides can be brought into.
#[derive(Debug, PartialEq, Eq)]
struct Described {
    version: String,
    manifest: PathBuf,
    rust_version: Option<String>,
    has_binary: bool,
    is_default: bool,
    /// Name, version and kind of source of each dependency.
    uses: BTreeSet<(String, String, &'static str)>,
    /// What the manifests ask of each dependency key: features, and whether default ones.
    asked: BTreeMap<String, (BTreeSet<String>, bool)>,
}

/// The members as our reader describes them.
fn ours(inventory: &Inventory) -> BTreeMap<String, Described> {
    let describe = |member: &otel_bootstrap::ecosystem::cargo::inventory::Member| {
        let mut uses = BTreeSet::new();
        let mut asked: BTreeMap<_, (BTreeSet<_>, bool)> = BTreeMap::new();
        for one in &member.uses {
            let package = &inventory.packages[one.package];
            let kind = match package.source {
                Source::Path => "path",
                Source::CratesIo | Source::Registry(_) => "registry",
                Source::Git(_) => "git",
            };
            uses.insert((package.name.to_string(), package.version.to_string(), kind));
            let entry = asked.entry(one.alias.to_string()).or_default();
            entry.0.extend(one.features.iter().cloned());
            entry.1 |= one.default_features;
        }
        Described {
            version: member.version.as_ref().map_or_else(|| "0.0.0".to_owned(), ToString::to_string),
            manifest: member.manifest.clone(),
            rust_version: member.rust_version.as_ref().map(ToString::to_string),
            has_binary: member.has_binary,
            is_default: member.is_default,
            uses,
            asked,
        }
    };
    inventory.members.iter().map(|member| (member.name.to_string(), describe(member))).collect()
}

/// The members as cargo describes them. What features ask of dependencies is taken from ours,
/// because cargo does not tell.
fn theirs(
    metadata: &Metadata,
    ours: &BTreeMap<String, Described>,
    choice: &Choice,
) -> BTreeMap<String, Described> {
    let nodes = &metadata.resolve.as_ref().expect("cargo resolves").nodes;
    let default = metadata.workspace_default_members.to_vec();
    let describe = |package: &Package| {
        let node = nodes.iter().find(|node| node.id == package.id).expect("cargo lists every member");
        let normal = node
            .deps
            .iter()
            .filter(|dependency| dependency.dep_kinds.iter().any(|info| info.kind == DependencyKind::Normal));
        let uses = normal.map(|dependency| {
            let package = &metadata[&dependency.pkg];
            let kind = match &package.source {
                None => "path",
                Some(source) if source.repr.starts_with("git+") => "git",
                Some(_) => "registry",
            };
            (package.name.to_string(), package.version.to_string(), kind)
        });
        let mut asked: BTreeMap<_, (BTreeSet<_>, bool)> = BTreeMap::new();
        let ours = ours.get(package.name.as_str());
        for declared in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let alias = declared.rename.as_ref().unwrap_or(&declared.name);
            let Some(by_us) = ours.and_then(|ours| ours.asked.get(alias)) else { continue };
            let entry = asked.entry(alias.clone()).or_default();
            entry.0.extend(declared.features.iter().cloned());
            entry.1 |= declared.uses_default_features;
            let through_features = |feature: &&String| {
                let strong = format!("{alias}/{feature}");
                let weak = format!("{alias}?/{feature}");
                let mut written = package.features.values().flatten().chain(&choice.selection.features);
                written.any(|text| *text == strong || *text == weak)
            };
            entry.0.extend(by_us.0.iter().filter(through_features).cloned());
        }
        let described = Described {
            version: package.version.to_string(),
            manifest: package.manifest_path.clone().into_std_path_buf(),
            rust_version: package.rust_version.as_ref().map(ToString::to_string),
            has_binary: package.targets.iter().any(cargo_metadata::Target::is_bin),
            is_default: default.contains(&package.id),
            uses: uses.collect(),
            asked,
        };
        (package.name.to_string(), described)
    };
    metadata.workspace_packages().into_iter().map(describe).collect()
}

/// Reads a project in both ways; how the members differ, one line per difference.
fn differences(folder: &Path, choice: &Choice) -> Result<Vec<String>, String> {
    let metadata = MetadataCommand::new()
        .current_dir(folder)
        .manifest_path(folder.join("Cargo.toml"))
        .features(CargoOpt::SomeFeatures(Vec::new()))
        .other_options(choice.flags.clone())
        .exec()
        .map_err(|error| format!("cargo fails: {error}"))?;
    let inventory = match read::read(folder, &choice.selection, &Env::of_process()) {
        Ok(inventory) => inventory,
        Err(error) => return Ok(vec![format!("reading fails: {error} ({:?})", error.hint())]),
    };
    let ours = ours(&inventory);
    let theirs = theirs(&metadata, &ours, choice);
    let mut differences = Vec::new();
    for name in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
        match (ours.get(name), theirs.get(name)) {
            (Some(ours), Some(theirs)) if ours != theirs => {
                let lines = |described: &Described| {
                    format!("{described:#?}").lines().map(str::to_owned).collect::<BTreeSet<_>>()
                };
                let (ours, theirs) = (lines(ours), lines(theirs));
                let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
                    one.difference(other).map(|line| line.trim()).collect::<String>()
                };
                let (ours, theirs) = (only(&ours, &theirs), only(&theirs, &ours));
                differences.push(format!("{name}: ours {ours}, cargo's {theirs}"));
            }
            (Some(_), Some(_)) => {}
            (ours, _) => differences
                .push(format!("{name}: member only for {}", if ours.is_some() { "us" } else { "cargo" })),
        }
    }
    for package in &metadata.packages {
        let known = inventory.locked(package.name.as_str()).any(|locked| locked.version == package.version);
        if !known {
            differences.push(format!("{} {} is not among ours", package.name, package.version));
        }
    }
    Ok(differences)
}

/// Asserts that a fixture is read as cargo reads it.
#[track_caller]
fn check(fixture: &str, features: &[&[&str]]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture);
    let choices =
        Choice::usual().into_iter().chain(features.iter().flat_map(|names| Choice::features(names)));
    for choice in choices {
        let found = differences(&folder, &choice).unwrap_or_else(|error| panic!("{fixture}: {error}"));
        assert!(found.is_empty(), "{fixture} {:?}\n{}", choice.flags, found.join("\n"));
    }
}

#[test]
fn this_repository_is_read_as_cargo_reads_it() {
    check(".", &[]);
}

#[test]
fn members_are_found_as_cargo_finds_them() {
    check("fixtures/cargo/members", &[&["std"], &["two/extra"]]);
}

#[test]
fn features_of_a_root_package_reach_the_packages_that_cargo_lets_them_reach() {
    check(
        "fixtures/cargo/root-package",
        &[&["both"], &["member/both"], &["member/extra", "pointed"], &["pointed"]],
    );
}

#[test]
fn features_spread_between_members_as_cargo_spreads_them() {
    check(
        "fixtures/cargo/features",
        &[
            &["b"],
            &["c"],
            &["leaf-d"],
            &["app/everything"],
            &["weak"],
            &["a", "core/by-tool"],
            &["leaf-d/loud"],
        ],
    );
}

#[test]
fn registry_packages_are_told_apart_as_cargo_tells_them_apart() {
    check("fixtures/cargo/registry", &[&["loud"], &["new-web"], &["otb-db/leaf"]]);
    check("fixtures/cargo/old-format", &[]);
}

#[test]
#[ignore = "compares the projects that `OTEL_BOOTSTRAP_PROJECTS` names"]
#[expect(clippy::print_stderr, reason = "what could not be compared has to be looked at")]
fn named_projects_are_read_as_cargo_reads_them() {
    let projects = env::var_os("OTEL_BOOTSTRAP_PROJECTS").expect("`OTEL_BOOTSTRAP_PROJECTS` is set");
    let (mut compared, mut differing) = (0, Vec::new());
    for project in env::split_paths(&projects) {
        for choice in Choice::usual() {
            let title = format!("{} {:?}", project.display(), choice.flags);
            match differences(&project, &choice) {
                Ok(found) if found.is_empty() => compared += 1,
                Ok(found) => differing.push(format!("{title}\n{}", found.join("\n"))),
                Err(error) => {
                    eprintln!("skipped {title}: {}", error.lines().take(3).collect::<Vec<_>>().join(" | "));
                    break;
                }
            }
        }
    }
    eprintln!("{compared} readings agree, {} differ", differing.len());
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
    assert!(compared > 0, "nothing could be compared");
}
