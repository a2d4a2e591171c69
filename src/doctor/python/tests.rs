use super::sample::{before_and_after, found, release};

/// Files for [`found`], which starts with the command in a `Procfile`.
fn procfile(command: &str) -> Vec<(&'static str, String)> {
    vec![("Procfile", format!("web: {command}\n"))]
}

/// What is found with one command, before all thresholds and after.
fn started(command: &str, more: &[&str]) -> (Vec<String>, Vec<String>) {
    let files = procfile(command);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    before_and_after(&files, more)
}

const NOTHING: [&str; 0] = [];

#[test]
fn forked_workers_share_an_identity_before_the_sdk_tells_them_apart() {
    for command in [
        "opentelemetry-instrument gunicorn -w 2 app:app",
        "opentelemetry-instrument gunicorn --workers=$N -k uvicorn.workers.UvicornWorker app:app",
        "WEB_CONCURRENCY=3 opentelemetry-instrument gunicorn app:app",
        "GUNICORN_CMD_ARGS='--workers 3' opentelemetry-instrument gunicorn app:app",
    ] {
        let (before, after) = started(command, &[]);
        assert_eq!(before, ["python.prefork.metrics Procfile:1"], "{command}");
        assert_eq!(after, NOTHING, "{command}");
    }
    for command in [
        "opentelemetry-instrument gunicorn app:app",
        "opentelemetry-instrument gunicorn -w 1 app:app",
        "OTEL_METRICS_EXPORTER=none opentelemetry-instrument gunicorn -w 2 app:app",
    ] {
        assert_eq!(started(command, &[]).0, NOTHING, "{command}");
    }
}

/// What is found under a release for a command.
fn under(train: &str, core: &str, command: &str) -> Vec<String> {
    let installed = release(train, core, &[]);
    let installed: Vec<&str> = installed.iter().map(String::as_str).collect();
    let files = procfile(command);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    found(&files, Some(&installed))
}

#[test]
fn spawned_workers_have_no_identity_before_each_gets_its_own() {
    for command in [
        "opentelemetry-instrument uvicorn --workers 2 app:app",
        "WEB_CONCURRENCY=2 opentelemetry-instrument uvicorn app:app",
        "opentelemetry-instrument fastapi run --workers 2",
    ] {
        assert_eq!(under("0.63b1", "1.42.1", command), ["python.prefork.metrics Procfile:1"], "{command}");
        assert_eq!(under("0.64b0", "1.43.0", command), NOTHING, "{command}");
    }
    for command in [
        "opentelemetry-instrument uvicorn app:app",
        "opentelemetry-instrument uvicorn --reload app:app",
        "opentelemetry-instrument fastapi dev",
        "OTEL_METRICS_EXPORTER=none opentelemetry-instrument uvicorn --workers 2 app:app",
    ] {
        assert_eq!(under("0.63b1", "1.42.1", command), NOTHING, "{command}");
    }
    let told = |arguments: &str| {
        let source = format!("import uvicorn\nuvicorn.run('app:app'{arguments})\n");
        let files = [("Procfile", "web: opentelemetry-instrument python app.py\n"), ("app.py", &source)];
        let installed = release("0.63b1", "1.42.1", &[]);
        let installed: Vec<&str> = installed.iter().map(String::as_str).collect();
        found(&files, Some(&installed))
    };
    assert_eq!(told(", workers=2"), ["python.prefork.metrics app.py:2"]);
    assert_eq!(told(", workers=2, reload=True"), NOTHING);
    assert_eq!(told(""), NOTHING);
}

#[test]
fn the_configuration_of_gunicorn_counts() {
    let apart = [
        ("web/Procfile", "web: opentelemetry-instrument gunicorn app:app\n"),
        ("job/gunicorn.conf.py", "workers = 4\n"),
    ];
    assert_eq!(before_and_after(&apart, &[]).0, NOTHING);
    let told = |configuration: &str| {
        let files = [
            ("Procfile", "web: opentelemetry-instrument gunicorn app:app\n"),
            ("gunicorn.conf.py", configuration),
        ];
        before_and_after(&files, &[]).0
    };
    assert_eq!(told("workers = 1\n"), NOTHING);
    assert_eq!(told("import os\nworkers = os.cpu_count() * 2\n"), ["python.prefork.metrics Procfile:1"]);
    assert_eq!(told("workers = 4\ndef post_fork(server, worker):\n    pass\n"), NOTHING);
    assert_eq!(told("worker_class = 'gevent'\n"), ["python.gevent.patch Procfile:1"]);
}

