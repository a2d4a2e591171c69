//! `--requirement`: no panic, and nothing that is no name, version or feature gets through.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::install::cargo as install;

fuzz_target!(|text: &str| {
    let Ok(lines) = install::parse_lines(text) else { return };
    for line in lines {
        assert!(!format!("{line:?}").contains("\\u{1b}"));
    }
});
