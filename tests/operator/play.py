"""Plays the findings of `-a operator` through: each shown true by a run, and gone after the advice was followed.

    play.py FOLDER [IMAGE]

Installs what the operator's Python image of that version holds (0.64b0) into FOLDER, as the operator copies it, and runs
small real applications under the `PYTHONPATH` and the variables that the operator sets, with a receiver for OTLP over HTTP.
Prints a table; fails if a run does not come out as the page of its finding says. Needs uv.
"""

import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIX = "opentelemetry-instrumentation-"
PLATFORMS = {"glibc": "x86_64-manylinux_2_28", "musl": "x86_64-unknown-linux-musl"}
FLASK = "import flask\napp = flask.Flask(__name__)\n@app.get('/')\ndef home():\n    return 'ok'\napp.run(port=int(__import__('os').environ['PORT']))\n"
SETTINGS = "SECRET_KEY = 'x'\nALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'shop.urls'\nMIDDLEWARE = []\nINSTALLED_APPS = []\n"
URLS = "from django.http import HttpResponse\nfrom django.urls import path\nurlpatterns = [path('', lambda request: HttpResponse('ok'))]\n"
MANAGE = "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"


class Sink(http.server.ThreadingHTTPServer):
    """Takes spans, and counts the requests that bring any."""

    def __init__(self):
        self.traces = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path == "/v1/traces":
                    self.server.traces.append(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def uv(*arguments):
    subprocess.run(["uv", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def trees(folder, version):
    """What the image holds for both C libraries."""
    images = json.loads((ROOT / "registry/operator.json").read_text())["images"]
    image = next(image for image in images if image["version"] == version)
    pins = [f"{PREFIX}{name}=={version}" for name in image["instrumentations"].split()] + image["packages"].split()
    for libc, platform in PLATFORMS.items():
        target = folder / libc
        if not target.exists():
            uv("pip", "install", "--target", str(target), "--python-version", image["python"], "--python-platform", platform,
               "--only-binary", ":all:", "--no-deps", *pins)
    return image


def environment(folder, python, *packages):
    path = folder / f"env-{python}"
    if not path.exists():
        uv("venv", "--python", python, str(path))
        uv("pip", "install", "--python", str(path / "bin/python"), *packages)
    return path


class Play:
    def __init__(self, folder):
        self.folder, self.rows, self.failed = folder, [], False

    def run(self, env, tree, command, variables=(), cwd=None, requests=2):
        """What comes of a run: the bytes of spans that arrived, whether it answered, what it said."""
        sink = Sink()
        port = sink.server_address[1]
        probe = __import__("socket").socket()
        probe.bind(("127.0.0.1", 0))
        own = probe.getsockname()[1]
        probe.close()
        given = dict(variables)
        mount = str(self.folder / tree)
        start = f"{mount}/opentelemetry/instrumentation/auto_instrumentation"
        path = given.pop("PYTHONPATH", None)
        given["PYTHONPATH"] = f"{start}:{path}:{mount}" if path else f"{start}:{mount}"
        base = {
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_LOGS_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "PATH": f"{env}/bin:{os.environ['PATH']}",
            "PORT": str(own),
            "HOME": str(self.folder),
        }
        process = subprocess.Popen(
            [part.replace("$PORT", str(own)) for part in command], cwd=cwd or self.folder, env={**base, **given},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        answered = 0
        until = time.monotonic() + 180
        while process.poll() is None and answered < requests and time.monotonic() < until:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{own}/", timeout=5).read()
                answered += 1
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        until = time.monotonic() + 15
        while process.poll() is None and not sink.traces and time.monotonic() < until:
            time.sleep(0.2)
        if process.poll() is None and requests:
            process.terminate()
        try:
            said = process.communicate(timeout=120)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()[0]
        sink.shutdown()
        return b"".join(sink.traces), answered == requests, said

    def expect(self, check, what, holds):
        self.rows.append((check, what, "yes" if holds else "NO"))
        self.failed |= not holds
        print(f"{check}: {what}: {'yes' if holds else 'NO'}", file=sys.stderr)


def main(folder, version="0.64b0"):
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    image = trees(folder, version)
    (folder / "app.py").write_text(FLASK)
    shop = folder / "site/shop"
    shop.mkdir(parents=True, exist_ok=True)
    (shop.parent / "manage.py").write_text(MANAGE)
    for name, text in (("__init__", ""), ("settings", SETTINGS), ("urls", URLS)):
        (shop / f"{name}.py").write_text(text)
    env = environment(folder, "3.11", "flask", "django", "gunicorn", "gevent", "urllib3<2", "requests<2.30", "charset-normalizer<3.4")
    python = str(env / "bin/python")
    play = Play(folder)
    flask = [python, "app.py"]

    traces, answered, _ = play.run(env, "glibc", flask)
    play.expect("-", "Flask under the stock image delivers spans", answered and traces)

    traces, answered, said = play.run(env, "glibc", flask, {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    play.expect("operator.protocol.grpc", "with `grpc` no spans", answered and not traces)

    traces, _, _ = play.run(env, "glibc", flask, {"PYTHONPATH": str(folder / "library")})
    play.expect("operator.pythonpath.image", "a `PYTHONPATH` in the manifest is kept, and spans come", traces)

    traces, answered, _ = play.run(env, "glibc", [python, "-I", "app.py"])
    play.expect("operator.python.isolated", "with `-I` no spans", answered and not traces)

    names = "import urllib3, requests, charset_normalizer as c; print(urllib3.__version__, requests.__version__, c.__version__)"
    _, _, said = play.run(env, "glibc", [python, "-c", names], requests=0)
    shown = said.strip().splitlines()[-1]
    injected = dict(pin.split("==") for pin in image["packages"].split())
    wanted = " ".join(injected[name] for name in ("urllib3", "requests", "charset-normalizer"))
    play.expect("operator.package.conflict", f"the injected versions are imported ({shown})", shown == wanted)
    site = next((env / "lib").glob("python*/site-packages"))
    _, _, said = play.run(env, "glibc", [python, "-c", names], {"PYTHONPATH": str(site)}, requests=0)
    shown = said.strip().splitlines()[-1]
    play.expect("operator.package.conflict", f"with their folder on `PYTHONPATH` the application's are ({shown})", shown.startswith("1.26"))
    traces, _, _ = play.run(env, "glibc", flask, {"PYTHONPATH": str(site)})
    play.expect("operator.package.conflict", "and spans come", traces)

    serve = [python, "manage.py", "runserver", "--noreload", "127.0.0.1:$PORT"]
    root, module = str(shop.parent), "shop.settings"
    for variables, expected in (
        ({}, False),
        ({"DJANGO_SETTINGS_MODULE": module}, False),
        ({"PYTHONPATH": root}, False),
        ({"DJANGO_SETTINGS_MODULE": module, "PYTHONPATH": root}, True),
    ):
        traces, answered, _ = play.run(env, "glibc", serve, variables, cwd=root)
        check = "operator.django.path" if "DJANGO_SETTINGS_MODULE" in variables else "operator.django.settings"
        told = " and ".join(f"`{name}`" for name in variables) or "neither variable"
        serves = "serves and " if answered else "does not start, and "
        what = f"with {told} it {serves}{'' if expected else 'no '}spans of requests come"
        play.expect(check, what, (answered and b"django" in traces) == expected)

    (folder / "wsgi.py").write_text("import ssl\ndef app(environ, start):\n    start('200 OK', [('Content-Length', '2')])\n    return [b'ok']\n")
    serve = ["gunicorn", "-k", "gevent", "-b", "127.0.0.1:$PORT", "wsgi:app"]
    patch = {"OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH": "patch_all"}
    _, answered, said = play.run(env, "glibc", serve)
    play.expect("operator.gevent.patch", "without the variable gevent warns", answered and "MonkeyPatchWarning" in said)
    _, answered, said = play.run(env, "glibc", serve, patch)
    play.expect("operator.gevent.patch", "with it gevent does not", answered and "MonkeyPatchWarning" not in said)

    loads = "import wrapt, psutil; print('loaded')"
    _, _, said = play.run(env, "musl", [python, "-c", loads], requests=0)
    play.expect("operator.libc.platform", "`psutil` for musl is not loaded under glibc", "loaded" not in said)
    _, _, said = play.run(env, "glibc", [python, "-c", loads], requests=0)
    play.expect("operator.libc.platform", "that for glibc is", "loaded" in said)
    traces, answered, _ = play.run(env, "musl", flask)
    play.expect("operator.libc.platform", "spans come nevertheless", answered and traces)

    compiled = "import wrapt.wrappers as w; print(w.ObjectProxy.__module__, type(w.ObjectProxy))\ntry:\n    import wrapt._wrappers\n    print('fast')\nexcept ImportError:\n    print('slow')"
    _, _, said = play.run(env, "glibc", [python, "-c", compiled], requests=0)
    play.expect("operator.python.compiled", "`wrapt` does without its compiled part on another Python", "slow" in said)

    old = environment(folder, "3.9", "flask")
    traces, answered, said = play.run(old, "glibc", [str(old / "bin/python"), "app.py"])
    play.expect("operator.python.floor", "on Python 3.9 no spans", not traces)

    print("| finding | what a run shows | holds |\n|---|---|---|")
    for row in play.rows:
        print(f"| {' | '.join(row)} |")
    return 1 if play.failed else 0


if __name__ == "__main__":
    shutil.which("uv") or sys.exit("there is no uv")
    sys.exit(main(*sys.argv[1:]))
