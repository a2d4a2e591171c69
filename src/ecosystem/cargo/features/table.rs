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

    /// The features that switch an optional dependency on by themselves; the one that is named like it last.
    pub fn switches(&self, alias: &str) -> impl Iterator<Item = &'a str> {
        let enables = |value: &FeatureValue<'_>| match *value {
            FeatureValue::Feature(name) => name == alias && self.is_own_switch(alias),
            FeatureValue::Dependency(name) => name == alias,
            FeatureValue::DependencyFeature { alias: name, weak, .. } => name == alias && !weak,
        };
        let of = |is_named_alike: bool| {
            let features = self.features.iter().filter(move |(name, _)| (**name == alias) == is_named_alike);
            features.filter(move |(_, values)| values.iter().any(enables)).map(|(name, _)| *name)
        };
        of(false).chain(of(true)).collect::<Vec<_>>().into_iter()
    }

    /// Whether the feature that is named like a dependency, implicit or written, switches it on.
    fn is_own_switch(&self, alias: &str) -> bool {
        self.get(alias).is_some_and(|values| values.contains(&FeatureValue::Dependency(alias)))
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

#[cfg(test)]
mod tests {
    use super::{
        FeatureValue::{Dependency, Feature},
        *,
    };

    #[test]
    fn what_switches_a_dependency_on_is_found() {
        // As the manifest writes them; `b` is mentioned as `dep:b`, so that it has no feature of its own.
        let features = [
            ("all", vec![Feature("by-name"), Feature("a")]),
            ("by-name", vec![Feature("a")]),
            ("by-dep", vec![Dependency("b")]),
            ("c", vec![Dependency("c")]),
            ("passing", vec![passed("a", false), passed("b", false)]),
            ("weak", vec![passed("a", true), passed("c", true)]),
            ("b-too", vec![Feature("by-dep"), Feature("b")]),
            ("a", vec![Dependency("a")]),
        ];
        let table = FeatureTable { features: features.into_iter().collect(), ..FeatureTable::default() };
        for (alias, switches) in [
            ("a", &["all", "by-name", "passing", "a"][..]),
            ("b", &["by-dep", "passing"]),
            ("c", &["c"]),
            ("d", &[]),
        ] {
            assert_eq!(table.switches(alias).collect::<Vec<_>>(), switches, "{alias}");
        }
    }

    fn passed(alias: &str, weak: bool) -> FeatureValue<'_> {
        FeatureValue::DependencyFeature { alias, feature: "f", weak }
    }
}
