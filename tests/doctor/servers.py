"""Proves what the doctor says of servers: starts each case under each release and counts what a receiver gets.

Writes `tests/doctor/SERVERS.md`; fails where something is not as the checks claim.

    servers.py [--cases CASE,...] [--environments FOLDER] [RELEASE=SDK ...]

With `--cases` only these are started, and their rows take the place of those in the table; an environment that lies in
the folder under the name of the release is taken as it is, and one that does not is made there.
"""

import argparse
import gzip
import os
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = pathlib.Path(__file__).parent
RELEASES = ["0.57b0=1.36.0", "0.58b0=1.37.0", "0.62b1=1.41.1", "0.63b1=1.42.1", "0.64b0=1.43.0", "0.65b0=1.44.0", "0.66b1=1.45.1"]
REQUESTS = 10

FLASK = "from flask import Flask\n{before}app = Flask(__name__)\n@app.get('/')\ndef index(): return 'x'\n"
INITIALIZE = "from opentelemetry.instrumentation.auto_instrumentation import initialize\ninitialize()\n"
EXPORTER = (
    "from opentelemetry import trace\nfrom opentelemetry.sdk.trace import TracerProvider\n"
    "from opentelemetry.sdk.trace.export import BatchSpanProcessor\n"
    "from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter\n"
    "from opentelemetry.instrumentation.flask import FlaskInstrumentor\n"
    "provider = TracerProvider()\n"
    "provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint='{endpoint}')))\n"
    "trace.set_tracer_provider(provider)\n"
)
FILES = {
    "plain.py": FLASK.format(before=""),
    "reloader.py": FLASK.format(before="") + "if __name__ == '__main__': app.run(debug=True, port={port})\n",
    "late.py": FLASK.format(before=INITIALIZE),
    "first.py": INITIALIZE + FLASK.format(before=""),
    "late_instrument.py": FLASK.format(
        before="from opentelemetry.instrumentation.flask import FlaskInstrumentor\n"
        + EXPORTER.format(endpoint="{receiver}/v1/traces")
        + "FlaskInstrumentor().instrument()\n"
    ),
    "no_path.py": FLASK.format(before=EXPORTER.format(endpoint="{receiver}")) + "FlaskInstrumentor().instrument_app(app)\n",
    "path.py": FLASK.format(before=EXPORTER.format(endpoint="{receiver}/v1/traces"))
    + "FlaskInstrumentor().instrument_app(app)\n",
    "api.py": "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef index(): return 'x'\n",
    "late_api.py": "from fastapi import FastAPI\n"
    + INITIALIZE
    + "app = FastAPI()\n@app.get('/')\ndef index(): return 'x'\n",
    "shop/__init__.py": "",
    "shop/settings.py": "DEBUG = False\nALLOWED_HOSTS = ['*']\nSECRET_KEY = 'x'\nROOT_URLCONF = 'shop.urls'\nMIDDLEWARE = []\n",
    "shop/urls.py": "from django.http import HttpResponse\nfrom django.urls import path\n"
    "urlpatterns = [path('', lambda request: HttpResponse('x'))]\n",
    "shop/wsgi.py": "import os\nfrom django.core.wsgi import get_wsgi_application\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()\n",
    "shop/asgi.py": "import os\nfrom django.core.asgi import get_asgi_application\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_asgi_application()\n",
}
FILES |= {
    "both.py": FLASK.format(before="from opentelemetry.instrumentation.flask import FlaskInstrumentor\n")
    + "FlaskInstrumentor().instrument_app(app, excluded_urls='.*')\n",
    "both_wsgi.py": FLASK.format(before="from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware\n")
    + "app.wsgi_app = OpenTelemetryMiddleware(app.wsgi_app)\n",
    "both_asgi.py": FILES["api.py"]
    + "from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware\napp.add_middleware(OpenTelemetryMiddleware)\n",
    "post_fork.py": "import os\ndef post_fork(server, worker):\n"
    "    os.environ['OTEL_RESOURCE_ATTRIBUTES'] = f'service.instance.id={worker.pid}'\n"
    "    from opentelemetry.instrumentation.auto_instrumentation import initialize\n    initialize()\n",
    "reader.py": "from prometheus_client import start_http_server\nfrom opentelemetry import metrics\n"
    "from opentelemetry.sdk.metrics import MeterProvider\nfrom opentelemetry.exporter.prometheus import PrometheusMetricReader\n"
    "start_http_server({fetched})\n"
    "metrics.set_meter_provider(MeterProvider(metric_readers=[PrometheusMetricReader()]))\n"
    "from opentelemetry.instrumentation.flask import FlaskInstrumentor\nFlaskInstrumentor().instrument()\n"
    + FLASK.format(before=""),
    "jobs.py": "from celery import Celery\nimport pathlib\n"
    "folder = pathlib.Path(__file__).parent\n"
    "app = Celery('jobs', broker='filesystem://')\napp.conf.task_ignore_result = True\n"
    "app.conf.broker_transport_options = {'data_folder_in': str(folder), 'data_folder_out': str(folder)}\n"
    "@app.task\ndef work(number): return number\n",
    "jobs_flush.py": "from jobs import app\nfrom celery.signals import worker_process_shutdown\nfrom opentelemetry import trace\n"
    "@worker_process_shutdown.connect\ndef flush(**_): trace.get_tracer_provider().force_flush()\n",
    "feed.py": "import jobs\nfor number in range(40): jobs.work.delay(number)\n",
    "calls.py": "import asyncio, sys, threading\nfrom http.server import BaseHTTPRequestHandler, ThreadingHTTPServer\n"
    "class Handler(BaseHTTPRequestHandler):\n"
    "    def do_GET(self): self.send_response(204); self.end_headers()\n"
    "server = ThreadingHTTPServer(('127.0.0.1', {port}), Handler)\n"
    "threading.Thread(target=server.serve_forever, daemon=True).start()\nurl = 'http://127.0.0.1:{port}/'\n"
    "def httpx(by_hand):\n"
    "    import httpx\n    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor\n    client = httpx.Client()\n"
    "    HTTPXClientInstrumentor.instrument_client(client) if by_hand else HTTPXClientInstrumentor().instrument()\n"
    "    for _ in range(40): client.get(url)\n"
    "def aiohttp(by_hand):\n"
    "    import aiohttp\n    from opentelemetry.instrumentation.aiohttp_client import create_trace_config\n"
    "    async def main():\n"
    "        async with aiohttp.ClientSession(trace_configs=[create_trace_config()] if by_hand else []) as session:\n"
    "            for _ in range(40): await (await session.get(url)).read()\n"
    "    asyncio.run(main())\n"
    "def redis(by_hand):\n"
    "    import redis\n    from opentelemetry.instrumentation.redis import RedisInstrumentor\n"
    "    client = redis.Redis(port=1, retry=None)\n    if by_hand: RedisInstrumentor.instrument_client(client)\n"
    "    for _ in range(40):\n        try: client.get('x')\n        except redis.ConnectionError: pass\n"
    "def grpc(by_hand):\n"
    "    import grpc\n    from concurrent import futures\n    from opentelemetry.instrumentation.grpc import server_interceptor\n"
    "    class Calls(grpc.GenericRpcHandler):\n"
    "        def service(self, details): return grpc.unary_unary_rpc_method_handler(lambda request, context: b'y')\n"
    "    own = grpc.server(futures.ThreadPoolExecutor(), interceptors=[server_interceptor()] if by_hand else [])\n"
    "    own.add_generic_rpc_handlers((Calls(),))\n    port = own.add_insecure_port('127.0.0.1:0')\n    own.start()\n"
    "    channel = grpc.insecure_channel(f'127.0.0.1:{port}')\n"
    "    for _ in range(40): channel.unary_unary('/a.B/C')(b'x')\n"
    "globals()[sys.argv[1]](len(sys.argv) > 2)\nimport time; time.sleep(1)\n",
}
GEVENT = "OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH=patch_all"
SECURE = "OTEL_EXPORTER_OTLP_ENDPOINT={secure} OTEL_EXPORTER_OTLP_CERTIFICATE={certificate}"
CELERY = (
    "OTEL_BSP_SCHEDULE_DELAY=2000 opentelemetry-instrument celery -A jobs worker -c 2 --without-gossip --without-mingle"
)
PROMETHEUS = "OTEL_METRICS_EXPORTER=prometheus OTEL_EXPORTER_PROMETHEUS_PORT={fetched} opentelemetry-instrument"
UWSGI = "uwsgi -H {venv} --http-socket 127.0.0.1:{port} --master --processes 2 --enable-threads --wsgi-file plain.py --callable app"

