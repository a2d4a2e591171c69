//! What a folder on `sys.path` holds that matters: metadata of distributions, and `.pth` files.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use super::{archive, entry::Entry};

/// A folder on `sys.path`, or an archive there.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    /// The folder.
    pub(super) path: PathBuf,
    /// Whether it is an archive: what it says is in the names alone.
    pub(super) is_archive: bool,
    /// The metadata in it, in the order of the folder, which is the one that `importlib.metadata` goes by.
    pub(super) entries: Vec<Entry>,
    /// Names that are not text, of which nothing can be said.
    pub(super) unreadable: Vec<OsString>,
    /// The names of its `.pth` files, sorted.
    pub(super) pth: Vec<String>,
}

impl Listing {
    /// Lists a folder, or an archive of at most so many entries.
    pub(super) fn of(path: PathBuf, most: usize) -> io::Result<Self> {
        let listing =
            Self { path, is_archive: false, entries: Vec::new(), unreadable: Vec::new(), pth: Vec::new() };
        match fs::read_dir(&listing.path) {
            Ok(children) => listing.of_folder(children, most),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => listing.of_archive(most),
            Err(error) => Err(error),
        }
    }

    fn of_folder(mut self, children: fs::ReadDir, most: usize) -> io::Result<Self> {
        let folder = name_of(&self.path);
        for child in children {
            let child = child?;
            let name = match child.file_name().into_string() {
                Ok(name) => name,
                Err(name) => {
                    if is_metadata(&name.to_string_lossy()) {
                        self.unreadable.push(name);
                    }
                    continue;
                }
            };
            if is_pth(&name) {
                self.pth.push(name);
            } else if is_metadata(&name) {
                let is_file = child.file_type().is_ok_and(|kind| kind.is_file());
                self.add(&folder, &name, is_file, most)?;
            }
        }
        self.pth.sort_unstable();
        Ok(self)
    }

    fn of_archive(mut self, most: usize) -> io::Result<Self> {
        let folder = name_of(&self.path);
        self.is_archive = true;
        for name in archive::roots(&self.path)? {
            self.add(&folder, &name, false, most)?;
        }
        Ok(self)
    }

    fn add(&mut self, folder: &str, name: &str, is_file: bool, most: usize) -> io::Result<()> {
        if self.entries.len() >= most {
            return Err(io::Error::other(format!("more than {most} distributions")));
        }
        self.entries.extend(Entry::of(folder, name, is_file));
        Ok(())
    }
}

/// Whether something is called as a `.pth` file is. Hidden ones were abused to run code unseen, and are no longer
/// read by Python.
fn is_pth(name: &str) -> bool {
    name.strip_suffix(".pth").is_some() && !name.starts_with('.')
}

/// Whether something is called as metadata is.
fn is_metadata(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() >= 8 && bytes[bytes.len() - 5..].eq_ignore_ascii_case(b"-info")
}

/// The last part of a path, as text.
fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
