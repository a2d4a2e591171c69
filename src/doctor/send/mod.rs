//! `--send`: one span, on the way that the application's would take, and what came of it.
//!
//! ```text
//! Env -> Target -> resolve -> connect -> TLS -> HTTP or gRPC -> Journey -> render
//! ```

mod connection;
mod error;
mod grpc;
mod http;
mod journey;
mod message;
mod step;
mod target;
#[cfg(test)]
mod tests;
mod tls;

use self::{
    connection::Stream,
    journey::{Recorder, Told},
    message::TestSpan,
};
pub use self::{
    error::SendError,
    journey::{Journey, Step},
    step::StepError,
    target::{Protocol, Target, TargetError, target},
};

/// Sends a span to where the target says, and tells each step up to the first that failed.
#[must_use]
pub fn send(target: &Target) -> Journey {
    let span = TestSpan::new();
    let mut recorder = Recorder::new(&span);
    let failure = travel(target, &span, &mut recorder).err();
    recorder.end(failure)
}

/// The way of one span.
fn travel(target: &Target, span: &TestSpan, recorder: &mut Recorder) -> Result<(), StepError> {
    if target.protocol == Protocol::HttpProtobuf
        && let Some(proxy) = http::proxy(target)
    {
        recorder.step("proxy", || Ok(Told { value: (), detail: proxy }))?;
        return recorder.step("send", || http::export(target, span));
    }
    let addresses = recorder.step("resolve", || connection::resolve(target))?;
    let stream = recorder.step("connect", || connection::connect(target, &addresses))?;
    let stream = match &target.tls {
        Some(certificates) => recorder.step("TLS", || tls::handshake(target, certificates, stream))?,
        None => Stream::Plain(stream),
    };
    match target.protocol {
        Protocol::Grpc => recorder.step("send", || grpc::export(target, stream, span)),
        Protocol::HttpProtobuf => {
            // The client makes its own connection: this one has shown what it shows.
            drop(stream);
            recorder.step("send", || http::export(target, span))
        }
    }
}
