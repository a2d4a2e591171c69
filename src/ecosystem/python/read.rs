//! From what the user points at to the inventory of a Python project.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    environment::{self, EnvironmentError, Located},
    family::is_opentelemetry,
    inventory::{Inventory, LockFormat, Skipped},
    lock::{self, Found, LockError, Parts, Platform, Target, UnknownPlatform},
    place::Place,
    project,
};
use crate::{
    file,
    package::{InvalidName, PackageName},
    settings::{Env, Selection},
};

/// What decides how versions are compared; its own version must be exact.
const PACKAGING: &str = "packaging";

/// Why a project could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// An environment that was named, or found, cannot be read.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// A lockfile cannot be read.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// `--python-platform` names none.
    #[error(transparent)]
    Platform(#[from] UnknownPlatform),
    /// `--extra`, `--group` or `-p` cannot be a name.
    #[error("`{option}` names nothing")]
    Name {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        source: InvalidName,
    },
    /// A file was given that is no lockfile.
    #[error("`{}` is no lockfile that is known", .0.display())]
    NoLockfile(PathBuf),
    /// There is no environment, no lockfile, and no Python.
    #[error("`{}` has no environment and no lockfile, and there is no `python3` on `PATH`", .0.display())]
    Nothing(PathBuf),
}

impl ReadError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Environment(error) => error.hint(),
            Self::Lock(error) => error.hint(),
            Self::Platform(error) => error.hint(),
            Self::Name { .. } => None,
            Self::NoLockfile(_) => Some(
                "known are those of uv, poetry, pdm and pipenv, `pylock.toml` and files of requirements"
                    .to_owned(),
            ),
            Self::Nothing(_) => Some(
                "make an environment (`uv sync`, `python3 -m venv .venv`) or a lockfile, or name one with \
                 `--python`"
                    .to_owned(),
            ),
        }
    }

    /// Whether an option is what is wrong.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        match self {
            Self::Platform(_) | Self::Name { .. } => true,
            Self::Lock(error) => matches!(error, LockError::Part { .. }),
            Self::Environment(_) | Self::NoLockfile(_) | Self::Nothing(_) => false,
        }
    }
}

/// Reads the environment that is meant, or the lockfile.
///
/// In this order, the first that there is: `--python`, the path itself, the environment that is activated, the
/// project's own, its lockfile, the `python3` on `PATH`. `knows` says of which distributions the version must
/// be exact.
pub fn read(
    place: &Place,
    selection: &Selection,
    env: &Env,
    knows: &dyn Fn(&str) -> bool,
) -> Result<Inventory, ReadError> {
    let installed = |located: Located| located.read(|name| must_be_exact(name, knows));
    if let Some(request) = &selection.python.environment {
        let mut inventory = installed(environment::of_request(request.as_os_str(), env)?);
        if let Place::Project(folder) = place {
            inventory.direct = project::dependencies(folder);
        }
        return Ok(inventory);
    }
    match place {
        Place::Environment(path) => Ok(installed(environment::located_at(path, env)?)),
        Place::Lockfile(path) => {
            let format = format_of(path)?;
            locked(path, format, selection)
        }
        Place::Project(folder) => {
            // A member of a workspace shares the lockfile and the environment of its root.
            let workspace = project::workspace(&env.folder.join(folder));
            let lockfile = || {
                let own = lock::find(folder).map(|found| (found, selection.clone()));
                own.or_else(|| {
                    let root = workspace.as_ref()?;
                    Some((lock::find(&root.folder)?, of_member(selection, &root.member)))
                })
            };
            // Options that only a lockfile can answer make it come first.
            if let Some((found, selection)) = lockfile().filter(|_| wants_lockfile(selection)) {
                return found_lockfile(&found, &selection);
            }
            let of_workspace = || environment::of_project(&workspace.as_ref()?.folder, env);
            let own = || environment::of_project(folder, env);
            if let Some(located) = environment::of_variable(env).or_else(own).or_else(of_workspace) {
                let mut inventory = installed(located?);
                inventory.direct = project::dependencies(folder);
                return Ok(inventory);
            }
            if let Some((found, selection)) = lockfile() {
                return found_lockfile(&found, &selection);
            }
            match environment::of_path_variable(env) {
                Some(located) => Ok(installed(located?)),
                None => Err(ReadError::Nothing(folder.clone())),
            }
        }
    }
}

/// Whether the version of a distribution must be exact; `knows` says so of libraries.
#[must_use]
pub fn must_be_exact(name: &PackageName, knows: &dyn Fn(&str) -> bool) -> bool {
    let name = name.as_str();
    is_opentelemetry(name) || name == PACKAGING || knows(name)
}

/// The selection in the folder of a workspace member: that member, unless others are asked for.
fn of_member(selection: &Selection, member: &PackageName) -> Selection {
    let mut selection = selection.clone();
    if selection.packages.is_empty() && !selection.workspace {
        selection.packages.push(member.to_string());
    }
    selection
}

/// Reads the lockfile of a project; that there are others is worth knowing.
fn found_lockfile(found: &Found, selection: &Selection) -> Result<Inventory, ReadError> {
    let mut inventory = locked(&found.path, found.format, selection)?;
    let name = found.path.file_name().unwrap_or_default().display().to_string();
    let others = found
        .others
        .iter()
        .map(|path| Skipped { path: path.clone(), reason: format!("`{name}` is what counts") });
    inventory.skipped.extend(others);
    Ok(inventory)
}

/// What kind of lockfile a file is, by its name or by what it holds.
fn format_of(path: &Path) -> Result<LockFormat, ReadError> {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if let Some(format) = LockFormat::of_name(name) {
        return Ok(format);
    }
    let failed = |source| LockError::File { path: path.to_owned(), source };
    let text = file::read_text(path, lock::LARGEST).map_err(failed)?;
    LockFormat::of_text(&text).ok_or_else(|| ReadError::NoLockfile(path.to_owned()))
}

/// Reads a lockfile for the target and with the parts that are asked for.
fn locked(path: &Path, format: LockFormat, selection: &Selection) -> Result<Inventory, ReadError> {
    let python = &selection.python;
    let names = |option: &'static str, texts: &[String]| {
        let name = |text: &String| {
            PackageName::of_distribution(text).map_err(|source| ReadError::Name { option, source })
        };
        texts.iter().map(name).collect::<Result<Vec<_>, _>>()
    };
    let parts = Parts {
        extras: names("--extra", &python.extras)?,
        all_extras: false,
        groups: names("--group", &python.groups)?,
        all_groups: python.all_groups,
        packages: names("-p", &selection.packages)?,
        workspace: selection.workspace,
    };
    let platform = python.platform.as_deref().map_or_else(|| Ok(Platform::host()), str::parse)?;
    let version = || {
        python.version.clone().or_else(|| project::python_version(path.parent()?).map(|(_, version)| version))
    };
    let target = Target::new(version(), platform);
    Ok(lock::read(path, format, &target, &parts)?)
}

/// Whether options ask for what only a lockfile can tell.
fn wants_lockfile(selection: &Selection) -> bool {
    let python = &selection.python;
    python.version.is_some()
        || python.platform.is_some()
        || python.all_groups
        || !python.extras.is_empty()
        || !python.groups.is_empty()
        || !selection.packages.is_empty()
        || selection.workspace
}
