//! What a package index says about a project: its wheels.
//!
//! Sources: PEP 503 and PEP 691 (the two forms of the answer), PEP 592 (yanked files), PEP 658 and PEP 714 (metadata
//! beside the wheel), and PEP 427 (names of wheels). Mirrors often speak only one of the forms.

use std::collections::BTreeMap;

use pep440_rs::{Version, VersionSpecifiers};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::html;
use crate::package::PackageName;

/// The forms of an answer that are understood, best first.
pub(super) const ACCEPTED: &str = "application/vnd.pypi.simple.v1+json, \
                                   application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// The version of the protocol that is understood; other minor versions only add to it.
pub(super) const PROTOCOL: &str = "1";

/// A SHA-256.
pub type Sha256 = [u8; 32];

/// Why an answer is no list of wheels.
#[derive(Debug, Error)]
pub enum PageError {
    /// It is something else than HTML or JSON.
    #[error("it is of the type `{}`", .0.escape_debug())]
    Kind(String),
    /// It is not the JSON of a list of files.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// It is for another version of the protocol.
    #[error("it is for version `{}` of the protocol", .0.escape_debug())]
    Protocol(String),
    /// It is about another project.
    #[error("it is about `{}`", .0.escape_debug())]
    OtherProject(String),
}

/// The wheels of a project, by version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The wheels; of several for one version the one that runs on every platform.
    wheels: BTreeMap<Version, Wheel>,
}

/// A wheel that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wheel {
    /// Where it lies.
    pub url: Url,
    /// Its hash, if the index tells.
    pub sha256: Option<Sha256>,
    /// The hash of the metadata beside it, if there is any and the index tells its hash.
    pub metadata: Option<Option<Sha256>>,
    /// Whether it was yanked.
    pub yanked: bool,
    /// Whether it runs on every platform.
    any: bool,
}

/// A file as the index describes it.
#[derive(Debug, Default)]
pub(super) struct File {
    /// Its name.
    pub(super) name: String,
    /// Its address, as it is written.
    pub(super) href: String,
    /// Its hash in hexadecimal digits.
    pub(super) sha256: Option<String>,
    /// What is said about the metadata beside it: `true`, `false`, or a hash after `sha256=`.
    pub(super) metadata: Option<String>,
    /// Whether it was yanked.
    pub(super) yanked: bool,
}

impl Page {
    /// Reads an answer about a project, of that media type and from that address.
    pub fn read(
        project: &PackageName,
        kind: Option<&str>,
        body: &[u8],
        address: &Url,
    ) -> Result<Self, PageError> {
        let kind =
            kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
        let is_json = match kind.as_str() {
            "application/vnd.pypi.simple.v1+json" | "application/json" => true,
            "application/vnd.pypi.simple.v1+html" | "text/html" => false,
            "" => body.trim_ascii_start().starts_with(b"{"),
            _ => return Err(PageError::Kind(kind)),
        };
        let mut page = Self::default();
        if is_json {
            for file in json(project, body)? {
                page.add(project, &file, address);
            }
        } else {
            let (base, files) = html::files(body)?;
            let address = base.and_then(|base| address.join(&base).ok()).unwrap_or_else(|| address.clone());
            for file in &files {
                page.add(project, file, &address);
            }
        }
        Ok(page)
    }

    /// The versions that have a wheel.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        self.wheels.keys()
    }

    /// The wheel of a version.
    #[must_use]
    pub fn wheel(&self, version: &Version) -> Option<&Wheel> {
        self.wheels.get(version)
    }

    /// The newest version that is admitted; one that was yanked only if nothing else is asked for (PEP 592).
    #[must_use]
    pub fn newest(&self, specifiers: &VersionSpecifiers) -> Option<&Version> {
        let is_exact = specifiers.len() == 1 && specifiers.iter().all(super::line::is_exact);
        let fits = |(version, wheel): &(&Version, &Wheel)| {
            specifiers.contains(version) && (is_exact || !wheel.yanked)
        };
        self.wheels.iter().rev().find(fits).map(|(version, _)| version)
    }

    /// Takes in a file, if it is a wheel of the project that can be fetched.
    fn add(&mut self, project: &PackageName, file: &File, address: &Url) {
        let Some((version, any)) = version_of(project, &file.name) else { return };
        let Ok(mut url) = address.join(&file.href) else { return };
        if !matches!(url.scheme(), "http" | "https") {
            return;
        }
        let fragment = url.fragment().and_then(|hash| hash.strip_prefix("sha256=")).and_then(digest);
        url.set_fragment(None);
        let sha256 = file.sha256.as_deref().and_then(digest).or(fragment);
        let metadata = match file.metadata.as_deref() {
            None | Some("false") => None,
            Some(hash) => Some(hash.strip_prefix("sha256=").and_then(digest)),
        };
        let wheel = Wheel { url, sha256, metadata, yanked: file.yanked, any };
        if self.wheels.get(&version).is_none_or(|known| any && !known.any) {
            self.wheels.insert(version, wheel);
        }
    }
}

