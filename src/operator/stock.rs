//! What the Python images of the operator hold, by the release of the operator: `registry/operator.json`, which
//! `tests/operator/images.py` makes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use pep440_rs::Version;
use serde::Deserialize;
use thiserror::Error;

use super::libc::Libc;
use crate::{
    ecosystem::python::naming::PREFIX,
    file::{self, FileError},
    package::PackageName,
};

/// The largest list of contents that is read, in bytes.
const LARGEST: u64 = 32 << 20;

/// The data.
const DATA: &str = include_str!("../../registry/operator.json");

/// What the names of the operator's images end with.
const IMAGE: &str = "autoinstrumentation-python";

/// Something that is injected: the packages, and what they were made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// How people call it.
    pub title: String,
    /// The release of the instrumentations.
    pub version: Version,
    /// The packages.
    pub packages: BTreeMap<PackageName, Version>,
    /// The packages with compiled parts: the Pythons these are for, by C library, as the tags of wheels name them.
    pub compiled: Vec<Compiled>,
    /// The Python it was made with, major and minor.
    pub python: (u64, u64),
    /// The lowest Python that all packages admit, major and minor.
    pub floor: (u64, u64),
    /// How many files it is.
    pub files: u64,
    /// How many bytes these take on a disk.
    pub bytes: u64,
}

/// A package with compiled parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The package.
    pub name: PackageName,
    /// The tags for glibc; empty where it is not compiled there.
    pub glibc: Vec<String>,
    /// The tags for musl.
    pub musl: Vec<String>,
}

impl Compiled {
    /// The tags for a C library.
    #[must_use]
    pub fn tags(&self, libc: Libc) -> &[String] {
        match libc {
            Libc::Glibc => &self.glibc,
            Libc::Musl => &self.musl,
        }
    }
}

/// A release of the operator that is not known.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("release `{}` of the operator is not known", .0.escape_debug())]
pub struct UnknownRelease(pub String);

impl UnknownRelease {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let images = raw();
        let mut taken = images.iter().filter(|image| !image.operators.is_empty());
        let newest = taken.clone().next()?.operators.last()?;
        let oldest = taken.next_back()?.operators.first()?;
        Some(format!("known are those from {oldest} to {newest}"))
    }
}

/// What is injected: the operator's own image as a release takes it, or an image by name. `None` is an image of which
/// nothing is known.
pub fn injected(release: Option<&str>, image: Option<&str>) -> Result<Option<Injected>, UnknownRelease> {
    if let Some(name) = image {
        return Ok(of_image(name));
    }
    let images = raw();
    let found = match release {
        Some(release) => {
            let wanted = release.trim_start_matches('v');
            let found = images.into_iter().find(|image| image.operators.iter().any(|known| known == wanted));
            Some(found.ok_or_else(|| UnknownRelease(release.to_owned()))?)
        }
        None => images.into_iter().find(|image| !image.operators.is_empty()),
    };
    Ok(found.map(Raw::into_injected))
}

/// What an image by that name holds, if it is one of the operator's.
#[must_use]
pub fn of_image(name: &str) -> Option<Injected> {
    // `path:tag@digest`, where what is before the path may have a port.
    let name = name.split('@').next().unwrap_or(name);
    let (path, tag) = name.rsplit_once(':')?;
    let is_own = path.ends_with(IMAGE);
    raw().into_iter().find(|image| is_own && image.version == tag).map(Raw::into_injected)
}

/// Why a payload's own list of contents cannot be used.
#[derive(Debug, Error)]
pub enum ContentsError {
    /// It cannot be read.
    #[error("failed to read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: FileError,
    },
    /// It is none.
    #[error("`{}` is not the `payload.json` of a payload", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// It has no folder for that C library.
    #[error("the payload of `{}` has no folder for {libc}", path.display())]
    NoTree {
        /// The file.
        path: PathBuf,
        /// The C library.
        libc: Libc,
    },
}

/// What a payload of our own holds, by its `payload.json`.
pub fn of_payload(path: &Path, libc: Libc) -> Result<Injected, ContentsError> {
    let text = file::read_text(path, LARGEST)
        .map_err(|source| ContentsError::File { path: path.to_owned(), source })?;
    let form = |source| ContentsError::Form { path: path.to_owned(), source };
    let payload: Payload = serde_json::from_str(&text).map_err(form)?;
    let tree = payload.trees.into_iter().find(|tree| tree.libc == libc.word());
    let tree = tree.ok_or_else(|| ContentsError::NoTree { path: path.to_owned(), libc })?;
    let pythons: Vec<(u64, u64)> = payload.pythons.iter().filter_map(|text| release(text)).collect();
    let compiled = tree.packages.iter().filter_map(|package| {
        let tags: Vec<String> =
            package.tags.iter().filter(|tag| !tag.ends_with("-none-any")).map(|tag| two_parts(tag)).collect();
        let name = PackageName::of_distribution(&package.name).ok()?;
        (!tags.is_empty()).then(|| Compiled { name, glibc: tags.clone(), musl: tags })
    });
    Ok(Injected {
        title: "the payload".to_owned(),
        version: payload.release.parse().map_err(|_| form(serde::de::Error::custom("no version")))?,
        compiled: compiled.collect(),
        packages: tree
            .packages
            .iter()
            .filter_map(|package| {
                Some((PackageName::of_distribution(&package.name).ok()?, package.version.parse().ok()?))
            })
            .collect(),
        python: pythons.iter().copied().max().unwrap_or_default(),
        floor: pythons.iter().copied().min().unwrap_or_default(),
        files: tree.files.len() as u64,
        bytes: tree.bytes,
    })
}

