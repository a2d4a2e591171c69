//! Which release set, and with it which crates: the pure heart of the program for Cargo.
//!
//! There are a dozen sets and a few dozen crates, so nothing is solved: each set is tried, what it
//! would serve is counted, and the best is taken. Cargo solves the rest.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use thiserror::Error;

use super::{
    graph::Graph,
    inventory::{Inventory, Source},
    matching::{Match, Presence, is_opentelemetry, match_libraries},
    membership::Membership,
    outcome::{A_BINARY, Outcome, Subject, Subjects},
    recipe::{Portions, Recipe},
    switched_off::switched_off,
};
use crate::{
    finding::{Finding, Verdict},
    registry::{
        Registry,
        release_set::{API_CRATES, ReleaseSet},
        rule::{Exporter, Means},
    },
    resolution::{Resolution, SetAlternative, SetChoice, SetReason},
    settings::Wishes,
};

/// How many of the sets that exist an error tells: nobody starts with one of the first.
const SETS_TOLD: usize = 6;

/// Why there is no answer.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ResolveError {
    /// A name given to `--exclude` or `--only` that the registry does not know.
    #[error("`{option}` names `{}`, which the registry does not know", .name.escape_debug())]
    UnknownName {
        /// The option.
        option: &'static str,
        /// The name.
        name: String,
        /// Known names that are spelled alike, nearest first.
        nearest: Vec<String>,
    },
    /// An exporter that the registry does not know.
    #[error("there is no exporter `{}`", .name.escape_debug())]
    UnknownExporter {
        /// The name.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// A release set that the release data does not have.
    #[error("there is no release set {asked} of OpenTelemetry")]
    UnknownSet {
        /// The set asked for.
        asked: String,
        /// Those that exist, newest first.
        known: Vec<String>,
    },
    /// The exporter has no release in the set that is decided already.
    #[error("`--exporter {exporter}` needs {}, which the release set {set} does not have", .crates.join(" and "))]
    ExporterNotInSet {
        /// The exporter.
        exporter: String,
        /// The crates that have no release there.
        crates: Vec<String>,
        /// The set.
        set: String,
    },
}

impl ResolveError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownName { nearest, .. } if nearest.is_empty() => {
                Some("`otel-bootstrap registry list` shows every library and instrumentation".to_owned())
            }
            Self::UnknownName { nearest, .. } => Some(format!("did you mean `{}`?", nearest.join("` or `"))),
            Self::UnknownExporter { known, .. } => Some(format!("known: {}", known.join(", "))),
            Self::UnknownSet { known, .. } => {
                let newest = known.iter().take(SETS_TOLD).cloned().collect::<Vec<_>>().join(", ");
                let oldest = known.iter().skip(SETS_TOLD).next_back();
                let rest = oldest.map(|oldest| format!(" and older ones down to {oldest}"));
                Some(format!("known: {newest}{}", rest.unwrap_or_default()))
            }
            Self::ExporterNotInSet { .. } => {
                Some("choose another exporter, or another set with `--otel-version`".to_owned())
            }
        }
    }

    /// Whether an option is what is wrong.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        !matches!(self, Self::ExporterNotInSet { .. })
    }
}

/// What the project should have, and why.
pub fn resolve(
    inventory: &Inventory,
    registry: &Registry,
    wishes: &Wishes,
) -> Result<Resolution, ResolveError> {
    let known = sets(registry);
    check_wishes(registry, wishes, &known)?;
    let exporter = match &wishes.exporter {
        None => None,
        Some(name) => Some(registry.exporter(name).ok_or_else(|| ResolveError::UnknownExporter {
            name: name.clone(),
            known: registry.exporter_names().map(str::to_owned).collect(),
        })?),
    };
    let graph = Graph::new(inventory);
    let matches = match_libraries(inventory, registry, &graph, wishes.filter.direct);
    let mut findings = Vec::new();
    let mut subjects = Vec::new();
    let mut makers = Subjects::new(inventory, registry, &graph, &wishes.filter);
    for found in &matches {
        match skipped(found, &matches) {
            Some(verdict) => findings.push(finding(inventory, found.package, Vec::new(), verdict)),
            None => {
                if let Presence::Members(members) = &found.presence {
                    subjects.extend(members.iter().map(|&m| makers.subject(found.rule, found.package, m)));
                }
            }
        }
    }
    let solver = Solver { inventory, registry, graph: &graph, subjects };
    let mut resolution = solver.solve(wishes, exporter, &known)?;
    resolution.findings.append(&mut findings);
    resolution
        .findings
        .sort_by(|a, b| (&a.library, &a.version, &a.members).cmp(&(&b.library, &b.version, &b.members)));
    Ok(resolution)
}

