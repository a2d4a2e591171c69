use super::sample::Sample;

const NOTHING: [&str; 0] = [];

/// Whether the checks of what is found begin so.
fn is(found: &[String], ids: &[&str]) {
    let told: Vec<&str> = found.iter().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(told, ids, "{found:#?}");
}

#[test]
fn copies_in_one_program_are_told_with_the_ways_to_them() {
    let sample = Sample {
        packages: &["opentelemetry 0.31.0", "opentelemetry 0.32.0", "tarpc 0.38.0 > opentelemetry 0.32.0"],
        uses: &[("opentelemetry 0.31.0", &[]), ("tarpc 0.38.0", &[])],
        ..Sample::default()
    };
    insta::assert_snapshot!(sample.found().join("\n"), @"cargo.two-opentelemetry Cargo.lock: `app` has `opentelemetry` in 2 versions: 0.31.0 (of its own) and 0.32.0 (through tarpc 0.38.0); raise `opentelemetry` to 0.32.0");
    // What no program reaches does no harm.
    let sample =
        Sample { packages: sample.packages, uses: &[("opentelemetry 0.31.0", &[])], ..Sample::default() };
    assert_eq!(sample.found(), NOTHING);
}

#[test]
fn what_nobody_develops_is_told() {
    let sample = Sample {
        packages: &["opentelemetry 0.21.0", "opentelemetry-jaeger 0.20.0 > opentelemetry 0.21.0"],
        uses: &[("opentelemetry-jaeger 0.20.0", &[])],
        ..Sample::default()
    };
    is(&sample.found(), &["cargo.abandoned"]);
}

