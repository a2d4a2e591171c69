//! The exhaustive search: every release set, every library, every way, every release.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use semver::Version;

use crate::{
    Result,
    answer::Answer,
    belonging::{Belonging, is_api},
    candidate::{Candidate, Demand, Judge},
    index::{self, Index},
    project::{Package, Project},
    rules::{Library, Provision, Rules, matching},
};

/// What is the same for all projects.
pub(crate) struct Oracle {
    /// The releases.
    pub(crate) index: Index,
    /// The rules.
    rules: Rules,
}

impl Oracle {
    /// Reads the rules of a registry folder, and opens the index as of the date of its release data.
    pub(crate) fn consult(registry: &Path) -> Result<Self> {
        Ok(Self { index: Index::open(Some(index::date(registry)?))?, rules: Rules::read(registry)? })
    }

    /// The answer for a project.
    pub(crate) fn answer(&self, project: &Project) -> Answer {
        let belonging = Belonging::new(&self.index);
        Search { index: &self.index, rules: &self.rules, project, belonging: &belonging }.answer()
    }
}

/// Everything that the search looks at.
pub(crate) struct Search<'a> {
    /// The releases.
    pub(crate) index: &'a Index,
    /// The rules.
    pub(crate) rules: &'a Rules,
    /// The project.
    pub(crate) project: &'a Project,
    /// What belongs where.
    pub(crate) belonging: &'a Belonging<'a>,
}

/// A library in use.
struct Use<'a> {
    /// Its name.
    name: &'a str,
    /// What the rules say about it.
    rule: &'a Library,
    /// The package.
    package: usize,
    /// The members that depend on it, or those with a binary that reach it where that is enough.
    users: Vec<usize>,
}

/// What one release set comes to.
#[derive(Default)]
pub(crate) struct Plan {
    /// Libraries that are served: name, version, by what.
    pub(crate) served: BTreeSet<(String, String, String)>,
    /// What is asked for, by member and crate.
    pub(crate) demands: BTreeMap<(usize, String), Vec<Demand>>,
    /// Features of libraries to switch on, by member and package.
    pub(crate) features: BTreeMap<(usize, usize), BTreeSet<String>>,
    /// Crates that must be there too: the member and the crate that need them, and what for.
    pub(crate) needs: Vec<Need>,
}

/// A crate that another one needs.
#[derive(Clone)]
pub(crate) struct Need {
    /// The member that has what needs it.
    pub(crate) member: usize,
    /// The crate that needs it; none for a feature of a library.
    pub(crate) by: Option<String>,
    /// The crate that is needed.
    pub(crate) name: String,
    /// The library for which it is needed.
    pub(crate) package: usize,
}

