//! What becomes of one library in one member under one release set.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use semver::Version;

use super::{
    graph::Graph,
    inventory::{Inventory, LockedPackage, Use},
    membership::Membership,
    offer::{Offer, Offers, Wanted, features_of, offers, selectable},
};
use crate::{
    finding::Verdict,
    package::PackageName,
    registry::{
        Registry,
        activation::Activation,
        release_set::ReleaseSet,
        rule::{Library, Means, Placement, Provision, Role},
    },
    settings::Filter,
};

/// What is missing where only members with a binary could get something, and there is none.
pub(super) const A_BINARY: &str = "a member with a binary";

/// A library in a member, with what each way of instrumenting it has to offer.
pub(super) struct Subject<'a> {
    /// The rule of the library.
    pub(super) rule: &'a Library,
    /// The library's index into [`Inventory::packages`].
    pub(super) package: usize,
    /// The member's index into [`Inventory::members`].
    pub(super) member: usize,
    /// The features of the library that the member has on, as far as the registry can tell.
    pub(super) library_features: BTreeSet<String>,
    /// Each allowed provision of the rule, in its order.
    pub(super) ways: Vec<Way<'a>>,
    /// The option that left out ways, if one did.
    pub(super) filtered_by: Option<&'static str>,
    /// Whether ways were left out that go to members with a binary, as no selected one leads to this member.
    pub(super) lacks_binary: bool,
}

/// One way to instrument the library of a subject.
pub(super) struct Way<'a> {
    /// Index into the rule's provisions.
    pub(super) provision: usize,
    /// What it comes to, whatever the set.
    pub(super) state: State<'a>,
}

impl Way<'_> {
    /// Whether something that the registry provides serves the library, given that the way comes to
    /// anything under that set.
    fn serves(&self, set: ReleaseSet) -> bool {
        match &self.state {
            State::Installed { lacks, .. } => lacking(lacks, set).is_some(),
            State::Crate(_) | State::Feature { .. } => true,
            State::Native | State::Nothing => false,
        }
    }

    /// What the way comes to under that set, if it comes to anything.
    fn outcome(&self, set: ReleaseSet) -> Option<Outcome> {
        let provision = self.provision;
        match &self.state {
            State::Installed { version, lacks, offers } => {
                let version = version.clone();
                Some(if let Some(features) = lacking(lacks, set) {
                    Outcome::Keep { provision, version, features: features.to_vec() }
                } else {
                    let fitting = offers.best_in(set).map(|offer| offer.version.clone());
                    Outcome::OtherSet { provision, version, fitting }
                })
            }
            State::Crate(offers) => offers.best_in(set).map(|offer| Outcome::Add {
                provision,
                version: offer.version.clone(),
                features: offer.features_in(set).into_iter().map(str::to_owned).collect(),
            }),
            State::Feature { feature, is_on, .. } => {
                Some(Outcome::Feature { provision, feature: feature.clone(), is_on: *is_on })
            }
            State::Native => Some(Outcome::Native { provision }),
            State::Nothing => None,
        }
    }
}

/// The features that an installed crate lacks in a set; `None` if it cannot be used there.
fn lacking(lacks: &[(Option<ReleaseSet>, Vec<String>)], set: ReleaseSet) -> Option<&[String]> {
    lacks.iter().find(|(own, _)| own.is_none_or(|own| own == set)).map(|(_, features)| features.as_slice())
}

