//! A project as the forms show it.

use std::path::Path;

use super::Ecosystem;
use crate::terminal::plural;

/// What there is to know about a project besides what became of its libraries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// How many packages it uses, other than its own.
    pub packages: usize,
    /// The lockfile or the environment that it was read from, as a path for people.
    pub source: String,
    /// The file that remarks about all of it belong to, as a path for people: the lockfile, or the manifest beside an
    /// environment.
    pub annotated: String,
    /// Its members, sorted by name; empty where the ecosystem has none.
    pub members: Vec<Site>,
}

impl Overview {
    /// How many packages there are, and where unless that goes without saying.
    #[must_use]
    pub fn counted(&self) -> String {
        match self.ecosystem {
            Ecosystem::Cargo => plural(self.packages, "package", "packages"),
            Ecosystem::Python => {
                let (one, many) = self.ecosystem.nouns();
                format!("{} in `{}`", plural(self.packages, one, many), self.source)
            }
        }
    }

    /// That there is nothing to look at.
    #[must_use]
    pub fn emptiness(&self) -> String {
        match self.ecosystem {
            Ecosystem::Cargo => "nothing to add: the project depends on no other package".to_owned(),
            Ecosystem::Python => format!("nothing to add: there is no distribution in `{}`", self.source),
        }
    }

    /// The manifest of a member, as a path for people.
    #[must_use]
    pub fn manifest(&self, member: &str) -> Option<&str> {
        self.members.iter().find(|m| m.name == member).map(|m| m.manifest.as_str())
    }
}

/// A member, and where it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its package name.
    pub name: String,
    /// Its manifest, as a path for people.
    pub manifest: String,
    /// Whether it is a program: only there can telemetry be initialised.
    pub is_program: bool,
}

/// The path from that folder where it lies below it, with `/` on every system.
pub(crate) fn relative(path: &Path, folder: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    path.display().to_string().replace(std::path::MAIN_SEPARATOR, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_where_the_user_is() {
        let folder = Path::new("/work/shop");
        for (path, told) in [
            ("/work/shop/api/Cargo.toml", "api/Cargo.toml"),
            ("./api/Cargo.toml", "api/Cargo.toml"),
            ("api/Cargo.toml", "api/Cargo.toml"),
            ("/work/other/Cargo.toml", "/work/other/Cargo.toml"),
        ] {
            assert_eq!(relative(Path::new(path), folder), told);
        }
    }
}
