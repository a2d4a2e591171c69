//! Which dependencies of a release its features switch on, by the rules of the cargo reference,
//! chapter "Features".

use std::collections::BTreeMap;

use crate::registry::releases::{Dependency, ReleaseGroup};

/// What a choice of features switches on in a release.
#[derive(Debug, Default)]
pub(super) struct Activation<'a> {
    /// The features that are on, the asked ones and those they imply.
    pub(super) features: Vec<&'a str>,
    /// The dependencies that are on, with the features that are asked of each beyond those its
    /// declaration names.
    pub(super) dependencies: Vec<(&'a Dependency, Vec<&'a str>)>,
}

/// What the features `asked` (and the default ones, if `with_default`) switch on. Names that the
/// release does not have are ignored.
pub(super) fn activate<'a, 's>(
    release: &'a ReleaseGroup,
    asked: impl IntoIterator<Item = &'s str>,
    with_default: bool,
) -> Activation<'a> {
    let own_name = |feature: &str| match release.features.find(feature) {
        Some(known) => Some(known.name.as_str()),
        None => release.implicit_feature(feature).map(Dependency::alias),
    };
    // A handful of names each: looking through them costs less than keeping them sorted.
    let mut features: Vec<&str> = Vec::new();
    let mut on: Vec<&str> = Vec::new();
    let mut of_dependency: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut open: Vec<&str> = asked.into_iter().filter_map(own_name).collect();
    if with_default {
        open.extend(release.features.find("default").map(|known| known.name.as_str()));
    }
    while let Some(value) = open.pop() {
        if let Some(alias) = value.strip_prefix("dep:") {
            on.push(alias);
        } else if let Some((alias, feature)) = value.split_once('/') {
            let strong = alias.strip_suffix('?').is_none();
            let alias = alias.trim_end_matches('?');
            of_dependency.entry(alias).or_default().push(feature);
            if strong {
                on.push(alias);
                if release.features.contains_key(alias) {
                    open.push(alias);
                }
            }
        } else if !features.contains(&value) {
            if let Some(implied) = release.features.get(value) {
                features.push(value);
                open.extend(implied.iter().map(String::as_str));
            } else if !on.contains(&value) {
                on.push(value);
                if release.implicit_feature(value).is_some() {
                    features.push(value);
                }
            }
        }
    }
    let asked_of = |dependency: &Dependency| {
        let mut asked = of_dependency.get(dependency.alias()).cloned().unwrap_or_default();
        asked.sort_unstable();
        asked.dedup();
        asked
    };
    let dependencies = release
        .dependencies
        .iter()
        .filter(|dependency| !dependency.optional || on.contains(&dependency.alias()))
        .map(|dependency| (&**dependency, asked_of(dependency)))
        .collect();
    Activation { features, dependencies }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(json: &str) -> ReleaseGroup {
        serde_json::from_str(json).expect("a literal of the test")
    }

    fn sample() -> ReleaseGroup {
        release(
            r#"{"versions":["1.0.0"],
            "dependencies":[
              {"package":"always","req":"^1"},
              {"package":"opentelemetry","alias":"otel_33","req":"^0.33","optional":true},
              {"package":"implicit","req":"^1","optional":true},
              {"package":"weak","req":"^1","optional":true}],
            "features":{"default":["tracing"],"tracing":[],"v33":["dep:otel_33","weak?/std"],
              "strong":["weak/alloc","v33"]}}"#,
        )
    }

    fn names(activation: &Activation<'_>) -> Vec<String> {
        activation
            .dependencies
            .iter()
            .map(|(d, features)| format!("{}[{}]", d.alias(), features.join(",")))
            .collect()
    }

    #[test]
    fn optional_dependencies_are_on_only_when_a_feature_says_so() {
        let release = sample();
        assert_eq!(names(&activate(&release, [], true)), ["always[]"]);
        assert_eq!(names(&activate(&release, ["v33"], false)), ["always[]", "otel_33[]"]);
        assert_eq!(names(&activate(&release, ["implicit"], false)), ["always[]", "implicit[]"]);
    }

    #[test]
    fn a_weak_dependency_feature_switches_nothing_on_but_is_asked_once_it_is_on() {
        let release = sample();
        assert_eq!(
            names(&activate(&release, ["strong"], false)),
            ["always[]", "otel_33[]", "weak[alloc,std]"]
        );
    }

    #[test]
    fn the_features_that_are_on_include_those_implied() {
        let release = sample();
        let mut on = activate(&release, ["strong", "missing"], true).features;
        on.sort_unstable();
        assert_eq!(on, ["default", "strong", "tracing", "v33"]);
    }
}
