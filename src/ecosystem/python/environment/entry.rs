//! The names under which metadata lies in a folder of packages.
//!
//! Source of the rules: `Lookup` and `Prepared` in `importlib.metadata`. A distribution is found by the name of
//! its folder up to the first `-`, whatever its metadata calls itself: `version("flask")` never looks further.

use std::path::{Path, PathBuf};

use pep440_rs::Version;

use super::metadata::{EGG_METADATA, METADATA};

/// How long either is, with what parts it from its folder, in bytes.
const LONGEST_METADATA: usize = 10;

/// The metadata of a distribution in a folder of packages: a folder or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name in that folder.
    pub(super) file_name: String,
    /// Whether it is surely a file, not a folder: an `.egg-info` as distutils wrote it.
    pub(super) is_file: bool,
    /// The name of the distribution as its folder spells it.
    name: String,
    /// The version as its folder spells it.
    version: Option<String>,
    /// Whether its folder's name says more than these two, as no wheel's does.
    says_more: bool,
}

impl Entry {
    /// The entry of that name in a folder, whose own name counts where it is an egg: `None` if it is no
    /// metadata.
    pub(super) fn of(folder: &str, file_name: &str, is_file: bool) -> Option<Self> {
        let spelled = if let Some(stem) = without_suffix(file_name, &[".dist-info", ".egg-info"]) {
            stem
        } else if file_name.eq_ignore_ascii_case("egg-info") {
            without_suffix(folder, &[".egg"])?
        } else {
            return None;
        };
        let mut parts = spelled.split('-');
        let name = parts.next().unwrap_or_default().to_owned();
        let is_dist_info = without_suffix(file_name, &[".dist-info"]).is_some();
        let version = parts.next().map(str::to_owned);
        // `foo-1.0-py3.11` is an egg's name; a wheel's has no third part.
        let says_more = is_dist_info && parts.next().is_some();
        Some(Self { file_name: file_name.to_owned(), is_file, name, version, says_more })
    }

    /// The name of the distribution as its folder spells it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The version, if the folder's name tells it beyond doubt.
    pub(super) fn version(&self) -> Option<Version> {
        // `_` stands for characters that a folder's name cannot hold.
        let version = self.spelled_version().filter(|version| !self.says_more && !version.contains('_'));
        version?.parse().ok()
    }

    /// The second part of the folder's name, which is the version if all is well.
    pub(super) fn spelled_version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Whether the whole folder is an egg, whose own metadata comes after all other.
    pub(super) fn is_of_egg(&self) -> bool {
        self.file_name.eq_ignore_ascii_case("egg-info")
    }

    /// Where its metadata lies, given the folder.
    pub(super) fn metadata(&self, folder: &Path) -> PathBuf {
        let length = folder.as_os_str().len() + self.file_name.len();
        let mut path = PathBuf::with_capacity(length + LONGEST_METADATA);
        path.push(folder);
        path.push(&self.file_name);
        if !self.is_file {
            path.push(if self.is_dist_info() { METADATA } else { EGG_METADATA });
        }
        path
    }

    /// Whether it is called as the metadata of a wheel is.
    pub(super) fn is_dist_info(&self) -> bool {
        without_suffix(&self.file_name, &[".dist-info"]).is_some()
    }
}

/// A name without one of these endings, in whatever case they are spelled.
fn without_suffix<'a>(name: &'a str, suffixes: &[&str]) -> Option<&'a str> {
    suffixes.iter().find_map(|suffix| {
        let (stem, end) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
        end.eq_ignore_ascii_case(suffix).then_some(stem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(folder: &str, file_name: &str) -> Option<(String, Option<String>)> {
        let entry = Entry::of(folder, file_name, false)?;
        Some((entry.name().to_owned(), entry.version().map(|version| version.to_string())))
    }

    #[test]
    fn the_name_of_a_folder_tells_name_and_version() {
        for (file_name, name, version) in [
            ("flask-3.0.0.dist-info", "flask", Some("3.0.0")),
            ("SQLAlchemy_Utils-0.38.3.dist-info", "SQLAlchemy_Utils", Some("0.38.3")),
            ("zope.interface-5.4.DIST-INFO", "zope.interface", Some("5.4")),
            ("PyGObject-3.42.2.egg-info", "PyGObject", Some("3.42.2")),
            ("foo-1.0-py3.11.egg-info", "foo", Some("1.0")),
            ("cryptography.egg-info", "cryptography", None),
            ("local-1.0+ubuntu.1.dist-info", "local", Some("1.0+ubuntu.1")),
            ("local-1.0_ubuntu.1.dist-info", "local", None),
            ("foo-bar-1.0.dist-info", "foo", None),
            ("foo-bar-1.0.egg-info", "foo", None),
            ("odd-latest.dist-info", "odd", None),
            (".dist-info", "", None),
        ] {
            assert_eq!(
                told("site-packages", file_name),
                Some((name.to_owned(), version.map(str::to_owned))),
                "{file_name}"
            );
        }
        for other in ["flask", "x.egg-link", "flask.py", "dist-info", "EGG-INFO", "é.dist-inf"] {
            assert_eq!(told("site-packages", other), None, "{other}");
        }
    }

    #[test]
    fn an_egg_is_called_after_its_folder() {
        let told = told("Zope.Event-4.6-py3.11.egg", "EGG-INFO");
        assert_eq!(told, Some(("Zope.Event".to_owned(), Some("4.6".to_owned()))));
    }
}
