"""Holds what the doctor tells of processes against what their interpreters say of themselves.

    processes.py [--environments FOLDER] BINARY [INTERPRETER ...]

Starts each interpreter (by default those on PATH and in pyenv) by itself, in a virtual environment, in one that sees the
system, and with distributions on PYTHONPATH; servers with workers (`families.py`); and interpreters below another root
(`boxes.py`). Interpreters that are named are started besides those. Fails where version, libc, prefix or the number of
distributions differ, where other checks are told than those that apply, or where a secret is told. Writes `PROCESSES.md`
beside it. An environment of a release that lies in the folder is taken as it is.
"""

import argparse
import glob
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import servers
from boxes import boxed
from families import families
from look import HERE, Report, compare

HEAD = """# What `doctor --pid` tells of processes

Written by `.ci/processes`: each process says of itself which Python, C library and environment it runs in and how many
distributions it sees, and the doctor said the same of it; how the instrumentation was to get into it, and which checks it found,
are as they should be, and no secret was told. Whether a tracer provider is set up the process says itself.

| process | Python | libc | distributions | started | set up | checks |
|---|---|---|---|---|---|---|
"""


def interpreters():
    """Those on PATH and in pyenv, each once."""
    found = glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3"))
    found += [p for p in map(shutil.which, ["python3", "pypy3"]) if p and "shims" not in p] + ["/usr/bin/python3"]
    kept = {os.path.realpath(path): path for path in found if os.path.exists(path)}
    probe = "import sys; sys.exit(sys.version_info < (3, 8))"
    return [path for path in kept.values() if subprocess.run([path, "-c", probe], check=False).returncode == 0]


def alone(report, number, python, work):
    """An interpreter by itself, and in environments."""
    extra = work / "extra/some-1.0.dist-info"
    extra.mkdir(parents=True, exist_ok=True)
    (extra / "METADATA").write_text("Metadata-Version: 2.1\nName: some\nVersion: 1.0\n\n")
    path = {"PYTHONPATH": str(extra.parent)}
    own, system = work / f"own{number}", work / f"system{number}"
    name = "python" if "python" in os.path.basename(python) else os.path.basename(python)
    compare(report, name, [python], {}, "/")
    compare(report, f"{name} -I", [python, "-I"], path, "/")
    if subprocess.run([python, "-m", "venv", "--without-pip", own], check=False).returncode:
        return
    subprocess.run([python, "-m", "venv", "--without-pip", "--system-site-packages", system], check=True)
    compare(report, f"{name}, environment", [own / "bin/python"], {}, "/")
    compare(report, f"{name}, environment with the system", [system / "bin/python"], {}, "/")
    search = {"PATH": f"{own}/bin:{os.environ['PATH']}", **path}
    compare(report, f"{name}, found on PATH", ["env", "python"], search, "/")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--environments", type=pathlib.Path)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("interpreters", nargs="*")
    chosen = parser.parse_args()
    report = Report(chosen.binary.absolute())
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)

        def environment(train):
            venv = (chosen.environments or work) / train
            if not venv.exists():
                servers.install(venv, train)
            return venv

        for number, python in enumerate([*interpreters(), *chosen.interpreters]):
            alone(report, number, python, work)
        if not any(row[2] == "musl" for row in report.rows):
            report.skip("there is no Python for musl here: name one")
        families(report, work, environment)
        boxed(report, work)
    rows = "".join(f"| {' | '.join(row)} |\n" for row in report.rows)
    skipped = "".join(f"\nNot tried: {what}.\n" for what in report.skipped)
    (HERE / "PROCESSES.md").write_text(HEAD + rows + skipped)
    print(f"{len(report.rows) - report.wrong} as they should be, {report.wrong} not")
    sys.exit(bool(report.wrong))


if __name__ == "__main__":
    main()
