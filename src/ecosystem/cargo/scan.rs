//! Manifests held against the lockfile: which locked packages each member uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    features::{self, Activation, FeatureTable, LocalEdge, Request, request::Candidate},
    inventory::{Dormant, LockedPackage, Member, Use},
    link::Links,
    manifest::Kind,
    read::ReadError,
    workspace::{Declared, LocalPackage, Workspace},
};
use crate::{package::PackageName, settings::Selection};

/// The manifests of a workspace held against its lockfile.
pub(super) struct Scan<'a> {
    /// The packages with their manifests.
    workspace: &'a Workspace,
    /// Where they are in the lockfile.
    links: Links<'a>,
    /// The lockfile, for errors.
    lockfile: &'a Path,
    /// The features of each package.
    tables: Vec<FeatureTable<'a>>,
    /// The dependencies of each package on other local ones.
    edges: Vec<Vec<LocalEdge>>,
}

impl<'a> Scan<'a> {
    /// Finds the members in the lockfile, and who depends on whom among the local packages.
    pub(super) fn new(
        workspace: &'a Workspace,
        locked: &'a [LockedPackage],
        lockfile: &'a Path,
    ) -> Result<Self, ReadError> {
        let links = Links::new(&workspace.packages, locked);
        for (index, package) in workspace.packages.iter().enumerate() {
            if package.is_member && links.of_local(index).is_none() {
                let (path, member) = (lockfile.to_owned(), package.name.clone());
                return Err(ReadError::NoMember { path, member });
            }
        }
        let names: BTreeSet<_> = workspace.packages.iter().map(|package| &package.name).collect();
        let tables = workspace.packages.iter().map(FeatureTable::new).collect();
        let mut scan = Self { workspace, links, lockfile, tables, edges: Vec::new() };
        for (index, package) in workspace.packages.iter().enumerate() {
            let mut edges = Vec::new();
            for (number, declared) in package.dependencies.iter().enumerate() {
                if names.contains(declared.dependency.package())
                    && let Some(target) = scan.locked(index, declared)?
                    && let Some(target) = scan.links.local(target)
                {
                    edges.push((number, target));
                }
            }
            scan.edges.push(edges);
        }
        Ok(scan)
    }

    /// The members with what they use.
    pub(super) fn members(&self, selection: &Selection, selected: &[bool]) -> Result<Vec<Member>, ReadError> {
        let chosen: Vec<_> = (0..selected.len()).filter(|&index| selected[index]).collect();
        let candidates: Vec<_> = chosen.iter().map(|&index| self.candidate(index)).collect();
        let shared = Request::share(selection, &candidates, self.workspace.features_for_current_only)?;
        let mut requests: Vec<_> = chosen.into_iter().zip(shared).collect();
        let of_selected = self.activate(&requests);

        // What is not selected would switch features on, too, if it were built.
        let rest = |(index, package): (usize, &LocalPackage)| {
            (package.is_member && !selected[index]).then(|| (index, Request::by_default()))
        };
        let before = requests.len();
        requests.extend(self.workspace.packages.iter().enumerate().filter_map(rest));
        let of_all = (requests.len() > before).then(|| self.activate(&requests));

        let mut members = Vec::new();
        for (index, package) in self.workspace.packages.iter().enumerate().filter(|(_, p)| p.is_member) {
            let states = if selected[index] { &of_selected } else { of_all.as_ref().unwrap_or(&of_selected) };
            members.push(Member {
                name: package.name.clone(),
                version: package.version.clone(),
                manifest: package.manifest.clone(),
                rust_version: package.rust_version.clone(),
                has_binary: package.has_binary,
                is_default: package.is_default,
                is_selected: selected[index],
                uses: self.uses(index, &states[index])?,
                dormant: self.dormant(index, &states[index]),
            });
        }
        Ok(members)
    }

    /// A member as features can be asked of it.
    fn candidate(&self, index: usize) -> Candidate<'a, '_> {
        Candidate {
            name: self.workspace.packages[index].name.as_str(),
            table: &self.tables[index],
            is_current: self.workspace.current == Some(index),
        }
    }

    /// Which features are on for these requests.
    fn activate(&self, requests: &[(usize, Request<'a>)]) -> Vec<Activation<'a>> {
        features::activate(&self.workspace.packages, &self.tables, &self.edges, requests)
    }

    /// The normal dependencies of a member that are on.
    fn uses(&self, index: usize, state: &Activation<'_>) -> Result<Vec<Use>, ReadError> {
        let package = &self.workspace.packages[index];
        let mut uses: BTreeMap<(usize, PackageName), Use> = BTreeMap::new();
        for declared in &package.dependencies {
            let dependency = &declared.dependency;
            if dependency.kind != Kind::Normal || !state.enables(declared) {
                continue;
            }
            let locked = self.locked(index, declared)?.ok_or_else(|| self.missing(package, declared))?;
            let one = uses.entry((locked, dependency.alias.clone())).or_insert_with(|| Use {
                package: locked,
                alias: dependency.alias.clone(),
                requirement: dependency.requirement.clone(),
                features: BTreeSet::new(),
                default_features: false,
            });
            one.default_features |= dependency.default_features.unwrap_or(true);
            one.features.extend(state.asks(declared).map(str::to_owned));
        }
        Ok(uses.into_values().collect())
    }

    /// The normal dependencies of a member that are off. Where there are several members, the features are named
    /// with theirs: so each is switched on in that one alone, from wherever cargo is called.
    fn dormant(&self, index: usize, state: &Activation<'_>) -> Vec<Dormant> {
        let package = &self.workspace.packages[index];
        let is_single = self.workspace.packages.iter().filter(|package| package.is_member).count() == 1;
        let as_option = |feature: &str| {
            if is_single { feature.to_owned() } else { format!("{}/{feature}", package.name) }
        };
        let is_off = |declared: &&Declared| {
            let dependency = &declared.dependency;
            dependency.kind == Kind::Normal && dependency.optional && !state.enables(declared)
        };
        let off = package.dependencies.iter().filter(is_off).map(|declared| Dormant {
            package: declared.dependency.package().clone(),
            features: self.tables[index]
                .switches(declared.dependency.alias.as_str())
                .map(as_option)
                .collect(),
        });
        off.collect()
    }

    /// The locked package that a dependency means.
    fn locked(&self, index: usize, declared: &Declared) -> Result<Option<usize>, ReadError> {
        self.links.resolve(index, declared).map_err(|source| ReadError::Requirement {
            manifest: self.workspace.packages[index].manifest.clone(),
            alias: declared.dependency.alias.clone(),
            source,
        })
    }

    /// The error about a dependency that the lockfile does not have.
    fn missing(&self, package: &LocalPackage, declared: &Declared) -> ReadError {
        let name = declared.dependency.package();
        let wanted = match &declared.dependency.requirement {
            Some(requirement) => format!("{name} {requirement}"),
            None => name.to_string(),
        };
        ReadError::NoDependency {
            path: self.lockfile.to_owned(),
            package: wanted,
            member: package.name.clone(),
        }
    }
}
