//! What a Cargo project uses: its members, and which locked packages each of them depends on.

use std::{collections::BTreeSet, ops::Range, path::PathBuf};

use semver::Version;

use crate::package::PackageName;

/// Where a locked package comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A folder: a workspace member or another path dependency.
    Path,
    /// The crates.io index, or a mirror that stands in for it.
    CratesIo,
    /// Another registry, with its index address.
    Registry(Box<str>),
    /// A git repository, with its address.
    Git(Box<str>),
}

/// One package of the lockfile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockedPackage {
    /// Its name.
    pub name: PackageName,
    /// Its exact version.
    pub version: Version,
    /// Where it comes from.
    pub source: Source,
    /// Indices into [`Inventory::packages`] of what it depends on, of any kind, ascending.
    pub dependencies: Vec<usize>,
}

/// A dependency of a member on one locked package, as its manifest declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Index into [`Inventory::packages`].
    pub package: usize,
    /// The name the member's code sees (the key in the manifest).
    pub alias: PackageName,
    /// The requirement on its version that the manifest states or inherits.
    pub requirement: Option<String>,
    /// Features that the manifests ask for here, inherited ones included.
    pub features: BTreeSet<String>,
    /// Whether the default features are on here.
    pub default_features: bool,
}

/// A normal dependency of a member that is optional, and that no feature which is on asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dormant {
    /// The package.
    pub package: PackageName,
    /// The features that switch it on, as `--features` takes them; one that is named like the package last.
    pub features: Vec<String>,
}

/// A workspace member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its package name.
    pub name: PackageName,
    /// Its version, where the manifest has one.
    pub version: Option<Version>,
    /// Its manifest.
    pub manifest: PathBuf,
    /// Its `rust-version`, inherited or its own: the oldest Rust it promises to build with.
    pub rust_version: Option<Version>,
    /// Whether it has a binary target: only there can telemetry be initialised.
    pub has_binary: bool,
    /// Whether cargo would build it from the root without `-p`.
    pub is_default: bool,
    /// Whether the user's choice of packages includes it.
    pub is_selected: bool,
    /// Its direct normal dependencies that the selected features enable, by package then alias.
    pub uses: Vec<Use>,
    /// Those that no feature enables, in the order of the manifest.
    pub dormant: Vec<Dormant>,
}

impl Member {
    /// The dependency on a package that is off, if the member has no other on it.
    #[must_use]
    pub fn dormant<'a>(&'a self, package: &PackageName, project: &Inventory) -> Option<&'a Dormant> {
        let is_used = self.uses.iter().any(|used| project.packages[used.package].name == *package);
        self.dormant.iter().find(|dormant| !is_used && dormant.package == *package)
    }

    /// The newest Rust that what is added to this member may need: its `rust-version`, else the
    /// toolchain's version; no limit if neither is known.
    #[must_use]
    pub fn rust_limit<'a>(&'a self, project: &'a Inventory) -> Option<&'a Version> {
        self.rust_version.as_ref().or(project.toolchain.as_ref().map(|toolchain| &toolchain.version))
    }
}

/// Where the limit on the Rust version comes from when a member declares none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// The Rust version found.
    pub version: Version,
    /// How it was found, for people (`rust-toolchain.toml`, `rustc on PATH`, …).
    pub found_in: String,
}

/// A Cargo project as the files describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// The folder of the workspace root.
    pub root: PathBuf,
    /// The lockfile.
    pub lockfile: PathBuf,
    /// Every locked package, sorted by name, version, source.
    pub packages: Vec<LockedPackage>,
    /// The members, sorted by name.
    pub members: Vec<Member>,
    /// The toolchain in use, for members without a `rust-version`.
    pub toolchain: Option<Toolchain>,
}

impl Inventory {
    /// The locked packages of that name.
    pub fn locked(&self, name: &str) -> impl Iterator<Item = &LockedPackage> {
        self.packages[self.locked_at(name)].iter()
    }

    /// The indices of the locked packages of that name.
    #[must_use]
    pub fn locked_at(&self, name: &str) -> Range<usize> {
        let start = self.packages.partition_point(|p| p.name.as_str() < name);
        let count = self.packages[start..].iter().take_while(|p| p.name.as_str() == name).count();
        start..start + count
    }

    /// The members that the user's choice of packages includes.
    pub fn selected(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|m| m.is_selected)
    }
}
