"""Holds what the program reads from real lockfiles against what their own tools say.

    oracle.py PROJECTS INVENTORY [NAME...]

PROJECTS is a folder with the projects that `projects.txt` names, INVENTORY the built example. Prints a table. Needs
`uv`, `poetry` with its export plugin, `pdm`, `pipenv`, `pip` 26 and `packaging` 26 on the path of this Python.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TARGETS = [
    ("3.12.4", "x86_64-unknown-linux-gnu", "posix", "linux", "Linux", "x86_64"),
    ("3.10.9", "x86_64-pc-windows-msvc", "nt", "win32", "Windows", "AMD64"),
    ("3.13.5", "aarch64-apple-darwin", "posix", "darwin", "Darwin", "arm64"),
    ("3.14.0", "aarch64-unknown-linux-gnu", "posix", "linux", "Linux", "aarch64"),
]


def environment(target):
    python, _, os_name, sys_platform, system, machine = target
    return {
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": sys_platform,
        "extra": "",
    }


def run(folder, *command):
    # The tools may ask which interpreter; none of these commands installs anything.
    env = dict(os.environ, PIPENV_IGNORE_VIRTUALENVS="1", PIPENV_VERBOSITY="-1", PDM_CHECK_UPDATE="0")
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout


def project_name(folder):
    table = tomllib.loads((folder / "pyproject.toml").read_text())
    name = table.get("project", {}).get("name") or table["tool"]["poetry"]["name"]
    return canonicalize_name(name)


def exported(text, folder, target):
    """Names with versions that a list of requirements gives for a target."""
    found = {}
    for line in text.splitlines():
        line = line.split(" #")[0].strip()
        if not line or line.startswith(("#", "-i", "--")):
            continue
        line = line.removeprefix("-e").strip()
        if line.startswith((".", "/", "file:")):
            path, _, marker = line.partition(";")
            path = path.strip().removeprefix("file://")
            if not marker or Marker(marker).evaluate(environment(target)):
                found[project_name(folder / path)] = None
            continue
        if egg := re.match(r"git\+.*#egg=([\w.-]+)", line):
            found[canonicalize_name(egg[1])] = None
            continue
        # pipenv writes `name@ git+…` and `name @ … ; marker` alike.
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment(target)):
            pins = [s.version for s in requirement.specifier if s.operator in ("==", "===")]
            found[canonicalize_name(requirement.name)] = pins[0] if pins else None
    return found


def uv(path, parts):
    options = ["--frozen", "--no-hashes", "--no-header", "--no-annotate", "--no-python-downloads"]
    options += [f"--{kind}={name}" for kind, name in parts]
    options += [] if ("group", "dev") in parts else ["--no-dev"]
    text = run(path.parent, "uv", "export", "--quiet", *options, "--format", "requirements-txt")
    return lambda target: exported(text, path.parent, target)


def poetry(path, parts):
    options = [f"--{'extras' if kind == 'extra' else 'with'}={name}" for kind, name in parts]
    text = run(path.parent, "poetry", "export", "--quiet", "--without-hashes", "--output", "/dev/stdout", *options)
    return lambda target: exported(text, path.parent, target)


def pdm(path, parts):
    options = [f"--group={name}" for _, name in parts]
    options += [] if any(kind == "group" for kind, _ in parts) else ["--prod"]
    text = run(path.parent, "pdm", "export", *options, "--without-hashes", "--format", "requirements")
    return lambda target: exported(text, path.parent, target)


def pipfile(path, parts):
    text = run(path.parent, "pipenv", "requirements", *(["--dev"] if parts else []))
    return lambda target: exported(text, path.parent, target)


def pylock(path, parts):
    from packaging.pylock import Pylock

    lock = Pylock.from_dict(tomllib.loads(path.read_text()))

    def select(target):
        groups = {name for kind, name in parts if kind == "group"} | set(lock.default_groups or ())
        extras = {name for kind, name in parts if kind == "extra"}
        chosen = {"extras": frozenset(extras), "dependency_groups": frozenset(groups)}
        found = {}
        for package in lock.packages:
            marker = package.marker
            if marker is None or marker.evaluate({**environment(target), **chosen}, context="lock_file"):
                found[canonicalize_name(package.name)] = str(package.version) if package.version else None
        return found

    return select


def requirements(path, _):
    from pip._internal.network.session import PipSession
    from pip._internal.req.constructors import install_req_from_parsed_requirement
    from pip._internal.req.req_file import parse_requirements

    lines = []
    for parsed in parse_requirements(str(path), session=PipSession()):
        if parsed.requirement.startswith("."):
            folder = Path(parsed.comes_from.split()[1]).parent if parsed.comes_from else path.parent
            name = project_name((path.parent if not folder.is_dir() else folder) / parsed.requirement)
            lines.append((name, None, None, parsed.constraint))
            continue
        wanted = install_req_from_parsed_requirement(parsed)
        pins = [s.version for s in wanted.specifier if s.operator in ("==", "===") and "*" not in s.version]
        if wanted.link and wanted.link.is_wheel:
            pins = [wanted.link.filename.split("-")[1]]
        if wanted.name:
            lines.append((canonicalize_name(wanted.name), pins[0] if pins else None, wanted.markers, parsed.constraint))

    def select(target):
        found, pins = {}, {}
        for name, version, marker, constraint in lines:
            if marker is not None and not marker.evaluate(environment(target)):
                continue
            into = pins if constraint else found
            if into.get(name) is None:
                into[name] = version
        return {name: version or pins.get(name) for name, version in found.items()}

    return select


ORACLES = {"uv": uv, "poetry": poetry, "pdm": pdm, "pipfile": pipfile, "pylock": pylock, "requirements": requirements}


def read(inventory, path, target, parts):
    parts = [f"{kind}={name}" for kind, name in parts]
    text = run(".", inventory, str(path), target[0], target[1], *parts)
    pairs = [line.partition("==") for line in text.splitlines() if not line.startswith("#")]
    is_for_it = not re.search(r"^# is (not )?locked for Python", text, re.MULTILINE)
    return {name: version or None for name, _, version in pairs}, is_for_it


def same(ours, theirs):
    """The names must be the same; so must the versions, where the tool tells one."""
    differences = []
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in ours or name not in theirs:
            differences.append(f"{'-' if name in theirs else '+'}{name}")
        elif theirs[name] is not None:
            from packaging.version import Version

            if ours[name] is None or Version(ours[name]) != Version(theirs[name]):
                differences.append(f"{name} {ours[name]} != {theirs[name]}")
    return differences


def main():
    projects, inventory, *only = sys.argv[1:]
    here = Path(__file__).parent
    head = " | ".join(f"{target[0]} {target[1]}" for target in TARGETS)
    print(f"| project | lockfile | format | {head} |\n|---|---|---|{'---|' * len(TARGETS)}")
    failed = False
    for line in (here / "projects.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        repository, _, format, lockfile, *parts = line.split()
        parts = [tuple(part.split("=")) for part in parts]
        if only and not any(word in line for word in only):
            continue
        path = Path(projects).resolve() / repository.replace("/", "+") / lockfile
        oracle, cells = ORACLES[format](path, parts), []
        for target in TARGETS:
            ours, is_for_it = read(inventory, path, target, parts)
            theirs = oracle(target)
            differences = same(ours, theirs)
            if is_for_it:
                failed |= bool(differences)
                cells.append("; ".join(differences[:20]) if differences else f"{len(theirs)} equal")
            else:
                # The tool would install nothing, or refuse; the program says so and reads on.
                cells.append(f"(not for this Python{'' if differences else f', {len(theirs)} equal'})")
        wanted = "".join(f" {kind} `{name}`" for kind, name in parts)
        print(f"| {repository} | `{lockfile}`{wanted} | {format} | {' | '.join(cells)} |", flush=True)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
