//! Why a step on a span's way failed.

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

use thiserror::Error;

use super::target::{Protocol, Target};
use crate::ecosystem::Ecosystem;

/// Why a step failed.
#[derive(Debug, Error)]
pub enum StepError {
    /// The host has no address.
    #[error("`{}` cannot be resolved", host.escape_debug())]
    Resolve {
        /// The host.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// The resolver knows the host, and no address of it.
    #[error("`{}` has no address", .0.escape_debug())]
    NoAddress(String),
    /// No address of the host takes a connection.
    #[error("{address}: {source}")]
    Connect {
        /// The last that was tried.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Certificates cannot be read.
    #[error("failed to read certificates from `{}`", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No TLS with such a configuration.
    #[error("TLS cannot be set up")]
    Setup(#[source] Box<rustls::Error>),
    /// No agreement on TLS.
    #[error("no TLS with the server")]
    Tls(#[source] io::Error),
    /// A server that does not agree on HTTP/2.
    #[error("the server does not agree on HTTP/2, which gRPC needs")]
    NoHttp2,
    /// The connection does not carry HTTP/2.
    #[error("the server does not answer with HTTP/2")]
    Http2(#[source] Box<h2::Error>),
    /// The connection does not carry HTTP.
    #[error("no answer over HTTP")]
    Http(#[source] Box<ureq::Error>),
    /// The system refuses.
    #[error("the connection cannot be used")]
    Io(#[source] io::Error),
    /// It takes longer than the exporter would wait.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Late(Duration),
    /// The server refuses.
    #[error("the server answered with HTTP status {status}{}", told(message))]
    Status {
        /// The status.
        status: u16,
        /// What it says; empty if nothing.
        message: String,
    },
    /// The server refuses.
    #[error("the server answered with gRPC status {code} ({}){}", grpc_name(*code), told(message))]
    Grpc {
        /// The status.
        code: u32,
        /// What it says; empty if nothing.
        message: String,
    },
    /// The server took the request, and not the span.
    #[error("the server rejected the span{}", told(.0))]
    Rejected(String),
    /// The server answers with something else than an exporter understands.
    #[error("the answer is not one of OTLP: {0}")]
    Answer(String),
}

impl StepError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self, target: &Target) -> Option<String> {
        let is_with_server = !matches!(
            self,
            Self::Resolve { .. } | Self::NoAddress(_) | Self::Certificates { .. } | Self::Setup(_)
        );
        let more = (target.protocol == Protocol::Grpc && is_with_server).then(|| debugging(target.ecosystem));
        let parts = [self.cure(target), more].into_iter().flatten().collect::<Vec<_>>();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// What mends it most often.
    fn cure(&self, target: &Target) -> Option<&'static str> {
        let is_local = matches!(target.host(), "localhost" | "127.0.0.1" | "::1");
        Some(match self {
            Self::Resolve { .. } | Self::NoAddress(_) => {
                "the name must be known where the application runs: a service of Compose or Kubernetes has one only \
                 inside its network"
            }
            Self::Connect { .. } if is_local => {
                "is a collector running here? Inside a container `localhost` is the container itself"
            }
            Self::Connect { .. } => {
                "is the collector running, and does every firewall let this machine through?"
            }
            Self::Certificates { .. } | Self::Setup(_) => {
                "the variables `OTEL_EXPORTER_OTLP_…CERTIFICATE` and `…CLIENT_KEY` name files in PEM form"
            }
            Self::Tls(error) if is_authority(error) => {
                "the server shows an authority's certificate as its own: rustls, by which this was tried, takes none, \
                 OpenSSL and with it the exporters of Python do"
            }
            Self::Tls(_) => {
                "a server without TLS has an `http://` endpoint; an authority of one's own is named by \
                 `OTEL_EXPORTER_OTLP_CERTIFICATE`"
            }
            Self::NoHttp2 | Self::Http2(_) if target.tls.is_none() => {
                "gRPC has a port of its own, 4317 by default: 4318 is for `http/protobuf`; a server with TLS has an \
                 `https://` endpoint"
            }
            Self::NoHttp2 | Self::Http2(_) => {
                "gRPC has a port of its own, 4317 by default: 4318 is for `http/protobuf`"
            }
            Self::Http(_) => {
                "`http/protobuf` has a port of its own, 4318 by default: 4317 is for gRPC; a server with TLS has an \
                 `https://` endpoint"
            }
            Self::Late(_) => "does something in between swallow it?",
            Self::Status { status: 404 | 405, .. } => {
                "collectors take traces at `/v1/traces`; an endpoint for traces alone is taken as it is"
            }
            Self::Status { status: 401 | 403, .. } | Self::Grpc { code: 7 | 16, .. } => {
                "credentials go into `OTEL_EXPORTER_OTLP_HEADERS`, as `name=value`"
            }
            Self::Grpc { code: 12, .. } => "the server has no OTLP receiver for traces at this port",
            Self::Status { .. } | Self::Grpc { .. } | Self::Rejected(_) | Self::Answer(_) | Self::Io(_) => {
                return None;
            }
        })
    }
}

/// Whether a server was refused because its certificate is an authority's.
fn is_authority(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    // The platform's verifier and webpki both say so, and only in words.
    error.is_some_and(|error| error.to_string().contains("CaUsedAsEndEntity"))
}

/// How to see more of what the application's gRPC does.
fn debugging(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Python => {
            "in the application, `GRPC_VERBOSITY=debug` with `GRPC_TRACE=http,call_error,connectivity_state` shows more"
        }
        Ecosystem::Cargo => "in the application, `RUST_LOG=h2=debug,tonic=debug` shows more",
    }
}

/// What a server says, behind a colon.
fn told(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {}", message.escape_debug()) }
}

/// The name of a status. Source: "Status codes and their use in gRPC".
fn grpc_name(code: u32) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    NAMES.get(code as usize).copied().unwrap_or("unknown")
}
