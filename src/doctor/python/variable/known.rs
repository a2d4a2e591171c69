//! The variables that there are.
//!
//! Source: the specification, "Environment Variable Specification" and "OpenTelemetry Protocol Exporter"; for those of
//! Python the sources of API, SDK, exporters and instrumentations of 1.45 and all before.

/// Names that Python's distributions or the specification know, sorted, without those of one OTLP signal.
const KNOWN: &[&str] = &[
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_BLRP_EXPORT_TIMEOUT",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BLRP_MAX_QUEUE_SIZE",
    "OTEL_BLRP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_CONFIG_FILE",
    "OTEL_ENTITIES",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_EXPERIMENTAL_CONFIG_FILE",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS",
    "OTEL_EXPORTER_JAEGER_AGENT_HOST",
    "OTEL_EXPORTER_JAEGER_AGENT_PORT",
    "OTEL_EXPORTER_JAEGER_ENDPOINT",
    "OTEL_EXPORTER_JAEGER_PASSWORD",
    "OTEL_EXPORTER_JAEGER_TIMEOUT",
    "OTEL_EXPORTER_JAEGER_USER",
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_EXPORTER_PROMETHEUS_HOST",
    "OTEL_EXPORTER_PROMETHEUS_PORT",
    "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
    "OTEL_EXPORTER_ZIPKIN_TIMEOUT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_LOGS_EXPORTER",
    "OTEL_LOG_LEVEL",
    "OTEL_METRICS_EXEMPLAR_FILTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_METRIC_EXPORT_TIMEOUT",
    "OTEL_PROPAGATORS",
    "OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH",
    "OTEL_PYTHON_CONFIGURATOR",
    "OTEL_PYTHON_CONTEXT",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
    "OTEL_PYTHON_DISTRO",
    "OTEL_PYTHON_EVENT_LOGGER_PROVIDER",
    "OTEL_PYTHON_EXCLUDED_URLS",
    "OTEL_PYTHON_ID_GENERATOR",
    "OTEL_PYTHON_INSTRUMENTATION_HTTP_CAPTURE_ALL_METHODS",
    "OTEL_PYTHON_INSTRUMENTATION_SANITIZE_REDIS",
    "OTEL_PYTHON_LOGGER_CONFIGURATOR",
    "OTEL_PYTHON_LOGGER_PROVIDER",
    "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED",
    "OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION",
    "OTEL_PYTHON_LOG_CODE_ATTRIBUTES",
    "OTEL_PYTHON_LOG_CORRELATION",
    "OTEL_PYTHON_LOG_FORMAT",
    "OTEL_PYTHON_LOG_HANDLER_LEVEL",
    "OTEL_PYTHON_LOG_HANDLER_LEVEL_BY_NAME",
    "OTEL_PYTHON_LOG_LEVEL",
    "OTEL_PYTHON_METER_CONFIGURATOR",
    "OTEL_PYTHON_METER_PROVIDER",
    "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED",
    "OTEL_PYTHON_TRACER_CONFIGURATOR",
    "OTEL_PYTHON_TRACER_PROVIDER",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SDK_DISABLED",
    "OTEL_SEMCONV_STABILITY_OPT_IN",
    "OTEL_SERVICE_NAME",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
];

/// What follows `OTEL_EXPORTER_OTLP_`, or that and a signal.
const OTLP: [&str; 9] = [
    "CERTIFICATE",
    "CLIENT_CERTIFICATE",
    "CLIENT_KEY",
    "COMPRESSION",
    "ENDPOINT",
    "HEADERS",
    "INSECURE",
    "PROTOCOL",
    "TIMEOUT",
];

/// Beginnings of names below which anything may be: instrumentations and the SDKs of other languages.
const OPEN: [&str; 12] = [
    "OTEL_COLLECTOR_",
    "OTEL_DOTNET_",
    "OTEL_EXPERIMENTAL_",
    "OTEL_GO_",
    "OTEL_INSTRUMENTATION_",
    "OTEL_JAVAAGENT_",
    "OTEL_JAVA_",
    "OTEL_NODE_",
    "OTEL_PHP_",
    "OTEL_PYTHON_EXPORTER_",
    "OTEL_RUBY_",
    "OTEL_RUST_",
];