CLICK = "opentelemetry-instrumentation-click"

# What is started, with variables in front; the distributions that are taken away, or added with `+`; and what a release (0.N) is
# expected to tell: whether spans arrive or how many, and how many instances report metrics of requests (None: any).
# For those that Prometheus asks, the second is how many requests it would see.
CASES = {
    "flask-reloader": ("opentelemetry-instrument python reloader.py", None, lambda n: (n >= 63, None)),
    "uvicorn-workers": (
        "opentelemetry-instrument uvicorn --workers 2 --port {port} api:app", None, lambda n: (n >= 63, None)),
    "uvicorn-reload": ("opentelemetry-instrument uvicorn --reload --port {port} api:app", None, lambda n: (n >= 63, None)),
    "gunicorn-workers": (
        "opentelemetry-instrument gunicorn -w 2 -b 127.0.0.1:{port} plain:app", None, lambda n: (True, 2 if n >= 65 else 1)),
    "gunicorn-preload": (
        "opentelemetry-instrument gunicorn --preload -w 2 -b 127.0.0.1:{port} plain:app", None,
        lambda n: (True, 2 if n >= 65 else 1)),
    "uwsgi": (f"opentelemetry-instrument {UWSGI}", None, lambda n: (True, 0)),
    "uwsgi-lazy": (f"opentelemetry-instrument {UWSGI} --lazy-apps", None, lambda n: (True, 0)),
    "uwsgi-osafterfork": (
        f"opentelemetry-instrument {UWSGI} --py-call-osafterfork", None, lambda n: (True, 2 if n >= 65 else 1)),
    "initialize-late": ("gunicorn -b 127.0.0.1:{port} late:app", None, lambda n: (False, None)),
    "initialize-first": ("gunicorn -b 127.0.0.1:{port} first:app", None, lambda n: (True, None)),
    "initialize-late-fastapi": ("uvicorn --port {port} late_api:app", None, lambda n: (False, None)),
    "instrument-late": ("gunicorn -b 127.0.0.1:{port} late_instrument:app", None, lambda n: (False, None)),
    "django-settings-missing": (
        "opentelemetry-instrument gunicorn -b 127.0.0.1:{port} shop.wsgi", None, lambda n: (False, None)),
    "django-settings": (
        "DJANGO_SETTINGS_MODULE=shop.settings opentelemetry-instrument gunicorn -b 127.0.0.1:{port} shop.wsgi", None,
        lambda n: (True, None)),
    "django-asgi": (
        "DJANGO_SETTINGS_MODULE=shop.settings opentelemetry-instrument uvicorn --port {port} shop.asgi:application", None,
        lambda n: (True, None)),
    "otlp-no-path": ("gunicorn -b 127.0.0.1:{port} no_path:app", None, lambda n: (False, None)),
    "otlp-path": ("gunicorn -b 127.0.0.1:{port} path:app", None, lambda n: (True, None)),
    "gunicorn-post-fork": (
        "gunicorn -c post_fork.py -w 2 -b 127.0.0.1:{port} plain:app", None, lambda n: (True, 2)),
    "gunicorn-uvicorn-workers": (
        "opentelemetry-instrument gunicorn -w 2 -k uvicorn.workers.UvicornWorker -b 127.0.0.1:{port} api:app", None,
        lambda n: (True, 2 if n >= 65 else 1)),
    "django-injected": (
        "PYTHONPATH={injection}:{folder} DJANGO_SETTINGS_MODULE=shop.settings gunicorn -b 127.0.0.1:{port} shop.wsgi", None,
        lambda n: (True, None)),
    "django-injected-no-path": (
        "PYTHONPATH={injection} DJANGO_SETTINGS_MODULE=shop.settings gunicorn -b 127.0.0.1:{port} shop.wsgi", None,
        lambda n: (False, None)),
    "django-injected-no-settings": (
        "PYTHONPATH={injection}:{folder} gunicorn -b 127.0.0.1:{port} shop.wsgi", None, lambda n: (False, None)),
    "gevent-https": (
        f"{SECURE} opentelemetry-instrument gunicorn -k gevent -b 127.0.0.1:{{port}} plain:app", None,
        lambda n: (False, None)),
    "gevent-https-patched": (
        f"{SECURE} {GEVENT} opentelemetry-instrument gunicorn -k gevent -b 127.0.0.1:{{port}} plain:app", None,
        lambda n: (n >= 58, None)),
    "eventlet": ("opentelemetry-instrument gunicorn -k eventlet -b 127.0.0.1:{port} plain:app", None, lambda n: (40, None)),
    "eventlet-https": (
        f"{SECURE} opentelemetry-instrument gunicorn -k eventlet -b 127.0.0.1:{{port}} plain:app", None,
        lambda n: (False, None)),
    "eventlet-https-initialize": (
        f"{SECURE} gunicorn -k eventlet -b 127.0.0.1:{{port}} first:app", None, lambda n: (True, None)),
    "eventlet-gevent-patched": (
        f"{GEVENT} opentelemetry-instrument gunicorn -k eventlet -b 127.0.0.1:{{port}} plain:app", None,
        lambda n: (range(40) if n >= 58 else 40, None)),
    "celery": (CELERY, None, lambda n: (40, None)),
    "celery-recycled": (f"{CELERY} --max-tasks-per-child 1", None, lambda n: (False, None)),
    "celery-recycled-threads": (f"{CELERY} --max-tasks-per-child 1 -P threads", None, lambda n: (40, None)),
    "celery-recycled-flush": (
        f"{CELERY} --max-tasks-per-child 1".replace("-A jobs", "-A jobs_flush"), None, lambda n: (40, None)),
    "celery-gevent-https": (f"{SECURE} {CELERY} -P gevent", None, lambda n: (False, None)),
    "celery-gevent-https-patched": (f"{SECURE} {GEVENT} {CELERY} -P gevent", None, lambda n: (n >= 58, None)),
    "celery-eventlet-https": (f"{SECURE} {CELERY} -P eventlet", None, lambda n: (False, None)),
    "prometheus-gunicorn": (f"{PROMETHEUS} gunicorn -b 127.0.0.1:{{port}} plain:app", None, lambda n: (40, 0)),
    "prometheus-gunicorn-workers": (f"{PROMETHEUS} gunicorn -w 2 -b 127.0.0.1:{{port}} plain:app", None, lambda n: (40, 0)),
    "prometheus-uvicorn": (f"{PROMETHEUS} uvicorn --port {{port}} api:app", None, lambda n: (40, 40)),
    "prometheus-uvicorn-workers": (f"{PROMETHEUS} uvicorn --workers 2 --port {{port}} api:app", None, lambda n: (None, 0)),
    "prometheus-uvicorn-reload": (f"{PROMETHEUS} uvicorn --reload --port {{port}} api:app", None, lambda n: (None, 0)),
    "prometheus-reader": ("gunicorn -b 127.0.0.1:{port} reader:app", None, lambda n: (False, 40)),
    "prometheus-reader-workers": ("gunicorn -w 2 -b 127.0.0.1:{port} reader:app", None, lambda n: (False, 0)),
    "both-arguments": ("opentelemetry-instrument gunicorn -b 127.0.0.1:{port} both:app", None, lambda n: (40, None)),
    "both-arguments-disabled": (
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=flask opentelemetry-instrument gunicorn -b 127.0.0.1:{port} both:app", None,
        lambda n: (False, None)),
    "both-wsgi": ("opentelemetry-instrument gunicorn -b 127.0.0.1:{port} both_wsgi:app", None, lambda n: (80, None)),
    "both-asgi": ("opentelemetry-instrument uvicorn --port {port} both_asgi:app", None, lambda n: (80, None)),
    "both-provider": (
        "OTEL_TRACES_EXPORTER=none opentelemetry-instrument gunicorn -b 127.0.0.1:{port} path:app", None,
        lambda n: (False, None)),
    "both-httpx": ("opentelemetry-instrument python calls.py httpx", None, lambda n: (40, None)),
    "both-httpx-client": ("opentelemetry-instrument python calls.py httpx x", None, lambda n: (80, None)),
    "both-aiohttp": ("opentelemetry-instrument python calls.py aiohttp", None, lambda n: (40, None)),
    "both-aiohttp-config": ("opentelemetry-instrument python calls.py aiohttp x", None, lambda n: (80, None)),
    "both-redis": ("opentelemetry-instrument python calls.py redis", None, lambda n: (40, None)),
    "both-redis-client": ("opentelemetry-instrument python calls.py redis x", None, lambda n: (80, None)),
    # The client's own are 40.
    "both-grpc": ("opentelemetry-instrument python calls.py grpc", None, lambda n: (80, None)),
    "both-grpc-interceptor": ("opentelemetry-instrument python calls.py grpc x", None, lambda n: (120, None)),
    # What follows adds or takes distributions away, and must be last. For the first ones, the second is how many traces have
    # a span of a server: what has a command as its parent is none.
    "click-uvicorn": ("opentelemetry-instrument uvicorn --port {port} api:app", [f"+{CLICK}"], lambda n: (40, 40)),
    "click-uvicorn-module": (
        "opentelemetry-instrument python -m uvicorn --port {port} api:app", [f"+{CLICK}"], lambda n: (40, 0)),
    "click-uvicorn-module-disabled": (
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=click opentelemetry-instrument python -m uvicorn --port {port} api:app",
        [f"+{CLICK}"], lambda n: (40, 40)),
    "click-uvicorn-module-workers": (
        "opentelemetry-instrument python -m uvicorn --workers 2 --port {port} api:app", [f"+{CLICK}"],
        lambda n: (40 if n >= 63 else 0, 40 if n >= 63 else 0)),
    "click-granian": (
        "opentelemetry-instrument granian --interface asgi --workers 2 --port {port} api:app", [f"+{CLICK}", "+granian"],
        lambda n: (40, 0)),
    "click-granian-disabled": (
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=click opentelemetry-instrument granian --interface asgi --workers 2 --port {port} "
        "api:app", [f"+{CLICK}", "+granian"], lambda n: (40, 40)),
    "click-flask-module": (
        "FLASK_APP=plain opentelemetry-instrument python -m flask run --port {port}", [f"+{CLICK}"], lambda n: (40, 40)),
    "django-asgi-missing": (
        "DJANGO_SETTINGS_MODULE=shop.settings opentelemetry-instrument uvicorn --port {port} shop.asgi:application",
        ["opentelemetry-instrumentation-asgi", "opentelemetry-instrumentation-fastapi"], lambda n: (False, None)),
    "distro-missing": (
        "opentelemetry-instrument gunicorn -b 127.0.0.1:{port} plain:app", ["opentelemetry-distro"],
        lambda n: (False, None)),
}


