//! What an application needs to export at all, for a release.

use super::Release;
use crate::package::PackageName;

/// A distribution that an exporter needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// The distribution.
    pub name: PackageName,
    /// Its requirement, as a line.
    pub line: String,
    /// Whether it was published with the release.
    pub installable: bool,
}

/// The version that a distribution has in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pin {
    /// That of the instrumentations.
    Release,
    /// That of the API and the SDK.
    Core,
}

/// Without a distro `opentelemetry-instrument` loads instrumentations and configures no SDK.
const DISTRO: (&str, Pin) = ("opentelemetry-distro", Pin::Release);

/// The values of `--exporter`, with what they stand for; the console exporter comes with the SDK, which the distro
/// depends on.
const EXPORTERS: [(&str, &[(&str, Pin)]); 5] = [
    ("console", &[DISTRO]),
    ("otlp", &[DISTRO, ("opentelemetry-exporter-otlp", Pin::Core)]),
    ("otlp-grpc", &[DISTRO, ("opentelemetry-exporter-otlp-proto-grpc", Pin::Core)]),
    ("otlp-http", &[DISTRO, ("opentelemetry-exporter-otlp-proto-http", Pin::Core)]),
    ("prometheus", &[DISTRO, ("opentelemetry-exporter-prometheus", Pin::Release)]),
];

/// The values of `--exporter` that are known, sorted.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    EXPORTERS.iter().map(|(name, _)| *name)
}

/// What a value of `--exporter` stands for in a release.
pub(super) fn exporter(name: &str, release: &Release) -> Option<Vec<Support>> {
    let (_, distributions) = EXPORTERS.iter().find(|(known, _)| *known == name)?;
    let support = |(name, pin): &(&str, Pin)| {
        let version = match pin {
            Pin::Release => &release.head.version,
            Pin::Core => &release.head.core,
        };
        let name = PackageName::of_distribution(name).expect("a literal name");
        let installable = !release.lacks.contains(&name);
        Support { line: format!("{name}=={version}"), name, installable }
    };
    Some(distributions.iter().map(support).collect())
}
