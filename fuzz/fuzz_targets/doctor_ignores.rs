//! Entries of manifests that ask to ignore checks: no panic, and each is understood or told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::doctor::ignore::{CARGO, PYTHON, of_manifest};

fuzz_target!(|text: &str| {
    for tables in [CARGO, PYTHON] {
        let (ignores, _) = of_manifest(text, "manifest.toml", tables);
        assert!(ignores.iter().all(|ignore| !ignore.reason.trim().is_empty()));
    }
});
