//! The address of the user's Python package index: from the configuration of uv, then from that of pip, and if neither
//! says one, what these programs themselves would take.
//!
//! The address of no index is written down here: which one is the default is the clients' business.

use std::{fmt, process::Command};

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use url::Url;

use super::{Error, pip_config::PipConfig, uv_config};
use crate::{ecosystem::python::environment::interpreter::said, settings::Env};

/// What prints the address that pip takes if nothing is configured.
const PIP_QUESTION: &str = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)";

/// What uv is asked: to resolve nothing, and to say where it would have looked.
const UV_QUESTION: [&str; 7] =
    ["pip", "compile", "--quiet", "--offline", "--no-python-downloads", "--emit-index-url", "-"];

/// What stands before the address in uv's answer.
const UV_ANSWER: &str = "--index-url ";

/// The address of an index, without the credentials that may have been in it.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::registry::update) struct Address {
    /// The address; its path ends with `/`.
    url: Url,
    /// What tells the server who asks.
    authorization: Option<String>,
}

impl fmt::Debug for Address {
    /// Says nothing about the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.url.as_str()).finish()
    }
}

impl Address {
    /// Reads an address; `None` if it is not that of a server.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut url = Url::parse(text.trim()).ok()?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return None;
        }
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        let authorization = (!url.username().is_empty() || url.password().is_some()).then(|| {
            let mut pair = decoded(url.username());
            pair.push(b':');
            pair.extend(decoded(url.password().unwrap_or_default()));
            format!("Basic {}", BASE64_STANDARD.encode(pair))
        });
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        let path = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Some(Self { url, authorization })
    }

    /// The address, whose path ends with `/`.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The value of the header that tells the server who asks.
    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Whether an address is on the same server.
    pub(super) fn is_at(&self, url: &Url) -> bool {
        self.url.origin() == url.origin()
    }
}

/// The index that the user's clients would take.
pub(in crate::registry::update) fn find(env: &Env, pip: &PipConfig) -> Result<Address, Error> {
    let configured = match uv_config::index(env)? {
        Some(found) => Some(found),
        None => pip.index(env),
    };
    if let Some((origin, text)) = configured {
        return Address::parse(&text).ok_or(Error::Address { origin });
    }
    let mut uv = Command::new("uv");
    let asked = ask(uv.args(UV_QUESTION), env).and_then(|said| {
        let mut lines = said.lines().filter_map(|line| line.strip_prefix(UV_ANSWER));
        Address::parse(lines.next()?)
    });
    let pips = ["python3", "python"].into_iter();
    let mut pips = pips.filter_map(|python| {
        let mut command = Command::new(python);
        Address::parse(ask(command.args(["-I", "-B", "-c", PIP_QUESTION]), env)?.lines().last()?)
    });
    asked.or_else(|| pips.next()).ok_or(Error::NoIndex)
}

/// What a program says; `None` if it cannot be started, fails or does not end.
fn ask(command: &mut Command, env: &Env) -> Option<String> {
    String::from_utf8(said(command, env).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The index of a user with these variables and files, or the error. Programs are not to be found.
    fn index(variables: &[(&str, &str)], files: &[(&str, &str)]) -> String {
        let home = tempfile::tempdir().expect("a temporary folder");
        let home = home.path();
        for (path, text) in files {
            let path = home.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
            fs::write(path, text).expect("a writable folder");
        }
        let at_home = |value: &str| value.replace('~', &home.display().to_string());
        let own = [
            ("HOME", "~"),
            ("PATH", "~/bin"),
            ("XDG_CONFIG_DIRS", "~/xdg"),
            ("PIP_CONFIG_FILE", "/dev/null"),
        ];
        let variables =
            own.iter().chain(variables).map(|(name, value)| ((*name).into(), at_home(value).into()));
        let folder = home.join("project/deep");
        fs::create_dir_all(&folder).expect("a writable folder");
        let env = Env { variables: variables.collect(), folder, ..Env::default() };
        let found = PipConfig::read(&env).and_then(|pip| find(&env, &pip));
        let told = found.map_or_else(|error| error.to_string(), |address| address.url().to_string());
        told.replace(&home.display().to_string(), "~")
    }

    #[test]
    #[cfg(unix)]
    fn the_configuration_of_uv_comes_first_and_then_that_of_pip() {
        let pip = ("PIP_INDEX_URL", "https://pip.invalid/s");
        let sections = "[global]\n# a note\nindex_url = https://global.invalid/s\n[install]\nindex-url:\n  https://install.invalid/s\n";
        let conf = ("pip.conf", sections);
        let named = ("PIP_CONFIG_FILE", "~/pip.conf");
        assert_eq!(index(&[named], &[conf]), "https://install.invalid/s/");
        assert_eq!(index(&[named, pip], &[conf]), "https://pip.invalid/s/");
        let user = (".config/uv/uv.toml", "index-url = 'https://user.invalid/s'");
        assert_eq!(index(&[named, pip], &[conf, user]), "https://user.invalid/s/");
        let indexes = "[[tool.uv.index]]\nurl = 'https://more.invalid/'\n[[tool.uv.index]]\nurl = 'https://project.invalid/s'\ndefault = true\n";
        let project = ("project/pyproject.toml", indexes);
        assert_eq!(index(&[pip], &[user, project]), "https://project.invalid/s/");
        let nearer = ("project/deep/uv.toml", "[pip]\nindex-url = 'https://nearer.invalid/s'");
        assert_eq!(index(&[pip], &[user, project, nearer]), "https://nearer.invalid/s/");
        let default = ("UV_DEFAULT_INDEX", "mine=https://me:secret@default.invalid/s");
        assert_eq!(index(&[default], &[nearer]), "https://default.invalid/s/");
        assert_eq!(index(&[("UV_NO_CONFIG", "1"), pip], &[user, project]), "https://pip.invalid/s/");
    }

    #[test]
    #[cfg(unix)]
    fn what_cannot_be_used_is_an_error_that_tells_no_secret() {
        insta::assert_snapshot!(index(&[], &[]), @"neither uv nor pip says where the Python package index is");
        insta::assert_snapshot!(index(&[("PIP_INDEX_URL", "me:secret@index")], &[]), @"the Python package index that `PIP_INDEX_URL` names is not at an `http` address");
        insta::assert_snapshot!(index(&[], &[("project/uv.toml", "index-url = 'https://me:secret@x")]), @"`~/project/uv.toml` is not TOML");
    }

    #[test]
    fn credentials_are_taken_out_of_the_address_and_never_shown() {
        let address = Address::parse("https://us%40er:p%3Aw@index.invalid/simple").expect("an address");
        assert_eq!(address.url().as_str(), "https://index.invalid/simple/");
        assert_eq!(address.authorization(), Some("Basic dXNAZXI6cDp3"));
        assert_eq!(format!("{address:?}"), "Address(\"https://index.invalid/simple/\")");
        let at = |text: &str| address.is_at(&text.parse().expect("an address"));
        assert!(at("https://index.invalid/x.whl"));
        assert!(
            !at("http://index.invalid/x.whl")
                && !at("https://files.invalid/")
                && !at("https://index.invalid:1/")
        );
    }

    #[test]
    fn only_servers_have_addresses() {
        for text in ["", "simple", "file:///x", "ftp://x.invalid/", "https://", "-r x"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
