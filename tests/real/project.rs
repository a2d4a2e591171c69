//! A project as cargo itself describes it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    path::{Path, PathBuf},
    process::Command,
};

use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::{Result, index::rust_version};

/// The answer of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    /// All packages.
    packages: Vec<Package>,
    /// Ids of the members.
    workspace_members: Vec<String>,
    /// How they depend on each other.
    resolve: Resolve,
    /// Where the lockfile is.
    workspace_root: PathBuf,
}

/// A package.
#[derive(Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: Version,
    /// Its id.
    id: String,
    /// Where it comes from; none for a folder.
    pub(crate) source: Option<String>,
    /// Its Rust version.
    rust_version: Option<String>,
    /// What is built of it.
    targets: Vec<Target>,
    /// Its dependencies as its manifest has them.
    dependencies: Vec<Declared>,
    /// Its features as its manifest has them.
    features: BTreeMap<String, Vec<String>>,
}

impl Package {
    /// What its manifest requires of a package.
    pub(crate) fn requirements<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a VersionReq> {
        self.dependencies.iter().filter(move |d| d.name == name).map(|d| &d.req)
    }
}

/// Something that is built.
#[derive(Deserialize)]
struct Target {
    /// `bin`, `lib`, …
    kind: Vec<String>,
}

/// A dependency in a manifest.
#[derive(Deserialize)]
struct Declared {
    /// The package.
    name: String,
    /// The name that features know it by, if that is another.
    rename: Option<String>,
    /// What it accepts.
    req: VersionReq,
    /// `dev`, `build`; none for a normal one.
    kind: Option<String>,
    /// The features it asks for.
    features: Vec<String>,
    /// Whether it asks for the default ones.
    uses_default_features: bool,
}

/// The resolved part.
#[derive(Deserialize)]
struct Resolve {
    /// One for each package.
    nodes: Vec<Node>,
}

/// A package that is built, and with what.
#[derive(Deserialize)]
struct Node {
    /// Its id.
    id: String,
    /// What it depends on.
    deps: Vec<Edge>,
    /// Its features.
    features: BTreeSet<String>,
}

/// A dependency on a package.
#[derive(Deserialize)]
struct Edge {
    /// Its id.
    pkg: String,
    /// The kinds of dependency it is.
    dep_kinds: Vec<Kind>,
}

/// A kind of dependency.
#[derive(Deserialize)]
struct Kind {
    /// None is normal.
    kind: Option<String>,
}

/// The features of members that are asked for besides the default ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Features(pub(crate) BTreeSet<String>);

impl Features {
    /// The same as options of cargo and of the tool.
    pub(crate) fn options(&self) -> Vec<&str> {
        self.0.iter().flat_map(|feature| ["--features", feature]).collect()
    }
}

/// A project.
pub(crate) struct Project {
    /// The packages that cargo would build for some platform.
    pub(crate) packages: Vec<Package>,
    /// The features that are on in each.
    pub(crate) features: Vec<BTreeSet<String>>,
    /// The normal dependencies of each.
    pub(crate) normal: Vec<Vec<usize>>,
    /// The members.
    pub(crate) members: Vec<usize>,
    /// Every version in the lockfile, by name.
    pub(crate) locked: BTreeMap<String, BTreeSet<Version>>,
    /// The Rust version of the toolchain.
    toolchain: Option<Version>,
}

