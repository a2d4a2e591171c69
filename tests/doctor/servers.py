"""Proves what the doctor says of servers: starts each case under each release and counts what a receiver gets.

Writes `tests/doctor/SERVERS.md`; fails where something is not as the checks claim.
"""

import gzip
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = pathlib.Path(__file__).parent
RELEASES = ["0.62b1=1.41.1", "0.63b1=1.42.1", "0.64b0=1.43.0", "0.65b0=1.44.0", "0.66b1=1.45.1"]
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
UWSGI = "uwsgi -H {venv} --http-socket 127.0.0.1:{port} --master --processes 2 --enable-threads --wsgi-file plain.py --callable app"

# What is started, with variables in front; the distribution that is taken away; and what a release (0.N) is
# expected to tell: whether spans arrive, and how many instances report metrics of requests (None: any).
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
    # What follows takes distributions away, and must be last.
    "django-asgi-missing": (
        "DJANGO_SETTINGS_MODULE=shop.settings opentelemetry-instrument uvicorn --port {port} shop.asgi:application",
        ["opentelemetry-instrumentation-asgi", "opentelemetry-instrumentation-fastapi"], lambda n: (False, None)),
    "distro-missing": (
        "opentelemetry-instrument gunicorn -b 127.0.0.1:{port} plain:app", ["opentelemetry-distro"],
        lambda n: (False, None)),
}


class Receiver(ThreadingHTTPServer):
    """Counts the bodies of OTLP over HTTP: spans of servers, and the instances that report metrics of requests."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.reset()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def reset(self):
        with self.lock:
            self.spans, self.instances = 0, set()


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
                    self.server.spans += sum(span.kind == span.SPAN_KIND_SERVER for span in spans)
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
    names = ["flask", "fastapi", "asgi", "django"]
    packages = [f"opentelemetry-instrumentation-{name}=={train}" for name in names]
    packages += [f"opentelemetry-distro=={train}", f"opentelemetry-exporter-otlp-proto-http=={core}"]
    # The last FastAPI that does not tell of its requests itself.
    packages += ["flask", "fastapi==0.141.1", "django<6", "uvicorn", "gunicorn", "uwsgi"]
    subprocess.run([f"{venv}/bin/pip", "install", "--quiet", *packages], check=True)


def status(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def run(case, venv, folder, receiver, port, expectation):
    """Starts a case, sends the requests, and returns what arrived: spans and instances."""
    command = CASES[case][0].format(port=port, venv=venv)
    address = f"http://127.0.0.1:{receiver.server_address[1]}"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("{port}", str(port)).replace("{receiver}", address))
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
    words = command.split()
    while "=" in words[0]:
        name, value = words.pop(0).split("=", 1)
        environment[name] = value
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            words, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
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
        # What is expected may take a while; what is not must have had the time to come.
        deadline = time.monotonic() + 20
        at_least = time.monotonic() + 5
        arrives, expected = expectation
        while time.monotonic() < deadline:
            is_there = (receiver.spans > 0 or not arrives) and len(receiver.instances) >= (expected or 0)
            if is_there and time.monotonic() > at_least:
                break
            time.sleep(0.2)
        return receiver.spans, len(receiver.instances)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main():
    releases = sys.argv[1:] or RELEASES
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="doctor-"))
    rows, wrong, port = [], [], 18500
    receiver = None
    for release in releases:
        train, core = release.split("=")
        venv = scratch / train
        install(venv, train, core)
        if receiver is None:
            sys.path.append(str(next((venv / "lib").glob("python*/site-packages"))))
            receiver = Receiver()
        for case, (command, taken, expectation) in CASES.items():
            for name in taken or []:
                subprocess.run([f"{venv}/bin/pip", "uninstall", "--quiet", "--yes", name], check=True)
            port += 1
            folder = scratch / f"{train}-{case}"
            folder.mkdir()
            arrives, expected = expectation(int(train.split(".")[1].split("b")[0]))
            spans, instances = run(case, venv, folder, receiver, port, (arrives, expected))
            is_right = (spans > 0) == arrives and expected in (None, instances)
            rows.append(f"| {train} | {core} | {case} | {spans} | {instances} |")
            print(rows[-1], "" if is_right else "WRONG", flush=True)
            if not is_right:
                wrong.append(f"{train} {case}")
    head = (
        "# What the servers do\n\nWritten by `.ci/doctor`: each case is started with the real server under the release, "
        f"gets {REQUESTS * 4} requests, and a receiver counts\nthe spans of servers, and how many instances report metrics of "
        "requests.\n\n| release | SDK | case | spans | instances |\n|---|---|---|---|---|\n"
    )
    (HERE / "SERVERS.md").write_text(head + "\n".join(rows) + "\n")
    if wrong:
        sys.exit(f"not as the checks claim: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
