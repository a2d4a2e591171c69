//! Files that take the place of others whole.

use std::{fs, io, io::Write as _, path::Path};

use tempfile::{NamedTempFile, TempPath};

/// Writes a file beside another one, with its permissions and owner, and waits until it is on disk.
pub(super) fn stage(target: &Path, bytes: &[u8], metadata: &fs::Metadata) -> io::Result<TempPath> {
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file: NamedTempFile = tempfile::Builder::new().prefix(".otel-bootstrap-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    keep_owner(file.path(), metadata);
    file.as_file().set_permissions(metadata.permissions())?;
    file.as_file().sync_all()?;
    Ok(file.into_temp_path())
}

/// Gives a file the owner of another one, as far as that is allowed.
#[cfg(unix)]
fn keep_owner(path: &Path, metadata: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt as _, chown};
    // Only root may give files away, and only root can meet a file that is not its own here.
    let _ = chown(path, Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) {}

/// Waits until the names in the folder of a file are on disk; some file systems cannot.
pub(super) fn sync_folder(target: &Path) {
    if let Some(folder) = target.parent().and_then(|folder| fs::File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}
