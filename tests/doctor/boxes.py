"""Interpreters below another root, as in a container: through `chroot` and `unshare`, and with what the operator injects."""

import os
import re
import shutil
import subprocess
import sys

from look import compare, variables

VOLUME = "otel-auto-instrumentation-python"
FOLDER = f"/{VOLUME}/opentelemetry/instrumentation/auto_instrumentation"
INJECTED = {"PYTHONPATH": f"{FOLDER}:/{VOLUME}", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
PYTHON = os.path.realpath("/usr/bin/python3")
BESIDES = ["libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1", "libstdc++.so.6", "libutil.so.1"]
LOST = ["process.not-loaded"]


def libraries(path):
    """What a program or a library needs, as the loader finds it."""
    return re.findall(r"/\S+", subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout)


def build(root):
    """A root with the interpreter of the system, and an environment that is full of absolute links."""
    name = os.path.basename(PYTHON)
    library = f"/usr/lib/{name}"
    extensions = [os.path.join(f"{library}/lib-dynload", file) for file in os.listdir(f"{library}/lib-dynload")]
    needed = {PYTHON, *libraries(PYTHON)}.union(*(libraries(file) for file in extensions))
    # What wheels may ask for besides.
    system = {os.path.dirname(path) for path in needed if "/libc.so" in path}
    needed |= {f"{folder}/{file}" for folder in system for file in BESIDES}
    for path in sorted(path for path in needed if os.path.exists(path) and not path.endswith(":")):
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(path), target)
    shutil.copytree(library, root / f"usr/lib/{name}", symlinks=True, ignore=shutil.ignore_patterns("test*"))
    # There are no devices, and gRPC asks for one.
    (root / "dev").mkdir()
    (root / "dev/urandom").write_bytes(os.urandom(1 << 16))
    venv = root / "app/.venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").symlink_to(PYTHON)
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    packages = venv / f"lib/{name}/site-packages"
    packages.mkdir(parents=True)
    (packages / "more.pth").write_text("/more\n")
    (root / "linked").mkdir()
    (root / "more").symlink_to("/linked")
    for folder, package in [(packages, "one"), (packages, "two"), (root / "linked", "three")]:
        own = folder / f"{package}-1.0.dist-info"
        own.mkdir()
        (own / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n\n")


def payload(report, work, exporter):
    """What the operator would inject, built by `-a operator --payload`: the folders of each C library."""
    folder, target = work / "project", work / f"payload-{exporter}"
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text("flask==3.1.2\n")
    path = os.environ["PATH"]
    if not shutil.which("uv") and not (work / "uv").exists():
        subprocess.run([sys.executable, "-m", "venv", work / "uv"], check=True)
        subprocess.run([work / "uv/bin/pip", "install", "--quiet", "uv"], check=True)
    own = {"PATH": f"{path}:{work / 'uv/bin'}", "UV_CACHE_DIR": str(work / "cache")}
    version = os.path.basename(PYTHON).removeprefix("python")
    command = [report.binary, "-a", "operator", "--payload", target, "--no-progress", "--python-version", version]
    command += ["--exporter", exporter]
    done = subprocess.run(command, cwd=folder, env=variables(own), capture_output=True, text=True, check=False)
    if done.returncode:
        report.skip(f"there is no payload: {done.stderr.strip().splitlines()[-1]}")
        return None
    return target


def boxed(report, work):
    """Interpreters below another root."""
    if not os.path.exists(f"/usr/lib/{os.path.basename(PYTHON)}/lib-dynload"):
        return report.skip("the system has no Python of its own")
    root = work / "box"
    build(root)
    own = "/app/.venv/bin/python"
    ways = {
        "another root": ["unshare", "-r", "-m", f"--root={root}", "--wd=/app", own],
        "chroot": ["chroot", str(root), own],
    }
    ways = {name: words for name, words in ways.items() if is_permitted(report, name, words)}
    http, grpc = (payload(report, work, exporter) if ways else None for exporter in ("otlp-http", "otlp-grpc"))
    over_grpc = {**INJECTED, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    for name, words in ways.items():

        def injected(what, tree, more, checks=(), started="operator", switches=(), **known):
            if tree and tree.exists():
                shutil.copytree(tree, root / VOLUME, symlinks=True)
            try:
                compare(report, f"{name}, injected{what}", [*words, *switches], more, "/", checks, is_grown=True,
                        started=started, **known)
            finally:
                shutil.rmtree(root / VOLUME, ignore_errors=True)

        compare(report, name, words, {}, "/", is_grown=True)
        injected(", no volume", None, INJECTED, LOST, "gone")
        if http and grpc:
            glibc, musl = "autoinstrumentation", "autoinstrumentation-musl"
            injected("", http / glibc, INJECTED, loaded=["wrapt"])
            injected(" with -E", http / glibc, INJECTED, LOST, switches=["-E"])
            # It works in Python alone.
            injected(", for musl", http / musl, INJECTED, is_set_up=True)
            injected(", gRPC", grpc / glibc, over_grpc, loaded=["grpcio", "wrapt"], is_set_up=True)
            injected(", gRPC, for musl", grpc / musl, over_grpc, LOST, is_set_up=False)
    return None


def is_permitted(report, name, words):
    """Whether the machine lets somebody start something like that."""
    if not shutil.which(words[0]) or subprocess.run([*words, "-c", ""], check=False, capture_output=True).returncode:
        report.skip(f"this machine permits no {name}")
        return False
    return True