/// `cp312-cp312` of `cp312-cp312-manylinux_2_17_x86_64`
fn two_parts(tag: &str) -> String {
    tag.splitn(3, '-').take(2).collect::<Vec<_>>().join("-")
}

/// A payload as its manifest describes it, as far as it matters here.
#[derive(Deserialize)]
struct Payload {
    release: String,
    pythons: Vec<String>,
    trees: Vec<Tree>,
}

/// A folder of a payload.
#[derive(Deserialize)]
struct Tree {
    libc: String,
    bytes: u64,
    packages: Vec<Package>,
    files: Vec<serde::de::IgnoredAny>,
}

/// A package of a payload.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    tags: Vec<String>,
}

/// The data as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    images: Vec<Raw>,
}

/// An image as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The version of its tag.
    version: String,
    /// The day as of which it was resolved.
    #[serde(rename = "date")]
    _date: String,
    /// The releases of the operator that take it, the oldest first.
    operators: Vec<String>,
    python: String,
    floor: String,
    files: u64,
    bytes: u64,
    /// Instrumentations of the version of the image, without what their names begin with.
    instrumentations: String,
    packages: String,
    compiled: BTreeMap<String, RawCompiled>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCompiled {
    glibc: Vec<String>,
    musl: Vec<String>,
}

/// The images, the newest first.
fn raw() -> Vec<Raw> {
    serde_json::from_str::<File>(DATA).expect("the data of this program is as its script makes it").images
}

impl Raw {
    fn into_injected(self) -> Injected {
        let version: Version = self.version.parse().expect("a version");
        let name = |text: &str| PackageName::of_distribution(text).expect("a name");
        let own = self.instrumentations.split_whitespace();
        let own = own.map(|short| (name(&format!("{PREFIX}{short}")), version.clone()));
        let others = self.packages.split_whitespace().map(|text| {
            let (package, version) = text.split_once("==").expect("a pin");
            (name(package), version.parse().expect("a version"))
        });
        let title = match self.operators.last() {
            Some(release) => format!("the image {} of operator {release}", self.version),
            None => format!("the image {} of the operator", self.version),
        };
        let compiled = self.compiled.into_iter();
        Injected {
            title,
            packages: own.chain(others).collect(),
            version,
            compiled: compiled
                .map(|(package, tags)| Compiled { name: name(&package), glibc: tags.glibc, musl: tags.musl })
                .collect(),
            python: release(&self.python).expect("a Python"),
            floor: release(&self.floor).expect("a Python"),
            files: self.files,
            bytes: self.bytes,
        }
    }
}

/// `X.Y`
fn release(text: &str) -> Option<(u64, u64)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_data_is_as_it_should_be() {
        let images = raw();
        assert!(images.len() > 10);
        for image in images {
            let has_distro = image.packages.contains("opentelemetry-distro==");
            let injected = image.into_injected();
            assert!(has_distro && injected.packages.len() > 70, "{}", injected.title);
            assert!(injected.floor <= injected.python && injected.bytes > injected.files);
            assert!(injected.compiled.iter().all(|compiled| injected.packages.contains_key(&compiled.name)));
        }
    }

    #[test]
    fn a_payload_is_what_its_list_says() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("payload.json");
        let text = r#"{"schema": 1, "release": "0.65b0", "pythons": ["3.11", "3.12"], "trees": [{"libc": "glibc", "bytes": 9,
            "files": [{}], "packages": [{"name": "Wrapt", "version": "1.17.3", "tags": ["cp312-cp312-manylinux_2_17_x86_64"]}]}]}"#;
        std::fs::write(&path, text).expect("a file");
        let payload = of_payload(&path, Libc::Glibc).expect("a payload");
        assert_eq!((payload.floor, payload.python, payload.files), ((3, 11), (3, 12), 1));
        assert_eq!(payload.compiled[0].glibc, ["cp312-cp312"]);
        assert!(matches!(of_payload(&path, Libc::Musl), Err(ContentsError::NoTree { .. })));
        std::fs::write(&path, "{}").expect("a file");
        assert!(matches!(of_payload(&path, Libc::Glibc), Err(ContentsError::Form { .. })));
    }

    #[test]
    fn images_are_found_by_release_and_by_name() {
        let version = |release, image| {
            injected(release, image).map(|found| found.map(|found| found.version.to_string()))
        };
        assert_eq!(version(Some("0.150.0"), None), Ok(Some("0.61b0".to_owned())));
        assert_eq!(version(Some("v0.158.0"), None), Ok(Some("0.64b0".to_owned())));
        assert_eq!(
            version(None, Some("ghcr.io/x/autoinstrumentation-python:0.60b1")),
            Ok(Some("0.60b1".to_owned()))
        );
        let digest = Some("ghcr.io/x/autoinstrumentation-python:0.60b1@sha256:abc");
        assert_eq!(version(None, digest), Ok(Some("0.60b1".to_owned())));
        assert_eq!(version(None, Some("registry:5000/autoinstrumentation-python")), Ok(None));
        assert_eq!(version(None, Some("registry:5000/own:1")), Ok(None));
        assert!(version(None, None).is_ok_and(|found| found.is_some()));
        let unknown = injected(Some("0.1.0"), None).expect_err("unknown");
        assert_eq!(unknown.to_string(), "release `0.1.0` of the operator is not known");
        assert!(unknown.hint().is_some_and(|hint| hint.starts_with("known are those from 0.108.0 to ")));
    }
}
