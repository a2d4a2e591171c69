//! Values of variables without anything that may be a secret: what is of no type that is known is [`HIDDEN`].
//!
//! Everything that the checks and the forms get to see of the environment of a process goes through here.

use std::fmt::Write;

use url::Url;

use crate::doctor::{
    launch::{Variable, add},
    python::sampler,
    read::words::{Word, is_name},
};

use super::environ::Environ;

/// What stands for what is not shown.
pub const HIDDEN: &str = "…";

/// What stands for a part of a path that is not shown.
const HIDDEN_PART: &str = "...";

/// Variables without `OTEL_` in front that a check looks at.
const BESIDE: [&str; 5] =
    ["DJANGO_SETTINGS_MODULE", "FLASK_DEBUG", "GUNICORN_CMD_ARGS", "PYTHONPATH", "WEB_CONCURRENCY"];

const BOOLEANS: &[&str] = &["0", "1", "false", "no", "off", "on", "true", "yes"];
const COMPRESSIONS: &[&str] = &["deflate", "gzip", "none"];
const EXPORTERS: &[&str] = &[
    "console",
    "debug",
    "jaeger",
    "jaeger_proto",
    "jaeger_thrift",
    "logging",
    "none",
    "otlp",
    "otlp_proto_grpc",
    "otlp_proto_http",
    "prometheus",
    "zipkin",
    "zipkin_json",
    "zipkin_proto",
];
const PATCHES: &[&str] = &["patch_all"];
const PROPAGATORS: &[&str] =
    &["b3", "b3multi", "baggage", "jaeger", "none", "ottrace", "tracecontext", "xray", "xray-lambda"];
const PROTOCOLS: &[&str] = &["grpc", "http/json", "http/protobuf"];

/// What a value may be.
enum Type {
    /// One of these words, or several with commas between.
    Words(&'static [&'static str]),
    /// A number.
    Number,
    /// A sampler, or something spelt nearly so.
    Sampler,
    /// An address.
    Address,
    /// `KEY=VALUE` with commas between.
    Pairs,
    /// Names of instrumentations.
    Instrumentations,
    /// A command line.
    Arguments,
    /// Nothing that is known.
    Other,
}

fn type_of(name: &str) -> Type {
    let is_of = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    match name {
        "FLASK_DEBUG" | "OTEL_SDK_DISABLED" => Type::Words(BOOLEANS),
        "GUNICORN_CMD_ARGS" => Type::Arguments,
        "OTEL_PROPAGATORS" => Type::Words(PROPAGATORS),
        "OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH" => Type::Words(PATCHES),
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS" => Type::Instrumentations,
        "OTEL_LOGS_EXPORTER" | "OTEL_METRICS_EXPORTER" | "OTEL_TRACES_EXPORTER" => Type::Words(EXPORTERS),
        "OTEL_METRIC_EXPORT_INTERVAL" | "OTEL_TRACES_SAMPLER_ARG" | "WEB_CONCURRENCY" => Type::Number,
        "OTEL_RESOURCE_ATTRIBUTES" => Type::Pairs,
        "OTEL_TRACES_SAMPLER" => Type::Sampler,
        _ if !name.starts_with("OTEL_") => Type::Other,
        _ if is_of(&["_LIMIT", "_SIZE", "_DELAY", "_TIMEOUT"]) => Type::Number,
        _ if is_of(&["_INSECURE", "_ENABLED", "_CORRELATION", "_AUTO_INSTRUMENTATION"]) => {
            Type::Words(BOOLEANS)
        }
        _ if is_of(&["_PROTOCOL"]) => Type::Words(PROTOCOLS),
        _ if is_of(&["_COMPRESSION"]) => Type::Words(COMPRESSIONS),
        _ if is_of(&["_ENDPOINT"]) => Type::Address,
        _ if is_of(&["_HEADERS"]) => Type::Pairs,
        _ => Type::Other,
    }
}

/// The variables that a check may look at, with values that may be shown. Each gets its place among them as its line.
/// `knows` says whether there is an instrumentation, or a distribution that one is for, of that name.
#[must_use]
pub fn variables(environ: &Environ, knows: &dyn Fn(&str) -> bool) -> Vec<Variable> {
    let Environ::Known(all) = environ else { return Vec::new() };
    let matters = |name: &str| name.starts_with("OTEL_") || BESIDE.contains(&name);
    let mut found = Vec::new();
    for (name, value) in all.iter().filter(|(name, _)| matters(name) && is_name(name)) {
        let value = value.as_deref().map(|value| value_of(name, value, knows));
        add(&mut found, [Variable { name: name.clone(), value, line: 0, spot: None }]);
    }
    for (index, variable) in found.iter_mut().enumerate() {
        variable.line = index + 1;
    }
    found
}

