//! What `opentelemetry-instrument` would not tell: what it lacks to send anything, and what goes its own way.

use std::collections::BTreeSet;

use super::{
    choice::moved,
    family::public,
    inventory::{DistributionVersion, Inventory},
};
use crate::{
    finding::{Finding, Verdict},
    registry::python::Release,
    resolution::{Resolution, SetReason},
    settings::Wishes,
    terminal::listed,
};

/// How many of the things that could not be read are named.
const SKIPPED_NAMED: usize = 5;

/// What configures the SDK; without one `opentelemetry-instrument` loads the instrumentations and nothing else.
const DISTRO: &str = "opentelemetry-distro";

/// What the names of exporters begin with.
const EXPORTER: &str = "opentelemetry-exporter-";

/// Exporters, and what `OTEL_EXPORTER_OTLP_PROTOCOL` must say for each; the distro sets `grpc`.
const PROTOCOLS: [(&str, &str); 2] = [
    ("opentelemetry-exporter-otlp-proto-grpc", "grpc"),
    ("opentelemetry-exporter-otlp-proto-http", "http/protobuf"),
];

/// The warnings for an answer.
#[must_use]
pub(super) fn warnings(
    inventory: &Inventory,
    release: &Release,
    resolution: &Resolution,
    wishes: &Wishes,
) -> Vec<String> {
    let there = |name: &str| inventory.get(name).is_some();
    let coming = |name: &str| resolution.requirements.iter().any(|r| r.name.as_str() == name);
    let will_be = |name: &str| there(name) || coming(name);
    let mut warnings: Vec<String> = inventory
        .skipped
        .iter()
        .take(SKIPPED_NAMED)
        .map(|skipped| format!("skipped `{}`: {}", skipped.path.display(), skipped.reason))
        .collect();
    if let Some(rest) = inventory.skipped.len().checked_sub(SKIPPED_NAMED).filter(|rest| *rest > 0) {
        warnings.push(format!("skipped {rest} more that could not be read"));
    }
    let names = inventory.distributions.iter().map(|d| d.name.as_str());
    let names: Vec<&str> = names.chain(resolution.requirements.iter().map(|r| r.name.as_str())).collect();
    // Vendors' distros are called after the vendor.
    let has_distro = names.iter().any(|name| *name == DISTRO || name.ends_with("-opentelemetry-distro"))
        || names.iter().any(|name| name.ends_with("-opentelemetry"));
    let has_exporter = names.iter().any(|name| name.starts_with(EXPORTER));
    let console = wishes.exporter.as_deref() == Some("console");
    if !has_distro {
        warnings.push(format!(
            "`{DISTRO}` is not there: `opentelemetry-instrument` would start the application and send nothing; \
             `--exporter otlp` lists it and an exporter"
        ));
    } else if !has_exporter && !console {
        warnings.push(
            "no exporter is there: the application would run untraced; `--exporter otlp` lists one"
                .to_owned(),
        );
    }
    let spoken: Vec<&str> =
        PROTOCOLS.iter().filter(|(name, _)| will_be(name)).map(|(_, protocol)| *protocol).collect();
    let spoken = if will_be("opentelemetry-exporter-otlp") { vec!["grpc", "http/protobuf"] } else { spoken };
    let protocol = wishes.protocol.as_deref().unwrap_or("grpc");
    if let ([only], true) = (spoken.as_slice(), has_distro)
        && *only != protocol
    {
        let asked = match &wishes.protocol {
            Some(asked) => format!("`OTEL_EXPORTER_OTLP_PROTOCOL` says `{}`", asked.escape_debug()),
            None => "the distro asks for `grpc` unless told otherwise".to_owned(),
        };
        warnings.push(format!(
            "the only OTLP exporter speaks `{only}`, and {asked}: set `OTEL_EXPORTER_OTLP_PROTOCOL={only}`"
        ));
    }
    warnings.extend(left_out(inventory, resolution));
    warnings.extend(other_set(inventory, release, resolution));
    warnings.extend(moved(release, inventory).map(|moved| {
        format!(
            "{} has to move: the release set {} needs `{}`",
            moved.there(),
            release.head.version,
            moved.need
        )
    }));
    warnings
}

/// That libraries are left out of which nothing tells whether the application asked for them.
fn left_out(inventory: &Inventory, resolution: &Resolution) -> Option<String> {
    if inventory.direct.is_some() {
        return None;
    }
    let is_unsure = |finding: &&Finding| {
        let library = inventory.get(finding.library.as_str());
        finding.verdict == Verdict::OnlyThroughOpenTelemetry
            && library.is_some_and(|library| library.was_asked_for().is_none())
    };
    let names: BTreeSet<String> = resolution
        .findings
        .iter()
        .filter(is_unsure)
        .map(|finding| format!("`{}`", finding.library))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} left out: nothing but OpenTelemetry needs what is there, and nothing tells what the application \
             asked for; a `pyproject.toml` or `requirements.txt` beside it would",
            listed(names)
        )
    })
}

/// That the application holds an API of another release set than its instrumentations.
fn other_set(inventory: &Inventory, release: &Release, resolution: &Resolution) -> Option<String> {
    let asked = matches!(resolution.set.as_ref()?.reason, SetReason::Asked);
    let DistributionVersion::Valid(api) = &inventory.get("opentelemetry-api")?.version else { return None };
    (public(api) != release.head.core && !asked).then(|| {
        format!(
            "`opentelemetry-api` {api} is there, and the release set {} goes with {}",
            release.head.version, release.head.core
        )
    })
}
