//! From the outcome of each library to the crates that each member gets.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
    rc::Rc,
};

use semver::{Version, VersionReq};

use super::{
    activation::activate,
    graph::Graph,
    inventory::Inventory,
    membership::{Memberships, ReleaseSet},
    offer::{Offers, Wanted, features_of, must_be_exact, offers},
    outcome::{Outcome, Subject},
};
use crate::{
    package::PackageName,
    registry::rule::{Advice, Exporter, FeatureChoice, Means, Placement, Provision},
    resolution::{Requirement, VersionPin},
};

/// What one member gets of one crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Portion {
    /// The release; `None` where the member has the crate and only lacks features.
    version: Option<Version>,
    features: BTreeSet<String>,
    because: BTreeSet<String>,
    wiring: Vec<String>,
    switches: Vec<String>,
    directives: Vec<String>,
}

/// What is taken, by crate and member.
pub(super) type Portions = BTreeMap<(PackageName, usize), Portion>;

/// Members by index, with what each gets.
type Shares = Vec<(usize, Portion)>;

/// A crate, the features wanted of it, the mirrored ones, the newest Rust.
type Asked = (String, Vec<FeatureChoice>, Vec<String>, Option<Version>);

/// Collects what each member gets.
pub(super) struct Recipe<'a> {
    inventory: &'a Inventory,
    memberships: &'a Memberships<'a>,
    graph: &'a Graph<'a>,
    set: ReleaseSet,
    portions: Portions,
    /// What an earlier attempt took: what it requires counts from the start.
    earlier: Portions,
    offers: HashMap<Asked, Rc<Offers>>,
    /// Crates that were wanted and have no release in the set.
    pub(super) unavailable: BTreeSet<PackageName>,
}

/// Why a crate is wanted in a member.
#[derive(Clone, Copy)]
struct Want<'w> {
    name: &'w PackageName,
    /// Features beyond those that the crate's own entry names.
    features: &'w [FeatureChoice],
    /// The features of the library behind the wish that are on.
    library_features: &'w BTreeSet<String>,
    because: &'w str,
}

impl<'a> Recipe<'a> {
    /// An empty recipe for that set, with what an earlier attempt came to.
    pub(super) fn new(
        inventory: &'a Inventory,
        memberships: &'a Memberships<'a>,
        graph: &'a Graph<'a>,
        set: ReleaseSet,
        earlier: Portions,
    ) -> Self {
        Self {
            inventory,
            memberships,
            graph,
            set,
            portions: BTreeMap::new(),
            earlier,
            offers: HashMap::new(),
            unavailable: BTreeSet::new(),
        }
    }

    /// Takes in what a subject's outcome adds, without what that needs in turn.
    pub(super) fn take(&mut self, subject: &Subject<'_>, outcome: &Outcome) {
        let Some(provision) = outcome.provision().map(|index| &subject.rule.by[index]) else { return };
        let library = &self.inventory.packages[subject.package];
        let (name, version, features, advised) = match outcome {
            Outcome::Add { version, features, .. } => {
                let Means::Crate(name) = &provision.means else { return };
                (name.clone(), Some(version.clone()), features.clone(), version)
            }
            Outcome::Keep { version, features, .. } if !features.is_empty() => {
                let Means::Crate(name) = &provision.means else { return };
                (name.clone(), None, features.clone(), version)
            }
            Outcome::Feature { feature, is_on: false, .. } => {
                (library.name.clone(), None, vec![feature.clone()], &library.version)
            }
            _ => return,
        };
        for member in self.placed(provision.placement, subject.member) {
            // What goes to several binaries may be in some of them: their own subjects tell about those.
            if version.is_some() && member != subject.member && self.has(member, &name) {
                continue;
            }
            let portion = self.portions.entry((name.clone(), member)).or_default();
            if portion.version < version {
                portion.version.clone_from(&version);
            }
            portion.features.extend(features.iter().cloned());
            portion.because.insert(library.name.to_string());
            advise(portion, provision, advised);
        }
    }

