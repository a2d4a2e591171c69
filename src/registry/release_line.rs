//! The release data of one crate as one line of JSON, in which nothing that many releases say is written
//! or read more than once.
//!
//! Releases refer to the tables of the line by index. The tables are in the order of first mention, so that
//! a refresh adds to their ends. Their entries are words in a row, which is a fifth of the work that objects
//! would be for every start of the program.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    release_entry::{GroupEntry, read_dependency, read_feature, write_dependency, write_feature},
    releases::{CrateReleases, Features, Name, ReleaseGroup},
};

/// A line, with its texts as `&str` when it is read and as `String` when it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<T> {
    /// The crate; lines begin with it.
    name: T,
    /// All dependencies of all releases.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<T>,
    /// All features of all releases.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    features: Vec<T>,
    /// The releases, oldest first.
    releases: Vec<T>,
}

/// Why a line is not release data.
#[derive(Debug, Error)]
pub(super) enum LineError {
    /// It is not JSON of the right shape.
    #[error("not release data")]
    Json(#[from] serde_json::Error),
    /// An entry cannot be understood.
    #[error("`{}` is not an entry of release data", .0.escape_debug())]
    Entry(String),
    /// A release refers to something that the line does not hold.
    #[error("a release refers to entry {0} of a shorter table")]
    Index(usize),
}

/// Reads a line, whose names are made by `name`.
pub(super) fn read<'t>(text: &'t str, name: fn(&'t str) -> Name) -> Result<CrateReleases, LineError> {
    let invalid = |text: &str| LineError::Entry(text.to_owned());
    let line: Line<&str> = serde_json::from_str(text)?;
    let mut dependencies = Vec::with_capacity(line.dependencies.len());
    for text in line.dependencies {
        dependencies.push(Arc::new(read_dependency(text, name).ok_or_else(|| invalid(text))?));
    }
    let features =
        line.features.into_iter().map(|text| Arc::new(read_feature(text, name))).collect::<Vec<_>>();
    let mut releases = Vec::with_capacity(line.releases.len());
    for text in line.releases {
        let entry = GroupEntry::read(text).ok_or_else(|| invalid(text))?;
        releases.push(ReleaseGroup {
            versions: entry.versions,
            yanked: entry.yanked,
            rust_version: entry.rust_version,
            dependencies: take(&dependencies, &entry.dependencies)?,
            features: Features::new(take(&features, &entry.features)?),
        });
    }
    Ok(CrateReleases { name: line.name.to_owned(), releases })
}

/// Writes a line, without the line break.
pub(super) fn write(releases: &CrateReleases) -> Result<String, serde_json::Error> {
    let (mut dependencies, mut features) = (Vec::new(), Vec::new());
    let group = |group: &ReleaseGroup| {
        let needs = group.dependencies.iter().map(|needed| put(&mut dependencies, write_dependency(needed)));
        let has = group.features.iter().map(|feature| put(&mut features, write_feature(feature)));
        let entry = GroupEntry {
            versions: group.versions.clone(),
            yanked: group.yanked.clone(),
            rust_version: group.rust_version.clone(),
            dependencies: needs.collect(),
            features: has.collect(),
        };
        entry.write()
    };
    let groups = releases.releases.iter().map(group).collect();
    serde_json::to_string(&Line { name: releases.name.clone(), dependencies, features, releases: groups })
}

/// The entries of a table with these indices.
fn take<T>(table: &[Arc<T>], indices: &[usize]) -> Result<Vec<Arc<T>>, LineError> {
    let mut entries = Vec::with_capacity(indices.len());
    for index in indices {
        entries.push(Arc::clone(table.get(*index).ok_or(LineError::Index(*index))?));
    }
    Ok(entries)
}

/// The index of an entry, which is added to the table if it is not there.
fn put(table: &mut Vec<String>, entry: String) -> usize {
    table.iter().position(|known| *known == entry).unwrap_or_else(|| {
        table.push(entry);
        table.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn what_releases_share_is_there_once() {
        let line = r#"{"name":"x","dependencies":["log ^0.4","http ^1"],"features":["a b","b","a"],"releases":["0.1.0 needs=0 has=0,1","0.2.0! rust=1.60.0 needs=1,0 has=2,1"]}"#;
        let releases = read(line, Cow::Borrowed).expect("release data");
        let (old, new) = (&releases.releases[0], &releases.releases[1]);
        assert!(Arc::ptr_eq(&old.dependencies[0], &new.dependencies[1]));
        assert_eq!((old.yanked.len(), new.yanked.len()), (0, 1));
        assert_eq!(new.rust_version, Some(semver::Version::new(1, 60, 0)));
        assert_eq!(old.features.get("a").map(<[_]>::len), Some(1));
        assert_eq!(new.features.get("a").map(<[_]>::len), Some(0));
        assert_eq!(write(&releases).expect("plain data"), line);
    }

    #[test]
    fn a_line_that_refers_to_nothing_is_refused() {
        let error = |text| read(text, Cow::Borrowed).expect_err("not release data").to_string();
        assert_eq!(error("{}"), "not release data");
        let line = r#"{"name":"x","releases":["1.0.0 has=7"]}"#;
        assert_eq!(error(line), "a release refers to entry 7 of a shorter table");
        let line = r#"{"name":"x","dependencies":["log"],"releases":[]}"#;
        assert_eq!(error(line), "`log` is not an entry of release data");
    }
}
