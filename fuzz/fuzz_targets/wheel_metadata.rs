//! What the metadata of a wheel says to the makers of release data: no panic, and ranges that are ranges.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::{package::PackageName, registry::update::python::wheel::Facts};

fuzz_target!(|text: &[u8]| {
    let name = PackageName::of_distribution("x").expect("a literal name");
    let version = "1.0".parse().expect("a literal version");
    // A beginning that is believed, so that the fuzzer reaches the rest.
    let text = [b"Name: x\nVersion: 1.0\n".as_slice(), text].concat();
    if let Ok(facts) = Facts::of_metadata(&text, &name, &version) {
        assert!(facts.python.parse::<pep440_rs::VersionSpecifiers>().is_ok());
    }
});
