//! Where the application's spans go, by the variables that its exporter reads.
//!
//! Source: the OpenTelemetry specification, "OTLP exporter configuration", and the exporters of `opentelemetry-python`
//! and `opentelemetry-otlp` where they go their own ways.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{Serialize, Serializer};
use thiserror::Error;
use ureq::http::{HeaderName, HeaderValue};
use url::Url;

use crate::ecosystem::Ecosystem;

/// How long an exporter waits where nothing is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that is waited, whatever is said.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(300);

/// How spans are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Protobuf messages over gRPC.
    Grpc,
    /// Protobuf messages over HTTP.
    HttpProtobuf,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "grpc",
            Self::HttpProtobuf => "http/protobuf",
        })
    }
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The certificates of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates {
    /// Who is trusted, in PEM form; `None` is whom the system trusts.
    pub authority: Option<PathBuf>,
    /// The certificate and the key that the client shows, in PEM form.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// Where spans go, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whose exporter would send them.
    pub ecosystem: Ecosystem,
    /// How they are sent.
    pub protocol: Protocol,
    /// Where to: the address of the export itself for HTTP, of the server for gRPC.
    pub url: Url,
    /// The variable that names it; `None` if it is the default.
    pub variable: Option<&'static str>,
    /// Sent along. The values may be secrets: they are never shown.
    pub headers: Vec<(String, String)>,
    /// With TLS, and with these certificates.
    pub tls: Option<Certificates>,
    /// How long each step may take.
    pub timeout: Duration,
}

impl Target {
    /// The host as a certificate names it.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.url.host_str().unwrap_or_default();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        let usual = if self.tls.is_some() { 443 } else { 80 };
        self.url.port_or_known_default().unwrap_or(usual)
    }

    /// The address without what may be secret in it.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut url = self.url.clone();
        let _ = (url.set_username(""), url.set_password(None));
        url.set_query(None);
        url.set_fragment(None);
        url.as_str().trim_end_matches('/').to_owned()
    }
}

/// Why it is not known where spans go.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// Everything is switched off.
    #[error("`OTEL_SDK_DISABLED` is `true`: the SDK sends nothing")]
    Disabled,
    /// Traces do not go over OTLP.
    #[error("`OTEL_TRACES_EXPORTER` is `{}`: traces do not go over OTLP", .0.escape_debug())]
    Exporter(String),
    /// A protocol that no exporter here speaks.
    #[error("`{variable}` is `{}`, not `grpc` or `http/protobuf`", value.escape_debug())]
    Protocol {
        /// The variable.
        variable: &'static str,
        /// What it says.
        value: String,
    },
    /// An address that is none. It may hold a password: it is not shown.
    #[error("`{variable}` is no address: {source}")]
    Address {
        /// The variable.
        variable: &'static str,
        /// Why.
        source: url::ParseError,
    },
    /// An address of something else.
    #[error("`{variable}` starts with `{}`, not `http` or `https`", scheme.escape_debug())]
    Scheme {
        /// The variable.
        variable: &'static str,
        /// How it starts.
        scheme: String,
    },
    /// A header that is none. Its value may be a secret: it is not shown.
    #[error("entry {entry} of `{variable}` is no `name=value`")]
    Header {
        /// The variable.
        variable: &'static str,
        /// Which, counted from one.
        entry: usize,
    },
    /// A time that is none.
    #[error("`{variable}` is `{}`, no number", value.escape_debug())]
    Timeout {
        /// The variable.
        variable: &'static str,
        /// What it says.
        value: String,
    },
    /// One of two.
    #[error("a client shows a certificate and a key: only `{0}` is set")]
    Client(&'static str),
}

impl TargetError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Disabled => Some("unset it where spans are wanted".to_owned()),
            Self::Exporter(_) => Some("`OTEL_TRACES_EXPORTER=otlp` sends them".to_owned()),
            Self::Address { .. } | Self::Scheme { .. } => {
                Some("an address is `http://HOST:PORT` or `https://HOST:PORT`".to_owned())
            }
            Self::Protocol { .. } | Self::Header { .. } | Self::Timeout { .. } | Self::Client(_) => None,
        }
    }
}

