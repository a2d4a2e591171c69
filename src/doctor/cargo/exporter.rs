//! The OTLP exporter: whether it has a transport, a client and TLS.
//!
//! Source of the features and of what they are by default: the manifests of `opentelemetry-otlp` 0.15 to 0.33.

use std::collections::BTreeSet;

use super::Scene;
use crate::{
    doctor::{
        catalogue::{CARGO_EXPORTER_CLIENT, CARGO_EXPORTER_TLS, CARGO_EXPORTER_TRANSPORT},
        symptom::Symptom,
    },
    ecosystem::cargo::inventory::{Member, Source, Use},
};

/// The exporter.
const OTLP: &str = "opentelemetry-otlp";

/// Features with which it has a client for HTTP; those that only choose how `reqwest` does TLS give it none.
const CLIENTS: [&str; 3] = ["hyper-client", "reqwest-blocking-client", "reqwest-client"];

/// Features with which gRPC has TLS, with the minor versions that they do it in.
const TLS: [(&str, u64, u64); 6] = [
    ("tls", 15, 32),
    ("tls-aws-lc", 31, u64::MAX),
    ("tls-provider-agnostic", 31, u64::MAX),
    ("tls-ring", 31, u64::MAX),
    // From 0.32 on they choose the roots, and no implementation.
    ("tls-roots", 15, 31),
    ("tls-webpki-roots", 16, 31),
];

/// The packages without which `reqwest` has no TLS.
const REQWEST_TLS: [&str; 2] = ["hyper-rustls", "hyper-tls"];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    scene.inventory.locked_at(OTLP).flat_map(|package| of_copy(scene, package)).collect()
}

fn of_copy(scene: &Scene<'_>, package: usize) -> Vec<Symptom> {
    let packages = &scene.inventory.packages;
    let version = &packages[package].version;
    // Others may switch on features of their own, and nobody here knows which.
    let is_shared = packages.iter().any(|p| p.source != Source::Path && p.dependencies.contains(&package));
    if is_shared || version.major > 0 || version.minor < 15 {
        return Vec::new();
    }
    let all: Vec<(&Member, &Use)> = scene
        .inventory
        .members
        .iter()
        .flat_map(|member| member.uses.iter().map(move |u| (member, u)))
        .filter(|(_, u)| u.package == package)
        .collect();
    let Some((member, used)) = all.first() else { return Vec::new() };
    let on = features(version.minor, all.iter().map(|(_, u)| *u));
    let has = |names: &[&str]| names.iter().any(|name| on.contains(*name));
    let grpc = has(&["grpc-tonic", "tonic", "grpc-sys", "grpcio"]);
    let http = has(&["http-proto", "http-json"]);
    let symptom = |check, reason: String, fix: String, features: &[&str]| {
        let cure = scene.switch_on(member, used, features);
        vec![Symptom { check, place: scene.entry(member, used), reason, fix, cure }]
    };
    if !grpc && !http {
        return symptom(
            &CARGO_EXPORTER_TRANSPORT,
            format!("`{OTLP}` {version} is used without a feature for a transport"),
            "switch on `grpc-tonic`, or `http-proto` with `reqwest-blocking-client`".to_owned(),
            // What the crate itself has by default.
            defaults(version.minor),
        );
    }
    if http && !grpc && !has(&CLIENTS) && !scene.mentions("with_http_client") {
        return symptom(
            &CARGO_EXPORTER_CLIENT,
            format!("`{OTLP}` {version} speaks HTTP and has no client for it: building the exporter fails"),
            "switch on `reqwest-blocking-client`, or give it a client with `with_http_client`".to_owned(),
            // Before that an exporter worked in the runtime of the program, where nothing may block.
            if version.minor < 28 { &[] } else { &["reqwest-blocking-client"] },
        );
    }
    let Some(endpoint) = scene.https_endpoint() else { return Vec::new() };
    let secures = |(name, first, last): &(&str, u64, u64)| {
        on.contains(*name) && (*first..=*last).contains(&version.minor)
    };
    if grpc && !http && !TLS.iter().any(secures) {
        let (fix, features): (_, &[&str]) = if version.minor < 32 {
            ("switch on `tls-roots`", &["tls-roots"])
        } else {
            (
                "switch on `tls-ring` or `tls-aws-lc`, and `tls-roots` or `tls-webpki-roots` beside it",
                &["tls-ring", "tls-roots"],
            )
        };
        return symptom(
            &CARGO_EXPORTER_TLS,
            format!("{endpoint} asks for TLS, and `{OTLP}` {version} speaks gRPC without it"),
            fix.to_owned(),
            features,
        );
    }
    let is_locked = |name: &&str| scene.inventory.locked(name).next().is_some();
    if http && !grpc && !REQWEST_TLS.iter().any(is_locked) && !scene.mentions("with_http_client") {
        return symptom(
            &CARGO_EXPORTER_TLS,
            format!("{endpoint} asks for TLS, and no client for HTTP in `{}` has it", scene.overview.source),
            "switch on `reqwest-rustls` of the exporter, or TLS of your own `reqwest`".to_owned(),
            if version.minor < 32 { &["reqwest-rustls"] } else { &[] },
        );
    }
    Vec::new()
}

/// The transport that the exporter has by default, with its client.
fn defaults(minor: u64) -> &'static [&'static str] {
    if minor < 28 { &["grpc-tonic"] } else { &["http-proto", "reqwest-blocking-client"] }
}

/// The features that are on, those by default included.
fn features<'a>(minor: u64, uses: impl Iterator<Item = &'a Use>) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    for used in uses {
        on.extend(used.features.iter().cloned());
        if used.default_features || used.features.contains("default") {
            on.extend(defaults(minor).iter().map(|name| (*name).to_owned()));
        }
    }
    on
}

impl Scene<'_> {
    /// Whether a source mentions a name.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.survey.sources.iter().any(|source| source.what.names.contains(name))
    }

    /// An address of OTLP with TLS, and where it is written.
    fn https_endpoint(&self) -> Option<String> {
        let is_endpoint = |name: &str| name.starts_with("OTEL_EXPORTER_OTLP_") && name.ends_with("ENDPOINT");
        let mut variables = self.survey.variables();
        let variable = variables.find(|(_, variable)| {
            is_endpoint(&variable.name)
                && variable.value.as_deref().is_some_and(|value| value.starts_with("https://"))
        });
        if let Some((path, variable)) = variable {
            return Some(format!("`{}` in {path}:{}", variable.name, variable.line));
        }
        let source = self.survey.sources.iter().find(|source| source.what.has_https_endpoint)?;
        Some(format!("`with_endpoint` in {}", source.path))
    }
}
