//! What uv's configuration says about the way to the index.
//!
//! Source: uv's documentation, "Configuration files" and "Package indexes": variables before files; of the files the
//! one that `UV_CONFIG_FILE` names alone, else the nearest of the project (`uv.toml` before `pyproject.toml`), the
//! user's, the system's.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::Error;
use crate::{file::read_text, settings::Env};

/// The most that is read of a configuration file, in bytes.
const LARGEST_FILE: u64 = 4 << 20;

/// The name of a configuration file.
const NAME: &str = "uv.toml";

/// The name of a project's file.
const PROJECT: &str = "pyproject.toml";

/// The address of the default index, and who says so.
pub(super) fn index(env: &Env) -> Result<Option<(String, String)>, Error> {
    for variable in ["UV_DEFAULT_INDEX", "UV_INDEX_URL"] {
        if let Some(value) = env.get(variable).and_then(OsStr::to_str) {
            return Ok(Some((variable.to_owned(), unnamed(value).to_owned())));
        }
    }
    if let Some(path) = env.get("UV_CONFIG_FILE") {
        let path = env.folder.join(path);
        return Ok(read(&path)?.and_then(|table| told(&path, &table)));
    }
    if env.get("UV_NO_CONFIG").is_some() {
        return Ok(None);
    }
    let files = project(env)?.into_iter();
    for (path, table) in files {
        if let Some(found) = told(&path, &table) {
            return Ok(Some(found));
        }
    }
    for path in shared(env) {
        if let Some(found) = read(&path)?.and_then(|table| told(&path, &table)) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// An index may be given as `NAME=ADDRESS`.
fn unnamed(text: &str) -> &str {
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    text.split_once('=').filter(|(name, _)| is_name(name)).map_or(text, |(_, address)| address)
}

/// The configuration of the nearest folder that has one.
fn project(env: &Env) -> Result<Option<(PathBuf, Table)>, Error> {
    for folder in env.folder.ancestors() {
        let path = folder.join(NAME);
        if let Some(table) = read(&path)? {
            return Ok(Some((path, table)));
        }
        let path = folder.join(PROJECT);
        let uv = read(&path)?.and_then(|mut table| match table.remove("tool")? {
            Value::Table(mut tool) => tool.remove("uv"),
            _ => None,
        });
        if let Some(Value::Table(table)) = uv {
            return Ok(Some((path, table)));
        }
    }
    Ok(None)
}

/// The files of the user and of the system.
fn shared(env: &Env) -> Vec<PathBuf> {
    let path = |name: &str| env.get(name).map(PathBuf::from);
    if cfg!(windows) {
        let folders = ["APPDATA", "PROGRAMDATA"].into_iter().filter_map(path);
        return folders.map(|folder| folder.join("uv").join(NAME)).collect();
    }
    let user = path("XDG_CONFIG_HOME").or_else(|| path("HOME").map(|home| home.join(".config")));
    let system = env.get("XDG_CONFIG_DIRS").unwrap_or(OsStr::new("/etc/xdg"));
    let folders = user.into_iter().chain(std::env::split_paths(system)).chain([PathBuf::from("/etc")]);
    folders.map(|folder| folder.join("uv").join(NAME)).collect()
}

/// The address of the default index that a file tells.
fn told(path: &Path, table: &Table) -> Option<(String, String)> {
    let indexes = table.get("index").and_then(Value::as_array).into_iter().flatten();
    let is_default = |index: &&Value| index.get("default").and_then(Value::as_bool) == Some(true);
    let default = indexes.clone().find(is_default).and_then(|index| index.get("url"));
    let old = || table.get("index-url").or_else(|| table.get("pip")?.get("index-url"));
    let address = default.or_else(old)?.as_str()?;
    Some((path.display().to_string(), address.to_owned()))
}

/// Reads a file, if there is one.
fn read(path: &Path) -> Result<Option<Table>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = read_text(path, LARGEST_FILE)
        .map_err(|source| Error::ReadConfig { path: path.to_owned(), source })?;
    match text.parse() {
        Ok(table) => Ok(Some(table)),
        // What the source says there may be a secret.
        Err(_) => Err(Error::ParseConfig { path: path.to_owned() }),
    }
}
