//! What is to be installed, and why: the last value of the pure half of the pipeline.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use crate::{finding::Finding, package::PackageName};

/// The answer for a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Resolution {
    /// The release set, where one had to be chosen.
    pub set: Option<SetChoice>,
    /// What is to be there, in the order it is printed.
    pub requirements: Vec<Requirement>,
    /// What became of each library the registry knows, sorted by library, then version.
    pub findings: Vec<Finding>,
    /// The code that initialises the exporter, where one was asked for.
    pub initialisation: Option<String>,
    /// That several release sets are locked, as a ready sentence; apart from the other warnings because
    /// a check tells it in its own words.
    pub split: Option<String>,
    /// What is listed for a member that has it as a dependency that is off; apart from the other warnings because
    /// an installation fails for it.
    pub switched_off: Vec<SwitchedOff>,
    /// What the user should know besides, as ready sentences.
    pub warnings: Vec<String>,
}

impl Resolution {
    /// Everything the user should know besides.
    pub fn all_warnings(&self) -> impl Iterator<Item = &String> {
        self.split.iter().chain(&self.warnings)
    }
}

/// A crate that a manifest has as an optional dependency which nothing switches on: whatever is added to the
/// entry, the crate stays off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SwitchedOff {
    /// The crate.
    pub name: PackageName,
    /// The member.
    pub member: String,
    /// Its manifest.
    pub manifest: PathBuf,
    /// The features that switch it on, as `--features` takes them; one that is named like the crate last.
    pub features: Vec<String>,
}

impl SwitchedOff {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let named: Vec<String> =
            self.features.iter().map(|feature| format!("`--features {}`", feature.escape_debug())).collect();
        if named.is_empty() {
            return "make the dependency a plain one".to_owned();
        }
        format!(
            "name the feature if it is built so ({}), or make the dependency a plain one",
            named.join(" or ")
        )
    }
}

impl fmt::Display for SwitchedOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = self.manifest.display();
        write!(
            f,
            "`{}` is an optional dependency in `{manifest}` that no selected feature switches on",
            self.name
        )
    }
}

/// The release set and what the others would have meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetChoice {
    /// The chosen set (`0.33`).
    pub chosen: String,
    /// Why.
    pub reason: SetReason,
    /// The other sets that were possible, newest first.
    pub others: Vec<SetAlternative>,
}

/// Why a release set was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SetReason {
    /// The lockfile holds it already.
    Locked {
        /// The version of `opentelemetry` that is locked.
        version: String,
        /// Which packages of the project bring it, nearest first.
        through: Vec<String>,
    },
    /// A distribution that is there belongs to it.
    Installed {
        /// The distribution.
        name: String,
        /// Its version.
        version: String,
    },
    /// Nothing that is there belongs to any, so it is the newest that the language admits, and that moves nothing.
    Newest {
        /// The version of the language, if it is known.
        language: Option<String>,
        /// What is there that newer ones would move (`typing-extensions` 3.10.0.2).
        held: Vec<String>,
    },
    /// The user named it.
    Asked,
    /// It serves the most libraries, and none newer serves as many.
    Coverage {
        /// How many it serves.
        served: usize,
        /// How many could be served by some set.
        of: usize,
    },
}

/// A release set that was not chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetAlternative {
    /// The set.
    pub set: String,
    /// Libraries that it would serve and the chosen one does not, with what.
    pub gains: Vec<String>,
    /// Libraries that it would not serve and the chosen one does, with what.
    pub losses: Vec<String>,
}

/// Something that is to be in the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// The crate or distribution, or the library whose feature is switched on.
    pub name: PackageName,
    /// The version to require; `None` where only features of a present library are switched on.
    pub version: Option<VersionPin>,
    /// The version to name besides where only features are switched on: the one that is there, if the
    /// manifest accepts older releases that lack the features. `cargo add` refuses it otherwise.
    pub since: Option<String>,
    /// The versions that members have where only features are switched on, ascending.
    pub present: Vec<String>,
    /// The features to switch on, sorted.
    pub features: Vec<String>,
    /// The members that get it, sorted by name; empty where the ecosystem has none.
    pub members: Vec<String>,
    /// For which libraries, or for which option or crate, it is there.
    pub because: Vec<String>,
    /// How it is wired: code, ready to paste.
    pub wiring: Vec<String>,
    /// What stays silent without this.
    pub switches: Vec<String>,
    /// Filter directives without which nothing is seen.
    pub directives: Vec<String>,
}

/// A required version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionPin {
    /// The version.
    pub version: String,
    /// Whether nothing but this version will do: a later release that cargo counts as compatible
    /// belongs to another release set or needs a newer Rust.
    pub exact: bool,
}
