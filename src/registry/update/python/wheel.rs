//! What a wheel says about itself.
//!
//! Sources: PEP 427 (the archive), the core metadata specification, and the entry points specification.

use std::io::{Cursor, Read};

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{ExtraName, VersionOrUrl};
use thiserror::Error;
use zip::{ZipArchive, result::ZipError};

use super::line::{canonical, is_exact};
use crate::{
    ecosystem::python::environment::{header, requires::requirement},
    package::PackageName,
    registry::python::requirement::split,
};

/// The most that is unpacked of a file in a wheel, in bytes.
const LARGEST_ENTRY: u64 = 4 << 20;

/// What the names of OpenTelemetry's own distributions begin with.
const FAMILY: &str = "opentelemetry-";

/// The group of entry points that the run-time loader loads.
const GROUP: &str = "opentelemetry_instrumentor";

/// Why a wheel cannot be used.
#[derive(Debug, Error)]
pub enum WheelError {
    /// It is no ZIP archive.
    #[error("it is no wheel: {0}")]
    Zip(#[from] ZipError),
    /// A file in it cannot be unpacked.
    #[error("`{name}` in it cannot be unpacked: {source}")]
    Entry {
        /// The file.
        name: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// It lacks a file.
    #[error("it has no `{0}`")]
    Missing(&'static str),
    /// Its metadata is about something else.
    #[error("its metadata is about `{}`", .0.escape_debug())]
    Other(String),
    /// A field of its metadata cannot be understood.
    #[error("its metadata says `{}: {}`", name, value.escape_debug())]
    Field {
        /// The field.
        name: &'static str,
        /// Its value.
        value: String,
    },
}

/// What a wheel says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The Pythons it runs on, as it spells them; empty for all.
    pub python: String,
    /// What it requires, as far as those are requirements on versions.
    pub requires: Vec<Requires>,
    /// Its entry points that the run-time loader loads, sorted.
    pub entry_points: Vec<String>,
}

/// A requirement of a wheel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requires {
    /// The distribution.
    pub name: PackageName,
    /// The name as it is spelled.
    pub spelled: String,
    /// The versions.
    pub specifiers: VersionSpecifiers,
    /// The extra that it belongs to.
    pub extra: Option<String>,
    /// Whether it holds on every platform and Python, without any extra.
    pub always: bool,
}

impl Facts {
    /// Reads the metadata of a wheel.
    pub fn of_metadata(text: &[u8], name: &PackageName, version: &Version) -> Result<Self, WheelError> {
        let mut facts = Self::default();
        let (mut is_named, mut has_version, mut extras) = (false, false, Vec::new());
        let mut requires = Vec::new();
        for field in header::fields(text) {
            let value = field.value();
            let value = value.trim();
            if field.is("Name") {
                is_named = PackageName::of_distribution(value).is_ok_and(|found| found == *name);
                if !is_named {
                    return Err(WheelError::Other(value.to_owned()));
                }
            } else if field.is("Version") {
                has_version = value.parse::<Version>().is_ok_and(|found| found == *version);
                if !has_version {
                    return Err(WheelError::Other(format!("{name} {value}")));
                }
            } else if field.is("Requires-Python") {
                value.parse::<VersionSpecifiers>().map_err(|_| bad("Requires-Python", value))?;
                value.clone_into(&mut facts.python);
            } else if field.is("Provides-Extra") {
                extras.push(value.parse::<ExtraName>().map_err(|_| bad("Provides-Extra", value))?);
            } else if field.is("Requires-Dist") {
                requires.push(value.to_owned());
            }
        }
        if !is_named || !has_version {
            return Err(WheelError::Missing("METADATA"));
        }
        for text in requires {
            let needed = requirement(&text).ok_or_else(|| bad("Requires-Dist", &text))?;
            let extra = extras.iter().find(|extra| {
                let marker = &needed.marker;
                marker.evaluate_extras(std::slice::from_ref(extra)) && !marker.evaluate_extras(&[])
            });
            let always = needed.marker.is_true();
            let specifiers = match needed.version_or_url {
                None => VersionSpecifiers::empty(),
                Some(VersionOrUrl::VersionSpecifier(specifiers)) => specifiers,
                Some(VersionOrUrl::Url(_)) => continue,
            };
            let spelled = split(&text).0.to_owned();
            let name = PackageName::of_distribution(&spelled).map_err(|_| bad("Requires-Dist", &text))?;
            let extra = extra.map(ToString::to_string);
            facts.requires.push(Requires { name, spelled, specifiers, extra, always });
        }
        Ok(facts)
    }

