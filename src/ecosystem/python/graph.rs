//! Who depends on whom, as far as somebody asks: metadata is read of those distributions only that the question
//! is about.

use std::collections::{BTreeMap, BTreeSet};

use pep508_rs::{
    ExtraName, ExtraOperator, MarkerEnvironment, MarkerExpression, MarkerTree, MarkerValueExtra,
};

use super::{
    environment::Need,
    family::is_opentelemetry,
    inventory::{Distribution, Inventory, Requires},
    lock::{Platform, Target},
    origin::Origins,
};
use crate::package::PackageName;

/// How many dependents are named.
const DEPENDENTS_NAMED: usize = 3;

/// The distributions that are only there because OpenTelemetry's own packages need them.
#[must_use]
pub(super) fn only_through_opentelemetry(inventory: &Inventory) -> BTreeSet<&str> {
    let all = &inventory.distributions;
    if !all.iter().any(|distribution| is_opentelemetry(distribution.name.as_str())) {
        return BTreeSet::new();
    }
    let reader = Reader::new(inventory);
    let is_direct =
        |name: &PackageName| inventory.direct.as_ref().is_some_and(|direct| direct.contains(name));
    // What OpenTelemetry leads to, in full.
    let mut below: BTreeMap<&str, Vec<PackageName>> = BTreeMap::new();
    let mut open: Vec<&Distribution> =
        all.iter().filter(|distribution| is_opentelemetry(distribution.name.as_str())).collect();
    while let Some(distribution) = open.pop() {
        if below.contains_key(distribution.name.as_str()) {
            continue;
        }
        let requires = reader.requires(distribution, |_| true);
        open.extend(requires.iter().filter_map(|name| inventory.get(name.as_str())));
        below.insert(distribution.name.as_str(), requires);
    }
    // Of the others only what leads there.
    let mut origins = Origins::default();
    for distribution in all {
        let name = &distribution.name;
        let (requires, is_asked) = match below.get(name.as_str()) {
            Some(requires) => {
                let is_foreign = !is_opentelemetry(name.as_str());
                let is_asked = is_direct(name) || is_foreign && distribution.was_asked_for() == Some(true);
                (requires.clone(), is_asked)
            }
            None => {
                (reader.requires(distribution, |name| below.contains_key(name.as_str())), is_direct(name))
            }
        };
        origins.insert(name, requires, is_asked);
    }
    origins.only_through_opentelemetry()
}

/// Distributions that depend on one of these, by name; a few of them.
#[must_use]
pub(super) fn dependents(inventory: &Inventory, of: &[&Distribution]) -> Vec<String> {
    let reader = Reader::new(inventory);
    let is_among = |name: &PackageName| of.iter().any(|distribution| distribution.name == *name);
    let depends = |distribution: &&Distribution| !reader.requires(distribution, is_among).is_empty();
    let all = inventory.distributions.iter().filter(depends);
    all.take(DEPENDENTS_NAMED).map(|distribution| distribution.name.to_string()).collect()
}

/// Reads what distributions depend on, with markers evaluated.
struct Reader<'a> {
    inventory: &'a Inventory,
    environment: MarkerEnvironment,
}

impl<'a> Reader<'a> {
    fn new(inventory: &'a Inventory) -> Self {
        let target = Target::new(inventory.python.clone(), Platform::host());
        let environment = target.environment(&target.python(None));
        Self { inventory, environment }
    }

    /// What a distribution depends on, of the names that matter. What cannot be read depends on nothing.
    fn requires(
        &self,
        distribution: &Distribution,
        matters: impl Fn(&PackageName) -> bool,
    ) -> Vec<PackageName> {
        match &distribution.requires {
            Requires::Listed(names) => names.iter().filter(|name| matters(name)).cloned().collect(),
            Requires::Unknown => Vec::new(),
            Requires::Metadata(_) => {
                let needs = distribution.needs().ok().flatten().unwrap_or_default().requires;
                let counts = |need: &&Need| matters(&need.name) && self.counts(need, &needs);
                needs.iter().filter(counts).map(|need| need.name.clone()).collect()
            }
        }
    }

    /// Whether a requirement holds here. Nothing tells with which extras a distribution was asked for, so an extra
    /// counts where all that it brings is there.
    fn counts(&self, need: &Need, all: &[Need]) -> bool {
        let Some(requirement) = need.requirement() else { return false };
        if requirement.marker.evaluate(&self.environment, &[]) {
            return true;
        }
        let Some(extra) = extra_of(&requirement.marker) else { return false };
        let extras = [extra];
        let of_extra = all.iter().filter_map(Need::requirement).filter(|other| {
            extra_of(&other.marker).as_ref() == Some(&extras[0])
                && other.marker.evaluate(&self.environment, &extras)
        });
        let is_there = |name: &str| {
            PackageName::of_distribution(name).is_ok_and(|name| self.inventory.get(name.as_str()).is_some())
        };
        requirement.marker.evaluate(&self.environment, &extras)
            && of_extra.into_iter().all(|other| is_there(other.name.as_ref()))
    }
}

/// The extra that a marker asks for.
fn extra_of(marker: &MarkerTree) -> Option<ExtraName> {
    match marker.top_level_extra()? {
        MarkerExpression::Extra { operator: ExtraOperator::Equal, name: MarkerValueExtra::Extra(name) } => {
            Some(name)
        }
        _ => None,
    }
}
