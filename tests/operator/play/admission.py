"""What Kubernetes and the operator make of manifests, before anything runs.

The rules of the operator are those of its release 0.158.0, in its `internal/instrumentation`: `podmutator.go`, `annotation.go`,
`helper.go`, `sdk.go`, `exporter.go` and `python.go`, as far as they are about Python; those of variables are Kubernetes' own
("Define Environment Variables for a Container"). Multi-instrumentation is on, which is the default of the operator.

On 2026-11-21 the pods of all plays went through the operator's own `Mutate` of that release too: the same variables in the same
order but for those of the resource, the same init containers, the same volumes.
"""

import copy
import re

import kubernetes_validate

ANNOTATION = "instrumentation.opentelemetry.io/"
INJECT = ANNOTATION + "inject-python"
NAMES = ANNOTATION + "container-names"
OWN_NAMES = ANNOTATION + "python-container-names"
PLATFORM = ANNOTATION + "otel-python-platform"
MOUNT = "/otel-auto-instrumentation-python"
PREFIX = f"{MOUNT}/opentelemetry/instrumentation/auto_instrumentation"
INIT = "opentelemetry-auto-instrumentation-python"
SOURCES = {"": "/autoinstrumentation/.", "glibc": "/autoinstrumentation/.", "musl": "/autoinstrumentation-musl/."}
DEFAULTS = {
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_LOGS_EXPORTER": "otlp",
}
DEFAULT_SIZE = "200Mi"
DEFAULT_IMAGE = "autoinstrumentation-python:0.64b0"


class Refused(Exception):
    """Kubernetes does not take the manifest."""


def check(document):
    """Holds a document against the schemas of Kubernetes, as far as it has one."""
    if document["apiVersion"].startswith("opentelemetry.io/"):
        return
    try:
        kubernetes_validate.validate(document, "1.37", strict=True)
    except kubernetes_validate.ValidationError as error:
        raise Refused(str(error.message)) from error


def mutate(pod, instrumentation):
    """The pod as the operator changes it, and what its log says: `Mutate` and `injectPython`."""
    pod, log = copy.deepcopy(pod), []
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    value = annotations.get(INJECT, "")
    if value == "" or value.lower() == "false":
        return pod, log
    names = []
    for annotation in (NAMES, OWN_NAMES):
        given = annotations.get(annotation, "")
        if given and not re.search("^[a-zA-Z0-9-,]+$", given):
            return pod, [f"not valid characters included in the instrumentation container annotation {given}"]
        names += given.split(",") if given else []
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        return pod, [f"duplicated container names detected: {twice}"]
    containers = pod["spec"]["containers"]
    names = names or [containers[0]["name"]]
    found = [container for name in names for container in containers if container["name"] == name]
    spec = instrumentation["spec"]
    platform = annotations.get(PLATFORM, "")
    for container in found:
        reason = inject(container, spec, platform)
        if reason:
            log.append(f"Skipping Python SDK injection: {reason}, container {container['name']}")
    if found:
        # Whether or not a container was left out: `injectPythonSDKToPod`.
        python = spec.get("python") or {}
        limit = python.get("volumeLimitSize") or DEFAULT_SIZE
        pod["spec"].setdefault("volumes", []).append({"name": INIT, "emptyDir": {"sizeLimit": limit}})
        pod["spec"].setdefault("initContainers", []).append({
            "name": INIT,
            "image": python.get("image") or DEFAULT_IMAGE,
            "command": ["cp", "-r", SOURCES.get(platform, ""), MOUNT],
        })
    return pod, log


def inject(container, spec, platform):
    """What a container gets, or why it does not: `injectPythonSDKToContainer` and what follows it."""
    python = spec.get("python") or {}
    env = container.setdefault("env", [])
    first = next((entry for entry in env if entry["name"] == "PYTHONPATH"), None)
    if first is not None and "valueFrom" in first:
        return "the container defines env var value via ValueFrom, envVar: PYTHONPATH"
    if platform not in SOURCES:
        return f"provided annotation value '{platform}' is not supported"
    append(env, python.get("env") or [])
    first = next((entry for entry in env if entry["name"] == "PYTHONPATH"), None)
    if first is None:
        env.append({"name": "PYTHONPATH", "value": f"{PREFIX}:{MOUNT}"})
    else:
        first["value"] = f"{PREFIX}:{first.get('value', '')}:{MOUNT}"
    append(env, spec.get("env") or [])
    append(env, [{"name": name, "value": value} for name, value in DEFAULTS.items()])
    endpoint = (spec.get("exporter") or {}).get("endpoint")
    if endpoint:
        append(env, [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": endpoint}])
    append(env, [{"name": "OTEL_SERVICE_NAME", "value": container["name"]}])
    return None


def append(env, entries):
    """Adds what is not set: `appendIfNotSet`."""
    for entry in entries:
        if all(own["name"] != entry["name"] for own in env):
            env.append(copy.deepcopy(entry))


def variables(container, image, maps):
    """What a process of the container sees: the image's variables, those of `envFrom` over them, those of `env` over both."""
    found = dict(image)
    for source in container.get("envFrom") or []:
        data = maps[source["configMapRef"]["name"]]
        found |= {source.get("prefix", "") + key: value for key, value in data.items()}
    for entry in container.get("env") or []:
        if "valueFrom" in entry:
            reference = entry["valueFrom"]["configMapKeyRef"]
            found[entry["name"]] = maps[reference["name"]][reference["key"]]
        else:
            found[entry["name"]] = entry.get("value", "")
    return found