    /// Takes in what a subject's outcome needs besides itself.
    pub(super) fn take_needs(&mut self, subject: &Subject<'_>, outcome: &Outcome) {
        let Some(provision) = outcome.provision().map(|index| &subject.rule.by[index]) else { return };
        if matches!(outcome, Outcome::OtherSet { .. }) {
            return;
        }
        let label = outcome.provision().map(|index| subject.label(index)).unwrap_or_default();
        for name in &provision.needs {
            let want =
                Want { name, features: &[], library_features: &subject.library_features, because: &label };
            self.want(subject.member, want, &mut Vec::new());
        }
    }

    /// Takes in what an exporter needs, for the members with a binary that are given.
    pub(super) fn take_exporter(&mut self, exporter: &Exporter, binaries: &BTreeSet<usize>) {
        let because = format!("--exporter {}", exporter.name);
        for &member in binaries {
            for (name, features) in &exporter.crates {
                let library_features = &BTreeSet::new();
                let want = Want { name, features, library_features, because: &because };
                self.want(member, want, &mut Vec::new());
            }
        }
    }

    /// Whether a member depends on a crate.
    fn has(&self, member: usize, name: &PackageName) -> bool {
        let uses = &self.inventory.members[member].uses;
        uses.iter().any(|used| self.inventory.packages[used.package].name == *name)
    }

    fn placed(&self, placement: Placement, member: usize) -> Vec<usize> {
        match placement {
            Placement::Users => vec![member],
            Placement::Binaries => self.graph.binaries_of(member),
        }
    }

    /// Wants a crate for what happens in `member`, and what it needs in turn. `above` holds the
    /// names on the way here, so that a circle of needs ends.
    fn want(&mut self, member: usize, want: Want<'_>, above: &mut Vec<PackageName>) {
        if above.contains(want.name) {
            return;
        }
        let rule = self.memberships.registry().krate(want.name.as_str());
        let placement = rule.as_ref().and_then(|rule| rule.placement).unwrap_or_default();
        above.push(want.name.clone());
        for target in self.placed(placement, member) {
            self.portion(target, want);
            for name in rule.iter().flat_map(|rule| &rule.needs) {
                let because = want.name.to_string();
                let deeper = Want { name, features: &[], because: &because, ..want };
                self.want(target, deeper, above);
            }
        }
        above.pop();
    }

    fn portion(&mut self, member: usize, want: Want<'_>) {
        let owner = &self.inventory.members[member];
        let name = want.name.as_str();
        let rule = self.memberships.registry().krate(name);
        let key = (want.name.clone(), member);
        // Most libraries of a member want the same crates for the same reason.
        let depends_on_library = rule.is_some_and(|rule| !rule.mirror.is_empty());
        let is_settled =
            |portion: &Portion| want.features.is_empty() && portion.because.contains(want.because);
        if !depends_on_library && self.portions.get(&key).is_some_and(is_settled) {
            return;
        }
        let mut features: Vec<FeatureChoice> = rule.iter().flat_map(|rule| rule.features.clone()).collect();
        features.extend_from_slice(want.features);
        let no_mirror = BTreeMap::new();
        let wanted = Wanted {
            features: &features,
            mirror: rule.as_ref().map_or(&no_mirror, |rule| &rule.mirror),
            select: None,
            library: None,
            library_features: want.library_features,
            rust: owner.rust_limit(self.inventory),
        };
        let releases = self.memberships.releases(name);
        let present = owner.uses.iter().find(|used| self.inventory.packages[used.package].name == *want.name);
        let (version, features) = if let Some(chosen) =
            self.portions.get(&key).and_then(|p| p.version.clone())
        {
            let release = releases.as_ref().and_then(|releases| releases.get(&chosen));
            (Some(chosen), release.map(|release| features_of(&release, wanted)).unwrap_or_default())
        } else if let Some(present) = present {
            let version = &self.inventory.packages[present.package].version;
            let Some(release) = releases.as_ref().and_then(|releases| releases.get(version)) else { return };
            let asked = present.features.iter().map(String::as_str);
            let on = activate(release.group, asked, present.default_features).features;
            // What the project has works for it: features of the library are not carried over to it.
            let mut missing = features_of(&release, Wanted { mirror: &no_mirror, ..wanted });
            missing.retain(|feature| !on.contains(&feature.as_str()));
            if missing.is_empty() {
                return;
            }
            (None, missing)
        } else if let Some((version, features)) = self.pick(member, name, wanted) {
            (Some(version), features)
        } else {
            self.unavailable.insert(want.name.clone());
            return;
        };
        let advised = version.clone();
        let portion = self.portions.entry(key).or_default();
        portion.version = version;
        portion.features.extend(features);
        portion.because.insert(want.because.to_owned());
        if let (Some(rule), Some(version)) = (rule, advised) {
            push_texts(&mut portion.wiring, &rule.wiring, &version);
        }
    }

