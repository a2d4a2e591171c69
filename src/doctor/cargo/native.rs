//! Libraries that tell of themselves, once they are asked to and heard: the registry's `native` rules, and two whose
//! feature alone does nothing.

use super::{Scene, source::Source};
use crate::{
    doctor::{
        catalogue::{CARGO_LIBRARY_LEVEL, CARGO_LIBRARY_OFF},
        symptom::Symptom,
    },
    ecosystem::cargo::inventory::{Member, Use},
    registry::rule::Means,
};

/// A library whose spans are off by default.
struct Switch {
    /// The library; all that begin so if it ends in `-`.
    library: &'static str,
    /// The features of which one lets it tell anything; none if it needs none.
    features: &'static [&'static str],
    /// A name in the sources that switches it on.
    name: &'static str,
    /// A variable that does.
    variable: Option<&'static str>,
    /// What to do.
    fix: &'static str,
}

/// The libraries, sorted.
///
/// Source: the documentation of each, which the registry's `switch` repeats for people.
const SWITCHES: [Switch; 3] = [
    Switch {
        library: "fred",
        features: &["partial-tracing", "full-tracing"],
        name: "TracingConfig",
        variable: None,
        fix: "give the configuration of the client a `TracingConfig` that is on",
    },
    Switch {
        library: "google-cloud-",
        features: &[],
        name: "with_tracing",
        variable: Some("GOOGLE_CLOUD_RUST_LOGGING"),
        fix: "call `.with_tracing()` on the builder of the client, or set `GOOGLE_CLOUD_RUST_LOGGING=true`",
    },
    Switch {
        library: "mongodb",
        features: &["opentelemetry"],
        name: "OpentelemetryOptions",
        variable: Some("OTEL_RUST_INSTRUMENTATION_MONGODB_ENABLED"),
        fix: "set `OTEL_RUST_INSTRUMENTATION_MONGODB_ENABLED=true`, or `OpentelemetryOptions` with `enabled(true)`",
    },
];

/// What takes the filter from the environment.
const FROM_ENVIRONMENT: [&str; 4] = ["from_default_env", "from_env", "try_from_default_env", "try_from_env"];

/// Levels, the one that lets most through first.
const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for member in scene.inventory.selected() {
        // Without a source nothing is known, and who has no bridge does not ask for spans.
        let is_bridge = |used: &Use| scene.name(used.package) == "tracing-opentelemetry";
        if !member.uses.iter().any(is_bridge) || scene.sources_of(member).is_empty() {
            continue;
        }
        for used in &member.uses {
            found.extend(off(scene, member, used).or_else(|| level(scene, member, used)));
        }
    }
    found
}

/// Spans that are off by default, and nothing switches them on.
fn off(scene: &Scene<'_>, member: &Member, used: &Use) -> Option<Symptom> {
    let name = scene.name(used.package);
    let switch = SWITCHES.iter().find(|switch| match switch.library.strip_suffix('-') {
        Some(_) => name.starts_with(switch.library),
        None => name == switch.library,
    })?;
    let mut all = scene.inventory.members.iter().flat_map(|member| &member.uses);
    let asks = if switch.features.is_empty() {
        scene.native(used).any(|way| !way.switch.is_empty())
    } else {
        all.any(|other| {
            let is_on = |feature: &&str| other.features.contains(*feature);
            other.package == used.package && switch.features.iter().any(is_on)
        })
    };
    let is_set = |variable: &str| scene.survey.variables().any(|(_, set)| set.name == variable);
    let is_on = scene.mentions(switch.name) || switch.variable.is_some_and(is_set);
    (asks && !is_on).then(|| Symptom {
        check: &CARGO_LIBRARY_OFF,
        place: scene.entry(member, used),
        reason: format!("the spans of `{name}` are off by default, and nothing here switches them on"),
        fix: switch.fix.to_owned(),
        cure: None,
    })
}

/// Spans of a level that the filter drops.
fn level(scene: &Scene<'_>, member: &Member, used: &Use) -> Option<Symptom> {
    let name = scene.name(used.package);
    let directive = scene.native(used).find_map(|way| way.directives.first())?;
    let (target, level) = directive.split_once('=')?;
    let filters = ["EnvFilter", "with_max_level", "Targets"].iter().any(|name| scene.mentions(name));
    let set: Vec<_> = scene.survey.variables().filter(|(_, variable)| variable.name == "RUST_LOG").collect();
    // What the environment says where it runs, nobody knows here.
    let is_unknown = set.iter().any(|(_, variable)| variable.value.is_none())
        || (set.is_empty() && FROM_ENVIRONMENT.iter().any(|name| scene.mentions(name)))
        || ["DEBUG", "TRACE"].iter().any(|name| scene.mentions(name));
    let in_sources = scene.survey.sources.iter().flat_map(|source| &source.what.filters).map(String::as_str);
    let in_variables = set.iter().flat_map(|(_, variable)| {
        variable.value.as_deref().unwrap_or_default().split(',').filter(|part| Source::is_filter(part))
    });
    let heard = in_sources.chain(in_variables).any(|part| lets_through(part, target, level));
    (filters && !is_unknown && !heard && !scene.is_set_up_elsewhere()).then(|| Symptom {
        check: &CARGO_LIBRARY_LEVEL,
        place: scene.entry(member, used),
        reason: format!(
            "the spans of `{name}` are of the level `{}`, and the filter drops them",
            level.to_uppercase()
        ),
        fix: format!("add the directive `{directive}`, if they are wanted"),
        cure: None,
    })
}

/// Whether a part of a filter lets a target through at a level.
fn lets_through(part: &str, target: &str, level: &str) -> bool {
    let rank = |level: &str| LEVELS.iter().position(|known| level.eq_ignore_ascii_case(known));
    let (of, at) = part.trim().rsplit_once('=').unwrap_or(("", part.trim()));
    let of = of.split('[').next().unwrap_or_default();
    target.starts_with(of) && rank(at).is_some_and(|at| rank(level).is_some_and(|level| at <= level))
}

impl<'a> Scene<'a> {
    /// The rules by which a library that is used tells of itself.
    fn native(&self, used: &Use) -> impl Iterator<Item = &'a crate::registry::rule::Provision> {
        let package = &self.inventory.packages[used.package];
        let library = self.registry.library(package.name.as_str());
        let version = &package.version;
        library.into_iter().flat_map(|library| &library.by).filter(move |way| {
            let holds = way.versions.as_ref().is_none_or(|range| range.matches(version));
            holds && matches!(way.means, Means::Native(_))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_as_they_work() {
        for (part, expected) in [
            ("debug", true),
            ("TRACE", true),
            ("info", false),
            ("aws_sdk_s3=debug", true),
            ("aws=trace", true),
            ("aws_sdk_s3[put]=debug", true),
            ("hyper=trace", false),
            ("aws_sdk_s3=info", false),
        ] {
            assert_eq!(lets_through(part, "aws_sdk_s3", "debug"), expected, "{part}");
        }
    }
}
