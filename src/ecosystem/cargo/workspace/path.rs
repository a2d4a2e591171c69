//! From what the user points at to a manifest.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use super::{MANIFEST, WorkspaceError};

/// The manifest that a folder, a manifest or a lockfile belongs to; absolute and without `..`.
///
/// As cargo does, folders above are searched too.
pub fn locate(path: &Path) -> Result<PathBuf, WorkspaceError> {
    let unreadable = |source| WorkspaceError::Path { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    let absolute = normalize(&std::path::absolute(path).map_err(unreadable)?);
    if metadata.is_dir() {
        let manifests = absolute.ancestors().map(|folder| folder.join(MANIFEST));
        return manifests
            .into_iter()
            .find(|manifest| is_there(manifest))
            .ok_or_else(|| WorkspaceError::NoManifest(path.to_owned()));
    }
    match absolute.file_name().and_then(|name| name.to_str()) {
        Some(MANIFEST) => Ok(absolute),
        Some("Cargo.lock") => {
            let manifest = absolute.with_file_name(MANIFEST);
            if is_there(&manifest) {
                Ok(manifest)
            } else {
                Err(WorkspaceError::LoneLockfile(path.to_owned()))
            }
        }
        _ => Err(WorkspaceError::OtherFile(path.to_owned())),
    }
}

/// Whether something has that name, or nobody may know: a manifest that turns out not to be readable is
/// told to the user, and not passed over for one in a folder above.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or_else(
        |error| !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        |_| true,
    )
}

/// Takes `.` and `..` out of a path without asking the file system, as cargo does.
pub(super) fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::with_capacity(path.as_os_str().len());
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out() {
        for (path, normal) in
            [("/a/b/../c", "/a/c"), ("/a/./b/", "/a/b"), ("/../a", "/a"), ("/a/../../..", "/")]
        {
            assert_eq!(normalize(Path::new(path)), Path::new(normal), "{path}");
        }
    }
}
