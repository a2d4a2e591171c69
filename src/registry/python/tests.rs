//! The embedded release data, as the program reads it.

use super::*;

fn version(text: &str) -> Version {
    text.parse().expect("a literal version")
}

/// A release of the embedded data.
fn release(text: &str) -> Release {
    PythonRegistry::default().release(&version(text)).expect("an embedded release").clone()
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
fn every_line_of_the_embedded_data_is_read_and_in_canonical_form() {
    let file = PythonRegistry::default();
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
    for head in file.heads() {
        assert!(file.release(&head.version).is_some(), "{}", head.version);
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
    let registry = PythonRegistry::default();
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
    let registry = PythonRegistry::default();
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
    assert_eq!(registry.exporter("zipkin", &release("0.66b1")), None);
    assert_eq!(registry.exporter_names().count(), 5);
}
