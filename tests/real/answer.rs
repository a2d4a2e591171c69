//! What is to be installed, as both sides put it, and where they differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    process::Command,
};

use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::{Result, project::Features};

/// Something that a member is to get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Its version; none where only features are switched on.
    pub(crate) version: Option<String>,
    /// Whether no other version will do.
    pub(crate) exact: bool,
    /// Its features.
    pub(crate) features: BTreeSet<String>,
}

impl Wanted {
    /// Whether a version meets the requirement as it is written into a manifest.
    pub(crate) fn is_met_by(&self, version: &Version) -> bool {
        let Some(wanted) = &self.version else { return true };
        let sign = if self.exact { "=" } else { "" };
        VersionReq::parse(&format!("{sign}{wanted}")).is_ok_and(|requirement| requirement.matches(version))
    }
}

/// What is to be installed.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The release set.
    pub(crate) set: Option<String>,
    /// What each member gets, by member and crate.
    pub(crate) members: BTreeMap<String, BTreeMap<String, Wanted>>,
    /// The libraries that are served: name, version, by what.
    pub(crate) served: BTreeSet<(String, String, String)>,
    /// What the tool says to be off, as features with which it is on: the first that it names for each.
    pub(crate) switches: BTreeSet<String>,
}

/// The part of the tool's JSON form that is compared.
#[derive(Deserialize)]
struct Document {
    /// The release set.
    set: Option<Set>,
    /// What is to be added.
    requirements: Vec<Requirement>,
    /// What became of the libraries.
    libraries: Vec<Library>,
    /// What is off.
    switched_off: Vec<SwitchedOff>,
}

/// An optional dependency that is off.
#[derive(Deserialize)]
struct SwitchedOff {
    /// The features that switch it on.
    features: Vec<String>,
}

/// A release set.
#[derive(Deserialize)]
struct Set {
    /// Its name.
    chosen: String,
}

/// Something to add.
#[derive(Deserialize)]
struct Requirement {
    /// The crate.
    name: String,
    /// Its version.
    version: Option<String>,
    /// Whether no other will do.
    exact: bool,
    /// Its features.
    features: BTreeSet<String>,
    /// Who gets it.
    members: Vec<String>,
}

/// A library.
#[derive(Deserialize)]
struct Library {
    /// Its name.
    name: String,
    /// Its version.
    version: String,
    /// What became of it.
    status: String,
    /// By what it is served.
    instrumentation: Option<String>,
}

impl Answer {
    /// What the tool says about a project with these features.
    pub(crate) fn of_tool(tool: &Path, project: &Path, features: &Features) -> Result<Self> {
        let output = Command::new(tool)
            .args(["--action", "requirements", "--format", "json", "--ecosystem", "cargo"])
            .args(["--workspace", "--offline"])
            .args(features.options())
            .arg(project)
            .output()
            .map_err(|e| format!("{}: {e}", tool.display()))?;
        if !output.status.success() {
            return Err(format!("the tool failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let document: Document = serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())?;
        let mut members: BTreeMap<String, BTreeMap<String, Wanted>> = BTreeMap::new();
        for r in document.requirements {
            let wanted = Wanted { version: r.version, exact: r.exact, features: r.features };
            for member in r.members {
                members.entry(member).or_default().insert(r.name.clone(), wanted.clone());
            }
        }
        let served = document.libraries.into_iter().filter(|l| SERVED.contains(&l.status.as_str()));
        let served = served.filter_map(|l| Some((l.name, l.version, l.instrumentation?))).collect();
        let switches = document.switched_off.into_iter().filter_map(|off| off.features.into_iter().next());
        Ok(Self { set: document.set.map(|set| set.chosen), members, served, switches: switches.collect() })
    }

    /// How the tool's answer differs from this one, a line for each difference.
    pub(crate) fn differences(&self, tool: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.set != tool.set {
            found.push(format!("release set: oracle {:?}, tool {:?}", self.set, tool.set));
        }
        for (name, version, by) in self.served.symmetric_difference(&tool.served) {
            let side = if self.served.contains(&(name.clone(), version.clone(), by.clone())) {
                "oracle"
            } else {
                "tool"
            };
            found.push(format!("{name} {version}: only the {side} serves it by {by}"));
        }
        let none = BTreeMap::new();
        let members: BTreeSet<&String> = self.members.keys().chain(tool.members.keys()).collect();
        for member in members {
            let ours = self.members.get(member).unwrap_or(&none);
            let theirs = tool.members.get(member).unwrap_or(&none);
            for name in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
                let (ours, theirs) = (ours.get(name), theirs.get(name));
                if ours != theirs {
                    found.push(format!("{member}: {name}: oracle {}, tool {}", shown(ours), shown(theirs)));
                }
            }
        }
        found
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  set {}", self.set.as_deref().unwrap_or("none"))?;
        for (name, version, by) in &self.served {
            writeln!(f, "  {name} {version} by {by}")?;
        }
        for (member, crates) in &self.members {
            for (name, wanted) in crates {
                writeln!(f, "    {member}: {name} {}", shown(Some(wanted)))?;
            }
        }
        Ok(())
    }
}

/// The words of the tool for a library that is served.
const SERVED: [&str; 2] = ["applies", "already-installed"];

/// A requirement, or that there is none.
pub(crate) fn shown(wanted: Option<&Wanted>) -> String {
    let Some(wanted) = wanted else { return "nothing".to_owned() };
    let exact = if wanted.exact { "=" } else { "" };
    let features: Vec<&str> = wanted.features.iter().map(String::as_str).collect();
    format!("{exact}{} [{}]", wanted.version.as_deref().unwrap_or("as it is"), features.join(" "))
}
