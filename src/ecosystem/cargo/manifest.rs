//! `Cargo.toml`, as far as it decides what a package uses; other keys are not looked at.
//!
//! Source of the rules: the cargo reference, "The Manifest Format", "Specifying Dependencies" and
//! "Workspaces", and cargo's own reader where those are silent.

mod dependency;
mod keys;

use std::collections::BTreeMap;

use semver::Version;
use thiserror::Error;

pub use dependency::{Dependency, Kind, Origin};

use crate::{
    document::{self, SyntaxError, Table},
    package::{InvalidName, PackageName},
};
use keys::Keys;

/// The largest manifest that is read, in bytes.
pub const LARGEST: u64 = 4 << 20;

/// A manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The package, if it has one.
    pub package: Option<Package>,
    /// The workspace whose root it is, if it is one.
    pub workspace: Option<Workspace>,
    /// The dependencies of the package, of all kinds and for all targets.
    pub dependencies: Vec<Dependency>,
    /// The features of the package as they are written, without the implicit ones.
    pub features: BTreeMap<String, Vec<String>>,
}

/// The `[package]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: PackageName,
    /// Its version, if it has one.
    pub version: Option<Inherited<Version>>,
    /// Its `rust-version`, completed to three parts.
    pub rust_version: Option<Inherited<Version>>,
    /// Its edition.
    pub edition: Option<Inherited<String>>,
    /// The folder of its workspace's root, where it says so.
    pub workspace: Option<String>,
    /// The feature resolver it asks for.
    pub resolver: Option<String>,
    /// Whether binaries are looked for besides the listed ones.
    pub autobins: Option<bool>,
    /// How many binaries are listed, if any such table is there.
    pub bins: Option<usize>,
}

/// A value of the package's own, or the workspace's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inherited<T> {
    /// Its own.
    Own(T),
    /// `KEY.workspace = true`.
    Workspace,
}

impl<T> Inherited<T> {
    /// The value, which may be the workspace's.
    pub fn or<'a>(&'a self, workspace: Option<&'a T>) -> Option<&'a T> {
        match self {
            Self::Own(value) => Some(value),
            Self::Workspace => workspace,
        }
    }
}

/// The `[workspace]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    /// The listed members, as paths and globs.
    pub members: Option<Vec<String>>,
    /// The members that are built without `-p`, as paths and globs.
    pub default_members: Option<Vec<String>>,
    /// Folders that are no members.
    pub exclude: Vec<String>,
    /// The feature resolver it asks for.
    pub resolver: Option<String>,
    /// The version that packages may inherit.
    pub version: Option<Version>,
    /// The `rust-version` that packages may inherit, completed to three parts.
    pub rust_version: Option<Version>,
    /// The edition that packages may inherit.
    pub edition: Option<String>,
    /// The dependencies that packages may inherit.
    pub dependencies: BTreeMap<PackageName, Dependency>,
}

/// Why a text is no manifest.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// It is not even TOML.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// It has neither a package nor a workspace.
    #[error("there is neither a `[package]` nor a `[workspace]`")]
    Empty,
    /// A key that must be there is not.
    #[error("there is no `{0}`")]
    Missing(String),
    /// A key has a value of the wrong type.
    #[error("`{key}` is not {expected}")]
    Type {
        /// The key with its path.
        key: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A package or dependency has no valid name.
    #[error("`{key}` is not valid")]
    Name {
        /// The key with its path.
        key: String,
        /// What is wrong.
        source: InvalidName,
    },
    /// A version is not valid.
    #[error("`{key}` is not valid")]
    Version {
        /// The key with its path.
        key: String,
        /// What is wrong.
        source: semver::Error,
    },
}

impl ManifestError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        if let Self::Syntax(error) = self { error.hint() } else { None }
    }
}

/// Reads a manifest.
pub fn parse(text: &str) -> Result<Manifest, ManifestError> {
    let document = document::parse(text)?;
    let keys = Keys::top(&document);
    // Cargo accepts `[project]` from before there was `[package]`.
    let package = keys.table("package")?.or(keys.table("project")?);
    let workspace = keys.table("workspace")?;
    if package.is_none() && workspace.is_none() {
        return Err(ManifestError::Empty);
    }
    let mut manifest = Manifest {
        package: package.map(|package| read_package(&package, &document)).transpose()?,
        workspace: workspace.map(|workspace| read_workspace(&workspace)).transpose()?,
        ..Manifest::default()
    };
    if manifest.package.is_some() {
        manifest.dependencies = dependency::read_all(&keys)?;
        if let Some(features) = keys.table("features")? {
            for name in features.names() {
                manifest.features.insert(name.to_owned(), features.strings(name)?.unwrap_or_default());
            }
        }
    }
    Ok(manifest)
}

/// Reads the `[package]` table.
fn read_package(keys: &Keys<'_, '_>, document: &Table<'_>) -> Result<Package, ManifestError> {
    Ok(Package {
        name: keys.name("name")?.ok_or_else(|| ManifestError::Missing(keys.path("name")))?,
        version: inherited(keys, "version", Keys::version)?,
        rust_version: inherited(keys, "rust-version", Keys::rust_version)?,
        edition: inherited(keys, "edition", Keys::string)?,
        workspace: keys.string("workspace")?,
        resolver: keys.string("resolver")?,
        autobins: keys.boolean("autobins")?,
        bins: document.get("bin").and_then(|bins| bins.as_array()).map(<[_]>::len),
    })
}

/// Reads the `[workspace]` table.
fn read_workspace(keys: &Keys<'_, '_>) -> Result<Workspace, ManifestError> {
    let mut workspace = Workspace {
        members: keys.strings("members")?,
        default_members: keys.strings("default-members")?,
        exclude: keys.strings("exclude")?.unwrap_or_default(),
        resolver: keys.string("resolver")?,
        ..Workspace::default()
    };
    if let Some(package) = keys.table("package")? {
        workspace.version = package.version("version")?;
        workspace.rust_version = package.rust_version("rust-version")?;
        workspace.edition = package.string("edition")?;
    }
    if let Some(dependencies) = keys.table("dependencies")? {
        for key in dependencies.names() {
            let dependency = dependency::read(&dependencies, key, Kind::Normal)?;
            workspace.dependencies.insert(dependency.alias.clone(), dependency);
        }
    }
    Ok(workspace)
}

/// Reads a key that may say `KEY.workspace = true` instead of having a value.
fn inherited<'a, 't, T>(
    keys: &Keys<'a, 't>,
    key: &str,
    own: impl Fn(&Keys<'a, 't>, &str) -> Result<Option<T>, ManifestError>,
) -> Result<Option<Inherited<T>>, ManifestError> {
    if keys.is_table(key) {
        let inherits = keys.table(key)?.map(|table| table.boolean("workspace")).transpose()?.flatten();
        if inherits == Some(true) {
            return Ok(Some(Inherited::Workspace));
        }
    }
    Ok(own(keys, key)?.map(Inherited::Own))
}

#[cfg(test)]
mod tests;