#[test]
fn spawned_processes_are_silent_before_they_are_instrumented() {
    for command in [
        "opentelemetry-instrument uvicorn --workers 2 app:app",
        "opentelemetry-instrument uvicorn app:app --reload",
        "opentelemetry-instrument python -m uvicorn --workers=4 app:app",
        "opentelemetry-instrument fastapi dev",
    ] {
        let (before, after) = started(command, &[]);
        assert_eq!(before, ["python.spawn.silent Procfile:1"], "{command}");
        assert_eq!(after, NOTHING, "{command}");
    }
    for command in
        ["opentelemetry-instrument uvicorn app:app", "opentelemetry-instrument uvicorn --workers 1 app:app"]
    {
        assert_eq!(started(command, &[]).0, NOTHING, "{command}");
    }
    let source = "import uvicorn\nuvicorn.run('app:app', workers=2)\n";
    let files = [("Procfile", "web: opentelemetry-instrument python app.py\n"), ("app.py", source)];
    assert_eq!(before_and_after(&files, &[]).0, ["python.spawn.silent app.py:2"]);
}

#[test]
fn the_reloader_of_flask_is_silent_before_it_is_instrumented() {
    for command in
        ["opentelemetry-instrument flask run --debug", "FLASK_DEBUG=1 opentelemetry-instrument flask run"]
    {
        let (before, after) = started(command, &[]);
        assert_eq!(before, ["python.flask.reloader Procfile:1"], "{command}");
        assert_eq!(after, NOTHING, "{command}");
    }
    assert_eq!(started("opentelemetry-instrument flask run --debug --no-reload", &[]).0, NOTHING);
    for (arguments, is_found) in
        [("debug=True", true), ("debug=True, use_reloader=False", false), ("port=80", false)]
    {
        let source = format!(
            "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run({arguments})\n"
        );
        let files =
            [("Procfile", "web: opentelemetry-instrument python app.py\n"), ("app.py", source.as_str())];
        let (before, after) = before_and_after(&files, &[]);
        assert_eq!(!before.is_empty(), is_found, "{arguments}: {before:?}");
        assert_eq!(after, NOTHING, "{arguments}");
        // What instruments itself is instrumented again with the process.
        assert_eq!(before_and_after(&files[1..], &[]).0, NOTHING);
    }
}

#[test]
fn gevent_must_patch_first() {
    let command = "opentelemetry-instrument gunicorn -k gevent app:app";
    let (before, after) = started(command, &[]);
    assert_eq!(
        (before, after),
        (
            vec!["python.gevent.patch Procfile:1".to_owned()],
            vec!["python.gevent.patch Procfile:1".to_owned()]
        )
    );
    let cured = format!("OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH=patch_all {command}");
    assert_eq!(started(&cured, &[]).1, NOTHING);
    // Before 0.58b0 nothing reads the variable.
    assert_eq!(started(&cured, &[]).0, ["python.gevent.patch Procfile:1"]);
    let pool = "opentelemetry-instrument celery -A jobs worker -P gevent";
    assert_eq!(started(pool, &[]).1, ["python.gevent.patch Procfile:1"]);
    assert_eq!(started("opentelemetry-instrument celery -A jobs beat -P gevent", &[]).1, NOTHING);
    assert_eq!(started("gunicorn -k gevent app:app", &[]).1, ["python.start.uninstrumented Procfile:1"]);
}

#[test]
fn uwsgi_must_call_the_hooks() {
    let command = "opentelemetry-instrument uwsgi --master --processes 4 --module app";
    assert_eq!(started(command, &[]).1, ["python.uwsgi.fork Procfile:1"]);
    let called = format!("{command} --py-call-osafterfork");
    assert_eq!(started(&called, &[]).1, NOTHING);
    // Then they report, and before SDK 1.44 as one.
    assert_eq!(started(&called, &[]).0, ["python.prefork.metrics Procfile:1"]);
    assert_eq!(started(&called.replace(" 4", " 1"), &[]).0, NOTHING);
    assert_eq!(started(&called.replace("--processes 4", ""), &[]).0, NOTHING);
    assert_eq!(started("opentelemetry-instrument uwsgi --module app", &[]).1, NOTHING);
    let told = |settings: &str| {
        let files =
            [("Procfile", "web: opentelemetry-instrument uwsgi --ini uwsgi.ini\n"), ("uwsgi.ini", settings)];
        before_and_after(&files, &[]).1
    };
    assert_eq!(told("[uwsgi]\nmaster = true\n"), ["python.uwsgi.fork uwsgi.ini:2"]);
    assert_eq!(told("[uwsgi]\nmaster = true\npy-call-osafterfork = true\n"), NOTHING);
}

