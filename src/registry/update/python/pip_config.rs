//! What pip's configuration says about the way to the index.
//!
//! Source: pip's documentation, "Configuration": variables before files; of the files `PIP_CONFIG_FILE`, the
//! environment's, the user's, the system's; `[install]` before `[global]`. The form is that of `configparser`.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::Error;
use crate::{file::read_text, settings::Env};

/// The most that is read of a configuration file, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// The name of a configuration file.
const NAME: &str = if cfg!(windows) { "pip.ini" } else { "pip.conf" };

/// The sections that hold for an installation, the one that wins first.
const SECTIONS: [&str; 2] = ["install", "global"];

/// Configuration files of pip, the one that wins first.
#[derive(Debug, Default)]
pub(in crate::registry::update) struct PipConfig {
    /// The files, each with its values.
    files: Vec<(PathBuf, Vec<Entry>)>,
}

/// A value in a file.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// The section that it stands in.
    section: String,
    /// Its key, normalised.
    key: String,
    /// The value.
    value: String,
}

impl PipConfig {
    /// Reads the files that apply.
    pub(in crate::registry::update) fn read(env: &Env) -> Result<Self, Error> {
        let mut config = Self::default();
        for path in paths(env) {
            if path.is_file() {
                let text = read_text(&path, LARGEST_FILE)
                    .map_err(|source| Error::ReadConfig { path: path.clone(), source })?;
                config.files.push((path, entries(&text)));
            }
        }
        Ok(config)
    }

    /// `index-url`, and who says so.
    pub(super) fn index(&self, env: &Env) -> Option<(String, String)> {
        self.value(env, "PIP_INDEX_URL", "index-url")
    }

    /// `cert`, or what requests, which pip is built on, looks at: the certificates to trust.
    pub(in crate::registry::update) fn ca_file(&self, env: &Env) -> Option<PathBuf> {
        let cert = self.value(env, "PIP_CERT", "cert").map(|(_, path)| path);
        // That one may also be a folder.
        let requests = || Some(env.folder.join(env.get("REQUESTS_CA_BUNDLE")?)).filter(|path| path.is_file());
        cert.map(|path| env.folder.join(path)).or_else(requests)
    }

    /// `proxy`: the proxy to use.
    pub(in crate::registry::update) fn proxy(&self, env: &Env) -> Option<String> {
        self.value(env, "PIP_PROXY", "proxy").map(|(_, address)| address)
    }

    /// A value by the name of its variable and by its key, and who gives it.
    fn value(&self, env: &Env, variable: &str, key: &str) -> Option<(String, String)> {
        if let Some(value) = env.get(variable).and_then(OsStr::to_str) {
            return Some((variable.to_owned(), value.to_owned()));
        }
        self.files.iter().find_map(|(path, entries)| {
            let of =
                |section: &str| entries.iter().rfind(|entry| entry.section == section && entry.key == key);
            let entry = SECTIONS.iter().find_map(|section| of(section))?;
            (!entry.value.is_empty()).then(|| (path.display().to_string(), entry.value.clone()))
        })
    }
}

/// The files that may apply, the one that wins first.
fn paths(env: &Env) -> Vec<PathBuf> {
    let path = |name: &str| env.get(name).map(PathBuf::from);
    let named = path("PIP_CONFIG_FILE");
    // The empty device says: no file at all.
    if named.as_deref() == Some(Path::new(if cfg!(windows) { "nul" } else { "/dev/null" })) {
        return Vec::new();
    }
    let mut paths = Vec::from_iter(named);
    paths.extend(path("VIRTUAL_ENV").or_else(|| path("CONDA_PREFIX")).map(|prefix| prefix.join(NAME)));
    let home = path("HOME");
    if cfg!(windows) {
        paths.extend(path("APPDATA").map(|folder| folder.join("pip").join(NAME)));
        paths.extend(path("USERPROFILE").map(|folder| folder.join("pip").join(NAME)));
        paths.extend(path("PROGRAMDATA").map(|folder| folder.join("pip").join(NAME)));
        return paths;
    }
    if cfg!(target_os = "macos") {
        paths.extend(home.as_ref().map(|home| home.join("Library/Application Support/pip").join(NAME)));
    }
    let user = path("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
    paths.extend(user.map(|folder| folder.join("pip").join(NAME)));
    paths.extend(home.map(|home| home.join(".pip").join(NAME)));
    let system = env.get("XDG_CONFIG_DIRS").unwrap_or(OsStr::new("/etc/xdg"));
    paths.extend(std::env::split_paths(system).map(|folder| folder.join("pip").join(NAME)));
    paths.push(Path::new("/etc").join(NAME));
    paths
}

/// The values of a file. Keys are told apart without regard to case, and `_` is `-` in them, as for pip.
fn entries(text: &str) -> Vec<Entry> {
    let mut entries = Vec::<Entry>::new();
    let mut section = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if line.starts_with([' ', '\t']) {
            // Goes on with the value above; an address begins in the first line that holds something.
            if let Some(entry) = entries.last_mut().filter(|entry| entry.section == section) {
                if !entry.value.is_empty() {
                    entry.value.push(' ');
                }
                entry.value.push_str(trimmed);
            }
        } else if let Some((key, value)) = trimmed.split_once(['=', ':']) {
            let key = key.trim().to_ascii_lowercase().replace('_', "-");
            entries.push(Entry { section: section.clone(), key, value: value.trim().to_owned() });
        }
    }
    entries
}
