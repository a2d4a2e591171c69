//! The messages of OTLP that one span takes.
//!
//! Source: `opentelemetry-proto` 1.x, `collector/trace/v1/trace_service.proto` and what it imports; fields that are not
//! set are left out. A test reads them back as the schema has them.

use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, SystemTime},
};

use prost::Message;

/// The name of the span.
pub(super) const SPAN_NAME: &str = "otel-bootstrap doctor";
/// What the span says of its service.
pub(super) const SERVICE_NAME: &str = "otel-bootstrap";

/// How long the span says to have taken.
const LENGTH: Duration = Duration::from_millis(1);

/// A span to be found again.
pub(super) struct TestSpan {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    end: SystemTime,
}

impl TestSpan {
    /// A span that ends now, in a trace of its own.
    pub(super) fn new() -> Self {
        // The standard library's hasher is seeded at random; ids must differ, not be secret.
        let random = || RandomState::new().hash_one(SystemTime::now()).max(1).to_be_bytes();
        let (high, low) = (random(), random());
        let mut trace_id = [0; 16];
        trace_id[..8].copy_from_slice(&high);
        trace_id[8..].copy_from_slice(&low);
        Self { trace_id, span_id: random(), end: SystemTime::now() }
    }

    /// The id of its trace, in hexadecimal digits.
    pub(super) fn trace_id(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.trace_id))
    }

    /// The request that exports it.
    pub(super) fn request(&self) -> Vec<u8> {
        let text = |key: &str, value: &str| KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { string_value: Some(value.to_owned()) }),
        };
        let nanoseconds = |time: SystemTime| {
            let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
        };
        let span = Span {
            trace_id: self.trace_id.to_vec(),
            span_id: self.span_id.to_vec(),
            name: SPAN_NAME.to_owned(),
            kind: KIND_INTERNAL,
            start_time_unix_nano: nanoseconds(self.end - LENGTH),
            end_time_unix_nano: nanoseconds(self.end),
        };
        let scope = Scope { name: SERVICE_NAME.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
        let resource = Resource { attributes: vec![text("service.name", SERVICE_NAME)] };
        let scope_spans = vec![ScopeSpans { scope: Some(scope), spans: vec![span] }];
        let resource_spans = vec![ResourceSpans { resource: Some(resource), scope_spans }];
        ExportRequest { resource_spans }.encode_to_vec()
    }
}

/// `SPAN_KIND_INTERNAL`.
const KIND_INTERNAL: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct ExportRequest {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(string, optional, tag = "1")]
    string_value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[expect(clippy::struct_field_names, reason = "the schema names it so")]
#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
}

/// What a server answers to an export.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExportResponse {
    /// What it did not take.
    #[prost(message, optional, tag = "1")]
    pub(super) partial_success: Option<PartialSuccess>,
}

/// What a server did not take.
#[derive(Clone, PartialEq, Message)]
pub(super) struct PartialSuccess {
    /// How many spans.
    #[prost(int64, tag = "1")]
    pub(super) rejected_spans: i64,
    /// Why.
    #[prost(string, tag = "2")]
    pub(super) error_message: String,
}

/// Why a server refuses a request over HTTP: `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    /// Why, for people.
    #[prost(string, tag = "2")]
    pub(super) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_are_never_zero() {
        let (one, other) = (TestSpan::new(), TestSpan::new());
        assert_ne!(one.trace_id(), other.trace_id());
        assert_eq!(one.trace_id().len(), 32);
        assert_ne!(one.span_id, [0; 8]);
    }
}
