//! Distros and exporters that are not there, or no more.

use super::scene::{Lookup, Scene};
use crate::doctor::{
    catalogue::{PYTHON_DISTRO_MISSING, PYTHON_EXPORTER_JAEGER, PYTHON_EXPORTER_MISSING},
    launch::Launch,
    survey::Sited,
    symptom::{Place, Symptom},
};

/// The signals: the variable that names its exporters, and the one of its protocol.
const SIGNALS: [(&str, &str); 2] = [
    ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"),
    ("OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"),
];

/// The distributions with exporters for Jaeger's own protocols.
const JAEGER: [&str; 3] = [
    "opentelemetry-exporter-jaeger",
    "opentelemetry-exporter-jaeger-proto-grpc",
    "opentelemetry-exporter-jaeger-thrift",
];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    let started = || scene.instrumented().filter(|launch| !launch.what.injects());
    if scene.lacks_distro() {
        found.extend(started().map(distro));
    } else if scene.has_distro() && !scene.has_foreign_distro() {
        found.extend(started().flat_map(|launch| exporters(scene, launch)));
    }
    found.extend(jaeger(scene));
    found
}

fn distro(launch: &Sited<Launch>) -> Symptom {
    Symptom {
        check: &PYTHON_DISTRO_MISSING,
        place: launch.at(launch.what.line),
        reason: "`opentelemetry-instrument` is used, and no distro is installed that would set up the SDK: nothing \
                 arrives, and nothing is said"
            .to_owned(),
        fix: "install `opentelemetry-distro` and an exporter (`otel-bootstrap -a install --exporter otlp`)".to_owned(), cure: None }
}

/// The exporters that a launch asks for and that are not there, each once.
fn exporters(scene: &Scene<'_>, launch: &Sited<Launch>) -> Vec<Symptom> {
    let variable = |name: &str| scene.variable(&launch.what, name);
    let mut missing = Vec::new();
    for (exporters, protocol) in SIGNALS {
        let Some(exporters) = variable(exporters).or_default("otlp") else { continue };
        let protocol = variable(protocol).or(|| variable("OTEL_EXPORTER_OTLP_PROTOCOL"));
        for exporter in exporters.split(',').map(str::trim) {
            let Some(name) = distribution(exporter, protocol) else { continue };
            if scene.lacks(name) && !missing.iter().any(|(_, known)| *known == name) {
                missing.push((exporter.to_owned(), name));
            }
        }
    }
    let symptom = |(exporter, name): (String, &str)| Symptom {
        check: &PYTHON_EXPORTER_MISSING,
        place: launch.at(launch.what.line),
        reason: format!(
            "the exporter `{exporter}` is asked for, and `{name}` is not installed: nothing is set up"
        ),
        fix: format!("install `{name}`, or name an exporter that is there"),
        cure: None,
    };
    missing.into_iter().map(symptom).collect()
}

/// The distribution with an exporter; `None` if none is needed, or nobody knows.
fn distribution(exporter: &str, protocol: Lookup<'_>) -> Option<&'static str> {
    match exporter {
        "otlp" => match protocol.or_default("grpc")? {
            "grpc" => Some("opentelemetry-exporter-otlp-proto-grpc"),
            "http/protobuf" => Some("opentelemetry-exporter-otlp-proto-http"),
            _ => None,
        },
        "otlp_proto_grpc" => Some("opentelemetry-exporter-otlp-proto-grpc"),
        "otlp_proto_http" => Some("opentelemetry-exporter-otlp-proto-http"),
        "prometheus" => Some("opentelemetry-exporter-prometheus"),
        "zipkin_json" => Some("opentelemetry-exporter-zipkin-json"),
        "zipkin_proto" => Some("opentelemetry-exporter-zipkin-proto-http"),
        _ => None,
    }
}

/// Exporters for Jaeger's own protocols, which are made no more.
fn jaeger(scene: &Scene<'_>) -> Vec<Symptom> {
    let symptom = |place, reason| Symptom {
        check: &PYTHON_EXPORTER_JAEGER,
        place,
        reason,
        fix: "export OTLP, which Jaeger takes since 1.35 (ports 4317 and 4318)".to_owned(),
        cure: None,
    };
    let mut found = Vec::new();
    for module in &scene.survey.modules {
        let imports = module.what.imports.iter();
        let import =
            imports.into_iter().find(|import| import.path.starts_with("opentelemetry.exporter.jaeger."));
        found.extend(import.map(|import| {
            symptom(
                module.at(import.line),
                "the exporter for Jaeger's own protocols is imported; its last release goes with SDK 1.21"
                    .to_owned(),
            )
        }));
    }
    for (path, variable) in scene.survey.variables() {
        let value = variable.value.as_deref().unwrap_or_default();
        if variable.name == "OTEL_TRACES_EXPORTER"
            && value.split(',').any(|name| name.trim().starts_with("jaeger"))
        {
            let reason = format!(
                "`OTEL_TRACES_EXPORTER={value}` names an exporter whose last release goes with SDK 1.21"
            );
            found.push(symptom(Place::at(path, variable.line), reason));
        }
    }
    if found.is_empty()
        && let Some(inventory) = scene.inventory
        && let Some(name) = JAEGER.into_iter().find(|name| {
            let is_direct = |direct: &std::collections::BTreeSet<crate::package::PackageName>| {
                direct.iter().any(|own| own.as_str() == *name)
            };
            inventory.get(name).is_some() && inventory.direct.as_ref().is_none_or(is_direct)
        })
    {
        let reason = format!("`{name}` is installed; its last release goes with SDK 1.21");
        found.push(symptom(scene.source(), reason));
    }
    found
}
