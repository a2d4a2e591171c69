//! Programs by their name, as a shell would find them.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Where programs are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Programs {
    /// The folders of `PATH`.
    folders: Vec<PathBuf>,
}

impl Programs {
    /// The programs on a `PATH`. Relative folders do not count: what lies in a project is not to be run
    /// because somebody looked at it.
    #[must_use]
    pub fn on(path: Option<OsString>) -> Self {
        let folders = path.map(|path| std::env::split_paths(&path).filter(|f| f.is_absolute()).collect());
        Self { folders: folders.unwrap_or_default() }
    }

    /// The first program of that name.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.folders.iter().map(|folder| folder.join(&name)).find(|path| is_executable(path))
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
