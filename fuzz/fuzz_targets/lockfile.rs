//! `Cargo.lock`: no panic, no hang, and nothing but names and versions comes out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::ecosystem::cargo::lockfile;

fuzz_target!(|text: &str| {
    if let Ok(packages) = lockfile::parse(text) {
        for package in &packages {
            assert!(!package.name.as_str().starts_with('-') && !package.name.as_str().contains(char::is_control));
            assert!(package.dependencies.iter().all(|&index| index < packages.len()));
        }
    }
});
