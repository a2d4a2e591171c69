//! Whether a folder is what it should be: each wheel fits what it was installed for, and everything that is needed
//! is there.
//!
//! An installer may evaluate markers for the Python that it runs on instead of the one that it installs for (pip
//! does, by its documentation of `--python-version`), so this is looked at again.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use pep440_rs::VersionSpecifiers;
use pep508_rs::{ExtraName, MarkerEnvironment, Requirement, VersionOrUrl};
use thiserror::Error;

use super::{tag::Tag, target::Target};
use crate::{
    ecosystem::python::{
        environment::{header, requires},
        lock,
    },
    file,
    install::python::Pin,
    package::PackageName,
};

/// The most that is read of the metadata of a distribution.
const LARGEST_METADATA: u64 = 16 << 20;

/// A distribution in a folder.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    /// What it is.
    pub(super) pin: Pin,
    /// The folder of its metadata, by name.
    pub(super) folder: String,
    /// What it needs.
    requires: Vec<Requirement>,
    /// The Pythons that it runs on, if it says.
    requires_python: Option<VersionSpecifiers>,
}

/// Why a folder is not what it should be.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The metadata of a distribution cannot be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: file::FileError,
    },
    /// A folder of metadata has no name that tells what it is of.
    #[error("`{}` is not the metadata of a distribution at a version", .0.escape_debug())]
    Nameless(String),
    /// A wheel does not fit.
    #[error("`{pin}` was installed for {target} from a wheel for {}", tags.iter().map(Tag::to_string).collect::<Vec<_>>().join(", "))]
    Unfit {
        /// The distribution.
        pin: Pin,
        /// What it was installed for.
        target: Box<Target>,
        /// What the wheel is for.
        tags: Vec<Tag>,
    },
    /// Something is missing, or there in a version that will not do.
    #[error("for {target}, {}", gaps.join(", "))]
    Gaps {
        /// What it was installed for.
        target: Box<Target>,
        /// What is wrong, as fragments.
        gaps: Vec<String>,
    },
}

impl VerifyError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        matches!(self, Self::Gaps { .. }).then(|| {
            "pip looks at the conditions of requirements for the Python that it runs on itself: put uv on `PATH`, or \
             a pip of that Python"
                .to_owned()
        })
    }
}

/// The distributions whose metadata lies in a folder.
pub(super) fn packed<'a>(
    root: &Path,
    folders: impl Iterator<Item = &'a String>,
) -> Result<Vec<Packed>, VerifyError> {
    folders
        .map(|folder| {
            let nameless = || VerifyError::Nameless(folder.clone());
            let stem = folder.strip_suffix(".dist-info").and_then(|stem| stem.rsplit_once('-'));
            let (name, version) = stem.ok_or_else(nameless)?;
            let pin = Pin {
                name: PackageName::of_distribution(name).map_err(|_| nameless())?,
                version: version.parse().map_err(|_| nameless())?,
            };
            let path = root.join(folder).join("METADATA");
            let text = file::read_text(&path, LARGEST_METADATA)
                .map_err(|source| VerifyError::Read { path, source })?;
            let fields = || header::fields(text.as_bytes());
            let requires = fields().filter(|field| field.is("Requires-Dist"));
            let requires = requires.filter_map(|field| requires::requirement(&field.value())).collect();
            let requires_python = fields().find(|field| field.is("Requires-Python"));
            let requires_python = requires_python.and_then(|field| field.value().parse().ok());
            Ok(Packed { pin, folder: folder.clone(), requires, requires_python })
        })
        .collect()
}

/// Looks at the wheels that were installed for a target, by the folders of their metadata.
pub(super) fn fits(
    target: &Target,
    packed: &[Packed],
    wheels: &BTreeMap<String, BTreeSet<Tag>>,
) -> Result<(), VerifyError> {
    for one in packed {
        let Some(tags) = wheels.get(&one.folder) else { continue };
        if !tags.iter().any(|tag| target.admits(tag)) {
            let (pin, tags) = (one.pin.clone(), tags.iter().cloned().collect());
            return Err(VerifyError::Unfit { pin, target: Box::new(target.clone()), tags });
        }
    }
    Ok(())
}

/// Looks whether everything is there that the distributions need for a target.
pub(super) fn is_closed(target: &Target, packed: &[Packed]) -> Result<(), VerifyError> {
    let environment = environment(target);
    let extras = extras(packed);
    let mut gaps = Vec::new();
    for one in packed {
        if one.requires_python.as_ref().is_some_and(|range| !range.contains(&lock::full(&target.python))) {
            gaps.push(format!("`{}` does not run", one.pin));
        }
        let asked = extras.get(&one.pin.name).map_or(&[][..], Vec::as_slice);
        for need in one.requires.iter().filter(|need| need.evaluate_markers(&environment, asked)) {
            let name = named(need);
            let there = packed.iter().find(|other| Some(&other.pin.name) == name.as_ref());
            let will_do = |pin: &Pin| range(need).is_none_or(|range| range.contains(&pin.version));
            match there {
                Some(other) if will_do(&other.pin) => {}
                Some(other) => gaps.push(format!("`{}` needs `{need}`, not {}", one.pin, other.pin.version)),
                None => gaps.push(format!("`{}` needs `{need}`", one.pin)),
            }
        }
    }
    if gaps.is_empty() { Ok(()) } else { Err(VerifyError::Gaps { target: Box::new(target.clone()), gaps }) }
}

