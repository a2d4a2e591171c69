//! Files as they were, to be put back byte for byte.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::install::files;

/// What files held; `None` for one that was not there.
pub(super) struct Snapshot(Vec<(PathBuf, Option<Vec<u8>>)>);

impl Snapshot {
    /// Reads the files.
    pub(super) fn of<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<Self, (PathBuf, io::Error)> {
        let read = |path: &PathBuf| match fs::read(path) {
            Ok(bytes) => Ok((path.clone(), Some(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((path.clone(), None)),
            Err(error) => Err((path.clone(), error)),
        };
        paths.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Puts back what has changed; the files that could not be come back.
    pub(super) fn restore(&self) -> Vec<PathBuf> {
        let failed = self.0.iter().filter(|(path, old)| {
            let restored = match old {
                Some(old) if fs::read(path).is_ok_and(|now| now == *old) => Ok(()),
                Some(old) => write(path, old),
                None => match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                },
            };
            restored.is_err()
        });
        failed.map(|(path, _)| path.clone()).collect()
    }
}

/// Puts a file in the place of another one, whole, through links; a new one is made as any other.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return fs::write(path, bytes),
        other => other?,
    };
    let metadata = fs::metadata(&target)?;
    let staged = files::stage(&target, bytes, &metadata)?;
    staged.persist(&target).map_err(|error| error.error)?;
    files::sync_folder(&target);
    Ok(())
}
