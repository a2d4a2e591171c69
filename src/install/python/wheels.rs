//! The wheels that an installer found, with their hashes, read from its own words.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::{
    Pin,
    preview::{Metadata, pin},
};

/// A distribution at a version, and the wheels of it that would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The distribution.
    pub pin: Pin,
    /// The wheels, sorted; never empty.
    pub wheels: Vec<Wheel>,
}

/// A wheel in an index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wheel {
    /// The name of its file.
    pub file: String,
    /// Its hash, in hexadecimal digits.
    pub sha256: String,
}

impl Locked {
    /// The requirement with its hashes, as pip and uv read it.
    #[must_use]
    pub fn lines(&self) -> String {
        self.lines_for("")
    }

    /// The same under a condition, which is empty or begins with ` ;`.
    #[must_use]
    pub fn lines_for(&self, marker: &str) -> String {
        let mut text = format!("{}{marker}", self.pin);
        for wheel in &self.wheels {
            let _ = write!(text, " \\\n    --hash=sha256:{}", wheel.sha256);
        }
        text.push('\n');
        text
    }
}

/// What uv writes with `--format pylock.toml` (PEP 751).
#[derive(Deserialize)]
struct Pylock {
    #[serde(default)]
    packages: Vec<LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    name: String,
    version: Option<String>,
    #[serde(default)]
    wheels: Vec<LockedWheel>,
}

#[derive(Deserialize)]
struct LockedWheel {
    name: Option<String>,
    url: Option<String>,
    path: Option<String>,
    hashes: Hashes,
}

#[derive(Deserialize)]
struct Hashes {
    sha256: Option<String>,
}

/// Reads what uv wrote; `None` if a package has no wheel with a hash, or something is not what it should be.
pub(super) fn of_pylock(text: &str) -> Option<Vec<Locked>> {
    let lock: Pylock = toml::from_str(text).ok()?;
    let packages = lock.packages.into_iter().map(|package| {
        let wheels = package.wheels.into_iter().map(|wheel| {
            let address = wheel.name.or(wheel.url).or(wheel.path)?;
            Some(Wheel { file: file_of(&address)?, sha256: digits(wheel.hashes.sha256?)? })
        });
        locked(pin(&package.name, &package.version?), wheels.collect::<Option<_>>()?)
    });
    sorted(packages.collect::<Option<_>>()?)
}

/// What pip writes with `--report`. Source: pip's documentation, "Installation Report".
#[derive(Deserialize)]
struct Report {
    install: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    metadata: Metadata,
    download_info: Download,
}

#[derive(Deserialize)]
struct Download {
    url: String,
    archive_info: Option<Archive>,
}

#[derive(Deserialize)]
struct Archive {
    hashes: Option<Hashes>,
}

/// Reads what pip wrote; `None` if it is no such report.
pub(super) fn of_report(json: &str) -> Option<Vec<Locked>> {
    let report: Report = serde_json::from_str(json).ok()?;
    let packages = report.install.into_iter().map(|item| {
        let sha256 = digits(item.download_info.archive_info?.hashes?.sha256?)?;
        let wheel = Wheel { file: file_of(&item.download_info.url)?, sha256 };
        locked(item.metadata.pin(), vec![wheel])
    });
    sorted(packages.collect::<Option<_>>()?)
}

fn locked(pin: Option<Pin>, mut wheels: Vec<Wheel>) -> Option<Locked> {
    let pin = pin?;
    wheels.sort();
    wheels.dedup();
    (!wheels.is_empty()).then_some(Locked { pin, wheels })
}

#[expect(clippy::unnecessary_wraps, reason = "the last step of a chain of options")]
fn sorted(mut packages: Vec<Locked>) -> Option<Vec<Locked>> {
    packages.sort_by(|a, b| a.pin.cmp(&b.pin));
    Some(packages)
}

/// The name of the file that an address or a path ends with, if it is a wheel's.
fn file_of(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next()?;
    let name = percent_decode_str(path.rsplit(['/', '\\']).next()?).decode_utf8().ok()?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || "._-+!".contains(c);
    (name.ends_with(".whl") && name.chars().all(is_word)).then(|| name.into_owned())
}

/// The digits of a SHA-256.
fn digits(text: String) -> Option<String> {
    let is_hash = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "89f23aa53c24553a2416fd4fd1ec0de45d80d02ee2d1a3d4bb6ffb77cd0b64a0";

    fn show(locked: Option<Vec<Locked>>) -> Option<String> {
        locked.map(|locked| locked.iter().map(Locked::lines).collect())
    }

    #[test]
    fn what_uv_writes_is_read() {
        let text = format!(
            r#"lock-version = "1.0"
[[packages]]
name = "wrapt"
version = "2.5.2"
index = "x"
wheels = [{{ url = "https://host/a/wrapt-2.5.2%2Bx-py3-none-any.whl#f", size = 1, hashes = {{ sha256 = "{HASH}" }} }}]
[[packages]]
name = "Foo.Bar"
version = "1"
wheels = [{{ path = "../foo_bar-1-py3-none-any.whl", hashes = {{ sha256 = "{HASH}" }} }}]
"#
        );
        let expected =
            format!("foo-bar==1 \\\n    --hash=sha256:{HASH}\nwrapt==2.5.2 \\\n    --hash=sha256:{HASH}\n");
        assert_eq!(show(of_pylock(&text)), Some(expected));
        assert_eq!(
            of_pylock(&text).map(|l| l[1].wheels[0].file.clone()).as_deref(),
            Some("wrapt-2.5.2+x-py3-none-any.whl")
        );
        for (from, to) in [(HASH, "89f2"), (".whl", ".zip"), ("version = \"1\"", ""), ("[{ path", "[] # ")] {
            assert_eq!(of_pylock(&text.replace(from, to)), None, "{to}");
        }
    }

    #[test]
    fn what_pip_reports_is_read() {
        let report = format!(
            r#"{{"install": [{{"metadata": {{"name": "wrapt", "version": "1.16.0"}}, "download_info":
            {{"url": "https://host/wrapt-1.16.0-py3-none-any.whl", "archive_info": {{"hash": "x", "hashes": {{"sha256": "{HASH}"}}}}}}}}]}}"#
        );
        assert_eq!(show(of_report(&report)), Some(format!("wrapt==1.16.0 \\\n    --hash=sha256:{HASH}\n")));
        assert_eq!(of_report(&report.replace("archive_info", "dir_info")), None);
        assert_eq!(of_report("{}"), None);
    }
}
