//! Which dependencies of a release its features switch on, by the rules of the cargo reference,
//! chapter "Features".

use super::{
    release_set::ReleaseSet,
    releases::{Dependency, ReleaseGroup},
};

/// What a choice of features switches on in a release.
///
/// The lists hold a handful of names each: looking through them costs less than keeping them sorted.
#[derive(Clone, Debug)]
pub(crate) struct Activation<'a> {
    /// The release.
    group: &'a ReleaseGroup,
    /// The features that are on, the asked ones and those they imply.
    features: Vec<&'a str>,
    /// Names that are features, too, if an optional dependency implies one.
    implied: Vec<&'a str>,
    /// The names of the optional dependencies that are on; other names may be among them.
    on: Vec<&'a str>,
    /// Names of dependencies, on or off, each with a feature that is asked of it beyond those that its
    /// declaration names.
    asked: Vec<(&'a str, &'a str)>,
}

impl<'a> Activation<'a> {
    /// What the features `asked` (and the default ones, if `with_default`) switch on. Names that the
    /// release does not have are ignored.
    pub(crate) fn of<'s>(
        group: &'a ReleaseGroup,
        asked: impl IntoIterator<Item = &'s str>,
        with_default: bool,
    ) -> Self {
        let default = with_default.then_some("default").and_then(|name| group.features.find(name));
        let mut open: Vec<&str> = asked.into_iter().filter_map(|name| group.feature_name(name)).collect();
        open.extend(default.map(|feature| feature.name.as_ref()));
        let mut this =
            Self { group, features: Vec::new(), implied: Vec::new(), on: Vec::new(), asked: Vec::new() };
        while let Some(item) = open.pop() {
            this.switch_on(item, &mut open);
        }
        this
    }

    /// Switches on what an item of a feature says; features that it leads to are left for later.
    fn switch_on(&mut self, item: &'a str, open: &mut Vec<&'a str>) {
        if let Some(name) = item.strip_prefix("dep:") {
            self.on.push(name);
        } else if let Some((name, feature)) = item.split_once('/') {
            let is_strong = !name.ends_with('?');
            let name = name.trim_end_matches('?');
            self.asked.push((name, feature));
            if is_strong {
                self.on.push(name);
                if self.group.features.contains_key(name) {
                    open.push(name);
                }
            }
        } else if !self.features.contains(&item) {
            if let Some(implied) = self.group.features.get(item) {
                self.features.push(item);
                open.extend(implied.iter().map(AsRef::as_ref));
            } else if !self.on.contains(&item) {
                self.on.push(item);
                self.implied.push(item);
            }
        }
    }

    /// The features that are on, the asked ones and those they imply, in no order.
    pub(crate) fn features(&self) -> Vec<&'a str> {
        let implied = self.implied.iter().filter(|name| self.group.implicit_feature(name).is_some());
        self.features.iter().chain(implied).copied().collect()
    }

    /// The dependencies that are on.
    pub(crate) fn dependencies(&self) -> impl Iterator<Item = &'a Dependency> + Clone {
        let all = self.group.dependencies.iter().map(AsRef::as_ref);
        all.filter(|dependency| !dependency.optional || self.on.contains(&dependency.alias()))
    }

    /// The features that are asked of a dependency beyond those that its declaration names.
    pub(crate) fn asked_of(&self, dependency: &Dependency) -> impl Iterator<Item = &'a str> {
        let alias = dependency.alias();
        self.asked.iter().filter(move |(name, _)| *name == alias).map(|(_, feature)| *feature)
    }

    /// The release sets that these dependencies of the release bring in.
    pub(crate) fn sets_of(
        &self,
        dependencies: impl Iterator<Item = &'a Dependency>,
    ) -> impl Iterator<Item = ReleaseSet> {
        dependencies.flat_map(|dependency| {
            let more = dependency.sets_with.iter();
            let more =
                more.filter(|(feature, _)| self.asked_of(dependency).any(|asked| asked == feature.as_ref()));
            dependency.sets.iter().chain(more.flat_map(|(_, sets)| sets)).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::registry::release_line;

    fn sample() -> ReleaseGroup {
        let line = r#"{"name":"x",
            "dependencies":["always ^1","opentelemetry ^0.33 alias=otel_33 optional sets=0.33",
                "implicit ^1 optional","weak ^1 optional sets:std=0.32"],
            "features":["default tracing","strong weak/alloc v33","tracing","v33 dep:otel_33 weak?/std"],
            "releases":["1.0.0 needs=0,1,2,3 has=0,1,2,3"]}"#;
        release_line::read(line, Cow::Borrowed).expect("a literal of the test").releases.remove(0)
    }

    fn names(activation: &Activation<'_>) -> Vec<String> {
        let asked = |dependency: &Dependency| {
            let mut asked: Vec<_> = activation.asked_of(dependency).collect();
            asked.sort_unstable();
            asked.join(",")
        };
        activation.dependencies().map(|d| format!("{}[{}]", d.alias(), asked(d))).collect()
    }

    #[test]
    fn optional_dependencies_are_on_only_when_a_feature_says_so() {
        let release = sample();
        assert_eq!(names(&Activation::of(&release, [], true)), ["always[]"]);
        assert_eq!(names(&Activation::of(&release, ["v33"], false)), ["always[]", "otel_33[]"]);
        assert_eq!(names(&Activation::of(&release, ["implicit"], false)), ["always[]", "implicit[]"]);
    }

    #[test]
    fn a_weak_dependency_feature_switches_nothing_on_but_is_asked_once_it_is_on() {
        let release = sample();
        assert_eq!(
            names(&Activation::of(&release, ["strong"], false)),
            ["always[]", "otel_33[]", "weak[alloc,std]"]
        );
    }

    #[test]
    fn the_features_that_are_on_include_those_implied() {
        let release = sample();
        let mut on = Activation::of(&release, ["strong", "missing"], true).features();
        on.sort_unstable();
        assert_eq!(on, ["default", "strong", "tracing", "v33"]);
    }

    #[test]
    fn a_dependency_brings_in_its_sets_and_those_of_the_features_asked_of_it() {
        let release = sample();
        let sets = |features: &[&str]| {
            let on = Activation::of(&release, features.iter().copied(), false);
            on.sets_of(on.dependencies()).map(|set| set.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(sets(&[]), [""; 0]);
        assert_eq!(sets(&["v33"]), ["0.33"]);
        assert_eq!(sets(&["weak"]), [""; 0]);
        assert_eq!(sets(&["strong"]), ["0.33", "0.32"]);
    }
}
