"""A project on disk, with its image and its manifests."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field

import yaml

import admission
import stage

FLASK = """import os, sys
import flask
app = flask.Flask(__name__)
@app.get("/")
def home():
    return "ok"
if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
"""
PLAIN = ["flask==3.1.2"]


@dataclass
class Scene:
    """What is on disk before anything runs. `replace` of `dataclasses` makes the one after the advice."""

    files: dict = field(default_factory=lambda: {"app.py": FLASK})
    # A version, or the one on musl.
    python: str = "3.11"
    packages: list = field(default_factory=lambda: list(PLAIN))
    base: str = ""
    image_env: dict = field(default_factory=dict)
    command: list = field(default_factory=lambda: ["python", "app.py"])
    # Of the workload itself, and of its pods.
    own_annotations: dict = field(default_factory=dict)
    annotations: dict = field(default_factory=lambda: {admission.INJECT: "true"})
    env: list = field(default_factory=list)
    env_from: list = field(default_factory=list)
    others: list = field(default_factory=list)
    maps: dict = field(default_factory=dict)
    spec: dict = field(default_factory=dict)
    endpoint: str = "http://collector:4318"
    # A payload of the project's own is injected, for its Python.
    has_payload: bool = False
    # A program that says something and ends, not a server.
    is_brief: bool = False
    needs_metrics: bool = False
    needs_grpc: bool = False

    def documents(self):
        web = {"name": "web", "image": "shop:1"}
        web |= {"env": self.env} if self.env else {}
        web |= {"envFrom": self.env_from} if self.env_from else {}
        metadata = {"labels": {"app": "shop"}} | ({"annotations": self.annotations} if self.annotations else {})
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "shop"} | ({"annotations": self.own_annotations} if self.own_annotations else {}),
            "spec": {
                "selector": {"matchLabels": {"app": "shop"}},
                "template": {"metadata": metadata, "spec": {"containers": [*self.others, web]}},
            },
        }
        spec = {"exporter": {"endpoint": self.endpoint}} | self.spec
        instrumentation = {
            "apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation", "metadata": {"name": "python"}, "spec": spec,
        }
        maps = [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data} for name, data in self.maps.items()
        ]
        return [deployment, instrumentation, *maps]

    def write(self, folder, environment):
        """Writes the project."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        lines = [f"FROM {self.base or f'python:{self.python}-slim'}"]
        lines += [f"ENV {name}={value}" for name, value in self.image_env.items()]
        lines += ["WORKDIR /app", "COPY . .", f"CMD {json.dumps(self.command)}"]
        (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
        (folder / "deploy.yaml").write_text(yaml.safe_dump_all(self.documents(), sort_keys=False))
        (folder / ".venv").symlink_to(environment)

    def play(self, store, where, grpc_python):
        """What the pre-flight finds, and what comes of the pod."""
        environment = store.environment(self.python, self.packages)
        project = where / "project"
        self.write(project, environment)
        against = []
        if self.has_payload:
            payload = store.payload(project, self.python)
            against = ["--against", payload / "payload.json"]
        findings = preflight(store.program, project, against)
        try:
            documents = list(yaml.safe_load_all((project / "deploy.yaml").read_text()))
            for document in documents:
                admission.check(document)
        except admission.Refused as refused:
            return findings, stage.Outcome(refused=str(refused))
        pod, log = admission.mutate(documents[0]["spec"]["template"], documents[1])
        image = ((self.spec.get("python") or {}).get("image") or admission.DEFAULT_IMAGE).rsplit(":", 1)[1]
        injected = payload if self.has_payload else store.image(image, *copied(pod))
        outcome = stage.start(pod, self, where, injected, environment, grpc_python if self.needs_grpc else None)
        outcome.log = log
        return findings, outcome


def copied(pod):
    """The folders that are copied from the image."""
    sources = [container["command"][2] for container in pod["spec"].get("initContainers") or []]
    return [source.split("/")[1] for source in sources if source]


def preflight(program, project, options):
    """The findings of `-a operator`, as its JSON has them: what is told of each check."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME")}
    done = subprocess.run(
        [program, "-a", "operator", "--format", "json", *options], cwd=project, capture_output=True, text=True, check=False,
        env=bare,
    )
    told = json.loads(done.stdout)
    return {finding["id"]: finding["message"] for finding in told["findings"]}
