"""Variables that the operator leaves alone, or writes over."""

from dataclasses import replace

from plays import Play, both, has_spans, no_spans, said, with_log
from scene import FLASK, Scene

PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
TRACES = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
# The application needs what its own `PYTHONPATH` leads to.
FOUND = {"library/shop.py": "NAME = 'shop'\n", "app.py": "import shop\n" + FLASK}
LIBRARY = "/app/library"

def by_grpc(outcome):
    is_lost = no_spans(outcome) and not outcome.grpc_calls
    return "a receiver for gRPC, which takes what a client of gRPC sends, takes nothing; no spans come" if is_lost else None

def env(name, value):
    return [{"name": name, "value": value}]

def key(name):
    return [{"name": name, "valueFrom": {"configMapKeyRef": {"name": "settings", "key": name}}}]

def of_map(data, **more):
    return Scene(maps={"settings": data}, env_from=[{"configMapRef": {"name": "settings"}}], **more)

no_exporter = both(no_spans, said("otlp_proto_grpc"))
lost = said("No module named 'shop'")
library = Scene(files=FOUND, image_env={"PYTHONPATH": LIBRARY})
supplied = of_map({"PYTHONPATH": LIBRARY}, files=FOUND)
PLAYS = [
    Play(
        "operator.endpoint.port", "`spec.exporter.endpoint` with port 4317",
        Scene(endpoint="http://collector:4317", needs_grpc=True), "port 4318", Scene(), by_grpc, has_spans,
    ),
    Play(
        "operator.endpoint.port", "`OTEL_EXPORTER_OTLP_ENDPOINT` of the container with port 4317",
        Scene(env=env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"), needs_grpc=True), "port 4318",
        Scene(env=env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")), by_grpc, has_spans,
    ),
    Play(
        "operator.protocol.grpc", f"`{PROTOCOL}=grpc` in `env`",
        Scene(env=env(PROTOCOL, "grpc")), "`http/protobuf`", Scene(env=env(PROTOCOL, "http/protobuf")), no_exporter, has_spans,
    ),
    Play(
        "operator.protocol.grpc", f"`{PROTOCOL}` by `configMapKeyRef`, which is `grpc`",
        Scene(maps={"settings": {PROTOCOL: "grpc"}}, env=key(PROTOCOL)),
        "by `envFrom` instead, which the operator's own value goes over", of_map({PROTOCOL: "grpc"}), no_exporter, has_spans,
    ),
    Play(
        "operator.protocol.grpc", f"`{TRACES}=grpc` by `envFrom`",
        of_map({TRACES: "grpc"}), "`http/protobuf`", of_map({TRACES: "http/protobuf"}), no_exporter, has_spans,
    ),
    Play(
        "operator.pythonpath.image", "`ENV PYTHONPATH` in the image",
        library, "in the manifest, too", replace(library, env=env("PYTHONPATH", LIBRARY)), lost, has_spans,
    ),
    Play(
        "operator.pythonpath.image", "`PYTHONPATH` by `envFrom`",
        supplied, "in the manifest, too", replace(supplied, env=env("PYTHONPATH", LIBRARY)), lost, has_spans,
    ),
    Play(
        "operator.pythonpath.source", "`PYTHONPATH` by `configMapKeyRef`",
        Scene(files=FOUND, maps={"settings": {"PYTHONPATH": LIBRARY}}, env=key("PYTHONPATH")), "written into the manifest",
        Scene(files=FOUND, env=env("PYTHONPATH", LIBRARY)), with_log("via ValueFrom"), has_spans,
    ),
]
