//! Which packages are members of a workspace, and which others they use from folders.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use super::{
    super::manifest::{Dependency, Kind, Origin},
    MANIFEST, WorkspaceError, folder,
    loader::{Loader, is_excluded},
    path::normalize,
    pattern::expand,
};

/// The manifests of a workspace, all of them loaded.
pub(super) struct Found {
    /// Those of the members.
    pub(super) members: Vec<PathBuf>,
    /// Those of the members that cargo builds from the root without `-p`.
    pub(super) defaults: HashSet<PathBuf>,
    /// Those of other packages that members depend on, with the root of their own workspace.
    pub(super) others: Vec<(PathBuf, Option<PathBuf>)>,
}

/// A manifest that something led to.
struct Candidate {
    /// Its path.
    path: PathBuf,
    /// Whether a dependency led to it, and not the list of members.
    is_dependency: bool,
    /// Whether what depends on it is a member itself.
    of_member: bool,
}

/// Finds them, starting from the manifest of a package or from its root.
pub(super) fn find(
    loader: &mut Loader<'_>,
    manifest: &Path,
    root: Option<&Path>,
) -> Result<Found, WorkspaceError> {
    let mut queue = vec![Candidate::listed(root.unwrap_or(manifest).to_owned())];
    if let Some((root, workspace)) = root.and_then(|root| Some((root, loader.workspace(root)?))) {
        let folders = expand(workspace.members.as_deref().unwrap_or_default(), root)?;
        let listed = folders.iter().rev().map(|folder| normalize(&folder.join(MANIFEST)));
        queue.extend(listed.map(Candidate::listed));
    }
    let mut found = Found { members: Vec::new(), defaults: HashSet::new(), others: Vec::new() };
    let (mut members, mut others) = (HashSet::new(), HashSet::new());
    while let Some(candidate) = queue.pop() {
        if members.contains(&candidate.path) {
            continue;
        }
        if candidate.of_member && is_member(loader, &candidate, root)? {
            loader.load(&candidate.path)?;
            queue.extend(dependencies(loader, &candidate.path, root, true));
            members.insert(candidate.path.clone());
            found.members.push(candidate.path);
        } else if candidate.is_dependency && others.insert(candidate.path.clone()) {
            let own_root = loader.find_root(&candidate.path)?;
            queue.extend(dependencies(loader, &candidate.path, own_root.as_deref(), false));
            found.others.push((candidate.path, own_root));
        }
    }
    // What is a member by one way may have been found first by another.
    found.others.retain(|(path, _)| !members.contains(path));
    if let Some(root) = root.filter(|_| !members.contains(manifest)) {
        return Err(WorkspaceError::NotMember { manifest: manifest.to_owned(), root: root.to_owned() });
    }
    found.defaults = defaults(loader, &members, root, manifest)?;
    Ok(found)
}

impl Candidate {
    /// One from the list of members.
    fn listed(path: PathBuf) -> Self {
        Self { path, is_dependency: false, of_member: true }
    }
}

/// Whether a manifest that a member or the list of members led to is that of a member.
fn is_member(
    loader: &mut Loader<'_>,
    candidate: &Candidate,
    root: Option<&Path>,
) -> Result<bool, WorkspaceError> {
    let Some(root) = root else { return Ok(!candidate.is_dependency) };
    if candidate.is_dependency
        && !candidate.path.starts_with(folder(root))
        && loader.find_root(&candidate.path)?.as_deref() != Some(root)
    {
        return Ok(false);
    }
    Ok(loader.workspace(root).is_none_or(|workspace| !is_excluded(workspace, folder(root), &candidate.path)))
}

/// The folders that a package depends on; development dependencies count for members only.
fn dependencies(loader: &Loader<'_>, path: &Path, root: Option<&Path>, of_member: bool) -> Vec<Candidate> {
    let workspace = root.and_then(|root| loader.workspace(root));
    let declared = loader.get(path).dependencies.iter();
    let counts = |dependency: &&Dependency| of_member || dependency.kind != Kind::Development;
    let manifests = declared
        .filter(counts)
        .filter_map(|dependency| local_manifest(dependency, dependency.in_workspace(workspace), path, root));
    manifests.map(|path| Candidate { path, is_dependency: true, of_member }).collect()
}

/// The manifest that a dependency on a folder means: relative to the manifest that says so, which may
/// be the root's.
pub(super) fn local_manifest(
    dependency: &Dependency,
    from_root: Option<&Dependency>,
    manifest: &Path,
    root: Option<&Path>,
) -> Option<PathBuf> {
    let (origin, base) =
        if dependency.inherited { (&from_root?.origin, root?) } else { (&dependency.origin, manifest) };
    match origin {
        Origin::Path(path) => Some(normalize(&folder(base).join(path).join(MANIFEST))),
        Origin::Registry | Origin::Git { .. } => None,
    }
}

/// The members that cargo builds from the root: the listed ones, else the root package, else all.
fn defaults(
    loader: &Loader<'_>,
    members: &HashSet<PathBuf>,
    root: Option<&Path>,
    manifest: &Path,
) -> Result<HashSet<PathBuf>, WorkspaceError> {
    let Some(root) = root else { return Ok([manifest.to_owned()].into()) };
    let listed = loader.workspace(root).and_then(|workspace| workspace.default_members.as_deref());
    Ok(match listed {
        Some(listed) => {
            let folders = expand(listed, root)?;
            let manifests = folders.iter().map(|folder| normalize(&folder.join(MANIFEST)));
            manifests.filter(|manifest| members.contains(manifest)).collect()
        }
        None if loader.package(root).is_some() => [root.to_owned()].into(),
        None => members.clone(),
    })
}
