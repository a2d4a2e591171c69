//! What the Python images of the operator hold, by the release of the operator: `registry/operator.json`, which
//! `tests/operator/images.py` makes.

use std::collections::BTreeMap;

use pep440_rs::Version;
use serde::Deserialize;
use thiserror::Error;

use super::libc::Libc;
use crate::{ecosystem::python::naming::PREFIX, package::PackageName};

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
    let images = raw();
    if let Some(name) = image {
        let (path, tag) = name.rsplit_once(':').unwrap_or((name, ""));
        let tag = tag.split('@').next().unwrap_or(tag);
        let is_own = path.split('@').next().is_some_and(|path| path.ends_with(IMAGE));
        return Ok(images.into_iter().find(|image| is_own && image.version == tag).map(Raw::into_injected));
    }
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
            python: release(&self.python),
            floor: release(&self.floor),
            files: self.files,
            bytes: self.bytes,
        }
    }
}

/// `X.Y`
fn release(text: &str) -> (u64, u64) {
    let mut parts = text.split('.').map(|part| part.parse().expect("a number"));
    (parts.next().expect("a major"), parts.next().expect("a minor"))
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
        assert_eq!(version(None, Some("registry:5000/own:1")), Ok(None));
        assert!(version(None, None).is_ok_and(|found| found.is_some()));
        let unknown = injected(Some("0.1.0"), None).expect_err("unknown");
        assert_eq!(unknown.to_string(), "release `0.1.0` of the operator is not known");
        assert!(unknown.hint().is_some_and(|hint| hint.starts_with("known are those from 0.108.0 to ")));
    }
}
