//! From what the user points at to the kind of project it is.
//!
//! What something is, is found out from what it holds: files that only one ecosystem has, looked for in the
//! folder and then in those above it, as cargo and uv do.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{Ecosystem, python::place};
use crate::settings::{Env, Selection};

/// The file that makes a folder a Cargo project.
const CARGO: &str = "Cargo.toml";

/// What the user points at, told apart by ecosystem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Somewhere in a Cargo project: a folder, a manifest or a lockfile.
    Cargo(PathBuf),
    /// An environment, a lockfile or a project of Python.
    Python(place::Place),
}

impl Place {
    /// The ecosystem it belongs to.
    #[must_use]
    pub fn ecosystem(&self) -> Ecosystem {
        match self {
            Self::Cargo(_) => Ecosystem::Cargo,
            Self::Python(_) => Ecosystem::Python,
        }
    }
}

/// Why it is not known what a path is.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// The path cannot be looked at.
    #[error("failed to read `{}`", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// It is both a Cargo and a Python project.
    #[error("`{}` holds a Cargo project (`{CARGO}`) and a Python project (`{python}`)", folder.display())]
    Both {
        /// The folder.
        folder: PathBuf,
        /// The file that makes it a Python project.
        python: &'static str,
    },
    /// Nothing tells what it is.
    #[error("neither a Cargo nor a Python project in `{}` or any folder above it", .0.display())]
    Neither(PathBuf),
    /// A file was given that is nothing this program reads.
    #[error("`{}` is no manifest, lockfile or interpreter", .0.display())]
    OtherFile(PathBuf),
}

impl DiscoverError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Path { .. } => None,
            Self::Both { .. } => {
                Some("say which with `--ecosystem cargo` or `--ecosystem python`".to_owned())
            }
            Self::Neither(_) => Some(
                "give the folder of a project, its lockfile or a virtual environment; `--ecosystem python` \
                 takes the `python3` on `PATH`"
                    .to_owned(),
            ),
            Self::OtherFile(_) => {
                Some("give the folder of a project, its manifest or its lockfile".to_owned())
            }
        }
    }
}

/// Finds out what is at that path; an ecosystem that was asked for is not questioned.
pub fn discover(
    path: &Path,
    ecosystem: Option<Ecosystem>,
    selection: &Selection,
    env: &Env,
) -> Result<Place, DiscoverError> {
    // An environment can only be meant for Python.
    let named = selection.python.environment.as_ref().map(|_| Ecosystem::Python);
    match ecosystem.or(named) {
        Some(Ecosystem::Cargo) => Ok(Place::Cargo(path.to_owned())),
        Some(Ecosystem::Python) => python(path),
        None => either(path, env),
    }
}

/// What is at a path that is known to be about Python.
fn python(path: &Path) -> Result<Place, DiscoverError> {
    let found = if is_folder(path)? {
        if let Some(place) = place::of_folder(path) {
            place
        } else {
            let project = ancestors(path)?.into_iter().find(|folder| place::evidence(folder).is_some());
            place::Place::Project(project.unwrap_or_else(|| path.to_owned()))
        }
    } else {
        place::of_file(path).ok_or_else(|| DiscoverError::OtherFile(path.to_owned()))?
    };
    Ok(Place::Python(found))
}

/// What is at a path of which nothing is known.
fn either(path: &Path, env: &Env) -> Result<Place, DiscoverError> {
    if !is_folder(path)? {
        let is_cargo = path.file_name().is_some_and(|name| name == CARGO || name == "Cargo.lock");
        if is_cargo {
            return Ok(Place::Cargo(path.to_owned()));
        }
        let python = place::of_file(path).map(Place::Python);
        return python.ok_or_else(|| DiscoverError::OtherFile(path.to_owned()));
    }
    if let Some(place) = place::of_folder(path) {
        return Ok(Place::Python(place));
    }
    for folder in ancestors(path)? {
        match (is_there(&folder.join(CARGO)), place::evidence(&folder)) {
            (true, None) => return Ok(Place::Cargo(path.to_owned())),
            (true, Some(python)) => return Err(DiscoverError::Both { folder, python }),
            (false, Some(_)) => return Ok(Place::Python(place::Place::Project(folder))),
            (false, None) => {}
        }
    }
    // `uv run` and activated environments say that Python is meant, and so do scripts.
    if env.get("VIRTUAL_ENV").is_some() || env.get("CONDA_PREFIX").is_some() || place::has_scripts(path) {
        return Ok(Place::Python(place::Place::Project(path.to_owned())));
    }
    Err(DiscoverError::Neither(path.to_owned()))
}

