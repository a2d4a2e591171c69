//! What a path can be for Python.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use crate::{ecosystem::discover::is_there, settings::Env};

/// Files that make a folder a Python project, surest first.
const EVIDENCE: [&str; 8] = [
    "pyproject.toml",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile",
    "pylock.toml",
    "setup.py",
    "requirements.txt",
];

/// Files beside which a project lies, besides lockfiles.
const MANIFESTS: [&str; 4] = ["pyproject.toml", "setup.py", "setup.cfg", "Pipfile"];

/// How many entries of a folder are looked at for scripts or installed distributions.
const MOST_ENTRIES: usize = 10_000;

/// What the user points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A virtual environment, a conda prefix, an interpreter, or a folder of installed packages.
    Environment(PathBuf),
    /// A lockfile, or a file of requirements.
    Lockfile(PathBuf),
    /// The folder of a project.
    Project(PathBuf),
}

impl Place {
    /// The folder of the project that it belongs to, absolute.
    #[must_use]
    pub fn root(&self, env: &Env) -> PathBuf {
        let folder = match self {
            Self::Project(folder) => Some(folder.as_path()),
            Self::Lockfile(path) => path.parent(),
            Self::Environment(path) => path.parent().filter(|folder| evidence(folder).is_some()),
        };
        let folder = folder.map_or_else(|| env.folder.clone(), |folder| env.folder.join(folder));
        std::path::absolute(&folder).unwrap_or(folder)
    }
}

/// The file that makes a folder a Python project, if one does.
#[must_use]
pub fn evidence(folder: &Path) -> Option<&'static str> {
    EVIDENCE.into_iter().find(|name| is_there(&folder.join(name)))
}

/// What a file is: a manifest means its folder, an executable is taken for an interpreter, and what looks
/// like a lockfile is read as one.
#[must_use]
pub fn of_file(path: &Path) -> Option<Place> {
    let name = path.file_name()?.to_str()?;
    if MANIFESTS.contains(&name) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        return Some(Place::Project(folder.unwrap_or(Path::new(".")).to_owned()));
    }
    let extension = path.extension().and_then(OsStr::to_str);
    let is_interpreter =
        name.starts_with("python") && matches!(extension, None | Some("exe")) || name.starts_with("python3.");
    if is_interpreter {
        return Some(Place::Environment(path.to_owned()));
    }
    matches!(extension, Some("lock" | "txt" | "in" | "toml")).then(|| Place::Lockfile(path.to_owned()))
}

/// What a folder is, if it is an environment: a prefix, or a folder of installed packages. A project that
/// holds the metadata of its own development install is none.
#[must_use]
pub fn of_folder(path: &Path) -> Option<Place> {
    let is_prefix = is_there(&path.join("pyvenv.cfg")) || is_there(&path.join("conda-meta"));
    if !is_prefix && evidence(path).is_some() {
        return None;
    }
    let is_environment = is_prefix || has_entry(path, &["dist-info", "egg-info"]);
    is_environment.then(|| Place::Environment(path.to_owned()))
}

/// Whether there are scripts in a folder, or an environment below it.
#[must_use]
pub fn has_scripts(path: &Path) -> bool {
    is_there(&path.join(".venv/pyvenv.cfg")) || has_entry(path, &["py"])
}

/// Whether an entry of the folder has one of these extensions.
fn has_entry(path: &Path, extensions: &[&str]) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    entries.take(MOST_ENTRIES).flatten().any(|entry| {
        let name = entry.file_name();
        let extension = Path::new(&name).extension().and_then(OsStr::to_str);
        extension.is_some_and(|extension| extensions.contains(&extension))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_names() {
        for (path, place) in [
            ("pyproject.toml", Some(Place::Project(".".into()))),
            ("api/setup.py", Some(Place::Project("api".into()))),
            (".venv/bin/python", Some(Place::Environment(".venv/bin/python".into()))),
            (".venv/bin/python3.12", Some(Place::Environment(".venv/bin/python3.12".into()))),
            ("requirements/prod.txt", Some(Place::Lockfile("requirements/prod.txt".into()))),
            ("pylock.prod.toml", Some(Place::Lockfile("pylock.prod.toml".into()))),
            ("Pipfile.lock", Some(Place::Lockfile("Pipfile.lock".into()))),
            ("app.py", None),
            ("README.md", None),
        ] {
            assert_eq!(of_file(Path::new(path)), place, "{path}");
        }
    }
}
