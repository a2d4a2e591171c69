//! An environment whose folders are known and listed.

use std::{
    io,
    path::{Path, PathBuf},
};

use pep440_rs::Version;

use super::{listing::Listing, metadata::Header, search_path::SearchPath};
use crate::{
    ecosystem::python::inventory::{
        Distribution, DistributionVersion, Environment, Inventory, Requires, Skipped, Source,
    },
    package::PackageName,
};

/// What is read beside the metadata of a distribution.
const BESIDE: [&str; 4] = ["INSTALLER", "REQUESTED", "entry_points.txt", "requires.txt"];

/// An environment whose folders are known and listed, but whose metadata was not opened yet.
#[derive(Clone, Debug)]
pub struct Located {
    /// The environment.
    pub environment: Environment,
    /// Its Python, as exactly as it is known.
    pub python: Option<Version>,
    search_path: SearchPath,
}

impl Located {
    pub(super) fn new(
        prefix: Option<PathBuf>,
        interpreter: Option<PathBuf>,
        python: Option<Version>,
        search_path: SearchPath,
    ) -> Self {
        let folders = search_path.listings.iter().map(|listing| listing.path.clone()).collect();
        Self { environment: Environment { prefix, interpreter, folders }, python, search_path }
    }

    /// Reads the distributions. The metadata is opened of those whose version must be exact; for the others it is
    /// enough what the name of the folder says, which installers take from the metadata.
    #[must_use]
    pub fn read(self, must_be_exact: impl Fn(&PackageName) -> bool) -> Inventory {
        let SearchPath { listings, mut skipped, root, .. } = self.search_path;
        let mut found = Vec::new();
        for listing in &listings {
            for name in &listing.unreadable {
                let path = listing.path.join(name);
                skipped.push(Skipped { path, reason: "its name is not UTF-8 text".to_owned() });
            }
            let (eggs, infos): (Vec<_>, Vec<_>) = listing.entries.iter().partition(|entry| entry.is_of_egg());
            for entry in infos.into_iter().chain(eggs) {
                if let Ok(name) = PackageName::of_distribution(entry.name()) {
                    found.push((name, found.len(), listing, entry));
                } else {
                    let path = listing.path.join(&entry.file_name);
                    let reason = format!("`{}` is no name of a distribution", entry.name().escape_debug());
                    skipped.push(Skipped { path, reason });
                }
            }
        }
        // The first on the path wins.
        found.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        found.dedup_by(|later, first| later.0 == first.0);
        let mut header = Header::default();
        let distributions = found
            .into_iter()
            .map(|(name, _, listing, entry)| {
                let path = root.settled(entry.metadata(&listing.path));
                let spelled = entry.version().filter(|_| listing.is_archive || !must_be_exact(&name));
                let version = match spelled {
                    Some(version) => DistributionVersion::Valid(version),
                    None => read_version(listing, &path, &mut header, &mut skipped),
                };
                let header = header.take();
                let leads_out = || path.parent().is_some_and(|folder| root.leads_out(folder, &BESIDE));
                let requires = if listing.is_archive || leads_out() {
                    Requires::Unknown
                } else {
                    Requires::Metadata { path, header }
                };
                Distribution { name, version, requires }
            })
            .collect();
        // The order of a folder is nobody's choice.
        skipped.sort_by(|a, b| a.path.cmp(&b.path));
        Inventory {
            source: Source::Environment(self.environment),
            distributions,
            python: self.python,
            direct: None,
            skipped,
        }
    }
}

/// Reads the version of a distribution, and its header with it; that it cannot be read is noted.
fn read_version(
    listing: &Listing,
    path: &Path,
    header: &mut Header,
    skipped: &mut Vec<Skipped>,
) -> DistributionVersion {
    let read = if listing.is_archive {
        Err(io::Error::other("is in an archive, and its name tells no version"))
    } else {
        header.read(path)
    };
    match read {
        Ok(()) => header.version(),
        Err(error) => {
            skipped.push(Skipped { path: path.to_owned(), reason: error.to_string() });
            DistributionVersion::Missing
        }
    }
}
