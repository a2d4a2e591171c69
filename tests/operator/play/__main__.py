"""Plays the findings of `-a operator` through: each shown true by a run, and gone after its advice was followed.

    play PROGRAM FOLDER [CHECK ...]

PROGRAM is `otel-bootstrap`; FOLDER keeps what is made once: what the operator's images hold, and environments. Every play is
a project on disk, which the pre-flight looks at, and which is then run: `admission` does to its manifests what Kubernetes
and the operator do, and `stage` starts what comes of it. Writes `tests/operator/FINDINGS.md`; fails if a finding is not told
before, is told after, or a run does not show it, and if a check of the catalogue has no play. With CHECKs only these
are played, and nothing is written. Needs uv, Python 3.9 and 3.11, and PyYAML and kubernetes-validate.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import admission
import stage
import stock
from plays import annotations, frameworks, packages, pythons, variables

# Told wherever the image is made with another Python than the application's, and of no matter here.
ASIDE = {"operator.python.compiled"}
TABLE = stock.ROOT / "tests/operator/FINDINGS.md"
PLAYS = sorted(
    [play for room in (annotations, frameworks, packages, pythons, variables) for play in room.PLAYS], key=lambda play: play.check
)


def catalogue(program):
    """The checks that there are."""
    done = subprocess.run([program, "doctor", "list", "--format", "json"], capture_output=True, text=True, check=True)
    return [check["id"] for check in json.loads(done.stdout)["checks"] if check["id"].startswith("operator.")]


def perform(play, store, grpc_python):
    """A row of the table, and what is wrong with it."""
    wrong, cells, told = [], [], []
    for scene, look in ((play.before, play.is_true), (play.after, play.is_gone)):
        with tempfile.TemporaryDirectory(dir=store.folder) as where:
            findings, outcome = scene.play(store, pathlib.Path(where), grpc_python)
        told.append(findings)
        seen = look(outcome)
        if not seen:
            wrong.append(f"the run shows {vars(outcome) | {'traces': len(outcome.traces), 'metrics': len(outcome.metrics)}}")
        cells.append(shown(seen or "**not what the page says**", where))
    before, after = (set(findings) for findings in told)
    if (before ^ after) - ASIDE | {play.check} != {play.check} or play.check not in before - after:
        wrong.append(f"told before: {sorted(before)}, and after: {sorted(after)}")
    return f"| `{play.check}` | {play.what} | {cells[0]} | {play.advice} | {cells[1]} |", wrong


def shown(text, where):
    """What a cell can hold, without the folder of this run."""
    text = re.sub(r"/[^\s'\"()]*/lib/python", "/usr/local/lib/python", text.replace(f"{where}/", "/"))
    return text.replace("|", "\\|").replace("\n", " ")


def volume(store):
    """What `cp` says on a file system of the size, where there can be one."""
    if not shutil.which("mount"):
        return "not tried: no `mount`"
    tree = store.image("0.64b0", "autoinstrumentation") / "autoinstrumentation"
    told = [stage.copied_to(limit, tree, store.folder) for limit in ("10m", "200m")]
    if told[0] is None:
        return "not tried: nothing can be mounted here"
    if "No space left on device" not in told[0] or told[1]:
        sys.exit(f"`cp` on file systems of 10 and 200 MiB: {told}")
    return f"at 10 MiB `cp -r` says “{told[0].splitlines()[-1].rsplit(': ', 1)[1]}”, at 200 MiB nothing"


def main(program, folder, *checks):
    program, folder = pathlib.Path(program).absolute(), pathlib.Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    # Of its own: what others edit in their environments is edited in a cache that they share by links.
    os.environ["UV_CACHE_DIR"] = str(folder / "cache")
    store = stock.Store(folder, program)
    unplayed = set(catalogue(program)) ^ {play.check for play in PLAYS}
    if unplayed:
        sys.exit(f"a check without a play, or a play without a check: {sorted(unplayed)}")
    grpc_python = store.environment("3.11", ["grpcio"]) / "bin/python"
    rows, failures = [], []
    for play in PLAYS:
        if checks and play.check not in checks:
            continue
        row, wrong = perform(play, store, grpc_python)
        rows.append(row)
        failures += [f"{play.check}, {play.what}, {play.advice}: {reason}" for reason in wrong]
        print(row, *wrong, sep="\n  ", file=sys.stderr, flush=True)
    if not checks:
        uv = subprocess.run(["uv", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        version = admission.DEFAULT_IMAGE.rsplit(":", 1)[1]
        releases = next(image["operators"] for image in stock.IMAGES if image["version"] == version)
        TABLE.write_text(HEAD.format(
            date=time.strftime("%Y-%m-%d", time.gmtime()), image=version, operators=f"{releases[0]} to {releases[-1]}", uv=uv,
            volume=volume(store),
            without="" if stock.MUSL else "\nThere was no Python on musl either: what is about Alpine was played the other way round alone.",
            rows="\n".join(rows), checks=len({play.check for play in PLAYS}), plays=len(PLAYS)))
    if failures:
        sys.exit("\n".join(failures))


HEAD = """# Findings of `-a operator`, played through

Written by `.ci/operator-findings` on {date}: {checks} checks in {plays} plays, with what the operator's image {image}
holds (operator {operators}) unless another is named, uv {uv}, and CPython 3.11 (3.9 and 3.13 where the table says so).

Each play is a project on disk with a `Dockerfile`, a `Deployment`, and an `Instrumentation`. The pre-flight must tell the finding
before, and not after its advice was followed; no other finding may come or go, but `operator.python.compiled` where another
image is taken. The manifests then go through what Kubernetes does with them (its schemas; variables) and the operator
(`tests/operator/play/admission.py`, after the sources of operator 0.158.0): the folder is copied with the init container's own
command, and the container is started with the variables that it would have. Receivers take OTLP over HTTP, and over gRPC at
port 4317.

There is no Kubernetes in it: that the kubelet evicts a pod whose `emptyDir` is over its limit is its documentation's word. Where
the volume is a claim of that size, the copy itself fails: {volume}.{without}

| finding | the project | a run shows it | after the advice | a run shows it gone |
|---|---|---|---|---|
{rows}
"""


if __name__ == "__main__":
    shutil.which("uv") or sys.exit("there is no `uv`")
    main(*sys.argv[1:])