/// The folder and those above it, as they were named where that is possible.
fn ancestors(path: &Path) -> Result<Vec<PathBuf>, DiscoverError> {
    let unreadable = |source| DiscoverError::Path { path: path.to_owned(), source };
    let absolute = std::path::absolute(path).map_err(unreadable)?;
    let above = absolute.ancestors().skip(1).map(Path::to_owned);
    Ok(std::iter::once(path.to_owned()).chain(above).collect())
}

fn is_folder(path: &Path) -> Result<bool, DiscoverError> {
    let unreadable = |source| DiscoverError::Path { path: path.to_owned(), source };
    fs::metadata(path).map(|metadata| metadata.is_dir()).map_err(unreadable)
}

/// Whether something has that name, or nobody may know.
pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or_else(
        |error| !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        |_| true,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these empty files.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, "").expect("a file");
        }
        folder
    }

    fn found(path: &Path) -> Result<Place, DiscoverError> {
        discover(path, None, &Selection::default(), &Env::default())
    }

    #[test]
    fn files_tell_the_ecosystem() {
        for (files, below, ecosystem) in [
            (&["Cargo.toml"][..], "", Ecosystem::Cargo),
            (&["Cargo.toml", "src/x"], "src", Ecosystem::Cargo),
            (&["Cargo.toml", "Cargo.lock"], "Cargo.lock", Ecosystem::Cargo),
            (&["Cargo.toml", "tool/app.py"], "tool", Ecosystem::Cargo),
            (&["pyproject.toml"], "", Ecosystem::Python),
            (&["requirements.txt"], "", Ecosystem::Python),
            (&["pyproject.toml", "src/x"], "src", Ecosystem::Python),
            (&["Cargo.toml", "py/uv.lock"], "py", Ecosystem::Python),
            (&["Cargo.toml", "py/uv.lock"], "py/uv.lock", Ecosystem::Python),
            (&["Cargo.toml", ".venv/pyvenv.cfg"], ".venv", Ecosystem::Python),
            (&["site/a-1.dist-info/METADATA"], "site", Ecosystem::Python),
            (&["app.py"], "", Ecosystem::Python),
        ] {
            let folder = folder(files);
            let place = found(&folder.path().join(below)).expect("a place");
            assert_eq!(place.ecosystem(), ecosystem, "{files:?}");
        }
    }

    #[test]
    fn the_nearest_folder_with_a_project_counts() {
        let folder = folder(&["pyproject.toml", "api/src/x"]);
        let inner = folder.path().join("api/src");
        let root = place::Place::Project(folder.path().to_owned());
        assert_eq!(found(&inner).expect("a place"), Place::Python(root));
    }

    #[test]
    fn a_folder_with_both_is_asked_about() {
        let folder = folder(&["Cargo.toml", "pyproject.toml"]);
        let error = found(folder.path()).expect_err("both");
        assert!(matches!(error, DiscoverError::Both { python: "pyproject.toml", .. }), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("--ecosystem cargo")));
        for ecosystem in [Ecosystem::Cargo, Ecosystem::Python] {
            let place = discover(folder.path(), Some(ecosystem), &Selection::default(), &Env::default());
            assert_eq!(place.expect("asked for").ecosystem(), ecosystem);
        }
    }

    #[test]
    fn an_environment_that_is_named_decides() {
        let folder = folder(&["Cargo.toml", "pyproject.toml"]);
        let mut selection = Selection::default();
        selection.python.environment = Some(".venv".into());
        let place = discover(folder.path(), None, &selection, &Env::default()).expect("a place");
        assert_eq!(place.ecosystem(), Ecosystem::Python);
    }

    #[test]
    fn what_is_nothing_is_said_to_be_nothing() {
        let folder = folder(&["notes.md"]);
        assert!(matches!(found(folder.path()), Err(DiscoverError::Neither(_))));
        assert!(matches!(found(&folder.path().join("notes.md")), Err(DiscoverError::OtherFile(_))));
        assert!(matches!(found(&folder.path().join("gone")), Err(DiscoverError::Path { .. })));
    }
}
