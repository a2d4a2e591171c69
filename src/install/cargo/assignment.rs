//! Which members get what lines ask for: lines do not say, the registry's rules do.

use std::collections::BTreeSet;

use semver::Version;
use thiserror::Error;

use super::lines::Line;
use crate::{
    ecosystem::cargo::{
        graph::Graph,
        inventory::{Inventory, Member, Use},
    },
    package::PackageName,
    registry::{
        Registry,
        release_set::{API_CRATES, ReleaseSet},
        rule::{Advice, Counts, Exporter, Library, Means, Placement, Provision},
    },
    resolution::{Requirement, Resolution},
};

/// A line whose members cannot be told.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AssignmentError {
    /// Nothing says which members are meant.
    #[error("line {number}: which member `{name}` is for cannot be told")]
    Unclear {
        /// The line's number, from 1.
        number: usize,
        /// The crate.
        name: PackageName,
        /// The members that could be meant.
        members: Vec<String>,
    },
    /// A line without a version, for something that is not there.
    #[error("line {number}: `{name}` has no version, and no selected member depends on it")]
    NoVersion {
        /// The line's number, from 1.
        number: usize,
        /// The crate.
        name: PackageName,
    },
}

impl AssignmentError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unclear { members, .. } if members.is_empty() => None,
            Self::Unclear { members, .. } => {
                Some(format!("name the member with `-p`: one of `{}`", members.join("`, `")))
            }
            Self::NoVersion { name, .. } => Some(format!("write it as `{name}@VERSION`")),
        }
    }
}

/// What lines ask for, as a resolution; all problems are reported. `named` says that the user named the
/// selected members: then they are the ones that get everything.
pub fn assign(
    lines: &[Line],
    inventory: &Inventory,
    registry: &Registry,
    named: bool,
) -> Result<Resolution, Vec<AssignmentError>> {
    let mut desk =
        Assigner { lines, inventory, registry, graph: Graph::new(inventory), named, likely: Vec::new() };
    desk.likely = lines.iter().flat_map(|line| desk.purposes(line)).filter(|p| p.is_likely).collect();
    let mut resolution = Resolution::default();
    let mut problems = Vec::new();
    for line in lines {
        match desk.members(line) {
            Ok(members) => resolution.requirements.push(desk.requirement(line, members)),
            Err(problem) => problems.push(problem),
        }
    }
    resolution.initialisation = desk.initialisation();
    if problems.is_empty() { Ok(resolution) } else { Err(problems) }
}

struct Assigner<'a> {
    lines: &'a [Line],
    inventory: &'a Inventory,
    registry: &'a Registry,
    graph: Graph<'a>,
    named: bool,
    /// What the lines are likely to be for.
    likely: Vec<Purpose<'a>>,
}

/// What a line may be for.
struct Purpose<'a> {
    library: &'a Library,
    provision: &'a Provision,
    /// The release whose texts hold: of the crate, or of the library whose feature it is.
    version: Version,
    /// Whether the project uses the library itself, and no other line that the rule prefers serves it.
    is_likely: bool,
}

impl<'a> Assigner<'a> {
    /// The members that get what a line asks for.
    fn members(&self, line: &Line) -> Result<BTreeSet<usize>, AssignmentError> {
        let (number, name) = (line.number, line.name.clone());
        let selected: BTreeSet<usize> = self.selected(|_| true);
        let users = self.selected(|m| m.uses.iter().any(|u| self.inventory.packages[u.package].name == name));
        if line.version.is_none() {
            return if users.is_empty() {
                Err(AssignmentError::NoVersion { number, name })
            } else {
                Ok(users)
            };
        }
        if self.named {
            return Ok(selected);
        }
        let mut found = self.placed(name.as_str(), &mut BTreeSet::new());
        if found.is_empty()
            && self.exporters().any(|exporter| exporter.crates.iter().any(|(n, _)| *n == name))
        {
            found = self.initialising();
        }
        if found.is_empty() && selected.len() == 1 {
            found.clone_from(&selected);
        }
        if found.is_empty() {
            let members = selected.iter().map(|&m| self.inventory.members[m].name.to_string()).collect();
            return Err(AssignmentError::Unclear { number, name, members });
        }
        Ok(found)
    }

