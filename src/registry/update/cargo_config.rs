//! What cargo's configuration says about the way to the index.
//!
//! Source: the cargo book, "Configuration" (the files from the folder up to the root, then the one in
//! cargo's home; the nearest wins for each key) and "Source replacement".

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use tame_index::index::sparse::CRATES_IO_HTTP_INDEX;
use toml::{Table, Value};

use super::Error;

/// The most that is read of a configuration file, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// The name under which cargo knows the default index.
const DEFAULT_SOURCE: &str = "crates-io";

/// Cargo's configuration: the files that apply, nearest first, each with the folder its paths start from.
#[derive(Debug, Default)]
pub(super) struct CargoConfig {
    /// The files.
    files: Vec<(PathBuf, Table)>,
}

impl CargoConfig {
    /// Reads the files that apply in a folder.
    pub(super) fn read(folder: &Path, cargo_home: Option<&Path>) -> Result<Self, Error> {
        let folders = folder.ancestors().map(|folder| folder.join(".cargo"));
        let mut config = Self::default();
        let mut seen = Vec::new();
        for folder in folders.chain(cargo_home.map(Path::to_owned)) {
            // The old name wins where both exist, as in cargo.
            let path = ["config", "config.toml"]
                .map(|name| folder.join(name))
                .into_iter()
                .find(|path| path.is_file());
            let Some(path) = path else { continue };
            if seen.contains(&path) {
                continue;
            }
            let base = folder.parent().unwrap_or(&folder).to_owned();
            config.files.push((base, read(&path)?));
            seen.push(path);
        }
        Ok(config)
    }

    /// The address of the index that stands for the default one (`sparse+https://…/`).
    pub(super) fn index(&self) -> Result<String, Error> {
        let mut source = DEFAULT_SOURCE.to_owned();
        let mut steps = Vec::new();
        while let Some((_, next)) = self.text(&["source", &source, "replace-with"]) {
            let next = next.to_owned();
            if steps.contains(&next) {
                return Err(Error::UnknownSource(next));
            }
            steps.push(next.clone());
            source = next;
        }
        if source == DEFAULT_SOURCE {
            return Ok(CRATES_IO_HTTP_INDEX.to_owned());
        }
        let address = self.text(&["source", &source, "registry"]);
        let address = address.or_else(|| self.text(&["registries", &source, "index"]));
        if let Some((_, address)) = address {
            return Ok(address.to_owned());
        }
        let folder = ["local-registry", "directory", "git"];
        match folder.iter().find_map(|key| self.text(&["source", &source, key])) {
            Some((_, address)) => Err(Error::NotSparse(address.to_owned())),
            None => Err(Error::UnknownSource(source)),
        }
    }

    /// `http.cainfo`: the certificates to trust.
    pub(super) fn ca_file(&self) -> Option<PathBuf> {
        self.text(&["http", "cainfo"]).map(|(base, path)| base.join(path))
    }

    /// `http.proxy`: the proxy to use.
    pub(super) fn proxy(&self) -> Option<String> {
        self.text(&["http", "proxy"]).map(|(_, address)| address.to_owned())
    }

    /// The text at a path of keys in the nearest file that has it, and the folder that file speaks for.
    fn text(&self, keys: &[&str]) -> Option<(&Path, &str)> {
        let (last, tables) = keys.split_last()?;
        self.files.iter().find_map(|(base, file)| {
            let mut table = file;
            for key in tables {
                table = table.get(*key)?.as_table()?;
            }
            Some((base.as_path(), table.get(*last).and_then(Value::as_str)?))
        })
    }
}

/// Reads and parses a file of bounded size.
fn read(path: &Path) -> Result<Table, Error> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE).read_to_string(&mut text))
        .map_err(|source| Error::ReadConfig { path: path.to_owned(), source })?;
    text.parse().map_err(|source| Error::ParseConfig { path: path.to_owned(), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The configuration of a folder two levels down, from the text for its own file and for cargo's home.
    fn config(near: &str, home: &str) -> CargoConfig {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let project = folder.path().join("a/b");
        for (folder, text) in [(project.join(".cargo"), near), (folder.path().join("home"), home)] {
            fs::create_dir_all(&folder).expect("a writable folder");
            fs::write(folder.join("config.toml"), text).expect("a writable folder");
        }
        let config = CargoConfig::read(&project, Some(&folder.path().join("home")));
        config.expect("valid configuration")
    }

    #[test]
    fn without_a_replacement_the_index_is_cargos_own() {
        assert_eq!(config("", "").index().ok().as_deref(), Some(CRATES_IO_HTTP_INDEX));
    }

    #[test]
    fn replacements_are_followed_across_files() {
        let near = "[source.crates-io]\nreplace-with = \"a\"\n[source.a]\nreplace-with = \"b\"\n";
        for home in [
            "[source.b]\nregistry = \"sparse+https://mirror.invalid/\"\n",
            "[registries.b]\nindex = \"sparse+https://mirror.invalid/\"\n",
        ] {
            assert_eq!(config(near, home).index().ok().as_deref(), Some("sparse+https://mirror.invalid/"));
        }
    }

    #[test]
    fn replacements_that_lead_nowhere_are_errors() {
        let error = |near: &str| config(near, "").index().expect_err("no index").to_string();
        let replaced = "[source.crates-io]\nreplace-with = \"a\"\n";
        insta::assert_snapshot!(error(replaced), @"cargo's configuration replaces `crates-io` with `a`, which it does not describe");
        insta::assert_snapshot!(error(&format!("{replaced}[source.a]\nreplace-with = \"crates-io\"\n")), @"cargo's configuration replaces `crates-io` with `a`, which it does not describe");
        insta::assert_snapshot!(error(&format!("{replaced}[source.a]\ndirectory = \"vendor\"\n")), @"the index `vendor` does not speak the sparse protocol");
    }

    #[test]
    fn the_nearest_file_wins_and_paths_start_at_its_folder() {
        let config = config("[http]\ncainfo = \"ca.pem\"\n", "[http]\ncainfo = \"x.pem\"\nproxy = \"p:1\"\n");
        assert!(config.ca_file().is_some_and(|path| path.ends_with("a/b/ca.pem")));
        assert_eq!(config.proxy().as_deref(), Some("p:1"));
    }

    #[test]
    fn a_broken_file_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("config.toml"), "[").expect("a writable folder");
        let error = CargoConfig::read(Path::new("/"), Some(folder.path())).expect_err("not TOML").to_string();
        assert!(error.ends_with("config.toml`"), "{error}");
    }
}
