use super::*;
use crate::{ecosystem::python::sample, settings::Filter};

/// A release that will not change any more.
const RELEASE: &str = "0.60b1";

fn wishes(exporter: Option<&str>) -> Wishes {
    let version = Some(RELEASE.parse().expect("a version"));
    Wishes { instrumentation_version: version, exporter: exporter.map(str::to_owned), ..Wishes::default() }
}

fn ordered(there: &[(&str, &str)], wishes: &Wishes, request: &Request) -> Result<Order, OrderError> {
    let inventory = sample::environment(there);
    order(&inventory, &Registry::builtin(), wishes, request).map(|(order, _)| order)
}

fn lines(order: &Order) -> String {
    let line = |one: &Ordered| format!("{} ({})\n", one.wanted, one.because.join(", "));
    order.wanted.iter().map(line).collect::<String>().replace("opentelemetry-instrumentation-", "…")
}

fn targets(order: &Order) -> String {
    order.targets.iter().fold(String::new(), |text, target| text + &target.to_string() + "\n")
}

#[test]
fn what_fits_the_project_is_ordered_and_nothing_else() {
    let request = Request {
        propagators: vec![
            Propagator::B3,
            Propagator::B3Multi,
            Propagator::TraceContext,
            Propagator::Xray,
            Propagator::OtTrace,
        ],
        ..Request::default()
    };
    let filter = Filter {
        exclude: ["asyncio", "dbapi", "logging", "sqlite3", "threading", "urllib"]
            .map(str::to_owned)
            .to_vec(),
        ..Filter::default()
    };
    let wishes = Wishes { filter, ..wishes(None) };
    let there = [
        ("flask", "3.0.0"),
        ("requests", "2.31.0"),
        ("idna", "3.7"),
        ("odd", "?"),
        // What is there already is injected all the same: the payload comes first on the path.
        ("opentelemetry-instrumentation-requests", "0.60b1"),
        ("opentelemetry-instrumentation-flask", "0.59b0"),
        ("opentelemetry-exporter-otlp-proto-grpc", "1.38.0"),
    ];
    let order = ordered(&there, &wishes, &request).expect("an order");
    insta::assert_snapshot!(lines(&order), @"
    opentelemetry-distro==0.60b1 (--exporter otlp-http)
    opentelemetry-exporter-otlp-proto-http==1.39.1 (--exporter otlp-http)
    …flask==0.60b1 (flask 3.0.0)
    …requests==0.60b1 (requests 2.31.0)
    …wsgi==0.60b1 (Python's own wsgi)
    opentelemetry-propagator-aws-xray (--propagator xray)
    opentelemetry-propagator-b3==1.39.1 (--propagator b3, --propagator b3multi)
    opentelemetry-propagator-ot-trace==0.60b1 (--propagator ottrace)
    ");
    let application: Vec<String> = order.application.iter().map(Pin::to_string).collect();
    insta::assert_snapshot!(application.join(" "), @"flask==3.0.0 idna==3.7 opentelemetry-exporter-otlp-proto-grpc==1.38.0 requests==2.31.0");
    assert_eq!(
        (order.release.to_string(), order.core.to_string()),
        ("0.60b1".to_owned(), "1.39.1".to_owned())
    );
}

#[test]
fn http_is_always_there_and_what_is_asked_for_besides() {
    for (exporter, more) in [
        (None, ""),
        (Some("otlp"), ""),
        (Some("otlp-http"), ""),
        (Some("prometheus"), "opentelemetry-exporter-prometheus==0.60b1"),
        (Some("otlp-grpc"), "opentelemetry-exporter-otlp-proto-grpc==1.39.1"),
    ] {
        let order = ordered(&[], &wishes(exporter), &Request::default()).expect("an order");
        let exporters = order.wanted.iter().map(|one| one.wanted.to_string());
        let exporters: Vec<String> = exporters.filter(|line| line.contains("exporter")).collect();
        let mut expected = vec!["opentelemetry-exporter-otlp-proto-http==1.39.1".to_owned()];
        expected.extend((!more.is_empty()).then(|| more.to_owned()));
        expected.sort();
        assert_eq!(exporters, expected, "{exporter:?}");
    }
    let error = ordered(&[], &wishes(Some("smoke")), &Request::default()).map_err(|error| error.to_string());
    assert_eq!(error.map(|_| ()), Err("there is no exporter `smoke`".to_owned()));
}

#[test]
fn an_environment_tells_its_python_and_a_lockfile_the_newest() {
    let request = Request { libc: Some(Libc::Glibc), ..Request::default() };
    let order = ordered(&[], &wishes(None), &request).expect("an order");
    assert_eq!(targets(&order), "Python 3.11 with glibc on x86_64\n");
    let mut inventory = sample::environment(&[]);
    inventory.source = Source::Lockfile {
        path: "uv.lock".into(),
        format: crate::ecosystem::python::inventory::LockFormat::Uv,
    };
    let (order, _) =
        super::order(&inventory, &Registry::builtin(), &wishes(None), &request).expect("an order");
    insta::assert_snapshot!(targets(&order), @"
    Python 3.9 with glibc on x86_64
    Python 3.10 with glibc on x86_64
    Python 3.11 with glibc on x86_64
    ");
}

#[test]
fn all_that_is_named_is_built_for() {
    let version = |text: &str| -> Version { text.parse().expect("a version") };
    let request = Request {
        pythons: vec![version("3.13"), version("3.10"), version("3.13")],
        arches: vec![Arch::Aarch64, Arch::X86_64],
        ..Request::default()
    };
    let order = ordered(&[], &wishes(None), &request).expect("an order");
    insta::assert_snapshot!(targets(&order), @"
    Python 3.10 with glibc on x86_64
    Python 3.13 with glibc on x86_64
    Python 3.10 with musl on x86_64
    Python 3.13 with musl on x86_64
    Python 3.10 with glibc on aarch64
    Python 3.13 with glibc on aarch64
    Python 3.10 with musl on aarch64
    Python 3.13 with musl on aarch64
    ");
    let request = Request { pythons: vec![version("3.12"), version("3.8")], ..Request::default() };
    let error = ordered(&[], &wishes(None), &request).map_err(|error| error.to_string());
    assert_eq!(
        error.map(|_| ()),
        Err("release 0.60b1 of the instrumentations does not run on Python 3.8".to_owned())
    );
}
