//! Who puts distributions into an environment, and how it is told to.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use pep440_rs::Version;
use thiserror::Error;

use super::{Pin, Target, Wanted, keeper::Keeper, programs::Programs};
use crate::{
    ecosystem::python::inventory::{DistributionVersion, Inventory},
    install::Command,
    package::PackageName,
    settings::Installer,
};

/// The first pip that can resolve without installing, and say what it found (its changelog, 22.2).
const REPORTING_PIP: [u64; 2] = [22, 2];

/// What keeps pip from asking, painting and looking for a newer pip.
pub(super) const QUIET: [&str; 3] = ["--no-input", "--no-color", "--disable-pip-version-check"];

/// Who puts distributions into an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hand {
    /// uv
    Uv(PathBuf),
    /// The pip that lies in the environment.
    Pip,
    /// A pip from elsewhere.
    OuterPip(PathBuf),
}

/// Why nobody can install.
#[derive(Debug, Error)]
pub enum HandError {
    /// The one asked for is not there.
    #[error("there is no `{name}` {place}")]
    Missing {
        /// The program.
        name: &'static str,
        /// Where it was looked for.
        place: String,
    },
    /// Nobody is there.
    #[error("there is no pip in the environment of `{}`, and neither `uv` nor `pip` on `PATH`", .0.display())]
    Nobody(PathBuf),
    /// The pip in the environment cannot tell in advance what it would do.
    #[error("pip {found} in the environment of `{}` cannot tell what it would install", interpreter.display())]
    OldPip {
        /// Its version.
        found: Version,
        /// The interpreter.
        interpreter: PathBuf,
    },
    /// One that installs nothing into Python environments.
    #[error("`--installer cargo` is not for Python projects")]
    Cargo,
}

impl HandError {
    fn not_on_path(name: &'static str) -> Self {
        Self::Missing { name, place: "on `PATH`".to_owned() }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("install it, or choose another one with `--installer`".to_owned()),
            Self::Nobody(interpreter) => Some(format!(
                "put uv on `PATH`, or pip into the environment: `{} -m ensurepip`",
                interpreter.display()
            )),
            Self::OldPip { interpreter, .. } => Some(format!(
                "update it (`{} -m pip install --upgrade pip`), or put uv on `PATH`",
                interpreter.display()
            )),
            Self::Cargo => None,
        }
    }
}

impl Hand {
    /// Whom a project uses: uv where the project or the environment is uv's, else the pip in the
    /// environment, else whoever can be found.
    pub(super) fn choose(
        asked: Option<Installer>,
        keeper: Option<Keeper>,
        target: &Target,
        inventory: &Inventory,
        programs: &Programs,
    ) -> Result<Self, HandError> {
        let (uv, outer) = (|| Self::uv(programs), || Self::outer_pip(programs));
        let inner = inventory.get("pip").map(|pip| match &pip.version {
            DistributionVersion::Valid(version) if version.release() < &REPORTING_PIP[..] => {
                Err(HandError::OldPip { found: version.clone(), interpreter: target.interpreter.clone() })
            }
            _ => Ok(Self::Pip),
        });
        match asked {
            Some(Installer::Uv) => uv().ok_or_else(|| HandError::not_on_path("uv")),
            Some(Installer::Pip) => {
                let place =
                    || format!("in the environment of `{}`, nor on `PATH`", target.interpreter.display());
                let found = inner.or_else(|| outer().map(Ok));
                found.unwrap_or_else(|| Err(HandError::Missing { name: "pip", place: place() }))
            }
            Some(Installer::Cargo) => Err(HandError::Cargo),
            None | Some(Installer::Poetry | Installer::Pdm | Installer::Pipenv) => {
                let is_of_uv = asked.is_none() && (target.is_from_uv || keeper == Some(Keeper::Uv));
                if is_of_uv && let Some(uv) = uv() {
                    return Ok(uv);
                }
                match inner {
                    Some(Ok(pip)) => Ok(pip),
                    other => uv().or_else(outer).map_or_else(
                        || other.unwrap_or_else(|| Err(HandError::Nobody(target.interpreter.clone()))),
                        Ok,
                    ),
                }
            }
        }
    }

