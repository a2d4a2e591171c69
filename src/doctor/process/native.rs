//! What is looked for in a process without an interpreter of Python: its variables, as the specification has them for every
//! language.
//!
//! Source of the rules: the specification, "Environment Variable Specification" and "OpenTelemetry Protocol Exporter".

use super::symptom::place;
use crate::doctor::{
    catalogue::{PROCESS_OTLP_PORT, PROCESS_VARIABLE_INVALID, PROCESS_VARIABLE_UNKNOWN},
    launch::Variable,
    python::{address, foreign_port, meant, quoted},
    symptom::{Place, Symptom},
};

/// The protocols of OTLP, with the port of each.
const PROTOCOLS: [(&str, u16); 3] = [("grpc", 4317), ("http/json", 4318), ("http/protobuf", 4318)];

/// The signals that have variables of their own.
const SIGNALS: [&str; 4] = ["", "LOGS_", "METRICS_", "TRACES_"];

/// What is found in the variables of a process.
pub(super) fn symptoms(pid: u32, variables: &[Variable]) -> Vec<Symptom> {
    let of = |variable: &Variable| {
        let place = Place::of(format!("{}/{}", place(pid), variable.name));
        unknown(variable, &place)
            .or_else(|| invalid(variable, &place))
            .or_else(|| port(variable, variables, &place))
    };
    variables.iter().filter(|variable| variable.name.starts_with("OTEL_")).filter_map(of).collect()
}

/// A name that is nearly one that there is.
fn unknown(variable: &Variable, place: &Place) -> Option<Symptom> {
    let meant = meant(&variable.name)?;
    Some(Symptom {
        check: &PROCESS_VARIABLE_UNKNOWN,
        place: place.clone(),
        reason: format!("no SDK reads `{}`", variable.name),
        fix: format!("set `{meant}`"),
        cure: None,
    })
}

/// A value that no SDK understands.
fn invalid(variable: &Variable, place: &Place) -> Option<Symptom> {
    let (name, value) = (variable.name.as_str(), variable.value.as_deref()?);
    let is_pairs = name == "OTEL_RESOURCE_ATTRIBUTES" || name.ends_with("_HEADERS");
    let pair = value.split(',').position(|pair| !pair.is_empty() && !pair.contains('='));
    let is_switch = name == "OTEL_SDK_DISABLED";
    let is_protocol = name.starts_with("OTEL_EXPORTER_OTLP_") && name.ends_with("_PROTOCOL");
    let (reason, fix) = if value.is_empty() {
        return None;
    } else if let Some(told) = quoted(name, value) {
        told
    } else if let Some(index) = pair.filter(|_| is_pairs) {
        (
            format!("entry {} of `{name}` has no `=`", index + 1),
            "write `KEY=VALUE` with commas between; a comma in a value is `%2C`".to_owned(),
        )
    } else if is_switch && !matches!(value.to_ascii_lowercase().as_str(), "true" | "false") {
        (
            format!("the value of `{name}` is neither `true` nor `false`, and counts as `false`"),
            "write `true` or `false`".to_owned(),
        )
    } else if is_protocol && !PROTOCOLS.iter().any(|(protocol, _)| *protocol == value) {
        let known: Vec<&str> = PROTOCOLS.iter().map(|(protocol, _)| *protocol).collect();
        (format!("the value of `{name}` is no protocol"), format!("write one of `{}`", known.join("`, `")))
    } else {
        return None;
    };
    Some(Symptom { check: &PROCESS_VARIABLE_INVALID, place: place.clone(), reason, fix, cure: None })
}

