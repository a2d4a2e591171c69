//! The folder that a payload is put into: all of it, or nothing.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;
use thiserror::Error;

use super::manifest::{self, MANIFEST};
use crate::file;

/// The most that is read of an earlier payload's list of contents.
const LARGEST_MANIFEST: u64 = 256 << 20;
/// The time that every file has: the first that archives can name, 1980-01-01.
const TIME: Duration = Duration::from_secs(315_532_800);

/// Why a folder cannot be used.
#[derive(Debug, Error)]
pub enum PlaceError {
    /// Something else lies there.
    #[error("`{}` holds something that is no payload: `{}`", folder.display(), entry.display())]
    Taken {
        /// The folder.
        folder: PathBuf,
        /// What lies in it.
        entry: PathBuf,
    },
    /// It is a file.
    #[error("`{}` is no folder", .0.display())]
    NoFolder(PathBuf),
    /// It cannot be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written.
    #[error("failed to write `{}`", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl PlaceError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        matches!(self, Self::Taken { .. })
            .then(|| "name a folder that is empty, or does not exist yet".to_owned())
    }
}

/// A folder that a payload is built beside, and moved to when it is whole.
#[derive(Debug)]
pub(super) struct Place {
    /// Where it goes.
    folder: PathBuf,
    /// Where it is built; vanishes with everything in it.
    scratch: TempDir,
    /// Whether something lies where it goes: nothing, or an earlier payload.
    is_there: bool,
}

impl Place {
    /// Looks whether the folder may be used, and makes room beside it.
    pub(super) fn prepare(folder: &Path) -> Result<Self, PlaceError> {
        let is_there = is_usable(folder)?;
        let folder = if is_there {
            folder.canonicalize().map_err(|source| PlaceError::Read { path: folder.to_owned(), source })?
        } else {
            folder.to_owned()
        };
        let parent = folder.parent().unwrap_or(&folder);
        let failed = |source| PlaceError::Write { path: parent.to_owned(), source };
        fs::create_dir_all(parent).map_err(failed)?;
        let scratch =
            tempfile::Builder::new().prefix(".otel-bootstrap-").tempdir_in(parent).map_err(failed)?;
        Ok(Self { folder, scratch, is_there })
    }

    /// Where the payload is built.
    pub(super) fn draft(&self) -> PathBuf {
        self.scratch.path().join("payload")
    }

    /// A folder for what is not to stay.
    pub(super) fn aside(&self, name: &str) -> PathBuf {
        self.scratch.path().join("aside").join(name)
    }

    /// Gives the draft the modes and times that it is to have, and moves it to its place.
    pub(super) fn finish(self) -> Result<(), PlaceError> {
        let draft = self.draft();
        settle(&draft)?;
        let failed = |source| PlaceError::Write { path: self.folder.clone(), source };
        let old = self.scratch.path().join("old");
        if self.is_there {
            fs::rename(&self.folder, &old).map_err(failed)?;
        }
        fs::rename(&draft, &self.folder).map_err(|source| {
            if self.is_there {
                // What was there comes back; that it does not is worth less than why the other move failed.
                let _ = fs::rename(&old, &self.folder);
            }
            failed(source)
        })
    }
}

/// Whether a folder is there that may be replaced; an error if it must not be.
fn is_usable(folder: &Path) -> Result<bool, PlaceError> {
    let failed = |source| PlaceError::Read { path: folder.to_owned(), source };
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(failed(source)),
        Ok(metadata) if !metadata.is_dir() => return Err(PlaceError::NoFolder(folder.to_owned())),
        Ok(_) => {}
    }
    let own = file::read_text(&folder.join(MANIFEST), LARGEST_MANIFEST);
    let own = own.ok().and_then(|text| manifest::entries(&text)).unwrap_or_default();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name());
    }
    names.sort();
    let strange = names.into_iter().find(|name| !own.iter().any(|known| known.as_str() == name));
    match strange {
        Some(entry) => Err(PlaceError::Taken { folder: folder.to_owned(), entry: entry.into() }),
        None => Ok(true),
    }
}

/// Makes everything readable for everybody and of the same age: containers run as any user, and the times of files
/// end up in images.
fn settle(path: &Path) -> Result<(), PlaceError> {
    let failed = |source| PlaceError::Write { path: path.to_owned(), source };
    let is_folder = path.is_dir();
    if is_folder {
        for entry in fs::read_dir(path).map_err(failed)? {
            settle(&entry.map_err(failed)?.path())?;
        }
    }
    permit(path, is_folder).map_err(failed)?;
    let set_time = || fs::File::open(path)?.set_modified(SystemTime::UNIX_EPOCH + TIME);
    set_time().map_err(failed)
}

#[cfg(unix)]
fn permit(path: &Path, is_folder: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(if is_folder { 0o755 } else { 0o644 }))
}

#[cfg(not(unix))]
fn permit(_: &Path, _: bool) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(folder: &Path) -> String {
        match Place::prepare(folder) {
            Ok(place) => {
                fs::create_dir(place.draft()).expect("a folder");
                fs::write(place.draft().join("new"), "x").expect("a file");
                place.finish().expect("a payload");
                let names = fs::read_dir(folder).expect("a folder").flatten().map(|e| e.file_name());
                names.map(|name| name.display().to_string()).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string().replace(&folder.display().to_string(), "DIR"),
        }
    }

    #[test]
    fn only_what_is_empty_or_an_earlier_payload_is_replaced() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path().join("deep/payload");
        assert_eq!(tried(&folder), "new");
        assert_eq!(tried(&folder), "`DIR` holds something that is no payload: `new`");
        fs::remove_file(folder.join("new")).expect("a file");
        assert_eq!(tried(&folder), "new");
        fs::write(folder.join(MANIFEST), r#"{"schema":1,"made_by":"x","entries":["payload.json","new"]}"#)
            .expect("a file");
        fs::write(folder.join("notes.txt"), "mine").expect("a file");
        assert_eq!(tried(&folder), "`DIR` holds something that is no payload: `notes.txt`");
        fs::remove_file(folder.join("notes.txt")).expect("a file");
        assert_eq!(tried(&folder), "new");
        let file = folder.join("new");
        assert_eq!(tried(&file), "`DIR` is no folder");
        let left: Vec<_> = fs::read_dir(scratch.path().join("deep")).expect("a folder").flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[cfg(unix)]
    #[test]
    fn everybody_may_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path().join("payload");
        tried(&folder);
        for (path, mode) in [(folder.clone(), 0o755), (folder.join("new"), 0o644)] {
            let metadata = fs::metadata(&path).expect("metadata");
            assert_eq!(metadata.permissions().mode() & 0o7777, mode);
            assert_eq!(metadata.modified().expect("a time"), SystemTime::UNIX_EPOCH + TIME);
        }
    }
}
