//! Spans sent to servers of the test's own.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

use super::*;
use crate::ecosystem::Ecosystem;

/// A server for one connection after another; gives what it heard on each.
fn serve(answers: Vec<Vec<u8>>) -> (SocketAddr, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = thread::spawn(move || {
        let answer = |answer: Vec<u8>| {
            let (mut stream, _) = listener.accept().expect("a connection");
            hear(&mut stream, &answer)
        };
        answers.into_iter().map(answer).collect()
    });
    (address, heard)
}

/// Reads a request whole, and answers. A connection that asks nothing gets nothing.
fn hear(stream: &mut TcpStream, answer: &[u8]) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut part) {
        heard.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&heard).into_owned();
        let is_http2 = text.starts_with("PRI * HTTP/2.0");
        let length = text
            .to_ascii_lowercase()
            .split_once("content-length: ")
            .and_then(|(_, rest)| rest.lines().next()?.trim().parse::<usize>().ok());
        let end = heard.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let is_whole = end.zip(length).is_some_and(|(end, length)| heard.len() >= end + 4 + length);
        if is_http2 || is_whole {
            stream.write_all(answer).expect("an answer");
            let _ = stream.shutdown(Shutdown::Write);
            break;
        }
    }
    heard
}

fn http(status: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{head}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn to(address: SocketAddr, protocol: &'static str, more: &[(&str, &str)]) -> Target {
    let endpoint = format!("http://{address}");
    let mut variables =
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
    variables.push(("OTEL_EXPORTER_OTLP_TIMEOUT", "5"));
    variables.extend_from_slice(more);
    let get =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    target(get, Ecosystem::Python).expect("a target")
}

/// What the failure says, and its hint.
fn told(journey: &Journey, target: &Target) -> (String, String) {
    let (step, error) = journey.failure.as_ref().expect("a failure");
    (format!("{step}: {error}"), error.hint(target).unwrap_or_default())
}

#[test]
fn a_span_goes_over_http_with_its_headers() {
    let (address, heard) =
        serve(vec![Vec::new(), http("200 OK", "Content-Type: application/x-protobuf\r\n", b"")]);
    let target = to(address, "http/protobuf", &[("OTEL_EXPORTER_OTLP_HEADERS", "x-scope=tenant%201")]);
    let journey = send(&target);
    assert!(journey.failure.is_none(), "{journey:?}");
    let names: Vec<_> = journey.steps.iter().map(|step| step.name).collect();
    assert_eq!(names, ["resolve", "connect", "send"]);
    let heard = heard.join().expect("a server").pop().expect("a request");
    let text = String::from_utf8_lossy(&heard).to_ascii_lowercase();
    assert!(text.starts_with("post /v1/traces http/1.1\r\n"), "{text}");
    for line in ["content-type: application/x-protobuf\r\n", "x-scope: tenant 1\r\n"] {
        assert!(text.contains(line), "{text}");
    }
    let id: Vec<u8> = (0..16)
        .map(|at| u8::from_str_radix(&journey.trace_id[2 * at..2 * at + 2], 16).expect("digits"))
        .collect();
    assert!(heard.windows(16).any(|bytes| bytes == id), "the trace is in the request");
}

#[test]
fn every_answer_but_the_right_one_is_told() {
    let protobuf = "Content-Type: application/x-protobuf\r\n";
    // A partial success: one span rejected, "full".
    let rejected = b"\x0a\x08\x08\x01\x12\x04full";
    for (answer, expected, hint) in [
        (
            http("404 Not Found", "", b"<h1>none</h1>"),
            "send: the server answered with HTTP status 404: <h1>none</h1>",
            "/v1/traces",
        ),
        (
            http("401 Unauthorized", protobuf, b"\x12\x06no key"),
            "send: the server answered with HTTP status 401: no key",
            "OTEL_EXPORTER_OTLP_HEADERS",
        ),
        (
            http("301 Moved", "Location: https://c/\r\n", b""),
            "send: the server answered with HTTP status 301: it leads to https://c/",
            "",
        ),
        (http("200 OK", protobuf, rejected), "send: the server rejected the span: full", ""),
        (
            http("200 OK", "Content-Type: text/html\r\n", b"<html>welcome\x1b[2J</html>"),
            "send: the answer is not one of OTLP: <html>welcome",
            "",
        ),
        (http("200 OK", protobuf, b"\xff\xff"), "send: the answer is not one of OTLP: ", ""),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00".to_vec(), "send: no answer over HTTP", "4318"),
    ] {
        let (address, _) = serve(vec![Vec::new(), answer]);
        let target = to(address, "http/protobuf", &[]);
        let (said, advice) = told(&send(&target), &target);
        assert!(said.starts_with(expected), "{said}");
        assert!(advice.contains(hint), "{advice}");
    }
}

#[test]
fn what_is_no_grpc_server_is_told() {
    let (address, _) = serve(vec![http("400 Bad Request", "", b"")]);
    let target = to(address, "grpc", &[]);
    let (said, hint) = told(&send(&target), &target);
    assert_eq!(said, "send: the server does not answer with HTTP/2");
    assert!(hint.contains("4317"), "{hint}");
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_longer_than_the_exporter_would() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    for protocol in ["grpc", "http/protobuf"] {
        let target = to(address, protocol, &[]);
        let target = Target { timeout: std::time::Duration::from_millis(50), ..target };
        let (said, _) = told(&send(&target), &target);
        assert_eq!(said, "send: no answer within 0.05 s", "{protocol}");
    }
}

#[test]
fn nobody_there_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let target = to(address, "grpc", &[]);
    let (said, hint) = told(&send(&target), &target);
    assert!(said.starts_with(&format!("connect: {address}: ")), "{said}");
    assert!(hint.contains("is a collector running here?"), "{hint}");
}

