"""Holds that what is printed installs with uv into environments synced from real lockfiles, and moves nothing there.

    synced.py PROJECTS INVENTORY PROGRAM SCRATCH [WORD...]

PROJECTS is a folder with the projects that `projects.txt` names, INVENTORY the built example, PROGRAM the program
itself, SCRATCH a folder for one environment at a time. Prints a table. Needs what `oracle.py` needs.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from oracle import ORACLES, TARGETS, read

# The Pythons that are looked for, oldest first: what was locked long ago has wheels for old ones alone.
PYTHONS = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]

# What projects run on that do not say it in a file that is read.
RUNS_ON = {"quay/quay": "3.12", "alphagov/notifications-api": "3.13", "pypi/warehouse": "3.14"}

# What they have is OpenTelemetry itself, from their own folders: there is nothing to instrument.
ITSELF = {"open-telemetry/opentelemetry-python-contrib"}

# Gigabytes, of which nothing else asks the version.
TOO_BIG = re.compile(r"torch|torchvision|triton|nvidia-.*|bitsandbytes|cupy.*|jax.*|tensorflow.*|xformers")

SNAPSHOT = """
import importlib.metadata, json, re
print(json.dumps({re.sub('[-_.]+', '-', d.metadata['Name']).lower(): d.version for d in importlib.metadata.distributions()}))
"""


def run(*command, text=None, limit=None, folder=None):
    """The outcome of a command, apart from any environment that is active."""
    env = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")}
    return subprocess.run(command, input=text, cwd=folder, env=env, capture_output=True, text=True, timeout=limit)


def found(version):
    """The full version and the path of an interpreter, or nothing."""
    path = run("uv", "python", "find", "--no-python-downloads", "--no-project", version)
    if path.returncode != 0:
        return None
    full = run(path.stdout.strip(), "-c", "import platform; print(platform.python_version())").stdout.strip()
    return version, full, path.stdout.strip()


def install(python, pins):
    """Installs exactly these; returns those that there is no way to install here."""
    if not pins:
        return []
    command = ["uv", "pip", "install", "--quiet", "--no-deps", "--python", python]
    if run(*command, "--only-binary", ":all:", *pins).returncode == 0:
        return []
    if len(pins) > 1:
        half = len(pins) // 2
        return install(python, pins[:half]) + install(python, pins[half:])
    # There is no wheel of it: it may still be one that needs no compiler.
    try:
        return pins if run(*command, *pins, limit=180).returncode != 0 else []
    except subprocess.TimeoutExpired:
        return pins


def snapshot(python):
    return json.loads(run(python, "-I", "-c", SNAPSHOT).stdout)


def complaints(python):
    said = run("uv", "pip", "check", "--python", python).stderr
    return {line for line in said.splitlines() if line.startswith("The package")}


class Wrong(Exception):
    pass


def asked(program, *arguments):
    """What the program prints."""
    done = run(program, *arguments)
    if done.returncode != 0:
        raise Wrong(f"{' '.join(arguments)}: {done.stdout.strip()} {done.stderr.strip()}")
    return done.stdout


def printed(program, *arguments):
    return asked(program, "-a", "requirements", *arguments).splitlines()


def for_what_is_left_out(program, left_out, *arguments):
    """Instrumentations that are only for libraries that could not be installed here."""
    libraries = {}
    for found in json.loads(asked(program, "-a", "requirements", "--format", "json", *arguments))["libraries"]:
        if found["status"] == "applies":
            libraries.setdefault(found["instrumentation"], set()).add(found["name"])
    return {name for name, needed in libraries.items() if needed <= set(left_out)}


class Environment:
    """An environment that is synced to what is locked."""

    def __init__(self, base, pins, venv):
        shutil.rmtree(venv, ignore_errors=True)
        if (made := run("uv", "venv", "--quiet", "--python", base, str(venv))).returncode != 0:
            raise Wrong(made.stderr)
        self.folder, self.python = str(venv), str(venv / "bin/python")
        self.failed = {pin.split("==")[0] for pin in install(self.python, pins)}
        self.before, self.complaints = snapshot(self.python), complaints(self.python)

    def pipe(self, lines):
        """Installs lines as a user would."""
        command = ["uv", "pip", "install", "--python", self.python, "--requirement", "-"]
        done = run(*command, text="".join(f"{line}\n" for line in lines))
        if done.returncode != 0:
            raise Wrong(f"uv: {done.stderr.strip()[-1500:]}")

    def moved(self):
        """What is not as it was, and what no longer goes together."""
        after, before = snapshot(self.python), self.before
        moved = [f"{name} {version} -> {after.get(name)}" for name, version in before.items() if after.get(name) != version]
        return moved + sorted(complaints(self.python) - self.complaints)


def synced(path, interpreter, version, pinned, parts, program, scratch):
    """Cells of the table for one lockfile, and what is wrong."""
    here = {name: version for name, version in pinned.items() if version and not TOO_BIG.fullmatch(name)}
    pins = [f"{name}=={version}" for name, version in here.items()]
    environment = Environment(interpreter[2], pins, scratch / "venv")
    left_out = sorted(name for name in pinned if name not in here or name in environment.failed)
    locked = ["--python-version", version, *(f"--{kind}={name}" for kind, name in parts), str(path)]
    there = ["--python", environment.folder, str(path.parent)]
    lines, wrong = printed(program, *there), []
    excused = for_what_is_left_out(program, left_out, *locked)
    for line in sorted(set(lines) ^ {line for line in printed(program, *locked) if re.split("[=>]", line)[0] not in excused}):
        wrong.append(f"only by {'environment' if line in lines else 'lockfile'}: {line}")

    cells = [interpreter[0], str(len(environment.before)), ", ".join(f"`{name}`" for name in left_out), "", str(len(lines))]
    for exporter in ([], ["--exporter", "otlp"]):
        export = printed(program, *exporter, *there)
        release = (re.match(r"opentelemetry-(?:instrumentation-.*|distro)==(.*)", line) for line in export)
        cells[3] = cells[3] or next((found[1] for found in release if found), "")
        environment.pipe(export)
        moved = environment.moved()
        if moved:
            # A pipe cannot hold what a new distribution wants otherwise; the program can.
            environment = Environment(interpreter[2], pins, scratch / "venv")
            done = run(program, "-a", "install", *exporter, *there)
            wrong += [f"by `-a install`: {what}" for what in environment.moved()]
            if done.returncode != 0:
                moved.append("`-a install` refuses")
        checked = json.loads(run(program, "-a", "check", "--format", "json", *there).stdout)["problems"]
        checked = [] if "`-a install` refuses" in moved else [f"`-a check`: {problem['message']}" for problem in checked]
        wrong += [] if exporter else checked
        cells.append("; ".join(moved + checked))
    return cells, wrong


def main():
    projects, inventory, program, scratch, *only = sys.argv[1:]
    interpreters = [one for one in map(found, PYTHONS) if one]
    print("| project | lockfile | Python | distributions | left out | release | lines | moved | with an exporter | wrong |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    failed, pipes, quiet = False, 0, 0
    for line in (Path(__file__).parent / "projects.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        repository, _, format, lockfile, *parts = line.split()
        parts = [tuple(part.split("=")) for part in parts]
        if repository in ITSELF or only and not any(word in line for word in only):
            continue
        path = Path(projects).resolve() / repository.replace("/", "+") / lockfile

        def target(full):
            machine = platform.machine()
            return full, f"{machine}-unknown-linux-gnu", "posix", "linux", "Linux", machine

        wanted = RUNS_ON.get(repository)

        def fits(full):
            return wanted in (None, full.rpartition(".")[0]) and read(inventory, path, target(full), parts)[1]

        fitting = [one for one in interpreters if fits(one[1])]
        # Where it is for none of those that are here, the newest is nearest, for what is locked for another.
        interpreter = (fitting or interpreters[-1:])[0]
        others = [one[0] for one in TARGETS if fits(one[0])]
        version = interpreter[1] if fitting else (others or [interpreter[1]])[0]
        pinned = ORACLES[format](path, parts)(target(version))
        try:
            cells, wrong = synced(path, interpreter, version, pinned, parts, program, Path(scratch))
        except Wrong as error:
            cells, wrong = [interpreter[0], "", "", "", "", "not known", ""], [str(error)]
        failed |= bool(wrong)
        told = "; ".join(wrong).replace("\n", " ").replace("|", "\\|")
        pipes += 1
        quiet += not cells[5]
        names = "".join(f" {kind} `{name}`" for kind, name in parts)
        cells[0] += "" if fitting else f" (for {version})"
        print(f"| {repository} | `{lockfile}`{names} | {' | '.join(cells)} | {told} |", flush=True)
    print(f"\nOf {pipes} pipes {quiet} moved nothing.")
    raise SystemExit(1 if failed else 0)


def merge(table, rows):
    """Puts rows that were made anew into a table, in place of those of the same lockfile."""
    key = lambda line: line.split(" | ")[:2]
    new = {tuple(key(line)): line for line in Path(rows).read_text().splitlines() if line.startswith("| ")}
    lines = [new.get(tuple(key(line)), line) for line in Path(table).read_text().splitlines()]
    done = [line for line in lines if line.startswith("| ") and not line.startswith("| project ")]
    quiet = sum(not line.split("|")[8].strip() for line in done)
    lines[-1] = f"Of {len(done)} pipes {quiet} moved nothing."
    Path(table).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--merge":
        merge(*sys.argv[2:])
    else:
        main()
