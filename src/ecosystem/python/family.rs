//! The distributions of OpenTelemetry that are released together.

use pep440_rs::Version;

/// Distributions with the version of the API (`1.45.2`).
///
/// Source: `eachdist.ini` of `opentelemetry-python`, `[stable]`, and of releases before, whose exporters for
/// Jaeger and Zipkin went with them.
const STABLE: [&str; 14] = [
    "opentelemetry-api",
    "opentelemetry-exporter-jaeger",
    "opentelemetry-exporter-jaeger-proto-grpc",
    "opentelemetry-exporter-jaeger-thrift",
    "opentelemetry-exporter-otlp",
    "opentelemetry-exporter-otlp-proto-common",
    "opentelemetry-exporter-otlp-proto-grpc",
    "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry-exporter-zipkin",
    "opentelemetry-exporter-zipkin-json",
    "opentelemetry-exporter-zipkin-proto-http",
    "opentelemetry-propagator-b3",
    "opentelemetry-propagator-jaeger",
    "opentelemetry-sdk",
];

/// Distributions besides the instrumentations with the version of those (`0.66b2`).
///
/// Source: `eachdist.ini` of `opentelemetry-python` and `opentelemetry-python-contrib`, `[prerelease]`.
const TRAIN: [&str; 5] = [
    "opentelemetry-distro",
    "opentelemetry-exporter-prometheus",
    "opentelemetry-instrumentation",
    "opentelemetry-semantic-conventions",
    "opentelemetry-util-http",
];

/// Which version of a release set a distribution has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kin {
    /// The version of the API.
    Stable,
    /// The version of the instrumentations.
    Train,
}

/// What a distribution is released with; `None` for one that goes its own way. The instrumentations are
/// the registry's to know.
#[must_use]
pub(super) fn kin(name: &str) -> Option<Kin> {
    if STABLE.binary_search(&name).is_ok() {
        Some(Kin::Stable)
    } else {
        TRAIN.binary_search(&name).is_ok().then_some(Kin::Train)
    }
}

/// Whether a distribution is a part of OpenTelemetry, or one that brings it: what such a one depends on is not
/// there for the application.
#[must_use]
pub(super) fn is_opentelemetry(name: &str) -> bool {
    name.starts_with("opentelemetry-") || name.ends_with("-opentelemetry")
}

/// The version without its local part, which says who built it and not which release it is.
#[must_use]
pub(super) fn public(version: &Version) -> Version {
    version.clone().without_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(STABLE.is_sorted());
        assert!(TRAIN.is_sorted());
    }

    #[test]
    fn kin_is_told_by_name() {
        for (name, expected) in [
            ("opentelemetry-api", Some(Kin::Stable)),
            ("opentelemetry-exporter-otlp", Some(Kin::Stable)),
            ("opentelemetry-distro", Some(Kin::Train)),
            ("opentelemetry-exporter-prometheus-remote-write", None),
            ("opentelemetry-instrumentation-flask", None),
            ("flask", None),
        ] {
            assert_eq!(kin(name), expected, "{name}");
        }
    }
}
