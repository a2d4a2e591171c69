//! `METADATA` and `PKG-INFO`: no panic, no field beyond the header, and needs whose names are names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::ecosystem::python::environment::{header, requires};

fuzz_target!(|text: &[u8]| {
    for field in header::fields(text) {
        assert!(field.name.bytes().all(|b| b.is_ascii_graphic() && b != b':'));
        assert!(!field.value().contains(['\n', '\r']));
    }
    if let Some(end) = header::end(text) {
        assert!(header::fields(text).eq(header::fields(&text[..end])));
    }
    for field in requires::fields(text) {
        assert!(text.len() >= field.value().len());
        let _ = field.need();
    }
    for need in requires::of_header(text).requires {
        assert!(!need.name.as_str().is_empty());
        let _ = need.marker();
    }
});
