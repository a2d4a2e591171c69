//! Sources of Python and of Rust: no panic and no hang, whatever is in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::doctor::{cargo, python};

fuzz_target!(|text: &str| {
    if let Ok(module) = python::source::parse(text) {
        let lines = text.lines().count().max(1);
        assert!(module.calls.iter().all(|call| (1..=lines).contains(&call.line)));
        assert!(module.calls.iter().all(|call| call.end().is_none_or(|end| text.is_char_boundary(end))));
        for variable in &module.environment {
            let Some(spot) = variable.spot else { continue };
            assert!(text[spot.name..].starts_with(&variable.name), "{variable:?}");
            if let (Some(at), Some(value)) = (spot.value, &variable.value) {
                assert!(text[at..].starts_with(value.as_str()), "{variable:?}");
            }
        }
    }
    if let Ok(source) = cargo::source::parse(text) {
        assert!(source.names.iter().all(|name| !name.is_empty()));
    }
});
