//! What `pkg_resources` sees in an environment, which is not always what `importlib.metadata` sees: names of
//! folders count for more, and of two distributions of one name in a folder the first by spelling wins.
//!
//! Source of the rules: `find_on_path`, `Distribution.from_location` and `WorkingSet` of setuptools 80.

use std::{collections::HashMap, fs, path::Path};

use super::{entry::Entry, listing::Listing, metadata, search_path::MOST_DISTRIBUTIONS};
use crate::{
    ecosystem::python::inventory::{DistributionVersion, Environment},
    package::PackageName,
};

/// The distributions that `pkg_resources` takes for installed.
#[derive(Clone, Debug, Default)]
pub struct WorkingSet {
    /// Versions by the name as setuptools spells it, which keeps dots.
    versions: HashMap<String, DistributionVersion>,
    /// That spelling by the normalised name.
    spellings: HashMap<PackageName, String>,
}

impl Environment {
    /// Reads its folders again, as `pkg_resources` would. What cannot be read is not there.
    #[must_use]
    pub fn working_set(&self) -> WorkingSet {
        let mut set = WorkingSet::default();
        for folder in &self.folders {
            if let Ok(mut listing) = Listing::of(folder.clone(), MOST_DISTRIBUTIONS) {
                listing.entries.sort_unstable_by(|a, b| a.file_name.cmp(&b.file_name));
                set.add(&listing);
            }
        }
        set
    }
}

impl WorkingSet {
    /// The version of a distribution, if it is there.
    #[must_use]
    pub fn version(&self, name: &PackageName) -> Option<&DistributionVersion> {
        let spelled = || self.versions.get(self.spellings.get(name)?);
        self.versions.get(name.as_str()).or_else(spelled)
    }

    fn add(&mut self, listing: &Listing) {
        let is_egg = listing.entries.iter().any(Entry::is_of_egg);
        // Of an egg on the path nothing but the egg itself is looked at.
        for entry in listing.entries.iter().filter(|entry| entry.is_of_egg() == is_egg) {
            let path = listing.path.join(&entry.file_name);
            let is_dist_info = !entry.is_file && entry.is_dist_info();
            let is_nothing = !listing.is_archive && is_empty(&path);
            let Ok(name) = PackageName::of_distribution(entry.name()) else { continue };
            let spelling = spelled(entry.name());
            if is_nothing || self.versions.contains_key(&spelling) {
                continue;
            }
            let told = || metadata::version(&entry.metadata(&listing.path)).ok();
            let told = if listing.is_archive || is_egg { None } else { told() };
            let named = entry.spelled_version().map(parsed);
            // The metadata of an `.egg-info` counts for more than its name; for a `.dist-info` it is the reverse.
            let told = told.filter(|version| *version != DistributionVersion::Missing);
            let version = if is_dist_info { named.or(told) } else { told.or(named) };
            self.spellings.insert(name, spelling.clone());
            self.versions.insert(spelling, version.unwrap_or(DistributionVersion::Missing));
        }
    }
}

/// Whether a folder is empty, as it is when an uninstallation was cut short.
fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut children| children.next().is_none())
}

/// A name as `safe_name` spells it, in small letters.
fn spelled(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() || letter == '.' {
            spelled.push(letter.to_ascii_lowercase());
        } else if !spelled.ends_with('-') {
            spelled.push('-');
        }
    }
    spelled
}

/// A version as `safe_version` reads it: what no rule allows becomes `-`.
fn parsed(text: &str) -> DistributionVersion {
    let version = text.parse().or_else(|_| spelled(text).parse());
    version.map_or(DistributionVersion::Invalid, DistributionVersion::Valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version of `psycopg2-binary` in folders that hold these, each a path and its text.
    fn seen(folders: &[&[(&str, &str)]]) -> Option<String> {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let folders = folders.iter().enumerate().map(|(number, files)| {
            let folder = scratch.path().join(number.to_string());
            for (path, text) in *files {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
                fs::write(path, text).expect("a file");
            }
            folder
        });
        let folders = folders.collect();
        let set = Environment { prefix: None, interpreter: None, folders }.working_set();
        let name = PackageName::of_distribution("psycopg2-binary").expect("a name");
        set.version(&name).map(|version| match version {
            DistributionVersion::Valid(version) => version.to_string(),
            other => format!("{other:?}"),
        })
    }

    const METADATA: &str = "Metadata-Version: 2.1\nName: psycopg2-binary\nVersion: 2.8.6\n\n";

    #[test]
    fn the_name_of_a_wheels_folder_counts_for_more_than_its_metadata() {
        let there = |path| seen(&[&[(path, METADATA)]]);
        assert_eq!(there("psycopg2_binary-2.9.dist-info/METADATA"), Some("2.9".to_owned()));
        assert_eq!(there("psycopg2_binary-2.9.dist-info/INSTALLER"), Some("2.9".to_owned()));
        assert_eq!(there("psycopg2_binary-2.9_1.dist-info/METADATA"), Some("2.9.post1".to_owned()));
        assert_eq!(there("psycopg2_binary-x.dist-info/METADATA"), Some("Invalid".to_owned()));
        assert_eq!(there("psycopg2_binary.dist-info/METADATA"), Some("2.8.6".to_owned()));
    }

    #[test]
    fn the_metadata_of_an_egg_info_counts_for_more_than_its_name() {
        let there = |path, text| seen(&[&[(path, text)]]);
        assert_eq!(there("psycopg2_binary-2.9-py3.11.egg-info", METADATA), Some("2.8.6".to_owned()));
        let folder = "psycopg2_binary-2.9-py3.11.egg-info/PKG-INFO";
        assert_eq!(there(folder, METADATA), Some("2.8.6".to_owned()));
        assert_eq!(there(folder, "Name: x\n\n"), Some("2.9".to_owned()));
    }

    #[test]
    fn the_first_by_spelling_wins_in_a_folder_and_the_first_folder_on_the_path() {
        let one = ("psycopg2_binary-2.9.dist-info/METADATA", "");
        let capital = ("PsycoPG2_binary-3.0.dist-info/METADATA", "");
        assert_eq!(seen(&[&[one, capital]]), Some("3.0".to_owned()));
        assert_eq!(seen(&[&[one], &[capital]]), Some("2.9".to_owned()));
        // What is spelled with a dot is another name, that is asked last.
        let dot = ("psycopg2.binary-1.0.dist-info/METADATA", "");
        assert_eq!(seen(&[&[dot], &[one]]), Some("2.9".to_owned()));
        assert_eq!(seen(&[&[dot]]), Some("1.0".to_owned()));
    }

    #[test]
    fn an_empty_folder_is_no_distribution() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(scratch.path().join("flask-2.0.dist-info")).expect("a folder");
        let folders = vec![scratch.path().to_owned()];
        let set = Environment { prefix: None, interpreter: None, folders }.working_set();
        assert!(set.version(&PackageName::of_distribution("flask").expect("a name")).is_none());
    }
}
