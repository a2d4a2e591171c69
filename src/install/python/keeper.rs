//! Who keeps the dependencies of a project, and how it is told to record more.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Wanted, manifest, programs::Programs};
use crate::{install::Command, settings::Installer};

/// Who keeps the dependencies of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// uv
    Uv,
    /// Poetry
    Poetry,
    /// PDM
    Pdm,
    /// Pipenv
    Pipenv,
    /// A file of requirements, kept by hand.
    Lines,
}

/// Why nothing can be recorded.
#[derive(Debug, Error)]
pub enum KeeperError {
    /// Nothing tells.
    #[error("nothing in `{}` tells who keeps the dependencies of the project", .0.display())]
    Unknown(PathBuf),
    /// Several are there.
    #[error("`{first}` and `{second}` are both in `{}`", folder.display())]
    Several {
        /// What one of them writes.
        first: &'static str,
        /// What another one writes.
        second: &'static str,
        /// The folder of the project.
        folder: PathBuf,
    },
    /// It is not there.
    #[error("there is no `{name}` on `PATH`, which keeps the dependencies of `{}`", folder.display())]
    Missing {
        /// The program.
        name: &'static str,
        /// The folder of the project.
        folder: PathBuf,
    },
    /// It has to ask an index.
    #[error("`{0}` cannot record without network, and `--offline` is given")]
    Offline(&'static str),
}

impl KeeperError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown(_) => Some(
                "name it: `--installer uv`, `poetry`, `pdm`, `pipenv`, or `pip` for a `requirements.txt`"
                    .to_owned(),
            ),
            Self::Several { .. } => Some("choose one with `--installer`".to_owned()),
            Self::Missing { .. } => {
                Some("install it, or leave `--save` away to change the environment alone".to_owned())
            }
            Self::Offline(_) => Some("leave `--save` or `--offline` away".to_owned()),
        }
    }
}

/// What the keepers write, and by what a project is theirs; lockfiles first, because they are the surest.
const LOCKFILES: [(Keeper, &str); 4] = [
    (Keeper::Uv, "uv.lock"),
    (Keeper::Poetry, "poetry.lock"),
    (Keeper::Pdm, "pdm.lock"),
    (Keeper::Pipenv, "Pipfile.lock"),
];

impl Keeper {
    /// Whose project it is; `None` if nothing tells, an error if several could be meant.
    pub(super) fn of(folder: &Path) -> Result<Option<Self>, KeeperError> {
        let mut locked = LOCKFILES.into_iter().filter(|(keeper, _)| keeper.lockfile(folder).is_some());
        if let Some((keeper, first)) = locked.next() {
            return match locked.next() {
                None => Ok(Some(keeper)),
                Some((_, second)) => Err(KeeperError::Several { first, second, folder: folder.to_owned() }),
            };
        }
        if folder.join("Pipfile").is_file() {
            return Ok(Some(Self::Pipenv));
        }
        let tools = manifest::tools(folder);
        let by_tool = [("uv", Self::Uv), ("poetry", Self::Poetry), ("pdm", Self::Pdm)];
        let found = by_tool.into_iter().find(|(tool, _)| tools.iter().any(|t| t == tool)).map(|(_, k)| k);
        let by_lines = || folder.join("requirements.txt").is_file().then_some(Self::Lines);
        Ok(found.or_else(by_lines))
    }

    /// The one that an option names.
    pub(super) fn named(installer: Installer) -> Option<Self> {
        match installer {
            Installer::Uv => Some(Self::Uv),
            Installer::Pip => Some(Self::Lines),
            Installer::Poetry => Some(Self::Poetry),
            Installer::Pdm => Some(Self::Pdm),
            Installer::Pipenv => Some(Self::Pipenv),
            Installer::Cargo => None,
        }
    }

    /// Its name, which is also that of its program.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Poetry => "poetry",
            Self::Pdm => "pdm",
            Self::Pipenv => "pipenv",
            Self::Lines => "pip",
        }
    }

    /// What brings an environment to what it records, which takes away whatever is not recorded.
    #[must_use]
    pub fn sync(self) -> Option<&'static str> {
        match self {
            Self::Uv => Some("uv sync"),
            Self::Poetry => Some("poetry sync"),
            Self::Pdm => Some("pdm sync --clean"),
            Self::Pipenv => Some("pipenv clean"),
            Self::Lines => None,
        }
    }

    /// Its manifest.
    pub(super) fn manifest(self, folder: &Path) -> PathBuf {
        folder.join(match self {
            Self::Uv | Self::Poetry | Self::Pdm => "pyproject.toml",
            Self::Pipenv => "Pipfile",
            Self::Lines => "requirements.txt",
        })
    }

    /// Its lockfile, where there is one: in the folder, or for uv in the root of the workspace.
    pub(super) fn lockfile(self, folder: &Path) -> Option<PathBuf> {
        let (_, name) = LOCKFILES.into_iter().find(|(keeper, _)| *keeper == self)?;
        let own = folder.join(name);
        if own.is_file() || self != Self::Uv {
            return own.is_file().then_some(own);
        }
        let above = folder.ancestors().skip(1).map(|root| root.join(name));
        above.into_iter().find(|path| path.is_file() && folder.join("pyproject.toml").is_file())
    }

    /// The lockfile that it will write.
    pub(super) fn future_lockfile(self, folder: &Path) -> Option<PathBuf> {
        let (_, name) = LOCKFILES.into_iter().find(|(keeper, _)| *keeper == self)?;
        Some(self.lockfile(folder).unwrap_or_else(|| folder.join(name)))
    }

    /// What records the requirements without touching an environment; `extra` says that the group is an extra.
    pub(super) fn command(
        self,
        folder: &Path,
        group: Option<&str>,
        offline: bool,
        wanted: &[Wanted],
        programs: &Programs,
    ) -> Result<Command, KeeperError> {
        let missing = || KeeperError::Missing { name: self.name(), folder: folder.to_owned() };
        let program = programs.find(self.name()).ok_or_else(missing)?;
        if offline && self != Self::Uv {
            return Err(KeeperError::Offline(self.name()));
        }
        let is_extra = group.is_some_and(|group| manifest::has_extra(folder, group));
        let mut args: Vec<&str> = match self {
            Self::Uv => vec!["add", "--no-sync", "--color", "never"],
            Self::Poetry => vec!["add", "--lock", "--no-interaction", "--no-ansi"],
            Self::Pdm => vec!["add", "--no-sync"],
            Self::Pipenv => vec!["upgrade"],
            Self::Lines => Vec::new(),
        };
        if offline {
            args.push("--offline");
        }
        let option = match (self, is_extra) {
            (Self::Uv | Self::Poetry, true) => "--optional",
            (Self::Uv | Self::Poetry, false) | (Self::Pdm, true) => "--group",
            // PDM writes its groups as extras unless they are for development.
            (Self::Pdm, false) => "-dG",
            (Self::Pipenv | Self::Lines, _) => "--categories",
        };
        if let Some(group) = group {
            args.extend([option, group]);
        }
        args.push("--");
        let mut args: Vec<String> = args.into_iter().map(str::to_owned).collect();
        args.extend(wanted.iter().map(Wanted::to_string));
        Ok(Command { program, args, folder: folder.to_owned() })
    }
}
