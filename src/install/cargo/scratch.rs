//! A copy of a project to try things on: the files that change lie there as files, everything else is
//! linked to.
//!
//! The copy spans the whole path down to the project, so that whatever a manifest refers to with `..`
//! is found where it would be. Cargo takes paths as they are written and keeps the folders of path
//! dependencies out of `Cargo.lock`, so a lockfile made here is the one it would make there.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Component, Path, PathBuf},
};

use tempfile::TempDir;

/// Cargo looks for a workspace in the folders above a manifest, but not above one with this path; it
/// keeps a stray manifest in the folder for temporary files out of the picture.
const FENCE: &str = "target/package";

/// A copy of a project; it vanishes with this value.
pub(super) struct Scratch {
    base: PathBuf,
    _folder: TempDir,
}

impl Scratch {
    /// Makes a copy of the project in which the files given hold what is given.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a Path, &'a [u8])>) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("otel-bootstrap-").tempdir()?;
        let scratch = Self { base: folder.path().join(FENCE), _folder: folder };
        let files: Vec<(PathBuf, &[u8])> =
            files.into_iter().map(|(path, bytes)| Ok((settled(path)?, bytes))).collect::<io::Result<_>>()?;
        let taken: BTreeSet<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
        let folders: BTreeSet<&Path> = files.iter().flat_map(|(path, _)| path.ancestors().skip(1)).collect();
        for folder in &folders {
            fs::create_dir_all(scratch.inside(folder))?;
            let Ok(entries) = fs::read_dir(folder) else {
                // A folder above the project that may be passed through but not listed.
                continue;
            };
            for entry in entries {
                let path = entry?.path();
                if !taken.contains(path.as_path()) && !folders.contains(path.as_path()) {
                    link(&path, &scratch.inside(&path))?;
                }
            }
        }
        for (path, bytes) in files {
            fs::write(scratch.inside(&path), bytes)?;
        }
        Ok(scratch)
    }

    /// Where a file of the project lies in the copy.
    pub(super) fn place(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(self.inside(&settled(path)?))
    }

    /// The same for a path that is settled.
    fn inside(&self, path: &Path) -> PathBuf {
        let parts = path.components().filter(|part| matches!(part, Component::Normal(_)));
        self.base.join(parts.collect::<PathBuf>())
    }
}

/// The absolute path without `..`, taken as written, as cargo does.
fn settled(path: &Path) -> io::Result<PathBuf> {
    let mut settled = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        if part == Component::ParentDir {
            settled.pop();
        } else {
            settled.push(part);
        }
    }
    Ok(settled)
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(windows)]
fn link(original: &Path, link: &Path) -> io::Result<()> {
    if original.is_dir() {
        std::os::windows::fs::symlink_dir(original, link)
    } else {
        std::os::windows::fs::symlink_file(original, link)
    }
}
