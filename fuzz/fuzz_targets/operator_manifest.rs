//! Manifests of Kubernetes that are edited: the result is the text before with additions alone, it is read again, and
//! doing it twice is the same as once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::{
    doctor::read::kubernetes::INJECT,
    operator::{
        libc::Libc,
        manifest::{patched, plan::Wish},
    },
};

fuzz_target!(|text: &str| {
    let variables = |_: Option<&str>| vec![("PYTHONPATH".to_owned(), "/app".to_owned())];
    let containers = ["a".to_owned()];
    let wish = Wish {
        annotation: INJECT,
        value: "true".to_owned(),
        libc: Some(Libc::Musl),
        containers: &containers,
        variables: &variables,
    };
    let Ok(once) = patched(text, &wish) else { return };
    let mut rest = once.text.chars();
    // A `null` that is written out gives way to what takes its place.
    let is_kept = text.chars().all(|character| rest.any(|other| other == character));
    assert!(is_kept || text.contains("null") || text.contains('~') || text.contains("N"));
    assert_eq!(patched(&once.text, &wish).map(|twice| twice.text), Ok(once.text));
});