impl Search<'_> {
    /// The answer.
    fn answer(&self) -> Answer {
        let uses = self.uses();
        let plans = self.sets().into_iter().map(|set| (set, self.plan(set, &uses)));
        let count = |plan: &Plan| plan.served.iter().map(|(n, v, _)| (n, v)).collect::<BTreeSet<_>>().len();
        let best = plans.max_by_key(|(set, plan)| (count(plan), *set));
        best.map(|(set, plan)| self.outcome(set, plan)).unwrap_or_default()
    }

    /// The sets to choose from: the locked one, or else every minor of OpenTelemetry.
    fn sets(&self) -> Vec<u64> {
        let packages = self.project.reached(&self.project.members, |_| false);
        let nearest = packages.iter().map(|at| &self.project.packages[*at]).find(|p| is_api(&p.name));
        if let Some(package) = nearest {
            return vec![package.version.minor];
        }
        let locked = self.project.locked.iter().filter(|(name, _)| is_api(name));
        if let Some(newest) = locked.filter_map(|(_, versions)| versions.last()).max() {
            return vec![newest.minor];
        }
        let releases = self.index.named("opentelemetry");
        let minors = releases.iter().filter(|r| r.is_offered()).map(|r| r.version.minor);
        minors.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The libraries that count.
    fn uses(&self) -> Vec<Use<'_>> {
        let project = self.project;
        let mut uses = Vec::new();
        for (name, rule) in &self.rules.library {
            let anywhere = rule.counts == "locked";
            let users_of = |package: usize| -> Vec<usize> {
                let members = project.members.iter().copied();
                let reaches = |member: usize| {
                    project.is_binary(member)
                        && project.reached(&[member], of_opentelemetry).contains(&package)
                };
                let using = members.filter(|member| {
                    if anywhere { reaches(*member) } else { project.normal[*member].contains(&package) }
                });
                using.collect()
            };
            let named = (0..project.packages.len())
                .filter(|at| project.packages[*at].name == *name && !project.members.contains(at));
            let found = named.map(|package| Use { name, rule, package, users: users_of(package) });
            uses.extend(found.filter(|found| !found.users.is_empty()));
        }
        let counts =
            |name: &String| project.members.iter().any(|m| project.direct(*m, name).next().is_some());
        uses.retain(|found| !found.rule.covered_by.iter().any(counts));
        uses
    }

    /// What a release set comes to.
    fn plan(&self, set: u64, uses: &[Use<'_>]) -> Plan {
        let mut plan = Plan::default();
        for found in uses {
            for member in &found.users {
                self.serve(set, found, *member, &mut plan);
            }
        }
        plan
    }

    /// Serves a library in a member by the first way that can be gone.
    fn serve(&self, set: u64, found: &Use<'_>, member: usize, plan: &mut Plan) {
        // An instrumentation is not offered to itself.
        let own = self.project.packages[member].name.as_str();
        let automatic = || {
            let of_others = found.rule.by.iter().filter(|way| way.krate.as_deref() != Some(own));
            of_others.filter(|way| way.role != "on-request")
        };
        let has = |way: &&Provision| {
            way.krate.as_ref().is_some_and(|name| self.project.direct(member, name).next().is_some())
        };
        let version = &self.project.packages[found.package].version;
        if let Some(kept) = found.rule.by.iter().find(has) {
            let name = kept.krate.as_deref().unwrap_or_default();
            let there = self.project.direct(member, name).next().unwrap_or_default();
            let Some(switched) = self.keep(set, member, there, kept.select.as_deref()) else { return };
            plan.served.insert((found.name.to_owned(), version.to_string(), name.to_owned()));
            if !switched.is_empty() {
                plan.features.entry((member, there)).or_default().extend(switched);
            }
            for need in &kept.needs {
                plan.needs.push(Need { member, by: None, name: need.clone(), package: found.package });
            }
            return;
        }
        for way in automatic().filter(|way| way.versions.as_ref().is_none_or(|v| v.matches(version))) {
            let done = match (&way.krate, &way.feature) {
                (Some(name), _) => self.add(set, found, member, way, name, plan),
                (None, Some(feature)) => self.switch(set, found, member, way, feature, plan),
                (None, None) => return,
            };
            if done {
                return;
            }
        }
    }

    /// The features to switch on in a crate that a member has already; none at all if it is not of that set.
    fn keep(
        &self,
        set: u64,
        member: usize,
        package: usize,
        select: Option<&str>,
    ) -> Option<BTreeSet<String>> {
        let Package { name, version, .. } = &self.project.packages[package];
        let releases = self.index.named(name);
        let Some(release) = releases.iter().find(|r| r.version == *version) else {
            return Some(BTreeSet::new());
        };
        let minors = |asked: &BTreeSet<String>| self.belonging.of(name, release, asked);
        let mut asked = self.project.asked(member, package);
        if minors(&asked).iter().any(|minor| *minor != set) {
            return None;
        }
        let Some(pattern) = select else { return Some(BTreeSet::new()) };
        let (on, _) = release.activate(&asked);
        let choices = matching(release, pattern);
        if choices.iter().any(|choice| on.contains(*choice)) {
            return Some(BTreeSet::new());
        }
        choices.into_iter().find_map(|choice| {
            asked.insert(choice.to_owned());
            let fits = minors(&asked) == [set].into();
            asked.remove(choice);
            fits.then(|| BTreeSet::from([choice.to_owned()]))
        })
    }

    /// Serves a library by a crate, if there is a release for it.
    fn add(
        &self,
        set: u64,
        found: &Use<'_>,
        member: usize,
        way: &Provision,
        name: &str,
        plan: &mut Plan,
    ) -> bool {
        let judge = Judge { search: self, set, library: found.package };
        let targets = self.targets(member, &way.placement);
        let mut offers = Vec::new();
        for target in targets {
            if self.project.direct(target, name).next().is_some() {
                continue;
            }
            let mut candidates = judge.candidates(target, name, Some(way));
            candidates.retain(|candidate| self.can_have_needs(&judge, target, name, &way.needs, candidate));
            if !candidates.is_empty() {
                offers.push((target, candidates));
            }
        }
        if offers.is_empty() {
            return false;
        }
        let version = self.project.packages[found.package].version.to_string();
        plan.served.insert((found.name.to_owned(), version, name.to_owned()));
        for (target, candidates) in offers {
            plan.demands.entry((target, name.to_owned())).or_default().push(Demand { candidates });
            for need in self.needs(name, &way.needs) {
                plan.needs.push(Need {
                    member: target,
                    by: Some(name.to_owned()),
                    name: need,
                    package: found.package,
                });
            }
        }
        true
    }

    /// Serves a library by a feature of its own, if its version has it and it belongs to the set.
    fn switch(
        &self,
        set: u64,
        found: &Use<'_>,
        member: usize,
        way: &Provision,
        feature: &str,
        plan: &mut Plan,
    ) -> bool {
        let package = &self.project.packages[found.package];
        let releases = self.index.named(&package.name);
        let Some(release) = releases.iter().find(|r| r.version == package.version) else { return false };
        let mut asked = self.project.asked(member, found.package);
        let (on, _) = release.activate(&asked);
        let mut resolved = self.project.features[found.package].clone();
        resolved.insert(feature.to_owned());
        let minors = self.belonging.of(&package.name, release, &resolved);
        if !release.all_features().contains(feature) || minors.iter().any(|minor| *minor != set) {
            return false;
        }
        let judge = Judge { search: self, set, library: found.package };
        asked.insert(feature.to_owned());
        let there = Candidate { version: package.version.clone(), asked, features: BTreeSet::new() };
        if !self.can_have_needs(&judge, member, found.name, &way.needs, &there) {
            return false;
        }
        let by = format!("{}/{feature}", found.name);
        plan.served.insert((found.name.to_owned(), package.version.to_string(), by));
        if !on.contains(feature) {
            plan.features.entry((member, found.package)).or_default().insert(feature.to_owned());
        }
        for need in &way.needs {
            plan.needs.push(Need { member, by: None, name: need.clone(), package: found.package });
        }
        true
    }

    /// Whether there is a release of everything that a candidate needs.
    fn can_have_needs(
        &self,
        judge: &Judge<'_>,
        member: usize,
        by: &str,
        needs: &[String],
        candidate: &Candidate,
    ) -> bool {
        self.needs(by, needs).iter().all(|need| {
            let placement = self.placement(need);
            self.targets(member, placement).into_iter().all(|target| {
                self.project.direct(target, need).next().is_some()
                    || judge
                        .candidates(target, need, None)
                        .iter()
                        .any(|c| judge.agree(by, candidate, need, c))
            })
        })
    }

    /// What a crate needs for a library and by itself.
    pub(crate) fn needs(&self, name: &str, way: &[String]) -> Vec<String> {
        let own = self.rules.crates.get(name).map_or(&[][..], |krate| krate.needs.as_slice());
        way.iter().chain(own).cloned().collect()
    }

    /// Where a crate goes that another one needs.
    pub(crate) fn placement(&self, name: &str) -> &str {
        self.rules.crates.get(name).and_then(|krate| krate.placement.as_deref()).unwrap_or_default()
    }

    /// The members that get what a member needs: itself, or those with a binary that lead to it.
    pub(crate) fn targets(&self, member: usize, placement: &str) -> Vec<usize> {
        if placement != "binaries" {
            return vec![member];
        }
        let binaries = self.project.members.iter().copied().filter(|binary| self.project.is_binary(*binary));
        binaries.filter(|binary| self.project.reached(&[*binary], |_| false).contains(&member)).collect()
    }
}

/// What versions that cargo takes for each other have in common.
pub(crate) fn class(version: &Version) -> (u64, u64, u64) {
    match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    }
}

/// Whether a package is OpenTelemetry's own, so that what it brings is not the project's.
fn of_opentelemetry(package: &Package) -> bool {
    package.name.starts_with("opentelemetry") || package.name.starts_with("tracing-opentelemetry")
}