class Receiver(ThreadingHTTPServer):
    """Counts the bodies of OTLP over HTTP: spans, and the instances that report metrics of requests."""

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.lock = threading.Lock()
        self.reset()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def reset(self):
        with self.lock:
            self.spans, self.instances, self.traces = 0, set(), set()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with self.server.lock:
            if self.path == "/v1/traces":
                for resource in trace_service_pb2.ExportTraceServiceRequest.FromString(body).resource_spans:
                    spans = [span for scope in resource.scope_spans for span in scope.spans]
                    # The parts of a request are told besides by ASGI.
                    parts = (" http send", " http receive")
                    told = [span for span in spans if not span.name.endswith(parts)]
                    self.server.spans += len(told)
                    self.server.traces |= {span.trace_id for span in told if span.kind == span.SPAN_KIND_SERVER}
            elif self.path == "/v1/metrics":
                for resource in metrics_service_pb2.ExportMetricsServiceRequest.FromString(body).resource_metrics:
                    names = [metric.name for scope in resource.scope_metrics for metric in scope.metrics]
                    if any(name.startswith("http.server") for name in names):
                        attributes = {a.key: a.value.string_value for a in resource.resource.attributes}
                        self.server.instances.add(attributes.get("service.instance.id"))
        found = self.path in ("/v1/traces", "/v1/metrics", "/v1/logs")
        self.send_response(200 if found else 404)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def install(venv, train, core):
    """An environment of one release, with the servers."""
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    names = ["flask", "fastapi", "asgi", "django", "celery", "httpx", "redis", "aiohttp-client", "grpc", "wsgi"]
    packages = [f"opentelemetry-instrumentation-{name}=={train}" for name in names]
    packages += [f"opentelemetry-distro=={train}", f"opentelemetry-exporter-otlp-proto-http=={core}"]
    packages += [f"opentelemetry-exporter-prometheus=={train}", "celery", "gevent", "eventlet", "httpx", "redis", "aiohttp"]
    packages += ["grpcio"]
    # The last FastAPI that does not tell of its requests itself.
    packages += ["flask", "fastapi==0.141.1", "django<6", "uvicorn", "gunicorn<24", "uwsgi"]
    subprocess.run([f"{venv}/bin/pip", "install", "--quiet", *packages], check=True)


