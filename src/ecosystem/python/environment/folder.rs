//! Opening the files of many metadata folders of one folder of packages, which is most of the work of a run.

use std::{fs::File, io, path::Path};

/// The folder of packages that was opened last.
///
/// What lies in it is opened from there: the system need not walk the whole path for each file. No file is asked what
/// it is before it is opened, but none is waited for either, as one would for a writer to a named pipe.
#[derive(Debug, Default)]
pub(super) struct Folder {
    #[cfg(unix)]
    open: Option<(Box<Path>, std::os::fd::OwnedFd)>,
}

#[cfg(unix)]
impl Folder {
    /// Opens a file for reading: one of a metadata folder, two steps below the folder of packages.
    pub(super) fn open(&mut self, path: &Path) -> io::Result<File> {
        use std::os::{fd::AsFd, unix::ffi::OsStrExt};

        use rustix::fs::{CWD, Mode, OFlags, openat};

        const FILE: OFlags =
            OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
        const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::DIRECTORY);
        let bytes = path.as_os_str().as_bytes();
        let mut slashes = memchr::memrchr_iter(b'/', bytes);
        let (Some(_), Some(at)) = (slashes.next(), slashes.next().filter(|at| *at > 0)) else {
            return Ok(File::from(openat(CWD, path, FILE, Mode::empty())?));
        };
        let (folder, below) = (&bytes[..at], &bytes[at + 1..]);
        let is_open = self.open.as_ref().is_some_and(|(open, _)| open.as_os_str().as_bytes() == folder);
        if !is_open {
            let folder = Path::new(std::ffi::OsStr::from_bytes(folder));
            self.open = Some((folder.into(), openat(CWD, folder, FOLDER, Mode::empty())?));
        }
        let folder = self.open.as_ref().map_or(CWD, |(_, folder)| folder.as_fd());
        Ok(File::from(openat(folder, below, FILE, Mode::empty())?))
    }
}

#[cfg(not(unix))]
impl Folder {
    /// Opens a file for reading.
    pub(super) fn open(&mut self, path: &Path) -> io::Result<File> {
        File::open(path)
    }
}
