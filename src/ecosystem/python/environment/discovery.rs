//! Which environment is meant.
//!
//! Each function looks in one place, so that their order is the caller's choice. All say `None` where there is
//! nothing, and an error where there is something that cannot be used.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::{EnvironmentError, Located, located_at, python};
use crate::{file, settings::Env};

/// The longest `.venv` or `.pdm-python` that is read.
const LONGEST_LINK: u64 = 16 << 10;

type Found = Option<Result<Located, EnvironmentError>>;

/// What `--python` names: an environment, an interpreter, or the name of one on `PATH` (`3.12`, `python3.12`).
pub fn of_request(request: &OsStr, env: &Env) -> Result<Located, EnvironmentError> {
    let path = Path::new(request);
    if path.components().count() > 1 || env.folder.join(path).exists() {
        return located_at(path, env);
    }
    let text = request.to_string_lossy();
    let name =
        if python::version(&text).is_some() || text == "3" { format!("python{text}") } else { text.into() };
    let interpreter = on_path(&name, env).ok_or(EnvironmentError::NotOnPath { name })?;
    located_at(&interpreter, env)
}

/// The environment that is activated: `VIRTUAL_ENV`, which `uv run` and `poetry run` set, too. One that was removed
/// since is none.
#[must_use]
pub fn of_variable(env: &Env) -> Found {
    let path = env.folder.join(env.get("VIRTUAL_ENV")?);
    path.exists().then(|| located_at(&path, env))
}

/// The environment of a project, by what its own managers leave in its folder: `UV_PROJECT_ENVIRONMENT`, `.venv`,
/// pdm's `.pdm-python` and `__pypackages__`.
///
/// Source of the rules: the documentation of uv ("Project environment path"), pipenv (a `.venv` file names a
/// folder) and pdm.
#[must_use]
pub fn of_project(folder: &Path, env: &Env) -> Found {
    let folder = env.folder.join(folder);
    let named = env.get("UV_PROJECT_ENVIRONMENT").map(|path| folder.join(path));
    if let Some(path) = named.filter(|path| path.is_dir()) {
        return Some(located_at(&path, env));
    }
    let usual = folder.join(".venv");
    if usual.is_dir() {
        return Some(located_at(&usual, env));
    }
    if let Some(path) = first_line(&usual).map(|path| folder.join(path)).filter(|path| path.is_dir()) {
        return Some(located_at(&path, env));
    }
    let packages = of_pypackages(&folder, env);
    packages.or_else(|| {
        let interpreter = PathBuf::from(first_line(&folder.join(".pdm-python"))?);
        // What is no environment of its own is asked for by nobody here.
        let prefix = interpreter.parent()?.parent()?;
        prefix.join("pyvenv.cfg").is_file().then(|| located_at(&interpreter, env))
    })
}

/// The packages that pdm keeps beside the project (PEP 582), if they are for one Python only.
fn of_pypackages(folder: &Path, env: &Env) -> Found {
    let children = folder.join("__pypackages__").read_dir().ok()?;
    let mut found = children.filter_map(Result::ok).map(|child| child.path()).filter(|path| {
        path.file_name().and_then(OsStr::to_str).is_some_and(|name| python::version(name).is_some())
    });
    match (found.next(), found.next()) {
        (Some(version), None) => {
            let packages =
                ["lib", "Lib"].map(|name| version.join(name)).into_iter().find(|path| path.is_dir())?;
            let python = version.file_name().and_then(OsStr::to_str).and_then(python::version);
            let mut located = super::of_packages(&packages, env);
            located.python = python;
            Some(Ok(located))
        }
        _ => None,
    }
}

/// The `python3` on `PATH`.
#[must_use]
pub fn of_path_variable(env: &Env) -> Found {
    let interpreter = on_path("python3", env).or_else(|| on_path("python", env))?;
    Some(located_at(&interpreter, env))
}

/// The first program of that name on `PATH`.
fn on_path(name: &str, env: &Env) -> Option<PathBuf> {
    let folders = std::env::split_paths(env.get("PATH")?).filter(|folder| folder.is_absolute());
    let file_name = if cfg!(windows) { format!("{name}.exe") } else { name.to_owned() };
    folders.map(|folder| folder.join(&file_name)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The first line of a small file.
fn first_line(path: &Path) -> Option<String> {
    let text = file::read_text(path, LONGEST_LINK).ok()?;
    text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}
