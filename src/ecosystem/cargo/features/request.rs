//! The features that the command line asks for, shared out to the packages.

use thiserror::Error;

use super::{FeatureTable, FeatureValue};
use crate::{nearest::nearest, settings::Selection};

/// What is asked of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Single features.
    values: Vec<FeatureValue<'a>>,
    /// Whether all features are.
    all: bool,
    /// Whether the default ones are.
    default: bool,
}

/// A feature that no package has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("no selected package has the feature `{}`", feature.escape_debug())]
pub struct FeatureError {
    /// The feature as it was given.
    feature: String,
    /// A feature that could be meant.
    nearest: Option<String>,
}

impl FeatureError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.nearest.as_ref().map(|name| format!("did you mean `{}`?", name.escape_debug()))
    }
}

/// A package that features can be asked of.
pub struct Candidate<'a, 'b> {
    /// Its name.
    pub name: &'a str,
    /// Its features.
    pub table: &'b FeatureTable<'a>,
    /// Whether it is the one that the command line is given for.
    pub is_current: bool,
}

impl<'a> Request<'a> {
    /// What is asked of a package that the command line does not speak of.
    #[must_use]
    pub fn by_default() -> Self {
        Self { values: Vec::new(), all: false, default: true }
    }

    /// Shares out what the command line asks for to the selected packages.
    ///
    /// A feature goes to each package that has it; `x/f` to those that have a dependency `x`, and to
    /// the package `x`. With `for_current_only`, features that do not name another selected package, and
    /// `--no-default-features`, are for the current package alone.
    pub fn share(
        selection: &'a Selection,
        candidates: &[Candidate<'a, '_>],
        for_current_only: bool,
    ) -> Result<Vec<Self>, FeatureError> {
        let mut requests: Vec<_> = candidates
            .iter()
            .map(|candidate| Self {
                values: Vec::new(),
                all: selection.all_features,
                default: !selection.no_default_features || (for_current_only && !candidate.is_current),
            })
            .collect();
        for feature in &selection.features {
            let mut found = false;
            let other = |candidate: &Candidate<'_, '_>| {
                let names = feature.split(['/', '?']).next() == Some(candidate.name);
                names && !candidate.is_current && feature.contains('/')
            };
            let names_other = candidates.iter().any(other);
            for (candidate, request) in candidates.iter().zip(&mut requests) {
                let is_addressed = !for_current_only || (candidate.is_current && !names_other);
                let wanted = candidate.wants(feature, is_addressed);
                found |= wanted.is_some();
                request.values.extend(wanted);
            }
            if !found {
                return Err(unknown(feature, candidates));
            }
        }
        Ok(requests)
    }

    /// Everything it switches on in the package.
    pub(super) fn values(&self, table: &FeatureTable<'a>) -> Vec<FeatureValue<'a>> {
        let all = if self.all { table.names().map(FeatureValue::Feature).collect() } else { Vec::new() };
        let default = self.default.then_some(FeatureValue::Feature("default"));
        all.into_iter().chain(default).chain(self.values.iter().copied()).collect()
    }
}

impl<'a> Candidate<'a, '_> {
    /// What a feature of the command line means for this package; what is not addressed to it counts
    /// only if it names it.
    fn wants(&self, feature: &'a str, is_addressed: bool) -> Option<FeatureValue<'a>> {
        let value = FeatureValue::new(feature);
        match value {
            FeatureValue::Feature(name) => (is_addressed && self.table.get(name).is_some()).then_some(value),
            FeatureValue::Dependency(_) => None,
            FeatureValue::DependencyFeature { alias, feature, .. } => {
                if is_addressed && self.table.has_dependency(alias) {
                    return Some(value);
                }
                let is_own = alias == self.name && self.table.get(feature).is_some();
                is_own.then_some(FeatureValue::Feature(feature))
            }
        }
    }
}

/// The error about a feature that no package has.
fn unknown(feature: &str, candidates: &[Candidate<'_, '_>]) -> FeatureError {
    let known = candidates.iter().flat_map(|candidate| candidate.table.names());
    FeatureError { feature: feature.to_owned(), nearest: nearest(feature, known).map(str::to_owned) }
}
