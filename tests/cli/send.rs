//! `-a doctor --send`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::Output,
    thread,
};

use insta::assert_snapshot;

use crate::harness::Project;

fn send(line: &str, endpoint: &str) -> (Project, Output) {
    let project = Project::python(&["flask 3.0.0"]);
    let mut command = project.command(line);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
    let output = command.output().expect("the program starts");
    (project, output)
}

/// A receiver that answers every request with this status; its address.
fn receiver(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let (mut line, mut length) = (String::new(), 0);
            while matches!(reader.read_line(&mut line), Ok(3..)) {
                let field = line.to_ascii_lowercase();
                if let Some(value) = field.strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            let mut body = vec![0; length];
            if length > 0 && reader.read_exact(&mut body).is_ok() {
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = (&stream).write_all(answer.as_bytes());
            }
        }
    });
    address
}

/// The text with times, ids and ports that are the same in every run.
fn steady(text: &str, endpoint: &str) -> String {
    let port = endpoint.rsplit(':').next().expect("a port");
    let text = text.replace(port, "PORT");
    let lines = text.lines().map(|line| {
        let words = line.split(' ').filter(|word| !word.is_empty()).map(|word| match word {
            word if word.contains('.') && word.parse::<f64>().is_ok() => "0.1",
            word if word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) => "ID",
            word => word,
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_span_that_arrives_is_told_with_every_step() {
    let endpoint = receiver("200 OK");
    let (project, output) = send("-a doctor --send", &endpoint);
    assert_snapshot!(steady(&project.told(&output), &endpoint), @"
    exit 0
    --- stdout
    STEP TIME WHAT CAME OF IT
    endpoint `http://127.0.0.1:PORT/v1/traces` (http/protobuf), by `OTEL_EXPORTER_OTLP_ENDPOINT`
    resolve 0.1 ms `127.0.0.1` is 127.0.0.1
    connect 0.1 ms 127.0.0.1:PORT
    send 0.1 ms HTTP status 200
    arrived look for trace ID
    ");
}

#[test]
fn a_span_that_is_refused_is_an_error_with_a_hint() {
    let endpoint = receiver("403 Forbidden");
    let (project, output) = send("-a doctor --send", &endpoint);
    assert_snapshot!(steady(&project.told(&output), &endpoint), @"
    exit 1
    --- stdout
    STEP TIME WHAT CAME OF IT
    endpoint `http://127.0.0.1:PORT/v1/traces` (http/protobuf), by `OTEL_EXPORTER_OTLP_ENDPOINT`
    resolve 0.1 ms `127.0.0.1` is 127.0.0.1
    connect 0.1 ms 127.0.0.1:PORT
    send failed
    --- stderr
    error: no span arrived: the step `send` failed
    Caused by: the server answered with HTTP status 403
    hint: credentials go into `OTEL_EXPORTER_OTLP_HEADERS`, as `name=value`
    ");
    let (_, output) = send("-a doctor --send --format json", &endpoint);
    assert_eq!(output.status.code(), Some(1));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document["arrived"], false);
    assert_eq!(document["failure"]["message"], "the server answered with HTTP status 403");
    assert_eq!(document["steps"].as_array().map(Vec::len), Some(2));
}

#[test]
fn where_nothing_is_sent_nothing_is_tried() {
    let project = Project::python(&["flask 3.0.0"]);
    let mut command = project.command("-a doctor --send");
    let output = command.env("OTEL_TRACES_EXPORTER", "none").output().expect("the program starts");
    assert_snapshot!(project.told(&output), @"
    exit 1
    --- stderr
    error: no span was sent
      Caused by: `OTEL_TRACES_EXPORTER` is `none`: traces do not go over OTLP
    hint: `OTEL_TRACES_EXPORTER=otlp` sends them
    ");
    assert_snapshot!(project.run("-a check --send"), @"
    exit 2
    --- stderr
    error: `--send` goes with `--action doctor` only
    ");
    assert_snapshot!(project.run("-a doctor --send --format sarif"), @"
    exit 2
    --- stderr
    error: `--format sarif` does not go with `--action doctor --send`
    hint: use `table` or `json`
    ");
}
