//! From the outcome of each library to the crates that each member gets.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
    rc::Rc,
};

use semver::{Version, VersionReq};

use super::{
    graph::Graph,
    inventory::Inventory,
    offer::{Offers, Wanted, features_of, must_be_exact, offers, requirements_on},
    outcome::{Outcome, Subject},
};
use crate::{
    package::PackageName,
    registry::{
        Registry,
        activation::Activation,
        release_set::ReleaseSet,
        rule::{Advice, Exporter, FeatureChoice, Means, Placement, Provision},
    },
    resolution::{Requirement, VersionPin},
};

/// For crates that follow no features of a library.
static NO_MIRROR: BTreeMap<String, String> = BTreeMap::new();

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
pub(super) type Portions<'a> = BTreeMap<&'a PackageName, BTreeMap<usize, Portion>>;

/// Members by index, with what each gets.
type Shares = Vec<(usize, Portion)>;

/// A crate, the features wanted of it, the mirrored ones, the newest Rust.
type Asked<'a> = (&'a str, [&'a [FeatureChoice]; 2], Vec<&'a str>, Option<&'a Version>);

/// Collects what each member gets.
pub(super) struct Recipe<'a> {
    inventory: &'a Inventory,
    registry: &'a Registry,
    graph: &'a Graph<'a>,
    set: ReleaseSet,
    portions: Portions<'a>,
    /// What an earlier attempt took: what it requires counts from the start.
    earlier: Portions<'a>,
    offers: HashMap<Asked<'a>, Rc<Offers<'a>>>,
    /// Crates that were wanted and have no release in the set.
    pub(super) unavailable: BTreeSet<PackageName>,
}

/// Why a crate is wanted in a member.
#[derive(Clone, Copy)]
struct Want<'a, 'w> {
    name: &'a PackageName,
    /// Features beyond those that the crate's own entry names.
    features: &'a [FeatureChoice],
    /// The features of the library behind the wish that are on.
    library_features: &'w BTreeSet<String>,
    because: &'w str,
}

impl<'a> Recipe<'a> {
    /// An empty recipe for that set, with what an earlier attempt came to.
    pub(super) fn new(
        inventory: &'a Inventory,
        registry: &'a Registry,
        graph: &'a Graph<'a>,
        set: ReleaseSet,
        earlier: Portions<'a>,
    ) -> Self {
        Self {
            inventory,
            registry,
            graph,
            set,
            portions: BTreeMap::new(),
            earlier,
            offers: HashMap::new(),
            unavailable: BTreeSet::new(),
        }
    }

    /// Takes in what a subject's outcome adds, without what that needs in turn.
    pub(super) fn take(&mut self, subject: &Subject<'a>, outcome: &Outcome) {
        let Some(provision) = outcome.provision().map(|index| &subject.rule.by[index]) else { return };
        let library = &self.inventory.packages[subject.package];
        let (name, version, features, advised) = match outcome {
            Outcome::Add { version, features, .. } => {
                let Means::Crate(name) = &provision.means else { return };
                (name, Some(version.clone()), features.clone(), version)
            }
            Outcome::Keep { version, features, .. } if !features.is_empty() => {
                let Means::Crate(name) = &provision.means else { return };
                (name, None, features.clone(), version)
            }
            Outcome::Feature { feature, is_on: false, .. } => {
                (&library.name, None, vec![feature.clone()], &library.version)
            }
            _ => return,
        };
        for member in self.placed(provision.placement, subject.member) {
            // What goes to several binaries may be in some of them: their own subjects tell about those.
            if version.is_some() && member != subject.member && self.has(member, name) {
                continue;
            }
            let portion = self.portions.entry(name).or_default().entry(member).or_default();
            if portion.version < version {
                portion.version.clone_from(&version);
            }
            portion.features.extend(features.iter().cloned());
            portion.because.insert(library.name.to_string());
            advise(portion, provision, advised);
        }
    }

