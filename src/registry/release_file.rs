//! The release data as a file: found by line, parsed by need.
//!
//! It is text, so that a start of the program parses only the few crates it needs and a refresh shows
//! crate by crate in a diff.
//!
//! The first line tells the schema and the date of the data, every other line is a crate, sorted by
//! name and beginning with it.

use std::{borrow::Cow, ops::Range, sync::OnceLock, time::SystemTime};

use memchr::memchr_iter;
use serde::{Deserialize, Serialize};

use super::{release_line, releases::CrateReleases};

/// The version of the format that this program reads and writes.
const SCHEMA: u32 = 2;

/// What stands before the name at the start of a line.
const BEFORE_NAME: &str = "{\"name\":\"";

/// The first line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// The version of the format.
    schema: u32,
    /// When the data was fetched, in UTC (`2026-11-20T08:00:00Z`).
    date: String,
    /// The length of all that follows, in bytes: a truncated file is not used.
    bytes: usize,
}

/// Release data whose lines are parsed when they are asked for.
#[derive(Debug)]
pub(super) struct ReleaseFile {
    /// The whole file.
    text: Cow<'static, str>,
    /// Where its first line ends.
    body: usize,
    /// When the data was fetched.
    date: SystemTime,
    /// The lines, found when the first crate is asked for.
    lines: OnceLock<Vec<Line>>,
}

/// The line of one crate.
#[derive(Debug)]
struct Line {
    /// Where the name of the crate stands in the text.
    name: Range<usize>,
    /// Where the line stands there.
    range: Range<usize>,
    /// What it says; `None` if that is not release data.
    releases: OnceLock<Option<CrateReleases>>,
}

impl ReleaseFile {
    /// Opens a file; `None` if it is not one that this program can read in full.
    pub(super) fn open(text: Cow<'static, str>) -> Option<Self> {
        let (first, rest) = text.split_once('\n')?;
        let header = serde_json::from_str::<Header>(first).ok()?;
        let date = humantime::parse_rfc3339(&header.date).ok()?;
        let is_whole = header.schema == SCHEMA && header.bytes == rest.len();
        let body = first.len() + 1;
        is_whole.then_some(Self { text, body, date, lines: OnceLock::new() })
    }

    /// Writes the text of a file; the crates must be sorted by name.
    pub(super) fn write(crates: &[CrateReleases], date: SystemTime) -> Result<String, serde_json::Error> {
        let mut body = String::new();
        for releases in crates {
            body.push_str(&release_line::write(releases)?);
            body.push('\n');
        }
        let date = humantime::format_rfc3339_seconds(date).to_string();
        let header = Header { schema: SCHEMA, date, bytes: body.len() };
        Ok(format!("{}\n{body}", serde_json::to_string(&header)?))
    }

    /// When the data was fetched.
    pub(super) fn date(&self) -> SystemTime {
        self.date
    }

    #[cfg(test)]
    /// The names of the crates, in the order of the file.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.lines().iter().map(|line| &self.text[line.name.clone()])
    }

    /// What the file says about a crate.
    pub(super) fn get(&self, name: &str) -> Option<&CrateReleases> {
        let index = self.lines().binary_search_by(|line| self.text[line.name.clone()].cmp(name)).ok()?;
        let line = &self.lines()[index];
        let parse = || {
            let range = line.range.clone();
            let read = match &self.text {
                Cow::Borrowed(text) => release_line::read(&text[range], Cow::Borrowed),
                Cow::Owned(text) => release_line::read(&text[range], |name| Cow::Owned(name.to_owned())),
            };
            read.ok()
        };
        line.releases.get_or_init(parse).as_ref()
    }

    /// All lines.
    fn lines(&self) -> &[Line] {
        self.lines.get_or_init(|| {
            let mut start = self.body;
            let ends = memchr_iter(b'\n', &self.text.as_bytes()[self.body..]).map(|end| end + self.body);
            let line = |end| {
                let range = start..end;
                start = end + 1;
                let first = range.start + BEFORE_NAME.len();
                let name = first..first + name(&self.text[range.clone()]).len();
                Line { name: if name.is_empty() { 0..0 } else { name }, range, releases: OnceLock::new() }
            };
            ends.map(line).collect()
        })
    }
}

/// The name that a line begins with.
fn name(line: &str) -> &str {
    let rest = line.strip_prefix(BEFORE_NAME);
    rest.and_then(|rest| rest.split_once('"')).map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn named(name: &str) -> CrateReleases {
        CrateReleases { name: name.to_owned(), releases: Vec::new() }
    }

    fn text() -> String {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        ReleaseFile::write(&[named("a"), named("b-c"), named("b_d")], date).expect("plain data")
    }

    #[test]
    fn what_is_written_is_found_again() {
        insta::assert_snapshot!(text(), @r#"
        {"schema":2,"date":"2023-11-14T22:13:20Z","bytes":85}
        {"name":"a","releases":[]}
        {"name":"b-c","releases":[]}
        {"name":"b_d","releases":[]}
        "#);
        let file = ReleaseFile::open(Cow::Owned(text())).expect("just written");
        assert_eq!(file.names().collect::<Vec<_>>(), ["a", "b-c", "b_d"]);
        for name in ["a", "b-c", "b_d"] {
            assert_eq!(file.get(name), Some(&named(name)));
        }
        assert_eq!(file.get("b"), None);
        assert_eq!(file.date(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    }

    #[test]
    fn a_file_that_is_not_whole_is_not_used() {
        let text = text();
        for broken in [&text[..text.len() - 1], "", "\n", &text.replace("\"schema\":2", "\"schema\":1")] {
            assert!(ReleaseFile::open(Cow::Owned(broken.to_owned())).is_none(), "{broken}");
        }
    }

    #[test]
    fn a_line_that_is_not_release_data_is_no_answer() {
        let text = text().replace("\"b-c\",\"releases\"", "\"b-c\",\"relaeses\"");
        let file = ReleaseFile::open(Cow::Owned(text)).expect("the header is valid");
        assert_eq!(file.get("b-c"), None);
        assert_eq!(file.get("b_d"), Some(&named("b_d")));
    }
}
