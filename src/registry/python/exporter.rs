//! What an application needs to export at all.

use crate::package::PackageName;

/// A distribution that an exporter needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// The distribution.
    pub name: PackageName,
    /// Its requirement, as a line.
    pub line: String,
    /// Whether it was published with the release.
    pub installable: bool,
}