/// A variable for traces, and the one for every signal.
type Names = [&'static str; 2];

/// Where spans go: `get` tells what variables say, an empty one being not set.
pub fn target(get: impl Fn(&str) -> Option<String>, ecosystem: Ecosystem) -> Result<Target, TargetError> {
    let said = |names: Names| names.into_iter().find_map(|name| Some((name, get(name)?.trim().to_owned())));
    if get("OTEL_SDK_DISABLED").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        return Err(TargetError::Disabled);
    }
    let protocol = protocol(
        get("OTEL_TRACES_EXPORTER").as_deref(),
        said(["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]),
        ecosystem,
    )?;
    let endpoint = said(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]);
    let insecure = said(["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"]);
    let is_insecure = insecure.is_some_and(|(_, value)| value.eq_ignore_ascii_case("true"));
    let url = address(protocol, endpoint.as_ref(), is_insecure)?;
    let headers = said(["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"]);
    let timeout = said(["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]);
    let file = |names: Names| said(names).map(|(name, path)| (name, PathBuf::from(path)));
    let tls = (url.scheme() == "https").then(|| {
        let authority = file(["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"]);
        let client = client(
            file(["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"]),
            file(["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"]),
        )?;
        Ok(Certificates { authority: authority.map(|(_, path)| path), client })
    });
    Ok(Target {
        ecosystem,
        protocol,
        url,
        variable: endpoint.map(|(variable, _)| variable),
        headers: headers.map_or(Ok(Vec::new()), |(variable, text)| parse_headers(variable, &text))?,
        tls: tls.transpose()?,
        timeout: timeout
            .map_or(Ok(DEFAULT_TIMEOUT), |(variable, text)| parse_timeout(variable, &text, ecosystem))?,
    })
}

/// How spans are sent: by the exporter's name where it tells, else by the protocol, else as the ecosystem's `otlp` does.
fn protocol(
    exporters: Option<&str>,
    said: Option<(&'static str, String)>,
    ecosystem: Ecosystem,
) -> Result<Protocol, TargetError> {
    let listed = exporters.map(|text| text.split(',').map(str::trim).collect::<Vec<_>>());
    match listed.as_deref() {
        Some(names) if names.contains(&"otlp_proto_http") => return Ok(Protocol::HttpProtobuf),
        Some(names) if names.contains(&"otlp_proto_grpc") => return Ok(Protocol::Grpc),
        Some(names) if !names.contains(&"otlp") => return Err(TargetError::Exporter(names.join(","))),
        _ => {}
    }
    match said {
        Some((_, value)) if value == "grpc" => Ok(Protocol::Grpc),
        Some((_, value)) if value == "http/protobuf" => Ok(Protocol::HttpProtobuf),
        Some((variable, value)) => Err(TargetError::Protocol { variable, value }),
        None if ecosystem == Ecosystem::Python => Ok(Protocol::Grpc),
        None => Ok(Protocol::HttpProtobuf),
    }
}

/// The address that is sent to. An endpoint for every signal is the root of the path for HTTP, one for traces is all of
/// it. Without a scheme, as the gRPC exporter of Python takes it, it is with TLS unless that is ruled out.
fn address(
    protocol: Protocol,
    endpoint: Option<&(&'static str, String)>,
    is_insecure: bool,
) -> Result<Url, TargetError> {
    let (variable, text) = match (endpoint, protocol) {
        (Some((variable, text)), _) => (*variable, text.as_str()),
        (None, Protocol::Grpc) => ("", "http://localhost:4317"),
        (None, Protocol::HttpProtobuf) => ("", "http://localhost:4318"),
    };
    let whole = match (protocol, text.contains("://")) {
        (Protocol::Grpc, false) => format!("{}://{text}", if is_insecure { "http" } else { "https" }),
        _ => text.to_owned(),
    };
    let mut url = Url::parse(&whole).map_err(|source| TargetError::Address { variable, source })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(TargetError::Scheme { variable, scheme: url.scheme().to_owned() });
    }
    if protocol == Protocol::HttpProtobuf && variable != "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" {
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    Ok(url)
}

/// Entries `name=value` between commas, percent-encoded as in W3C baggage.
fn parse_headers(variable: &'static str, text: &str) -> Result<Vec<(String, String)>, TargetError> {
    let mut headers = Vec::new();
    for (index, entry) in text.split(',').enumerate().filter(|(_, entry)| !entry.trim().is_empty()) {
        let failed = || TargetError::Header { variable, entry: index + 1 };
        let (name, value) = entry.split_once('=').ok_or_else(failed)?;
        let decode = |text: &str| {
            let decoded =
                percent_encoding::percent_decode_str(text.trim()).decode_utf8().map_err(|_| failed());
            decoded.map(|text| text.trim().to_owned())
        };
        let (name, value) = (decode(name)?.to_ascii_lowercase(), decode(value)?);
        let is_name = HeaderName::from_bytes(name.as_bytes()).is_ok();
        if !is_name || HeaderValue::from_str(&value).is_err() {
            return Err(failed());
        }
        headers.push((name, value));
    }
    Ok(headers)
}

/// Seconds for the exporters of Python, milliseconds for that of Rust, as the specification has it.
fn parse_timeout(variable: &'static str, text: &str, ecosystem: Ecosystem) -> Result<Duration, TargetError> {
    let number: f64 = text.parse().map_err(|_| TargetError::Timeout { variable, value: text.to_owned() })?;
    let seconds = if ecosystem == Ecosystem::Python { number } else { number / 1e3 };
    let duration = Duration::try_from_secs_f64(seconds)
        .map_err(|_| TargetError::Timeout { variable, value: text.to_owned() })?;
    Ok(duration.clamp(Duration::from_millis(1), LONGEST_TIMEOUT))
}

/// A certificate with its key.
fn client(
    certificate: Option<(&'static str, PathBuf)>,
    key: Option<(&'static str, PathBuf)>,
) -> Result<Option<(PathBuf, PathBuf)>, TargetError> {
    match (certificate, key) {
        (Some((_, certificate)), Some((_, key))) => Ok(Some((certificate, key))),
        (Some((name, _)), None) | (None, Some((name, _))) => Err(TargetError::Client(name)),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], ecosystem: Ecosystem) -> Result<Target, TargetError> {
        let get = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        target(get, ecosystem)
    }

    #[test]
    fn the_variables_of_the_specification_lead_where_exporters_send() {
        const ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
        let http = (PROTOCOL, "http/protobuf");
        for (variables, ecosystem, expected) in [
            (&[][..], Ecosystem::Python, "grpc http://localhost:4317"),
            (&[], Ecosystem::Cargo, "http/protobuf http://localhost:4318/v1/traces"),
            (&[http], Ecosystem::Python, "http/protobuf http://localhost:4318/v1/traces"),
            (
                &[("OTEL_TRACES_EXPORTER", "console, otlp_proto_http")],
                Ecosystem::Python,
                "http/protobuf http://localhost:4318/v1/traces",
            ),
            (
                &[http, (ALL, "http://c:1/base/")],
                Ecosystem::Python,
                "http/protobuf http://c:1/base/v1/traces",
            ),
            (
                &[http, (TRACES, "http://c:1/base"), (ALL, "http://d")],
                Ecosystem::Python,
                "http/protobuf http://c:1/base",
            ),
            (&[(ALL, "https://c")], Ecosystem::Python, "grpc https://c"),
            (&[(ALL, "c:4317")], Ecosystem::Python, "grpc https://c:4317"),
            (
                &[(ALL, "c:4317"), ("OTEL_EXPORTER_OTLP_INSECURE", "True")],
                Ecosystem::Python,
                "grpc http://c:4317",
            ),
            (
                &[http, (ALL, "https://user:secret@c/x?token=secret#f")],
                Ecosystem::Cargo,
                "http/protobuf https://c/x/v1/traces",
            ),
        ] {
            let target = of(variables, ecosystem).expect("a target");
            assert_eq!(format!("{} {}", target.protocol, target.shown()), expected, "{variables:?}");
            assert_eq!(target.tls.is_some(), expected.contains("https"), "{variables:?}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_without_its_secrets() {
        for (name, value, expected) in [
            ("OTEL_SDK_DISABLED", "true", "`OTEL_SDK_DISABLED` is `true`: the SDK sends nothing"),
            ("OTEL_TRACES_EXPORTER", "none", "`OTEL_TRACES_EXPORTER` is `none`: traces do not go over OTLP"),
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/json",
                "`OTEL_EXPORTER_OTLP_PROTOCOL` is `http/json`, not `grpc` or `http/protobuf`",
            ),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://",
                "`OTEL_EXPORTER_OTLP_ENDPOINT` is no address: empty host",
            ),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "unix:///run/c",
                "`OTEL_EXPORTER_OTLP_ENDPOINT` starts with `unix`, not `http` or `https`",
            ),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                "a=b,Bearer s3cret",
                "entry 2 of `OTEL_EXPORTER_OTLP_HEADERS` is no `name=value`",
            ),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                "a=b%0d%0ac: d",
                "entry 1 of `OTEL_EXPORTER_OTLP_HEADERS` is no `name=value`",
            ),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "`OTEL_EXPORTER_OTLP_TIMEOUT` is `10s`, no number"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1", "`OTEL_EXPORTER_OTLP_TIMEOUT` is `-1`, no number"),
        ] {
            let error = of(&[(name, value)], Ecosystem::Python).expect_err("no target");
            assert_eq!(error.to_string(), expected);
        }
        let half = [("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c"), ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k.pem")];
        let error = of(&half, Ecosystem::Python).expect_err("no target");
        assert_eq!(error, TargetError::Client("OTEL_EXPORTER_OTLP_CLIENT_KEY"));
    }

    #[test]
    fn headers_and_times_are_read_as_the_exporter_reads_them() {
        let variables = [
            ("OTEL_EXPORTER_OTLP_HEADERS", " Authorization = Basic%20abc=, x-scope=a ,"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2.5"),
        ];
        let python = of(&variables, Ecosystem::Python).expect("a target");
        let expected = [("authorization", "Basic abc="), ("x-scope", "a")];
        assert_eq!(python.headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(python.timeout, Duration::from_millis(2500));
        let rust = of(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "2500")], Ecosystem::Cargo).expect("a target");
        assert_eq!(rust.timeout, Duration::from_millis(2500));
    }
}
