//! Requirements files: no panic, no hang, nothing but names and versions comes out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::ecosystem::python::lock::requirements::line::{self, Content};

fuzz_target!(|text: &str| {
    let Ok(lines) = line::parse(text) else { return };
    assert!(lines.is_sorted_by(|one, other| one.number < other.number));
    for line in lines {
        if let Content::Requirement(requirement) = line.content {
            let name = requirement.name.as_str();
            assert!(!name.starts_with('-') && !name.contains(char::is_control));
        }
    }
});