    /// Takes in what a subject's outcome needs besides itself.
    pub(super) fn take_needs(&mut self, subject: &Subject<'a>, outcome: &Outcome) {
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
    pub(super) fn take_exporter(&mut self, exporter: &'a Exporter, binaries: &BTreeSet<usize>) {
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
    fn want(&mut self, member: usize, want: Want<'a, '_>, above: &mut Vec<&'a PackageName>) {
        if above.contains(&want.name) {
            return;
        }
        let rule = self.registry.krate(want.name.as_str());
        let placement = rule.as_ref().and_then(|rule| rule.placement).unwrap_or_default();
        above.push(want.name);
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

    fn portion(&mut self, member: usize, want: Want<'a, '_>) {
        let owner = &self.inventory.members[member];
        let name = want.name.as_str();
        let rule = self.registry.krate(name);
        // Most libraries of a member want the same crates for the same reason.
        let depends_on_library = rule.is_some_and(|rule| !rule.mirror.is_empty());
        let is_settled =
            |portion: &Portion| want.features.is_empty() && portion.because.contains(want.because);
        let portion = self.portions.get(want.name).and_then(|portions| portions.get(&member));
        if !depends_on_library && portion.is_some_and(is_settled) {
            return;
        }
        let wanted = Wanted {
            features: [rule.map_or(&[], |rule| &rule.features), want.features],
            mirror: rule.map_or(&NO_MIRROR, |rule| &rule.mirror),
            select: None,
            library: None,
            library_features: want.library_features,
            rust: owner.rust_limit(self.inventory),
        };
        let releases = self.registry.releases(name);
        let present = owner.uses.iter().find(|used| self.inventory.packages[used.package].name == *want.name);
        let (version, features) = if let Some(chosen) = portion.and_then(|p| p.version.clone()) {
            let release = releases.as_ref().and_then(|releases| releases.get(&chosen));
            (Some(chosen), release.map(|release| features_of(&release, wanted)).unwrap_or_default())
        } else if let Some(present) = present {
            let version = &self.inventory.packages[present.package].version;
            let Some(release) = releases.as_ref().and_then(|releases| releases.get(version)) else { return };
            let asked = present.features.iter().map(String::as_str);
            let on = Activation::of(release.group, asked, present.default_features).features();
            // What the project has works for it: features of the library are not carried over to it.
            let mut missing = features_of(&release, Wanted { mirror: &NO_MIRROR, ..wanted });
            missing.retain(|feature| !on.contains(feature));
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
        let portion = self.portions.entry(want.name).or_default().entry(member).or_default();
        portion.version = version;
        portion.features.extend(features.into_iter().map(str::to_owned));
        portion.because.insert(want.because.to_owned());
        if let (Some(rule), Some(version)) = (rule, advised) {
            push_texts(&mut portion.wiring, &rule.wiring, &version);
        }
    }

    /// The release to take of a crate that others need: the locked one if it will do, else the
    /// newest of those that force the fewest moves.
    fn pick(
        &mut self,
        member: usize,
        name: &'a str,
        wanted: Wanted<'a, '_>,
    ) -> Option<(Version, Vec<&'a str>)> {
        let found = self.offers(name, wanted);
        // What other members require counts too, as cargo unifies compatible versions.
        [None, Some(member)].iter().find_map(|&member| {
            let constraints = self.constraints(name, member);
            let fitting = || {
                found.offers.iter().filter(|offer| {
                    offer.fits(self.set) && constraints.iter().all(|req| req.matches(offer.version))
                })
            };
            let locked = |version: &Version| self.inventory.locked(name).any(|p| p.version == *version);
            let offer =
                fitting().find(|offer| locked(offer.version)).or_else(|| found.fewest_moves(fitting()))?;
            Some((offer.version.clone(), offer.features_in(self.set)))
        })
    }

    /// What the releases of a crate offer, worked out once for all members that want the same.
    fn offers(&mut self, name: &'a str, wanted: Wanted<'a, '_>) -> Rc<Offers<'a>> {
        let mirrored = wanted.mirror.keys().filter(|feature| wanted.library_features.contains(*feature));
        let key = (name, wanted.features, mirrored.map(String::as_str).collect(), wanted.rust);
        let offers = || Rc::new(offers(self.registry, self.inventory, name, wanted));
        Rc::clone(self.offers.entry(key).or_insert_with(offers))
    }

    /// What was taken, if something of it does not accept what was taken of another crate in the same member: what
    /// is picked first does not know of what follows.
    pub(super) fn disagreeing(&mut self) -> Option<Portions<'a>> {
        let accept =
            |constraints: &[&VersionReq], version| constraints.iter().all(|req| req.matches(version));
        let disagrees = self.portions.iter().any(|(name, portions)| {
            let anywhere = self.constraints(name.as_str(), None);
            let taken =
                portions.iter().filter_map(|(member, portion)| Some((member, portion.version.as_ref()?)));
            taken
                .filter(|(_, version)| !accept(&anywhere, version))
                .any(|(member, version)| !accept(&self.constraints(name.as_str(), Some(*member)), version))
        });
        disagrees.then(|| mem::take(&mut self.portions))
    }

    /// What the crates taken so far (in `member`, or anywhere) require of a crate.
    fn constraints(&self, name: &str, member: Option<usize>) -> Vec<&'a VersionReq> {
        let now = self.portions.iter().map(|(taken, portions)| (taken, portions, None));
        let earlier =
            self.earlier.iter().map(|(taken, portions)| (taken, portions, self.portions.get(taken)));
        let mut found = Vec::new();
        for (taken, portions, instead) in now.chain(earlier) {
            let Some(releases) = self.registry.releases(taken.as_str()) else { continue };
            let concerned =
                member.map_or_else(|| portions.range(..), |member| portions.range(member..=member));
            // Members mostly take the same release of a crate with the same features.
            let mut seen: Vec<(&Version, &BTreeSet<String>)> = Vec::new();
            for (of, portion) in concerned {
                let Some(version) = &portion.version else { continue };
                let taken = (version, &portion.features);
                if instead.is_some_and(|instead| instead.contains_key(of)) || seen.contains(&taken) {
                    continue;
                }
                seen.push(taken);
                let Some(release) = releases.get(version) else { continue };
                if !release.group.dependencies.iter().any(|dependency| dependency.package == name) {
                    continue;
                }
                let on = Activation::of(release.group, portion.features.iter().map(String::as_str), true);
                found.extend(requirements_on(&on, name));
            }
        }
        found
    }

    /// The newest version that members have of a crate, if the manifest of one accepts an older release
    /// that lacks one of the features.
    fn since(&self, name: &PackageName, features: &BTreeSet<String>, shares: &Shares) -> Option<String> {
        let releases = self.registry.releases(name.as_str())?;
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

    /// The versions that members have of a crate.
    fn present(&self, name: &PackageName, shares: &Shares) -> Vec<String> {
        let uses = shares.iter().flat_map(|(member, _)| &self.inventory.members[*member].uses);
        let packages = uses.map(|used| &self.inventory.packages[used.package]);
        let versions: BTreeSet<&Version> = packages.filter(|p| p.name == *name).map(|p| &p.version).collect();
        versions.into_iter().map(ToString::to_string).collect()
    }

    /// The requirements: one for each crate and version, sorted by name, then version.
    pub(super) fn into_requirements(mut self) -> Vec<Requirement> {
        let mut merged: BTreeMap<(&PackageName, Option<Version>), Shares> = BTreeMap::new();
        for (name, portions) in mem::take(&mut self.portions) {
            for (member, portion) in portions {
                merged.entry((name, portion.version.clone())).or_default().push((member, portion));
            }
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
                    let releases = self.registry.releases(name.as_str());
                    let exact = !is_locked && releases.is_some_and(|r| must_be_exact(r, version));
                    VersionPin { version: version.to_string(), exact }
                });
                let present = if pin.is_none() { self.present(name, &portions) } else { Vec::new() };
                let since = if pin.is_none() { self.since(name, &features, &portions) } else { None };
                let mut requirement = Requirement {
                    name: name.clone(),
                    version: pin,
                    since,
                    present,
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