def fetched(port):
    """How many requests somebody sees who fetches the metrics."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return 0
    counts = re.findall(r"^http_server_(?:request_)?duration\w*_count\{[^\n]*\} ([\d.]+)", text, re.MULTILINE)
    # Those that wait for the server to be there are counted too.
    return min(int(sum(map(float, counts))), REQUESTS * 4)


def status(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def run(case, venv, folder, receivers, port, expectation):
    """Starts a case, sends the requests, and returns what arrived: spans and instances."""
    plain, secure, certificate = receivers
    command = CASES[case][0]
    receiver = secure if "{secure}" in command else plain
    address = f"http://127.0.0.1:{plain.server_address[1]}"
    packages = next((venv / "lib").glob("python*/site-packages"))
    places = {
        "port": port,
        "fetched": port + 2000,
        "venv": venv,
        "folder": folder,
        "injection": packages / "opentelemetry/instrumentation/auto_instrumentation",
        "secure": f"https://localhost:{secure.server_address[1]}",
        "certificate": certificate,
    }
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        # The last one in the calls is a variable of Python's.
        text = text.replace("{port}", str(port), 2)
        path.write_text(text.replace("{receiver}", address).replace("{fetched}", str(port + 2000)))
    environment = {
        "PATH": f"{venv}/bin:{os.environ['PATH']}",
        "HOME": str(folder),
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_EXPORTER_OTLP_ENDPOINT": address,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "300",
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    }
    words = command.format(**places).split()
    while "=" in words[0]:
        name, value = words.pop(0).split("=", 1)
        environment[name] = value
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            words, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        receiver.reset()
        if "celery" in words:
            time.sleep(6)
            off = environment | {"OTEL_SDK_DISABLED": "true"}
            subprocess.run([f"{venv}/bin/python", "feed.py"], cwd=folder, env=off, check=True)
        elif "calls.py" in words:
            process.wait(60)
        else:
            feed(process, receiver, port)
        # What is expected may take a while; what is not must have had the time to come.
        deadline = time.monotonic() + (60 if "celery" in words else 20)
        at_least = time.monotonic() + 5
        arrives, expected = expectation
        is_fetched = case.startswith("prometheus")
        while time.monotonic() < deadline:
            seconds = receiver.traces if case.startswith("click-") else receiver.instances
            is_there = is_right_count(receiver.spans, arrives) and len(seconds) >= (expected or 0)
            if (is_there or is_fetched) and time.monotonic() > at_least:
                break
            time.sleep(0.2)
        return receiver.spans, fetched(places["fetched"]) if is_fetched else len(seconds)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def feed(process, receiver, port):
    """Waits for a server, and sends it the requests."""
    deadline = time.monotonic() + 30
    while status(port) is None and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1.5)
    receiver.reset()
    # Several connections at once, so that every worker gets some.
    threads = [threading.Thread(target=status, args=(port,)) for _ in range(REQUESTS * 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def is_right_count(spans, expected):
    """Whether so many spans are what is expected: whether there are any, how many, or nothing in particular."""
    if expected is None:
        return True
    if isinstance(expected, bool):
        return (spans > 0) == expected
    return spans in (expected if isinstance(expected, range) else [expected])


def own_certificate(scratch):
    """A certificate for this machine, with its key in the same file."""
    path = scratch / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", path, "-out", f"{path}.crt"],
        check=True, capture_output=True,
    )
    path.write_text(path.read_text() + pathlib.Path(f"{path}.crt").read_text())
    return path


def table():
    """The rows of the table as it is, by release and case."""
    try:
        lines = (HERE / "SERVERS.md").read_text().splitlines()
    except FileNotFoundError:
        return {}
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| 0.")]
    return {(row[0], row[2]): row for row in cells}


def write(rows):
    """Writes the table: by release, and in the order of the cases."""
    head = (
        "# What the servers do\n\nWritten by `.ci/doctor`: each case is started with the real server under the release, "
        f"gets {REQUESTS * 4} requests (or tasks, or calls), and a\nreceiver counts the spans, and how many instances report "
        "metrics of requests. For `prometheus-` the last column is how many\nrequests somebody sees who fetches the metrics; "
        "for `click-` it is how many traces have a span of a server.\n\n| release | SDK | case | spans | instances |\n|---|---|---|---|---|\n"
    )
    order = list(CASES)
    told = sorted(rows.values(), key=lambda row: (row[0], order.index(row[2]) if row[2] in order else len(order)))
    (HERE / "SERVERS.md").write_text(head + "".join(f"| {' | '.join(row)} |\n" for row in told))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=lambda text: text.split(","))
    parser.add_argument("--environments", type=pathlib.Path)
    parser.add_argument("releases", nargs="*", default=RELEASES)
    chosen = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="doctor-"))
    rows, wrong, port = table() if chosen.cases else {}, [], 18500
    receivers = None
    for release in chosen.releases:
        train, core = release.split("=")
        venv = (chosen.environments or scratch) / train
        if not venv.exists():
            install(venv, train, core)
        if receivers is None:
            sys.path.append(str(next((venv / "lib").glob("python*/site-packages"))))
            certificate = own_certificate(scratch)
            receivers = (Receiver(), Receiver(certificate), f"{certificate}.crt")
        for case, (command, taken, expectation) in CASES.items():
            if chosen.cases and case not in chosen.cases:
                continue
            for name in taken or []:
                pinned = f"{name[1:]}=={train}" if name == f"+{CLICK}" else name[1:]
                is_added = name.startswith("+")
                how = ["install", "--quiet", pinned] if is_added else ["uninstall", "--quiet", "--yes", name]
                subprocess.run([f"{venv}/bin/pip", *how], check=True)
            port += 1
            folder = scratch / f"{train}-{case}"
            folder.mkdir()
            arrives, expected = expectation(int(train.split(".")[1].split("b")[0]))
            spans, instances = run(case, venv, folder, receivers, port, (arrives, expected))
            is_right = is_right_count(spans, arrives) and expected in (None, instances)
            rows[train, case] = [train, core, case, str(spans), str(instances)]
            print(f"| {' | '.join(rows[train, case])} |", "" if is_right else "WRONG", flush=True)
            if not is_right:
                wrong.append(f"{train} {case}")
        write(rows)
    if wrong:
        sys.exit(f"not as the checks claim: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