    /// The release to take of a crate that others need: the locked one if it will do, else the
    /// newest of those that force the fewest moves.
    fn pick(&mut self, member: usize, name: &str, wanted: Wanted<'_>) -> Option<(Version, Vec<String>)> {
        let found = self.offers(name, wanted);
        // What other members require counts too, as cargo unifies compatible versions.
        [None, Some(member)].iter().find_map(|&member| {
            let constraints = self.constraints(name, member);
            let fitting = || {
                found.offers.iter().filter(|offer| {
                    offer.fits(self.set) && constraints.iter().all(|req| req.matches(&offer.version))
                })
            };
            let locked = |version: &Version| self.inventory.locked(name).any(|p| p.version == *version);
            let fewest = fitting().map(|offer| offer.moves).min()?;
            let offer = fitting()
                .find(|offer| locked(&offer.version))
                .or_else(|| fitting().find(|offer| offer.moves == fewest))?;
            Some((offer.version.clone(), offer.features_in(self.set)))
        })
    }

    /// What the releases of a crate offer, worked out once for all members that want the same.
    fn offers(&mut self, name: &str, wanted: Wanted<'_>) -> Rc<Offers> {
        let mirrored =
            wanted.mirror.keys().filter(|f| wanted.library_features.contains(*f)).cloned().collect();
        let key = (name.to_owned(), wanted.features.to_vec(), mirrored, wanted.rust.cloned());
        let offers = || Rc::new(offers(self.memberships, self.inventory, name, wanted));
        Rc::clone(self.offers.entry(key).or_insert_with(offers))
    }

    /// What was taken, if something of it does not accept what was taken of another crate in the same member: what
    /// is picked first does not know of what follows.
    pub(super) fn disagreeing(&mut self) -> Option<Portions> {
        let disagrees = self.portions.iter().any(|((name, member), portion)| {
            let accepted = |version| {
                self.constraints(name.as_str(), Some(*member)).iter().all(|req| req.matches(version))
            };
            portion.version.as_ref().is_some_and(|version| !accepted(version))
        });
        disagrees.then(|| mem::take(&mut self.portions))
    }

    /// What the crates taken so far (in `member`, or anywhere) require of a crate.
    fn constraints(&self, name: &str, member: Option<usize>) -> Vec<VersionReq> {
        let mut found = Vec::new();
        // Members mostly take the same release of a crate with the same features.
        let mut seen: BTreeSet<(&PackageName, &Version, &BTreeSet<String>)> = BTreeSet::new();
        let earlier = self.earlier.iter().filter(|(key, _)| !self.portions.contains_key(key));
        for ((taken, of), portion) in self.portions.iter().chain(earlier) {
            let Some(version) = &portion.version else { continue };
            if member.is_some_and(|member| member != *of) || !seen.insert((taken, version, &portion.features))
            {
                continue;
            }
            let Some(releases) = self.memberships.releases(taken.as_str()) else { continue };
            let Some(release) = releases.get(version) else { continue };
            if !release.group.dependencies.iter().any(|dependency| dependency.package == name) {
                continue;
            }
            let active = activate(release.group, portion.features.iter().map(String::as_str), true);
            let on_it = active.dependencies.iter().filter(|(dependency, _)| dependency.package == name);
            found.extend(on_it.map(|(dependency, _)| dependency.req.clone()));
        }
        found
    }