/// A program with the exporter of that version and those features.
fn exporter(
    version: &'static str,
    features: &'static [&'static str],
    files: &'static [(&'static str, &'static str)],
) -> Vec<String> {
    let (packages, uses): (&[&str], &[(&str, &[&str])]) = match version {
        "0.27" => (
            &["opentelemetry 0.27.0", "opentelemetry-otlp 0.27.0 > opentelemetry 0.27.0"],
            &[("opentelemetry-otlp 0.27.0", &[])],
        ),
        _ => (
            &["opentelemetry 0.32.0", "opentelemetry-otlp 0.32.0 > opentelemetry 0.32.0"],
            &[("opentelemetry-otlp 0.32.0", &[])],
        ),
    };
    let uses: Vec<(&'static str, &'static [&'static str])> =
        uses.iter().map(|(line, _)| (*line, features)).collect();
    Sample { packages, uses: uses.leak(), files, ..Sample::default() }.found()
}

#[test]
fn an_exporter_needs_transport_client_and_tls() {
    is(&exporter("0.32", &["-default", "trace"], &[]), &["cargo.exporter.transport"]);
    is(&exporter("0.32", &["-default", "http-proto"], &[]), &["cargo.exporter.client"]);
    is(&exporter("0.32", &["-default", "http-proto", "reqwest-rustls"], &[]), &["cargo.exporter.client"]);
    is(&exporter("0.32", &["-default", "http-proto", "reqwest-client"], &[]), &[]);
    is(&exporter("0.32", &[], &[]), &[]);
    let own: &[(&str, &str)] = &[("src/main.rs", "fn main() { x.with_http_client(y); }")];
    is(&exporter("0.32", &["-default", "http-proto"], own), &[]);
    let tls: &[(&str, &str)] = &[(".env", "OTEL_EXPORTER_OTLP_ENDPOINT=https://otlp.example.com\n")];
    is(&exporter("0.32", &["-default", "grpc-tonic"], tls), &["cargo.exporter.tls"]);
    is(&exporter("0.32", &["-default", "grpc-tonic", "tls-roots"], tls), &["cargo.exporter.tls"]);
    is(&exporter("0.32", &["-default", "grpc-tonic", "tls-ring"], tls), &[]);
    is(&exporter("0.27", &["tls-roots"], tls), &[]);
    is(&exporter("0.27", &[], tls), &["cargo.exporter.tls"]);
    is(&exporter("0.32", &[], tls), &["cargo.exporter.tls"]);
    let plain: &[(&str, &str)] = &[(".env", "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317\n")];
    is(&exporter("0.32", &["-default", "grpc-tonic"], plain), &[]);
}

#[test]
fn a_promised_rust_is_held_against_what_is_used() {
    let sample = |rust| Sample {
        packages: &["axum-tracing-opentelemetry 0.42.1 > opentelemetry 0.33.0", "opentelemetry 0.33.0"],
        uses: &[("axum-tracing-opentelemetry 0.42.1", &["tracing_level_info"])],
        rust: Some(rust),
        ..Sample::default()
    };
    is(&sample("1.80.0").found(), &["cargo.rust-version"]);
    is(&sample("1.99.0").found(), &[]);
}

/// A program with the instrumentation of axum, with or without its feature.
fn axum(features: &'static [&'static str], files: &'static [(&'static str, &'static str)]) -> Vec<String> {
    let uses: Vec<(&'static str, &'static [&'static str])> =
        vec![("axum-tracing-opentelemetry 0.32.1", features)];
    Sample {
        packages: &["axum-tracing-opentelemetry 0.32.1 > opentelemetry 0.31.0", "opentelemetry 0.31.0"],
        uses: uses.leak(),
        files,
        ..Sample::default()
    }
    .found()
}

#[test]
fn an_instrumentation_must_be_attached_and_heard() {
    is(
        &axum(&["tracing_level_info"], &[("src/main.rs", "fn main() {} // axum_tracing_opentelemetry")]),
        &["cargo.instrumentation.unwired"],
    );
    is(&axum(&["tracing_level_info"], &[("src/main.rs", "use axum_tracing_opentelemetry as x;")]), &[]);
    // Without a source nothing is known.
    is(&axum(&["tracing_level_info"], &[]), &[]);
    let filtered: &[(&str, &str)] =
        &[("src/main.rs", "use axum_tracing_opentelemetry as x; fn main() { EnvFilter::new(\"info\"); }")];
    is(&axum(&[], filtered), &["cargo.instrumentation.level"]);
    is(&axum(&["tracing_level_info"], filtered), &[]);
    let directive: &[(&str, &str)] = &[(
        "src/main.rs",
        "use axum_tracing_opentelemetry as x; fn main() { EnvFilter::new(\"info,otel::tracing=trace\"); }",
    )];
    is(&axum(&[], directive), &[]);
    is(&axum(&[], &[("src/main.rs", "use axum_tracing_opentelemetry as x;")]), &[]);
}

#[test]
fn a_feature_says_which_opentelemetry_is_meant() {
    let sample = |features: &'static [&'static str]| {
        let uses: Vec<(&'static str, &'static [&'static str])> =
            vec![("reqwest-tracing 0.7.1", features), ("tracing-opentelemetry 0.33.0", &[])];
        Sample {
            packages: &[
                "opentelemetry 0.32.0",
                "reqwest-tracing 0.7.1",
                "tracing-opentelemetry 0.33.0 > opentelemetry 0.32.0",
            ],
            uses: uses.leak(),
            files: &[("src/main.rs", "use reqwest_tracing; use tracing_opentelemetry;")],
            ..Sample::default()
        }
        .found()
    };
    is(&sample(&[]), &["cargo.instrumentation.select"]);
    is(&sample(&["opentelemetry_0_32"]), &[]);
}

#[test]
fn a_provider_in_a_global_must_be_shut_down() {
    let sample = |text: &'static str| {
        let files: Vec<(&'static str, &'static str)> = vec![("src/main.rs", text)];
        Sample {
            packages: &["opentelemetry 0.32.0"],
            uses: &[("opentelemetry 0.32.0", &[])],
            files: files.leak(),
            ..Sample::default()
        }
        .found()
    };
    let set_up =
        "fn main() { let p = x().with_batch_exporter(e).build(); global::set_tracer_provider(p.clone()); }";
    is(&sample(set_up), &["cargo.provider.shutdown"]);
    is(
        &sample(
            "fn main() { let p = x().with_batch_exporter(e).build(); set_tracer_provider(p.clone()); p.shutdown(); }",
        ),
        &[],
    );
    is(&sample("fn main() { let p = x().with_simple_exporter(e).build(); set_tracer_provider(p); }"), &[]);
}

#[test]
fn without_opentelemetry_nothing_is_said() {
    let sample = Sample { packages: &["axum 0.8.0"], uses: &[("axum 0.8.0", &[])], ..Sample::default() };
    assert_eq!(sample.found(), NOTHING);
}
