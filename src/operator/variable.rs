//! Variables that the operator leaves alone, or writes over.
//!
//! Source of the rules: `internal/instrumentation/python.go` of the operator's sources.

use url::Url;

use super::{application::PYTHONPATH, pod::Container, scene::Scene, stock::Injected};
use crate::doctor::{
    catalogue::{
        OPERATOR_ENDPOINT_PORT, OPERATOR_PROTOCOL_GRPC, OPERATOR_PYTHONPATH_IMAGE, OPERATOR_PYTHONPATH_SOURCE,
    },
    symptom::Symptom,
};

/// The exporter for gRPC.
const GRPC: &str = "opentelemetry-exporter-otlp-proto-grpc";

/// The variables that name an address.
const ENDPOINTS: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

/// The variables that name a protocol.
const PROTOCOLS: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
];

pub(super) fn symptoms(scene: &Scene, injected: Option<&Injected>) -> Vec<Symptom> {
    let mut found = Vec::new();
    let has_grpc =
        injected.is_some_and(|injected| injected.packages.keys().any(|name| name.as_str() == GRPC));
    for pod in &scene.pods {
        for container in pod.what.instrumented() {
            for name in PROTOCOLS {
                let Some(variable) = container.variable(name) else { continue };
                if variable.value.as_deref() == Some("grpc") && !has_grpc {
                    found.push(Symptom {
                        check: &OPERATOR_PROTOCOL_GRPC,
                        place: pod.at(variable.line),
                        reason: format!(
                            "container `{}` sets `{name}=grpc`, and what is injected exports over HTTP only: no exporter is found",
                            container.name.escape_debug()
                        ),
                        fix: format!("take `{name}` out, or set it to `http/protobuf`, with port 4318"),
                        cure: None,
                    });
                }
            }
            for name in ENDPOINTS {
                let Some(variable) = container.variable(name) else { continue };
                let port = variable.value.as_deref().and_then(|text| Url::parse(text.trim()).ok()?.port());
                if port == Some(4317) && !speaks_grpc(container) {
                    found.push(Symptom {
                        check: &OPERATOR_ENDPOINT_PORT,
                        place: pod.at(variable.line),
                        reason: format!(
                            "`{name}` of container `{}` goes to port 4317, which takes gRPC, and the operator sets `http/protobuf`",
                            container.name.escape_debug()
                        ),
                        fix: "take port 4318".to_owned(),
                        cure: None,
                    });
                }
            }
            if let Some(variable) = container.variable(PYTHONPATH).filter(|variable| variable.value.is_none())
            {
                found.push(Symptom {
                    check: &OPERATOR_PYTHONPATH_SOURCE,
                    place: pod.at(variable.line),
                    reason: format!(
                        "container `{}` takes `{PYTHONPATH}` from elsewhere (`valueFrom`): the operator leaves it out",
                        container.name.escape_debug()
                    ),
                    fix: format!("write the value of `{PYTHONPATH}` into the manifest, with `value`"),
                    cure: None,
                });
            }
        }
    }
    found.extend(image_path(scene));
    found
}

/// Whether a container asks for gRPC itself, which is told apart.
fn speaks_grpc(container: &Container) -> bool {
    let values = PROTOCOLS.iter().filter_map(|name| container.variable(name)?.value.as_deref());
    values.into_iter().any(|value| value == "grpc")
}

/// The variable that an image sets is replaced by the one that the operator adds, unless the manifest has it too.
fn image_path(scene: &Scene) -> Vec<Symptom> {
    let mut containers = scene.pods.iter().flat_map(|pod| pod.what.instrumented());
    if !scene.pods.is_empty() && containers.all(|container| container.variable(PYTHONPATH).is_some()) {
        return Vec::new();
    }
    let set = scene.images.iter().filter_map(|image| Some((image, image.what.variable(PYTHONPATH)?)));
    set.map(|(image, variable)| Symptom {
        check: &OPERATOR_PYTHONPATH_IMAGE,
        place: image.at(variable.line),
        reason: format!("the image sets `{PYTHONPATH}`, and the operator replaces it in the container"),
        fix: match variable.value.as_deref() {
            Some(value) => format!("set `{PYTHONPATH}` in the manifest too, to `{}`", value.escape_debug()),
            None => format!("set `{PYTHONPATH}` in the manifest too, to the same value"),
        },
        cure: None,
    })
    .collect()
}
