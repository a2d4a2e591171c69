//! `sys.path`, put together from files as `site` does it.
//!
//! Source of the rules: `site.addsitedir` and `site.addpackage` of `CPython`.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use super::{listing::Listing, pth};
use crate::{ecosystem::python::inventory::Skipped, root::Root};

/// The most folders of one environment.
const MOST_FOLDERS: usize = 1_000;
/// The most distributions of one environment.
pub(super) const MOST_DISTRIBUTIONS: usize = 50_000;
/// The largest `.pth` file.
const LARGEST_PTH: u64 = 1 << 20;

/// The folders of an environment, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct SearchPath {
    /// The folders and archives that exist.
    pub(super) listings: Vec<Listing>,
    /// What could not be read.
    pub(super) skipped: Vec<Skipped>,
    /// What is there already.
    known: HashSet<PathBuf>,
    distributions: usize,
    /// The root that absolute paths begin at.
    pub(super) root: Root,
}

impl SearchPath {
    /// No folder yet.
    pub(super) fn new(root: &Root) -> Self {
        Self { root: root.clone(), ..Self::default() }
    }

    /// Adds the folders of a variable such as `PYTHONPATH`; relative ones start from a folder.
    pub(super) fn add_variable(&mut self, value: &OsStr, folder: &Path) {
        for path in std::env::split_paths(value) {
            self.add(&folder.join(path));
        }
    }

    /// Adds a folder, an archive, or what does not exist, unless it is there already.
    pub(super) fn add(&mut self, path: &Path) {
        if let Some(listing) = self.list(path) {
            self.keep(listing);
        }
    }

    /// Adds a folder of packages, and what its `.pth` files add.
    pub(super) fn add_site(&mut self, path: &Path) {
        let path = lexical(path);
        // A folder that is there already is not added again, but its `.pth` files are read again.
        let names = match self.list(&path) {
            Some(mut listing) => {
                let names = std::mem::take(&mut listing.pth);
                self.keep(listing);
                names
            }
            None if self.root.is_dir(&path) => {
                Listing::of(self.root.place(&path).into_owned(), MOST_DISTRIBUTIONS)
                    .map(|listing| listing.pth)
                    .unwrap_or_default()
            }
            None => return,
        };
        for name in names {
            self.add_paths_of(&path, &name);
        }
    }

    /// Adds what a `.pth` file says.
    fn add_paths_of(&mut self, folder: &Path, name: &str) {
        let path = folder.join(name);
        let bytes = match read_bounded(&self.root.place(&path)) {
            Ok(bytes) => bytes,
            Err(error) => return self.skip(path, error.to_string()),
        };
        match pth::paths(&bytes) {
            Ok(paths) => paths.into_iter().for_each(|entry| self.add(&folder.join(entry))),
            Err(_) => self.skip(path, "is not UTF-8 text".to_owned()),
        }
    }

    /// Lists what is at a path, if it is new and exists.
    fn list(&mut self, path: &Path) -> Option<Listing> {
        let path = lexical(path);
        if self.known.contains(&path) {
            return None;
        }
        if self.listings.len() >= MOST_FOLDERS {
            self.skip(path, format!("more than {MOST_FOLDERS} folders"));
            return None;
        }
        let listed =
            Listing::of(self.root.place(&path).into_owned(), MOST_DISTRIBUTIONS - self.distributions);
        match listed {
            Ok(listing) => {
                self.known.insert(path);
                Some(listing)
            }
            // Nothing there, or a name that no path can have.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => {
                None
            }
            Err(error) => {
                self.known.insert(path.clone());
                self.skip(path, error.to_string());
                None
            }
        }
    }

    fn keep(&mut self, listing: Listing) {
        self.distributions += listing.entries.len();
        self.listings.push(listing);
    }

    fn skip(&mut self, path: PathBuf, reason: String) {
        // One is enough to tell that there is too much.
        if self.skipped.len() < MOST_FOLDERS {
            self.skipped.push(Skipped { path, reason });
        }
    }
}

/// A path without `.` and `..`, told apart by names alone, as `os.path.normpath` does.
pub(super) fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// The bytes of a small file.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    // Asked before it is opened: opening a named pipe waits for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_PTH + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_PTH {
        return Err(io::Error::other(format!("is larger than {} MiB", LARGEST_PTH >> 20)));
    }
    Ok(bytes)
}
