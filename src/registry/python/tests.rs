//! The embedded release data, as the program reads it.

use std::path::Path;

use super::*;
use crate::{
    package::PackageName,
    registry::{Registry, parse_rules},
};

fn version(text: &str) -> Version {
    text.parse().expect("a literal version")
}

/// A release of the embedded data.
fn release(text: &str) -> Release {
    PythonRegistry::builtin().release(&version(text)).expect("an embedded release").clone()
}

/// An instrumentation in a few words.
fn shown(release: &str, name: &str) -> String {
    let release = self::release(release);
    let one =
        release.instrumentation(&format!("opentelemetry-instrumentation-{name}")).expect("a known name");
    let needs = |needs: &[Need]| needs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" & ");
    format!(
        "{} {:?} all [{}] any [{}] {} python {}{}",
        one.line,
        one.place,
        needs(&one.all),
        needs(&one.any),
        one.entry_points.join("+"),
        one.requires_python,
        if one.installable { "" } else { " missing" }
    )
}

#[test]
fn the_libraries_found_without_parsing_are_those_that_the_lines_hold() {
    let registry = PythonRegistry::builtin();
    let file = registry.file();
    let (_, count) = file.counts();
    let lines = (0..count).map(|number| file.instrumentation(number).expect("an entry"));
    let texts = lines.flat_map(|line| line.rows.into_iter().chain(line.all).chain(line.any));
    let needs = texts.map(|text| text.parse::<Need>().expect("a requirement"));
    let names: BTreeSet<PackageName> = needs.map(|need| need.name).collect();
    assert!(names.len() > 50);
    assert_eq!(file.libraries(), names.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_line_of_the_embedded_data_is_read_and_in_canonical_form() {
    let file = PythonRegistry::builtin();
    let file = file.file();
    let (releases, instrumentations) = file.counts();
    let releases = (0..releases).map(|number| file.line(number).expect("a release")).collect::<Vec<_>>();
    let instrumentations =
        (0..instrumentations).map(|number| file.instrumentation(number).expect("an entry"));
    let instrumentations = instrumentations.collect::<Vec<_>>();
    let text = PythonFile::write(&releases, &instrumentations, file.date()).expect("plain data");
    assert_eq!(text, RELEASES);
    assert!(file.heads().is_sorted_by(|newer, older| newer.version > older.version));
    assert_eq!(file.heads().len(), releases.len());
    assert!(
        file.heads().iter().enumerate().all(|(number, head)| file.position(&head.version) == Some(number))
    );
    for number in 0..releases.len() {
        assert!(file.release(number).is_some(), "{}", file.heads()[number].version);
    }
    let mut mentioned = Vec::new();
    for line in releases.iter().rev() {
        for number in line.defaults.iter().chain(&line.libraries).chain(&line.others) {
            if !mentioned.contains(number) {
                mentioned.push(*number);
            }
        }
    }
    assert!(mentioned.iter().copied().eq(0..instrumentations.len()), "in the order of first mention");
}

#[test]
fn a_release_is_found_by_its_version_and_by_that_of_the_api() {
    let registry = PythonRegistry::builtin();
    for (api, release) in
        [("1.28.1", "0.49b1"), ("1.45.1", "0.66b1"), ("1.12.0rc1", "0.31b0"), ("1.4.0", "0.23b1")]
    {
        assert_eq!(
            registry.release_of_api(&version(api)).map(|head| head.version.to_string()),
            Some(release.to_owned())
        );
    }
    assert_eq!(registry.release_of_api(&version("1.28.9")), None);
    assert_eq!(registry.release(&version("0.49b9")), None);
    assert_eq!(release("0.48b0").loader(), Loader::PkgResources);
    assert_eq!(release("0.49b0").loader(), Loader::Packaging);
}

#[test]
fn instrumentations_say_what_their_wheels_say() {
    insta::assert_snapshot!(shown("0.66b1", "flask"), @"opentelemetry-instrumentation-flask==0.66b1 Library all [flask>=1.0] any [] flask python >=3.10");
    insta::assert_snapshot!(shown("0.66b1", "psycopg2"), @"opentelemetry-instrumentation-psycopg2==0.66b1 Library all [] any [psycopg2-binary>=2.7.3.1 & psycopg2>=2.7.3.1] psycopg2 python >=3.10");
    insta::assert_snapshot!(shown("0.52b1", "psycopg2"), @"opentelemetry-instrumentation-psycopg2==0.52b1 Library all [psycopg2>=2.7.3.1 & psycopg2-binary>=2.7.3.1] any [] psycopg2 python >=3.8");
    insta::assert_snapshot!(shown("0.54b0", "tortoiseorm"), @"opentelemetry-instrumentation-tortoiseorm==0.54b0 Library all [tortoise-orm>=0.17.0] any [] tortoiseorm python >=3.8");
    insta::assert_snapshot!(shown("0.66b1", "openai-v2"), @"opentelemetry-instrumentation-openai-v2 Library all [openai>=1.26.0] any [] openai python >=3.10");
    insta::assert_snapshot!(shown("0.66b1", "vertexai"), @"opentelemetry-instrumentation-vertexai>=2.0b0 Library all [google-cloud-aiplatform>=1.64] any [] vertexai python >=3.9");
    insta::assert_snapshot!(shown("0.50b0", "openai-v2"), @"opentelemetry-instrumentation-openai-v2==2.1b0.dev Library all [openai>=1.26.0] any []  python >=3.8 missing");
    insta::assert_snapshot!(shown("0.23b0", "flask"), @"opentelemetry-instrumentation-flask==0.23.dev0 Library all [flask>=1.0,<3.0] any [] flask python >=3.6 missing");
    insta::assert_snapshot!(shown("0.66b1", "asgi"), @"opentelemetry-instrumentation-asgi==0.66b1 Library all [asgiref~=3.0] any []  python >=3.10");
    insta::assert_snapshot!(shown("0.42b0", "logging"), @"opentelemetry-instrumentation-logging==0.42b0 Default all [] any [] logging python");
}

#[test]
fn the_table_is_in_upstreams_order() {
    let release = release("0.66b1");
    let defaults = release.default_lines().collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(defaults, @r"
    opentelemetry-instrumentation-asyncio==0.66b1
    opentelemetry-instrumentation-dbapi==0.66b1
    opentelemetry-instrumentation-exceptions==0.66b1
    opentelemetry-instrumentation-logging==0.66b1
    opentelemetry-instrumentation-sqlite3==0.66b1
    opentelemetry-instrumentation-threading==0.66b1
    opentelemetry-instrumentation-urllib==0.66b1
    opentelemetry-instrumentation-wsgi==0.66b1
    ");
    let rows = release.rows().map(|(library, line)| format!("{library}: {line}")).collect::<Vec<_>>();
    insta::assert_snapshot!(rows[..4].join("\n"), @r"
    openai >= 1.26.0: opentelemetry-instrumentation-openai-v2
    google-cloud-aiplatform >= 1.64: opentelemetry-instrumentation-vertexai>=2.0b0
    aio_pika >= 7.2.0, < 11.0.0: opentelemetry-instrumentation-aio-pika==0.66b1
    aiohttp ~= 3.0: opentelemetry-instrumentation-aiohttp-client==0.66b1
    ");
    assert_eq!(rows.len(), 49);
    assert!(release.is_complete());
    assert!(!self::release("0.50b0").is_complete());
}

#[test]
fn exporters_are_those_of_the_release() {
    let registry = PythonRegistry::builtin();
    let lines = |name: &str, release: &str| {
        let support = registry.exporter(name, &self::release(release)).expect("a known exporter");
        let line = |one: &Support| format!("{}{}", one.line, if one.installable { "" } else { " missing" });
        support.iter().map(line).collect::<Vec<_>>().join(" ")
    };
    insta::assert_snapshot!(lines("otlp", "0.66b1"), @"opentelemetry-distro==0.66b1 opentelemetry-exporter-otlp==1.45.1");
    insta::assert_snapshot!(lines("otlp-http", "0.66b1"), @"opentelemetry-distro==0.66b1 opentelemetry-exporter-otlp-proto-http==1.45.1");
    insta::assert_snapshot!(lines("otlp-grpc", "0.49b1"), @"opentelemetry-distro==0.49b1 opentelemetry-exporter-otlp-proto-grpc==1.28.1");
    insta::assert_snapshot!(lines("console", "0.22b0"), @"opentelemetry-distro==0.22b0");
    insta::assert_snapshot!(lines("prometheus", "0.31b0"), @"opentelemetry-distro==0.31b0 opentelemetry-exporter-prometheus==0.31b0 missing");
    assert_eq!(registry.exporter("zipkin", &self::release("0.66b1")), None);
    assert_eq!(registry.exporter_names().count(), 5);
}

/// The embedded registry with an overlay, or its problems.
fn with_overlay(text: &str) -> Result<Registry, String> {
    let raw = parse_rules(Path::new("o.toml"), text).expect("readable rules");
    let mut registry = Registry::builtin();
    registry.apply("o.toml", raw).map(|()| registry).map_err(|problems| problems.to_string())
}

#[test]
fn parsing_entry_by_entry_is_parsing_the_whole_file() {
    let raw = parse_rules(Path::new(RULES_FILE), RULES).expect("readable rules").python;
    let (sliced, mut whole, mut problems) = (PythonRegistry::builtin(), PythonRegistry::empty(), Vec::new());
    whole.apply(RULES_FILE, raw, &mut problems);
    assert_eq!(problems, []);
    assert!(sliced.exporter_names().eq(whole.exporter_names()));
    assert!(sliced.instrumentation_names().eq(whole.instrumentation_names()));
    assert!(sliced.library_names().eq(whole.library_names()));
    for name in whole.exporter_names() {
        assert_eq!(sliced.exporter_rule(name), whole.exporter_rule(name));
    }
    for name in whole.instrumentation_names() {
        assert_eq!(sliced.instrumentation(name), whole.instrumentation(name));
    }
    for name in whole.library_names() {
        assert_eq!(sliced.library(name), whole.library(name));
    }
    assert!(sliced.library("sanic").is_some());
}

#[test]
fn an_overlay_adds_replaces_and_removes() {
    let registry = with_overlay(
        r#"
        schema = 1
        remove = ["python.library.sanic", "python.instrumentation.opentelemetry-instrumentation-flask"]

        [python.exporter.otlp]
        what = "ours"
        requires = ["acme-distro>=2", "opentelemetry-exporter-otlp=={core}"]

        [python.instrumentation.acme-otel]
        what = "ours"
        line = "acme-otel=={release}"
        releases = ">=0.60b0"
        any = ["acme>=1", "acme-lite"]
        entry-points = ["acme"]

        [python.instrumentation.opentelemetry-instrumentation-redis]
        what = "ours"
        line = "opentelemetry-instrumentation-redis"
        all = ["redis>=5"]
        role = "on-request"
        "#,
    );
    let registry = registry.expect("valid rules");
    let python = registry.python();
    assert_eq!(python.library("sanic"), None);
    let release = python.release(&version("0.66b1")).expect("an embedded release");
    assert_eq!(release.instrumentation("opentelemetry-instrumentation-flask"), None);
    let redis = release.instrumentation("opentelemetry-instrumentation-redis").expect("replaced");
    assert_eq!((redis.line.as_str(), redis.place), (redis.name.as_str(), Place::OnRequest));
    let acme = release.instrumentations.last().expect("added");
    assert_eq!((acme.line.as_str(), acme.place, acme.any.len()), ("acme-otel==0.66b1", Place::Library, 2));
    let lines = python.exporter("otlp", release).expect("replaced").into_iter().map(|one| one.line);
    assert_eq!(lines.collect::<Vec<_>>(), ["acme-distro>=2", "opentelemetry-exporter-otlp==1.45.1"]);
    let old = python.release(&version("0.59b0")).expect("an embedded release");
    assert_eq!(old.instrumentation("acme-otel"), None);
}

#[test]
fn every_value_that_cannot_be_used_is_reported() {
    let problems = with_overlay(
        r#"
        schema = 1
        remove = ["python.library.flask", "python.instrumentation.x", "python.x.y"]

        [python.exporter.x]
        what = ""
        requires = ["-r x", "a=={other}"]

        [python.exporter.y]
        what = "y"
        requires = []

        [python.instrumentation.A_b]
        what = "a"
        line = "b"
        all = ["c; d"]
        requires-python = "three"

        [python.instrumentation.d]
        what = "d"
        all = ["c"]
        docs = "http://x"

        [python.library.e]
        what = "e"

        [python.library.f]
        what = "f"
        by = [{ native = "x", none = "y" }, { instrumentation = "-e", versions = "^1" }]
        "#,
    );
    insta::assert_snapshot!(problems.err().unwrap_or_default(), @r#"
    o.toml: `remove[0]`: there is no entry `python.library.flask`
    o.toml: `remove[1]`: there is no entry `python.instrumentation.x`
    o.toml: `remove[2]`: there is no entry `python.x.y`
    o.toml: [python.exporter.x] `what`: is empty
    o.toml: [python.exporter.x] `requires[0]`: `x` is not a range of versions
    o.toml: [python.exporter.x] `requires[1]`: `=={other}` is not a range of versions
    o.toml: [python.exporter.y] `requires`: at least one line is needed
    o.toml: [python.instrumentation.A_b]: `A_b` is written `a-b`
    o.toml: [python.instrumentation.A_b] `all[0]`: `c; d` does not end with a range of versions
    o.toml: [python.instrumentation.A_b] `requires-python`: `three` is not a range of versions
    o.toml: [python.instrumentation.d] `docs`: `http://x` is not an https address
    o.toml: [python.instrumentation.d] `line`: is missing: an instrumentation with needs of its own stands for itself
    o.toml: [python.library.e] `by`: at least one way is needed; `none = "…"` says that nothing exists
    o.toml: [python.library.f] `by[0]`: exactly one of `native`, `none`, `instrumentation` is needed
    o.toml: [python.library.f] `by[1].instrumentation`: `-e` is not a package name
    o.toml: [python.library.f] `by[1].versions`: `^1` is not a range of versions
    "#);
}
