"""Annotations, containers, and the volume."""

from dataclasses import replace

import admission
from plays import Play, has_spans, no_spans, with_log
from scene import Scene
from stage import size

ASKED = {admission.INJECT: "true"}
PROXY = {"name": "proxy", "image": "proxy:1"}
SMALL = "10Mi"


def annotated(**more):
    return Scene(annotations=ASKED | {getattr(admission, name): value for name, value in more.items()})


def refused(outcome):
    return f"the Kubernetes schema refuses the manifest: “{outcome.refused}”" if outcome.refused else None


def fails(outcome):
    return f"the operator's `cp` fails, and the pod does not start: “{outcome.failed}”" if outcome.failed else None


def evicted(outcome):
    if outcome.used <= outcome.limit or outcome.limit != size(SMALL):
        return None
    return f"{outcome.used / 2**20:.1f} MiB are copied to an `emptyDir` of {SMALL}: the kubelet evicts what is over the limit"


def fits(outcome):
    is_fit = 0 < outcome.used <= outcome.limit and has_spans(outcome)
    return f"{outcome.used / 2**20:.1f} MiB of {outcome.limit / 2**20:.0f} MiB; {has_spans(outcome)}" if is_fit else None


unnamed = replace(annotated(), others=[PROXY])
PLAYS = [
    Play(
        "operator.annotation.place", "`inject-python` at the `Deployment`",
        Scene(own_annotations=ASKED, annotations={}), "moved to the template", Scene(), no_spans, has_spans,
    ),
    Play(
        "operator.annotation.value", "`inject-python: true` without quotes",
        Scene(annotations={admission.INJECT: True}), "quoted", Scene(), refused, has_spans,
    ),
    Play(
        "operator.annotation.value", "`container-names: \"web, proxy\"`",
        replace(annotated(NAMES="web, proxy"), others=[PROXY]), "no blank",
        replace(annotated(NAMES="web,proxy"), others=[PROXY]), with_log("not valid characters"), has_spans,
    ),
    Play(
        "operator.annotation.value", "`container-names: \"shop\"`, which is not there",
        annotated(NAMES="shop"), "the container's name", annotated(NAMES="web"), no_spans, has_spans,
    ),
    Play(
        "operator.annotation.value", "`web` in `container-names` and in `python-container-names`",
        annotated(NAMES="web", OWN_NAMES="web"), "named once", annotated(OWN_NAMES="web"),
        with_log("duplicated container names"), has_spans,
    ),
    Play(
        "operator.annotation.value", "`otel-python-platform: \"debian\"`",
        annotated(PLATFORM="debian"), "`glibc`", annotated(PLATFORM="glibc"), fails, has_spans,
    ),
    Play(
        "operator.container.first", "a `proxy` before the application, and no name",
        unnamed, "`container-names: \"web\"`", replace(annotated(NAMES="web"), others=[PROXY]), no_spans, has_spans,
    ),
    Play(
        "operator.volume.size", f"`volumeLimitSize: {SMALL}`",
        Scene(spec={"python": {"volumeLimitSize": SMALL}}), "left out", Scene(), evicted, fits,
    ),
]
