//! A small registry whose releases never change, for tests.

use std::{borrow::Cow, path::Path, time::SystemTime};

use super::{
    Registry, parse_rules, python::PythonRegistry, release_file::ReleaseFile, release_line,
    update::sets::with_sets,
};

/// Its rules.
const RULES: &str = r#"
schema = 1

[crate.otel-bridge]
what = "bridge to OpenTelemetry"
docs = "https://docs.rs/otel-bridge"
placement = "binaries"
wiring = [{ text = "otel_bridge::layer()" }]
defect = [{ releases = "<0.2", rust-version = "1.80", avoid = false, reason = "declares 1.60" }]

[crate.web-otel]
what = "spans for web"
docs = "https://docs.rs/web-otel"
note = "the official one"

[exporter.otlp]
what = "OTLP"
crate = [{ name = "otel-bridge" }]
docs = "https://docs.rs/otel-bridge"

[library.queue]
what = "message queue"
by = [{ none = "spans of your own" }]

[library.store]
what = "database"
counts = "locked"
covered-by = ["web"]

[[library.store.by]]
feature = "otel"
versions = ">=2"
through = "api"
signals = ["traces"]
switch = [{ releases = "<3", text = "set `STORE_OTEL=1`" }]
directives = ["store=debug"]
docs = "https://docs.rs/store"

[[library.store.by]]
native = "logs each query"
versions = "<2"
through = "tracing"
signals = ["logs"]
docs = "https://docs.rs/store"

[library.web]
what = "web framework"
note = "one layer is enough"

[[library.web.by]]
crate = "web-otel"
through = "tracing"
signals = ["traces", "propagation"]
features = ["info", { feature = "old|older", releases = "<1.1" }]
mirror = { json = "json", ws = "websocket" }
select = "otel_*"
needs = ["otel-bridge"]
conflicts = ["web-metrics"]
wiring = [
    { releases = "<1.1", text = "old()" },
    { releases = ">=1.1", text = "use web_otel::Layer;\n.layer(Layer)\n" },
]
docs = "https://docs.rs/web-otel"

[[library.web.by]]
crate = "web-metrics"
role = "on-request"
placement = "binaries"
signals = ["metrics"]
conflicts = ["web-otel"]
docs = "https://docs.rs/web-metrics"
"#;

/// Its releases, without the release sets that the dependencies bring in.
const RELEASES: [&str; 5] = [
    r#"{"name":"opentelemetry","releases":["0.1.0 0.2.0"]}"#,
    r#"{"name":"otel-bridge","dependencies":["opentelemetry ^0.1","opentelemetry ^0.2"],
        "releases":[
            "0.1.0 rust=1.60.0 needs=0",
            "0.2.0 rust=1.70.0 needs=1"]}"#,
    r#"{"name":"store","dependencies":["opentelemetry ^0.1 optional","opentelemetry ^0.2 optional"],
        "features":["otel dep:opentelemetry"],
        "releases":[
            "1.0.0",
            "2.0.0 2.1.0 needs=0 has=0",
            "3.0.0 needs=1 has=0"]}"#,
    r#"{"name":"web-metrics","dependencies":["web ^5"],"releases":["1.0.0 needs=0"]}"#,
    r#"{"name":"web-otel",
        "dependencies":["web ^4","opentelemetry ^0.1 optional","web ^5","opentelemetry ^0.1 alias=one optional",
            "opentelemetry ^0.2 alias=two optional"],
        "features":["otel_1 dep:opentelemetry","info","otel_1 dep:one","otel_2 dep:two"],
        "releases":[
            "1.0.0 needs=0,1 has=0",
            "1.1.0 1.2.0 1.3.0! rust=1.75.0 needs=2,3,4 has=1,2,3"]}"#,
];

/// Its rules for Python.
const PYTHON_RULES: &str = r#"
schema = 1

[python.instrumentation.opentelemetry-instrumentation-lake]
what = "spans of the lake"
with = ["opentelemetry-instrumentation-shore"]
docs = "https://docs.invalid/lake"

[python.instrumentation.opentelemetry-instrumentation-shore]
what = "spans of the shore"
role = "on-request"

[python.library.lake]
what = "database"

[[python.library.lake.by]]
native = "`trace=True`"
versions = ">=3"
docs = "https://docs.invalid/lake"

[[python.library.lake.by]]
none = "spans of your own"
"#;

/// Its releases for Python.
const PYTHON_RELEASES: &str = r#"{"version":"0.3b0","python":">=3.10","api":"~=1.4","core":"1.3.0","defaults":[0],"libraries":[1],"others":[2]}
{"version":"0.2b0","python":">=3.9","api":"~=1.4","core":"1.2.0","defaults":[0],"libraries":[1],"missing":[1]}
{"name":"opentelemetry-instrumentation-logging","entry":["logging"]}
{"name":"opentelemetry-instrumentation-lake","rows":["lake >= 1, < 3","lake-lite >= 1"],"any":["lake<3,>=1","lake-lite>=1"],"entry":["lake"]}
{"name":"opentelemetry-instrumentation-shore","all":["shore>=1","lake>=1"],"python":">=3.11"}
"#;

/// The registry.
pub(crate) fn sample() -> Registry {
    let mut registry = Registry::empty();
    let raw = parse_rules(Path::new("sample.toml"), RULES).expect("readable rules");
    registry.apply("sample.toml", raw).expect("valid rules");
    let releases =
        with_sets(&RELEASES.map(|line| release_line::read(line, Cow::Borrowed).expect("valid releases")));
    let text = ReleaseFile::write(&releases, SystemTime::UNIX_EPOCH).expect("plain data");
    registry.releases.push(ReleaseFile::open(Cow::Owned(text)).expect("just written"));
    registry.python = PythonRegistry::of_releases(PYTHON_RELEASES);
    let raw = parse_rules(Path::new("sample.toml"), PYTHON_RULES).expect("readable rules");
    registry.apply("sample.toml", raw).expect("valid rules");
    registry
}
