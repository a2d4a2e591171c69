"""Runs an application as its pod would, and takes what it sends."""

import http.server
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

import admission

PATIENCE = 12
LIMITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "": 1}
# Takes calls over gRPC, one of its own first; writes how many there were.
GRPC = """
import concurrent.futures, pathlib, sys, time
import grpc
calls = []
class All(grpc.GenericRpcHandler):
    def service(self, details):
        calls.append(details.method)
        pathlib.Path(sys.argv[1]).write_text(f"{port} {len(calls)}")
        return grpc.unary_unary_rpc_method_handler(lambda request, context: b"")
server = grpc.server(concurrent.futures.ThreadPoolExecutor(2), handlers=[All()])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
grpc.insecure_channel(f"127.0.0.1:{port}").unary_unary(export)(b"", timeout=20)
time.sleep(600)
"""


class Receiver(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP."""

    def __init__(self):
        self.traces, self.metrics = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                {"/v1/traces": self.server.traces, "/v1/metrics": self.server.metrics}.get(self.path, []).append(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class GrpcReceiver:
    """Takes OTLP over gRPC, in a process of its own."""

    def __init__(self, python, folder):
        note = folder / "grpc"
        note.unlink(missing_ok=True)
        self.note = note
        self.process = subprocess.Popen([python, "-c", GRPC, note])
        until = time.monotonic() + 60
        while not (note.exists() and note.read_text()) and time.monotonic() < until:
            time.sleep(0.1)
        self.port = note.read_text().split()[0]

    def calls(self):
        """How many calls came but for its own."""
        return int(self.note.read_text().split()[1]) - 1

    def end(self):
        self.process.terminate()
        self.process.wait()


@dataclass
class Outcome:
    """What came of a pod."""

    refused: str = ""
    log: list = field(default_factory=list)
    failed: str = ""
    answered: bool = False
    status: int | None = None
    said: str = ""
    traces: bytes = b""
    metrics: bytes = b""
    grpc_calls: int = 0
    used: int = 0
    limit: int = 0

    @property
    def has_spans(self):
        return bool(self.traces)


def size(text):
    """The bytes of a quantity."""
    suffix = next(suffix for suffix in LIMITS if text.endswith(suffix))
    return int(float(text.removesuffix(suffix)) * LIMITS[suffix])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(pod, scene, where, injected, environment, grpc_python):
    """Runs the pod: what the operator copies, and the container `web`."""
    outcome = Outcome()
    mount = where / "mount"
    shutil.rmtree(mount, ignore_errors=True)
    mount.mkdir()
    for container in pod["spec"].get("initContainers") or []:
        copied = subprocess.run(
            [word.replace(admission.MOUNT, str(mount)).replace("/autoinstrumentation", f"{injected}/autoinstrumentation")
             for word in container["command"]], capture_output=True, text=True, check=False)
        if copied.returncode:
            outcome.failed = copied.stderr.strip()
            return outcome
        outcome.used = int(subprocess.run(["du", "-s", "-B1", mount], capture_output=True, text=True, check=True).stdout.split()[0])
        outcome.limit = size(pod["spec"]["volumes"][-1]["emptyDir"]["sizeLimit"])
    receiver = Receiver()
    grpc = GrpcReceiver(grpc_python, where) if grpc_python else None
    port = str(free_port())
    site = next((environment / "lib").glob("python*/site-packages"))
    # What paths and addresses of the container are here.
    roots = {
        admission.MOUNT: str(mount),
        f"/usr/local/lib/python{scene.python}/site-packages": str(site),
        "/app": str(where / "project"),
        "http://collector:4318": f"http://127.0.0.1:{receiver.server_address[1]}",
        "http://collector:4317": f"http://127.0.0.1:{grpc.port if grpc else free_port()}",
        "$PORT": port,
    }

    places = re.compile("|".join(re.escape(there) + r"(?![\w-])" for there in roots))

    def here(text):
        return places.sub(lambda found: roots[found[0]], text)

    web = next(container for container in pod["spec"]["containers"] if container["name"] == "web")
    given = admission.variables(web, scene.image_env, scene.maps)
    command = (web.get("command") or []) + (web.get("args") or []) or scene.command
    own = {
        "PATH": f"{environment}/bin:{os.environ['PATH']}",
        "HOME": str(where),
        "PORT": port,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    }
    said = where / "said"
    with said.open("w") as log:
        process = subprocess.Popen(
            [here(word) for word in command], cwd=where / "project", stdout=log, stderr=log, start_new_session=True,
            env=own | {name: here(value) for name, value in given.items()})
        outcome.answered = ask(process, port, 0 if scene.is_brief else 3)
        wait(process, receiver, scene)
        outcome.status = process.poll()
        if outcome.status is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    receiver.shutdown()
    receiver.server_close()
    outcome.said = said.read_text()
    outcome.traces, outcome.metrics = b"".join(receiver.traces), b"".join(receiver.metrics)
    if grpc:
        outcome.grpc_calls = grpc.calls()
        grpc.end()
    return outcome


def ask(process, port, times):
    """Whether the application answers."""
    answered, until = 0, time.monotonic() + 120
    while answered < times and process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read()
            answered += 1
        except urllib.error.HTTPError:
            answered += 1
        except (OSError, ValueError):
            time.sleep(0.2)
    return times > 0 and answered == times


def wait(process, receiver, scene):
    """Until what is waited for came, or long enough that it would have."""
    until = time.monotonic() + (120 if scene.is_brief else PATIENCE)
    while process.poll() is None and time.monotonic() < until:
        if not scene.is_brief and receiver.traces and (receiver.metrics or not scene.needs_metrics):
            time.sleep(1)
            return
        time.sleep(0.2)


def copied_to(limit, tree, where):
    """What `cp` says on a file system of a size, as of a claim instead of an empty folder; `None` if there can be none here."""
    volume = pathlib.Path(where) / "volume"
    volume.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={limit}", "tmpfs", volume], capture_output=True, check=False)
    if mounted.returncode:
        return None
    try:
        return subprocess.run(["cp", "-r", f"{tree}/.", volume], capture_output=True, text=True, check=False).stderr.strip()
    finally:
        subprocess.run(["umount", volume], check=True)