    /// Where the rules that lead to a crate place it. `above` holds the crates that led here.
    fn placed(&self, name: &str, above: &mut BTreeSet<String>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        if !above.insert(name.to_owned()) {
            return found;
        }
        for purpose in &self.likely {
            found.extend(self.served(name, purpose.library, purpose.provision));
        }
        if found.is_empty() {
            for library in self.registry.library_names().filter_map(|name| self.registry.library(name)) {
                for provision in library.by.iter().filter(|provision| self.is_asked(provision)) {
                    found.extend(self.served(name, library, provision));
                }
            }
        }
        // What another crate of the lines needs goes where that one goes.
        for line in self.lines.iter().filter(|line| line.name.as_str() != name) {
            let rule = self.registry.krate(line.name.as_str());
            if rule.is_some_and(|rule| rule.needs.iter().any(|need| need.as_str() == name)) {
                found.extend(self.placed(line.name.as_str(), above));
            }
        }
        above.remove(name);
        found
    }

    /// The members that get a crate because a library is served so: by the crate, or by one that needs it. Those
    /// that have another instrumentation of the library get none beside it, unless all have one.
    fn served(&self, name: &str, library: &Library, provision: &Provision) -> BTreeSet<usize> {
        let placement = if matches!(&provision.means, Means::Crate(by) if by.as_str() == name) {
            provision.placement
        } else if provision.needs.iter().any(|need| need.as_str() == name) {
            self.registry.krate(name).and_then(|rule| rule.placement).unwrap_or_default()
        } else {
            return BTreeSet::new();
        };
        let around = self.around(library.name.as_str(), placement);
        let is_other = |used: &Use| {
            let package = &self.inventory.packages[used.package].name;
            let others = library.by.iter().filter(|other| other.means != provision.means);
            others.into_iter().any(|other| matches!(&other.means, Means::Crate(by) if by == package))
        };
        let without: BTreeSet<usize> = around
            .iter()
            .copied()
            .filter(|&m| !self.inventory.members[m].uses.iter().any(is_other))
            .collect();
        if without.is_empty() { around } else { without }
    }

    /// Whether a provision is among what the lines ask for.
    fn is_asked(&self, provision: &Provision) -> bool {
        match &provision.means {
            Means::Crate(name) => self.lines.iter().any(|line| line.name == *name),
            Means::Feature(feature) => self.lines.iter().any(|line| line.features.contains(feature)),
            Means::Native(_) | Means::Nothing(_) => false,
        }
    }

    /// The selected members that use a library, or the ones with a binary that such a member ends up in: without
    /// one, those that the library itself ends up in, as for a library that counts wherever it is locked.
    fn around(&self, library: &str, placement: Placement) -> BTreeSet<usize> {
        let packages = &self.inventory.packages;
        let users = self.selected(|m| m.uses.iter().any(|u| packages[u.package].name.as_str() == library));
        match placement {
            Placement::Users => users,
            Placement::Binaries => {
                let counts = self.registry.library(library).map(|library| library.counts);
                if counts != Some(Counts::Locked) {
                    let found: BTreeSet<usize> =
                        users.into_iter().flat_map(|user| self.graph.binaries_of(user)).collect();
                    if !found.is_empty() {
                        return found;
                    }
                }
                let members = self.selected(|m| m.has_binary).into_iter();
                members
                    .filter(|&member| {
                        (0..packages.len()).any(|package| {
                            packages[package].name.as_str() == library && self.graph.reaches(member, package)
                        })
                    })
                    .collect()
            }
        }
    }

    /// The members with a binary that something else of the lines ends up in; all of them, if there is
    /// nothing else.
    fn initialising(&self) -> BTreeSet<usize> {
        let binaries = self.selected(|m| m.has_binary);
        let mut users = BTreeSet::new();
        for line in self.lines {
            users.extend(self.placed(line.name.as_str(), &mut BTreeSet::new()));
        }
        let reached = |binary: usize| {
            users.iter().any(|&user| {
                let package = self.graph.package_of(&self.inventory.members[user]);
                user == binary || package.is_some_and(|package| self.graph.reaches(binary, package))
            })
        };
        let concerned: BTreeSet<usize> = binaries.iter().copied().filter(|&b| reached(b)).collect();
        if concerned.is_empty() { binaries } else { concerned }
    }

    /// A line as a requirement, with what the rules say about the crate.
    fn requirement(&self, line: &Line, members: BTreeSet<usize>) -> Requirement {
        let mut requirement = Requirement {
            name: line.name.clone(),
            version: line.version.clone(),
            since: None,
            present: Vec::new(),
            features: line.features.iter().cloned().collect(),
            members: members.into_iter().map(|m| self.inventory.members[m].name.to_string()).collect(),
            because: Vec::new(),
            wiring: Vec::new(),
            switches: Vec::new(),
            directives: Vec::new(),
        };
        requirement.members.sort();
        let mut purposes = self.purposes(line);
        if purposes.iter().any(|purpose| purpose.is_likely) {
            purposes.retain(|purpose| purpose.is_likely);
        }
        for Purpose { library, provision, version, .. } in purposes {
            extend(&mut requirement.because, [library.name.to_string()]);
            extend(&mut requirement.wiring, texts(&provision.wiring, &version));
            extend(&mut requirement.switches, texts(&provision.switch, &version));
            extend(&mut requirement.directives, provision.directives.iter().cloned());
        }
        if let (Some(rule), Some(version)) = (self.registry.krate(line.name.as_str()), version_of(line)) {
            extend(&mut requirement.wiring, texts(&rule.wiring, &version));
        }
        requirement
    }