#[test]
fn classes_must_be_imported_after_they_are_replaced() {
    let initialize =
        "from opentelemetry.instrumentation.auto_instrumentation import initialize\ninitialize()\n";
    let told = |source: &str, more: &[&str]| before_and_after(&[("app.py", source)], more).1;
    for (library, class) in
        [("flask", "flask import Flask"), ("starlette", "starlette.applications import Starlette")]
    {
        let name = class.rsplit(' ').next().expect("a name");
        let late = format!("from {class}\n{initialize}app = {name}()\n");
        assert_eq!(told(&late, &[]), ["python.initialize.late app.py:1"], "{library}");
        let good = format!("{initialize}from {class}\napp = {name}()\n");
        assert_eq!(told(&good, &[]), NOTHING, "{library}");
    }
    let module = format!("import flask\n{initialize}app = flask.Flask()\n");
    assert_eq!(told(&module, &[]), NOTHING);
    let fastapi = format!("from fastapi import FastAPI\n{initialize}app = FastAPI()\n");
    assert_eq!(told(&fastapi, &["fastapi 0.141.1"]), ["python.initialize.late app.py:1"]);
    assert_eq!(told(&fastapi, &["fastapi 0.142.0"]), NOTHING);
    assert_eq!(told(&fastapi, &[]), NOTHING);
    let import =
        "from flask import Flask\nfrom opentelemetry.instrumentation.flask import FlaskInstrumentor\n";
    let late = format!("{import}FlaskInstrumentor().instrument()\napp = Flask()\n");
    assert_eq!(told(&late, &[]), ["python.initialize.late app.py:1"]);
    let own = format!("{import}app = Flask()\nFlaskInstrumentor().instrument_app(app)\n");
    assert_eq!(told(&own, &[]), NOTHING);
}

/// What a project of Django has.
const DJANGO: [(&str, &str); 3] = [
    ("manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"),
    (
        "shop/wsgi.py",
        "import os\nfrom django.core.wsgi import get_wsgi_application\n\
         os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()\n",
    ),
    (
        "shop/asgi.py",
        "import os\nfrom django.core.asgi import get_asgi_application\n\
         os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_asgi_application()\n",
    ),
];

fn django(command: &str, more: &[&str]) -> Vec<String> {
    let procfile = format!("web: {command}\n");
    let mut files = DJANGO.to_vec();
    files.push(("Procfile", &procfile));
    let more: Vec<&str> =
        ["django 5.2.1", "opentelemetry-instrumentation-django 0.66b1"].iter().chain(more).copied().collect();
    before_and_after(&files, &more).1
}

#[test]
fn django_must_know_its_settings_first() {
    for command in ["python manage.py runserver", "gunicorn shop.wsgi", "gunicorn shop.wsgi:application"] {
        let plain = format!("opentelemetry-instrument {command}");
        assert_eq!(django(&plain, &[]), ["python.django.settings Procfile:1"], "{command}");
        assert_eq!(
            django(&format!("DJANGO_SETTINGS_MODULE=shop.settings {plain}"), &[]),
            NOTHING,
            "{command}"
        );
    }
    assert_eq!(django("opentelemetry-instrument python manage.py migrate", &[]), NOTHING);
    assert_eq!(django("opentelemetry-instrument gunicorn other:app", &[]), NOTHING);
}

#[test]
fn django_through_asgi_needs_its_instrumentation() {
    let command =
        "DJANGO_SETTINGS_MODULE=shop.settings opentelemetry-instrument uvicorn shop.asgi:application";
    assert_eq!(django(command, &[]), ["python.django.asgi Procfile:1"]);
    assert_eq!(django(command, &["opentelemetry-instrumentation-asgi 0.66b1"]), NOTHING);
    assert_eq!(django(&command.replace("uvicorn shop.asgi", "gunicorn shop.wsgi"), &[]), NOTHING);
}

