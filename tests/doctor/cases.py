"""What the doctor says of servers, as cases: what is started, what arrives, and what the doctor says of it.

A value is the same under every release, or `since(63, then, before)`: another one from 0.63 on.
"""

import dataclasses

# The releases of the instrumentations, with those of the SDK.
RELEASES = {
    "0.57b0": "1.36.0",
    "0.58b0": "1.37.0",
    "0.60b1": "1.39.1",
    "0.61b0": "1.40.0",
    "0.62b1": "1.41.1",
    "0.63b1": "1.42.1",
    "0.64b0": "1.43.0",
    "0.65b0": "1.44.0",
    "0.66b1": "1.45.1",
}
# Those under which every case is started; under the others each for which one of them changes something.
WHOLE = ["0.57b0", "0.58b0", "0.62b1", "0.66b1"]
# The last FastAPI that does not tell of its requests itself.
FASTAPI = "fastapi==0.141.1"


def number(train):
    """`63` of `0.63b1`."""
    return int(train.split(".")[1].split("b")[0])


def since(first, then, before):
    """A value from a release on, and another one before."""
    return lambda train: then if number(train) >= first else before


@dataclasses.dataclass(frozen=True)
class Case:
    """What is started, with variables in front, and what comes of it."""

    command: str
    # How many spans arrive, or whether any do; `None`: any number.
    spans: object = True
    # How many instances report metrics of requests; for `prometheus-` how many requests somebody sees who fetches them, and
    # for `click-` how many traces have a span of a server.
    instances: object = None
    # The checks that the doctor finds, by their ids.
    told: object = ""
    # Distributions that are put in for it, or taken away.
    puts: tuple = ()
    takes: tuple = ()
    # The release from which on it can be started: before, what is put in asks for a newer one.
    first: int = 0

    def expected(self, train):
        """Spans, instances and the checks that are told under a release."""
        values = (self.spans, self.instances, self.told)
        spans, instances, told = (value(train) if callable(value) else value for value in values)
        return spans, instances, " ".join(f"python.{check}" for check in told.split())


AUTO = "opentelemetry-instrument"
GUNICORN = "gunicorn -b 127.0.0.1:{port}"
UVICORN = "uvicorn --port {port}"
# Slow machines take longer to start than the workers of uvicorn are given.
WORKERS = f"{UVICORN} --workers 2 --timeout-worker-healthcheck 60"
GEVENT = "OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH=patch_all"
SECURE = "OTEL_EXPORTER_OTLP_ENDPOINT={secure} OTEL_EXPORTER_OTLP_CERTIFICATE={certificate}"
CELERY = f"OTEL_BSP_SCHEDULE_DELAY=2000 {AUTO} celery -A jobs worker -c 2 --without-gossip --without-mingle"
PROMETHEUS = f"OTEL_METRICS_EXPORTER=prometheus OTEL_EXPORTER_PROMETHEUS_PORT={{fetched}} {AUTO}"
UWSGI = f"{AUTO} uwsgi -H {{venv}} --http-socket 127.0.0.1:{{port}} --enable-threads --wsgi-file plain.py --callable app"
SETTINGS = "DJANGO_SETTINGS_MODULE=shop.settings"
OTHER = ("opentelemetry-instrumentation-starlette=={train}",)

CLICK = ("opentelemetry-instrumentation-click=={train}",)
WITHOUT = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=click"
GRANIAN = "granian --interface asgi --workers 2 --port {port} api:app"

SPAWNED = since(63, "", "spawn.silent")
FORKED = since(65, "", "prefork.metrics")
EACH = since(65, 2, 1)


def spawned(train):
    """What is told of workers that are spawned: before 0.63 they are silent, and before SDK 1.43 all alike."""
    return "spawn.silent" if number(train) < 63 else "prefork.metrics" if number(train) < 64 else ""


def alike(train):
    """How many instances they are."""
    return {63: 1}.get(number(train), 2 if number(train) > 63 else 0)