/// The release sets, newest first: one for each minor version of the API with a usable release.
fn sets(registry: &Registry) -> Vec<ReleaseSet> {
    let mut sets = BTreeSet::new();
    if let Some(releases) = registry.releases(API_CRATES[0]) {
        let usable = releases.newest_first().filter(|r| !r.is_yanked && r.version.pre.is_empty());
        sets.extend(usable.map(|r| ReleaseSet::of(r.version)));
    }
    sets.into_iter().rev().collect()
}

fn check_wishes(registry: &Registry, wishes: &Wishes, known: &[ReleaseSet]) -> Result<(), ResolveError> {
    if let Some((major, minor)) = wishes.otel_version {
        let asked = ReleaseSet { major, minor };
        if !known.contains(&asked) {
            let known = known.iter().map(ToString::to_string).collect();
            return Err(ResolveError::UnknownSet { asked: asked.to_string(), known });
        }
    }
    let named = [("--exclude", &wishes.filter.exclude), ("--only", &wishes.filter.only)];
    if named.iter().all(|(_, names)| names.is_empty()) {
        return Ok(());
    }
    let all = known_names(registry);
    for (option, names) in named {
        if let Some(name) = names.iter().find(|name| !all.contains(name.as_str())) {
            let nearest = nearest(name, all.iter().map(String::as_str));
            return Err(ResolveError::UnknownName { option, name: name.clone(), nearest });
        }
    }
    Ok(())
}

/// Every name that `--exclude` and `--only` take: libraries, crates, `LIBRARY/FEATURE`.
fn known_names(registry: &Registry) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for library in registry.library_names().filter_map(|name| registry.library(name)) {
        for provision in &library.by {
            match &provision.means {
                Means::Crate(name) => names.insert(name.to_string()),
                Means::Feature(feature) => names.insert(format!("{}/{feature}", library.name)),
                Means::Native(_) | Means::Nothing(_) => false,
            };
        }
        names.insert(library.name.to_string());
    }
    names
}

/// Up to three names that are spelled much alike, nearest first.
fn nearest<'n>(name: &str, all: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut scored: Vec<(f64, &str)> = all
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(3).map(|(_, known)| known.to_owned()).collect()
}

/// The verdict on a library that counts in no member or is superfluous.
fn skipped(found: &Match<'_>, all: &[Match<'_>]) -> Option<Verdict> {
    match &found.presence {
        Presence::NoBinary => Some(Verdict::Needs { missing: vec![A_BINARY.to_owned()] }),
        Presence::Indirect(through) => Some(Verdict::Indirect { through: through.clone() }),
        Presence::OnlyThroughOpenTelemetry => Some(Verdict::OnlyThroughOpenTelemetry),
        Presence::Members(_) => found
            .rule
            .covered_by
            .iter()
            .find(|name| {
                all.iter()
                    .any(|other| other.rule.name == **name && matches!(other.presence, Presence::Members(_)))
            })
            .map(|name| Verdict::Covered { by: name.to_string() }),
    }
}

fn finding(inventory: &Inventory, package: usize, members: Vec<String>, verdict: Verdict) -> Finding {
    let package = &inventory.packages[package];
    Finding {
        library: package.name.clone(),
        version: package.version.to_string(),
        members,
        verdict,
        alternatives: Vec::new(),
        switches: Vec::new(),
        directives: Vec::new(),
    }
}

/// What is counted when sets are compared: by the index of its package, each library at its version that is
/// served, with the crate or feature that serves it.
type Served<'a> = BTreeMap<usize, Cow<'a, str>>;

struct Solver<'a> {
    inventory: &'a Inventory,
    registry: &'a Registry,
    graph: &'a Graph<'a>,
    subjects: Vec<Subject<'a>>,
}

