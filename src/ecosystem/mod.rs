//! The ecosystems, and every place where the program must tell them apart.

use std::path::Path;

use serde::Serialize;
use thiserror::Error;

use self::discover::Place;
use crate::{
    check::Problem,
    registry::Registry,
    resolution::{Requirement, Resolution},
    settings::{Env, Selection, Wishes},
};

pub mod cargo;
pub mod discover;
pub(crate) mod overview;
pub mod python;

pub use self::{
    discover::DiscoverError,
    overview::{Overview, Site},
};

/// A package ecosystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ecosystem {
    /// Rust projects with a `Cargo.lock`.
    Cargo,
    /// Python environments and lockfiles.
    Python,
}

impl Ecosystem {
    /// Its name, as options and documents spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Python => "python",
        }
    }

    /// What it calls one of the things that are installed, and several of them.
    #[must_use]
    pub fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Cargo => ("crate", "crates"),
            Self::Python => ("distribution", "distributions"),
        }
    }

    /// The requirement in the line form of the ecosystem's own installer.
    #[must_use]
    pub fn line(self, requirement: &Requirement) -> String {
        match self {
            Self::Cargo => cargo::line::line(requirement),
            Self::Python => python::line::line(requirement),
        }
    }

    /// The requirement as an entry of the manifest's table of dependencies.
    #[must_use]
    pub fn entry(self, requirement: &Requirement) -> String {
        match self {
            Self::Cargo => cargo::line::entry(requirement),
            Self::Python => python::line::entry(requirement),
        }
    }
}

/// A project as its files describe it.
#[derive(Clone, Debug)]
pub enum Project {
    /// A Cargo project.
    Cargo(cargo::inventory::Inventory),
    /// A Python project.
    Python(python::inventory::Inventory),
}

/// Why a project could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A Cargo project.
    #[error(transparent)]
    Cargo(#[from] cargo::read::ReadError),
    /// A Python project.
    #[error(transparent)]
    Python(#[from] python::read::ReadError),
}

impl ReadError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Cargo(error) => error.hint(),
            Self::Python(error) => error.hint(),
        }
    }

    /// Whether an option is what is wrong.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        match self {
            Self::Cargo(error) => error.is_misuse(),
            Self::Python(error) => error.is_misuse(),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ResolveError {
    /// For a Cargo project.
    #[error(transparent)]
    Cargo(#[from] cargo::resolve::ResolveError),
    /// For a Python project.
    #[error(transparent)]
    Python(#[from] python::resolve::ResolveError),
}

impl ResolveError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Cargo(error) => error.hint(),
            Self::Python(error) => error.hint(),
        }
    }

    /// Whether an option is what is wrong.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        match self {
            Self::Cargo(error) => error.is_misuse(),
            Self::Python(error) => error.is_misuse(),
        }
    }
}

impl Project {
    /// Reads the project at that place. The registry tells which distributions matter.
    pub fn read(
        place: &Place,
        selection: &Selection,
        env: &Env,
        registry: &Registry,
    ) -> Result<Self, ReadError> {
        Ok(match place {
            Place::Cargo(path) => Self::Cargo(cargo::read::read(path, selection, env)?),
            Place::Python(place) => {
                let knows = |name: &str| registry.python().knows(name);
                Self::Python(python::read::read(place, selection, env, &knows)?)
            }
        })
    }

    /// What the project should have, and why.
    pub fn resolve(&self, registry: &Registry, wishes: &Wishes) -> Result<Resolution, ResolveError> {
        Ok(match self {
            Self::Cargo(inventory) => cargo::resolve::resolve(inventory, registry, wishes)?,
            Self::Python(inventory) => python::resolve::resolve(inventory, registry, wishes)?,
        })
    }

    /// What Python's own tool would print; nothing where there is none.
    pub fn compat(&self, registry: &Registry, wishes: &Wishes) -> Result<String, ResolveError> {
        Ok(match self {
            Self::Cargo(_) => String::new(),
            Self::Python(inventory) => python::compat::lines(inventory, registry, wishes)?,
        })
    }

    /// What is wrong with what is there, whatever may be missing besides.
    #[must_use]
    pub fn problems(&self, registry: &Registry, resolution: &Resolution) -> Vec<Problem> {
        match self {
            Self::Cargo(inventory) => cargo::doubled::doubled(inventory, registry),
            Self::Python(inventory) => python::problems::problems(inventory, registry, resolution),
        }
    }

    /// What there is to know besides, with paths as somebody in that folder would name them.
    #[must_use]
    pub fn overview(&self, folder: &Path) -> Overview {
        match self {
            Self::Cargo(inventory) => cargo::overview::overview(inventory, folder),
            Self::Python(inventory) => python::overview::overview(inventory, folder),
        }
    }
}
