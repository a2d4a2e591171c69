//! The release data as a file: found by line, parsed by need.
//!
//! The first line tells the schema and the date of the data. The lines of the releases follow, newest first,
//! then those of the instrumentations.

use std::{borrow::Cow, ops::Range, sync::OnceLock, time::SystemTime};

use memchr::memchr_iter;
use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use super::{
    line::{HeadLine, InstrumentationLine, RELEASE, ReleaseLine, requirements},
    release::{Head, Release},
    requirement::split,
};
use crate::package::PackageName;

/// The version of the format that this program reads and writes.
const SCHEMA: u32 = 1;

/// The first line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// The version of the format.
    schema: u32,
    /// When the data was fetched, in UTC (`2026-11-20T08:00:00Z`).
    date: String,
    /// The length of all that follows, in bytes: a truncated file is not used.
    bytes: usize,
}

/// Release data whose lines are parsed when they are asked for.
#[derive(Debug)]
pub(in crate::registry) struct PythonFile {
    /// The whole file.
    text: Cow<'static, str>,
    /// When the data was fetched.
    date: SystemTime,
    /// Where the lines of the releases stand.
    releases: Vec<Range<usize>>,
    /// Where the lines of the instrumentations stand.
    instrumentations: Vec<Range<usize>>,
    /// What identifies the releases, in the order of the lines.
    heads: OnceLock<Vec<Head>>,
    /// The libraries of all instrumentations, sorted.
    libraries: OnceLock<Vec<PackageName>>,
}

impl PythonFile {
    /// Opens a file; `None` if it is not one that this program can read in full.
    pub(in crate::registry) fn open(text: Cow<'static, str>) -> Option<Self> {
        let (first, rest) = text.split_once('\n')?;
        let header = serde_json::from_str::<Header>(first).ok()?;
        let date = humantime::parse_rfc3339(&header.date).ok()?;
        if header.schema != SCHEMA || header.bytes != rest.len() {
            return None;
        }
        let mut start = first.len() + 1;
        let (mut releases, mut instrumentations) = (Vec::new(), Vec::new());
        for end in memchr_iter(b'\n', rest.as_bytes()).map(|end| end + first.len() + 1) {
            if text[start..end].starts_with(RELEASE) {
                releases.push(start..end);
            } else {
                instrumentations.push(start..end);
            }
            start = end + 1;
        }
        Some(Self {
            text,
            date,
            releases,
            instrumentations,
            heads: OnceLock::new(),
            libraries: OnceLock::new(),
        })
    }

    /// Writes the text of a file from the lines of the releases, newest first, and of the instrumentations.
    pub(in crate::registry) fn write(
        releases: &[ReleaseLine],
        instrumentations: &[InstrumentationLine],
        date: SystemTime,
    ) -> Result<String, serde_json::Error> {
        let mut body = String::new();
        for line in releases.iter().map(serde_json::to_string) {
            body.extend([line?.as_str(), "\n"]);
        }
        for line in instrumentations.iter().map(serde_json::to_string) {
            body.extend([line?.as_str(), "\n"]);
        }
        let date = humantime::format_rfc3339_seconds(date).to_string();
        let header = Header { schema: SCHEMA, date, bytes: body.len() };
        Ok(format!("{}\n{body}", serde_json::to_string(&header)?))
    }

    /// When the data was fetched.
    pub(in crate::registry) fn date(&self) -> SystemTime {
        self.date
    }

    /// What identifies the releases, newest first.
    pub(in crate::registry) fn heads(&self) -> &[Head] {
        self.heads.get_or_init(|| {
            let parse = |range: &Range<usize>| {
                serde_json::from_str::<HeadLine>(&self.text[range.clone()]).ok()?.head()
            };
            self.releases.iter().map_while(parse).collect()
        })
    }

    /// The libraries of all instrumentations of all releases, sorted.
    pub(in crate::registry) fn libraries(&self) -> &[PackageName] {
        self.libraries.get_or_init(|| {
            let lines = self.instrumentations.iter().map(|range| &self.text[range.clone()]);
            let mut names: Vec<PackageName> = lines
                .flat_map(requirements)
                .filter_map(|text| PackageName::of_distribution(split(text).0).ok())
                .collect();
            names.sort_unstable();
            names.dedup();
            names
        })
    }

    /// How many releases there are.
    pub(in crate::registry) fn len(&self) -> usize {
        self.releases.len()
    }

    /// The place of a release among the heads, found by the text of its version, which is written in the normal form.
    pub(in crate::registry) fn position(&self, version: &Version) -> Option<usize> {
        let version = version.to_string();
        let is_it = |range: &Range<usize>| {
            let text = self.text[range.clone()].strip_prefix(RELEASE)?.strip_prefix(&version)?;
            text.strip_prefix('"')
        };
        self.releases.iter().position(|range| is_it(range).is_some())
    }

    /// A release, by its place among the heads.
    pub(in crate::registry) fn release(&self, number: usize) -> Option<Release> {
        self.line(number)?.release(|number| self.instrumentation(number))
    }

    /// The line of a release.
    pub(in crate::registry) fn line(&self, number: usize) -> Option<ReleaseLine> {
        serde_json::from_str(&self.text[self.releases.get(number)?.clone()]).ok()
    }

    /// The line of an instrumentation.
    pub(in crate::registry) fn instrumentation(&self, number: usize) -> Option<InstrumentationLine> {
        serde_json::from_str(&self.text[self.instrumentations.get(number)?.clone()]).ok()
    }

    /// Whether any release has an instrumentation of that name.
    pub(in crate::registry) fn has_instrumentation(&self, name: &str) -> bool {
        (0..self.instrumentations.len())
            .any(|n| self.instrumentation(n).is_some_and(|line| line.name == name))
    }

    #[cfg(test)]
    /// How many releases and instrumentations there are.
    pub(in crate::registry) fn counts(&self) -> (usize, usize) {
        (self.releases.len(), self.instrumentations.len())
    }
}
