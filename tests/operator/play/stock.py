"""What is injected, and what it is injected into: the operator's images, payloads, and environments, made once each."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
INSTRUMENTATION = "opentelemetry-instrumentation-"
PLATFORMS = {"autoinstrumentation": "x86_64-manylinux_2_28", "autoinstrumentation-musl": "x86_64-unknown-linux-musl"}
IMAGES = json.loads((ROOT / "registry/operator.json").read_text())["images"]


def uv(*arguments):
    done = subprocess.run(["uv", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"uv {' '.join(map(str, arguments[:2]))} failed:\n{done.stderr[-2000:]}")


# A Python on musl, where there is one: in `FINDINGS_MUSL_PYTHON`.
MUSL = os.environ.get("FINDINGS_MUSL_PYTHON")


def interpreter(version):
    """A Python of this machine; what uv finds by itself if none is of pyenv."""
    if version == "musl":
        return MUSL
    of_pyenv = sorted(pathlib.Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    return of_pyenv[-1] if of_pyenv else version


class Store:
    """A folder with all that is made once."""

    def __init__(self, folder, program):
        self.folder, self.program = folder, program

    def image(self, version, *folders):
        """An image of the operator by its version, with these of its folders."""
        image = next(image for image in IMAGES if image["version"] == version)
        pins = [f"{INSTRUMENTATION}{name}=={version}" for name in image["instrumentations"].split()]
        where = self.folder / "images" / version
        for name in folders:
            done = where / f"{name}.done"
            if not done.exists():
                uv("pip", "install", "--quiet", "--target", where / name, "--python-version", image["python"], "--python-platform",
                   PLATFORMS[name], "--only-binary", ":all:", "--no-deps", *pins, *image["packages"].split())
                # As pip does where the image is built.
                subprocess.run([sys.executable, "-m", "compileall", "-q", where / name], capture_output=True, check=False)
                done.touch()
        return where

    def environment(self, python, packages):
        """An environment with packages."""
        name = re.sub(r"[^a-z0-9.]+", "-", " ".join([python, *packages]).lower())
        path = self.folder / "environments" / name[:120]
        done = path / "done"
        if not done.exists():
            uv("venv", "--quiet", "--clear", "--no-python-downloads", "--python", interpreter(python), path)
            uv("pip", "install", "--quiet", "--python", path / "bin/python", *packages)
            done.touch()
        return path

    def payload(self, project, python):
        """A payload for a project, as the page of a finding advises it."""
        where = project.parent / "payload"
        keep = ("UV_", "PIP_", "SSL_", "PATH", "HOME", "XDG_")
        done = subprocess.run(
            [self.program, "-a", "operator", "--payload", where, "--python-version", python, "--libc", "glibc", "--no-progress"],
            cwd=project, capture_output=True, text=True, check=False,
            env={name: value for name, value in os.environ.items() if name.startswith(keep)},
        )
        if done.returncode:
            sys.exit(f"no payload for {project}:\n{done.stderr[-2000:]}")
        return where
