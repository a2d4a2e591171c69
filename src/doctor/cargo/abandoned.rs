//! Crates that nobody develops any more.

use super::Scene;
use crate::doctor::{catalogue::CARGO_ABANDONED, symptom::Symptom};

/// The crates, with what takes their place.
const ABANDONED: [(&str, &str); 5] = [
    ("actix-web-opentelemetry", "`opentelemetry-instrumentation-actix-web`, its new name"),
    ("opentelemetry-jaeger", "`opentelemetry-otlp`: Jaeger takes OTLP at 4317 and 4318"),
    ("opentelemetry-tide", "`tide-tracing` with `tracing-opentelemetry`"),
    ("opentelemetry-tonic", "`tonic-tracing-opentelemetry`"),
    ("otel-instrumentation-redis", "spans of your own around the calls"),
];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for member in scene.inventory.selected() {
        for used in &member.uses {
            let package = &scene.inventory.packages[used.package];
            let Some((_, instead)) = ABANDONED.iter().find(|(name, _)| *name == package.name.as_str()) else {
                continue;
            };
            found.push(Symptom {
                check: &CARGO_ABANDONED,
                place: scene.entry(member, used),
                reason: format!(
                    "`{}` {} has no release for a recent OpenTelemetry",
                    package.name, package.version
                ),
                fix: format!("use {instead}"),
                cure: None,
            });
        }
    }
    found
}
