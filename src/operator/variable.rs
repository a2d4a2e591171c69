//! Variables that the operator leaves alone, or writes over.
//!
//! Source of the rules: `internal/instrumentation/python.go` of the operator's sources.

use super::scene::Scene;
use crate::doctor::{
    catalogue::{OPERATOR_PROTOCOL_GRPC, OPERATOR_PYTHONPATH_IMAGE, OPERATOR_PYTHONPATH_SOURCE},
    symptom::Symptom,
};

/// Where Python looks for modules first.
const PYTHONPATH: &str = "PYTHONPATH";

/// The variables that name a protocol.
const PROTOCOLS: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
];

pub(super) fn symptoms(scene: &Scene) -> Vec<Symptom> {
    let mut found = Vec::new();
    for pod in &scene.pods {
        for container in pod.what.instrumented() {
            for name in PROTOCOLS {
                let Some(variable) = container.variable(name) else { continue };
                if variable.value.as_deref() == Some("grpc") {
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
