"""Proves what the doctor says of servers: starts each case under each release, counts what a receiver gets, and asks the
doctor.

Writes `SERVERS.md` beside it; fails where something is not as `cases.py` says.

    servers.py [--cases CASE,...] [--environments FOLDER] [--at-once NUMBER] BINARY [RELEASE ...]

With `--cases` or releases only these are started, and their rows take the place of those in the table; an environment that
lies in the folder under the name of the release is taken as it is, and one that does not is made there.
"""

import argparse
import concurrent.futures
import gzip
import json
import os
import pathlib
import queue
import re
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cases
import claims
import programs

HERE = pathlib.Path(__file__).parent
REQUESTS = 40
HEAD = f"""# What the servers do, and what the doctor says of it

Written by `.ci/doctor`: each case of `cases.py` is started with the real server under the release and gets {REQUESTS} requests (or
tasks, or calls). A receiver counts the spans (of `logs` the records), and how many instances report metrics of requests. For
`prometheus-` that column is how many requests somebody sees who fetches the metrics, and for `click-` how many traces have a
span of a server. The last column is what
`-a doctor` finds in the folder of the case, under the same release. Everything is started under four releases, and under those
between them what one of them changes.

## What is proven

"""


class Receiver(ThreadingHTTPServer):
    """Counts the bodies of OTLP over HTTP: spans, records, and the instances that report metrics of requests."""

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
            self.spans, self.records, self.instances, self.traces = 0, 0, set(), set()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
        from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with self.server.lock:
            if self.path == "/v1/traces":
                for resource in trace_service_pb2.ExportTraceServiceRequest.FromString(body).resource_spans:
                    told = [span for scope in resource.scope_spans for span in scope.spans if counts(span)]
                    self.server.spans += len(told)
                    self.server.traces |= {span.trace_id for span in told if span.kind == span.SPAN_KIND_SERVER}
            elif self.path == "/v1/logs":
                for resource in logs_service_pb2.ExportLogsServiceRequest.FromString(body).resource_logs:
                    records = [record for scope in resource.scope_logs for record in scope.log_records]
                    # The SDK has some of its own.
                    self.server.records += sum(record.body.string_value.startswith("number") for record in records)
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


def counts(span):
    """Whether a span is one of a request: none of those that ask whether a server is there, and none of a part of one, which
    ASGI tells besides."""
    texts = [span.name, *(attribute.value.string_value for attribute in span.attributes)]
    return not span.name.endswith((" http send", " http receive")) and not any("/warm" in text for text in texts)


def install(venv, train):
    """An environment of one release, with the servers."""
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip(venv, "install", *packages(train))


def packages(train):
    """What is in the environment of a release."""
    core = cases.RELEASES[train]
    names = "aiohttp-client asgi celery django fastapi flask grpc httpx logging redis wsgi".split()
    found = [f"opentelemetry-instrumentation-{name}=={train}" for name in names]
    found += [f"opentelemetry-distro=={train}", f"opentelemetry-exporter-otlp-proto-http=={core}"]
    found += [f"opentelemetry-exporter-prometheus=={train}", "celery", "gevent", "eventlet", "httpx", "redis", "aiohttp"]
    return [*found, "grpcio", "flask", cases.FASTAPI, "fastapi-cli", "django<6", "uvicorn", "gunicorn<24", "uwsgi"]


def pip(venv, *words):
    subprocess.run([f"{venv}/bin/python", "-m", "pip", *words, "--quiet"], check=True)


def fetched(port):
    """How many requests somebody sees who fetches the metrics."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return 0
    counts = re.findall(r"^http_server_(?:request_)?duration\w*_count\{[^\n]*\} ([\d.]+)", text, re.MULTILINE)
    # Those that ask whether the server is there are counted too.
    return min(int(sum(map(float, counts))), REQUESTS)


def ask(port, path=""):
    """What a server answers; `None` if it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=8) as answer:
            return answer.read().decode()
    except OSError:
        return None


def ask_at_once(port, path, number):
    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda _: ask(port, path), range(number)))


def free_port():
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return own.getsockname()[1]