CASES = {
    "flask-reloader": Case(f"{AUTO} python reloader.py", since(63, True, False), told=since(63, "", "flask.reloader")),
    "flask-no-reloader": Case(f"{AUTO} python no_reloader.py"),
    "flask-run-debug": Case(
        f"{AUTO} flask --app plain run --debug --port {{port}}", since(63, True, False),
        told=since(63, "", "flask.reloader")),
    "flask-run-debug-no-reload": Case(f"{AUTO} flask --app plain run --debug --no-reload --port {{port}}"),
    "uvicorn-workers": Case(f"{AUTO} {WORKERS} api:app", since(63, True, False), alike, spawned),
    "uvicorn-reload": Case(f"{AUTO} {UVICORN} --reload api:app", since(63, True, False), told=SPAWNED),
    "uvicorn-run-workers": Case(f"{AUTO} python serve.py", since(63, True, False), alike, spawned),
    "uvicorn": Case(f"{AUTO} {UVICORN} api:app"),
    "fastapi-workers": Case(
        f"{AUTO} fastapi run --workers 2 --port {{port}} api.py", since(63, True, False), alike, spawned),
    "fastapi-dev": Case(f"{AUTO} fastapi dev --port {{port}} api.py", since(63, True, False), told=SPAWNED),
    "fastapi": Case(f"{AUTO} fastapi run --port {{port}} api.py"),
    "gunicorn-workers": Case(f"{AUTO} {GUNICORN} -w 2 plain:app", instances=EACH, told=FORKED),
    "gunicorn-preload": Case(f"{AUTO} {GUNICORN} --preload -w 2 plain:app", instances=EACH, told=FORKED),
    "gunicorn-concurrency": Case(f"WEB_CONCURRENCY=2 {AUTO} {GUNICORN} plain:app", instances=EACH, told=FORKED),
    "gunicorn-uvicorn-workers": Case(
        f"{AUTO} {GUNICORN} -w 2 -k uvicorn.workers.UvicornWorker api:app", instances=EACH, told=FORKED),
    "gunicorn-post-fork": Case(f"{GUNICORN} -c post_fork.py -w 2 plain:app", instances=2),
    "gunicorn": Case(f"{AUTO} {GUNICORN} plain:app", 40, 1),
    "uwsgi": Case(f"{UWSGI} --master --processes 2", instances=0, told="uwsgi.fork"),
    "uwsgi-lazy": Case(f"{UWSGI} --master --processes 2 --lazy-apps", instances=0, told="uwsgi.fork"),
    "uwsgi-one": Case(f"{UWSGI} --master", instances=0, told="uwsgi.fork"),
    "uwsgi-alone": Case(UWSGI, instances=1),
    "uwsgi-osafterfork": Case(f"{UWSGI} --master --processes 2 --py-call-osafterfork", instances=EACH, told=FORKED),
    "uninstrumented": Case(f"{GUNICORN} plain:app", False, told="start.uninstrumented"),
    "initialize-late": Case(f"{GUNICORN} late:app", False, told="initialize.late"),
    "initialize-first": Case(f"{GUNICORN} first:app"),
    "initialize-late-fastapi": Case(f"{UVICORN} late_api:app", False, told="initialize.late"),
    "initialize-late-fastapi-native": Case(f"{UVICORN} late_api:app", puts=("fastapi[opentelemetry]==0.142.0",), first=65),
    "initialize-first-fastapi": Case(f"{UVICORN} first_api:app"),
    "initialize-late-starlette": Case(f"{UVICORN} late_starlette:app", False, told="initialize.late", puts=OTHER),
    "initialize-first-starlette": Case(f"{UVICORN} first_starlette:app", puts=OTHER),
    "instrument-late": Case(f"{GUNICORN} late_instrument:app", False, told="initialize.late"),
    "django-settings-missing": Case(f"{AUTO} {GUNICORN} shop.wsgi", False, told="django.settings"),
    "django-settings": Case(f"{SETTINGS} {AUTO} {GUNICORN} shop.wsgi"),
    "django-runserver-missing": Case(
        f"{AUTO} python manage.py runserver --noreload {{port}}", False, told="django.settings"),
    "django-runserver": Case(f"{SETTINGS} {AUTO} python manage.py runserver --noreload {{port}}"),
    "django-asgi": Case(f"{SETTINGS} {AUTO} {UVICORN} shop.asgi:application"),
    "django-asgi-missing": Case(
        f"{SETTINGS} {AUTO} {UVICORN} shop.asgi:application", False, told="django.asgi",
        takes=("opentelemetry-instrumentation-asgi", "opentelemetry-instrumentation-fastapi")),
    "django-injected": Case(f"PYTHONPATH={{injection}}:{{folder}} {SETTINGS} {GUNICORN} shop.wsgi"),
    "django-injected-no-path": Case(f"PYTHONPATH={{injection}} {SETTINGS} {GUNICORN} shop.wsgi", False, told="django.path"),
    "django-injected-no-settings": Case(
        f"PYTHONPATH={{injection}}:{{folder}} {GUNICORN} shop.wsgi", False, told="django.settings"),
    "otlp-no-path": Case(f"{GUNICORN} no_path:app", False, told="otlp.path"),
    "otlp-path": Case(f"{GUNICORN} path:app"),
    "otlp-variable-path": Case(
        f"OTEL_EXPORTER_OTLP_ENDPOINT={{receiver}}/v1/traces {AUTO} {GUNICORN} plain:app", False, told="otlp.path"),
    "otlp-traces-path": Case(f"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT={{receiver}}/v1/traces {AUTO} {GUNICORN} plain:app"),
    "exporter-missing": Case(
        f"OTEL_EXPORTER_OTLP_PROTOCOL=grpc {AUTO} {GUNICORN} plain:app", False, told="exporter.missing"),
    "distro-missing": Case(
        f"{AUTO} {GUNICORN} plain:app", False, told="distro.missing", takes=("opentelemetry-distro",)),
    "gevent-https": Case(f"{SECURE} {AUTO} {GUNICORN} -k gevent plain:app", False, told="gevent.patch"),
    "gevent-https-patched": Case(
        f"{SECURE} {GEVENT} {AUTO} {GUNICORN} -k gevent plain:app", since(58, True, False),
        told=since(58, "", "gevent.patch")),
    "gevent-itself": Case(f"{AUTO} {GUNICORN} patching:app", False, told="gevent.patch"),
    "gevent-itself-patched": Case(
        f"{GEVENT} {AUTO} {GUNICORN} patching:app", since(58, True, False), told=since(58, "", "gevent.patch")),
    "gthread-https": Case(f"{SECURE} {AUTO} {GUNICORN} -k gthread plain:app"),
    "eventlet": Case(f"{AUTO} {GUNICORN} -k eventlet plain:app", 40, told="eventlet.patch"),
    "eventlet-https": Case(f"{SECURE} {AUTO} {GUNICORN} -k eventlet plain:app", False, told="eventlet.patch"),
    "eventlet-https-initialize": Case(f"{SECURE} {GUNICORN} -k eventlet first:app"),
    "eventlet-gevent-patched": Case(
        f"{GEVENT} {AUTO} {GUNICORN} -k eventlet plain:app", since(58, range(40), 40), told="eventlet.patch"),
    "celery": Case(CELERY, 40),
    "celery-recycled": Case(f"{CELERY} --max-tasks-per-child 1", False, told="celery.recycled"),
    "celery-recycled-threads": Case(f"{CELERY} --max-tasks-per-child 1 -P threads", 40),
    "celery-recycled-flush": Case(f"{CELERY} --max-tasks-per-child 1".replace("-A jobs", "-A jobs_flush"), 40),
    "celery-gevent-https": Case(f"{SECURE} {CELERY} -P gevent", False, told="gevent.patch"),
    "celery-gevent-https-patched": Case(
        f"{SECURE} {GEVENT} {CELERY} -P gevent", since(58, True, False), told=since(58, "", "gevent.patch")),
    "celery-eventlet-https": Case(f"{SECURE} {CELERY} -P eventlet", False, told="eventlet.patch"),
    "prometheus-gunicorn": Case(f"{PROMETHEUS} {GUNICORN} plain:app", 40, 0, "prometheus.workers"),
    "prometheus-gunicorn-workers": Case(
        f"{PROMETHEUS} {GUNICORN} -w 2 plain:app", 40, 0,
        since(65, "prometheus.workers", "prefork.metrics prometheus.workers")),
    "prometheus-uvicorn": Case(f"{PROMETHEUS} {UVICORN} api:app", 40, 40),
    "prometheus-uvicorn-workers": Case(
        f"{PROMETHEUS} {WORKERS} api:app", None, 0,
        lambda train: " ".join(sorted(f"prometheus.workers {spawned(train)}".split()))),
    "prometheus-uvicorn-reload": Case(
        f"{PROMETHEUS} {UVICORN} --reload api:app", None, 0,
        since(63, "prometheus.workers", "prometheus.workers spawn.silent")),
    "prometheus-reader": Case(f"{GUNICORN} reader:app", False, 40),
    "prometheus-reader-workers": Case(f"{GUNICORN} -w 2 reader:app", False, 0, "prometheus.workers"),
    "both-arguments": Case(f"{AUTO} {GUNICORN} both:app", 40, told="instrumentation.arguments"),
    "both-arguments-disabled": Case(
        f"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=flask {AUTO} {GUNICORN} both:app", False),
    "disabled-package": Case(
        f"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=opentelemetry-instrumentation-flask {AUTO} {GUNICORN} plain:app", 40,
        told="disabled.name"),
    "disabled-entry": Case(f"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=flask {AUTO} {GUNICORN} plain:app", False),
    "both-wsgi": Case(f"{AUTO} {GUNICORN} both_wsgi:app", 80, told="instrumentation.doubled"),
    "both-asgi": Case(f"{AUTO} {UVICORN} both_asgi:app", 80, told="instrumentation.doubled"),
    "both-provider": Case(
        f"OTEL_TRACES_EXPORTER=none {AUTO} {GUNICORN} path:app", False, told="provider.ignored"),
    "both-httpx": Case(f"{AUTO} python httpx_whole.py", 40),
    "both-httpx-client": Case(f"{AUTO} python httpx_client.py", 80, told="instrumentation.doubled"),
    "both-aiohttp": Case(f"{AUTO} python aiohttp_plain.py", 40),
    "both-aiohttp-config": Case(f"{AUTO} python aiohttp_config.py", 80, told="instrumentation.doubled"),
    "both-redis": Case(f"{AUTO} python redis_plain.py", 40),
    "both-redis-client": Case(f"{AUTO} python redis_client.py", 80, told="instrumentation.doubled"),
    # The client's own are 40.
    "both-grpc": Case(f"{AUTO} python grpc_plain.py", 80),
    "both-grpc-interceptor": Case(f"{AUTO} python grpc_interceptor.py", 120, told="instrumentation.doubled"),
    # The second is how many traces have a span of a server: what has a command as its parent is none.
    "click-uvicorn": Case(f"{AUTO} {UVICORN} api:app", 40, 40, puts=CLICK),
    "click-uvicorn-module": Case(f"{AUTO} python -m {UVICORN} api:app", 40, 0, "click.server", puts=CLICK),
    "click-uvicorn-module-disabled": Case(f"{WITHOUT} {AUTO} python -m {UVICORN} api:app", 40, 40, puts=CLICK),
    "click-uvicorn-module-workers": Case(
        f"{AUTO} python -m {WORKERS} api:app", since(63, 40, False), since(63, 40, 0), spawned, puts=CLICK),
    "click-granian": Case(f"{AUTO} {GRANIAN}", 40, 0, "click.server", puts=(*CLICK, "granian")),
    "click-granian-disabled": Case(f"{WITHOUT} {AUTO} {GRANIAN}", 40, 40, puts=(*CLICK, "granian")),
    "click-flask-module": Case(f"FLASK_APP=plain {AUTO} python -m flask run --port {{port}}", 40, 40, puts=CLICK),
    # What is counted are records.
    "logs": Case(f"OTEL_LOGS_EXPORTER=otlp {AUTO} python records.py", since(61, 40, 0)),
    "logs-old-variable": Case(
        f"OTEL_LOGS_EXPORTER=otlp OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true {AUTO} python records.py", 40,
        told=since(61, "variable.renamed", "")),
    "logs-new-variable": Case(
        f"OTEL_LOGS_EXPORTER=otlp OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION=true {AUTO} python records.py", since(61, 40, 0),
        told=since(61, "", "variable.renamed")),
}


def is_started(name, train):
    """Whether a case is started under a release."""
    if train in WHOLE or number(train) < CASES[name].first:
        return number(train) >= CASES[name].first
    trains = list(RELEASES)
    at = trains.index(train)
    # Of two releases the one that is whole stands for those before it.
    here, neighbours = CASES[name].expected(train), (trains[at - 1], trains[at + 1])
    return any(CASES[name].expected(other) != here for other in neighbours)
