//! A registry overlay: no panic, whatever the file says, and whatever is asked of it then.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::{registry::Registry, settings::RegistrySources};

fuzz_target!(|text: &[u8]| {
    let file = std::env::temp_dir().join(format!("otel-bootstrap-fuzz-{}.toml", std::process::id()));
    fs::write(&file, text).expect("a temporary file");
    let sources = RegistrySources { overlays: vec![file.clone()], cache: None };
    if let Ok(registry) = Registry::load(&sources) {
        let names: Vec<&str> = registry.library_names().collect();
        assert!(names.iter().all(|name| registry.library(name).is_some()));
    }
    fs::remove_file(&file).expect("a temporary file");
});
