//! `Cargo.toml`: no panic, no hang.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::ecosystem::cargo::manifest;

fuzz_target!(|text: &str| {
    let _ = manifest::parse(text);
});
