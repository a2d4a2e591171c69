//! Addresses that do not go with the protocol.
//!
//! Source of the rules: the specification, "OpenTelemetry Protocol Exporter", and the exporters of Python, tried.

use std::ops::Range;

use url::Url;

use super::{
    scene::Scene,
    source::{Call, Module},
};
use crate::doctor::{
    catalogue::{PYTHON_OTLP_PATH, PYTHON_OTLP_PORT},
    cure::{Change, Cure},
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
        // The protocol is what somebody chose, or what the only exporter speaks; the address follows it.
        let put = |part: Range<usize>, new: &str| variable.with(&launch.path, part, new);
        if let Some(symptom) = port(place.clone(), &format!("`{name}`"), text, protocol) {
            let cure = port_of(text).and_then(|part| put(part, &protocol.facts().1.to_string()));
            found.push(Symptom { cure: cure.filter(|_| is_chosen(scene, &launch.what)), ..symptom });
        } else if let Some(symptom) = path(place, name, signal, text, protocol) {
            let cure = without_path(text, protocol).and_then(|part| put(part, ""));
            found.push(Symptom { cure: cure.filter(|_| is_chosen(scene, &launch.what)), ..symptom });
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
        && (launch.injects() || !scene.is_automatic() || scene.has_foreign_distro())
    {
        return None;
    }
    match named.or_default("grpc")? {
        "grpc" if has("grpc") || scene.inventory.is_none() => Some(Protocol::Grpc),
        "http/protobuf" => Some(Protocol::Http),
        _ => None,
    }
}

/// Whether there is one protocol only that can be meant: one variable says it, or one exporter is there.
fn is_chosen(scene: &Scene<'_>, launch: &Launch) -> bool {
    let has = |name: &str| scene.has(&format!("opentelemetry-exporter-otlp-proto-{name}"));
    let named = scene.variable(launch, "OTEL_EXPORTER_OTLP_PROTOCOL");
    matches!(named, super::scene::Lookup::Value(_)) || has("grpc") != has("http")
}

/// Where the port stands in an address.
fn port_of(text: &str) -> Option<Range<usize>> {
    let start = text.find("://").map_or(0, |at| at + 3);
    let end = text[start..].find('/').map_or(text.len(), |at| start + at);
    let colon = start + text[start..end].rfind(':')?;
    let is_number = colon + 1 < end && text[colon + 1..end].bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(colon + 1..end)
}

/// Where the path stands in an address that should have none; of HTTP only the part for a signal.
fn without_path(text: &str, protocol: Protocol) -> Option<Range<usize>> {
    if text.contains(['?', '#']) {
        return None;
    }
    let start = text.find("://").map_or(0, |at| at + 3);
    let path = start + text[start..].find('/')?;
    match protocol {
        Protocol::Grpc => Some(path..text.len()),
        Protocol::Http => Some(path + text[path..].rfind("/v1/")?..text.len()),
    }
}

/// What puts other text in the place of a part of an address in a source.
fn in_source(module: &Sited<Module>, call: &Call, text: &str, part: Range<usize>, new: &str) -> Option<Cure> {
    let span = call.keyword_span("endpoint").or_else(|| call.spans.first().cloned())?;
    // The text stands between two quotes and nothing else.
    let start = (span.len() == text.len() + 2).then_some(span.start + 1 + part.start)?;
    Some(Cure::of(Change::new(&module.path, start, &text[part], new)))
}

/// Who takes something else than OTLP at a port.
pub(in crate::doctor) fn foreign_port(port: u16) -> Option<&'static str> {
    FOREIGN.iter().find(|(foreign, _)| *foreign == port).map(|(_, taker)| *taker)
}

/// A port that takes something else than OTLP.
fn foreign(place: &Place, name: &str, text: &str) -> Option<Symptom> {
    let port = address(text)?.port()?;
    let taker = foreign_port(port)?;
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
        // Elsewhere than at a collector's port somebody may take it there.
        (Protocol::Http, Some(signal)) if path.is_empty() && url.port() == Some(Protocol::Http.facts().1) => {
            let own = signal.to_ascii_lowercase();
            (
                format!(
                    "`{name}` is taken as it is, and without `/v1/{own}` nothing is there that takes them"
                ),
                format!(
                    "put `/v1/{own}` behind it, or set `OTEL_EXPORTER_OTLP_ENDPOINT`, behind which it is put"
                ),
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
            let own = protocol.facts().1.to_string();
            let cure = port_of(text).and_then(|part| in_source(module, call, text, part, &own));
            found.push(Symptom { cure, ..symptom });
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
                cure: in_source(module, call, text, text.trim_end_matches('/').len()..text.len(), end),
            });
        }
    }
    found
}

/// An address with a scheme and a host, or with a host alone as gRPC takes it.
pub(in crate::doctor) fn address(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = if text.contains("://") {
        Url::parse(text).ok()?
    } else {
        Url::parse(&format!("http://{text}")).ok()?
    };
    url.host().is_some().then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_addresses_are_found() {
        for (text, port, grpc, http) in [
            ("http://a:4317", Some("4317"), None, None),
            ("a:4317", Some("4317"), None, None),
            ("http://[::1]:4318/v1/traces", Some("4318"), Some("/v1/traces"), Some("/v1/traces")),
            ("https://a/b/v1/logs/", None, Some("/b/v1/logs/"), Some("/v1/logs/")),
            ("http://[::1]", None, None, None),
            ("http://a/v1/traces?x=y", None, None, None),
        ] {
            let part = |range: Option<Range<usize>>| range.map(|range| &text[range]);
            assert_eq!(part(port_of(text)), port, "{text}");
            assert_eq!(part(without_path(text, Protocol::Grpc)), grpc, "{text}");
            assert_eq!(part(without_path(text, Protocol::Http)), http, "{text}");
        }
    }
}
