//! `-a doctor --pid`.

use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;

use crate::harness::Project;

/// A process that ends with the test.
struct Running(Child);

impl Running {
    /// Something that waits, with these variables and an argument that it does not look at.
    fn new(variables: &[(&str, &str)], argument: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "read x; exit 0", "sh", argument]).env_clear().envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).current_dir("/");
        Self(command.spawn().expect("a shell starts"))
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// What is told in this form of a process, whose number is `N`.
fn told(project: &Project, line: &str, process: &Running) -> String {
    let number = process.pid().to_string();
    let text = project.run(&format!("{line} --pid {number}"));
    let text = text.replace(&format!("process {number}"), "process N");
    let lines = text.lines().filter(|line| {
        // What shells there are, and who runs the tests, differs.
        !["number ", "program ", "parent ", "libc "].iter().any(|start| line.starts_with(start))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_process_of_another_language_is_told_with_what_its_variables_say() {
    let process = Running::new(
        &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")],
        "x",
    );
    assert_snapshot!(told(&Project::empty(), "-a doctor", &process), @"
    exit 1
    --- stdout
    PROCESS    WHAT IT IS
    variables  `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_EXPORTER_OTLP_PROTOCOL=grpc`

    warning[process.otlp.port]: `OTEL_EXPORTER_OTLP_ENDPOINT` goes to port 4318, and the protocol is `grpc`, which is taken at 4317
      at process N/OTEL_EXPORTER_OTLP_ENDPOINT
      fix: take port 4317, or another protocol
    --- stderr
    1 warning in process N
    hint: `otel-bootstrap doctor explain process.otlp.port` tells more
    ");
    assert_snapshot!(told(&Project::empty(), "doctor --format github -q", &process), @"
    exit 1
    --- stdout
    ::warning file=process N/OTEL_EXPORTER_OTLP_ENDPOINT,title=process.otlp.port::`OTEL_EXPORTER_OTLP_ENDPOINT` goes to port 4318, and the protocol is `grpc`, which is taken at 4317; take port 4317, or another protocol
    ");
}

#[test]
fn without_opentelemetry_nothing_is_found() {
    let process = Running::new(&[("SECRET", "x")], "x");
    assert_snapshot!(told(&Project::empty(), "doctor", &process), @"
    exit 0
    --- stdout
    PROCESS  WHAT IT IS
    --- stderr
    there is no OpenTelemetry in process N to look at
    nothing found in process N
    ");
}

#[test]
fn a_project_is_looked_at_beside_it() {
    let process = Running::new(&[], "x");
    let project = Project::python(&["opentelemetry-sdk 1.39.1"]).file(".env", "OTEL_SDK_DISABLED=1\n");
    assert_snapshot!(told(&project, "-a doctor .", &process), @"
    exit 1
    --- stdout
    PROCESS  WHAT IT IS

    warning[python.variable.invalid]: `OTEL_SDK_DISABLED=1` is neither `true` nor `false`, and counts as `false`
      at .env:1
      fix: write `true` or `false`
    --- stderr
    1 warning in process N, 2 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain python.variable.invalid` tells more
    ");
    // Without its path it is not.
    assert!(told(&project, "-a doctor", &process).starts_with("exit 0\n"));
}

#[test]
fn what_is_no_process_is_refused() {
    assert_snapshot!(Project::empty().run("-a doctor --pid 4194999"), @"
    exit 1
    --- stderr
    error: there is no process 4194999
    hint: `ps -e` lists what runs; what runs in a container has another number in there than outside, and only its own user may see it where `/proc` hides processes
    ");
    assert_snapshot!(Project::empty().run("-a check --pid 1"), @"
    exit 2
    --- stderr
    error: `--pid` goes with `--action doctor` only
    ");
    assert!(Project::empty().run("-a doctor --pid self").starts_with("exit 2\n"));
    assert!(Project::empty().run("-a doctor --pid 1 --send").starts_with("exit 2\n"));
}

#[test]
fn no_secret_is_told_in_any_form() {
    let secret = "hunter2";
    let process = Running::new(
        &[
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer hunter2,hunter2"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hunter2@localhost:4317/hunter2?key=hunter2"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "hunter2"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://hunter2:9411/"),
            ("OTEL_RESOURCE_ATTRIBUTES", "hunter2"),
            ("OTEL_SDK_DISABLED", "hunter2"),
            ("OTEL_SERVICE_NAME", "\"hunter2\""),
            ("OTEL_TOKEN_OF_SOMEBODY", "hunter2"),
            ("OTEL_TRACE_EXPORTER", "hunter2"),
            ("DATABASE_URL", "postgres://me:hunter2@localhost/x"),
            ("PASSWORD", "hunter2"),
        ],
        "--password=hunter2",
    );
    let project = Project::python(&["opentelemetry-sdk 1.39.1"]);
    for format in ["table", "json", "github", "sarif"] {
        for path in ["", "."] {
            let line = format!("-a doctor -v {path} --format {format} --pid {}", process.pid());
            let told = project.run(&line);
            assert!(told.starts_with("exit 1\n") && told.contains("OTEL_TRACE_EXPORTER"), "{line}: {told}");
            assert!(!told.contains(secret), "{line}: {told}");
        }
    }
}