/// What a way comes to, whatever the set.
pub(super) enum State<'a> {
    /// A crate could be added.
    Crate(Rc<Offers<'a>>),
    /// The member has the crate: its release, the features it lacks per set (`None` for every
    /// set), and what could be there instead.
    Installed { version: Version, lacks: Vec<(Option<ReleaseSet>, Vec<String>)>, offers: Rc<Offers<'a>> },
    /// A feature of the library could be switched on; the sets in which it may be (`None` for all).
    Feature { feature: String, is_on: bool, sets: Option<Vec<ReleaseSet>> },
    /// The library instruments itself.
    Native,
    /// Nothing exists.
    Nothing,
}

/// What becomes of a subject under a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// This release of this crate is added.
    Add { provision: usize, version: Version, features: Vec<String> },
    /// The crate is there; these features are switched on.
    Keep { provision: usize, version: Version, features: Vec<String> },
    /// The crate is there but belongs to another set.
    OtherSet { provision: usize, version: Version, fitting: Option<Version> },
    /// This feature of the library is switched on, or is on.
    Feature { provision: usize, feature: String, is_on: bool },
    /// The library instruments itself.
    Native { provision: usize },
    /// Nothing is done; why.
    Skip(Verdict),
}

impl Outcome {
    /// The provision that is used.
    pub(super) fn provision(&self) -> Option<usize> {
        match self {
            Self::Add { provision, .. }
            | Self::Keep { provision, .. }
            | Self::OtherSet { provision, .. }
            | Self::Feature { provision, .. }
            | Self::Native { provision } => Some(*provision),
            Self::Skip(_) => None,
        }
    }
}

/// A library at its version, a provision of its rule, the mirrored features, the newest Rust.
type Asked<'a> = (&'a PackageName, &'a Version, usize, Vec<&'a str>, Option<&'a Version>);

/// Works out subjects, remembering the offers that several members share.
pub(super) struct Subjects<'a> {
    inventory: &'a Inventory,
    registry: &'a Registry,
    graph: &'a Graph<'a>,
    filter: &'a Filter,
    known: HashMap<Asked<'a>, Rc<Offers<'a>>>,
}

impl<'a> Subjects<'a> {
    /// Works on that project with that choice of libraries and instrumentations.
    pub(super) fn new(
        inventory: &'a Inventory,
        registry: &'a Registry,
        graph: &'a Graph<'a>,
        filter: &'a Filter,
    ) -> Self {
        Self { inventory, registry, graph, filter, known: HashMap::new() }
    }