def wait(until, seconds):
    """Waits until something is so, at most so long."""
    deadline = time.monotonic() + seconds
    while not until() and time.monotonic() < deadline:
        time.sleep(0.2)


def feed(process, command, port):
    """Waits until a server and all of its workers are there, and sends it the requests."""
    wait(lambda: ask(port, "warm") is not None or process.poll() is not None, 90)
    several = any(words in command for words in ("-w 2", "--workers 2", "--processes 2", "WEB_CONCURRENCY=2", "serve.py"))
    seen = set()

    def is_there():
        seen.update(set(ask_at_once(port, "warm", 12)) - {None})
        return len(seen) == 2 or process.poll() is not None

    if several and ask(port, "warm") is not None:
        wait(is_there, 45)
    ask_at_once(port, "", REQUESTS)


def told(binary, venv, folder):
    """The checks that the doctor finds in a folder."""
    command = [binary, "-a", "doctor", "--offline", "--python", venv, "--format", "json", folder]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if not answer.stdout:
        sys.exit(answer.stderr)
    found = sorted({one["id"] for one in json.loads(answer.stdout)["findings"]})
    return " ".join(found)


class Stage:
    """Where one case after the other is started: receivers, and a folder."""

    def __init__(self, scratch, certificate):
        self.scratch, self.certificate = scratch, f"{certificate}.crt"
        self.plain, self.secure = Receiver(), Receiver(certificate)

    @staticmethod
    def written(case, folder, places):
        """Writes the programs of a case and how it is started; its variables and words."""
        for file in programs.needed(case.command):
            text = programs.PROGRAMS[file]
            for place in ("port", "fetched", "receiver"):
                text = text.replace(f"{{{place}}}", str(places[place]))
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text)
        variables = {
            "OTEL_SERVICE_NAME": "shop",
            "OTEL_EXPORTER_OTLP_ENDPOINT": places["receiver"],
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "300",
            "OTEL_BLRP_SCHEDULE_DELAY": "300",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        }
        words = case.command.format(**places).split()
        while "=" in words[0]:
            variable, value = words.pop(0).split("=", 1)
            variables[variable] = value
        exports = "".join(f"export {variable}={shlex.quote(value)}\n" for variable, value in variables.items())
        (folder / "start.sh").write_text(f"#!/bin/sh\n{exports}exec {shlex.join(words)}\n")
        return variables, words

    def run(self, binary, venv, train, name):
        """Starts a case, and returns what arrived: spans, instances and what the doctor tells."""
        case = cases.CASES[name]
        folder = self.scratch / f"{train}-{name}"
        folder.mkdir()
        receiver = self.secure if "{secure}" in case.command else self.plain
        address = f"http://127.0.0.1:{self.plain.server_address[1]}"
        packages = next((venv / "lib").glob("python*/site-packages"))
        places = {
            "port": free_port(),
            "fetched": free_port(),
            "receiver": address,
            "venv": venv,
            "folder": folder,
            "injection": packages / "opentelemetry/instrumentation/auto_instrumentation",
            "secure": f"https://localhost:{self.secure.server_address[1]}",
            "certificate": self.certificate,
        }
        variables, words = self.written(case, folder, places)
        found = told(binary, venv, folder)
        environment = {"PATH": f"{venv}/bin:{os.environ['PATH']}", "HOME": str(folder), **variables}
        receiver.reset()
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(words, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            if "celery" in words:
                off = environment | {"OTEL_SDK_DISABLED": "true"}
                subprocess.run([f"{venv}/bin/python", "feed.py"], cwd=folder, env=off, check=True)
                wait(lambda: not list(folder.glob("*.celery.msg")), 90)
            elif "{port}" not in case.command and not any(word in ("reloader.py", "no_reloader.py", "serve.py") for word in words):
                process.wait(120)
            else:
                feed(process, case.command, places["port"])
            own = "traces" if name.startswith("click-") else "instances"
            spans, instances = counted(case, train, receiver, own, name.startswith("prometheus"))
            if name.startswith("prometheus"):
                instances = fetched(places["fetched"])
            return spans, instances, found
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def counted(case, train, receiver, second, is_fetched):
    """Waits for what is expected, which may take a while; what is not must have had the time to come."""
    arrives, expected, _ = case.expected(train)
    own = "records" if "records.py" in case.command else "spans"

    def is_there():
        return claims.is_right(getattr(receiver, own), arrives) and (is_fetched or len(getattr(receiver, second)) >= (expected or 0))

    at_least = time.monotonic() + 5
    wait(lambda: is_there() and time.monotonic() > at_least, 40)
    return getattr(receiver, own), len(getattr(receiver, second))


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


def write(rows):
    """Writes the table: by release, and in the order of the cases."""
    order = list(cases.CASES)
    kept = [row for key, row in rows.items() if key[1] in order and cases.is_started(key[1], key[0])]
    kept.sort(key=lambda row: (cases.number(row[0]), order.index(row[2])))
    text = "\n## What came of it\n\n| release | SDK | case | spans | instances | the doctor |\n|---|---|---|---|---|---|\n"
    text += "".join(f"| {' | '.join(row)} |\n" for row in kept)
    (HERE / "SERVERS.md").write_text(HEAD + claims.summary() + text)


class Proof:
    """What was found out, and what is not as it was said."""

    def __init__(self, binary, rows):
        self.binary, self.rows, self.wrong = binary, rows, []

    def case(self, stages, venv, train, name):
        stage = stages.get()
        try:
            spans, instances, found = stage.run(self.binary, venv, train, name)
        finally:
            stages.put(stage)
        arrives, expected, told_by = cases.CASES[name].expected(train)
        is_right = claims.is_right(spans, arrives) and expected in (None, instances) and found == told_by
        shown = " ".join(f"`{check}`" for check in found.split())
        row = [train, cases.RELEASES[train], name, str(spans), str(instances), shown]
        self.rows[train, name] = row
        print(f"| {' | '.join(row)} |", "" if is_right else f"WRONG: {arrives} {expected} {told_by}", flush=True)
        if not is_right:
            self.wrong.append(f"{train} {name}")

    def changed(self, stages, venv, train, name):
        """A case for which distributions are put in, or taken away, and put back."""
        case = cases.CASES[name]
        put = [put.format(train=train) for put in case.puts]
        if put:
            pip(venv, "install", *put)
        if case.takes:
            pip(venv, "uninstall", "--yes", *case.takes)
        try:
            self.case(stages, venv, train, name)
        finally:
            for one in put:
                pip(venv, "uninstall", "--yes", one.split("==")[0].split("[")[0])
            pip(venv, "install", *packages(train))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=lambda text: text.split(","))
    parser.add_argument("--environments", type=pathlib.Path)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("releases", nargs="*", default=list(cases.RELEASES))
    chosen = parser.parse_args()
    claims.proofs()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="doctor-"))
    is_part = chosen.cases or chosen.releases != list(cases.RELEASES)
    proof = Proof(chosen.binary.absolute(), claims.rows() if is_part else {})
    certificate, stages = own_certificate(scratch), queue.Queue()
    for _ in range(chosen.at_once):
        stages.put(Stage(scratch, certificate))
    for train in chosen.releases:
        venv = (chosen.environments or scratch) / train
        if not venv.exists():
            install(venv, train)
        # What the receivers read bodies with.
        if "opentelemetry.proto" not in sys.modules:
            sys.path.append(str(next((venv / "lib").glob("python*/site-packages"))))
            import opentelemetry.proto.collector.trace.v1.trace_service_pb2  # noqa: F401
        names = [n for n in cases.CASES if cases.is_started(n, train) and (not chosen.cases or n in chosen.cases)]
        plain = [name for name in names if not (cases.CASES[name].puts or cases.CASES[name].takes)]
        with concurrent.futures.ThreadPoolExecutor(chosen.at_once) as pool:
            list(pool.map(lambda name: proof.case(stages, venv, train, name), plain))
        for name in names:
            if name not in plain:
                proof.changed(stages, venv, train, name)
        write(proof.rows)
    if proof.wrong:
        sys.exit(f"not as the cases say: {', '.join(proof.wrong)}")
    claims.main()


if __name__ == "__main__":
    main()