/// The version of a wheel of that project by its name, and whether it runs on every platform.
fn version_of(project: &PackageName, name: &str) -> Option<(Version, bool)> {
    let parts = name.strip_suffix(".whl")?.split('-').collect::<Vec<_>>();
    if !(5..=6).contains(&parts.len()) || PackageName::of_distribution(parts[0]).ok()? != *project {
        return None;
    }
    Some((parts[1].parse().ok()?, parts.ends_with(&["none", "any"])))
}

/// The hash that 64 hexadecimal digits are.
fn digest(text: &str) -> Option<Sha256> {
    let mut digest = [0; 32];
    let digits = text.as_bytes().chunks_exact(2);
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in digest.iter_mut().zip(digits) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(digest)
}

/// The JSON of a list of files.
#[derive(Debug, Deserialize)]
struct JsonPage {
    /// About the answer.
    meta: JsonMeta,
    /// The project.
    name: String,
    /// The files.
    files: Vec<JsonFile>,
}

/// What an answer says about itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonMeta {
    /// The version of the protocol.
    api_version: String,
}

/// A file in the JSON of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonFile {
    /// Its name.
    filename: String,
    /// Its address.
    url: String,
    /// Its hashes.
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    /// Whether metadata lies beside it, or the hashes of that.
    core_metadata: Option<JsonFlag>,
    /// The same by its first name.
    dist_info_metadata: Option<JsonFlag>,
    /// Whether it was yanked, or why.
    #[serde(default)]
    yanked: Value,
}

/// Whether something is there, or its hashes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum JsonFlag {
    /// Whether it is there.
    Flag(bool),
    /// It is.
    Hashes(BTreeMap<String, String>),
}

