//! `poetry.lock`: no panic, no hang, nothing but names and versions comes out, and
//! leaving lists of files out changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::ecosystem::python::lock::{Parts, Request, Target, poetry};

fuzz_target!(|text: &str| {
    let target = Target::new(None, "linux".parse().expect("a platform"));
    let parts = Parts { all_groups: true, all_extras: true, ..Parts::default() };
    let request = Request { target: &target, parts: &parts, project: None, beside: &|_| None };
    let parsed = poetry::parse(text, &request);
    if let Ok(parsed) = &parsed {
        assert!(parsed.distributions.is_sorted_by(|one, other| one.name < other.name));
        let names = parsed.distributions.iter().map(|distribution| distribution.name.as_str());
        assert!(names.clone().all(|name| !name.starts_with('-') && !name.contains(char::is_control)));
    }
    // A text of several lines anywhere makes the reader take the way through the whole grammar.
    let whole = format!("# '''\n{text}");
    if let Ok(whole) = poetry::parse(&whole, &request) {
        assert_eq!(parsed.ok(), Some(whole));
    }
});
