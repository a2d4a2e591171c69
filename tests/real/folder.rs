//! Copies of projects, and what stands in their manifests.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::Result;

/// A project on disk: the folder that must be copied as a whole, and where in it the workspace root is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// What is copied.
    base: PathBuf,
    /// The workspace root, relative to it.
    inner: PathBuf,
}

impl Place {
    /// Reads `BASE` or `BASE/./INNER`, as rsync writes it, for a workspace that depends on folders beside it.
    pub(crate) fn parse(text: &str) -> Self {
        let (base, inner) = text.split_once("/./").unwrap_or((text, ""));
        Self { base: base.trim_end_matches('/').into(), inner: inner.into() }
    }

    /// The name it goes by.
    pub(crate) fn name(&self) -> String {
        let base = self.base.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if self.inner.as_os_str().is_empty() { base } else { format!("{base}/{}", self.inner.display()) }
    }

    /// The workspace root.
    pub(crate) fn root(&self) -> PathBuf {
        self.base.join(&self.inner)
    }

    /// Copies it to a folder that is emptied first; the workspace root of the copy.
    pub(crate) fn copy(&self, to: &Path) -> Result<PathBuf> {
        if to.exists() {
            fs::remove_dir_all(to).map_err(|e| format!("{}: {e}", to.display()))?;
        }
        copy(&self.base, to).map_err(|e| format!("copying {}: {e}", self.base.display()))?;
        Ok(to.join(&self.inner))
    }
}

/// Copies a folder without what is built in it or kept about its history.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, name) = (entry.file_type()?, entry.file_name());
        if kind.is_dir() && (name == ".git" || name == "target" || name == "node_modules") {
            continue;
        }
        let (source, target) = (entry.path(), to.join(&name));
        if kind.is_dir() {
            copy(&source, &target)?;
        } else if kind.is_file() {
            fs::copy(&source, &target)?;
        } else if let Ok(link) = fs::read_link(&source) {
            std::os::unix::fs::symlink(link, &target)?;
        }
    }
    Ok(())
}

/// Every manifest and lockfile below a folder, with its bytes.
pub(crate) fn manifests(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let kind = entry.file_type().map_err(|e| e.to_string())?;
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() && (name == "Cargo.toml" || name == "Cargo.lock") {
                let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                found.insert(path, bytes);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_may_lie_within_what_is_copied() {
        for (text, name, root) in [
            ("/x/app", "app", "/x/app"),
            ("/x/app/", "app", "/x/app"),
            ("/x/axum/./examples", "axum/examples", "/x/axum/examples"),
        ] {
            let place = Place::parse(text);
            assert_eq!((place.name().as_str(), place.root()), (name, root.into()));
        }
    }
}