    /// What an extra requires, one requirement each.
    pub(super) fn extra(&self, extra: &str) -> Vec<String> {
        let of_extra = self.requires.iter().filter(|needed| needed.extra.as_deref() == Some(extra));
        of_extra.map(|needed| format!("{}{}", needed.spelled, canonical(&needed.specifiers))).collect()
    }

    /// What it requires everywhere of distributions that are not OpenTelemetry's, one requirement each.
    pub(super) fn foreign(&self) -> impl Iterator<Item = String> {
        let foreign = self.requires.iter().filter(|needed| {
            needed.always && !needed.specifiers.is_empty() && !needed.name.as_str().starts_with(FAMILY)
        });
        foreign.map(|needed| format!("{}{}", needed.name, canonical(&needed.specifiers)))
    }

    /// The versions of a distribution that it requires, in whichever extra.
    pub(super) fn specifiers(&self, name: &str) -> Option<&VersionSpecifiers> {
        self.requires.iter().find(|needed| needed.name.as_str() == name).map(|needed| &needed.specifiers)
    }

    /// The version of a distribution that it requires, if only one will do.
    pub(super) fn exactly(&self, name: &str) -> Option<String> {
        let of_name = self.requires.iter().filter(|needed| needed.name.as_str() == name);
        let mut exact = of_name.filter_map(|needed| match &needed.specifiers[..] {
            [one] if is_exact(one) => Some(one.version().to_string()),
            _ => None,
        });
        exact.next()
    }
}

/// A field that cannot be understood.
fn bad(name: &'static str, value: &str) -> WheelError {
    WheelError::Field { name, value: value.to_owned() }
}

/// A wheel, opened.
pub(super) struct Archive<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Archive<'a> {
    /// Opens the bytes of a wheel.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, WheelError> {
        Ok(Self(ZipArchive::new(Cursor::new(bytes))?))
    }

    /// What it says about itself.
    pub(super) fn facts(&mut self, name: &PackageName, version: &Version) -> Result<Facts, WheelError> {
        let metadata = self.info("METADATA")?.ok_or(WheelError::Missing("METADATA"))?;
        let entry_points = self.info("entry_points.txt")?.unwrap_or_default();
        let mut facts = Facts::of_metadata(&metadata, name, version)?;
        facts.entry_points = entry_points_of(&String::from_utf8_lossy(&entry_points));
        Ok(facts)
    }

    /// A file of it, if it is there.
    pub(super) fn file(&mut self, path: &str, shown: &'static str) -> Result<Option<Vec<u8>>, WheelError> {
        let file = match self.0.by_name(path) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        let read = file.take(LARGEST_ENTRY + 1).read_to_end(&mut bytes);
        let failed = |source| WheelError::Entry { name: shown, source };
        read.map_err(failed)?;
        if bytes.len() as u64 > LARGEST_ENTRY {
            return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
        }
        Ok(Some(bytes))
    }

    /// A file of its metadata folder, if it is there.
    fn info(&mut self, name: &'static str) -> Result<Option<Vec<u8>>, WheelError> {
        let is_it = |path: &String| {
            path.split_once('/').is_some_and(|(folder, rest)| folder.ends_with(".dist-info") && rest == name)
        };
        let mut names = self.0.file_names().flatten().map(std::borrow::Cow::into_owned);
        let path = names.find(is_it);
        drop(names);
        path.map_or(Ok(None), |path| self.file(&path, name))
    }
}

/// The names in the group of a file of entry points, sorted. What could be no name is left out.
fn entry_points_of(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_ours = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            is_ours = section.trim_end_matches(']').trim() == GROUP;
        } else if let Some((name, _)) = line.split_once('=').filter(|_| is_ours) {
            let name = name.trim();
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            if !name.is_empty() && name.bytes().all(is_plain) {
                names.push(name.to_owned());
            }
        }
    }
    names.sort_unstable();
    names
}