    /// The subject for a library in a member.
    pub(super) fn subject(&mut self, rule: &'a Library, package: usize, member: usize) -> Subject<'a> {
        let locked = &self.inventory.packages[package];
        let owner = &self.inventory.members[member];
        let used = owner.uses.iter().find(|u| u.package == package);
        let library_features = self.features_on(rule, locked, used);
        let mut filtered_by = None;
        let mut lacks_binary = false;
        let mut ways = Vec::new();
        for (index, provision) in rule.by.iter().enumerate() {
            // An instrumentation is not offered to itself, where it is developed.
            if matches!(&provision.means, Means::Crate(name) if *name == owner.name) {
                continue;
            }
            if provision.versions.as_ref().is_some_and(|versions| !versions.matches(&locked.version)) {
                continue;
            }
            let installed = self.installed(member, provision);
            match self.filtered(rule, provision) {
                Filtered::Out(by) => {
                    filtered_by = Some(by);
                    continue;
                }
                Filtered::Unnamed if provision.role == Role::OnRequest && installed.is_none() => continue,
                Filtered::In | Filtered::Unnamed => {}
            }
            // What nobody would get must not count when sets are compared.
            let installs = matches!(provision.means, Means::Crate(_) | Means::Feature(_));
            let goes_to_binaries = installs && provision.placement == Placement::Binaries;
            if goes_to_binaries && installed.is_none() && self.graph.binaries_of(member).is_empty() {
                lacks_binary = true;
                continue;
            }
            let state = match &provision.means {
                Means::Native(_) => State::Native,
                Means::Nothing(_) => State::Nothing,
                Means::Feature(feature) => {
                    let Some(sets) = self.feature_sets(locked, feature) else { continue };
                    State::Feature {
                        feature: feature.clone(),
                        is_on: library_features.contains(feature),
                        sets,
                    }
                }
                Means::Crate(name) => {
                    let offers = self.offers(
                        rule,
                        index,
                        name.as_str(),
                        locked,
                        &library_features,
                        owner.rust_limit(self.inventory),
                    );
                    match installed {
                        Some((used, version)) => State::Installed {
                            version: version.clone(),
                            lacks: self.lacks(name.as_str(), provision, version, used, &library_features),
                            offers,
                        },
                        None => State::Crate(offers),
                    }
                }
            };
            ways.push(Way { provision: index, state });
        }
        // What the project has already chosen goes before what the registry would choose.
        ways.sort_by_key(|way| {
            !matches!(way.state, State::Installed { .. } | State::Feature { is_on: true, .. })
        });
        Subject { rule, package, member, library_features, ways, filtered_by, lacks_binary }
    }

    /// The features of the library that are on through this use, with what they imply where the
    /// release data tells.
    fn features_on(&self, rule: &Library, locked: &LockedPackage, used: Option<&Use>) -> BTreeSet<String> {
        let Some(used) = used else { return BTreeSet::new() };
        let mut features = used.features.clone();
        let matters = |provision: &Provision| {
            !provision.mirror.is_empty() || matches!(provision.means, Means::Feature(_))
        };
        if rule.by.iter().any(matters)
            && let Some(releases) = self.registry.releases(locked.name.as_str())
            && let Some(release) = releases.get(&locked.version)
        {
            let asked = used.features.iter().map(String::as_str);
            let on = Activation::of(release.group, asked, used.default_features);
            features.extend(on.features().into_iter().map(str::to_owned));
        }
        features
    }

    /// The sets in which a feature of the locked library may be on: `Some(None)` for every one,
    /// `None` if this version has no such feature.
    #[expect(clippy::option_option, reason = "the outer one says whether the feature exists")]
    fn feature_sets(&self, locked: &LockedPackage, feature: &str) -> Option<Option<Vec<ReleaseSet>>> {
        let releases = self.registry.releases(locked.name.as_str())?;
        let release = releases.get(&locked.version)?;
        if !release.group.has_feature(feature) {
            return None;
        }
        match Membership::of(locked.name.as_str(), &release, [feature]) {
            Membership::Free => Some(None),
            Membership::One(set) => Some(Some(vec![set])),
            Membership::Mixed => Some(Some(Vec::new())),
        }
    }

    fn offers(
        &mut self,
        rule: &'a Library,
        index: usize,
        name: &'a str,
        locked: &'a LockedPackage,
        library_features: &BTreeSet<String>,
        rust: Option<&'a Version>,
    ) -> Rc<Offers<'a>> {
        let provision = &rule.by[index];
        let mirrored = provision.mirror.keys().filter(|feature| library_features.contains(*feature));
        let key = (&locked.name, &locked.version, index, mirrored.map(String::as_str).collect(), rust);
        if let Some(known) = self.known.get(&key) {
            return Rc::clone(known);
        }
        let wanted = Wanted {
            features: [&provision.features, &[]],
            mirror: &provision.mirror,
            select: provision.select.as_ref(),
            library: Some((locked.name.as_str(), &locked.version)),
            library_features,
            rust,
        };
        let found = Rc::new(offers(self.registry, self.inventory, name, wanted));
        self.known.insert(key, Rc::clone(&found));
        found
    }

