//! From requirements to edited manifests: which entry of which file says what is required.

use std::{
    collections::{BTreeMap, btree_map},
    path::{Path, PathBuf},
};

use semver::{Comparator, Op, Version, VersionReq};

use super::{
    Edit, PlanError, entry,
    manifest::{Manifest, Place},
};
use crate::{
    ecosystem::cargo::{
        inventory::{Inventory, Member},
        switched_off,
    },
    resolution::{Requirement, VersionPin},
};

/// The manifests of a project, read when they are needed.
pub(super) struct Desk<'a> {
    inventory: &'a Inventory,
    root: PathBuf,
    open: BTreeMap<PathBuf, Manifest>,
}

/// A pinned version, parsed.
struct Pin {
    version: Version,
    exact: bool,
}

impl<'a> Desk<'a> {
    /// A desk with nothing on it.
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        Self { inventory, root: inventory.root.join("Cargo.toml"), open: BTreeMap::new() }
    }

    /// The manifests that changed.
    pub(super) fn into_edits(self) -> Vec<Edit> {
        let rendered = self.open.into_values().map(|manifest| {
            let new = manifest.render().into_bytes();
            Edit { path: manifest.path, old: manifest.raw.into_bytes(), new }
        });
        rendered.filter(|edit| edit.old != edit.new).collect()
    }

    /// Writes a requirement into the manifest of a member (or into what the member inherits).
    pub(super) fn place(&mut self, requirement: &Requirement, member: &Member) -> Result<(), PlanError> {
        let pin = requirement.version.as_ref().map(|pin| Pin::parse(requirement, pin)).transpose()?;
        self.open(&self.root.clone())?;
        self.open(&member.manifest)?;
        let mut found = self.open[&member.manifest].find(requirement.name.as_str(), &self.open[&self.root]);
        if found.iter().any(|place| self.is_on(place, member)) {
            found.retain(|place| self.is_on(place, member));
        }
        match (found.is_empty(), &pin) {
            (true, Some(pin)) => self.add(requirement, pin, member),
            (true, None) => Err(PlanError::NoSuchDependency {
                name: requirement.name.clone(),
                path: member.manifest.clone(),
                features: requirement.features.clone(),
            }),
            (false, Some(pin)) => {
                let place = self.best(found, requirement, pin, member);
                self.change(&place, requirement, Some(pin), member)
            }
            (false, None) => found.iter().try_for_each(|place| self.change(place, requirement, None, member)),
        }
    }

    /// Whether an entry is no optional one, or some feature that is on asks for it.
    fn is_on(&self, place: &Place, member: &Member) -> bool {
        let is_used = member.uses.iter().any(|used| used.alias.as_str() == place.key);
        is_used || !self.open[&member.manifest].item(place).is_some_and(entry::is_optional)
    }

    /// The one of several entries for a package that a requirement is about: one that accepts the
    /// version, else the one that is not renamed, else the first.
    fn best(&self, mut found: Vec<Place>, requirement: &Requirement, pin: &Pin, member: &Member) -> Place {
        let accepts = |place: &Place| pin.is_accepted_by(self.stated_version(place, member));
        let index = found
            .iter()
            .position(accepts)
            .or_else(|| found.iter().position(|place| place.key == requirement.name.as_str()));
        found.swap_remove(index.unwrap_or(0))
    }

    /// The version requirement that an entry states or inherits.
    fn stated_version(&self, place: &Place, member: &Member) -> Option<&str> {
        let item = self.open[&member.manifest].item(place)?;
        if entry::is_inherited(item) {
            self.open[&self.root].inherited(&place.key).and_then(entry::version)
        } else {
            entry::version(item)
        }
    }

    /// Changes an entry that is there: features are added, and the version is changed where what stands
    /// there does not do.
    fn change(
        &mut self,
        place: &Place,
        requirement: &Requirement,
        pin: Option<&Pin>,
        member: &Member,
    ) -> Result<(), PlanError> {
        let locked = member.uses.iter().find(|used| used.alias.as_str() == place.key);
        let locked = locked.map(|used| &self.inventory.packages[used.package].version);
        let item = self.open[&member.manifest].item(place);
        if !self.is_on(place, member) {
            return Err(PlanError::Optional(switched_off::entry(self.inventory, member, &requirement.name)));
        }
        let stated = self.stated_version(place, member);
        let version = pin.filter(|pin| stated.is_some() && !pin.is_served_by(stated, locked)).map(Pin::text);
        let inherited = item.is_some_and(entry::is_inherited);
        if let Some(version) = version {
            let (path, place) = if inherited {
                (&self.root, Place::new(&["workspace", "dependencies"], &place.key))
            } else {
                (&member.manifest, place.clone())
            };
            let item = self.open.get_mut(path).and_then(|manifest| manifest.item_mut(&place));
            if let Some(item) = item {
                entry::set_version(item, &version);
            }
        }
        let features = self.missing_features(requirement, inherited.then_some(place.key.as_str()));
        let manifest = self.open.get_mut(&member.manifest);
        if let Some(item) = manifest.and_then(|manifest| manifest.item_mut(place)) {
            entry::add_features(item, &features);
        }
        Ok(())
    }

    /// Adds an entry where there is none: one that the workspace says more about where that is what the
    /// member does, else one with a version of its own.
    fn add(&mut self, requirement: &Requirement, pin: &Pin, member: &Member) -> Result<(), PlanError> {
        let name = requirement.name.as_str();
        let shared = self.open[&self.root].find_inheritable(name);
        let key = match shared {
            Some(shared) => self.can_share(&shared, pin)?.then_some(shared.key),
            None if self.inherits(member)? => {
                let place = Place::new(&["workspace", "dependencies"], name);
                self.insert(&self.root.clone(), &place, entry::registry(&pin.text(), &[]))?;
                Some(name.to_owned())
            }
            None => None,
        };
        let item = match &key {
            Some(key) => {
                let dotted = self.open[&member.manifest].habit().is_dotted();
                entry::inherited(&self.missing_features(requirement, Some(key)), dotted)
            }
            None => entry::registry(&pin.text(), &requirement.features),
        };
        let place = Place::new(&["dependencies"], key.as_deref().unwrap_or(name));
        self.insert(&member.manifest, &place, item)
    }

    /// Whether the entry of the workspace does for the version, or can be changed so that it does
    /// because no member inherits it yet.
    fn can_share(&mut self, shared: &Place, pin: &Pin) -> Result<bool, PlanError> {
        let stated = self.open[&self.root].item(shared).and_then(entry::version);
        if stated.is_none() || pin.is_served_by(stated, None) {
            return Ok(true);
        }
        let inventory = self.inventory;
        for member in &inventory.members {
            if self.open(&member.manifest)?.takes_from_workspace(&shared.key) {
                return Ok(false);
            }
        }
        let root = self.open.get_mut(&self.root).and_then(|manifest| manifest.item_mut(shared));
        if let Some(item) = root {
            entry::set_version(item, &pin.text());
        }
        Ok(true)
    }

    /// Whether a new entry of the member should be inherited: because most of its entries are, or, where
    /// it has none yet, because most of those of the other members are.
    fn inherits(&mut self, member: &Member) -> Result<bool, PlanError> {
        if !self.open[&self.root].has_inheritable() {
            return Ok(false);
        }
        let habit = self.open[&member.manifest].habit();
        if habit.inherited + habit.own > 0 {
            return Ok(habit.inherits());
        }
        let inventory = self.inventory;
        let (mut inherited, mut own) = (0, 0);
        for other in &inventory.members {
            let habit = self.open(&other.manifest)?.habit();
            inherited += habit.inherited;
            own += habit.own;
        }
        Ok(inherited > 0 && inherited >= own)
    }

    /// The features of a requirement that the workspace's entry does not bring.
    fn missing_features(&self, requirement: &Requirement, inherited: Option<&str>) -> Vec<String> {
        let item = inherited.and_then(|key| self.open[&self.root].inherited(key));
        let present = item.map(entry::features).unwrap_or_default();
        requirement.features.iter().filter(|f| !present.contains(&f.as_str())).cloned().collect()
    }

    /// Puts an entry where there is none; the key must be free.
    fn insert(&mut self, path: &Path, place: &Place, item: toml_edit::Item) -> Result<(), PlanError> {
        let manifest = self.open(path)?;
        if manifest.item(place).is_some() {
            return Err(PlanError::KeyTaken { key: place.key.clone(), path: path.to_owned() });
        }
        manifest.insert(place, item)
    }

    /// The manifest, read if it was not yet.
    fn open(&mut self, path: &Path) -> Result<&mut Manifest, PlanError> {
        match self.open.entry(path.to_owned()) {
            btree_map::Entry::Occupied(open) => Ok(open.into_mut()),
            btree_map::Entry::Vacant(place) => Ok(place.insert(Manifest::read(path)?)),
        }
    }
}

