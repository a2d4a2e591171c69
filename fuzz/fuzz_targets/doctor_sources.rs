//! Sources of Python and of Rust: no panic and no hang, whatever is in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::doctor::{cargo, python};

fuzz_target!(|text: &str| {
    if let Ok(module) = python::source::parse(text) {
        let lines = text.lines().count().max(1);
        assert!(module.calls.iter().all(|call| (1..=lines).contains(&call.line)));
    }
    if let Ok(source) = cargo::source::parse(text) {
        assert!(source.names.iter().all(|name| !name.is_empty()));
    }
});
