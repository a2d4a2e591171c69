//! `-a operator`.

use insta::assert_snapshot;

use crate::harness::Project;

/// A workload with these annotations of its pods and this environment of its container.
fn deployment(annotations: &str, environment: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  template:\n    metadata:\n      \
         annotations: {{{annotations}}}\n    spec:\n      containers:\n      - name: web\n        image: shop\n        \
         env: [{environment}]\n"
    )
}

const INJECT: &str = "instrumentation.opentelemetry.io/inject-python: 'true'";

#[test]
fn what_the_operator_would_break_is_told_before() {
    let project = Project::python(&["flask 3.1.0"])
        .file("Dockerfile", "FROM python:3.12\nENV PYTHONPATH=/app OTEL_EXPORTER_OTLP_PROTOCOL=grpc\n")
        .file("deploy.yaml", deployment(INJECT, "{name: OTEL_EXPORTER_OTLP_PROTOCOL, value: grpc}"));
    assert_snapshot!(project.run("-a operator"), @"
    exit 1
    --- stdout
    error[operator.pythonpath.image]: the image sets `PYTHONPATH`, and the operator replaces it in the container
      at Dockerfile:2
      fix: set `PYTHONPATH` in the manifest too, to `/app`

    error[operator.protocol.grpc]: container `web` sets `OTEL_EXPORTER_OTLP_PROTOCOL=grpc`, and what is injected exports over HTTP only: no exporter is found
      at deploy.yaml:13
      fix: take `OTEL_EXPORTER_OTLP_PROTOCOL` out, or set it to `http/protobuf`, with port 4318
    --- stderr
    2 errors in 2 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.pythonpath.image` tells more
    ");
    let project = project.file("deploy.yaml", deployment(INJECT, "{name: PYTHONPATH, valueFrom: {}}"));
    assert_snapshot!(project.run("-a operator --workload deploy.yaml --format github"), @"
    exit 1
    --- stdout
    ::error file=deploy.yaml,line=13,title=operator.pythonpath.source::container `web` takes `PYTHONPATH` from elsewhere (`valueFrom`): the operator leaves it out; write the value of `PYTHONPATH` into the manifest, with `value`
    --- stderr
    1 error in 2 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.pythonpath.source` tells more
    ");
    let project = project.file("deploy.yaml", deployment(INJECT, "{name: PYTHONPATH, value: /app}"));
    assert_snapshot!(project.run("-a operator"), @"
    exit 0
    --- stderr
    nothing found in 2 distributions in `.venv` and 2 files
    ");
}

#[test]
fn options_of_the_operator_belong_to_it() {
    let project = Project::python(&["flask 3.1.0"]);
    assert_snapshot!(project.run("-a check --workload x --libc musl"), @"
    exit 2
    --- stderr
    error: `--workload` goes with `--action operator` only
    error: `--libc` goes with `--action operator` only
    ");
    assert_snapshot!(project.run("-a operator --format toml"), @"
    exit 2
    --- stderr
    error: `--format toml` does not go with `--action operator`
    hint: use `table`, `json`, `github` or `sarif`
    ");
    assert_snapshot!(project.file("x", "a: {{ b }}\nc: [").run("-a operator --workload x"), @"
    exit 1
    --- stderr
    error: `x` is no YAML that can be read
    hint: templates must be rendered first: give what `helm template` or `kustomize build` prints
    ");
}
