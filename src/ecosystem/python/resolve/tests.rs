use super::{
    super::{inventory::Requires, sample},
    *,
};
use crate::ecosystem::python::line::line;

/// A release that will not change any more.
const RELEASE: (&str, &str) = ("opentelemetry-instrumentation", "0.60b1");

fn answer(there: &[(&str, &str)], wishes: &Wishes) -> Resolution {
    let there: Vec<_> = [&[RELEASE], there].concat();
    resolve(&sample::environment(&there), &Registry::builtin(), wishes).expect("an answer")
}

fn lines(resolution: &Resolution) -> Vec<String> {
    let lines = resolution.requirements.iter().map(line);
    lines.map(|line| line.replace("opentelemetry-instrumentation-", "…")).collect()
}

/// The verdict about a library, or about the instrumentation of a standard module.
fn verdict<'a>(resolution: &'a Resolution, library: &str) -> &'a Verdict {
    let finding = resolution.findings.iter().find(|finding| finding.library.as_str() == library);
    &finding.unwrap_or_else(|| panic!("nothing about {library}")).verdict
}

fn filter(only: &[&str], exclude: &[&str], disabled: &[&str]) -> Wishes {
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let filter =
        Filter { only: owned(only), exclude: owned(exclude), direct: false, disabled: owned(disabled) };
    Wishes { filter, ..Wishes::default() }
}

