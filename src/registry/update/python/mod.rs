//! Refreshing the release data for Python from the user's package index.
//!
//! A release of `opentelemetry-instrumentation` never changes once it is published: what is known of it in full is
//! kept, and only its wheels that were missing are asked for again. What depends on the newest version of something
//! (a line without a version, an instrumentation with versions of its own, what exporters need) is looked at anew.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

mod address;
mod assemble;
mod draft;
mod error;
mod html;
mod index;
mod line;
mod pip_config;
mod rules;
pub mod simple;
pub mod table;
mod uv_config;
pub mod wheel;

pub use error::Error;

pub(super) use self::{address::find, index::PythonIndex, pip_config::PipConfig};
use self::{
    assemble::{Known, assemble, core},
    draft::Draft,
    rules::Rules,
};
use super::{Progress, parallel::ask_all};
use crate::{
    package::PackageName,
    registry::python::{
        PythonRegistry, Unlisted,
        file::PythonFile,
        line::{InstrumentationLine, ReleaseLine},
    },
};

/// The distribution whose releases carry the tables.
pub(super) const CARRIER: &str = "opentelemetry-instrumentation";

/// The distribution that all of them are about.
const API: &str = "opentelemetry-api";

/// The distribution that configures the SDK.
const DISTRO: &str = "opentelemetry-distro";

/// A distribution of every release that requires the API exactly.
const CONVENTIONS: &str = "opentelemetry-semantic-conventions";

/// The first release whose table is of a form that is known.
const OLDEST: &str = "0.22b0";

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// The lines of the releases, newest first.
    pub(super) releases: Vec<ReleaseLine>,
    /// The lines of the instrumentations.
    pub(super) instrumentations: Vec<InstrumentationLine>,
}

/// A wheel to ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    /// The project.
    project: String,
    /// The version.
    version: Version,
    /// Whether only its requirements matter.
    only_requirements: bool,
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.project, self.version)
    }
}

/// Makes the release data anew from an index; what a file of release data knows in full is taken from there.
pub(super) fn refresh(
    index: &PythonIndex,
    before: Option<&PythonFile>,
    registry: &PythonRegistry,
    progress: &mut dyn FnMut(Progress),
) -> Result<Made, Error> {
    let rules = Rules::of(registry);
    let mut run =
        Run { index, progress, done: 0, known: Known::default(), expected: expected(registry.file()) };

    let supports = rules.supports.iter().map(|(name, _)| name.as_str());
    let unlisted = rules.unlisted.iter().map(|(name, _)| name.as_str());
    run.pages(
        supports.chain(unlisted).chain([CARRIER, API, DISTRO, CONVENTIONS]).map(str::to_owned).collect(),
    )?;
    let drafts = run.drafts(before)?;
    let listed = drafts.iter().flat_map(Draft::mentions).filter(|mention| mention.known.is_none());
    run.pages(listed.map(|mention| mention.line.name.to_string()).collect())?;
    run.wheels(&drafts, &rules)?;
    run.foundations(&drafts, &rules)?;

    let (releases, instrumentations) = assemble(&drafts, &run.known, &rules)?;
    Ok(Made { releases, instrumentations })
}

/// The instrumentations that the index has had, as far as release data tells.
fn expected(file: &PythonFile) -> BTreeSet<String> {
    let releases = (0..file.heads().len()).filter_map(|number| file.release(number));
    let instrumentations = releases.flat_map(|release| release.instrumentations);
    instrumentations.filter(|one| one.installable).map(|one| one.name.to_string()).collect()
}

/// A refresh under way.
struct Run<'a> {
    /// The index.
    index: &'a PythonIndex,
    /// Whom to tell how far it is.
    progress: &'a mut dyn FnMut(Progress),
    /// How many answers are there.
    done: usize,
    /// The answers.
    known: Known,
    /// What the index must have a wheel of.
    expected: BTreeSet<String>,
}

