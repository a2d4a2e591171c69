//! Refreshed release data in the cache folder: no panic; what cannot be read is as if it were not there.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::{registry::Registry, settings::RegistrySources};

fuzz_target!(|body: &[u8]| {
    let folder = std::env::temp_dir().join(format!("otel-bootstrap-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    // A header that is believed, so that the fuzzer reaches the lines.
    let mut file = format!("{{\"schema\":2,\"date\":\"2999-01-01T00:00:00Z\",\"bytes\":{}}}\n", body.len()).into_bytes();
    file.extend_from_slice(body);
    fs::write(folder.join("cargo-releases.jsonl"), file).expect("a temporary file");
    let sources = RegistrySources { overlays: Vec::new(), cache: Some(folder.clone()) };
    if let Ok(registry) = Registry::load(&sources) {
        for name in ["axum", "opentelemetry", "x"] {
            let _ = registry.releases(name);
        }
    }
    fs::remove_dir_all(&folder).expect("a temporary folder");
});
