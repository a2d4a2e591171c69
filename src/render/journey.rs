//! What came of a span.

use serde::Serialize;

use super::{
    grid::Grid,
    json::{SCHEMA, document},
};
use crate::{
    doctor::send::{Journey, Protocol, Step, Target},
    error::with_causes,
};

/// The steps for people.
#[must_use]
pub fn journey(target: &Target, journey: &Journey, width: Option<usize>) -> String {
    let mut grid = Grid::new(&["STEP", "TIME", "WHAT CAME OF IT"]);
    let by = target.variable.map_or("the default".to_owned(), |variable| format!("by `{variable}`"));
    let address = format!("`{}` ({}), {by}", target.shown(), target.protocol);
    grid.row(&["endpoint".to_owned(), String::new(), address]);
    for step in &journey.steps {
        let time = format!("{:.1} ms", step.took.as_secs_f64() * 1e3);
        grid.row(&[step.name.to_owned(), time, step.detail.clone()]);
    }
    let (end, what) = match &journey.failure {
        None => ("arrived", format!("look for trace {}", journey.trace_id)),
        // The error itself is told on stderr.
        Some((step, _)) => (*step, "failed".to_owned()),
    };
    grid.row(&[end.to_owned(), String::new(), what]);
    grid.render(width)
}

/// The steps for programs.
#[must_use]
pub fn journey_json(target: &Target, journey: &Journey) -> String {
    let failure = journey.failure.as_ref().map(|(step, error)| FailureForm {
        step,
        message: with_causes(error),
        hint: error.hint(target),
    });
    let form = JourneyForm {
        schema: SCHEMA,
        endpoint: target.shown(),
        variable: target.variable,
        protocol: target.protocol,
        trace_id: &journey.trace_id,
        arrived: journey.failure.is_none(),
        steps: &journey.steps,
        failure,
    };
    document(&form)
}

#[derive(Serialize)]
struct JourneyForm<'a> {
    schema: u32,
    endpoint: String,
    variable: Option<&'static str>,
    protocol: Protocol,
    trace_id: &'a str,
    arrived: bool,
    steps: &'a [Step],
    failure: Option<FailureForm<'a>>,
}

#[derive(Serialize)]
struct FailureForm<'a> {
    step: &'a str,
    message: String,
    hint: Option<String>,
}
