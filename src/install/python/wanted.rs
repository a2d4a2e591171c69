//! What is to be there, as types: nothing else ever becomes an argument of an installer.

use std::fmt;

use pep440_rs::Version;
use thiserror::Error;

use crate::{
    ecosystem::python::inventory::{DistributionVersion, Inventory},
    package::PackageName,
    resolution::Requirement,
};

/// A distribution at a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin {
    /// Its name, normalised.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
}

/// A distribution that is to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name, normalised.
    pub name: PackageName,
    /// Which versions will do.
    pub bound: Bound,
}

/// Which versions will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Any.
    Any,
    /// This one or a later one.
    AtLeast(Version),
    /// This one.
    Exactly(Version),
}

/// The version of a requirement is none.
#[derive(Debug, Error)]
#[error("`{}` is not a version of `{name}`", version.escape_debug())]
pub struct InvalidVersion {
    /// The distribution.
    pub name: PackageName,
    /// The text.
    pub version: String,
    /// Why not.
    pub source: pep440_rs::VersionParseError,
}

impl Wanted {
    /// What a requirement of a resolution asks for.
    pub(super) fn of(requirement: &Requirement) -> Result<Self, InvalidVersion> {
        let name = requirement.name.clone();
        let Some(pin) = &requirement.version else { return Ok(Self { name, bound: Bound::Any }) };
        match pin.version.parse() {
            Ok(version) if pin.exact => Ok(Self { name, bound: Bound::Exactly(version) }),
            Ok(version) => Ok(Self { name, bound: Bound::AtLeast(version) }),
            Err(source) => Err(InvalidVersion { name, version: pin.version.clone(), source }),
        }
    }

    /// Whether an environment has it.
    pub(super) fn is_met(&self, inventory: &Inventory) -> bool {
        let Some(found) = inventory.get(self.name.as_str()) else { return false };
        match &found.version {
            DistributionVersion::Valid(version) => self.accepts(version),
            DistributionVersion::Invalid | DistributionVersion::Missing => self.bound == Bound::Any,
        }
    }

    /// Whether a version will do.
    pub(super) fn accepts(&self, version: &Version) -> bool {
        match &self.bound {
            Bound::Any => true,
            Bound::AtLeast(least) => version >= least,
            Bound::Exactly(exact) => version == exact,
        }
    }

    /// What follows the name in a requirement.
    pub(super) fn specifier(&self) -> String {
        match &self.bound {
            Bound::Any => String::new(),
            Bound::AtLeast(version) => format!(">={version}"),
            Bound::Exactly(version) => format!("=={version}"),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.specifier())
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=={}", self.name, self.version)
    }
}
