//! Reads each manifest once, and finds the root of its workspace.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    path::{Path, PathBuf},
};

use super::{
    super::manifest::{self, Dependency, Manifest, Package, Workspace as WorkspaceTable},
    MANIFEST, WorkspaceError, folder,
    path::normalize,
};
use crate::file;

/// What stands for a manifest that was never loaded.
static NONE: Manifest =
    Manifest { package: None, workspace: None, dependencies: Vec::new(), features: BTreeMap::new() };

/// The manifests that have been read.
pub(super) struct Loader<'e> {
    /// The manifests by path.
    manifests: HashMap<PathBuf, Manifest>,
    /// Cargo's home, above which no root is looked for.
    cargo_home: Option<&'e Path>,
}

impl<'e> Loader<'e> {
    /// Starts with none.
    pub(super) fn new(cargo_home: Option<&'e Path>) -> Self {
        Self { manifests: HashMap::new(), cargo_home }
    }

    /// A manifest, read if it has not been.
    pub(super) fn load(&mut self, path: &Path) -> Result<&Manifest, WorkspaceError> {
        if !self.manifests.contains_key(path) {
            let text = file::read_text(path, manifest::LARGEST)
                .map_err(|source| WorkspaceError::Read { path: path.to_owned(), source })?;
            let manifest = manifest::parse(&text).map_err(|source| WorkspaceError::Parse {
                path: path.to_owned(),
                source: Box::new(source),
            })?;
            self.manifests.insert(path.to_owned(), manifest);
        }
        Ok(self.get(path))
    }

    /// A manifest that has been read.
    pub(super) fn get(&self, path: &Path) -> &Manifest {
        self.manifests.get(path).unwrap_or(&NONE)
    }

    /// The `[package]` of a manifest that has been read.
    pub(super) fn package(&self, path: &Path) -> Option<&Package> {
        self.get(path).package.as_ref()
    }

    /// The `[workspace]` of a manifest that has been read.
    pub(super) fn workspace(&self, path: &Path) -> Option<&WorkspaceTable> {
        self.get(path).workspace.as_ref()
    }

    /// Takes the dependencies and features out of a manifest that has been read.
    pub(super) fn take_dependencies(
        &mut self,
        path: &Path,
    ) -> (Vec<Dependency>, BTreeMap<String, Vec<String>>) {
        let Some(manifest) = self.manifests.get_mut(path) else { return Default::default() };
        (mem::take(&mut manifest.dependencies), mem::take(&mut manifest.features))
    }

    /// The manifest of the workspace's root, if the package belongs to a workspace.
    pub(super) fn find_root(&mut self, manifest: &Path) -> Result<Option<PathBuf>, WorkspaceError> {
        self.load(manifest)?;
        if let Some(root) = self.root_from(manifest, manifest) {
            return self.check_root(manifest, root).map(Some);
        }
        let mut below = None;
        for ancestor in folder(manifest).ancestors().skip(1) {
            // `cargo package` unpacks there, and cargo's home holds other people's packages.
            if ancestor.ends_with("target/package") || (below.is_some() && below == self.cargo_home) {
                break;
            }
            below = Some(ancestor);
            let candidate = ancestor.join(MANIFEST);
            if !candidate.exists() {
                continue;
            }
            self.load(&candidate)?;
            if let Some(root) = self.root_from(&candidate, manifest) {
                return self.check_root(manifest, root).map(Some);
            }
        }
        Ok(None)
    }

    /// The root that one manifest names for another: itself, or what `package.workspace` leads to.
    fn root_from(&self, candidate: &Path, manifest: &Path) -> Option<PathBuf> {
        let found = self.get(candidate);
        if let Some(workspace) = &found.workspace {
            return (!is_excluded(workspace, folder(candidate), manifest)).then(|| candidate.to_owned());
        }
        let pointer = found.package.as_ref()?.workspace.as_ref()?;
        Some(normalize(&folder(candidate).join(pointer).join(MANIFEST)))
    }

    /// Makes sure that a root is one.
    fn check_root(&mut self, manifest: &Path, root: PathBuf) -> Result<PathBuf, WorkspaceError> {
        if self.load(&root)?.workspace.is_some() {
            Ok(root)
        } else {
            Err(WorkspaceError::NoWorkspace { manifest: manifest.to_owned(), root })
        }
    }
}

/// Whether a root excludes a manifest: `exclude` holds for all below, unless `members` names it.
pub(super) fn is_excluded(workspace: &WorkspaceTable, root: &Path, manifest: &Path) -> bool {
    let covers = |path: &String| manifest.starts_with(root.join(path));
    let excluded = workspace.exclude.iter().any(covers);
    excluded && !workspace.members.iter().flatten().any(covers)
}
