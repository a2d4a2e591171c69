//! What the registry says about a crate that is there to instrument others.

use std::collections::BTreeMap;

use super::Scene;
use crate::registry::{
    Registry,
    rule::{Means, Provision},
};

/// The ways to instrument something, by the crate that is added.
pub(super) type Provisions<'a> = BTreeMap<&'a str, Vec<&'a Provision>>;

/// All ways that add a crate.
pub(super) fn provisions(registry: &Registry) -> Provisions<'_> {
    let mut found = Provisions::new();
    for library in registry.library_names().filter_map(|name| registry.library(name)) {
        for provision in &library.by {
            if let Means::Crate(name) = &provision.means {
                found.entry(name.as_str()).or_default().push(provision);
            }
        }
    }
    found
}

/// What has to be called in a source, although the registry shows no code for it.
const WITHOUT_CODE: [&str; 2] = ["lambda-otel-lite", "opentelemetry-appender-log"];

/// Whether a crate does nothing unless a source calls it: the registry shows code for it.
fn is_called(registry: &Registry, ways: &[&Provision], name: &str) -> bool {
    ways.iter().any(|way| !way.wiring.is_empty())
        || registry.krate(name).is_some_and(|krate| !krate.wiring.is_empty())
        || WITHOUT_CODE.contains(&name)
}

impl<'a> Scene<'a> {
    /// The ways in which the registry adds a crate.
    pub(super) fn provisions(&self, name: &str) -> &[&'a Provision] {
        self.provisions.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a crate does nothing unless a source calls it: the registry shows code for it.
    pub(super) fn is_called(&self, name: &str) -> bool {
        is_called(self.registry, self.provisions(name), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_says_what_has_to_be_called() {
        let registry = Registry::builtin();
        let all = provisions(&registry);
        let names = registry.crate_names().chain(all.keys().copied());
        let ways = |name: &str| all.get(name).map_or(&[][..], Vec::as_slice);
        let mut called: Vec<&str> = names.filter(|name| is_called(&registry, ways(name), name)).collect();
        called.sort_unstable();
        called.dedup();
        insta::assert_snapshot!(called.join(" "), @"actix-web-opentelemetry awssdk-instrumentation axum-otel axum-otel-metrics axum-tracing-opentelemetry azure_core_opentelemetry datafusion-tracing diesel-tracing fastrace-opentelemetry lambda-otel-lite metrics-exporter-opentelemetry metrics-opentelemetry opentelemetry-appender-log opentelemetry-appender-tracing opentelemetry-instrumentation-actix-web opentelemetry-instrumentation-tokio opentelemetry-instrumentation-tower opentelemetry-system-metrics otel-instrumentation-redis reqwest-tracing sqlx-otel sqlx-tracing telemetry-rust tide-tracing tonic-tracing-opentelemetry tower-otel tracing-actix-web tracing-opentelemetry trillium-opentelemetry");
        let of = |is: fn(&&&Provision) -> bool| -> Vec<&str> {
            all.iter().filter(|(_, ways)| ways.iter().any(|way| is(&way))).map(|(name, _)| *name).collect()
        };
        assert_eq!(of(|way| way.select.is_some()), ["reqwest-tracing", "tracing-actix-web"]);
        assert_eq!(
            of(|way| !way.directives.is_empty()),
            ["axum-tracing-opentelemetry", "tonic-tracing-opentelemetry"]
        );
    }
}
