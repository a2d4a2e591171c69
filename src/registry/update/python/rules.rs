//! What the rules say about making release data.

use pep440_rs::Version;

use super::wheel::Facts;
use crate::registry::python::{
    PythonRegistry, Unlisted,
    rule::{Code, Pin},
};

/// What the rules say about making release data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// Distributions that exporters need, and whether they have the version of the API instead of the release's.
    pub(super) supports: Vec<(String, bool)>,
    /// Instrumentations that no table names.
    pub(super) unlisted: Vec<(String, Unlisted)>,
    /// What the code of instrumentations asks for.
    codes: Vec<(String, Vec<Code>)>,
}

impl Rules {
    /// The rules of a registry.
    pub(super) fn of(registry: &PythonRegistry) -> Self {
        let mut rules = Self::default();
        for line in registry
            .exporter_names()
            .filter_map(|name| registry.exporter_rule(name))
            .flat_map(|rule| &rule.requires)
        {
            let at_core = match line.pin {
                Pin::Release => false,
                Pin::Core => true,
                Pin::Specifiers(_) => continue,
            };
            let support = (line.name.to_string(), at_core);
            if !rules.supports.contains(&support) {
                rules.supports.push(support);
            }
        }
        for rule in registry.instrumentation_names().filter_map(|name| registry.instrumentation(name)) {
            rules.unlisted.extend(rule.unlisted.map(|unlisted| (rule.name.to_string(), unlisted)));
            if !rule.code.is_empty() {
                rules.codes.push((rule.name.to_string(), rule.code.clone()));
            }
        }
        rules
    }

    /// What the code of an instrumentation asks for in a release whose loader asks the code.
    pub(super) fn code(&self, name: &str, release: &Version) -> Option<&Code> {
        let (_, codes) = self.codes.iter().find(|(known, _)| known == name)?;
        codes.iter().find(|code| code.releases.contains(release))
    }

    /// The version of the API that a distribution goes with by what it requires of an exporter.
    pub(super) fn core_of(&self, facts: &Facts) -> Option<String> {
        self.supports.iter().filter(|(_, at_core)| *at_core).find_map(|(name, _)| facts.exactly(name))
    }
}
