//! The features of a package, implicit ones included.

use std::collections::{BTreeMap, BTreeSet};

use super::super::workspace::LocalPackage;

/// What a feature switches on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureValue<'a> {
    /// `f`: another feature.
    Feature(&'a str),
    /// `dep:x`: an optional dependency.
    Dependency(&'a str),
    /// `x/f` or, weakly, `x?/f`: a feature of a dependency.
    DependencyFeature {
        /// The dependency's key.
        alias: &'a str,
        /// The feature.
        feature: &'a str,
        /// Whether there is a `?`.
        weak: bool,
    },
}

impl<'a> FeatureValue<'a> {
    /// Reads one as it is written.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        if let Some((alias, feature)) = text.split_once('/') {
            let (alias, weak) = alias.strip_suffix('?').map_or((alias, false), |alias| (alias, true));
            Self::DependencyFeature { alias, feature, weak }
        } else if let Some(alias) = text.strip_prefix("dep:") {
            Self::Dependency(alias)
        } else {
            Self::Feature(text)
        }
    }
}

/// The features of a package.
#[derive(Debug, Default)]
pub struct FeatureTable<'a> {
    /// What each feature switches on.
    features: BTreeMap<&'a str, Vec<FeatureValue<'a>>>,
    /// The keys of all dependencies.
    aliases: BTreeSet<&'a str>,
    /// The keys of the optional ones.
    optional: BTreeSet<&'a str>,
}

impl<'a> FeatureTable<'a> {
    /// Collects the features of a package: the written ones, and one named like each optional
    /// dependency that no feature mentions as `dep:x`.
    #[must_use]
    pub fn new(package: &'a LocalPackage) -> Self {
        let mut table = Self::default();
        for declared in &package.dependencies {
            let alias = declared.dependency.alias.as_str();
            table.aliases.insert(alias);
            if declared.dependency.optional {
                table.optional.insert(alias);
            }
        }
        let mut mentioned = BTreeSet::new();
        for (name, enables) in &package.features {
            let values: Vec<_> = enables.iter().map(|text| FeatureValue::new(text)).collect();
            for value in &values {
                if let FeatureValue::Dependency(alias) = value {
                    mentioned.insert(*alias);
                }
            }
            table.features.insert(name, values);
        }
        for &alias in table.optional.difference(&mentioned) {
            table.features.entry(alias).or_insert_with(|| vec![FeatureValue::Dependency(alias)]);
        }
        table
    }

    /// What a feature switches on; `None` if there is no such feature.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[FeatureValue<'a>]> {
        self.features.get(name).map(Vec::as_slice)
    }

    /// The names of all features.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.features.keys().copied()
    }

    /// Whether the package has a dependency under the key.
    #[must_use]
    pub fn has_dependency(&self, alias: &str) -> bool {
        self.aliases.contains(alias)
    }

    /// Whether the dependency under the key is optional, in one table at least.
    #[must_use]
    pub fn is_optional(&self, alias: &str) -> bool {
        self.optional.contains(alias)
    }
}
