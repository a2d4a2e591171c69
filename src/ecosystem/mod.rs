//! The ecosystems, and every place where the program must tell them apart.

use std::path::Path;

use serde::Serialize;

use self::cargo::inventory::Inventory;
pub use self::cargo::{read::ReadError, resolve::ResolveError};
use crate::{
    check::Problem,
    registry::Registry,
    resolution::{Requirement, Resolution},
    settings::{Env, Selection, Wishes},
};

pub mod cargo;
pub mod python;

/// A package ecosystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ecosystem {
    /// Rust projects with a `Cargo.lock`.
    Cargo,
}

impl Ecosystem {
    /// Its name, as options and documents spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
        }
    }

    /// The requirement in the line form of the ecosystem's own installer.
    #[must_use]
    pub fn line(self, requirement: &Requirement) -> String {
        match self {
            Self::Cargo => cargo::line::line(requirement),
        }
    }

    /// The requirement as an entry of the manifest's table of dependencies.
    #[must_use]
    pub fn entry(self, requirement: &Requirement) -> String {
        match self {
            Self::Cargo => cargo::line::entry(requirement),
        }
    }
}

/// A project as its files describe it.
#[derive(Clone, Debug)]
pub enum Project {
    /// A Cargo project.
    Cargo(Inventory),
}

impl Project {
    /// Reads the project that the path belongs to; its ecosystem is found out if none is given.
    pub fn read(
        path: &Path,
        ecosystem: Option<Ecosystem>,
        selection: &Selection,
        env: &Env,
    ) -> Result<Self, ReadError> {
        match ecosystem {
            None | Some(Ecosystem::Cargo) => cargo::read::read(path, selection, env).map(Self::Cargo),
        }
    }

    /// What the project should have, and why.
    pub fn resolve(&self, registry: &Registry, wishes: &Wishes) -> Result<Resolution, ResolveError> {
        match self {
            Self::Cargo(inventory) => cargo::resolve::resolve(inventory, registry, wishes),
        }
    }

    /// What is there more than once although there must be one.
    #[must_use]
    pub fn doubled(&self, registry: &Registry) -> Vec<Problem> {
        match self {
            Self::Cargo(inventory) => cargo::doubled::doubled(inventory, registry),
        }
    }

    /// What there is to know besides, with paths as somebody in that folder would name them.
    #[must_use]
    pub fn overview(&self, folder: &Path) -> Overview {
        match self {
            Self::Cargo(inventory) => cargo::overview::overview(inventory, folder),
        }
    }
}

/// What there is to know about a project besides what became of its libraries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// How many packages it uses, other than its own.
    pub packages: usize,
    /// Its lockfile, as a path for people.
    pub lockfile: String,
    /// Its members, sorted by name; empty where the ecosystem has none.
    pub members: Vec<Place>,
}

impl Overview {
    /// The manifest of a member, as a path for people.
    #[must_use]
    pub fn manifest(&self, member: &str) -> Option<&str> {
        self.members.iter().find(|m| m.name == member).map(|m| m.manifest.as_str())
    }
}

/// A member, and where it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its package name.
    pub name: String,
    /// Its manifest, as a path for people.
    pub manifest: String,
    /// Whether it is a program: only there can telemetry be initialised.
    pub is_program: bool,
}