/// Names of the past, or that people expect, with those that there are.
const INSTEAD: [(&str, &str); 9] = [
    ("OTEL_BLRP_SCHEDULE_DELAY_MILLIS", "OTEL_BLRP_SCHEDULE_DELAY"),
    ("OTEL_BSP_EXPORT_TIMEOUT_MILLIS", "OTEL_BSP_EXPORT_TIMEOUT"),
    ("OTEL_BSP_SCHEDULE_DELAY_MILLIS", "OTEL_BSP_SCHEDULE_DELAY"),
    ("OTEL_EXPORTER", "OTEL_TRACES_EXPORTER"),
    ("OTEL_EXPORTER_OTLP_METRIC_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
    ("OTEL_EXPORTER_OTLP_SPAN_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
    ("OTEL_METRIC_EXPORT_INTERVAL_MILLIS", "OTEL_METRIC_EXPORT_INTERVAL"),
    ("OTEL_RESOURCE", "OTEL_RESOURCE_ATTRIBUTES"),
    ("OTEL_RESOURCE_LABELS", "OTEL_RESOURCE_ATTRIBUTES"),
];

/// How many letters a misspelt name may differ in.
const SLIPS: usize = 2;

/// Whether it is exactly the name of a variable that something reads.
pub(super) fn is_exact(name: &str) -> bool {
    let of_otlp = name.strip_prefix("OTEL_EXPORTER_OTLP_").is_some_and(|rest| {
        let signal = ["TRACES_", "METRICS_", "LOGS_"].iter().find_map(|signal| rest.strip_prefix(signal));
        OTLP.contains(&signal.unwrap_or(rest))
    });
    of_otlp || KNOWN.binary_search(&name).is_ok()
}

/// Whether something reads a variable of that name, or may.
pub(super) fn is_known(name: &str) -> bool {
    // `OTEL_PYTHON_FLASK_EXCLUDED_URLS` and the like: every instrumentation has its own.
    let of_instrumentation = name.starts_with("OTEL_PYTHON_")
        && ["_EXCLUDED_URLS", "_TRACED_REQUEST_ATTRS", "_INSTRUMENT", "_MIDDLEWARE_POSITION"]
            .iter()
            .any(|end| name.ends_with(end));
    is_exact(name) || of_instrumentation || OPEN.iter().any(|open| name.starts_with(open))
}

/// The variable that a name probably means.
pub(super) fn meant(name: &str) -> Option<String> {
    if let Some((_, instead)) = INSTEAD.iter().find(|(old, _)| *old == name) {
        return Some((*instead).to_owned());
    }
    let of_otlp = OTLP.iter().flat_map(|end| {
        ["", "TRACES_", "METRICS_", "LOGS_"].map(|signal| format!("OTEL_EXPORTER_OTLP_{signal}{end}"))
    });
    let all = KNOWN.iter().map(|known| (*known).to_owned()).chain(of_otlp);
    let near = all.map(|known| (strsim::damerau_levenshtein(name, &known), known));
    near.filter(|(slips, _)| *slips <= SLIPS).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_known_and_slips_are_seen() {
        assert!(KNOWN.is_sorted() && OPEN.is_sorted() && INSTEAD.is_sorted());
        for name in [
            "OTEL_SERVICE_NAME",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
            "OTEL_PYTHON_FLASK_EXCLUDED_URLS",
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST",
        ] {
            assert!(is_known(name), "{name}");
        }
        for (name, expected) in [
            ("OTEL_TRACE_EXPORTER", Some("OTEL_TRACES_EXPORTER")),
            ("OTEL_METRICS_EXPORT_INTERVAL", Some("OTEL_METRIC_EXPORT_INTERVAL")),
            ("OTEL_EXPORTER_OTLP_ENDPIONT", Some("OTEL_EXPORTER_OTLP_ENDPOINT")),
            ("OTEL_EXPORTER_OTLP_TRACE_ENDPOINT", Some("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")),
            ("OTEL_PYTHON_DISABLED_INSTRUMENTATION", Some("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS")),
            ("OTEL_RESOURCE_LABELS", Some("OTEL_RESOURCE_ATTRIBUTES")),
            ("OTEL_SERVICE_VERSION", None),
            ("OTEL_ENABLED", None),
        ] {
            assert!(!is_known(name), "{name}");
            assert_eq!(meant(name).as_deref(), expected, "{name}");
        }
    }
}