/// A value as far as it may be shown. What its form says is kept: quotes around it, pairs, the path of an address.
#[must_use]
pub fn value_of(name: &str, value: &str, knows: &dyn Fn(&str) -> bool) -> String {
    let value = value.trim();
    if value.is_empty() {
        return String::new();
    }
    for quote in ['"', '\''] {
        if value.len() > 1 && value.starts_with(quote) && value.ends_with(quote) {
            return format!("{quote}{HIDDEN}{quote}");
        }
    }
    let each = |shown: &dyn Fn(&str) -> String| value.split(',').map(shown).collect::<Vec<_>>().join(",");
    let hidden = || HIDDEN.to_owned();
    match type_of(name) {
        Type::Words(vocabulary) => each(&|word| {
            let is_known = vocabulary.contains(&word.trim().to_ascii_lowercase().as_str());
            if is_known { word.trim().to_owned() } else { hidden() }
        }),
        Type::Number if is_number(value) => value.to_owned(),
        Type::Sampler if is_nearly_sampler(value) => value.to_owned(),
        Type::Address => address(value).unwrap_or_else(hidden),
        Type::Pairs => each(&|pair| match pair.trim() {
            "" => String::new(),
            pair if pair.contains('=') => format!("{HIDDEN}={HIDDEN}"),
            _ => hidden(),
        }),
        Type::Instrumentations => each(&|name| {
            let name = name.trim();
            if name == "*" || knows(name) { name.to_owned() } else { hidden() }
        }),
        Type::Arguments => {
            let words = super::command::plain_arguments(value.split_ascii_whitespace(), &|_| false);
            words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
        }
        Type::Number | Type::Sampler | Type::Other => hidden(),
    }
}

/// Whether it is a number of a sane length.
#[must_use]
pub fn is_number(text: &str) -> bool {
    text.len() <= 12 && text.parse::<f64>().is_ok()
}

fn is_nearly_sampler(value: &str) -> bool {
    value.len() < 40 && sampler(value).is_some()
}

/// An address without its host, whoever is named in it, and whatever its path may tell.
fn address(value: &str) -> Option<String> {
    let (scheme, url) = match value.split_once("://") {
        Some((scheme, _)) => (Some(scheme.to_ascii_lowercase()), Url::parse(value).ok()?),
        None => (None, Url::parse(&format!("http://{value}")).ok()?),
    };
    url.host()?;
    let mut shown = match scheme.as_deref() {
        Some(scheme @ ("grpc" | "http" | "https")) => format!("{scheme}://host"),
        Some(_) => return None,
        None => "host".to_owned(),
    };
    if let Some(port) = url.port() {
        let _ = write!(shown, ":{port}");
    }
    let path = url.path().trim_end_matches('/');
    let end =
        ["/v1/traces", "/v1/metrics", "/v1/logs"].into_iter().find(|end| path.ends_with(end)).unwrap_or("");
    if path.len() > end.len() {
        shown.push('/');
        shown.push_str(HIDDEN_PART);
    }
    shown.push_str(end);
    Some(shown)
}

/// A word that nobody may know.
#[must_use]
pub fn hidden() -> Word {
    Word { is_known: false, ..Word::known(HIDDEN) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(name: &str) -> bool {
        name == "flask"
    }

    #[test]
    fn what_is_of_a_known_type_is_shown() {
        for (name, value) in [
            ("OTEL_SDK_DISABLED", "True"),
            ("OTEL_TRACES_EXPORTER", "otlp,console"),
            ("OTEL_TRACES_SAMPLER", "parentbased_trace_id_ratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10000"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "flask,*"),
            ("WEB_CONCURRENCY", "4"),
            ("OTEL_SERVICE_NAME", ""),
            ("GUNICORN_CMD_ARGS", "--workers 4 -k gevent"),
        ] {
            assert_eq!(value_of(name, value, &knows), value, "{name}");
        }
    }

    #[test]
    fn of_all_else_only_the_form_is_shown() {
        for (name, value, shown) in [
            ("OTEL_SDK_DISABLED", "hunter2", "…"),
            ("OTEL_TRACES_EXPORTER", "otlp, hunter2", "otlp,…"),
            ("OTEL_TRACES_SAMPLER", "hunter2", "…"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer x,hunter2,", "…=…,…,"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "\"a=hunter2\"", "\"…\""),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "12345678901234567890", "…"),
            ("OTEL_SERVICE_NAME", "hunter2", "…"),
            ("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "flask,hunter2", "flask,…"),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "https://me:hunter2@x.y:4317/t/hunter2/v1/traces?k=hunter2",
                "https://host:4317/.../v1/traces",
            ),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2:4317", "host:4317"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://hunter2/", "http://host"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "unix:///hunter2", "…"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://", "…"),
            ("GUNICORN_CMD_ARGS", "--workers hunter2 --x hunter2", "--workers … … …"),
            ("DJANGO_SETTINGS_MODULE", "hunter2", "…"),
        ] {
            assert_eq!(value_of(name, value, &knows), shown, "{name}");
        }
    }

    #[test]
    fn other_variables_are_not_there() {
        let environ = Environ::parse(b"PASSWORD=x\0OTEL_X=y\0PATH=/bin\0PYTHONPATH=/app\0");
        let told: Vec<_> =
            variables(&environ, &knows).into_iter().map(|v| (v.name, v.value, v.line)).collect();
        let hidden = || Some("…".to_owned());
        assert_eq!(told, [("OTEL_X".to_owned(), hidden(), 1), ("PYTHONPATH".to_owned(), hidden(), 2)]);
    }
}
