//! Which locked package each dependency in a manifest means.

use std::path::Path;

use foldhash::{HashMap, HashMapExt};

use semver::VersionReq;

use super::{
    inventory::{LockedPackage, Source},
    manifest::Origin,
    workspace::{Declared, LocalPackage},
};

/// The local packages among the locked ones.
pub(super) struct Links<'a> {
    /// Every locked package.
    locked: &'a [LockedPackage],
    /// Index of each local package among them.
    of_local: Vec<Option<usize>>,
    /// Index of the local package by that of the locked one.
    by_locked: HashMap<usize, usize>,
    /// Index of the local package by its manifest.
    by_manifest: HashMap<&'a Path, usize>,
}

impl<'a> Links<'a> {
    /// Finds the local packages: by name and version, or by name alone where the version has
    /// changed since.
    pub(super) fn new(packages: &'a [LocalPackage], locked: &'a [LockedPackage]) -> Self {
        let mut by_locked = HashMap::with_capacity(packages.len());
        let find = |package: &LocalPackage| {
            let start = locked.partition_point(|other| other.name < package.name);
            let same_name = locked[start..].iter().take_while(|other| other.name == package.name);
            let mut local = same_name
                .enumerate()
                .filter(|(_, other)| other.source == Source::Path)
                .map(|(i, _)| start + i);
            let first = local.next()?;
            let fits = |&index: &usize| package.version.as_ref() == Some(&locked[index].version);
            std::iter::once(first).chain(local).find(fits).or(Some(first))
        };
        let mut of_local = Vec::with_capacity(packages.len());
        let mut by_manifest = HashMap::with_capacity(packages.len());
        for (index, package) in packages.iter().enumerate() {
            let found = find(package);
            if let Some(found) = found {
                by_locked.entry(found).or_insert(index);
            }
            of_local.push(found);
            by_manifest.insert(package.manifest.as_path(), index);
        }
        Self { locked, of_local, by_locked, by_manifest }
    }

    /// The locked package that a local one is.
    pub(super) fn of_local(&self, index: usize) -> Option<usize> {
        self.of_local[index]
    }

    /// The local package that a locked one is.
    pub(super) fn local(&self, locked: usize) -> Option<usize> {
        self.by_locked.get(&locked).copied()
    }

    /// The locked package that a dependency of a local one means.
    ///
    /// Only what the lockfile lists for that package comes into question. `[patch]` may have put any
    /// source in the place of the declared one, so the source decides only between several.
    pub(super) fn resolve(&self, of: usize, declared: &Declared) -> Result<Option<usize>, semver::Error> {
        let Some(of) = self.of_local(of) else { return Ok(None) };
        let dependency = &declared.dependency;
        let (indices, name) = (&self.locked[of].dependencies, dependency.package());
        let start = indices.partition_point(|&index| self.locked[index].name < *name);
        let same_name = indices[start..].iter().take_while(|&&index| self.locked[index].name == *name);
        let mut candidates: Vec<_> = same_name.copied().collect();
        if let (Some(text), false) = (&dependency.requirement, matches!(dependency.origin, Origin::Path(_))) {
            let requirement = VersionReq::parse(text)?;
            candidates.retain(|&index| requirement.matches(&self.locked[index].version));
        }
        // Cargo tries the locked packages in their order, and so the lowest version wins.
        Ok(candidates.into_iter().min_by_key(|&index| (self.distance(index, declared), index)))
    }

    /// How far a locked package is from what is declared; 0 is what cargo would have chosen
    /// without `[patch]`.
    fn distance(&self, index: usize, declared: &Declared) -> u8 {
        let source = &self.locked[index].source;
        match (&declared.dependency.origin, source) {
            (Origin::Registry, Source::CratesIo | Source::Registry(_)) => 0,
            (Origin::Path(_), Source::Path) => {
                let local = declared.manifest.as_deref().and_then(|path| self.by_manifest.get(path));
                u8::from(local.is_none_or(|&local| self.of_local(local) != Some(index)))
            }
            (Origin::Git { url, reference }, Source::Git(locked)) => {
                let (locked, query) = locked.split_once('?').unwrap_or((locked, ""));
                if is_same_repository(url, locked) {
                    u8::from(reference.as_deref().unwrap_or("") != query)
                } else {
                    3
                }
            }
            _ => 4,
        }
    }
}

/// Whether two addresses mean one git repository: cargo does not look at case, `.git` and a last `/`.
fn is_same_repository(one: &str, other: &str) -> bool {
    let normal = |url: &str| {
        let url = url.trim_end_matches('/');
        url.strip_suffix(".git").unwrap_or(url).to_ascii_lowercase()
    };
    normal(one) == normal(other)
}
