//! Addresses that do not go with the protocol.
//!
//! Source of the rules: the specification, "OpenTelemetry Protocol Exporter", and the exporters of Python, tried.

use url::Url;

use super::scene::Scene;
use crate::doctor::{
    catalogue::{PYTHON_OTLP_PATH, PYTHON_OTLP_PORT},
    launch::Launch,
    survey::Sited,
    symptom::{Place, Symptom},
};

/// A protocol of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Grpc,
    Http,
}

impl Protocol {
    /// Its name as a value, its port, and the port that is not its own.
    fn facts(self) -> (&'static str, u16, u16) {
        match self {
            Self::Grpc => ("grpc", 4317, 4318),
            Self::Http => ("http/protobuf", 4318, 4317),
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Grpc => Self::Http,
            Self::Http => Self::Grpc,
        }
    }
}

/// The variables with addresses: with the signal they are for, if it is one.
const ENDPOINTS: [(&str, Option<&str>); 4] = [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", None),
    ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", Some("LOGS")),
    ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", Some("METRICS")),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Some("TRACES")),
];

/// Ports at which others take what is no OTLP.
const FOREIGN: [(u16, &str); 4] = [(6831, "Jaeger"), (9411, "Zipkin"), (14250, "Jaeger"), (14268, "Jaeger")];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found: Vec<Symptom> =
        scene.survey.launches.iter().flat_map(|launch| of_launch(scene, launch)).collect();
    found.extend(of_calls(scene));
    found
}

/// The addresses in an environment.
fn of_launch(scene: &Scene<'_>, launch: &Sited<Launch>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for (name, signal) in ENDPOINTS {
        let Some(variable) = launch.what.variable(name) else { continue };
        let Some(text) = variable.value.as_deref() else { continue };
        let place = launch.at(variable.line);
        if let Some(symptom) = foreign(&place, name, text) {
            found.push(symptom);
            continue;
        }
        let Some(protocol) = protocol(scene, &launch.what, signal) else { continue };
        if let Some(symptom) = port(place.clone(), &format!("`{name}`"), text, protocol) {
            found.push(symptom);
        } else {
            found.extend(path(place, name, signal, text, protocol));
        }
    }
    found
}

/// The protocol that counts in an environment; `None` if nobody knows.
fn protocol(scene: &Scene<'_>, launch: &Launch, signal: Option<&str>) -> Option<Protocol> {
    let variable = |name: &str| scene.variable(launch, name);
    let of_signal = signal.map(|signal| variable(&format!("OTEL_EXPORTER_OTLP_{signal}_PROTOCOL")));
    let general = || variable("OTEL_EXPORTER_OTLP_PROTOCOL");
    let named = of_signal.map_or_else(general, |own| own.or(general));
    let has = |name: &str| scene.has(&format!("opentelemetry-exporter-otlp-proto-{name}"));
    let imports = |name: &str| scene.imports(&format!("opentelemetry.exporter.otlp.proto.{name}"));
    // An exporter that a source makes speaks its own protocol, whatever the variable says.
    match (imports("grpc"), imports("http")) {
        (true, false) => return Some(Protocol::Grpc),
        (false, true) => return Some(Protocol::Http),
        (true, true) => return None,
        (false, false) => {}
    }
    // The operator sets another default, and FastAPI and other distros have theirs.
    if named == super::scene::Lookup::Unset
        && (launch.is_injected || !scene.is_automatic() || scene.has_foreign_distro())
    {
        return None;
    }
    match named.or_default("grpc")? {
        "grpc" if has("grpc") || scene.inventory.is_none() => Some(Protocol::Grpc),
        "http/protobuf" => Some(Protocol::Http),
        _ => None,
    }
}

/// A port that takes something else than OTLP.
fn foreign(place: &Place, name: &str, text: &str) -> Option<Symptom> {
    let port = address(text)?.port()?;
    let (_, taker) = FOREIGN.iter().find(|(foreign, _)| *foreign == port)?;
    Some(Symptom {
        check: &PYTHON_OTLP_PORT,
        place: place.clone(),
        reason: format!("`{name}` goes to port {port}, where {taker} takes its own protocol and no OTLP"),
        fix: "take port 4317 for `grpc`, or 4318 for `http/protobuf`".to_owned(),
        cure: None,
    })
}

/// A port that by convention belongs to the other protocol.
fn port(place: Place, what: &str, text: &str, protocol: Protocol) -> Option<Symptom> {
    let url = address(text)?;
    let (name, own, other) = protocol.facts();
    (url.port() == Some(other)).then(|| Symptom {
        check: &PYTHON_OTLP_PORT,
        place,
        reason: format!("{what} goes to port {other}, and the protocol is `{name}`, which is taken at {own}"),
        fix: format!("take port {own}, or the protocol `{}`", protocol.other().facts().0),
        cure: None,
    })
}

/// A path where none belongs.
fn path(place: Place, name: &str, signal: Option<&str>, text: &str, protocol: Protocol) -> Option<Symptom> {
    let url = address(text)?;
    let path = url.path().trim_end_matches('/');
    let (reason, fix) = match (protocol, signal) {
        (Protocol::Grpc, _) if !path.is_empty() => (
            format!("`{name}` has the path `{path}`, and gRPC knows no paths in addresses"),
            "take the path away, or set `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`".to_owned(),
        ),
        (Protocol::Http, None)
            if ["/v1/traces", "/v1/metrics", "/v1/logs"].iter().any(|end| path.ends_with(end)) =>
        {
            (
                format!("`{name}` ends in `{path}`, and each signal's own path is put behind it"),
                "take the path away, or name the variable of the signal".to_owned(),
            )
        }
        _ => return None,
    };
    Some(Symptom { check: &PYTHON_OTLP_PATH, place, reason, fix, cure: None })
}

/// The addresses that sources give to exporters.
fn of_calls(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for (module, call) in scene.calls() {
        let Some(rest) = call.path.strip_prefix("opentelemetry.exporter.otlp.proto.") else { continue };
        let (protocol, end) = match rest.rsplit('.').next() {
            Some("OTLPSpanExporter") => (rest, "/v1/traces"),
            Some("OTLPMetricExporter") => (rest, "/v1/metrics"),
            Some("OTLPLogExporter") => (rest, "/v1/logs"),
            _ => continue,
        };
        let protocol = if protocol.starts_with("grpc.") { Protocol::Grpc } else { Protocol::Http };
        let text = call.keyword("endpoint").or(call.arguments.first()).and_then(super::source::Literal::text);
        let Some(text) = text else { continue };
        let place = module.at(call.line);
        if let Some(symptom) = port(place.clone(), &format!("`{}`", call.name()), text, protocol) {
            found.push(symptom);
            continue;
        }
        let is_bare = address(text).is_some_and(|url| matches!(url.path(), "" | "/"));
        if protocol == Protocol::Http && is_bare {
            found.push(Symptom {
                check: &PYTHON_OTLP_PATH,
                place,
                reason: format!(
                    "the address that `{}` is given is taken as it is, and has no path",
                    call.name()
                ),
                fix: format!("put `{end}` behind it, or set `OTEL_EXPORTER_OTLP_ENDPOINT` instead"),
                cure: None,
            });
        }
    }
    found
}

/// An address with a scheme and a host, or with a host alone as gRPC takes it.
fn address(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = if text.contains("://") {
        Url::parse(text).ok()?
    } else {
        Url::parse(&format!("http://{text}")).ok()?
    };
    url.host().is_some().then_some(url)
}
