//! What came of a span, step by step.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::{message::TestSpan, step::StepError};

/// A step that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which.
    pub name: &'static str,
    /// What came of it.
    pub detail: String,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
}

/// What came of a span.
#[derive(Debug)]
pub struct Journey {
    /// The id of its trace, in hexadecimal digits: to be looked for.
    pub trace_id: String,
    /// The steps that were made.
    pub steps: Vec<Step>,
    /// The step that was not, and why; `None` if the span arrived.
    pub failure: Option<(&'static str, StepError)>,
}

/// What a step leads to, and what there is to tell of it.
pub(super) struct Told<T> {
    pub(super) value: T,
    pub(super) detail: String,
}

/// Takes the time of steps.
pub(super) struct Recorder {
    trace_id: String,
    steps: Vec<Step>,
    last: &'static str,
}

impl Recorder {
    pub(super) fn new(span: &TestSpan) -> Self {
        Self { trace_id: span.trace_id(), steps: Vec::new(), last: "" }
    }

    /// Makes a step.
    pub(super) fn step<T>(
        &mut self,
        name: &'static str,
        make: impl FnOnce() -> Result<Told<T>, StepError>,
    ) -> Result<T, StepError> {
        self.last = name;
        let start = Instant::now();
        let Told { value, detail } = make()?;
        self.steps.push(Step { name, detail, took: start.elapsed() });
        Ok(value)
    }

    /// The journey, ended by this.
    pub(super) fn end(self, failure: Option<StepError>) -> Journey {
        let failure = failure.map(|error| (self.last, error));
        Journey { trace_id: self.trace_id, steps: self.steps, failure }
    }
}

/// A time as JSON has it.
fn seconds<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(took.as_secs_f64())
}