#[test]
fn a_distro_and_an_exporter_must_be_there() {
    let told = |command: &str, installed: &[&str]| {
        let files = procfile(command);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        found(&files, Some(installed))
    };
    let command = "opentelemetry-instrument gunicorn app:app";
    let sdk = ["opentelemetry-instrumentation 0.66b1", "opentelemetry-sdk 1.45.1"];
    assert_eq!(told(command, &sdk), ["python.distro.missing Procfile:1"]);
    assert_eq!(told(command, &[&sdk[..], &["splunk-opentelemetry 2.9.0"]].concat()), NOTHING);
    let distro = [&sdk[..], &["opentelemetry-distro 0.66b1"]].concat();
    assert_eq!(told(command, &distro), ["python.exporter.missing Procfile:1"]);
    let http = [&distro[..], &["opentelemetry-exporter-otlp-proto-http 1.45.1"]].concat();
    assert_eq!(told(command, &http), ["python.exporter.missing Procfile:1"]);
    assert_eq!(told(&format!("OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf {command}"), &http), NOTHING);
    let console = "opentelemetry-instrument --traces_exporter console --metrics_exporter none python app.py";
    assert_eq!(told(console, &distro), NOTHING);
    let image = "FROM python\nRUN pip install 'opentelemetry-distro[otlp]' opentelemetry-exporter-otlp-proto-grpc\n\
                 CMD [\"opentelemetry-instrument\", \"gunicorn\", \"app:app\"]\n";
    assert_eq!(found(&[("Dockerfile", image)], Some(&sdk)), NOTHING);
    assert_eq!(found(&[("Procfile", "web: opentelemetry-instrument gunicorn app:app\n")], None), NOTHING);
    // What images install besides is not known to be missing.
    let more = "FROM python\nRUN pip install -r requirements/otel.txt\nCMD [\"opentelemetry-instrument\", \"gunicorn\", \"a:b\"]\n";
    assert_eq!(found(&[("Dockerfile", more)], Some(&sdk)), NOTHING);
    // What is set for something else is not held against this.
    let elsewhere = [
        ("Procfile", "web: opentelemetry-instrument gunicorn app:app\n"),
        (".env", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"),
    ];
    assert_eq!(found(&elsewhere, Some(&http)), NOTHING);
    let bundle = [&distro[..], &["opentelemetry-exporter-otlp 1.45.1"]].concat();
    assert_eq!(told(command, &bundle), NOTHING);
}

#[test]
fn exporters_of_the_past_are_told() {
    let source = "from opentelemetry.exporter.jaeger.thrift import JaegerExporter\n";
    assert_eq!(before_and_after(&[("app.py", source)], &[]).1, ["python.exporter.jaeger app.py:1"]);
    assert_eq!(
        before_and_after(&[(".env", "OTEL_TRACES_EXPORTER=jaeger_thrift\n")], &[]).1,
        ["python.exporter.jaeger .env:1"]
    );
    assert_eq!(
        before_and_after(&[], &["opentelemetry-exporter-jaeger 1.21.0"]).1,
        ["python.exporter.jaeger uv.lock"]
    );
}

#[test]
fn something_must_load_the_distro() {
    assert_eq!(started("gunicorn app:app", &[]).1, ["python.start.uninstrumented Procfile:1"]);
    assert_eq!(started("opentelemetry-instrument gunicorn app:app", &[]).1, NOTHING);
    assert_eq!(started("python tool.py", &[]).1, NOTHING);
    let wrapped = [
        ("Dockerfile", "FROM x\nENTRYPOINT [\"/entrypoint.sh\"]\nCMD [\"gunicorn\", \"app:app\"]\n"),
        ("entrypoint.sh", "#!/bin/sh\nexec opentelemetry-instrument \"$@\"\n"),
    ];
    assert_eq!(before_and_after(&wrapped, &[]).1, NOTHING);
    let own = [
        ("Procfile", "web: gunicorn app:app\n"),
        ("app.py", "from opentelemetry.sdk.trace import TracerProvider\n"),
    ];
    assert_eq!(before_and_after(&own, &[]).1, NOTHING);
    assert_eq!(found(&[("Procfile", "web: gunicorn app:app\n")], Some(&["flask 3.0.0"])), NOTHING);
}

#[test]
fn variables_must_have_names_and_values_that_count() {
    let told = |text: &str| before_and_after(&[(".env", text)], &[]);
    assert_eq!(told("OTEL_TRACE_EXPORTER=otlp\n").1, ["python.variable.unknown .env:1"]);
    assert_eq!(told("OTEL_SERVICE_NAME=x\nOTEL_SERVICE_VERSION=1\n").1, NOTHING);
    assert_eq!(told("OTEL_EXPORTER_OTLP_PROTOCOL=http/json\n").1, ["python.variable.invalid .env:1"]);
    assert_eq!(told("OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION=true\n").0, ["python.variable.renamed .env:1"]);
    assert_eq!(told("OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION=true\n").1, NOTHING);
    let read =
        [(".env", "OTEL_TRACE_EXPORTER=x\n"), ("app.py", "import os\nos.getenv('OTEL_TRACE_EXPORTER')\n")];
    assert_eq!(before_and_after(&read, &[]).1, NOTHING);
    let settings =
        [(".env", "OTEL_TRACE_EXPORTER=x\n"), ("app.py", "class S:\n    otel_trace_exporter: str\n")];
    assert_eq!(before_and_after(&settings, &[]).1, NOTHING);
}

#[test]
fn disabled_names_are_those_of_entry_points() {
    let told = |value: &str| {
        before_and_after(&[(".env", &format!("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS={value}\n"))], &[]).1
    };
    for value in ["flask, kafka", "*", "acme", "grpc_client"] {
        assert_eq!(told(value), NOTHING, "{value}");
    }
    for value in
        ["opentelemetry-instrumentation-flask", "kafka-python", "grpc", "system-metrics", "confluent-kafka"]
    {
        assert_eq!(told(value), ["python.disabled.name .env:1"], "{value}");
    }
}

#[test]
fn addresses_must_go_with_the_protocol() {
    let told =
        |variables: &str| started(&format!("{variables} opentelemetry-instrument gunicorn app:app"), &[]).1;
    for variables in [
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=c:4318",
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://jaeger:14268",
    ] {
        assert_eq!(told(variables), ["python.otlp.port Procfile:1"], "{variables}");
    }
    for variables in [
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317/v1/traces",
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/v1/traces",
    ] {
        assert_eq!(told(variables), ["python.otlp.path Procfile:1"], "{variables}");
    }
    for variables in [
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317",
        "OTEL_EXPORTER_OTLP_ENDPOINT=https://otlp.example.com",
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL=$P OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4318/v1/traces",
    ] {
        assert_eq!(told(variables), NOTHING, "{variables}");
    }
    // The variable of a signal is taken as it is.
    let http = "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    assert_eq!(told(&format!("{http}=http://c:4318")), ["python.otlp.path Procfile:1"]);
    assert_eq!(told(&format!("{http}=https://otlp.example.com")), NOTHING);
    let source = |module: &str, address: &str| {
        let text = format!(
            "from opentelemetry.exporter.otlp.proto.{module}.trace_exporter import OTLPSpanExporter\n\
             OTLPSpanExporter(endpoint='{address}')\n"
        );
        before_and_after(&[("app.py", &text)], &[]).1
    };
    assert_eq!(source("http", "http://c:4318"), ["python.otlp.path app.py:2"]);
    assert_eq!(source("http", "http://c:4318/v1/traces"), NOTHING);
    assert_eq!(source("http", "http://c:4317/v1/traces"), ["python.otlp.port app.py:2"]);
    assert_eq!(source("grpc", "http://c:4318"), ["python.otlp.port app.py:2"]);
    assert_eq!(source("grpc", "c:4317"), NOTHING);
}

#[test]
fn eventlet_patches_too_late_and_does_not_go_with_gevent() {
    for command in [
        "opentelemetry-instrument gunicorn -k eventlet app:app",
        "opentelemetry-instrument celery -A jobs worker --pool=eventlet",
        "OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH=patch_all opentelemetry-instrument gunicorn -k eventlet a:b",
    ] {
        assert_eq!(started(command, &[]).1, ["python.eventlet.patch Procfile:1"], "{command}");
        assert_eq!(started(command, &[]).0, ["python.eventlet.patch Procfile:1"], "{command}");
    }
    let own = [
        ("Procfile", "web: gunicorn -k eventlet app:app\n"),
        (
            "app.py",
            "from opentelemetry.instrumentation.auto_instrumentation import initialize\ninitialize()\n",
        ),
    ];
    assert_eq!(before_and_after(&own, &[]).1, NOTHING);
}

#[test]
fn prometheus_asks_one_process_only() {
    let told = |command: &str| {
        let command = format!("OTEL_METRICS_EXPORTER=prometheus opentelemetry-instrument {command}");
        started(&command, &["opentelemetry-exporter-prometheus 0.66b1"]).1
    };
    for command in [
        "gunicorn app:app",
        "gunicorn -w 4 app:app",
        "uvicorn --workers 2 a:b",
        "uvicorn a:b --reload",
        "fastapi dev",
    ] {
        assert_eq!(told(command), ["python.prometheus.workers Procfile:1"], "{command}");
    }
    for command in ["uvicorn a:b", "python app.py", "fastapi run"] {
        assert_eq!(told(command), NOTHING, "{command}");
    }
    let source = "from opentelemetry.sdk.metrics import MeterProvider\n\
                  from opentelemetry.exporter.prometheus import PrometheusMetricReader\nPrometheusMetricReader()\n";
    for (command, path, expected) in [
        ("gunicorn -w 2 app:app", "app.py", vec!["python.prometheus.workers app.py:3"]),
        ("gunicorn app:app", "app.py", vec![]),
        ("uvicorn --workers 2 app:app", "app.py", vec!["python.prometheus.workers app.py:3"]),
        ("gunicorn -w 2 app:app", "gunicorn.conf.py", vec![]),
    ] {
        let procfile = format!("web: {command}\n");
        let files = [("Procfile", procfile.as_str()), (path, source)];
        assert_eq!(before_and_after(&files, &[]).1, expected, "{command} {path}");
    }
}

#[test]
fn processes_of_celery_must_send_what_they_hold() {
    let celery = ["opentelemetry-instrumentation-celery 0.66b1"];
    let command = "opentelemetry-instrument celery -A jobs worker";
    for options in ["--max-tasks-per-child 1", "--max-tasks-per-child=100 --pool prefork"] {
        assert_eq!(
            started(&format!("{command} {options}"), &celery).1,
            ["python.celery.recycled Procfile:1"],
            "{options}"
        );
    }
    for options in
        ["", "--max-tasks-per-child 1000", "--max-tasks-per-child 1 -P threads", "--max-tasks-per-child $N"]
    {
        assert_eq!(started(&format!("{command} {options}"), &celery).1, NOTHING, "{options}");
    }
    let procfile = format!("worker: {command}\n");
    let told = |source: &str| before_and_after(&[("Procfile", &procfile), ("jobs.py", source)], &celery).1;
    assert_eq!(told("app.conf.worker_max_tasks_per_child = 10\n"), ["python.celery.recycled jobs.py:1"]);
    assert_eq!(told("CELERY_WORKER_MAX_TASKS_PER_CHILD = 1\n"), ["python.celery.recycled jobs.py:1"]);
    assert_eq!(told("app.conf.update(worker_max_tasks_per_child=1)\n"), ["python.celery.recycled jobs.py:1"]);
    assert_eq!(
        told("from celery.signals import worker_process_shutdown\napp.conf.worker_max_tasks_per_child = 1\n"),
        NOTHING
    );
    let plain = [("Procfile", "worker: celery -A jobs worker --max-tasks-per-child 1\n")];
    assert_eq!(before_and_after(&plain, &[]).1, ["python.start.uninstrumented Procfile:1"]);
}

/// What is found in a source that a command starts under `opentelemetry-instrument`.
fn by_hand(source: &str, variables: &str) -> Vec<String> {
    let procfile = format!("web: {variables} opentelemetry-instrument gunicorn app:app\n");
    let more = ["aiohttp-client", "fastapi", "flask", "grpc", "httpx", "logging", "redis"];
    let more: Vec<String> =
        more.iter().map(|name| format!("opentelemetry-instrumentation-{name} 0.66b1")).collect();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    before_and_after(&[("Procfile", procfile.trim()), ("app.py", source)], &more).1
}

#[test]
fn what_is_put_around_by_hand_doubles() {
    for (source, entry, line) in [
        (
            "from fastapi import FastAPI\nfrom opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware\n",
            "fastapi",
            2,
        ),
        (
            "from flask import Flask\nfrom opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware as M\n",
            "flask",
            2,
        ),
        (
            "from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor\nHTTPXClientInstrumentor.instrument_client(c)\n",
            "httpx",
            2,
        ),
        (
            "from opentelemetry.instrumentation.redis import RedisInstrumentor\nRedisInstrumentor().instrument_client(c)\n",
            "redis",
            2,
        ),
        (
            "from opentelemetry.instrumentation.aiohttp_client import create_trace_config\ncreate_trace_config()\n",
            "aiohttp-client",
            2,
        ),
        (
            "from opentelemetry.instrumentation.grpc import server_interceptor\nserver_interceptor()\n",
            "grpc_server",
            2,
        ),
        ("from opentelemetry.instrumentation.httpx import AsyncOpenTelemetryTransport\n", "httpx", 1),
    ] {
        assert_eq!(
            by_hand(source, ""),
            [format!("python.instrumentation.doubled app.py:{line}")],
            "{source}"
        );
        let disabled = format!("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=click,{entry}");
        assert_eq!(by_hand(source, &disabled), NOTHING, "{source}");
    }
    for source in [
        "from quart import Quart\nfrom opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware\n",
        "from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor\nHTTPXClientInstrumentor().instrument()\n",
        "from opentelemetry.instrumentation.flask import FlaskInstrumentor\nFlaskInstrumentor().instrument_app(app)\n",
    ] {
        assert_eq!(by_hand(source, ""), NOTHING, "{source}");
    }
}

#[test]
fn what_comes_second_counts_for_nothing() {
    let flask = "from opentelemetry.instrumentation.flask import FlaskInstrumentor\n";
    for call in [
        "FlaskInstrumentor().instrument_app(app, excluded_urls='x')",
        "x = FlaskInstrumentor()\nx.instrument(request_hook=f)",
    ] {
        let source = format!("{flask}{call}\n");
        let line = source.lines().count();
        assert_eq!(
            by_hand(&source, ""),
            [format!("python.instrumentation.arguments app.py:{line}")],
            "{call}"
        );
        assert_eq!(by_hand(&source, "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=flask"), NOTHING, "{call}");
    }
    assert_eq!(
        by_hand(&format!("{flask}FlaskInstrumentor().instrument(skip_dep_check=True)\n"), ""),
        NOTHING
    );
    let logging = "from opentelemetry.instrumentation.logging import LoggingInstrumentor\n\
                   LoggingInstrumentor().instrument(set_logging_format=True)\n";
    assert_eq!(by_hand(logging, ""), ["python.instrumentation.arguments app.py:2"]);
    assert_eq!(by_hand(logging, "OTEL_PYTHON_LOG_CORRELATION=true"), NOTHING);
    let provider = "from opentelemetry import trace\nfrom opentelemetry.sdk.trace import TracerProvider\n\
                    trace.set_tracer_provider(TracerProvider())\n";
    assert_eq!(by_hand(provider, ""), ["python.provider.ignored app.py:3"]);
    let own = format!("{provider}if __name__ == '__main__':\n    main()\n");
    for (command, expected) in
        [("gunicorn app:app", vec![]), ("python hello.py", vec!["python.provider.ignored hello.py:3"])]
    {
        let procfile = format!("web: opentelemetry-instrument {command}\n");
        let files = [("Procfile", procfile.as_str()), ("hello.py", own.as_str())];
        assert_eq!(before_and_after(&files, &[]).1, expected, "{command}");
    }
    // What may be for another program is not held against it.
    let two = [
        ("Procfile", "web: opentelemetry-instrument gunicorn app:app\nworker: python app.py\n"),
        ("app.py", provider),
    ];
    assert_eq!(before_and_after(&two, &[]).1, NOTHING);
    let apart =
        [("web/Procfile", "web: opentelemetry-instrument gunicorn app:app\n"), ("job/app.py", provider)];
    assert_eq!(before_and_after(&apart, &[]).1, NOTHING);
}

#[test]
fn django_that_is_injected_must_find_its_settings() {
    let told = |manifest: &str, more: &[(&str, &str)]| {
        let files = [&DJANGO[..], &[("deploy/web.yaml", manifest)], more].concat();
        before_and_after(&files, &["django 5.2.1"]).1
    };
    let manifest = |variables: &str, command: &str| {
        format!(
            "kind: Deployment\nspec:\n  template:\n    metadata:\n      annotations:\n        \
             instrumentation.opentelemetry.io/inject-python: \"true\"\n    spec:\n      containers:\n      - name: a\n\
             {command}        env:\n        - name: DJANGO_SETTINGS_MODULE\n          value: shop.settings\n{variables}"
        )
    };
    let root = "        - name: PYTHONPATH\n          value: /app\n";
    let elsewhere = "        - name: PYTHONPATH\n          valueFrom: {x: y}\n";
    assert_eq!(told(&manifest("", ""), &[]), ["python.django.path deploy/web.yaml:9"]);
    let gunicorn = "        command: [gunicorn, shop.wsgi]\n";
    assert_eq!(told(&manifest("", gunicorn), &[]), ["python.django.path deploy/web.yaml:10"]);
    assert_eq!(told(&manifest("", "        command: [python, other.py]\n"), &[]), NOTHING);
    assert_eq!(told(&manifest(root, ""), &[]), NOTHING);
    assert_eq!(told(&manifest(elsewhere, ""), &[]), NOTHING);
    let packaged = ("Dockerfile", "FROM python:3.13\nRUN pip install .\n");
    assert_eq!(told(&manifest("", ""), &[packaged]), NOTHING);
    let procfile = |path: &str| {
        let text =
            format!("web: DJANGO_SETTINGS_MODULE=shop.settings PYTHONPATH={path} gunicorn shop.wsgi\n");
        let files =
            [&DJANGO[..], &[("Procfile", text.as_str()), ("app.py", "import opentelemetry.sdk\n")]].concat();
        before_and_after(&files, &["django 5.2.1"]).1
    };
    let injected = "/otel/opentelemetry/instrumentation/auto_instrumentation";
    assert_eq!(procfile(injected), ["python.django.path Procfile:1"]);
    assert_eq!(procfile(&format!("{injected}:/app")), NOTHING);
    assert_eq!(procfile(&format!("{injected}:$PYTHONPATH")), NOTHING);
    let text = format!("web: PYTHONPATH={injected}:/app gunicorn shop.wsgi\n");
    let files = [&DJANGO[..], &[("Procfile", text.as_str())]].concat();
    let more = ["django 5.2.1", "opentelemetry-instrumentation-django 0.66b1"];
    assert_eq!(before_and_after(&files, &more).1, ["python.django.settings Procfile:1"]);
}

#[test]
fn packages_go_with_one_python_and_one_system() {
    let told = |from: &str, to: &str, what: &str| {
        let text = format!("FROM {from} AS build\nFROM {to}\nCOPY --from=build {what} {what}\n");
        before_and_after(&[("Dockerfile", &text)], &[]).1
    };
    let slim = "python:3.12-slim";
    for (from, to, what) in [
        (slim, "python:3.13-slim", "/venv"),
        (slim, "python:3.12-alpine", "/app/.venv"),
        ("python:3.12-alpine", "debian:12", "/usr/local/lib/python3.12/site-packages"),
    ] {
        assert_eq!(told(from, to, what), ["python.image.mixed Dockerfile:3"], "{from} {to}");
    }
    for (from, to, what) in [
        (slim, "python:3.12", "/venv"),
        (slim, "python:3.13-slim", "/app/static"),
        (slim, "gcr.io/distroless/python3", "/venv"),
        ("node:22-alpine", slim, "/app/dist"),
    ] {
        assert_eq!(told(from, to, what), NOTHING, "{from} {to}");
    }
}

#[test]
fn what_has_no_wheel_needs_a_compiler() {
    let wheels =
        ["cp312-cp312-musllinux_1_2_x86_64", "cp313-cp313-manylinux2014_x86_64", "cp313-cp313-win_amd64"];
    let wheels: Vec<String> = wheels
        .iter()
        .map(|tags| format!("    {{ url = \"https://x/wrapt-1.17.0-{tags}.whl\" }},\n"))
        .collect();
    let lock = format!(
        "version = 1\n[[package]]\nname = \"wrapt\"\nversion = \"1.17.0\"\nwheels = [\n{}]\n",
        wheels.concat()
    );
    let told =
        |image: &str| before_and_after(&[("Dockerfile", image), ("uv.lock", &lock)], &["wrapt 1.17.0"]).1;
    for image in [
        "FROM python:3.13-alpine\nRUN pip install uv && uv sync --frozen\n",
        "FROM --platform=linux/arm64 python:3.13-slim\nRUN uv sync\n",
        "ARG V=3.14\nFROM ghcr.io/astral-sh/uv:python${V}-bookworm-slim\nRUN uv sync\n",
    ] {
        let line = image.lines().position(|line| line.starts_with("FROM")).map_or(0, |index| index + 1);
        assert_eq!(told(image), [format!("python.wheel.missing Dockerfile:{line}")], "{image}");
    }
    for image in [
        "FROM python:3.13-slim\nRUN uv sync\n",
        "FROM python:3.12-alpine\nRUN uv sync\n",
        "FROM python:3.13-alpine\nRUN apk add build-base\nRUN uv sync\n",
        "FROM python:3.13-alpine\nRUN pip install -r requirements.txt\n",
        "FROM python:3.14\nRUN uv sync\n",
        "FROM acme/base\nRUN uv sync\n",
    ] {
        assert_eq!(told(image), NOTHING, "{image}");
    }
}

#[test]
fn without_opentelemetry_nothing_is_said() {
    let files = [
        ("Procfile", "web: gunicorn -w 4 -k gevent app:app\n"),
        (".env", "OTEL_TRACE_EXPORTER=x\n"),
        ("app.py", "from flask import Flask\nFlask('x').run(debug=True)\n"),
    ];
    assert_eq!(found(&files, Some(&["flask 3.0.0", "opentelemetry-api 1.45.1"])), NOTHING);
    let installed = release("0.66b1", "1.45.1", &[]);
    assert!(!installed.is_empty());
}