/// Who needs another version than that one, for any of the targets; as fragments.
pub(super) fn against(pin: &Pin, packed: &[Packed], targets: &[Target]) -> Vec<String> {
    let environments: Vec<MarkerEnvironment> = targets.iter().map(environment).collect();
    let extras = extras(packed);
    let found = packed.iter().flat_map(|one| {
        let asked = extras.get(&one.pin.name).map_or(&[][..], Vec::as_slice);
        let counts = |need: &&Requirement| {
            named(need).as_ref() == Some(&pin.name)
                && range(need).is_some_and(|range| !range.contains(&pin.version))
                && environments.iter().any(|environment| need.evaluate_markers(environment, asked))
        };
        one.requires.iter().filter(counts).map(|need| {
            let range = range(need).map(ToString::to_string).unwrap_or_default();
            format!("`{}` needs `{}{range}`", one.pin, pin.name)
        })
    });
    found.collect()
}

/// With which extras distributions ask for others.
fn extras(packed: &[Packed]) -> BTreeMap<PackageName, Vec<ExtraName>> {
    let mut extras: BTreeMap<PackageName, Vec<ExtraName>> = BTreeMap::new();
    for need in packed.iter().flat_map(|one| &one.requires).filter(|need| !need.extras.is_empty()) {
        if let Some(name) = named(need) {
            extras.entry(name).or_default().extend(need.extras.iter().cloned());
        }
    }
    extras
}

fn named(need: &Requirement) -> Option<PackageName> {
    PackageName::of_distribution(need.name.as_ref()).ok()
}

fn range(need: &Requirement) -> Option<&VersionSpecifiers> {
    match &need.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(range)) => Some(range),
        Some(VersionOrUrl::Url(_)) | None => None,
    }
}

/// The variables of markers for a target.
fn environment(target: &Target) -> MarkerEnvironment {
    let platform = format!("{}-unknown-linux", target.ground.arch.word());
    let platform = platform.parse().expect("a platform by the name that uv has for it");
    lock::Target::new(Some(target.python.clone()), platform).environment(&target.python)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{
        libc::Libc,
        payload::target::{Arch, Ground},
    };

    fn target(python: &str) -> Target {
        let ground = Ground { libc: Libc::Glibc, arch: Arch::X86_64 };
        Target { python: python.parse().expect("a version"), ground }
    }

    fn packed(text: &str) -> Vec<Packed> {
        let one = |line: &str| {
            let mut parts = line.split(" <- ");
            let (name, version) = parts.next().and_then(|pin| pin.split_once("==")).expect("a pin");
            let requires = parts.map(|need| need.parse().expect("a requirement")).collect();
            let pin =
                Pin { name: name.parse().expect("a name"), version: version.parse().expect("a version") };
            Packed { pin, folder: format!("{name}-{version}.dist-info"), requires, requires_python: None }
        };
        text.lines().map(one).collect()
    }

    fn gaps(python: &str, text: &str) -> String {
        match is_closed(&target(python), &packed(text)) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_missing_is_told() {
        let whole = "api==1.45.1 <- typing-extensions>=4.5\ntyping-extensions==4.16.0";
        assert_eq!(gaps("3.12", whole), "");
        let other = "api==1.45.1 <- typing-extensions>=4.5 <- zipp\ntyping-extensions==3.1";
        assert_eq!(
            gaps("3.12", other),
            "for Python 3.12 with glibc on x86_64, `api==1.45.1` needs `typing-extensions>=4.5`, not 3.1, \
             `api==1.45.1` needs `zipp`"
        );
    }

    #[test]
    fn conditions_are_those_of_the_target() {
        let text = "a==1 <- b ; python_version < '3.11' <- c ; sys_platform == 'win32' <- d ; extra == 'x'";
        assert_eq!(gaps("3.12", text), "");
        assert_eq!(
            gaps("3.10", text),
            "for Python 3.10 with glibc on x86_64, `a==1` needs `b ; python_full_version < '3.11'`"
        );
        let with_extra = format!("{text}\ne==1 <- a[x]");
        assert_eq!(
            gaps("3.12", &with_extra),
            "for Python 3.12 with glibc on x86_64, `a==1` needs `d ; extra == 'x'`"
        );
    }

    #[test]
    fn who_is_against_a_version_is_told() {
        let packed =
            packed("proto==1.45.1 <- protobuf>=5.0,<8.0 <- x ; python_version < '3'\nrequests==2 <- idna<4");
        let pin = |text: &str| {
            let (name, version) = text.split_once(' ').expect("a pin");
            Pin { name: name.parse().expect("a name"), version: version.parse().expect("a version") }
        };
        let targets = [target("3.12")];
        assert_eq!(
            against(&pin("protobuf 4.25.1"), &packed, &targets),
            ["`proto==1.45.1` needs `protobuf>=5.0, <8.0`"]
        );
        assert!(against(&pin("idna 3.1"), &packed, &targets).is_empty());
    }

    #[test]
    fn a_wheel_for_something_else_is_told() {
        let packed = packed("psutil==7.2.2");
        let wheels = |tag: &str| {
            let tags = BTreeSet::from([tag.parse().expect("a tag")]);
            BTreeMap::from([("psutil-7.2.2.dist-info".to_owned(), tags)])
        };
        assert!(fits(&target("3.12"), &packed, &wheels("cp36-abi3-manylinux2014_x86_64")).is_ok());
        let error = fits(&target("3.12"), &packed, &wheels("cp36-abi3-musllinux_1_2_x86_64"));
        assert_eq!(
            error.map_err(|error| error.to_string()),
            Err("`psutil==7.2.2` was installed for Python 3.12 with glibc on x86_64 from a wheel for \
                 cp36-abi3-musllinux_1_2_x86_64"
                .to_owned())
        );
    }
}
