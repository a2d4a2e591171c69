//! Release sets: the minor versions of the OpenTelemetry API, each with all crates that go with it.

use std::{fmt, str::FromStr};

use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The crates that are the API: `opentelemetry_api` was its name behind the façade from 0.18 to 0.20.
pub const API_CRATES: [&str; 2] = ["opentelemetry", "opentelemetry_api"];

/// A minor version of the OpenTelemetry API, and all crates that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "&str")]
pub struct ReleaseSet {
    /// The major version.
    pub major: u64,
    /// The minor version.
    pub minor: u64,
}

impl ReleaseSet {
    /// The set that this version of the API crate defines.
    #[must_use]
    pub fn of(version: &Version) -> Self {
        // From 1.0 on a major version is a set, as semver promises compatibility within it.
        Self { major: version.major, minor: if version.major == 0 { version.minor } else { 0 } }
    }

    /// The set as a version, for ranges over sets.
    #[must_use]
    pub fn as_version(self) -> Version {
        Version::new(self.major, self.minor, 0)
    }
}

impl fmt::Display for ReleaseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that is no `X.Y`.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{}` is not a version of the form `0.33`", .0.escape_debug())]
pub struct InvalidSet(pub String);

impl FromStr for ReleaseSet {
    type Err = InvalidSet;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidSet(text.to_owned());
        let mut parts = text.splitn(3, '.').map(str::parse::<u64>);
        let major = parts.next().ok_or_else(invalid)?.map_err(|_| invalid())?;
        let minor = parts.next().ok_or_else(invalid)?.map_err(|_| invalid())?;
        match parts.next() {
            Some(Err(_)) => Err(invalid()),
            Some(Ok(_)) | None => Ok(Self { major, minor }),
        }
    }
}

impl TryFrom<&str> for ReleaseSet {
    type Error = InvalidSet;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ReleaseSet> for String {
    fn from(set: ReleaseSet) -> Self {
        set.to_string()
    }
}