/// The files that the JSON of a list names.
fn json(project: &PackageName, body: &[u8]) -> Result<Vec<File>, PageError> {
    let page = serde_json::from_slice::<JsonPage>(body)?;
    if page.meta.api_version.split('.').next() != Some(PROTOCOL) {
        return Err(PageError::Protocol(page.meta.api_version));
    }
    if PackageName::of_distribution(&page.name).ok().as_ref() != Some(project) {
        return Err(PageError::OtherProject(page.name));
    }
    let file = |mut file: JsonFile| File {
        sha256: file.hashes.remove("sha256"),
        metadata: file.core_metadata.or(file.dist_info_metadata).map(|flag| match flag {
            JsonFlag::Flag(flag) => flag.to_string(),
            JsonFlag::Hashes(mut hashes) => {
                hashes.remove("sha256").map_or_else(|| "true".to_owned(), |hash| format!("sha256={hash}"))
            }
        }),
        yanked: !matches!(file.yanked, Value::Null | Value::Bool(false)),
        name: file.filename,
        href: file.url,
    };
    Ok(page.files.into_iter().map(file).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The wheels of `otel-x` in an answer: version, address, and whether there is a hash, metadata, a yank.
    fn told(kind: &str, body: &str) -> String {
        let project = PackageName::of_distribution("otel-x").expect("a literal name");
        let address = "https://index.invalid/simple/otel-x/".parse().expect("a literal address");
        let page = match Page::read(&project, Some(kind), body.as_bytes(), &address) {
            Ok(page) => page,
            Err(error) => return error.to_string(),
        };
        let wheels = page.wheels.iter().map(|(version, wheel)| {
            let flags = (wheel.sha256.is_some(), wheel.metadata.map(|hash| hash.is_some()), wheel.yanked);
            format!("{version} {} {flags:?}", wheel.url)
        });
        wheels.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn of_html_the_links_to_wheels_of_the_project_count() {
        let hash = "0a".repeat(32);
        let html = format!(
            "<meta name='pypi:repository-version' content='1.4'><base href='/files/'>
             <a href='otel_x-1.0-py3-none-any.whl#sha256={hash}' data-dist-info-metadata='sha256={hash}'>
             otel_x-1.0-py3-none-any.whl</a>
             <A HREF='b/?a=1&amp;b=2' data-core-metadata=true DATA-YANKED='why'>Otel.X-1.1b0-1-py2.py3-none-any.whl</a>
             <a href='c'>otel_x-1.2-cp312-cp312-win_amd64.whl</a><a href='d'>otel_x-1.2-py3-none-any.whl</a>
             <a href='file:///etc/passwd'>otel_x-2.0-py3-none-any.whl</a>
             <a href='javascript:x'>otel_x-2.1-py3-none-any.whl</a><a href='e'>otel_x-2.2.tar.gz</a>
             <a href='f'>other-2.3-py3-none-any.whl</a><a href='g'>otel_x-x-py3-none-any.whl</a>
             <a href='h'>otel_x-2.4\n--index-url=x-py3-none-any.whl</a><a>otel_x-2.5-py3-none-any.whl</a>
             <a href='i'>otel_x-3.0-py3-none-any.whl"
        );
        insta::assert_snapshot!(told("text/html", &html), @"
        1.0 https://index.invalid/files/otel_x-1.0-py3-none-any.whl (true, Some(true), false)
        1.1b0 https://index.invalid/files/b/?a=1&b=2 (false, Some(false), true)
        1.2 https://index.invalid/files/d (false, None, false)
        3.0 https://index.invalid/files/i (false, None, false)
        ");
    }

    #[test]
    fn json_says_the_same_in_other_words() {
        let hash = "0a".repeat(32);
        let json = format!(
            r#"{{"meta":{{"api-version":"1.0","x":1}},"name":"Otel.X","files":[
            {{"filename":"otel_x-1.0-py3-none-any.whl","url":"a.whl","hashes":{{"sha256":"{hash}"}},
              "core-metadata":{{"sha256":"{hash}"}}}},
            {{"filename":"otel_x-1.1-py3-none-any.whl","url":"https://files.invalid/b.whl","hashes":{{"sha256":"zz"}},
              "dist-info-metadata":true,"yanked":"why"}},
            {{"filename":"otel_x-1.2-py3-none-any.whl","url":"c.whl","hashes":{{}},"core-metadata":false,"yanked":false}}
            ]}}"#
        );
        insta::assert_snapshot!(told("application/vnd.pypi.simple.v1+json", &json), @"
        1.0 https://index.invalid/simple/otel-x/a.whl (true, Some(true), false)
        1.1 https://files.invalid/b.whl (false, Some(false), true)
        1.2 https://index.invalid/simple/otel-x/c.whl (false, None, false)
        ");
        insta::assert_snapshot!(told("application/json", &json.replace("\"1.0\"", "\"2.0\"")), @"it is for version `2.0` of the protocol");
        insta::assert_snapshot!(told("application/json", &json.replace("Otel.X", "otel-y")), @"it is about `otel-y`");
        insta::assert_snapshot!(told("text/html", "<meta name='pypi:repository-version' content='2.0'>"), @"it is for version `2.0` of the protocol");
    }

    #[test]
    fn a_yanked_version_is_chosen_only_by_its_own_name() {
        let project = PackageName::of_distribution("x").expect("a literal name");
        let html = "<a href=a>x-1.0-py3-none-any.whl</a><a href=b data-yanked>x-2.0-py3-none-any.whl</a>";
        let address = "https://index.invalid/".parse().expect("a literal address");
        let page = Page::read(&project, None, html.as_bytes(), &address).expect("a page");
        let newest = |text: &str| page.newest(&text.parse().expect("a range")).map(ToString::to_string);
        assert_eq!(newest("").as_deref(), Some("1.0"));
        assert_eq!(newest("==2.0").as_deref(), Some("2.0"));
        assert_eq!(newest(">1.0"), None);
    }
}
