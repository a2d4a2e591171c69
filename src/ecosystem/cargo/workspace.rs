//! The packages of a project: workspace members, and other packages in folders that they use.
//!
//! Follows cargo: which manifest is the root, what is a member, what is inherited. Source of the rules:
//! the cargo reference, "Workspaces", and cargo's `find_root`, `find_members` and `find_path_deps`.

mod error;
mod loader;
mod members;
mod path;
mod pattern;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use semver::Version;

pub use error::WorkspaceError;
pub use path::locate;

use super::{
    manifest::{Dependency, Inherited, Manifest, Package, Workspace as WorkspaceTable},
    targets,
};
use crate::package::PackageName;
use loader::Loader;

/// The name of every manifest.
pub const MANIFEST: &str = "Cargo.toml";

/// The packages of a project.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of the root.
    pub root: PathBuf,
    /// The members, sorted by name, and after them the other local packages.
    pub packages: Vec<LocalPackage>,
    /// Index of the member whose manifest is the one that was asked for.
    pub current: Option<usize>,
    /// Whether the manifest that was asked for is the root.
    pub is_at_root: bool,
    /// Whether features of the command line count for the current package alone, as they did
    /// before the second feature resolver.
    pub features_for_current_only: bool,
}

/// A package in a folder.
#[derive(Debug)]
pub struct LocalPackage {
    /// Its name.
    pub name: PackageName,
    /// Its version, where it has one.
    pub version: Option<Version>,
    /// Its `rust-version`.
    pub rust_version: Option<Version>,
    /// Its manifest.
    pub manifest: PathBuf,
    /// Whether it is a member of the workspace.
    pub is_member: bool,
    /// Whether cargo would build it from the root without `-p`.
    pub is_default: bool,
    /// Whether it has a binary target; only looked for in members.
    pub has_binary: bool,
    /// Its dependencies, inherited ones filled in.
    pub dependencies: Vec<Declared>,
    /// Its features as they are written.
    pub features: BTreeMap<String, Vec<String>>,
}

/// A dependency, and the manifest it means if it is a folder.
#[derive(Debug)]
pub struct Declared {
    /// What the manifest says.
    pub dependency: Dependency,
    /// The manifest of the package in that folder.
    pub manifest: Option<PathBuf>,
}

impl Workspace {
    /// Reads the workspace that the package or virtual workspace with this manifest belongs to.
    ///
    /// The path must be absolute and without `..`. Manifests in cargo's home are never taken for roots.
    pub fn read(manifest: &Path, cargo_home: Option<&Path>) -> Result<Self, WorkspaceError> {
        let mut loader = Loader::new(cargo_home);
        let root = loader.find_root(manifest)?;
        let found = members::find(&mut loader, manifest, root.as_deref())?;
        let root = root.unwrap_or_else(|| manifest.to_owned());
        let features_for_current_only = uses_first_resolver(loader.get(&root));

        let mut packages = Vec::with_capacity(found.members.len());
        for member in &found.members {
            if let Some(mut package) = assemble(&mut loader, member, Some(&root))? {
                package.is_member = true;
                package.is_default = found.defaults.contains(member);
                package.has_binary = targets::has_binary(folder(member), loader.package(member));
                packages.push(package);
            }
        }
        packages.sort_by(|one, other| (&one.name, &one.manifest).cmp(&(&other.name, &other.manifest)));
        if let Some((one, other)) =
            packages.iter().zip(packages.iter().skip(1)).find(|(a, b)| a.name == b.name)
        {
            return Err(WorkspaceError::Twice {
                name: one.name.clone(),
                one: one.manifest.clone(),
                other: other.manifest.clone(),
            });
        }
        let current = packages.iter().position(|package| package.manifest == manifest);
        for (path, root) in &found.others {
            packages.extend(assemble(&mut loader, path, root.as_deref())?);
        }
        Ok(Self {
            is_at_root: manifest == root,
            root: folder(&root).to_owned(),
            packages,
            current,
            features_for_current_only,
        })
    }

    /// The members.
    pub fn members(&self) -> impl Iterator<Item = &LocalPackage> {
        self.packages.iter().filter(|package| package.is_member)
    }
}

/// The folder of a manifest.
fn folder(manifest: &Path) -> &Path {
    manifest.parent().unwrap_or(manifest)
}

/// Puts together what a manifest says and what it inherits from the root of its workspace.
fn assemble(
    loader: &mut Loader<'_>,
    path: &Path,
    root: Option<&Path>,
) -> Result<Option<LocalPackage>, WorkspaceError> {
    let (dependencies, features) = loader.take_dependencies(path);
    let Some(package) = loader.package(path) else { return Ok(None) };
    let workspace = root.and_then(|root| loader.workspace(root));
    let missing = |key: String| WorkspaceError::NotInherited {
        manifest: path.to_owned(),
        key,
        root: root.unwrap_or(path).to_owned(),
    };
    let mut declared = Vec::with_capacity(dependencies.len());
    for dependency in dependencies {
        let from_root = dependency.in_workspace(workspace);
        let manifest = members::local_manifest(&dependency, from_root, path, root);
        let dependency = match (dependency.inherited, from_root) {
            (false, _) => dependency,
            (true, Some(from_root)) => dependency.inherit(from_root),
            (true, None) => return Err(missing(format!("dependencies.{}", dependency.alias))),
        };
        declared.push(Declared { dependency, manifest });
    }
    let version = inherit(package.version.as_ref(), workspace.and_then(|w| w.version.as_ref()));
    let rust_version =
        inherit(package.rust_version.as_ref(), workspace.and_then(|w| w.rust_version.as_ref()));
    Ok(Some(LocalPackage {
        name: package.name.clone(),
        version: version.map_err(|()| missing("package.version".to_owned()))?,
        rust_version: rust_version.map_err(|()| missing("package.rust-version".to_owned()))?,
        manifest: path.to_owned(),
        is_member: false,
        is_default: false,
        has_binary: false,
        dependencies: declared,
        features,
    }))
}

/// A value that a package may have, or inherit from its workspace; an error if that has none.
fn inherit<T: Clone>(own: Option<&Inherited<T>>, workspace: Option<&T>) -> Result<Option<T>, ()> {
    own.map(|own| own.or(workspace).cloned().ok_or(())).transpose()
}

/// Whether the root asks for the first feature resolver and is no virtual workspace, which makes
/// features of the command line count for the current package alone.
///
/// The default depends on the edition (the cargo reference, "Feature resolver versions").
fn uses_first_resolver(root: &Manifest) -> bool {
    let Some(package) = &root.package else { return false };
    let workspace = root.workspace.as_ref();
    let asked = package.resolver.as_ref().or(workspace.and_then(|w: &WorkspaceTable| w.resolver.as_ref()));
    asked.map_or_else(|| is_before_2021(package, workspace), |resolver| resolver == "1")
}

/// Whether the edition of a root package is one whose default is the first resolver.
fn is_before_2021(package: &Package, workspace: Option<&WorkspaceTable>) -> bool {
    let inherited = workspace.and_then(|workspace| workspace.edition.as_ref());
    let edition = package.edition.as_ref().and_then(|edition| edition.or(inherited));
    edition.is_none_or(|edition| edition == "2015" || edition == "2018")
}
