"""The application's packages against those that are injected."""

from dataclasses import replace

import admission
from plays import Play, both, has_spans, said
from plays.variables import env
from scene import FLASK, PLAIN, Scene

SITE = env("PYTHONPATH", "/usr/local/lib/python3.11/site-packages")
PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask", "urllib3<2"]\n'
# Gone from urllib3 with 2.0.
OLD = "from urllib3.util.ssl_ import DEFAULT_CIPHERS\n"
# In typing-extensions since 4.14.
NEW = "from typing_extensions import Sentinel\n"
WHICH = """import importlib.metadata as metadata
import typing_extensions
of, folder = metadata.version("typing-extensions"), typing_extensions.__file__.split("/")[-2]
print(f"version {of} from {folder}", flush=True)
"""
OWN = """from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
trace.set_tracer_provider(provider)
"""
TOLD = "@app.before_request\ndef told():\n    with trace.get_tracer('shop').start_as_current_span('own-span'):\n        pass\n"

conflict = Scene(files={"app.py": OLD + FLASK, "pyproject.toml": PROJECT}, packages=[*PLAIN, "urllib3==1.26.20"])
older = Scene(
    files={"app.py": NEW + FLASK}, packages=[*PLAIN, "typing-extensions==4.16.0"],
    spec={"python": {"image": "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-python:0.50b0"}},
)
newer = Scene(files={"app.py": WHICH + FLASK}, packages=[*PLAIN, "typing-extensions==4.12.2"])
own = Scene(
    files={"app.py": OWN + FLASK.replace("@app.get", TOLD + "@app.get")},
    packages=[*PLAIN, "opentelemetry-api==1.38.0", "opentelemetry-sdk==1.38.0"],
)
refused = said("cannot import name 'DEFAULT_CIPHERS'")
lacking = said("cannot import name 'Sentinel'")


def lost(outcome):
    is_lost = "own-span" not in outcome.said and b"own-span" in outcome.traces
    return "the application's own exporter gets nothing: its spans go where the injected one sends them" if is_lost else None


def kept(outcome):
    return "the application's own exporter gets its spans" if "own-span" in outcome.said and not outcome.has_spans else None


PLAYS = [
    Play(
        "operator.package.conflict", "`urllib3<2` is required",
        conflict, "a payload of the project's own", replace(conflict, has_payload=True), refused, has_spans,
    ),
    Play(
        "operator.package.conflict", "the same",
        conflict, "the application's packages on `PYTHONPATH`", replace(conflict, env=SITE), refused, has_spans,
    ),
    Play(
        "operator.package.downgraded", "image 0.50b0, and typing-extensions 4.16.0",
        older, "a payload of the project's own", replace(older, spec={}, has_payload=True), lacking, has_spans,
    ),
    Play(
        "operator.package.downgraded", "the same",
        older, "the application's packages on `PYTHONPATH`", replace(older, env=SITE), lacking, has_spans,
    ),
    Play(
        "operator.package.downgraded", "the same",
        older, "the image of a newer release", replace(older, spec={}), lacking, has_spans,
    ),
    Play(
        "operator.package.shadowed", "typing-extensions 4.12.2",
        newer, "a payload of the project's own", replace(newer, has_payload=True),
        said("version 4.16.0 from mount"), both(said("version 4.12.2 from mount"), has_spans),
    ),
    Play(
        "operator.package.shadowed", "the same",
        newer, "the application's packages on `PYTHONPATH`", replace(newer, env=SITE),
        said("version 4.16.0 from mount"), both(said("version 4.12.2 from site-packages"), has_spans),
    ),
    Play(
        "operator.package.opentelemetry", "an application that sets the SDK 1.38.0 up itself",
        own, "`inject-python: \"false\"`", replace(own, annotations={admission.INJECT: "false"}), lost, kept,
    ),
    Play(
        "operator.package.opentelemetry", "the same",
        own, "OpenTelemetry taken out of the application and of its image", Scene(), lost, has_spans,
    ),
]