    /// The one for folders that are no environments: that which is asked for, else uv, else pip. uv evaluates markers for
    /// the Python that is installed for.
    pub(super) fn outer(asked: Option<Installer>, programs: &Programs) -> Result<Self, HandError> {
        let (uv, pip) = (Self::uv(programs), || Self::outer_pip(programs));
        match asked {
            Some(Installer::Cargo) => Err(HandError::Cargo),
            Some(Installer::Pip) => pip().ok_or_else(|| HandError::not_on_path("pip")),
            Some(Installer::Uv) => uv.ok_or_else(|| HandError::not_on_path("uv")),
            None | Some(Installer::Poetry | Installer::Pdm | Installer::Pipenv) => {
                uv.or_else(pip).ok_or_else(|| HandError::not_on_path("uv"))
            }
        }
    }

    fn uv(programs: &Programs) -> Option<Self> {
        programs.find("uv").map(Self::Uv)
    }

    fn outer_pip(programs: &Programs) -> Option<Self> {
        programs.find("pip").or_else(|| programs.find("pip3")).map(Self::OuterPip)
    }

    /// Its name, as people know it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Uv(_) => "uv",
            Self::Pip | Self::OuterPip(_) => "pip",
        }
    }

    /// A command of `install`, `uninstall`, … on the environment.
    fn command(&self, target: &Target, folder: &Path, verb: &str, offline: bool) -> Command {
        let interpreter = target.interpreter.display().to_string();
        let (program, mut args) = match self {
            Self::Uv(uv) => {
                let args = ["pip", verb, "--python", &interpreter, "--color", "never"];
                (uv.clone(), args.map(str::to_owned).to_vec())
            }
            Self::Pip => (target.interpreter.clone(), ["-m", "pip", verb].map(str::to_owned).to_vec()),
            Self::OuterPip(pip) => {
                (pip.clone(), ["--python", &interpreter, verb].map(str::to_owned).to_vec())
            }
        };
        if self.name() == "pip" {
            args.extend(QUIET.map(str::to_owned));
        }
        if offline {
            args.push(if self.name() == "uv" { "--offline" } else { "--no-index" }.to_owned());
        }
        Command { program, args, folder: folder.to_owned() }
    }

    /// Bars are drawn for terminals, and what an installer says is read line by line.
    fn without_bars(&self, command: &mut Command) {
        if self.name() == "pip" {
            command.args.extend(["--progress-bar", "off"].map(str::to_owned));
        }
    }

    /// What resolves without installing; the files are those of the requirements, of the constraints, and the
    /// one for a report of what would be installed, if it writes one.
    pub(super) fn preview<'f>(
        &self,
        target: &Target,
        folder: &Path,
        offline: bool,
        [requirements, constraints, report]: [&'f Path; 3],
    ) -> (Command, Vec<&'f OsStr>) {
        let mut command = self.command(target, folder, "install", offline);
        command.args.push("--dry-run".to_owned());
        self.without_bars(&mut command);
        let mut more = vec![
            OsStr::new("--requirement"),
            requirements.as_os_str(),
            OsStr::new("--constraint"),
            constraints.as_os_str(),
        ];
        if self.name() == "pip" {
            more.extend([OsStr::new("--report"), report.as_os_str()]);
        }
        (command, more)
    }

    /// What installs these; the versions of what comes along are told by a file of constraints, which is named
    /// when it is run. Who is asked for by name is noted by pip as such (`REQUESTED`, PEP 376), so what only
    /// comes along is not.
    pub(super) fn install(
        &self,
        target: &Target,
        folder: &Path,
        offline: bool,
        wanted: &[Wanted],
    ) -> Command {
        let mut command = self.command(target, folder, "install", offline);
        self.without_bars(&mut command);
        command.args.extend(wanted.iter().map(Wanted::to_string));
        command
    }

    /// What brings these back as they were, and nothing that they might need.
    pub(super) fn bring_back(&self, target: &Target, folder: &Path, offline: bool, pins: &[Pin]) -> Command {
        let mut command = self.command(target, folder, "install", offline);
        self.without_bars(&mut command);
        command.args.extend(["--no-deps", "--"].map(str::to_owned));
        command.args.extend(pins.iter().map(Pin::to_string));
        command
    }

    /// What takes these out again.
    pub(super) fn uninstall(&self, target: &Target, folder: &Path, names: &[PackageName]) -> Command {
        let mut command = self.command(target, folder, "uninstall", false);
        if self.name() == "pip" {
            command.args.push("--yes".to_owned());
        }
        command.args.push("--".to_owned());
        command.args.extend(names.iter().map(PackageName::to_string));
        command
    }
}
