//! Propagators, by the names that `OTEL_PROPAGATORS` takes, and the distributions that bring them.
//!
//! Source: the entry points `opentelemetry_propagator` of the distributions.

use pep440_rs::Version;

use crate::{
    install::python::{Bound, Wanted},
    package::PackageName,
    registry::python::Head,
};

/// A way in which a trace is carried from one process to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Propagator {
    /// That of the W3C.
    TraceContext,
    /// That of the W3C, for what is carried besides.
    Baggage,
    /// Zipkin's, in one header.
    B3,
    /// Zipkin's, in several headers.
    B3Multi,
    /// Jaeger's.
    Jaeger,
    /// That of AWS X-Ray.
    Xray,
    /// That of OT Trace.
    OtTrace,
}

impl Propagator {
    /// The distribution that brings it, in which versions; `None` for those of the API itself.
    #[must_use]
    pub(super) fn wanted(self, head: &Head) -> Option<Wanted> {
        let exactly = |version: &Version| Bound::Exactly(version.clone());
        let (name, bound) = match self {
            Self::TraceContext | Self::Baggage => return None,
            Self::B3 | Self::B3Multi => ("opentelemetry-propagator-b3", exactly(&head.core)),
            Self::Jaeger => ("opentelemetry-propagator-jaeger", exactly(&head.core)),
            Self::OtTrace => ("opentelemetry-propagator-ot-trace", exactly(&head.version)),
            // Has versions of its own, and asks for no more than some version of the API.
            Self::Xray => ("opentelemetry-propagator-aws-xray", Bound::Any),
        };
        let name = PackageName::of_distribution(name).expect("the name of a distribution");
        Some(Wanted { name, bound })
    }

    /// The one of that name: as `OTEL_PROPAGATORS` takes it, or the distribution is called.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "tracecontext" => Self::TraceContext,
            "baggage" => Self::Baggage,
            "b3" => Self::B3,
            "b3multi" => Self::B3Multi,
            "jaeger" => Self::Jaeger,
            "xray" | "aws-xray" => Self::Xray,
            "ottrace" | "ot-trace" => Self::OtTrace,
            _ => return None,
        })
    }

    /// Its name in `OTEL_PROPAGATORS`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::B3Multi => "b3multi",
            Self::Jaeger => "jaeger",
            Self::Xray => "xray",
            Self::OtTrace => "ottrace",
        }
    }
}
