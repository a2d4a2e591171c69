//! The export over gRPC. Source: "gRPC over HTTP2" and the OTLP specification, "OTLP/gRPC".

use std::{
    future::{Future, poll_fn},
    io::{self, Read, Write},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use bytes::{BufMut, Bytes, BytesMut};
use h2::client;
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, header};

use super::{
    connection::Stream,
    http::taken,
    journey::Told,
    message::{ExportResponse, TestSpan},
    step::StepError,
    target::Target,
};

/// The method that takes traces.
const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// The most that is read of an answer, in bytes.
const LARGEST_ANSWER: usize = 64 << 10;
/// How long is waited between looks at the connection.
const PAUSE: Duration = Duration::from_millis(1);

/// Sends the span.
pub(super) fn export(target: &Target, stream: Stream, span: &TestSpan) -> Result<Told<()>, StepError> {
    stream.set_nonblocking().map_err(StepError::Io)?;
    wait(call(target, Watched(stream), span), target.timeout)?
}

/// Calls the method.
async fn call(target: &Target, stream: Watched, span: &TestSpan) -> Result<Told<()>, StepError> {
    let failed = |error| StepError::Http2(Box::new(error));
    let (requests, connection) = client::handshake(stream).await.map_err(failed)?;
    let mut connection = pin!(connection);
    let exchange = exchange(target, requests, span);
    let mut exchange = pin!(exchange);
    // The connection works for the request: it is looked after as long as the answer is awaited.
    let answer = poll_fn(|context| {
        let ended = connection.as_mut().poll(context);
        match (exchange.as_mut().poll(context), ended) {
            (Poll::Ready(answer), _) => Poll::Ready(answer),
            (Poll::Pending, Poll::Ready(Err(error))) => Poll::Ready(Err(failed(error))),
            (Poll::Pending, _) => Poll::Pending,
        }
    });
    answer.await
}

/// Sends the request and reads the answer.
async fn exchange(
    target: &Target,
    requests: client::SendRequest<Bytes>,
    span: &TestSpan,
) -> Result<Told<()>, StepError> {
    let failed = |error| StepError::Http2(Box::new(error));
    let mut requests = requests.ready().await.map_err(failed)?;
    let (response, mut body) = requests.send_request(request(target)?, false).map_err(failed)?;
    body.send_data(framed(&span.request()), true).map_err(failed)?;
    let response = response.await.map_err(failed)?;
    let status = response.status();
    if !status.is_success() {
        return Err(StepError::Status { status: status.as_u16(), message: String::new() });
    }
    // A refusal may come without a body: then its status is among the headers.
    let mut trailers = response.headers().clone();
    let mut body = response.into_body();
    let mut bytes = BytesMut::new();
    while let Some(part) = body.data().await {
        let part = part.map_err(failed)?;
        let _ = body.flow_control().release_capacity(part.len());
        if bytes.len() + part.len() > LARGEST_ANSWER {
            return Err(StepError::Answer(format!("larger than {LARGEST_ANSWER} bytes")));
        }
        bytes.put(part);
    }
    trailers.extend(body.trailers().await.map_err(failed)?.unwrap_or_default());
    match status_of(&trailers) {
        Some((0, _)) => {}
        Some((code, message)) => return Err(StepError::Grpc { code, message }),
        None => return Err(StepError::Answer("it has no `grpc-status`".to_owned())),
    }
    let message = bytes.get(5..).unwrap_or_default();
    let response = ExportResponse::decode(message).map_err(|error| StepError::Answer(error.to_string()))?;
    taken(response)?;
    Ok(Told { value: (), detail: "gRPC status 0 (OK)".to_owned() })
}

/// The head of the request.
fn request(target: &Target) -> Result<Request<()>, StepError> {
    let authority = target.url.authority().rsplit('@').next().unwrap_or_default();
    let address = format!("{}://{authority}{METHOD}", target.url.scheme());
    let mut request = Request::post(address)
        .header(header::CONTENT_TYPE, "application/grpc")
        .header(header::TE, "trailers")
        .header(header::USER_AGENT, crate::USER_AGENT);
    for (name, value) in &target.headers {
        let (name, value) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()));
        if let (Ok(name), Ok(value)) = (name, value) {
            request = request.header(name, value);
        }
    }
    request.body(()).map_err(|error| StepError::Answer(error.to_string()))
}

/// A message as gRPC frames it: not compressed, its length, itself.
fn framed(message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(message.len() + 5);
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    bytes.put_slice(message);
    bytes.freeze()
}

/// The status of a call and what is said about it.
fn status_of(trailers: &HeaderMap) -> Option<(u32, String)> {
    let text = |name: &str| trailers.get(name).and_then(|value| value.to_str().ok());
    let code = text("grpc-status")?.parse().ok()?;
    let message = text("grpc-message").unwrap_or_default();
    Some((code, percent_encoding::percent_decode_str(message).decode_utf8_lossy().into_owned()))
}

/// Runs a future to its end on this thread.
fn wait<T>(future: impl Future<Output = T>, timeout: Duration) -> Result<T, StepError> {
    let mut future = pin!(future);
    let start = Instant::now();
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Ok(value);
        }
        if start.elapsed() > timeout {
            return Err(StepError::Late(timeout));
        }
        thread::sleep(PAUSE);
    }
}

/// A connection that is looked at again and again, so that nobody has to be woken.
struct Watched(Stream);

/// What cannot be done now is tried at the next look.
fn later<T>(done: io::Result<T>) -> Poll<io::Result<T>> {
    match done {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
            Poll::Pending
        }
        done => Poll::Ready(done),
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self.0.read(buffer.initialize_unfilled());
        later(read.map(|count| buffer.advance(count)))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        later(self.0.write(bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        later(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}
