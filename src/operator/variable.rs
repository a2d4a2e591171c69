//! Variables that the operator leaves alone, or writes over.
//!
//! Source of the rules: `internal/instrumentation/python.go` of the operator's sources.

use url::Url;

use super::{
    application::PYTHONPATH,
    pod::{Container, Entry},
    scene::Scene,
    stock::Injected,
};
use crate::doctor::{
    catalogue::{
        OPERATOR_ENDPOINT_PORT, OPERATOR_PROTOCOL_GRPC, OPERATOR_PYTHONPATH_IMAGE, OPERATOR_PYTHONPATH_SOURCE,
    },
    symptom::{Place, Symptom},
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

/// The address that stands for all signals, which the `Instrumentation` says where a container does not.
const ENDPOINT: &str = ENDPOINTS[0];

/// The protocol that stands for all signals, which the operator sets where a container does not.
const PROTOCOL: &str = PROTOCOLS[0];

pub(super) fn symptoms(scene: &Scene, injected: Option<&Injected>) -> Vec<Symptom> {
    let has_grpc =
        injected.is_some_and(|injected| injected.packages.keys().any(|name| name.as_str() == GRPC));
    let mut found = Vec::new();
    for pod in &scene.pods {
        for container in pod.what.instrumented() {
            let whose = format!("container `{}`", container.name.escape_debug());
            // The operator's own value goes over that for all signals from elsewhere, and over no other.
            let of = |name: &'static str| {
                container.variable(name).or_else(|| container.supplied(name).filter(|_| name != PROTOCOL))
            };
            let at = |line| pod.at(line);
            exports(&mut found, &whose, of, at, has_grpc);
            let source = container.variable(PYTHONPATH).filter(|variable| variable.is_elsewhere);
            found.extend(source.map(|variable| Symptom {
                check: &OPERATOR_PYTHONPATH_SOURCE,
                place: pod.at(variable.line),
                reason: format!(
                    "{whose} takes `{PYTHONPATH}` from elsewhere (`valueFrom`): the operator leaves it out"
                ),
                fix: format!("write the value of `{PYTHONPATH}` into the manifest, with `value`"),
                cure: None,
            }));
            found.extend(replaced(container, &whose, at));
        }
    }
    for instrumentation in &scene.instrumentations {
        let whose = format!("`Instrumentation/{}`", instrumentation.what.name.escape_debug());
        let variables = &instrumentation.what.variables;
        let of = |name: &'static str| variables.iter().find(|variable| variable.name == name);
        exports(&mut found, &whose, of, |line| instrumentation.at(line), has_grpc);
        let address = instrumentation.what.endpoint.as_ref();
        if let Some((_, line)) = address.filter(|(address, _)| is_for_grpc(address))
            && of(ENDPOINT).is_none()
            && of(PROTOCOL).is_none_or(|protocol| protocol.value.as_deref() != Some("grpc"))
        {
            found.push(port("spec.exporter.endpoint", &whose, instrumentation.at(*line)));
        }
    }
    found.extend(image_path(scene));
    found
}

/// What the protocols and the addresses lead to: those of a container, or of an `Instrumentation`.
fn exports<'s>(
    found: &mut Vec<Symptom>,
    whose: &str,
    of: impl Fn(&'static str) -> Option<&'s Entry>,
    at: impl Fn(usize) -> Place,
    has_grpc: bool,
) {
    let protocols = PROTOCOLS.iter().filter_map(|name| of(name));
    let asked: Vec<&Entry> = protocols.filter(|variable| variable.value.as_deref() == Some("grpc")).collect();
    for variable in asked.iter().filter(|_| !has_grpc) {
        let name = &variable.name;
        found.push(Symptom {
            check: &OPERATOR_PROTOCOL_GRPC,
            place: at(variable.line),
            reason: format!(
                "{whose} sets `{name}=grpc`, and what is injected exports over HTTP only: no exporter is found"
            ),
            fix: format!("take `{name}` out, or set it to `http/protobuf`, with port 4318"),
            cure: None,
        });
    }
    // Whoever asks for gRPC is told that, and not the port.
    let addresses = ENDPOINTS.iter().filter_map(|name| of(name)).filter(|_| asked.is_empty());
    for variable in addresses.filter(|variable| variable.value.as_deref().is_some_and(is_for_grpc)) {
        found.push(port(&variable.name, whose, at(variable.line)));
    }
}

/// Whether an address is that which collectors take gRPC at.
fn is_for_grpc(address: &str) -> bool {
    Url::parse(address.trim()).is_ok_and(|url| url.port() == Some(4317))
}

fn port(name: &str, whose: &str, place: Place) -> Symptom {
    Symptom {
        check: &OPERATOR_ENDPOINT_PORT,
        place,
        reason: format!(
            "`{name}` of {whose} goes to port 4317, which takes gRPC, and the operator sets `http/protobuf`"
        ),
        fix: "take port 4318".to_owned(),
        cure: None,
    }
}

/// A variable from a `ConfigMap` as a whole is replaced like that of an image.
fn replaced(container: &Container, whose: &str, at: impl Fn(usize) -> Place) -> Option<Symptom> {
    let supplied = container.supplied(PYTHONPATH).filter(|_| container.variable(PYTHONPATH).is_none())?;
    let (map, _) = supplied.key.as_ref()?;
    Some(Symptom {
        check: &OPERATOR_PYTHONPATH_IMAGE,
        place: at(supplied.line),
        reason: format!(
            "{whose} takes `{PYTHONPATH}` from the `ConfigMap` `{}` (`envFrom`), and the operator replaces it",
            map.escape_debug()
        ),
        fix: advice(supplied.value.as_deref()),
        cure: None,
    })
}

fn advice(value: Option<&str>) -> String {
    match value {
        Some(value) => format!("set `{PYTHONPATH}` in the manifest too, to `{}`", value.escape_debug()),
        None => format!("set `{PYTHONPATH}` in the manifest too, to the same value"),
    }
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
        fix: advice(variable.value.as_deref()),
        cure: None,
    })
    .collect()
}
