"""The application's Python and its C library."""

from dataclasses import replace

import admission
import stock
from plays import Play, both, has_spans, no_spans, said
from scene import PLAIN, Scene

PROBE = """try:
    import wrapt._wrappers
    print("compiled", wrapt.__version__)
except ImportError:
    import wrapt
    print("in Python", wrapt.ObjectProxy.__module__)
"""
# The newest image that takes Python 3.9.
IMAGE = {"python": {"image": "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-python:0.60b1"}}

musl = Scene(annotations={admission.INJECT: "true", admission.PLATFORM: "musl"}, needs_metrics=True)
probe = Scene(files={"app.py": PROBE}, is_brief=True)
# zipp as the image has it, so that nothing but the Python is told.
old = Scene(python="3.9", packages=[*PLAIN, "importlib-metadata==8.7.1", "zipp==3.23.0"])
isolated = Scene(command=["python", "-I", "app.py"])


def on_musl():
    """On a Python on musl, the other way round."""
    alpine = Scene(python="musl", base="python:3.13-alpine", needs_metrics=True)
    annotated = replace(alpine, annotations={admission.INJECT: "true", admission.PLATFORM: "musl"})
    return Play(
        "operator.libc.platform", "an image of Alpine, and no annotation",
        alpine, "`otel-python-platform: \"musl\"`", annotated, without_system, with_system,
    )


def without_system(outcome):
    line = next((line for line in outcome.said.splitlines() if "Error:" in line and ".so" in line), None)
    is_lost = has_spans(outcome) and line and b"system.cpu" not in outcome.metrics
    return f"“{line.strip()[:160]}”; spans come, metrics of the system do not" if is_lost else None


def with_system(outcome):
    return "spans and metrics of the system come" if has_spans(outcome) and b"system.cpu" in outcome.metrics else None


PLAYS = [
    Play(
        "operator.libc.platform", "`otel-python-platform: \"musl\"` with an image of glibc",
        musl, "taken out", Scene(needs_metrics=True), without_system, with_system,
    ),
    Play(
        "operator.python.compiled", "Python 3.11, and the image is made with 3.14",
        probe, "a payload for 3.11", replace(probe, has_payload=True), said("in Python"), said("compiled"),
    ),
    Play(
        "operator.python.floor", "Python 3.9, and the image needs 3.10",
        old, "the image 0.60b1 in the `Instrumentation`", replace(old, spec=IMAGE),
        both(no_spans, said("Error")), has_spans,
    ),
    Play(
        "operator.python.floor", "the same",
        old, "Python 3.11", Scene(), both(no_spans, said("Error")), has_spans,
    ),
    Play(
        "operator.python.isolated", "`python -I app.py`",
        isolated, "left out", Scene(), no_spans, has_spans,
    ),
    *([on_musl()] if stock.MUSL else []),
]
