//! Which optional dependencies of the local packages are on, and which features are asked of all.
//!
//! Gives what cargo's dependency resolver gives and `cargo metadata` shows. That is more than one
//! build may need: it does not tell targets apart, development and build dependencies of members count, and
//! `x?/f` switches `x` on. Packages from registries that ask features of a local package (through
//! `[patch]`) are not seen.
//!
//! Source of the rules: the cargo reference, "Features", and cargo's `build_feature_map` and
//! `build_requirements`.

pub(super) mod request;
mod table;

use std::collections::{BTreeMap, BTreeSet};

pub use request::{FeatureError, Request};
pub use table::{FeatureTable, FeatureValue};

use super::{
    manifest::Kind,
    workspace::{Declared, LocalPackage},
};

/// What is on in one local package.
#[derive(Clone, Debug, Default)]
pub struct Activation<'a> {
    /// Whether anything needs the package at all.
    is_active: bool,
    /// Whether its development dependencies count.
    with_development: bool,
    /// Its features that are on.
    features: BTreeSet<&'a str>,
    /// The dependencies that its features switch on, or ask features of, with those features.
    dependencies: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Activation<'a> {
    /// Whether a dependency of the package is on.
    #[must_use]
    pub fn enables(&self, declared: &Declared) -> bool {
        let dependency = &declared.dependency;
        self.is_active
            && (dependency.kind != Kind::Development || self.with_development)
            && (!dependency.optional || self.dependencies.contains_key(dependency.alias.as_str()))
    }

    /// The features that the package asks of a dependency: in the dependency's own entry, or
    /// through a feature that is on.
    pub fn asks<'b>(&'b self, declared: &'b Declared) -> impl Iterator<Item = &'b str> {
        let dependency = &declared.dependency;
        let through = self.dependencies.get(dependency.alias.as_str()).into_iter().flatten().copied();
        dependency.features.iter().map(String::as_str).chain(through)
    }

    /// Switches something on; whether that changed anything.
    ///
    /// What the package does not have is passed over: cargo refuses such a manifest.
    fn switch_on(&mut self, table: &FeatureTable<'a>, value: FeatureValue<'a>) -> bool {
        let mut changed = false;
        let mut pending = vec![value];
        while let Some(value) = pending.pop() {
            match value {
                FeatureValue::Feature(name) => {
                    if let Some(values) = table.get(name)
                        && self.features.insert(name)
                    {
                        changed = true;
                        pending.extend(values);
                    }
                }
                FeatureValue::Dependency(alias) => {
                    changed |= !self.dependencies.contains_key(alias);
                    self.dependencies.entry(alias).or_default();
                }
                FeatureValue::DependencyFeature { alias, feature, weak } => {
                    if !weak && table.is_optional(alias) {
                        pending.push(FeatureValue::Feature(alias));
                    }
                    changed |= self.dependencies.entry(alias).or_default().insert(feature);
                }
            }
        }
        changed
    }
}

/// A dependency of one local package on another: which of the declared ones, and on which package.
pub type LocalEdge = (usize, usize);

/// Switches on what is asked for, and what the packages ask of each other, until nothing changes.
///
/// `edges` holds those of each package; `requests` names packages by index.
#[must_use]
pub fn activate<'a>(
    packages: &'a [LocalPackage],
    tables: &[FeatureTable<'a>],
    edges: &[Vec<LocalEdge>],
    requests: &[(usize, Request<'a>)],
) -> Vec<Activation<'a>> {
    let mut states = vec![Activation::default(); packages.len()];
    let mut queue = Vec::new();
    for (index, request) in requests {
        let state = &mut states[*index];
        (state.is_active, state.with_development) = (true, true);
        for value in request.values(&tables[*index]) {
            state.switch_on(&tables[*index], value);
        }
        queue.push(*index);
    }
    while let Some(index) = queue.pop() {
        for &(declared, target) in &edges[index] {
            let declared = &packages[index].dependencies[declared];
            if !states[index].enables(declared) {
                continue;
            }
            let default = declared.dependency.default_features.unwrap_or(true).then_some("default");
            let through = states[index].dependencies.get(declared.dependency.alias.as_str()).cloned();
            let own = declared.dependency.features.iter().map(String::as_str);
            let asked: Vec<&'a str> = own.chain(through.into_iter().flatten()).chain(default).collect();

            let state = &mut states[target];
            let mut changed = !state.is_active;
            state.is_active = true;
            for feature in asked {
                changed |= state.switch_on(&tables[target], FeatureValue::Feature(feature));
            }
            if changed {
                queue.push(target);
            }
        }
    }
    states
}
