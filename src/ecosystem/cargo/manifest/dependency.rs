//! The dependency tables of a manifest.

use super::{Keys, ManifestError, Workspace};
use crate::package::PackageName;

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The code of the package.
    Normal,
    /// Its tests, examples and benchmarks.
    Development,
    /// Its build script.
    Build,
}

/// Where a dependency is to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A registry.
    Registry,
    /// A folder, relative to that of the manifest.
    Path(String),
    /// A git repository.
    Git {
        /// Its address.
        url: String,
        /// What is checked out (`branch=x`, `tag=x`, `rev=x`), if that is told.
        reference: Option<String>,
    },
}

/// A dependency as one table of the manifest declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The key.
    pub alias: PackageName,
    /// The package, where it is not the key.
    pub package: Option<PackageName>,
    /// What it is for.
    pub kind: Kind,
    /// Whether the rest is the workspace's.
    pub inherited: bool,
    /// The requirement on its version.
    pub requirement: Option<String>,
    /// Where it is to come from.
    pub origin: Origin,
    /// Whether a feature must switch it on.
    pub optional: bool,
    /// Whether its default features are asked for, if that is told.
    pub default_features: Option<bool>,
    /// Features that are asked for.
    pub features: Vec<String>,
}

impl Dependency {
    /// The package's name.
    #[must_use]
    pub fn package(&self) -> &PackageName {
        self.package.as_ref().unwrap_or(&self.alias)
    }

    /// What the workspace declares under the same key, if this says that the rest is there.
    #[must_use]
    pub fn in_workspace<'w>(&self, workspace: Option<&'w Workspace>) -> Option<&'w Self> {
        if self.inherited { workspace?.dependencies.get(&self.alias) } else { None }
    }

    /// This dependency on what the workspace declares under the same key.
    ///
    /// The features of both add up. The workspace's default features cannot be switched off here, only on
    /// (the cargo reference, "Inheriting a dependency from a workspace").
    #[must_use]
    pub fn inherit(mut self, workspace: &Self) -> Self {
        if self.default_features != Some(true) {
            self.default_features = workspace.default_features;
        }
        self.inherited = false;
        self.features.extend_from_slice(&workspace.features);
        self.package.clone_from(&workspace.package);
        self.requirement.clone_from(&workspace.requirement);
        self.origin = workspace.origin.clone();
        self
    }
}

/// Reads the dependency tables of all kinds, for every target.
pub(super) fn read_all(keys: &Keys<'_, '_>) -> Result<Vec<Dependency>, ManifestError> {
    let mut dependencies = Vec::new();
    read_kinds(keys, &mut dependencies)?;
    if let Some(targets) = keys.table("target")? {
        for target in targets.names() {
            if let Some(target) = targets.table(target)? {
                read_kinds(&target, &mut dependencies)?;
            }
        }
    }
    Ok(dependencies)
}

/// Reads the dependency tables of all kinds, for one target.
fn read_kinds(keys: &Keys<'_, '_>, into: &mut Vec<Dependency>) -> Result<(), ManifestError> {
    for (kind, table, deprecated) in [
        (Kind::Normal, "dependencies", None),
        (Kind::Development, "dev-dependencies", Some("dev_dependencies")),
        (Kind::Build, "build-dependencies", Some("build_dependencies")),
    ] {
        let found = match (keys.table(table)?, deprecated) {
            (None, Some(deprecated)) => keys.table(deprecated)?,
            (found, _) => found,
        };
        if let Some(table) = found {
            for key in table.names() {
                into.push(read(&table, key, kind)?);
            }
        }
    }
    Ok(())
}

/// Reads one dependency.
pub(super) fn read(table: &Keys<'_, '_>, key: &str, kind: Kind) -> Result<Dependency, ManifestError> {
    let mut dependency = Dependency {
        alias: table.as_name(key, key)?,
        package: None,
        kind,
        inherited: false,
        requirement: None,
        origin: Origin::Registry,
        optional: false,
        default_features: None,
        features: Vec::new(),
    };
    if !table.is_table(key) {
        let version = table.string(key).map_err(|_| table.wrong(key, "a version or a table"))?;
        dependency.requirement = version;
        return Ok(dependency);
    }
    let Some(keys) = table.table(key)? else { return Ok(dependency) };
    dependency.inherited = keys.boolean("workspace")?.unwrap_or(false);
    dependency.package = keys.name("package")?;
    dependency.requirement = keys.string("version")?;
    dependency.optional = keys.boolean("optional")?.unwrap_or(false);
    dependency.default_features = match keys.boolean("default-features")? {
        None => keys.boolean("default_features")?,
        told => told,
    };
    dependency.features = keys.strings("features")?.unwrap_or_default();
    if let Some(url) = keys.string("git")? {
        let mut reference = None;
        for kind in ["branch", "tag", "rev"] {
            if let Some(value) = keys.text(kind)? {
                reference = Some(format!("{kind}={value}"));
            }
        }
        dependency.origin = Origin::Git { url, reference };
    } else if let Some(path) = keys.string("path")? {
        dependency.origin = Origin::Path(path);
    }
    Ok(dependency)
}