mod grpc {
    //! A server that speaks gRPC, by the library's other half.

    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use h2::server;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::*;

    struct Blocking(TcpStream);

    impl AsyncRead for Blocking {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            match self.0.read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    Poll::Ready(Ok(()))
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            }
        }
    }

    impl AsyncWrite for Blocking {
        fn poll_write(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            Poll::Ready(self.0.write(bytes))
        }

        fn poll_flush(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Answers one call with these trailers; gives its path, its headers and its message.
    fn serve(trailers: &'static [(&'static str, &'static str)]) -> (SocketAddr, JoinHandle<(String, Bytes)>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            stream.set_nonblocking(true).expect("a stream");
            run(async move {
                let mut connection = server::handshake(Blocking(stream)).await.expect("HTTP/2");
                let (request, mut respond) =
                    connection.accept().await.expect("a request").expect("a request");
                let (head, mut body) = request.into_parts();
                let message = std::cell::RefCell::new(Vec::new());
                let answer = async {
                    while let Some(part) = body.data().await {
                        message.borrow_mut().extend_from_slice(&part.expect("a part"));
                    }
                    let response = ureq::http::Response::builder().header("content-type", "application/grpc");
                    let response = response.body(()).expect("a response");
                    let mut stream = respond.send_response(response, false).expect("a stream");
                    stream.send_data(Bytes::from_static(b"\0\0\0\0\0"), false).expect("a message");
                    let fields = trailers.iter().map(|(name, value)| {
                        let name = ureq::http::HeaderName::from_static(name);
                        (name, ureq::http::HeaderValue::from_static(value))
                    });
                    stream.send_trailers(fields.collect()).expect("trailers");
                };
                let mut answer = std::pin::pin!(answer);
                let mut is_answered = false;
                // Until the client has gone.
                std::future::poll_fn(|context| {
                    if !is_answered {
                        is_answered = answer.as_mut().poll(context).is_ready();
                    }
                    connection.poll_closed(context).map(|_| ())
                })
                .await;
                (format!("{} {:?}", head.uri.path(), head.headers), Bytes::copy_from_slice(&message.borrow()))
            })
        });
        (address, heard)
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return value;
            }
            thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    #[test]
    fn a_span_goes_over_grpc_with_its_headers() {
        let (address, heard) = serve(&[("grpc-status", "0")]);
        let target = to(address, "grpc", &[("OTEL_EXPORTER_OTLP_HEADERS", "X-Key=k")]);
        let journey = send(&target);
        assert!(journey.failure.is_none(), "{journey:?}");
        let (said, message) = heard.join().expect("a server");
        assert!(said.starts_with("/opentelemetry.proto.collector.trace.v1.TraceService/Export "), "{said}");
        for part in ["\"x-key\": \"k\"", "\"te\": \"trailers\"", "\"content-type\": \"application/grpc\""] {
            assert!(said.contains(part), "{said}");
        }
        let length = u32::from_be_bytes(message[1..5].try_into().expect("four bytes"));
        assert_eq!((message[0], length as usize), (0, message.len() - 5));
    }

    #[test]
    fn a_refusal_over_grpc_is_told() {
        for (trailers, expected, hint) in [
            (
                &[("grpc-status", "16"), ("grpc-message", "no%20key")][..],
                "send: the server answered with gRPC status 16 (UNAUTHENTICATED): no key",
                "OTEL_EXPORTER_OTLP_HEADERS",
            ),
            (
                &[("grpc-status", "12")],
                "send: the server answered with gRPC status 12 (UNIMPLEMENTED)",
                "no OTLP receiver",
            ),
            (
                &[("grpc-status", "14")],
                "send: the server answered with gRPC status 14 (UNAVAILABLE)",
                "GRPC_TRACE",
            ),
            (&[("x", "y")], "send: the answer is not one of OTLP: it has no `grpc-status`", ""),
        ] {
            let (address, _) = serve(trailers);
            let target = to(address, "grpc", &[]);
            let (said, advice) = told(&send(&target), &target);
            assert_eq!(said, expected);
            assert!(advice.contains(hint), "{advice}");
        }
    }
}
