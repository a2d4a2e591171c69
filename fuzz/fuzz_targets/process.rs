//! What the kernel tells of a process, as the process can make it: no panic, no hang, and nothing of a secret in what may
//! be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::doctor::process::{
    Environ, maps,
    plain::{value_of, variables},
    stat,
};

/// What is put into every value, and must not come out.
const SECRET: &str = "hunter2";

fuzz_target!(|input: (&[u8], &[u8], &str, &str, &str)| {
    let (environ, mapped, text, front, back) = input;
    let _ = stat::parse(text);
    for file in maps::files(mapped) {
        assert!(file.starts_with('/'));
    }
    let parsed = Environ::parse(environ);
    let mut line = 0;
    for variable in variables(&parsed, &|_| false) {
        line += 1;
        assert_eq!(variable.line, line);
        assert!(variable.value.is_none_or(|value| !value.contains(SECRET)));
    }
    let value = format!("{front}{SECRET}{back}");
    for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS", "GUNICORN_CMD_ARGS", text] {
        assert!(!value_of(name, &value, &|_| false).contains(SECRET), "{name}={value}");
    }
});
