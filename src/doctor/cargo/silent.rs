//! What is a dependency, and never says anything.

use super::{
    Scene,
    source::{PROVIDER, Source},
};
use crate::{
    doctor::{
        catalogue::{CARGO_LEVEL, CARGO_PROVIDER_SHUTDOWN, CARGO_SELECT_MISSING, CARGO_UNWIRED},
        kind::{Kind, kind_of},
        survey::Sited,
        symptom::Symptom,
    },
    ecosystem::cargo::inventory::{Member, Use},
};

/// Crates that set everything up, and take care of levels and of the end.
const SETS_UP: [&str; 4] =
    ["init-tracing-opentelemetry", "logfire", "lambda-otel-lite", "telemetry-batteries"];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for member in scene.inventory.selected() {
        let sources = scene.sources_of(member);
        if sources.is_empty() {
            continue;
        }
        for used in &member.uses {
            found.extend(unwired(scene, member, used, &sources));
            found.extend(unselected(scene, member, used));
            found.extend(level(scene, member, used));
        }
    }
    found.extend(shutdown(scene));
    found
}

/// A dependency whose name no source mentions.
fn unwired(scene: &Scene<'_>, member: &Member, used: &Use, sources: &[&Sited<Source>]) -> Option<Symptom> {
    let name = scene.name(used.package);
    let path = used.alias.as_str().replace('-', "_");
    let is_mentioned = sources.iter().any(|source| source.what.names.contains(&path));
    (scene.is_called(name) && !is_mentioned).then(|| Symptom {
        check: &CARGO_UNWIRED,
        place: scene.entry(member, used),
        reason: format!(
            "`{name}` is a dependency of `{}`, and no source there mentions `{path}`",
            member.name
        ),
        fix: format!("attach it (`otel-bootstrap registry explain {name}` shows how), or take it out"),
        cure: None,
    })
}

/// No feature says which OpenTelemetry is meant, and none is.
fn unselected(scene: &Scene<'_>, member: &Member, used: &Use) -> Option<Symptom> {
    let name = scene.name(used.package);
    // Instrumentations that reach OpenTelemetry through a feature named after its version.
    let pattern = scene.provisions(name).iter().find_map(|way| way.select.as_ref())?;
    let selects = |u: &Use| u.features.iter().any(|feature| pattern.matches(feature));
    let members = &scene.inventory.members;
    let is_selected = members.iter().flat_map(|m| &m.uses).any(|u| u.package == used.package && selects(u));
    let has_bridge = scene.inventory.locked("tracing-opentelemetry").next().is_some();
    if is_selected || !has_bridge {
        return None;
    }
    let set = scene.inventory.locked("opentelemetry").last().map(|package| package.version.minor);
    Some(Symptom {
        check: &CARGO_SELECT_MISSING,
        place: scene.entry(member, used),
        reason: format!(
            "no feature `opentelemetry_0_NN` of `{name}` is on: its requests take no trace along"
        ),
        fix: format!(
            "switch on `opentelemetry_0_{}`",
            set.map_or_else(|| "NN".to_owned(), |minor| minor.to_string())
        ),
        cure: set.and_then(|minor| scene.switch_on(member, used, &[&format!("opentelemetry_0_{minor}")])),
    })
}

/// Spans of the level `TRACE`, and a filter that drops those.
fn level(scene: &Scene<'_>, member: &Member, used: &Use) -> Option<Symptom> {
    let name = scene.name(used.package);
    // Instrumentations whose spans are of the level `TRACE` unless a feature says otherwise.
    let way = scene.provisions(name).iter().find(|way| !way.directives.is_empty())?;
    let (directive, feature) = (way.directives.first()?, way.features.first()?.names.first()?.as_str());
    let all = || scene.inventory.members.iter().flat_map(|member| &member.uses);
    let is_raised = all().any(|u| u.features.contains(feature));
    let lets_through = |text: &str| text.contains("otel") || text == "trace" || text.ends_with("=trace");
    let in_sources = scene.survey.sources.iter().any(|source| source.what.lets_trace_through);
    let in_variables = scene.survey.variables().any(|(_, variable)| {
        variable.name == "RUST_LOG"
            && variable
                .value
                .as_deref()
                .is_none_or(|value| value.split(',').any(|part| lets_through(part.trim())))
    });
    let filters =
        ["EnvFilter", "LevelFilter", "with_max_level", "Targets"].iter().any(|name| scene.mentions(name));
    (filters && !is_raised && !scene.is_set_up_elsewhere() && !in_sources && !in_variables).then(|| Symptom {
        check: &CARGO_LEVEL,
        place: scene.entry(member, used),
        reason: format!("the spans of `{name}` are of the level `TRACE`, and nothing lets that through"),
        fix: format!("switch on the feature `{feature}`, or add the directive `{directive}`"),
        cure: scene.switch_on(member, used, &[feature]),
    })
}

/// A provider in a global that is never told that the program ends.
fn shutdown(scene: &Scene<'_>) -> Option<Symptom> {
    let any = |names: &[&str]| names.iter().any(|name| scene.mentions(name));
    let is_global = scene.mentions(PROVIDER);
    let batches = any(&["with_batch_exporter", "BatchSpanProcessor", "install_batch"]);
    let ends = any(&["shutdown", "force_flush", "shutdown_tracer_provider", "shutdown_with_timeout"]);
    if !is_global || !batches || ends || scene.is_set_up_elsewhere() {
        return None;
    }
    let mut sources = scene.survey.sources.iter();
    let (source, line) = sources.find_map(|source| Some((source, source.what.provider_line?)))?;
    Some(Symptom {
        check: &CARGO_PROVIDER_SHUTDOWN,
        place: source.at(line),
        reason: "the provider of traces lives in a global, which is never dropped, and nothing shuts it down: what it \
                 has not sent when the program ends is lost"
            .to_owned(),
        fix: "keep a clone of the provider, and call `shutdown()` at the end of `main`".to_owned(), cure: None })
}

impl<'a> Scene<'a> {
    /// Whether a crate that sets everything up is there.
    pub(super) fn is_set_up_elsewhere(&self) -> bool {
        SETS_UP.iter().any(|name| self.inventory.locked(name).next().is_some())
    }

    /// The sources in the folder of a member, without those in folders of other members below it.
    pub(super) fn sources_of(&self, member: &Member) -> Vec<&'a Sited<Source>> {
        let folder = |member: &Member| {
            self.overview
                .manifest(member.name.as_str())
                .map(|path| path.strip_suffix("Cargo.toml").unwrap_or(path).to_owned())
        };
        let Some(own) = folder(member) else { return Vec::new() };
        let inner: Vec<String> = self
            .inventory
            .members
            .iter()
            .filter_map(folder)
            .filter(|other| other.len() > own.len() && other.starts_with(&own))
            .collect();
        let is_own =
            |path: &str| path.starts_with(&own) && !inner.iter().any(|inner| path.starts_with(inner));
        // Where one cannot be read, nobody knows what it mentions.
        let mut skipped = self.survey.skips.iter().flat_map(|(_, files)| files);
        if skipped.any(|path| kind_of(path) == Some(Kind::Rust) && is_own(path)) {
            return Vec::new();
        }
        self.survey.sources.iter().filter(|source| is_own(&source.path)).collect()
    }
}
