//! The walk from the roots of a `uv.lock` to everything that they need.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::{
    super::{
        ParseError,
        marker::{Chosen, Markers},
        request, tree,
    },
    package::{Entries, is_virtual},
};
use crate::{
    document::{Table, Value},
    ecosystem::python::inventory::{Distribution, Requires},
    package::PackageName,
};

/// A package, alone or with one of its extras.
type Node<'d> = (usize, Option<&'d str>);

/// What has been walked.
pub(super) struct Graph<'d, 't> {
    /// All packages.
    entries: &'d Entries<'d, 't>,
    /// What evaluates the markers.
    markers: Markers,
    /// The extras, groups and projects that count, as uv writes them into markers under `conflicts`.
    chosen: BTreeSet<String>,
    /// The extras that such markers ask for.
    conflicting: BTreeSet<String>,
    /// The markers that were evaluated for what counts: under `conflicts` they are long, and the same again and again.
    known: HashMap<&'d str, bool>,
    /// Whether the fork of a package is for this target, of those that were asked about.
    forks: HashMap<usize, bool>,
    /// What has been seen.
    seen: HashSet<Node<'d>>,
    /// What each package depends on; `None` for those that have not been met.
    edges: Vec<Option<Vec<PackageName>>>,
    /// What the roots depend on.
    direct: BTreeSet<PackageName>,
}

