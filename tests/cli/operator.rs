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

    warning[operator.package.opentelemetry]: the application brings OpenTelemetry itself (`opentelemetry-instrumentation` 0.60b1), and the image 0.64b0 of operator 0.158.0 goes before it in other versions or beside it
      at pyproject.toml
      fix: leave one of both out: what the application brings, or the injection

    note[operator.python.compiled]: the application runs on Python 3.12, and the image 0.64b0 of operator 0.158.0 is compiled for 3.14: `charset-normalizer` and `wrapt` do without, more slowly
      at Dockerfile:1
      fix: inject a payload for the application's Python (`-a operator --payload DIR`)
    --- stderr
    2 errors, 1 warning, 1 note in 2 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.pythonpath.image` tells more
    ");
    let project = project.file("deploy.yaml", deployment(INJECT, "{name: PYTHONPATH, valueFrom: {}}"));
    assert_snapshot!(project.run("-a operator --workload deploy.yaml --format github"), @"
    exit 1
    --- stdout
    ::error file=deploy.yaml,line=13,title=operator.pythonpath.source::container `web` takes `PYTHONPATH` from elsewhere (`valueFrom`): the operator leaves it out; write the value of `PYTHONPATH` into the manifest, with `value`
    ::warning file=pyproject.toml,title=operator.package.opentelemetry::the application brings OpenTelemetry itself (`opentelemetry-instrumentation` 0.60b1), and the image 0.64b0 of operator 0.158.0 goes before it in other versions or beside it; leave one of both out: what the application brings, or the injection
    ::notice file=Dockerfile,line=1,title=operator.python.compiled::the application runs on Python 3.12, and the image 0.64b0 of operator 0.158.0 is compiled for 3.14: `charset-normalizer` and `wrapt` do without, more slowly; inject a payload for the application's Python (`-a operator --payload DIR`)
    --- stderr
    1 error, 1 warning, 1 note in 2 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.pythonpath.source` tells more
    ");
    let project = project.file("deploy.yaml", deployment(INJECT, "{name: PYTHONPATH, value: /app}"));
    assert_snapshot!(project.run("-a operator"), @"
    exit 1
    --- stdout
    warning[operator.package.opentelemetry]: the application brings OpenTelemetry itself (`opentelemetry-instrumentation` 0.60b1), and the image 0.64b0 of operator 0.158.0 goes before it in other versions or beside it
      at pyproject.toml
      fix: leave one of both out: what the application brings, or the injection

    note[operator.python.compiled]: the application runs on Python 3.12, and the image 0.64b0 of operator 0.158.0 is compiled for 3.14: `charset-normalizer` and `wrapt` do without, more slowly
      at Dockerfile:1
      fix: inject a payload for the application's Python (`-a operator --payload DIR`)
    --- stderr
    1 warning, 1 note in 2 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.package.opentelemetry` tells more
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

/// A project of Django in an image of Alpine, and its workload.
fn django() -> Project {
    Project::python(&["django 5.2.1"])
        .file("web/manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n")
        .file("Dockerfile", "FROM python:3.12-alpine\nWORKDIR /srv\nCOPY . .\nCMD [\"gunicorn\", \"-k\", \"gevent\", \"shop.wsgi\"]\n")
        .file(
            "deploy.yaml",
            "# The shop.\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop\nspec:\n  template:\n    spec:\n      \
             containers:\n        - name: web\n          image: shop:1 # ours\n",
        )
}

/// The text of the workload.
fn workload(project: &Project) -> String {
    std::fs::read_to_string(project.root().join("deploy.yaml")).expect("the workload")
}

#[test]
fn workloads_are_printed_with_what_they_need() {
    assert_snapshot!(django().run("-a operator --workload deploy.yaml --manifest workload"), @r#"
    exit 0
    --- stdout
    # The shop.
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      template:
        metadata:
          annotations:
            instrumentation.opentelemetry.io/inject-python: "true"
            instrumentation.opentelemetry.io/otel-python-platform: "musl"
        spec:
          containers:
            - name: web
              image: shop:1 # ours
              env:
                - name: DJANGO_SETTINGS_MODULE
                  value: "shop.settings"
                - name: PYTHONPATH
                  value: "/srv/web"
                - name: OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH
                  value: "patch_all"
    "#);
    assert_snapshot!(django().run("-a operator --workload deploy.yaml --manifest patch --instrumentation otel/shop"), @r#"
    exit 0
    --- stdout
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: "shop"
    spec:
      template:
        metadata:
          annotations:
            instrumentation.opentelemetry.io/inject-python: "otel/shop"
            instrumentation.opentelemetry.io/otel-python-platform: "musl"
        spec:
          containers:
            - name: "web"
              env:
                - name: DJANGO_SETTINGS_MODULE
                  value: "shop.settings"
                - name: PYTHONPATH
                  value: "/srv/web"
                - name: OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH
                  value: "patch_all"
    "#);
    assert_snapshot!(django().run("-a operator --workload deploy.yaml --manifest kustomize -q"), @r#"
    exit 0
    --- stdout
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    resources:
      - instrumentation.yaml
    patches:
      - target:
          kind: Deployment
          name: "shop"
          group: apps
        patch: |
          apiVersion: apps/v1
          kind: Deployment
          metadata:
            name: "shop"
          spec:
            template:
              metadata:
                annotations:
                  instrumentation.opentelemetry.io/inject-python: "true"
                  instrumentation.opentelemetry.io/otel-python-platform: "musl"
              spec:
                containers:
                  - name: "web"
                    env:
                      - name: DJANGO_SETTINGS_MODULE
                        value: "shop.settings"
                      - name: PYTHONPATH
                        value: "/srv/web"
                      - name: OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH
                        value: "patch_all"
    "#);
}

#[test]
fn files_are_edited_once_and_only_when_asked() {
    let project = django();
    assert_snapshot!(project.run("-a operator --workload deploy.yaml --write --dry-run"), @r#"
    exit 0
    --- stdout
    --- a/deploy.yaml
    +++ b/deploy.yaml
    @@ -5,7 +5,18 @@
       name: shop
     spec:
       template:
    +    metadata:
    +      annotations:
    +        instrumentation.opentelemetry.io/inject-python: "true"
    +        instrumentation.opentelemetry.io/otel-python-platform: "musl"
         spec:
           containers:
             - name: web
               image: shop:1 # ours
    +          env:
    +            - name: DJANGO_SETTINGS_MODULE
    +              value: "shop.settings"
    +            - name: PYTHONPATH
    +              value: "/srv/web"
    +            - name: OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH
    +              value: "patch_all"
    --- stderr
    would edit 1 file
    "#);
    let before = workload(&project);
    assert!(!before.contains("inject-python"));
    assert_snapshot!(project.run("-a operator --workload deploy.yaml --write"), @"
    exit 0
    --- stderr
    edited 1 file
    what remains: 1 warning, 1 note; the same without `--write` tells them
    ");
    let after = workload(&project);
    assert!(after.contains("image: shop:1 # ours") && after.contains("inject-python: \"true\""));
    assert_snapshot!(project.run("-a operator --workload deploy.yaml --write"), @"
    exit 0
    --- stderr
    `Deployment/shop` in `deploy.yaml` asks for it already, with `true` (line 10)
    nothing to add
    what remains: 1 warning, 1 note; the same without `--write` tells them
    ");
    assert_eq!(workload(&project), after);
}

#[test]
fn nothing_is_written_where_anything_is_wrong() {
    let project = django()
        .file("two.yaml", "kind: Pod\nmetadata: {name: two}\nspec: {containers: [{name: a}, {name: b}]}\n")
        .file("chart.yaml", "kind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n");
    let before = workload(&project);
    assert_snapshot!(project.run("-a operator --workload deploy.yaml --workload two.yaml --workload chart.yaml --write"), @"
    exit 1
    --- stderr
    error: nothing can be added to `two.yaml`
      Caused by: `Pod/two`
      Caused by: it has the containers `a` and `b`, and nothing says which is meant
    hint: say which with `--container a`
    error: nothing can be added to `chart.yaml`
      Caused by: line 3: it is a template, not what is made of it
    hint: give what `helm template` or `kustomize build` prints; in a chart, add what `--manifest patch` prints to the template by hand
    ");
    assert_eq!(workload(&project), before);
    assert_snapshot!(project.run("-a operator --workload two.yaml --container b --manifest workload -q"), @r#"
    exit 0
    --- stdout
    kind: Pod
    metadata: {name: two, "annotations": {"instrumentation.opentelemetry.io/inject-python": "true", "instrumentation.opentelemetry.io/otel-python-platform": "musl", "instrumentation.opentelemetry.io/container-names": "b"}}
    spec: {containers: [{name: a}, {name: b, "env": [{"name": "DJANGO_SETTINGS_MODULE", "value": "shop.settings"}, {"name": "PYTHONPATH", "value": "/srv/web"}, {"name": "OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH", "value": "patch_all"}]}]}
    "#);
    assert_snapshot!(project.run("-a operator --workload two.yaml --container c --manifest workload -q"), @"
    exit 1
    --- stderr
    error: nothing can be added to `two.yaml`
      Caused by: `Pod/two`
      Caused by: it has the containers `a` and `b`, and nothing says which is meant
    hint: say which with `--container a`
    ");
}

#[test]
fn the_instrumentation_says_what_is_asked_for() {
    let project = Project::python(&["flask 3.1.0"]);
    assert_snapshot!(project.run("-a operator --manifest instrumentation --endpoint http://collector:4318 --exclude flask,urllib3 --logs off --sampler parentbased_traceidratio=0.25 --resource-attribute deployment.environment.name=prod"), @r#"
    exit 0
    --- stdout
    apiVersion: opentelemetry.io/v1alpha1
    kind: Instrumentation
    metadata:
      name: "python"
    spec:
      exporter:
        endpoint: "http://collector:4318"
      propagators:
        - tracecontext
        - baggage
      sampler:
        type: parentbased_traceidratio
        argument: "0.25"
      resource:
        resourceAttributes:
          deployment.environment.name: "prod"
      python:
        env:
          - name: OTEL_EXPORTER_OTLP_PROTOCOL
            value: "http/protobuf"
          - name: OTEL_PYTHON_DISABLED_INSTRUMENTATIONS
            value: "flask,urllib3"
          - name: OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION
            value: "false"
    "#);
    assert_snapshot!(project.run("-a operator --manifest instrumentation --endpoint http://collector:4317 --operator-version 0.148.0 --logs on --image registry/own:1 --instrumentation otel/shop --propagator b3"), @r#"
    exit 0
    --- stdout
    apiVersion: opentelemetry.io/v1alpha1
    kind: Instrumentation
    metadata:
      name: "shop"
      namespace: "otel"
    spec:
      exporter:
        endpoint: "http://collector:4317"
      propagators:
        - b3
      python:
        image: "registry/own:1"
        env:
          - name: OTEL_EXPORTER_OTLP_PROTOCOL
            value: "http/protobuf"
          - name: OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION
            value: "true"
    --- stderr
    warning: port 4317 takes gRPC by convention, and what is injected speaks HTTP: that is 4318
    "#);
    assert_snapshot!(project.run("-a operator --manifest instrumentation,patch --write --sampler x --propagator y --endpoint z --instrumentation true --resource-attribute a"), @"
    exit 2
    --- stderr
    error: `--workload` is missing: the workloads that are meant
    hint: give a manifest of Kubernetes: `--workload deploy.yaml`
    error: `--endpoint` takes an address with `http://` or `https://`
    error: `--propagator` takes `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, `xray`, `ottrace` and `none`
    error: `--sampler` takes a type like `parentbased_always_on`, and for ratios a number from 0 to 1 behind `=`
    error: `--instrumentation` takes a name of Kubernetes
    error: `--resource-attribute` takes `KEY=VALUE`
    ");
    assert_snapshot!(project.run("-a operator --manifest instrumentation --endpoint http://x:1 --exclude flsk --operator-version 0.1.0"), @"
    exit 2
    --- stderr
    error: release `0.1.0` of the operator is not known
    hint: known are those from 0.108.0 to 0.158.0
    ");
}

#[test]
fn a_program_of_rust_gets_variables_alone() {
    let project = Project::shop()
        .file("deploy.yaml", "kind: Pod\nmetadata: {name: shop}\nspec: {containers: [{name: a}]}\n");
    assert_snapshot!(project.run("-a operator --workload deploy.yaml --manifest instrumentation,workload --endpoint http://collector:4317 --propagator b3"), @r#"
    exit 0
    --- stdout
    apiVersion: opentelemetry.io/v1alpha1
    kind: Instrumentation
    metadata:
      name: "sdk"
    spec:
      exporter:
        endpoint: "http://collector:4317"
      propagators:
        - b3
    ---
    kind: Pod
    metadata: {name: shop, "annotations": {"instrumentation.opentelemetry.io/inject-sdk": "true"}}
    spec: {containers: [{name: a}]}
    --- stderr
    note: nothing can be injected into a program of Rust: the operator sets variables, which a program that is instrumented reads
    warning: `OTEL_PROPAGATORS` is not read by the SDK of Rust: the program must set its propagator itself
    "#);
}

#[test]
fn what_is_injected_goes_before_what_is_there() {
    let project = Project::python(&["charset-normalizer 3.3.0", "flask 3.1.0", "protobuf 99.0", "requests 2.0", "urllib3 1.26.18"])
        .file(".venv/lib/python3.11/site-packages/flask-3.1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: flask\nVersion: 3.1.0\nRequires-Dist: urllib3<2\nRequires-Dist: protobuf (>=4) ; extra == 'x'\n")
        .file("pyproject.toml", "[project]\nname = \"shop\"\ndependencies = [\"charset-normalizer<3.4\"]\n")
        .file("Dockerfile", "FROM python:3.9-alpine\nCMD [\"python\", \"-I\", \"app.py\"]\n")
        .file("deploy.yaml", deployment(INJECT, "{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: 'http://c:4317'}"));
    assert_snapshot!(project.run("-a operator"), @"
    exit 1
    --- stdout
    error[operator.python.floor]: the application runs on Python 3.9, and the image 0.64b0 of operator 0.158.0 needs 3.10 or newer
      at Dockerfile:1
      fix: raise the Python of the image, or inject a payload for it (`-a operator --payload DIR`)

    error[operator.python.isolated]: Python is started with `-I`, and does not look where the operator puts things
      at Dockerfile:2
      fix: leave the option out

    error[operator.endpoint.port]: `OTEL_EXPORTER_OTLP_ENDPOINT` of container `web` goes to port 4317, which takes gRPC, and the operator sets `http/protobuf`
      at deploy.yaml:13
      fix: take port 4318

    error[operator.package.conflict]: the image 0.64b0 of operator 0.158.0 puts `charset-normalizer` 3.4.9 before 3.3.0, and the project needs `charset-normalizer<3.4`
      at pyproject.toml
      fix: inject a payload that keeps to the application's versions (`-a operator --payload DIR`), or put the application's packages first: set `PYTHONPATH` in the manifest to the folder they lie in

    error[operator.package.conflict]: the image 0.64b0 of operator 0.158.0 puts `urllib3` 2.7.0 before 1.26.18, and `flask` needs `urllib3<2`
      at pyproject.toml
      fix: inject a payload that keeps to the application's versions (`-a operator --payload DIR`), or put the application's packages first: set `PYTHONPATH` in the manifest to the folder they lie in

    warning[operator.libc.platform]: the image is of musl (Dockerfile:1), and what is compiled for glibc is injected into `Deployment/shop`
      at deploy.yaml:1
      fix: set the annotation `instrumentation.opentelemetry.io/otel-python-platform` of its pods to `musl`

    warning[operator.package.downgraded]: the image 0.64b0 of operator 0.158.0 puts older versions before those that the application has: `protobuf` 7.35.1 before 99.0
      at pyproject.toml
      fix: inject a payload that keeps to the application's versions (`-a operator --payload DIR`), or put the application's packages first: set `PYTHONPATH` in the manifest to the folder they lie in

    warning[operator.package.opentelemetry]: the application brings OpenTelemetry itself (`opentelemetry-instrumentation` 0.60b1), and the image 0.64b0 of operator 0.158.0 goes before it in other versions or beside it
      at pyproject.toml
      fix: leave one of both out: what the application brings, or the injection

    note[operator.package.shadowed]: the image 0.64b0 of operator 0.158.0 puts newer versions before those that the application has: `requests` 2.34.2 before 2.0
      at pyproject.toml
      fix: test the application with these versions, or inject a payload that keeps to its own
    --- stderr
    5 errors, 3 warnings, 1 note in 6 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.python.floor` tells more
    ");
    assert_snapshot!(project.run("-a operator --python-version 3.12 --libc glibc --operator-version 0.148.0 --fail-on error -v"), @"
    exit 1
    --- stdout
    error[operator.python.isolated]: Python is started with `-I`, and does not look where the operator puts things
      at Dockerfile:2
      fix: leave the option out

    error[operator.endpoint.port]: `OTEL_EXPORTER_OTLP_ENDPOINT` of container `web` goes to port 4317, which takes gRPC, and the operator sets `http/protobuf`
      at deploy.yaml:13
      fix: take port 4318

    error[operator.package.conflict]: the image 0.60b1 of operator 0.148.0 puts `charset-normalizer` 3.4.4 before 3.3.0, and the project needs `charset-normalizer<3.4`
      at pyproject.toml
      fix: inject a payload that keeps to the application's versions (`-a operator --payload DIR`), or put the application's packages first: set `PYTHONPATH` in the manifest to the folder they lie in

    error[operator.package.conflict]: the image 0.60b1 of operator 0.148.0 puts `urllib3` 2.6.3 before 1.26.18, and `flask` needs `urllib3<2`
      at pyproject.toml
      fix: inject a payload that keeps to the application's versions (`-a operator --payload DIR`), or put the application's packages first: set `PYTHONPATH` in the manifest to the folder they lie in

    warning[operator.package.downgraded]: the image 0.60b1 of operator 0.148.0 puts older versions before those that the application has: `protobuf` 6.33.2 before 99.0
      at pyproject.toml
      fix: inject a payload that keeps to the application's versions (`-a operator --payload DIR`), or put the application's packages first: set `PYTHONPATH` in the manifest to the folder they lie in

    warning[operator.package.opentelemetry]: the application brings OpenTelemetry itself (`opentelemetry-instrumentation` 0.60b1), and the image 0.60b1 of operator 0.148.0 goes before it in other versions or beside it
      at pyproject.toml
      fix: leave one of both out: what the application brings, or the injection

    note[operator.package.shadowed]: the image 0.60b1 of operator 0.148.0 puts newer versions before those that the application has: `requests` 2.32.5 before 2.0
      at pyproject.toml
      fix: test the application with these versions, or inject a payload that keeps to its own

    note[operator.python.compiled]: the application runs on Python 3.12, and the image 0.60b1 of operator 0.148.0 is compiled for 3.11: `charset-normalizer` and `wrapt` do without, more slowly
      at pyproject.toml
      fix: inject a payload for the application's Python (`-a operator --payload DIR`)
    --- stderr
    looked at against the image 0.60b1 of operator 0.148.0
    4 errors, 2 warnings, 2 notes in 6 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.python.isolated` tells more
    ");
    assert_snapshot!(project.run("-a operator --image registry/own:1 --ignore operator.libc.platform,operator.endpoint.port,operator.python.isolated"), @"
    exit 0
    --- stderr
    note: nothing is known of that image: `--against` takes the `payload.json` of a payload of your own
    nothing found (3 ignored) in 6 distributions in `.venv` and 2 files
    ");
}

#[test]
fn django_and_gevent_need_variables_of_their_own() {
    assert_snapshot!(django().run("-a operator"), @"
    exit 1
    --- stdout
    error[operator.django.path]: `PYTHONPATH` of the container does not name the folder of the application: `shop.settings` is not found when what is injected asks for it
      at web/manage.py:2
      fix: set `PYTHONPATH` in the manifest to /srv/web

    error[operator.django.settings]: nothing sets `DJANGO_SETTINGS_MODULE` of the container, and what is injected asks for the settings before the application names them (web/manage.py:2): it starts with empty settings
      at web/manage.py:2
      fix: set `DJANGO_SETTINGS_MODULE=shop.settings` in the manifest

    warning[operator.gevent.patch]: the workers of the container are of gevent, which patches `ssl` and others after what is injected has imported them
      at Dockerfile:4
      fix: set `OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH=patch_all` in the manifest

    warning[operator.package.opentelemetry]: the application brings OpenTelemetry itself (`opentelemetry-instrumentation` 0.60b1), and the image 0.64b0 of operator 0.158.0 goes before it in other versions or beside it
      at pyproject.toml
      fix: leave one of both out: what the application brings, or the injection

    note[operator.python.compiled]: the application runs on Python 3.12, and the image 0.64b0 of operator 0.158.0 is compiled for 3.14: `charset-normalizer` and `wrapt` do without, more slowly
      at Dockerfile:1
      fix: inject a payload for the application's Python (`-a operator --payload DIR`)
    --- stderr
    2 errors, 2 warnings, 1 note in 2 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.django.path` tells more
    ");
    let project = django();
    project.run("-a operator --workload deploy.yaml --write");
    assert_snapshot!(project.run("-a operator"), @"
    exit 1
    --- stdout
    warning[operator.package.opentelemetry]: the application brings OpenTelemetry itself (`opentelemetry-instrumentation` 0.60b1), and the image 0.64b0 of operator 0.158.0 goes before it in other versions or beside it
      at pyproject.toml
      fix: leave one of both out: what the application brings, or the injection

    note[operator.python.compiled]: the application runs on Python 3.12, and the image 0.64b0 of operator 0.158.0 is compiled for 3.14: `charset-normalizer` and `wrapt` do without, more slowly
      at Dockerfile:1
      fix: inject a payload for the application's Python (`-a operator --payload DIR`)
    --- stderr
    1 warning, 1 note in 2 distributions in `.venv` and 2 files
    hint: `otel-bootstrap doctor explain operator.package.opentelemetry` tells more
    ");
}

#[test]
fn annotations_that_do_nothing_are_told() {
    let project = Project::python(&["flask 3.1.0"]).file(
        "deploy.yaml",
        "kind: Deployment\nmetadata:\n  name: a\n  annotations: {instrumentation.opentelemetry.io/inject-python: 'true'}\nspec:\n  template:\n    \
         spec: {containers: [{name: x}]}\n---\nkind: Pod\nmetadata:\n  name: b\n  annotations:\n    instrumentation.opentelemetry.io/inject-python: true\n\
         \x20   instrumentation.opentelemetry.io/otel-python-platform: alpine\nspec: {containers: [{name: x}, {name: y}]}\n---\nkind: Pod\nmetadata:\n  \
         name: c\n  annotations:\n    instrumentation.opentelemetry.io/inject-python: 'mine'\n    instrumentation.opentelemetry.io/container-names: 'x, y'\n\
         spec: {containers: [{name: x}, {name: y}]}\n---\napiVersion: opentelemetry.io/v1alpha1\nkind: Instrumentation\nspec:\n  python:\n    \
         volumeLimitSize: 10Mi\n",
    );
    assert_snapshot!(project.run("-a operator"), @r#"
    exit 1
    --- stdout
    error[operator.annotation.place]: `instrumentation.opentelemetry.io/inject-python` is an annotation of `Deployment/a`, and the operator looks at its pods
      at deploy.yaml:4
      fix: move it to `spec.template.metadata.annotations`

    error[operator.annotation.value]: `instrumentation.opentelemetry.io/inject-python: true` without quotes is no text, and Kubernetes refuses it as an annotation
      at deploy.yaml:13
      fix: write `"true"`

    error[operator.annotation.value]: `alpine` is no C library that the operator knows: it injects nothing into `Pod/b`, and from 0.147.0 on its pods do not start
      at deploy.yaml:14
      fix: write `glibc` or `musl`

    error[operator.annotation.value]: `x, y` is not only names and commas: the operator injects nothing into `Pod/c`
      at deploy.yaml:22
      fix: name each container as it is, once, with commas and without blanks

    error[operator.volume.size]: the volume may hold `10Mi`, and the image 0.64b0 of operator 0.158.0 takes 23 MiB
      at deploy.yaml:29
      fix: leave `volumeLimitSize` out, which means `200Mi`, or raise it

    warning[operator.container.first]: `Pod/b` has the containers `x` and `y`, and none is named: the operator takes the first, `x`
      at deploy.yaml:13
      fix: name those that are meant in the annotation `instrumentation.opentelemetry.io/container-names`

    warning[operator.package.opentelemetry]: the application brings OpenTelemetry itself (`opentelemetry-instrumentation` 0.60b1), and the image 0.64b0 of operator 0.158.0 goes before it in other versions or beside it
      at pyproject.toml
      fix: leave one of both out: what the application brings, or the injection

    note[operator.python.compiled]: the application runs on Python 3.11, and the image 0.64b0 of operator 0.158.0 is compiled for 3.14: `charset-normalizer` and `wrapt` do without, more slowly
      at pyproject.toml
      fix: inject a payload for the application's Python (`-a operator --payload DIR`)
    --- stderr
    5 errors, 2 warnings, 1 note in 2 distributions in `.venv` and 1 file
    hint: `otel-bootstrap doctor explain operator.annotation.place` tells more
    "#);
}

#[test]
fn rust_is_told_that_nothing_is_injected() {
    assert_snapshot!(Project::shop().run("-a operator"), @"
    exit 0
    --- stderr
    note: nothing can be injected into a program of Rust: the operator sets variables, which a program that is instrumented reads
    hint: `--manifest instrumentation,workload` prints what sets the variables that an instrumented program reads
    nothing found in 10 packages and 0 files
    ");
}
