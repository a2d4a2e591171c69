//! `Cargo.lock`: no panic, no hang, nothing but names and versions comes out, and the reader of cargo's own
//! layout says what the grammar says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::ecosystem::cargo::lockfile;

fuzz_target!(|text: &str| {
    let Ok(packages) = lockfile::parse(text) else { return };
    for package in &packages {
        assert!(!package.name.as_str().starts_with('-') && !package.name.as_str().contains(char::is_control));
        assert!(package.dependencies.iter().all(|&index| index < packages.len()));
    }
    // Cargo writes no remark at the end: this takes the way through the grammar.
    let remarked = format!("{text}\n# the end\n");
    assert_eq!(lockfile::parse(&remarked).ok().as_ref(), Some(&packages));
});
