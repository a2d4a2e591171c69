"""Holds the manifests that `-a operator` makes against real validators and real manifests.

    manifests.py PROGRAM CRD FOLDER...

PROGRAM is `otel-bootstrap`, CRD the resource definition of the operator, FOLDERs hold manifests of others. For every file
with workloads: the edited text is the one before with nothing but additions, byte for byte; PyYAML reads from it what
was there before and what this script adds by its own means; done twice it is the same; the patch leads to the same;
what the Kubernetes schemas accept before they accept after. The `Instrumentation` must be valid against the
definition, whose unknown fields count as wrong. Prints a table; fails if anything does not hold.
"""

import collections
import copy
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import kubernetes_validate
import yaml

WAYS = {
    "CronJob": ["spec", "jobTemplate", "spec", "template"],
    "DaemonSet": ["spec", "template"],
    "Deployment": ["spec", "template"],
    "Job": ["spec", "template"],
    "Pod": [],
    "ReplicaSet": ["spec", "template"],
    "StatefulSet": ["spec", "template"],
}
INJECT = "instrumentation.opentelemetry.io/inject-python"
NAMES = "instrumentation.opentelemetry.io/container-names"
PLATFORM = "instrumentation.opentelemetry.io/otel-python-platform"


class Texts(yaml.SafeLoader):
    """Reads every scalar as the text that it is: what a value means is not what is looked at."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in entries if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")]
    for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text, loader=Texts):
    return list(yaml.load_all(text, loader))


def workloads(document):
    if not isinstance(document, dict):
        return []
    if document.get("kind") == "List":
        return [found for item in document.get("items") or [] for found in workloads(item)]
    return [document] if document.get("kind") in WAYS and template(document) is not None else []


def template(workload):
    for key in WAYS[workload["kind"]]:
        workload = workload.get(key)
        if not isinstance(workload, dict):
            return None
    return workload


def with_additions(workload):
    """What the workload should become; `None` if nobody knows which container is meant."""
    pod = template(workload)
    spec = pod.get("spec") or {}
    containers = spec.get("containers") or []
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    if not containers or annotations.get(INJECT) is not None or NAMES in annotations or PLATFORM in annotations:
        return None
    added = {INJECT: "true", PLATFORM: "musl"}
    if len(containers) > 1:
        added[NAMES] = containers[0]["name"]
    pod["metadata"] = pod.get("metadata") or {}
    pod["metadata"]["annotations"] = {**annotations, **added}
    container = containers[0]
    there = {entry.get("name") for entry in container.get("env") or []}
    wanted = {"DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONPATH": "/srv"}
    missing = [{"name": name, "value": value} for name, value in wanted.items() if name not in there]
    container["env"] = (container.get("env") or []) + missing
    return workload


def merged(value, patch):
    """A strategic merge patch, as far as ours go: mappings by key, lists of containers and variables by name."""
    if isinstance(patch, dict):
        value = dict(value or {})
        return {**value, **{key: merged(value.get(key), below) for key, below in patch.items()}}
    if isinstance(patch, list):
        found = [dict(item) for item in value or []]
        for item in patch:
            at = next((at for at, own in enumerate(found) if own.get("name") == item["name"]), None)
            if at is None:
                found.append(item)
            else:
                found[at] = merged(found[at], item)
        return found
    return patch


def is_added_to(before, after):
    """Whether one text is the other with additions alone."""
    rest = iter(after)
    return all(character in rest for character in before)


def is_valid(document):
    try:
        kubernetes_validate.validate(document, "1.37", strict=True)
        return True
    except kubernetes_validate.ValidationError:
        return False
    except Exception:  # No schema for it.
        return None


def strict(schema):
    """The definition with unknown fields forbidden, which the API server would drop without a word."""
    if isinstance(schema, dict):
        found = {key: strict(below) for key, below in schema.items()}
        if "properties" in found and not found.get("x-kubernetes-preserve-unknown-fields"):
            found.setdefault("additionalProperties", False)
        if found.get("x-kubernetes-int-or-string"):
            found.pop("anyOf", None)
            found["type"] = ["integer", "string"]
        return found
    return [strict(below) for below in schema] if isinstance(schema, list) else schema


class Check:
    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.counts, self.wrong = collections.Counter(), []
        project = {
            "requirements.txt": "django==5.2.1\n",
            "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
            "Dockerfile": "FROM python:3.12-alpine\nWORKDIR /srv\nCOPY . .\n",
        }
        for name, text in project.items():
            (self.folder / name).write_text(text)

    def run(self, *arguments):
        command = [self.program, "-a", "operator", "-q", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False)

    def file(self, path):
        text = path.read_bytes()
        try:
            before = documents(text)
            found = [workload for document in before for workload in workloads(document)]
        except (yaml.YAMLError, UnicodeDecodeError, ValueError):
            # What Python cannot read is not edited either, or the other way round: it must be refused or left as it is.
            self.counts["not YAML to PyYAML"] += 1
            return
        if not found:
            return
        names = {c["name"] for w in found for c in ((template(w).get("spec") or {}).get("containers") or [])[:1] if c.get("name")}
        chosen = [part for name in sorted(names) for part in ("--container", name)]
        target = self.folder / "given.yaml"
        target.write_bytes(text)
        edited = self.run("--workload", "given.yaml", "--manifest", "workload", *chosen)
        if edited.returncode != 0:
            reason = edited.stderr.decode().splitlines()[-1] if edited.stderr else "?"
            causes = [line for line in edited.stderr.decode().splitlines() if "Caused by" in line or "line " in line]
            self.counts[f"refused: {short(causes[-1] if causes else reason)}"] += 1
            if edited.stdout or target.read_bytes() != text:
                self.wrong.append(f"{path}: refused and written")
            return
        self.counts["edited"] += 1
        self.counts["workloads"] += len(found)
        after = edited.stdout
        plain = text.decode()
        if not is_added_to(plain, after.decode()):
            self.wrong.append(f"{path}: something is gone")
        expected = copy.deepcopy(before)
        wanted = [with_additions(w) for document in expected for w in workloads(document)]
        if None not in wanted and len({id(template(w)) for w in wanted}) == len(wanted):
            # Python shares what anchors share; a copy of its own does not.
            self.compare(path, before, after, found)
        target.write_bytes(after)
        again = self.run("--workload", "given.yaml", "--manifest", "workload", *chosen)
        if again.stdout != after:
            self.wrong.append(f"{path}: twice is not the same as once")
        target.write_bytes(text)
        self.patches(path, before, after, chosen)
        self.schemas(path, text, after)

    def compare(self, path, before, after, found):
        own = [with_additions(copy.deepcopy(workload)) for workload in found]
        theirs = [workload for document in documents(after) for workload in workloads(document)]
        self.counts["compared with PyYAML"] += 1
        if own != theirs:
            self.wrong.append(f"{path}: PyYAML reads something else")
        others = [d for d in before if not workloads(d)] == [d for d in documents(after) if not workloads(d)]
        if not others:
            self.wrong.append(f"{path}: another document changed")

    def patches(self, path, before, after, chosen):
        printed = self.run("--workload", "given.yaml", "--manifest", "patch", *chosen)
        patches = [patch for patch in documents(printed.stdout) if patch]
        found = [workload for document in before for workload in workloads(document)]
        theirs = [workload for document in documents(after) for workload in workloads(document)]
        if len(patches) != len(found):
            return
        self.counts["patches applied"] += len(patches)
        for workload, patch, expected in zip(found, patches, theirs):
            if "apiVersion" not in workload:
                patch.pop("apiVersion")
            if merged(workload, patch) != expected:
                self.wrong.append(f"{path}: the patch leads elsewhere")

    def schemas(self, path, before, after):
        for old, new in zip(documents(before, yaml.SafeLoader), documents(after, yaml.SafeLoader)):
            if workloads(old) and is_valid(old):
                self.counts["valid by the Kubernetes schemas"] += 1
                if not is_valid(new):
                    self.wrong.append(f"{path}: not valid any more")

    def instrumentation(self, definition):
        versions = yaml.safe_load(pathlib.Path(definition).read_text())["spec"]["versions"]
        schema = next(v["schema"]["openAPIV3Schema"] for v in versions if v["name"] == "v1alpha1")
        schema["properties"]["metadata"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        validator = jsonschema.Draft202012Validator(strict(schema))
        propagators = ["tracecontext", "baggage", "b3", "b3multi", "jaeger", "xray", "ottrace", "none"]
        samplers = ["always_on", "always_off", "traceidratio=0.5", "parentbased_always_on", "parentbased_always_off",
                    "parentbased_traceidratio=1", "jaeger_remote=endpoint=http://x:14250", "xray"]
        choices = [["--sampler", sampler] for sampler in samplers] + [["--propagator", name] for name in propagators]
        choices += [["--logs", "on"], ["--logs", "off"], ["--exclude", "flask,urllib3"], ["--image", "a/b:1"], []]
        choices += [["--resource-attribute", "a=b", "--resource-attribute", "1.5=true"], ["--instrumentation", "a/b"]]
        for choice in choices:
            made = self.run("--manifest", "instrumentation", "--endpoint", "http://c:4318", *choice)
            errors = list(validator.iter_errors(yaml.safe_load(made.stdout))) if made.returncode == 0 else [made.stderr]
            self.counts["instrumentations"] += 1
            if errors:
                self.wrong.append(f"instrumentation {choice}: {errors[0]}")


def short(line):
    """The kind of a reason, without names and lines."""
    words = " ".join(line.split()).removeprefix("Caused by: ")
    for kind in ("shared through an anchor", "in a form that is not edited", "it is a template", "no container",
                 "no name of Kubernetes", "nothing says which", "without quotes", "none of its workloads", "holds no workload"):
        if kind in words:
            return kind
    return words[:80]


def main(program, definition, *folders):
    with tempfile.TemporaryDirectory() as scratch:
        check = Check(pathlib.Path(program).resolve(), scratch)
        check.instrumentation(definition)
        for folder in folders:
            for path in sorted(pathlib.Path(folder).rglob("*.y*ml")):
                if path.is_file():
                    check.file(path)
    print("| what | how many |\n|---|---|")
    for what, count in sorted(check.counts.items()):
        print(f"| {what} | {count} |")
    for wrong in check.wrong:
        print(f"WRONG {wrong}", file=sys.stderr)
    return 1 if check.wrong or not check.counts["instrumentations"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