impl Pin {
    /// Parses the version of a requirement.
    fn parse(requirement: &Requirement, pin: &VersionPin) -> Result<Self, PlanError> {
        let version = Version::parse(&pin.version).map_err(|source| PlanError::Version {
            name: requirement.name.clone(),
            version: pin.version.clone(),
            source,
        })?;
        Ok(Self { version, exact: pin.exact })
    }

    /// The version requirement to write; build metadata has no place in one.
    fn text(&self) -> String {
        let version = Version { build: semver::BuildMetadata::EMPTY, ..self.version.clone() };
        if self.exact { format!("={version}") } else { version.to_string() }
    }

    /// Whether a version requirement allows the version; one that is not stated allows any.
    fn is_accepted_by(&self, stated: Option<&str>) -> bool {
        let Some(stated) = stated else { return true };
        VersionReq::parse(stated).is_ok_and(|req| req.matches(&self.version))
    }

    /// Whether a version requirement can stay as it is: it allows the version, nothing older is locked
    /// through it, and it is exact if need be.
    fn is_served_by(&self, stated: Option<&str>, locked: Option<&Version>) -> bool {
        let Some(stated) = stated else { return true };
        let Ok(req) = VersionReq::parse(stated) else { return false };
        let exact = matches!(&req.comparators[..], [Comparator { op: Op::Exact, patch: Some(_), .. }]);
        req.matches(&self.version)
            && locked.is_none_or(|locked| *locked >= self.version)
            && (exact || !self.exact)
    }
}