    /// The newest version that members have of a crate, if the manifest of one accepts an older release
    /// that lacks one of the features.
    fn since(&self, name: &PackageName, features: &BTreeSet<String>, shares: &Shares) -> Option<String> {
        let releases = self.memberships.releases(name.as_str())?;
        let uses = shares.iter().flat_map(|(member, _)| &self.inventory.members[*member].uses);
        let mut newest: Option<&Version> = None;
        for used in uses {
            let package = &self.inventory.packages[used.package];
            let accepted = used.requirement.as_ref().and_then(|text| VersionReq::parse(text).ok());
            let (true, Some(accepted)) = (package.name == *name, accepted) else { continue };
            let lacks_some = releases.newest_first().any(|release| {
                !release.is_yanked
                    && *release.version < package.version
                    && accepted.matches(release.version)
                    && features.iter().any(|feature| !release.group.has_feature(feature))
            });
            if lacks_some {
                newest = newest.max(Some(&package.version));
            }
        }
        newest.map(ToString::to_string)
    }

    /// The requirements: one for each crate and version, sorted by name, then version.
    pub(super) fn into_requirements(mut self) -> Vec<Requirement> {
        let mut merged: BTreeMap<(PackageName, Option<Version>), Shares> = BTreeMap::new();
        for ((name, member), portion) in mem::take(&mut self.portions) {
            merged.entry((name, portion.version.clone())).or_default().push((member, portion));
        }
        let mut requirements = Vec::new();
        for ((name, version), portions) in merged {
            // Members that switch on different features get requirements of their own.
            let mut by_features: BTreeMap<BTreeSet<String>, Shares> = BTreeMap::new();
            for (member, portion) in portions {
                by_features.entry(portion.features.clone()).or_default().push((member, portion));
            }
            for (features, portions) in by_features {
                let pin = version.as_ref().map(|version| {
                    let is_locked = self.inventory.locked(name.as_str()).any(|p| p.version == *version);
                    let releases = self.memberships.releases(name.as_str());
                    let exact = !is_locked && releases.is_some_and(|r| must_be_exact(r, version));
                    VersionPin { version: version.to_string(), exact }
                });
                let since = if pin.is_none() { self.since(&name, &features, &portions) } else { None };
                let mut requirement = Requirement {
                    name: name.clone(),
                    version: pin,
                    since,
                    features: features.into_iter().collect(),
                    members: Vec::new(),
                    because: Vec::new(),
                    wiring: Vec::new(),
                    switches: Vec::new(),
                    directives: Vec::new(),
                };
                for (member, portion) in portions {
                    requirement.members.push(self.inventory.members[member].name.to_string());
                    extend_new(&mut requirement.because, portion.because);
                    extend_new(&mut requirement.wiring, portion.wiring);
                    extend_new(&mut requirement.switches, portion.switches);
                    extend_new(&mut requirement.directives, portion.directives);
                }
                requirement.members.sort();
                requirement.because.sort();
                requirements.push(requirement);
            }
        }
        requirements
    }
}

fn advise(portion: &mut Portion, provision: &Provision, version: &Version) {
    push_texts(&mut portion.wiring, &provision.wiring, version);
    push_texts(&mut portion.switches, &provision.switch, version);
    extend_new(&mut portion.directives, provision.directives.iter().cloned());
}

fn push_texts(texts: &mut Vec<String>, advice: &[Advice], version: &Version) {
    extend_new(texts, advice.iter().filter(|a| a.holds_for(version)).map(|a| a.text.clone()));
}

fn extend_new(list: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for text in more {
        if !list.contains(&text) {
            list.push(text);
        }
    }
}