    /// Per set in which the installed release can be used: the features that are to be on and are
    /// not.
    fn lacks(
        &self,
        name: &str,
        provision: &Provision,
        version: &Version,
        used: &Use,
        library_features: &BTreeSet<String>,
    ) -> Vec<(Option<ReleaseSet>, Vec<String>)> {
        let Some(releases) = self.registry.releases(name) else { return vec![(None, Vec::new())] };
        // A release the registry has not heard of yet: nothing is known against it.
        let Some(release) = releases.get(version) else { return vec![(None, Vec::new())] };
        let asked = used.features.iter().map(String::as_str);
        let on = Activation::of(release.group, asked, used.default_features).features();
        let missing = |wanted: &[&str]| -> Vec<String> {
            wanted.iter().filter(|f| !on.contains(f)).map(|&f| f.to_owned()).collect()
        };
        let wanted = Wanted {
            features: [&provision.features, &[]],
            mirror: &provision.mirror,
            select: provision.select.as_ref(),
            library: None,
            library_features,
            rust: None,
        };
        let features = features_of(&release, wanted);
        let as_is = Membership::of(name, &release, on.iter().copied());
        match (&provision.select, as_is) {
            (_, Membership::One(set)) => vec![(Some(set), missing(&features))],
            (_, Membership::Mixed) => Vec::new(),
            (None, Membership::Free) => vec![(None, missing(&features))],
            (Some(pattern), Membership::Free) => {
                let base = Activation::of(release.group, features.iter().copied(), true);
                let sets = selectable(&release, &base, pattern).into_iter();
                sets.map(|(set, feature)| {
                    let all: Vec<&str> = features.iter().copied().chain(feature).collect();
                    (Some(set), missing(&all))
                })
                .collect()
            }
        }
    }

    /// The dependency on the crate of a provision: the member's own, or for what goes to binaries, where
    /// the member is a library, that of the binaries it ends up in, if all of them have it.
    fn installed(&self, member: usize, provision: &Provision) -> Option<(&'a Use, &'a Version)> {
        let own = installed_use(self.inventory, member, provision);
        if own.is_some() || provision.placement != Placement::Binaries {
            return own;
        }
        let binaries = self.graph.binaries_of(member).into_iter();
        let found: Option<Vec<_>> =
            binaries.map(|binary| installed_use(self.inventory, binary, provision)).collect();
        found?.into_iter().next()
    }

    fn filtered(&self, rule: &Library, provision: &Provision) -> Filtered {
        let own = match &provision.means {
            Means::Crate(name) => name.to_string(),
            Means::Feature(feature) => format!("{}/{feature}", rule.name),
            Means::Native(_) | Means::Nothing(_) => String::new(),
        };
        let names = |list: &[String], name: &str| list.iter().any(|entry| entry == name);
        if names(&self.filter.exclude, rule.name.as_str()) || names(&self.filter.exclude, &own) {
            return Filtered::Out("--exclude");
        }
        if self.filter.only.is_empty() {
            return Filtered::Unnamed;
        }
        if names(&self.filter.only, &own) {
            return Filtered::In;
        }
        let others_named = rule.by.iter().any(|p| match &p.means {
            Means::Crate(name) => names(&self.filter.only, name.as_str()),
            Means::Feature(feature) => names(&self.filter.only, &format!("{}/{feature}", rule.name)),
            Means::Native(_) | Means::Nothing(_) => false,
        });
        if names(&self.filter.only, rule.name.as_str()) && !others_named {
            Filtered::Unnamed
        } else {
            Filtered::Out("--only")
        }
    }
}

enum Filtered {
    /// An option leaves it out.
    Out(&'static str),
    /// The user named it.
    In,
    /// No option speaks of it.
    Unnamed,
}

/// A member's own dependency on the crate of a provision.
fn installed_use<'a>(
    inventory: &'a Inventory,
    member: usize,
    provision: &Provision,
) -> Option<(&'a Use, &'a Version)> {
    let Means::Crate(name) = &provision.means else { return None };
    inventory.members[member]
        .uses
        .iter()
        .map(|used| (used, &inventory.packages[used.package]))
        .filter(|(_, package)| package.name == *name)
        .map(|(used, package)| (used, &package.version))
        .max_by_key(|(_, version)| *version)
}

impl<'a> Subject<'a> {
    /// What becomes of the library under that set.
    pub(super) fn outcome(&self, set: ReleaseSet) -> Outcome {
        let outcome = self.way_in(set).and_then(|way| way.outcome(set));
        outcome.unwrap_or_else(|| Outcome::Skip(self.why_not(set)))
    }

    /// The provision that the library would be served by under that set, if one does.
    pub(super) fn served_by(&self, set: ReleaseSet) -> Option<usize> {
        self.way_in(set).filter(|way| way.serves(set)).map(|way| way.provision)
    }