impl<'a> Solver<'a> {
    fn solve(
        &self,
        wishes: &Wishes,
        exporter: Option<&'a Exporter>,
        known: &[ReleaseSet],
    ) -> Result<Resolution, ResolveError> {
        let mut resolution = Resolution::default();
        let locked = self.locked_sets();
        let asked = wishes.otel_version.map(|(major, minor)| ReleaseSet { major, minor });
        let forced = asked.or_else(|| self.kept_set(&locked));
        let possible: Vec<ReleaseSet> = match forced {
            Some(set) => vec![set],
            None => known.iter().copied().filter(|&set| self.lacking(exporter, set).is_empty()).collect(),
        };
        let served: BTreeMap<ReleaseSet, Served<'_>> =
            known.iter().chain(&forced).map(|&set| (set, self.served(set))).collect();
        // The first of the newest-first list with the highest count.
        let best = possible.iter().copied().rev().max_by_key(|set| served[set].len());
        let Some(chosen) = best else { return Ok(resolution) };
        if let (Some(exporter), false) = (exporter, self.lacking(exporter, chosen).is_empty()) {
            return Err(ResolveError::ExporterNotInSet {
                exporter: exporter.name.clone(),
                crates: self.lacking(Some(exporter), chosen),
                set: chosen.to_string(),
            });
        }
        let outcomes: Vec<Outcome> = self.subjects.iter().map(|s| s.outcome(chosen)).collect();
        self.requirements(&mut resolution, chosen, &outcomes, exporter);
        self.findings(&mut resolution, &outcomes);
        let is_about_sets = forced.is_some() || !resolution.requirements.is_empty();
        if is_about_sets {
            let reason = match (asked, forced) {
                (Some(_), _) => SetReason::Asked,
                (None, Some(set)) => self.locked_reason(set, &locked),
                (None, None) => SetReason::Coverage {
                    served: served[&chosen].len(),
                    of: served.values().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>().len(),
                },
            };
            let others = self.alternatives(chosen, known, &served);
            resolution.set = Some(SetChoice { chosen: chosen.to_string(), reason, others });
        }
        self.warn(&mut resolution, chosen, asked, &locked);
        Ok(resolution)
    }

    /// The versions of the API that are locked, with their sets, newest first.
    fn locked_sets(&self) -> BTreeMap<ReleaseSet, Vec<usize>> {
        let mut sets: BTreeMap<ReleaseSet, Vec<usize>> = BTreeMap::new();
        for (index, package) in self.inventory.packages.iter().enumerate() {
            if API_CRATES.contains(&package.name.as_str()) && package.source != Source::Path {
                sets.entry(ReleaseSet::of(&package.version)).or_default().push(index);
            }
        }
        sets
    }

    /// The locked set to keep. Where several are locked: the one that a member depends on
    /// directly, else the one that the locked `tracing-opentelemetry` belongs to, else the newest.
    fn kept_set(&self, locked: &BTreeMap<ReleaseSet, Vec<usize>>) -> Option<ReleaseSet> {
        if locked.len() < 2 {
            return locked.keys().next().copied();
        }
        let is_direct = |packages: &Vec<usize>| {
            self.inventory.selected().any(|m| m.uses.iter().any(|u| packages.contains(&u.package)))
        };
        let is_bridged = |packages: &Vec<usize>| {
            self.inventory
                .locked("tracing-opentelemetry")
                .any(|bridge| bridge.dependencies.iter().any(|d| packages.contains(d)))
        };
        let newest = |wanted: &dyn Fn(&Vec<usize>) -> bool| {
            locked.iter().rev().find(|(_, packages)| wanted(packages)).map(|(&set, _)| set)
        };
        newest(&is_direct).or_else(|| newest(&is_bridged)).or_else(|| locked.keys().next_back().copied())
    }

    fn locked_reason(&self, set: ReleaseSet, locked: &BTreeMap<ReleaseSet, Vec<usize>>) -> SetReason {
        let packages = locked.get(&set).map(Vec::as_slice).unwrap_or_default();
        let version = packages.first().map(|&p| self.inventory.packages[p].version.to_string());
        let mut through = BTreeSet::new();
        for member in &self.inventory.members {
            for used in &member.uses {
                let reached = self.graph.walk([used.package], |_| true);
                if packages.iter().any(|&package| reached[package]) {
                    let direct = packages.contains(&used.package);
                    let name = &self.inventory.packages[used.package].name;
                    let own = self.inventory.packages[used.package].source == Source::Path;
                    if direct {
                        through.insert(member.name.to_string());
                    } else if !own && !is_opentelemetry(&self.inventory.packages[used.package]) {
                        through.insert(name.to_string());
                    }
                }
            }
        }
        SetReason::Locked { version: version.unwrap_or_default(), through: through.into_iter().collect() }
    }