impl Project {
    /// Asks cargo about the project of that folder with these features.
    pub(crate) fn ask(folder: &Path, features: &Features) -> Result<Self> {
        let mut metadata = Command::new("cargo");
        metadata.args(["metadata", "--locked", "--offline", "--format-version", "1"]);
        metadata.args(features.options()).current_dir(folder);
        let output = metadata.output().map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())?;
        let place: HashMap<String, usize> =
            metadata.packages.iter().enumerate().map(|(at, p)| (p.id.clone(), at)).collect();
        let mut features = vec![BTreeSet::new(); metadata.packages.len()];
        let mut normal = vec![Vec::new(); metadata.packages.len()];
        for node in metadata.resolve.nodes {
            let at = place[&node.id];
            let edges = node.deps.iter().filter(|edge| edge.dep_kinds.iter().any(|k| k.kind.is_none()));
            normal[at] = edges.map(|edge| place[&edge.pkg]).collect();
            features[at] = node.features;
        }
        let members = metadata.workspace_members.iter().map(|id| place[id]).collect();
        let locked = lockfile(&metadata.workspace_root.join("Cargo.lock"))?;
        let toolchain = toolchain();
        Ok(Self { packages: metadata.packages, features, normal, members, locked, toolchain })
    }

    /// Whether a package has a binary.
    pub(crate) fn is_binary(&self, member: usize) -> bool {
        self.packages[member].targets.iter().any(|target| target.kind.iter().any(|kind| kind == "bin"))
    }

    /// The newest Rust that may be needed in a member.
    pub(crate) fn rust(&self, member: usize) -> Option<Version> {
        let declared = self.packages[member].rust_version.as_deref().and_then(rust_version);
        declared.or_else(|| self.toolchain.clone())
    }

    /// What the member's code directly depends on, with that name.
    pub(crate) fn direct(&self, member: usize, name: &str) -> impl Iterator<Item = usize> {
        self.normal[member].iter().copied().filter(move |at| self.packages[*at].name == name)
    }

    /// The features that a member's manifest asks of a package it depends on, by itself or through a feature of
    /// the member that is on.
    pub(crate) fn asked(&self, member: usize, package: usize) -> BTreeSet<String> {
        let package = &self.packages[package];
        let on = self.features[member].iter();
        let items: Vec<&str> =
            on.filter_map(|f| self.packages[member].features.get(f)).flatten().map(String::as_str).collect();
        let declared = self.packages[member].dependencies.iter().filter(|d| {
            d.kind.is_none()
                && d.name == package.name
                && (d.req.matches(&package.version) || package.source.is_none())
        });
        let features = declared.flat_map(|d| {
            let default = d.uses_default_features.then(|| "default".to_owned());
            let alias = d.rename.as_deref().unwrap_or(&d.name);
            let passed = items.iter().filter_map(|item| item.split_once('/'));
            let passed = passed.filter(move |(to, _)| to.trim_end_matches('?') == alias);
            let passed: Vec<String> = passed.map(|(_, feature)| feature.to_owned()).collect();
            d.features.iter().cloned().chain(default).chain(passed)
        });
        features.collect()
    }

    /// The packages that one leads to through normal dependencies, itself included, nearest first,
    /// without going on from those that `ends` names.
    pub(crate) fn reached(&self, from: &[usize], ends: impl Fn(&Package) -> bool) -> Vec<usize> {
        let mut seen: BTreeSet<usize> = from.iter().copied().collect();
        let mut open: VecDeque<usize> = from.iter().copied().collect();
        let mut reached = Vec::new();
        while let Some(at) = open.pop_front() {
            reached.push(at);
            if !ends(&self.packages[at]) {
                open.extend(self.normal[at].iter().copied().filter(|next| seen.insert(*next)));
            }
        }
        reached
    }
}

/// The versions of a lockfile, by name.
pub(crate) fn lockfile(path: &Path) -> Result<BTreeMap<String, BTreeSet<Version>>> {
    /// A lockfile.
    #[derive(Deserialize)]
    struct Lockfile {
        /// Its packages.
        #[serde(default)]
        package: Vec<Entry>,
    }
    /// A package.
    #[derive(Deserialize)]
    struct Entry {
        /// Its name.
        name: String,
        /// Its version.
        version: Version,
    }
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let lockfile: Lockfile = toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut locked: BTreeMap<String, BTreeSet<Version>> = BTreeMap::new();
    for entry in lockfile.package {
        locked.entry(entry.name).or_default().insert(entry.version);
    }
    Ok(locked)
}

/// The Rust version of the toolchain that is in use, whatever the project would choose.
fn toolchain() -> Option<Version> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    rust_version(String::from_utf8(output.stdout).ok()?.split(' ').nth(1)?)
}