    /// What a line may be for: every way to instrument a library of the project that it stands for.
    fn purposes(&self, line: &Line) -> Vec<Purpose<'a>> {
        let mut purposes = Vec::new();
        for library in self.registry.library_names().filter_map(|name| self.registry.library(name)) {
            let used = |name: &str| !self.around(name, Placement::Users).is_empty();
            let is_in_use = library.counts == Counts::Locked || used(library.name.as_str());
            let is_covered = library.covered_by.iter().any(|other| used(other.as_str()));
            for present in self.present(library.name.as_str()) {
                let found = self.purposes_at(line, library, present, is_in_use && !is_covered);
                purposes.extend(found);
            }
        }
        purposes
    }

    /// The versions of a library that selected members use, else all that are locked.
    fn present(&self, library: &str) -> BTreeSet<&'a Version> {
        let selected = self.inventory.selected().flat_map(|member| &member.uses);
        let used = selected.map(|used| &self.inventory.packages[used.package]);
        let used: BTreeSet<&Version> =
            used.filter(|p| p.name.as_str() == library).map(|p| &p.version).collect();
        if used.is_empty() {
            return self.inventory.locked(library).map(|package| &package.version).collect();
        }
        used
    }

    /// What a line may be for where a library has this version.
    fn purposes_at(
        &self,
        line: &Line,
        library: &'a Library,
        present: &Version,
        is_wanted: bool,
    ) -> Vec<Purpose<'a>> {
        let mut purposes = Vec::new();
        let supports = |p: &&Provision| p.versions.as_ref().is_none_or(|r| r.matches(present));
        let mut is_served = false;
        for provision in library.by.iter().filter(supports) {
            let version = match &provision.means {
                Means::Crate(name) if *name == line.name => version_of(line),
                Means::Feature(feature) if library.name == line.name && line.features.contains(feature) => {
                    Some(present.clone())
                }
                _ => None,
            };
            if let Some(version) = version {
                purposes.push(Purpose { library, provision, version, is_likely: is_wanted && !is_served });
            }
            is_served |= self.is_asked(provision);
        }
        purposes
    }

    /// The code that initialises, where the lines hold all crates of an exporter.
    fn initialisation(&self) -> Option<String> {
        let api = self.lines.iter().find(|line| line.name.as_str() == API_CRATES[0]).and_then(version_of)?;
        let set = ReleaseSet::of(&api).as_version();
        let is_whole = |exporter: &&Exporter| {
            exporter.crates.iter().all(|(name, choices)| {
                let Some(line) = self.lines.iter().find(|line| line.name == *name) else { return false };
                let Some(version) = version_of(line) else { return false };
                choices
                    .iter()
                    .filter(|choice| choice.releases.as_ref().is_none_or(|req| req.matches(&version)))
                    .all(|choice| choice.names.iter().any(|name| line.features.contains(name)))
            })
        };
        let exporter = self.exporters().filter(is_whole).max_by_key(|exporter| exporter.crates.len())?;
        exporter.wiring.iter().find(|advice| advice.holds_for(&set)).map(|advice| advice.text.clone())
    }

    fn exporters(&self) -> impl Iterator<Item = &Exporter> {
        self.registry.exporter_names().filter_map(|name| self.registry.exporter(name))
    }

    /// The selected members that are such, by index.
    fn selected(&self, such: impl Fn(&Member) -> bool) -> BTreeSet<usize> {
        let members = self.inventory.members.iter().enumerate();
        members.filter(|(_, m)| m.is_selected && such(m)).map(|(index, _)| index).collect()
    }
}

/// The version of a line.
fn version_of(line: &Line) -> Option<Version> {
    line.version.as_ref()?.version.parse().ok()
}

/// The texts that hold for a release.
fn texts<'t>(advice: &'t [Advice], version: &'t Version) -> impl Iterator<Item = String> + 't {
    advice.iter().filter(|advice| advice.holds_for(version)).map(|advice| advice.text.clone())
}

/// Adds what is not there yet.
fn extend(list: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for text in more {
        if !list.contains(&text) {
            list.push(text);
        }
    }
}