    /// The first way that comes to anything under that set.
    fn way_in(&self, set: ReleaseSet) -> Option<&Way<'_>> {
        self.ways.iter().find(|way| match &way.state {
            State::Installed { .. } | State::Native => true,
            State::Crate(offers) => offers.has_any_in(set),
            State::Feature { is_on, sets, .. } => {
                *is_on || sets.as_ref().is_none_or(|sets| sets.contains(&set))
            }
            State::Nothing => false,
        })
    }

    /// The reason why nothing serves the library under that set.
    fn why_not(&self, set: ReleaseSet) -> Verdict {
        if self.ways.is_empty()
            && let Some(by) = self.filtered_by
        {
            return Verdict::Excluded { by: by.to_owned() };
        }
        if self.ways.is_empty() && self.lacks_binary {
            return Verdict::Needs { missing: vec![A_BINARY.to_owned()] };
        }
        let mut supported: Vec<String> = Vec::new();
        for way in &self.ways {
            let (sets, needs_rust) = match &way.state {
                State::Crate(offers) | State::Installed { offers, .. } => {
                    supported.extend(offers.supported.iter().map(ToString::to_string));
                    let sets_of = |usable: &dyn Fn(&&Offer<'_>) -> bool| -> BTreeSet<ReleaseSet> {
                        offers.offers.iter().filter(usable).flat_map(Offer::sets).collect()
                    };
                    let mut sets = sets_of(&|o| o.needs_rust.is_none());
                    let mut too_new: Vec<&Offer<'_>> =
                        offers.offers.iter().filter(|o| o.is_in(set)).collect();
                    if sets.is_empty() && too_new.is_empty() {
                        sets = sets_of(&|_| true);
                        too_new = offers.offers.iter().collect();
                    }
                    (sets, too_new.into_iter().filter_map(|o| o.needs_rust).min())
                }
                State::Feature { sets, .. } => (sets.iter().flatten().copied().collect(), None),
                State::Native | State::Nothing => continue,
            };
            if !sets.is_empty() || needs_rust.is_some() {
                let sets = sets.iter().rev().map(ToString::to_string).collect();
                let instrumentation = self.label(way.provision).into_owned();
                let needs_rust = needs_rust.map(ToString::to_string);
                return Verdict::NoRelease { instrumentation, sets, needs_rust };
            }
        }
        if let Some(Means::Nothing(advice)) =
            self.ways.iter().map(|w| &self.rule.by[w.provision].means).next_back()
        {
            return Verdict::Nothing { advice: advice.clone() };
        }
        if supported.is_empty() {
            supported
                .extend(self.rule.by.iter().filter_map(|p| p.versions.as_ref()).map(ToString::to_string));
        }
        supported.dedup();
        Verdict::OutOfRange { supported: supported.join(" or ") }
    }

    /// How a provision is called: the crate, or `LIBRARY/FEATURE`.
    pub(super) fn label(&self, provision: usize) -> Cow<'a, str> {
        match &self.rule.by[provision].means {
            Means::Crate(name) => Cow::Borrowed(name.as_str()),
            Means::Feature(feature) => Cow::Owned(format!("{}/{feature}", self.rule.name)),
            Means::Native(_) | Means::Nothing(_) => Cow::Borrowed(self.rule.name.as_str()),
        }
    }

    /// The other instrumentations that the rule knows for this version of the library.
    pub(super) fn alternatives(&self, chosen: Option<usize>, version: &Version) -> Vec<String> {
        let mut labels: Vec<Cow<'_, str>> = Vec::new();
        for (index, provision) in self.rule.by.iter().enumerate() {
            let holds = provision.versions.as_ref().is_none_or(|versions| versions.matches(version));
            let installs = matches!(provision.means, Means::Crate(_) | Means::Feature(_));
            if Some(index) != chosen && holds && installs && !labels.contains(&self.label(index)) {
                labels.push(self.label(index));
            }
        }
        labels.into_iter().map(Cow::into_owned).collect()
    }
}