#[test]
fn what_belongs_to_the_standard_library_comes_first_then_the_order_of_the_table() {
    let resolution =
        answer(&[("requests", "2.31.0"), ("Flask", "3.0.0"), ("aio_pika", "9.0")], &Wishes::default());
    insta::assert_snapshot!(lines(&resolution).join("\n"), @"
    …asyncio==0.60b1
    …dbapi==0.60b1
    …logging==0.60b1
    …sqlite3==0.60b1
    …threading==0.60b1
    …urllib==0.60b1
    …wsgi==0.60b1
    …aio-pika==0.60b1
    …flask==0.60b1
    …requests==0.60b1
    ");
}

#[test]
fn every_library_ends_somewhere() {
    let there = [
        ("click", "7.1.2"),
        ("flask", "3.0.0"),
        ("opentelemetry-instrumentation-flask", "0.60b1"),
        ("django", "5.0"),
        ("opentelemetry-instrumentation-django", "0.59b0"),
        ("pydantic", "2.0"),
        ("redis", "5.0"),
    ];
    let resolution = answer(&there, &filter(&[], &["redis"], &["urllib"]));
    assert_eq!(
        *verdict(&resolution, "click"),
        Verdict::OutOfRange { supported: ">=8.1.3,<9.0.0".to_owned() }
    );
    assert!(matches!(verdict(&resolution, "flask"), Verdict::AlreadyInstalled { .. }));
    assert!(
        matches!(verdict(&resolution, "django"), Verdict::OtherSet { fitting: Some(v), .. } if v == "0.60b1")
    );
    assert_eq!(
        *verdict(&resolution, "pydantic"),
        Verdict::Needs { missing: vec!["tortoise-orm".to_owned()] }
    );
    assert_eq!(*verdict(&resolution, "redis"), Verdict::Excluded { by: "--exclude".to_owned() });
    let by = "`OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`".to_owned();
    assert_eq!(*verdict(&resolution, "urllib"), Verdict::Excluded { by });
    // What is of another release is to be of this one.
    assert!(lines(&resolution).contains(&"…django==0.60b1".to_owned()));
    assert!(!lines(&resolution).iter().any(|line| line.contains("flask")));
}

#[test]
fn an_instrumentation_for_two_libraries_is_one_line() {
    let resolution =
        answer(&[("psycopg2", "2.9"), ("psycopg2-binary", "2.9")], &filter(&["psycopg2"], &[], &[]));
    assert_eq!(lines(&resolution), ["…psycopg2==0.60b1"]);
    assert_eq!(resolution.requirements[0].because, ["psycopg2-binary 2.9", "psycopg2 2.9"]);
}

#[test]
fn names_mean_instrumentations_libraries_and_entry_points() {
    for (name, line) in [
        ("flask", "…flask==0.60b1"),
        ("Flask", "…flask==0.60b1"),
        ("opentelemetry-instrumentation-flask", "…flask==0.60b1"),
        ("grpcio", "…grpc==0.60b1"),
        ("grpc_server", "…grpc==0.60b1"),
        ("confluent_kafka", "…confluent-kafka==0.60b1"),
        ("sqlite3", "…sqlite3==0.60b1"),
    ] {
        let there = [("flask", "3.0.0"), ("grpcio", "1.60"), ("confluent-kafka", "2.3")];
        assert_eq!(lines(&answer(&there, &filter(&[name], &[], &[]))), [line], "{name}");
    }
    let error =
        resolve(&sample::environment(&[RELEASE]), &Registry::builtin(), &filter(&[], &["flaks"], &[]));
    let error = error.expect_err("no such name");
    assert_eq!(error.hint().as_deref(), Some("did you mean `flask`?"));
    assert!(error.is_misuse());
}

#[test]
fn all_entry_points_must_be_disabled() {
    let grpc = [("grpcio", "1.60")];
    let is_listed = |disabled: &[&str]| {
        lines(&answer(&grpc, &filter(&[], &[], disabled))).contains(&"…grpc==0.60b1".to_owned())
    };
    assert!(is_listed(&["grpc_server"]));
    assert!(!is_listed(&["grpc_server", "grpc_client", "grpc_aio_server", "grpc_aio_client"]));
    assert!(!is_listed(&["*"]));
}

#[test]
fn what_only_opentelemetry_needs_is_left_out() {
    let mut inventory = sample::environment(&[RELEASE]);
    for (name, version, requires) in [
        ("opentelemetry-exporter-otlp-proto-http", "1.39.1", &["requests"][..]),
        ("requests", "2.31.0", &["urllib3"]),
        ("urllib3", "2.0.0", &[]),
        ("boto3", "1.30", &["urllib3"]),
    ] {
        inventory.distributions.push(sample::distribution(name, version, requires));
    }
    inventory.distributions.sort_by(|a, b| a.name.cmp(&b.name));
    let registry = Registry::builtin();
    let resolution = resolve(&inventory, &registry, &Wishes::default()).expect("an answer");
    assert_eq!(*verdict(&resolution, "requests"), Verdict::OnlyThroughOpenTelemetry);
    assert!(matches!(verdict(&resolution, "urllib3"), Verdict::Applies { .. }));
    let named = resolve(&inventory, &registry, &filter(&["requests"], &[], &[])).expect("an answer");
    assert_eq!(lines(&named), ["…requests==0.60b1"]);
}

#[test]
fn only_what_the_project_itself_asks_for_counts_if_that_is_wanted() {
    let mut inventory = sample::environment(&[RELEASE, ("flask", "3.0.0"), ("jinja2", "3.1.0")]);
    inventory.direct = Some(["flask"].into_iter().map(sample::name).collect());
    for distribution in &mut inventory.distributions {
        if distribution.name.as_str() == "flask" {
            distribution.requires = Requires::Listed(vec![sample::name("jinja2")]);
        }
    }
    let mut wishes = Wishes::default();
    wishes.filter.direct = true;
    let resolution = resolve(&inventory, &Registry::builtin(), &wishes).expect("an answer");
    assert_eq!(*verdict(&resolution, "jinja2"), Verdict::Indirect { through: vec!["flask".to_owned()] });
    assert!(matches!(verdict(&resolution, "flask"), Verdict::Applies { .. }));
}

#[test]
fn an_exporter_brings_the_distro() {
    let wishes = Wishes { exporter: Some("otlp-http".to_owned()), ..filter(&["flask"], &[], &[]) };
    let resolution = answer(&[("flask", "3.0.0")], &wishes);
    insta::assert_snapshot!(lines(&resolution).join("\n"), @"
    …flask==0.60b1
    opentelemetry-distro==0.60b1
    opentelemetry-exporter-otlp-proto-http==1.39.1
    ");
    insta::assert_snapshot!(resolution.warnings.join("\n"), @"the only OTLP exporter speaks `http/protobuf`, and the distro asks for `grpc` unless told otherwise: set `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`");
    let unknown = Wishes { exporter: Some("jaeger".to_owned()), ..Wishes::default() };
    let error =
        resolve(&sample::environment(&[RELEASE]), &Registry::builtin(), &unknown).expect_err("unknown");
    assert_eq!(error.hint().as_deref(), Some("known: console, otlp, otlp-grpc, otlp-http, prometheus"));
}

#[test]
fn another_release_that_is_asked_for_takes_everything_along() {
    let there = [
        ("opentelemetry-api", "1.39.1"),
        ("opentelemetry-sdk", "1.39.1"),
        ("opentelemetry-distro", "0.60b1"),
        ("opentelemetry-instrumentation-flask", "0.60b1"),
        ("flask", "3.0.0"),
    ];
    let instrumentation_version = Some("0.61b0".parse().expect("a version"));
    let wishes = Wishes { instrumentation_version, ..filter(&["flask"], &[], &[]) };
    insta::assert_snapshot!(lines(&answer(&there, &wishes)).join("\n"), @"
    …flask==0.61b0
    opentelemetry-api==1.40.0
    opentelemetry-distro==0.61b0
    opentelemetry-instrumentation==0.61b0
    opentelemetry-sdk==1.40.0
    ");
}
