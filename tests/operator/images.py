"""Writes `registry/operator.json`: what the Python images of the OpenTelemetry Operator hold.

    tests/operator/images.py [CLONE]

CLONE is a clone of the operator's repository with its tags; without one it is fetched. For every version that an image
was published with, the requirements of the last commit before the next version are resolved by uv as of that day, for
the Python and the C libraries that the `Dockerfile` of that commit builds with. Needs uv.
"""

import datetime
import email.parser
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/open-telemetry/opentelemetry-operator"
FOLDER = "autoinstrumentation/python"
OLDEST = "0.48b0"  # The first with an image for musl.
PLATFORMS = {"glibc": "x86_64-manylinux_2_28", "musl": "x86_64-unknown-linux-musl"}
PREFIX = "opentelemetry-instrumentation-"
PYTHONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]


def git(clone, *arguments, check=True):
    return subprocess.run(["git", "-C", clone, *arguments], check=check, capture_output=True, text=True).stdout


def show(clone, commit, path):
    return git(clone, "show", f"{commit}:{path}")


def versions(clone):
    """Each version of the image with the last commit that published it, the oldest first."""
    last = {}
    for line in git(clone, "log", "--reverse", "--format=%H %cs", "--", FOLDER).splitlines():
        commit, date = line.split()
        try:
            first = show(clone, commit, f"{FOLDER}/requirements.txt").splitlines()[0]
        except subprocess.CalledProcessError:
            continue
        if found := re.fullmatch(r"opentelemetry-distro==(\S+)", first.strip()):
            last[found[1]] = (commit, date)
    names = list(last)
    return [(name, *last[name]) for name in names[names.index(OLDEST):]]


def operators(clone):
    """The releases of the operator that take each version of the image unless they are told otherwise."""
    found = {}
    tags = [tag for tag in git(clone, "tag").split() if re.fullmatch(r"v\d+\.\d+\.\d+", tag)]
    for tag in sorted(tags, key=lambda tag: [int(part) for part in tag[1:].split(".")]):
        text = git(clone, "grep", "-h", "autoinstrumentation-python=", tag, "--", "versions.txt", check=False)
        if version := re.search(r"^autoinstrumentation-python=(\S+)", text, re.M):
            found.setdefault(version[1], []).append(tag[1:])
    return found


def install(target, python, libc, date, *what):
    """Installs wheels as of the end of a day; whether there are any."""
    until = f"{datetime.date.fromisoformat(date) + datetime.timedelta(days=1)}T00:00:00Z"
    command = ["uv", "pip", "install", "--quiet", "--target", target, "--python-version", python]
    command += ["--python-platform", PLATFORMS[libc], "--exclude-newer", until, "--only-binary", ":all:"]
    return subprocess.run([*command, *what], check=False, stderr=subprocess.DEVNULL).returncode == 0


def musl_tags(folder, python, date, name, version):
    """The tags of a compiled package on musl; what has no wheel there is compiled while the image is built."""
    target = f"{folder}/musl-{name}"
    if not install(target, python, "musl", date, "--no-deps", f"{name}=={version}"):
        return ["source"]
    return read(target)[name]["tags"]


def read(target):
    """The packages of a folder: name, version, tags, requirements, lowest Python."""
    found = {}
    for folder in sorted(pathlib.Path(target).glob("*.dist-info")):
        metadata = email.parser.HeaderParser().parsestr((folder / "METADATA").read_text())
        wheel = email.parser.HeaderParser().parsestr((folder / "WHEEL").read_text())
        tags = sorted(tag for tag in wheel.get_all("Tag") if not tag.endswith("-none-any"))
        found[canonicalize_name(metadata["Name"])] = {
            "version": metadata["Version"],
            "tags": tags,
            "requires": metadata.get_all("Requires-Dist") or [],
            "python": metadata["Requires-Python"],
        }
    return found


def floor(packages):
    """The lowest Python that all packages admit."""
    bounds = [SpecifierSet(package["python"] or "") for package in packages.values()]
    return next(python for python in PYTHONS if all(bound.contains(python + ".0") or bound.contains(python) for bound in bounds))


def weigh(target):
    """Files and bytes, as the operator copies them: pip compiles what it installs, uv does not."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    files = [path for path in pathlib.Path(target).rglob("*") if path.is_file()]
    return len(files), sum(-(-path.stat().st_size // 4096) * 4096 for path in files)


def image(clone, version, commit, date, takers):
    dockerfile = show(clone, commit, f"{FOLDER}/Dockerfile")
    python = re.search(r"^FROM python:(\d+\.\d+)", dockerfile, re.M)[1]
    packages = {}
    with tempfile.TemporaryDirectory() as scratch:
        requirements = pathlib.Path(scratch, "requirements.txt")
        requirements.write_text(show(clone, commit, f"{FOLDER}/requirements.txt"))
        target = f"{scratch}/glibc"
        if not install(target, python, "glibc", date, "-r", requirements):
            sys.exit(f"{version} cannot be installed")
        tree = read(target)
        files, size = weigh(target)
        for name, package in tree.items():
            packages[name] = {"version": package["version"]}
            if package["tags"]:
                packages[name]["glibc"] = package["tags"]
                packages[name]["musl"] = musl_tags(scratch, python, date, name, package["version"])
    lowest = floor(tree)
    print(f"{version} of {date}: {len(packages)} packages, {files} files", file=sys.stderr)
    is_own = lambda name: name.startswith(PREFIX) and packages[name]["version"] == version
    return {
        "version": version,
        "date": date,
        "operators": takers,
        "python": python,
        "floor": lowest,
        "files": files,
        "bytes": size,
        # Of the version of the image itself.
        "instrumentations": " ".join(name.removeprefix(PREFIX) for name in packages if is_own(name)),
        "packages": " ".join(f"{name}=={package['version']}" for name, package in packages.items() if not is_own(name)),
        "compiled": {
            name: {libc: sorted({tag.rsplit("-", 1)[0] for tag in package[libc]}) for libc in PLATFORMS}
            for name, package in packages.items()
            if "glibc" in package
        },
    }


def main():
    with tempfile.TemporaryDirectory() as scratch:
        clone = sys.argv[1] if len(sys.argv) > 1 else f"{scratch}/operator"
        if len(sys.argv) < 2:
            subprocess.run(["git", "clone", "--quiet", "--filter=blob:none", "--no-checkout", REPOSITORY, clone], check=True)
        takers = operators(clone)
        known = versions(clone)
        # What no release of the operator takes is of no use, but for what the next one will.
        images = [image(clone, *entry, takers.get(entry[0], [])) for entry in known if entry[0] in takers or entry == known[-1]]
    lines = ",\n".join(json.dumps(image, separators=(",", ":")) for image in reversed(images))
    path = ROOT / "registry/operator.json"
    path.write_text('{"images":[\n' + lines + "\n]}\n")
    print(f"{path}: {len(images)} images", file=sys.stderr)


if __name__ == "__main__":
    shutil.which("uv") or sys.exit("there is no uv")
    main()