    /// What each library would be served with under a set.
    fn served(&self, set: ReleaseSet) -> Served<'a> {
        let served = self.subjects.iter().filter_map(|subject| {
            let provision = subject.served_by(set)?;
            Some((subject.package, subject.label(provision)))
        });
        served.collect()
    }

    /// What each other set would gain and lose, newest first; those that would change nothing or only
    /// lose are left out.
    fn alternatives(
        &self,
        chosen: ReleaseSet,
        known: &[ReleaseSet],
        served: &BTreeMap<ReleaseSet, Served<'a>>,
    ) -> Vec<SetAlternative> {
        let own = &served[&chosen];
        let beyond = |these: &Served<'a>, those: &Served<'a>| -> Vec<String> {
            let new = these.iter().filter(|(library, with)| those.get(*library) != Some(with));
            new.map(|(&library, with)| {
                let package = &self.inventory.packages[library];
                format!("{} {} ({with})", package.name, package.version)
            })
            .collect()
        };
        let mut found = Vec::new();
        for set in known.iter().filter(|set| **set != chosen) {
            let gains = beyond(&served[set], own);
            if !gains.is_empty() {
                let losses = beyond(own, &served[set]);
                found.push(SetAlternative { set: set.to_string(), gains, losses });
            }
        }
        found
    }

    /// The crates of an exporter that have no release in a set.
    fn lacking(&self, exporter: Option<&Exporter>, set: ReleaseSet) -> Vec<String> {
        let Some(exporter) = exporter else { return Vec::new() };
        let mut lacking: Vec<String> = Vec::new();
        for (name, _) in &exporter.crates {
            let in_set = self.registry.releases(name.as_str()).is_some_and(|releases| {
                releases
                    .newest_first()
                    .filter(|r| !r.is_yanked && r.version.pre.is_empty())
                    .any(|r| Membership::of(name.as_str(), &r, []).fits(set))
            });
            if !in_set {
                lacking.push(format!("`{name}`"));
            }
        }
        lacking
    }

    fn requirements(
        &self,
        resolution: &mut Resolution,
        set: ReleaseSet,
        outcomes: &[Outcome],
        exporter: Option<&'a Exporter>,
    ) {
        let mut recipe = self.recipe(set, outcomes, exporter, Portions::default());
        if let Some(earlier) = recipe.disagreeing() {
            recipe = self.recipe(set, outcomes, exporter, earlier);
        }
        resolution.initialisation = exporter.and_then(|exporter| {
            let holding = exporter.wiring.iter().find(|a| a.holds_for(&set.as_version()));
            holding.map(|a| a.text.clone())
        });
        for name in &recipe.unavailable {
            resolution.warnings.push(format!(
                "`{name}` is needed, and no release of it fits the release set {set} and the project's Rust version"
            ));
        }
        resolution.requirements = recipe.into_requirements();
        resolution.switched_off = switched_off(self.inventory, &resolution.requirements);
    }

    /// What each member gets, given what an earlier attempt came to.
    fn recipe(
        &self,
        set: ReleaseSet,
        outcomes: &[Outcome],
        exporter: Option<&'a Exporter>,
        earlier: Portions<'a>,
    ) -> Recipe<'a> {
        let mut recipe = Recipe::new(self.inventory, self.registry, self.graph, set, earlier);
        for (subject, outcome) in self.subjects.iter().zip(outcomes) {
            recipe.take(subject, outcome);
        }
        for (subject, outcome) in self.subjects.iter().zip(outcomes) {
            recipe.take_needs(subject, outcome);
        }
        if let Some(exporter) = exporter {
            let about =
                |(subject, outcome): (&Subject<'_>, &Outcome)| outcome.provision().map(|_| subject.member);
            let concerned: BTreeSet<usize> = self
                .subjects
                .iter()
                .zip(outcomes)
                .filter_map(about)
                .flat_map(|m| self.graph.binaries_of(m))
                .collect();
            let members = &self.inventory.members;
            let all =
                || (0..members.len()).filter(|&m| members[m].is_selected && members[m].has_binary).collect();
            let binaries = if concerned.is_empty() { all() } else { concerned };
            recipe.take_exporter(exporter, &binaries);
        }
        recipe
    }

    fn findings(&self, resolution: &mut Resolution, outcomes: &[Outcome]) {
        let mut findings: Vec<Finding> = Vec::new();
        for (subject, outcome) in self.subjects.iter().zip(outcomes) {
            let member = self.inventory.members[subject.member].name.to_string();
            let verdict = self.verdict(subject, outcome);
            let package = &self.inventory.packages[subject.package];
            let same = findings.iter_mut().find(|f| {
                f.library == package.name && f.version == package.version.to_string() && f.verdict == verdict
            });
            if let Some(same) = same {
                same.members.push(member);
                continue;
            }
            let mut found = finding(self.inventory, subject.package, vec![member], verdict);
            found.alternatives = subject.alternatives(outcome.provision(), &package.version);
            if let Outcome::Native { provision } = outcome {
                let provision = &subject.rule.by[*provision];
                let holding = provision.switch.iter().filter(|a| a.holds_for(&package.version));
                found.switches = holding.map(|a| a.text.clone()).collect();
                found.directives.clone_from(&provision.directives);
            }
            findings.push(found);
        }
        resolution.findings.append(&mut findings);
    }

    fn verdict(&self, subject: &Subject<'_>, outcome: &Outcome) -> Verdict {
        let first = subject.ways.first().map(|way| way.provision);
        let instead = |chosen: usize| {
            first.filter(|&first| first != chosen).map(|first| subject.label(first).into_owned())
        };
        match outcome {
            Outcome::Skip(verdict) => verdict.clone(),
            Outcome::Add { provision, version, .. } => Verdict::Applies {
                instrumentation: subject.label(*provision).into_owned(),
                version: Some(version.to_string()),
                instead_of: instead(*provision),
            },
            Outcome::Keep { provision, version, features } if features.is_empty() => {
                Verdict::AlreadyInstalled {
                    instrumentation: subject.label(*provision).into_owned(),
                    version: version.to_string(),
                }
            }
            Outcome::Keep { provision, .. } => Verdict::Applies {
                instrumentation: subject.label(*provision).into_owned(),
                version: None,
                instead_of: None,
            },
            Outcome::OtherSet { provision, version, fitting } => Verdict::OtherSet {
                instrumentation: subject.label(*provision).into_owned(),
                version: version.to_string(),
                fitting: fitting.as_ref().map(ToString::to_string),
            },
            Outcome::Feature { provision, is_on: true, .. } => Verdict::AlreadyInstalled {
                instrumentation: subject.label(*provision).into_owned(),
                version: self.inventory.packages[subject.package].version.to_string(),
            },
            Outcome::Feature { provision, .. } => Verdict::Applies {
                instrumentation: subject.label(*provision).into_owned(),
                version: None,
                instead_of: instead(*provision),
            },
            Outcome::Native { provision } => {
                let how = match &subject.rule.by[*provision].means {
                    Means::Native(how) => how.clone(),
                    Means::Crate(_) | Means::Feature(_) | Means::Nothing(_) => String::new(),
                };
                Verdict::Native { how }
            }
        }
    }

    fn warn(
        &self,
        resolution: &mut Resolution,
        chosen: ReleaseSet,
        asked: Option<ReleaseSet>,
        locked: &BTreeMap<ReleaseSet, Vec<usize>>,
    ) {
        let list = |sets: Vec<&ReleaseSet>| {
            sets.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
        };
        if locked.len() > 1 {
            resolution.split = Some(format!(
                "`opentelemetry` is locked {} times ({}): data of one is lost for the other; \
                 what is listed here belongs to {chosen}",
                locked.len(),
                list(locked.keys().collect()),
            ));
        }
        let others: Vec<&ReleaseSet> = locked.keys().filter(|set| **set != chosen).collect();
        if asked.is_some() && locked.len() == 1 && !others.is_empty() {
            resolution.warnings.push(format!(
                "`opentelemetry` {} is locked already: with {chosen} beside it data of one is lost for the other",
                list(others),
            ));
        }
        let has_binary = self.inventory.selected().any(|member| member.has_binary);
        if !has_binary && !resolution.requirements.is_empty() {
            resolution.warnings.push(
                "no selected member has a binary: the application that uses this library must set up \
                 OpenTelemetry, and the `tracing` bridge where the instrumentation needs it"
                    .to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests;
