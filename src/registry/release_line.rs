//! The release data of one crate as one line of JSON, in which nothing that many releases say is written
//! or read more than once.
//!
//! Releases refer to the tables of the line by index. The tables are in the order of first mention, so that
//! a refresh adds to their ends.

use std::sync::Arc;

use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::releases::{CrateReleases, Dependency, Feature, Features, ReleaseGroup};

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// The crate; lines begin with it.
    name: String,
    /// All dependencies of all releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Arc<Dependency>>,
    /// All features of all releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    features: Vec<Arc<Feature>>,
    /// The releases, oldest first.
    releases: Vec<Group>,
}

/// Consecutive releases that differ in nothing but their version.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    /// The versions, ascending.
    versions: Vec<Version>,
    /// Those of the versions that were yanked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    yanked: Vec<Version>,
    /// The declared `rust-version`, completed to three parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rust_version: Option<Version>,
    /// Indices of the dependencies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<usize>,
    /// Indices of the features.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    features: Vec<usize>,
}

/// Why a line is not release data.
#[derive(Debug, Error)]
pub(super) enum LineError {
    /// It is not JSON of the right shape.
    #[error("not release data")]
    Json(#[from] serde_json::Error),
    /// A release refers to something that the line does not hold.
    #[error("a release refers to entry {0} of a shorter table")]
    Index(usize),
}

/// Reads a line.
pub(super) fn read(text: &str) -> Result<CrateReleases, LineError> {
    let line: Line = serde_json::from_str(text)?;
    let mut releases = Vec::with_capacity(line.releases.len());
    for group in line.releases {
        releases.push(ReleaseGroup {
            versions: group.versions,
            yanked: group.yanked,
            rust_version: group.rust_version,
            dependencies: take(&line.dependencies, &group.dependencies)?,
            features: Features::new(take(&line.features, &group.features)?),
        });
    }
    Ok(CrateReleases { name: line.name, releases })
}

/// Writes a line, without the line break.
pub(super) fn write(releases: &CrateReleases) -> Result<String, serde_json::Error> {
    let (mut dependencies, mut features) = (Vec::new(), Vec::new());
    let group = |group: &ReleaseGroup| Group {
        versions: group.versions.clone(),
        yanked: group.yanked.clone(),
        rust_version: group.rust_version.clone(),
        dependencies: group
            .dependencies
            .iter()
            .map(|dependency| put(&mut dependencies, dependency))
            .collect(),
        features: group.features.iter().map(|feature| put(&mut features, feature)).collect(),
    };
    let groups = releases.releases.iter().map(group).collect();
    serde_json::to_string(&Line { name: releases.name.clone(), dependencies, features, releases: groups })
}

/// The entries of a table with these indices.
fn take<T>(table: &[Arc<T>], indices: &[usize]) -> Result<Vec<Arc<T>>, LineError> {
    indices.iter().map(|index| table.get(*index).cloned().ok_or(LineError::Index(*index))).collect()
}

/// The index of an entry, which is added to the table if it is not there.
fn put<T: PartialEq>(table: &mut Vec<Arc<T>>, entry: &Arc<T>) -> usize {
    table.iter().position(|known| known == entry).unwrap_or_else(|| {
        table.push(Arc::clone(entry));
        table.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_releases_share_is_written_once() {
        let groups = r#"[
            {"versions":["0.1.0"],"dependencies":[{"package":"log","req":"^0.4"}],"features":{"a":["b"],"b":[]}},
            {"versions":["0.2.0"],"yanked":["0.2.0"],"rust_version":"1.60.0",
             "dependencies":[{"package":"http","req":"^1"},{"package":"log","req":"^0.4"}],"features":{"a":[],"b":[]}}]"#;
        let releases = serde_json::from_str(groups).expect("the literal is valid");
        let releases = CrateReleases { name: "x".to_owned(), releases };
        let line = write(&releases).expect("plain data");
        insta::assert_snapshot!(line, @r#"{"name":"x","dependencies":[{"package":"log","req":"^0.4"},{"package":"http","req":"^1"}],"features":[["a",["b"]],["b",[]],["a",[]]],"releases":[{"versions":["0.1.0"],"dependencies":[0],"features":[0,1]},{"versions":["0.2.0"],"yanked":["0.2.0"],"rust_version":"1.60.0","dependencies":[1,0],"features":[2,1]}]}"#);
        let back = read(&line).expect("just written");
        assert_eq!(back, releases);
        assert!(Arc::ptr_eq(&back.releases[0].dependencies[0], &back.releases[1].dependencies[1]));
    }

    #[test]
    fn a_line_that_refers_to_nothing_is_refused() {
        let error = |text: &str| read(text).expect_err("not release data").to_string();
        assert_eq!(error("{}"), "not release data");
        let line = r#"{"name":"x","releases":[{"versions":["1.0.0"],"features":[7]}]}"#;
        assert_eq!(error(line), "a release refers to entry 7 of a shorter table");
    }
}
