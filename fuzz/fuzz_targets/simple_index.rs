//! What a Python package index answers, as JSON and as HTML: no panic, and nothing but addresses of servers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::{package::PackageName, registry::update::python::simple::Page};

fuzz_target!(|body: &[u8]| {
    let project = PackageName::of_distribution("otel-x").expect("a literal name");
    let address = "https://index.invalid/simple/otel-x/".parse().expect("a literal address");
    for kind in ["application/vnd.pypi.simple.v1+json", "text/html"] {
        let Ok(page) = Page::read(&project, Some(kind), body, &address) else { continue };
        for version in page.versions() {
            let wheel = page.wheel(version).expect("a version with a wheel");
            assert!(wheel.url.scheme().starts_with("http") && wheel.url.fragment().is_none());
        }
    }
});