impl Run<'_> {
    /// Asks for lists of wheels that are not there yet.
    fn pages(&mut self, projects: BTreeSet<String>) -> Result<(), Error> {
        let projects =
            projects.into_iter().filter(|project| !self.known.pages.contains_key(project)).collect();
        let (index, expected) = (self.index, std::mem::take(&mut self.expected));
        let pages = self.ask(&projects, &|project: &String| {
            let name = PackageName::of_distribution(project).map_err(|_| super::FetchError::Name)?;
            let page = index.page(&name)?;
            // A page that is no list of files, such as that of a login, has no wheels either.
            let is_gone = page.versions().next().is_none() && expected.contains(project);
            if is_gone { Err(super::FetchError::Vanished) } else { Ok(page) }
        });
        self.expected = expected;
        let pages = pages?;
        self.known.pages.extend(pages);
        Ok(())
    }

    /// The releases that the index has, oldest first; those that are not known, by their wheels.
    fn drafts(&mut self, before: Option<&PythonFile>) -> Result<Vec<Draft>, Error> {
        let oldest = OLDEST.parse::<Version>().expect("a literal version");
        let page = self.known.page(CARRIER).cloned().unwrap_or_default();
        let versions = page.versions().filter(|version| **version >= oldest);
        let versions = versions.cloned().collect::<Vec<_>>();
        if versions.is_empty() {
            return Err(Error::NoRelease(CARRIER));
        }
        let known = |version: &Version| {
            let file = before?;
            Draft::of_known(file.line(file.position(version)?)?, |number| file.instrumentation(number))
        };
        let (mut drafts, mut new) = (Vec::new(), BTreeSet::new());
        for version in versions {
            match known(&version) {
                Some(draft) => drafts.push(draft),
                None => drop(new.insert(version)),
            }
        }
        let carrier = PackageName::of_distribution(CARRIER).expect("a literal name");
        let index = self.index;
        let tables = self.ask(&new, &|version: &Version| {
            let wheel = page.wheel(version).ok_or(super::FetchError::Status(404))?;
            index.table(&carrier, version, wheel)
        })?;
        for (version, (facts, table)) in tables {
            drafts.push(Draft::of_table(&version, &facts, table, API)?);
            self.known.wheels.insert((CARRIER.to_owned(), version), facts);
        }
        drafts.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(drafts)
    }

    /// Asks for all wheels whose contents count.
    fn wheels(&mut self, drafts: &[Draft], rules: &Rules) -> Result<(), Error> {
        let mut items = BTreeMap::new();
        for draft in drafts {
            let mut want = |project: &str, version: &Version, only_requirements: bool| {
                if self.known.has(project, version) {
                    let only =
                        items.entry((project.to_owned(), version.clone())).or_insert(only_requirements);
                    *only &= only_requirements;
                }
            };
            if draft.core.is_none() {
                want(DISTRO, &draft.version, true);
                want(CONVENTIONS, &draft.version, true);
            }
            for mention in draft.mentions().filter(|mention| mention.known.is_none()) {
                if let Some(version) = self.known.chosen(&mention.line) {
                    want(mention.line.name.as_str(), version, false);
                }
            }
            for (name, unlisted) in &rules.unlisted {
                match unlisted {
                    Unlisted::Release => {
                        let is_known = draft.others.iter().any(|entry| entry.name == *name)
                            || draft.mentions().any(|mention| mention.says.name == *name);
                        if !is_known {
                            want(name, &draft.version, false);
                        }
                    }
                    Unlisted::Own => {
                        if let Some(version) = self.known.newest(name) {
                            want(name, version, false);
                        }
                    }
                }
            }
        }
        let items = items.into_iter().map(|((project, version), only_requirements)| Item {
            project,
            version,
            only_requirements,
        });
        self.items(&items.collect())
    }

    /// Asks what releases and their APIs need of others, where that is not known. Which API goes with a new
    /// release is only known by its other wheels.
    fn foundations(&mut self, drafts: &[Draft], rules: &Rules) -> Result<(), Error> {
        let mut items = BTreeSet::new();
        for draft in drafts.iter().filter(|draft| draft.needs.is_none()) {
            let core = draft.core.clone().or_else(|| core(draft, &self.known, rules));
            let core = core.and_then(|core| core.parse::<Version>().ok());
            let api = core.map(|core| (API, core));
            for (project, version) in api.into_iter().chain([(CARRIER, draft.version.clone())]) {
                let is_asked = self.known.wheels.contains_key(&(project.to_owned(), version.clone()));
                if !is_asked && self.known.has(project, &version) {
                    items.insert(Item { project: project.to_owned(), version, only_requirements: true });
                }
            }
        }
        self.items(&items)
    }

    /// Asks for wheels.
    fn items(&mut self, items: &BTreeSet<Item>) -> Result<(), Error> {
        let (index, known) = (self.index, std::mem::take(&mut self.known));
        let asked = self.ask(items, &|item: &Item| {
            let name = PackageName::of_distribution(&item.project).map_err(|_| super::FetchError::Name)?;
            let wheel = known.page(&item.project).and_then(|page| page.wheel(&item.version));
            let wheel = wheel.ok_or(super::FetchError::Status(404))?;
            if item.only_requirements {
                index.requirements(&name, &item.version, wheel)
            } else {
                index.facts(&name, &item.version, wheel)
            }
        });
        self.known = known;
        let wheels = asked?.into_iter().map(|(item, facts)| ((item.project, item.version), facts));
        self.known.wheels.extend(wheels);
        Ok(())
    }

    /// Asks for some things, and tells how far it is.
    fn ask<K: Ord + Clone + std::fmt::Display + Sync + Send, T: Send>(
        &mut self,
        keys: &BTreeSet<K>,
        ask: &(impl Fn(&K) -> Result<T, super::FetchError> + Sync),
    ) -> Result<Vec<(K, T)>, Error> {
        let (before, total) = (self.done, self.done + keys.len());
        let mut advance = |done| (self.progress)(Progress { done: before + done, total });
        let answers = ask_all(keys, ask, &mut advance).map_err(Error::Fetch)?;
        self.done = total;
        Ok(answers)
    }
}

#[cfg(test)]
mod tests;
