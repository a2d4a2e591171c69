//! Whether a project holds what was promised.

use std::fmt;

use semver::{Comparator, Op, Version, VersionReq};

use crate::{
    ecosystem::cargo::inventory::{Inventory, LockedPackage},
    package::PackageName,
    resolution::Requirement,
};

/// Crates of which two copies in one program do not see each other's data.
const SINGLE: [&str; 2] = ["opentelemetry", "tracing-opentelemetry"];

/// A requirement that a project does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// The crate.
    pub name: PackageName,
    /// The member.
    pub member: String,
    /// What is the matter.
    pub reason: Shortfall,
}

/// How a requirement is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// The member does not depend on it.
    Absent,
    /// It is locked at versions that do not do.
    Version {
        /// The versions.
        locked: Vec<Version>,
    },
    /// Features are off.
    Features {
        /// Which.
        missing: Vec<String>,
    },
}

/// A crate of which there should be one copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubled {
    /// The crate.
    pub name: &'static str,
    /// Its versions, each with the packages that depend on it.
    pub copies: Vec<(Version, Vec<String>)>,
}

/// The requirements that a project does not meet.
pub(super) fn unmet(requirements: &[Requirement], inventory: &Inventory) -> Vec<Unmet> {
    let pairs = requirements.iter().flat_map(|r| r.members.iter().map(move |member| (r, member)));
    pairs
        .filter_map(|(requirement, member)| {
            let reason = shortfall(requirement, member, inventory)?;
            Some(Unmet { name: requirement.name.clone(), member: member.clone(), reason })
        })
        .collect()
}

/// What a member lacks of a requirement.
fn shortfall(requirement: &Requirement, member: &str, inventory: &Inventory) -> Option<Shortfall> {
    let member = inventory.members.iter().find(|m| m.name.as_str() == member);
    let uses = member.map(|m| m.uses.as_slice()).unwrap_or_default().iter();
    let uses: Vec<_> =
        uses.filter(|used| inventory.packages[used.package].name == requirement.name).collect();
    if uses.is_empty() {
        return Some(Shortfall::Absent);
    }
    let version = |package: usize| &inventory.packages[package].version;
    let fitting: Vec<_> =
        match requirement.version.as_ref().and_then(|pin| Some((pin, pin.version.parse().ok()?))) {
            Some((pin, wanted)) => {
                let range = range(&wanted, pin.exact);
                uses.iter().filter(|used| range.matches(version(used.package))).collect()
            }
            None => uses.iter().collect(),
        };
    if fitting.is_empty() {
        return Some(Shortfall::Version {
            locked: uses.iter().map(|used| version(used.package).clone()).collect(),
        });
    }
    let lacks = |features: &std::collections::BTreeSet<String>| -> Vec<String> {
        requirement.features.iter().filter(|f| !features.contains(*f)).cloned().collect()
    };
    let missing = fitting.iter().map(|used| lacks(&used.features)).min_by_key(Vec::len)?;
    (!missing.is_empty()).then_some(Shortfall::Features { missing })
}

/// What cargo allows for a version that is written so.
fn range(version: &Version, exact: bool) -> VersionReq {
    let op = if exact { Op::Exact } else { Op::Caret };
    let Version { major, minor, patch, pre, .. } = version.clone();
    VersionReq { comparators: vec![Comparator { op, major, minor: Some(minor), patch: Some(patch), pre }] }
}

/// The crates of which there should be one copy and are more.
pub(super) fn doubled(packages: &[LockedPackage]) -> Vec<Doubled> {
    let copies = |name: &'static str| {
        let found = packages.iter().enumerate().filter(|(_, p)| p.name.as_str() == name);
        let copies = found.map(|(at, package)| {
            let users = packages.iter().filter(|p| p.dependencies.contains(&at));
            (package.version.clone(), users.map(|p| format!("{} {}", p.name, p.version)).collect())
        });
        Doubled { name, copies: copies.collect() }
    };
    SINGLE.into_iter().map(copies).filter(|crates| crates.copies.len() > 1).collect()
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, member, reason } = self;
        match reason {
            Shortfall::Absent => write!(f, "`{member}` does not depend on `{name}`"),
            Shortfall::Version { locked } => {
                let locked: Vec<String> = locked.iter().map(Version::to_string).collect();
                write!(f, "`{member}` has `{name}` {} instead", locked.join(" and "))
            }
            Shortfall::Features { missing } => {
                write!(f, "`{name}` lacks the features `{}` in `{member}`", missing.join("`, `"))
            }
        }
    }
}

impl fmt::Display for Doubled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is there {} times", self.name, self.copies.len())?;
        for (version, users) in &self.copies {
            write!(f, "; {version} for `{}`", users.join("`, `"))?;
        }
        Ok(())
    }
}