/// A port that takes another protocol than the one that is asked for.
fn port(variable: &Variable, all: &[Variable], place: &Place) -> Option<Symptom> {
    let name = variable.name.as_str();
    let signal = SIGNALS.into_iter().find(|signal| name == format!("OTEL_EXPORTER_OTLP_{signal}ENDPOINT"))?;
    let port = address(variable.value.as_deref()?)?.port()?;
    let symptom = |reason: String, fix: String| {
        Some(Symptom { check: &PROCESS_OTLP_PORT, place: place.clone(), reason, fix, cure: None })
    };
    if let Some(taker) = foreign_port(port) {
        let reason =
            format!("`{name}` goes to port {port}, where {taker} takes its own protocol and no OTLP");
        return symptom(reason, "take port 4317 for `grpc`, or 4318 for `http/protobuf`".to_owned());
    }
    // Without a protocol each language has a default of its own.
    let value = |signal: &str| {
        let name = format!("OTEL_EXPORTER_OTLP_{signal}PROTOCOL");
        all.iter().find(|variable| variable.name == name)?.value.as_deref().filter(|value| !value.is_empty())
    };
    let protocol = value(signal).or_else(|| value(""))?;
    let (protocol, own) = PROTOCOLS.into_iter().find(|(known, _)| *known == protocol)?;
    if port == own || !matches!(port, 4317 | 4318) {
        return None;
    }
    symptom(
        format!("`{name}` goes to port {port}, and the protocol is `{protocol}`, which is taken at {own}"),
        format!("take port {own}, or another protocol"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Vec<String> {
        let of = |(index, (name, value)): (usize, &(&str, &str))| Variable {
            name: (*name).to_owned(),
            value: Some((*value).to_owned()),
            line: index + 1,
            spot: None,
        };
        let variables: Vec<Variable> = variables.iter().enumerate().map(of).collect();
        let told = symptoms(7, &variables).into_iter();
        told.map(|s| format!("{} {}: {}; {}", s.check.id, s.place, s.reason, s.fix)).collect()
    }

    #[test]
    fn what_every_sdk_understands_is_no_symptom() {
        let sound = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://host:4317"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=b,c=d"),
            ("OTEL_SDK_DISABLED", ""),
            ("OTEL_GO_AUTO_TARGET_EXE", "…"),
            ("OTEL_SERVICE_NAME", "…"),
        ];
        assert_eq!(told(&sound), [""; 0]);
        assert_eq!(told(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4317")]), [""; 0]);
    }

    #[test]
    fn what_none_does_is_told() {
        let wrong = told(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://host:9411"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "…"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "…=…,…"),
            ("OTEL_SDK_DISABLED", "1"),
            ("OTEL_SERVICE_NAME", "\"…\""),
            ("OTEL_TRACE_SAMPLER", "…"),
        ]);
        insta::assert_snapshot!(wrong.join("\n"), @"
        process.otlp.port process 7/OTEL_EXPORTER_OTLP_ENDPOINT: `OTEL_EXPORTER_OTLP_ENDPOINT` goes to port 4318, and the protocol is `grpc`, which is taken at 4317; take port 4317, or another protocol
        process.otlp.port process 7/OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` goes to port 9411, where Zipkin takes its own protocol and no OTLP; take port 4317 for `grpc`, or 4318 for `http/protobuf`
        process.variable.invalid process 7/OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: the value of `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL` is no protocol; write one of `grpc`, `http/json`, `http/protobuf`
        process.variable.invalid process 7/OTEL_EXPORTER_OTLP_HEADERS: entry 2 of `OTEL_EXPORTER_OTLP_HEADERS` has no `=`; write `KEY=VALUE` with commas between; a comma in a value is `%2C`
        process.variable.invalid process 7/OTEL_SDK_DISABLED: the value of `OTEL_SDK_DISABLED` is neither `true` nor `false`, and counts as `false`; write `true` or `false`
        process.variable.invalid process 7/OTEL_SERVICE_NAME: the value of `OTEL_SERVICE_NAME` has quotes around it that belong to it; take the quotes away
        process.variable.unknown process 7/OTEL_TRACE_SAMPLER: no SDK reads `OTEL_TRACE_SAMPLER`; set `OTEL_TRACES_SAMPLER`
        ");
    }
}
