//! `pyvenv.cfg`, `.pth` and `requires.txt`: no panic, and nothing of more than one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::ecosystem::python::environment::{config::Config, pth, requires};

fuzz_target!(|bytes: &[u8]| {
    for path in pth::paths(bytes).unwrap_or_default() {
        assert!(!path.is_empty() && !path.contains(['\n', '\r']) && !path.starts_with("import "));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let config = Config::parse(text);
        assert!(!config.home.is_some_and(|home| home.to_string_lossy().contains('\n')));
        for need in requires::of_requires_txt(text) {
            let _ = need.marker();
        }
    }
});
