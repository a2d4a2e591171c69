//! The walk from what a project asks for to all that it needs, in lockfiles that only tell what each package needs.

use std::collections::{BTreeSet, HashMap, VecDeque};

use pep440_rs::Version;

use super::{
    ParseError,
    marker::{Chosen, Markers},
    range::Range,
};
use crate::{
    ecosystem::python::inventory::{Distribution, DistributionVersion, Requires},
    package::PackageName,
};

/// How often a package may be locked, each time in another version or for another platform. They are looked through
/// one after the other, so this bounds the time that a hostile lockfile can cost.
pub(super) const MOST_FORKS: usize = 100;

/// How often needs may be looked at. A package is looked at again with every extra that somebody else wants of it,
/// which is rare outside of a hostile lockfile.
const MOST_LOOKS: u32 = 500_000;

/// A locked package.
#[derive(Debug)]
pub(super) struct Package {
    /// Its name.
    pub(super) name: PackageName,
    /// Its version.
    pub(super) version: DistributionVersion,
    /// Whether it can be installed for the target at all.
    pub(super) fits: bool,
    /// What it needs.
    pub(super) needs: Vec<Need>,
}

/// Something that is needed.
#[derive(Clone, Debug)]
pub(super) struct Need {
    /// Its name.
    pub(super) name: PackageName,
    /// The extras that are needed of it.
    pub(super) extras: Vec<PackageName>,
    /// The versions that would do.
    pub(super) range: Range,
    /// The condition.
    pub(super) marker: Option<String>,
    /// The extras of which one must be chosen; none if it is needed always.
    pub(super) only_for: Vec<PackageName>,
}

/// What has been walked.
pub(super) struct Walk<'p> {
    /// All packages.
    packages: &'p [Package],
    /// Where those of each name stand.
    names: HashMap<&'p str, Vec<usize>>,
    /// What evaluates the markers.
    markers: Markers,
    /// The extras of each package that has been met.
    met: Vec<Option<BTreeSet<String>>>,
    /// Whether packages that have not been met may be.
    is_open: bool,
    /// What waits.
    queue: VecDeque<usize>,
    /// How often needs have been looked at.
    looks: u32,
}

impl<'p> Walk<'p> {
    /// Starts before the first step.
    pub(super) fn new(packages: &'p [Package], markers: Markers) -> Result<Self, ParseError> {
        let mut names = HashMap::<_, Vec<_>>::new();
        for (index, package) in packages.iter().enumerate() {
            let forks = names.entry(package.name.as_str()).or_default();
            if forks.len() == MOST_FORKS {
                return Err(ParseError::Often { name: package.name.clone(), most: MOST_FORKS });
            }
            forks.push(index);
        }
        let met = packages.iter().map(|_| None).collect();
        Ok(Self { packages, names, markers, met, is_open: true, queue: VecDeque::new(), looks: 0 })
    }

    /// Starts at exactly these packages: no other will be met.
    pub(super) fn within(
        packages: &'p [Package],
        installed: &[bool],
        markers: Markers,
    ) -> Result<Self, ParseError> {
        let mut walk = Self::new(packages, markers)?;
        for index in (0..packages.len()).filter(|index| installed[*index]) {
            walk.meet(index, &[]);
        }
        walk.is_open = false;
        Ok(walk)
    }

    /// Walks from what a project needs; gives the names of that.
    pub(super) fn follow(&mut self, needs: &[Need]) -> Result<BTreeSet<PackageName>, ParseError> {
        let none = BTreeSet::new();
        let mut direct = BTreeSet::new();
        for need in needs {
            if let Some(index) = self.find(need, &none)? {
                self.meet(index, &need.extras);
                direct.insert(need.name.clone());
            }
        }
        while let Some(index) = self.queue.pop_front() {
            let extras = self.met[index].clone().unwrap_or_default();
            for need in &self.packages[index].needs {
                if let Some(found) = self.find(need, &extras)? {
                    self.meet(found, &need.extras);
                }
            }
        }
        Ok(direct)
    }

    /// Notes that a package is there, with these extras.
    fn meet(&mut self, index: usize, extras: &[PackageName]) {
        if self.met[index].is_none() && !self.is_open {
            return;
        }
        let is_new = self.met[index].is_none();
        let met = self.met[index].get_or_insert_default();
        let before = met.len();
        met.extend(extras.iter().map(ToString::to_string));
        if is_new || met.len() > before {
            self.queue.push_back(index);
        }
    }

    /// The package that satisfies a need of a package with these extras, if the need arises.
    ///
    /// What is not locked is never needed: tools leave out what no platform that they lock for asks for.
    fn find(&mut self, need: &Need, extras: &BTreeSet<String>) -> Result<Option<usize>, ParseError> {
        self.looks += 1;
        if self.looks > MOST_LOOKS {
            return Err(ParseError::Tangled { name: need.name.clone() });
        }
        let chosen = Chosen { extras: Some(extras), groups: None };
        let holds = self.markers.hold(need.marker.as_deref(), chosen);
        let holds = holds.map_err(|source| ParseError::Marker { name: need.name.clone(), source })?;
        let is_for = |extra: &PackageName| extras.contains(extra.as_str());
        if !holds || !(need.only_for.is_empty() || need.only_for.iter().any(is_for)) {
            return Ok(None);
        }
        let named = self.names.get(need.name.as_str()).map_or(&[][..], Vec::as_slice);
        let version = |index: usize| match &self.packages[index].version {
            DistributionVersion::Valid(version) => Some(version),
            _ => None,
        };
        // Of several versions the newest that fits; one that has been met before is as good as any.
        let rank = |index: &&usize| {
            let package = &self.packages[**index];
            let version = version(**index);
            let is_met = self.met[**index].is_some();
            (version.is_none_or(|version| need.range.contains(version)), package.fits, is_met, version)
        };
        let best = named.iter().max_by(|one, other| rank(one).cmp(&rank(other)));
        Ok(best.copied().filter(|index| self.packages[*index].fits))
    }

    /// What has been met, each with what it needs of the rest.
    pub(super) fn finish(mut self) -> Result<Vec<Distribution>, ParseError> {
        let mut distributions = Vec::new();
        for (index, package) in self.packages.iter().enumerate() {
            let Some(extras) = self.met[index].clone() else { continue };
            let mut requires = Vec::new();
            for need in &package.needs {
                let found = self.find(need, &extras)?;
                if found.is_some_and(|found| self.met[found].is_some()) && need.name != package.name {
                    requires.push(need.name.clone());
                }
            }
            distributions.push(Distribution {
                name: package.name.clone(),
                version: package.version.clone(),
                requires: Requires::Listed(requires),
            });
        }
        Ok(distributions)
    }
}

/// Whether a Python is one of those that a package is for.
pub(super) fn admits(range: Option<&str>, python: &Version) -> bool {
    range.is_none_or(|range| Range::parse(range).contains(python))
}