impl<'d, 't> Graph<'d, 't> {
    /// Starts before the first step.
    pub(super) fn new(entries: &'d Entries<'d, 't>, conflicts: &[Value<'_>], markers: Markers) -> Self {
        let items = conflicts.iter().flat_map(|set| tree::elements(Some(set))).filter_map(Value::as_table);
        let conflicting = items.filter_map(|item| {
            let name = |key| PackageName::of_distribution(tree::text(item, key)?).ok();
            Some(encoded_extra(&name("package")?, &name("extra")?))
        });
        Self {
            entries,
            markers,
            chosen: BTreeSet::new(),
            conflicting: conflicting.collect(),
            known: HashMap::new(),
            forks: HashMap::new(),
            seen: HashSet::new(),
            edges: vec![None; entries.packages.len()],
            direct: BTreeSet::new(),
        }
    }

    /// Notes what the user chose, for the markers that ask for it.
    pub(super) fn note_choice(
        &mut self,
        roots: &[usize],
        extras: &BTreeSet<PackageName>,
        groups: &BTreeSet<PackageName>,
    ) {
        for root in roots {
            let package = &self.entries.packages[*root].name;
            let length = package.as_str().len();
            self.chosen.insert(format!("project-{length}-{package}"));
            self.chosen.extend(extras.iter().map(|extra| encoded_extra(package, extra)));
            self.chosen.extend(groups.iter().map(|group| format!("group-{length}-{package}-{group}")));
        }
    }

    /// Forgets where the walk has been, but not the extras that it met: they decide under `conflicts`, and one may
    /// be met after the marker that asks for it.
    pub(super) fn forget_paths(&mut self) {
        self.seen.clear();
        self.edges.fill(None);
        self.direct.clear();
    }

    /// Walks from the roots, with these of their extras and groups.
    pub(super) fn walk(
        &mut self,
        roots: &[usize],
        extras: &BTreeSet<PackageName>,
        groups: &BTreeSet<PackageName>,
    ) -> Result<(), ParseError> {
        let mut queue = VecDeque::new();
        for root in roots {
            let table = self.entries.packages[*root].table;
            self.edges[*root].get_or_insert_default();
            self.follow((*root, None), &mut queue)?;
            for (key, chosen) in [("optional-dependencies", extras), ("dev-dependencies", groups)] {
                for (part, dependencies) in table.table(&[key]).into_iter().flat_map(Table::iter) {
                    if PackageName::of_distribution(part).is_ok_and(|part| chosen.contains(&part)) {
                        self.add(*root, tree::elements(Some(dependencies)), &mut queue)?;
                    }
                }
            }
        }
        for root in roots {
            self.direct.extend(self.edges[*root].iter().flatten().cloned());
        }
        self.go_on(queue)
    }

    /// Walks from requirements that belong to no package, each with its name and perhaps a marker and extras.
    pub(super) fn require(&mut self, requirements: &'d [Value<'t>]) -> Result<(), ParseError> {
        let mut queue = VecDeque::new();
        for requirement in requirements.iter().filter_map(Value::as_table) {
            let Some(text) = tree::text(requirement, "name") else { continue };
            for index in self.entries.named(text) {
                let entry = &self.entries.packages[*index];
                if self.fits(*index)? && self.holds(&entry.name, tree::text(requirement, "marker"))? {
                    self.direct.insert(entry.name.clone());
                    self.enter(*index, tree::texts(requirement, "extras"), &mut queue);
                }
            }
        }
        self.go_on(queue)
    }

    /// Whether a package, which may be one of several forks, is for this target.
    fn fits(&mut self, index: usize) -> Result<bool, ParseError> {
        if let Some(fits) = self.forks.get(&index) {
            return Ok(*fits);
        }
        let entry = &self.entries.packages[index];
        let mut forks = tree::texts(entry.table, "resolution-markers").peekable();
        let mut fits = forks.peek().is_none();
        for fork in forks {
            fits |= self.holds(&entry.name, Some(fork))?;
        }
        self.forks.insert(index, fits);
        Ok(fits)
    }

    /// Follows everything that waits, and what that leads to.
    fn go_on(&mut self, mut queue: VecDeque<Node<'d>>) -> Result<(), ParseError> {
        while let Some(node) = queue.pop_front() {
            self.follow(node, &mut queue)?;
        }
        Ok(())
    }

    /// Takes the dependencies of a package, or those of one of its extras.
    fn follow(&mut self, (index, extra): Node<'d>, queue: &mut VecDeque<Node<'d>>) -> Result<(), ParseError> {
        let table = self.entries.packages[index].table;
        let dependencies = match extra {
            None => table.get("dependencies"),
            Some(extra) => {
                let extras = table.table(&["optional-dependencies"]);
                extras.and_then(|extras| extras.get(extra))
            }
        };
        self.add(index, tree::elements(dependencies), queue)
    }

    /// Adds those dependencies of a package whose markers hold.
    fn add(
        &mut self,
        from: usize,
        dependencies: &'d [Value<'t>],
        queue: &mut VecDeque<Node<'d>>,
    ) -> Result<(), ParseError> {
        for dependency in dependencies.iter().filter_map(Value::as_table) {
            let Some(index) = self.entries.find(dependency) else {
                let name = tree::text(dependency, "name").unwrap_or_default();
                return Err(ParseError::Dangling {
                    name: self.entries.packages[from].name.clone(),
                    dependency: name.chars().take(200).collect(),
                });
            };
            let name = &self.entries.packages[index].name;
            // A dependency may be there only for the conflicting extra that it brings along.
            let brought = tree::texts(dependency, "extra").filter_map(|extra| {
                let extra = encoded_extra(name, &PackageName::of_distribution(extra).ok()?);
                (self.conflicting.contains(&extra) && !self.chosen.contains(&extra)).then_some(extra)
            });
            let brought: Vec<String> = brought.collect();
            let marker = tree::text(dependency, "marker");
            if !brought.is_empty() {
                self.chosen.extend(brought.iter().cloned());
                self.forget_markers();
            }
            if self.holds(name, marker)? {
                self.edges[from].get_or_insert_default().push(name.clone());
                self.enter(index, tree::texts(dependency, "extra"), queue);
            } else if !brought.is_empty() {
                self.chosen.retain(|extra| !brought.contains(extra));
                self.forget_markers();
            }
        }
        Ok(())
    }

    /// Forgets what holds, because what counts has changed.
    fn forget_markers(&mut self) {
        self.known.clear();
        self.forks.clear();
    }

    /// Notes that a package is installed, with these of its extras.
    fn enter(&mut self, index: usize, extras: impl Iterator<Item = &'d str>, queue: &mut VecDeque<Node<'d>>) {
        self.edges[index].get_or_insert_default();
        for node in [None].into_iter().chain(extras.map(Some)).map(|extra| (index, extra)) {
            if self.seen.insert(node) {
                queue.push_back(node);
            }
        }
    }

    /// Whether the marker of a dependency on that package holds.
    fn holds(&mut self, name: &PackageName, marker: Option<&'d str>) -> Result<bool, ParseError> {
        let Some(marker) = marker else { return Ok(true) };
        if let Some(holds) = self.known.get(marker) {
            return Ok(*holds);
        }
        let chosen = Chosen { extras: Some(&self.chosen), groups: None };
        let holds = self.markers.hold(Some(marker), chosen);
        let holds = holds.map_err(|source| ParseError::Marker { name: name.clone(), source })?;
        self.known.insert(marker, holds);
        Ok(holds)
    }

    /// What is installed, and what the roots depend on.
    pub(super) fn finish(self) -> (Vec<Distribution>, BTreeSet<PackageName>) {
        let installed = self.entries.packages.iter().zip(self.edges);
        let installed = installed.filter(|(package, _)| !is_virtual(package.table));
        let installed = installed.filter_map(|(package, edges)| {
            let version = request::version(tree::text(package.table, "version"));
            Some(Distribution { name: package.name.clone(), version, requires: Requires::Listed(edges?) })
        });
        (installed.collect(), self.direct)
    }
}

/// An extra as uv writes it into markers under `conflicts`.
fn encoded_extra(package: &PackageName, extra: &PackageName) -> String {
    format!("extra-{}-{package}-{extra}", package.as_str().len())
}
