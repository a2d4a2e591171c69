"""Holds what the doctor tells of processes against what their interpreters say of themselves.

    processes.py BINARY [INTERPRETER ...]

Starts each interpreter (by default those on PATH and in pyenv) by itself, in a virtual environment, in one that sees the
system, and with distributions on PYTHONPATH; a server with workers where Gunicorn can be installed; and one below another
root where the machine permits it. Fails where version, libc, prefix or the number of distributions differ, or where a
secret is told.
"""

import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

SECRET = "hunter2"
ASK = """
import importlib.metadata as m, json, platform, re, sys, time
names = {re.sub(r'[-_.]+', '-', d.metadata['Name']).lower() for d in m.distributions()}
version, libc = platform.python_version(), platform.libc_ver()[0] or 'musl'
print(json.dumps([version, libc, sys.prefix, len(names)]), flush=True)
time.sleep(600)
"""
FORMATS = ["table", "json", "github", "sarif"]


def look(binary, pid, form="json"):
    """What is told of a process, on both streams."""
    command = [binary, "-a", "doctor", "--pid", str(pid), "-v", "--format", form]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def told(binary, pid):
    """The part of a process in the document."""
    found = look(binary, pid)
    return json.loads(found.stdout)["process"] if found.stdout else {"error": found.stderr}


def variables(more):
    """The environment of this process without what would change the answer."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "PYTHON", "VIRTUAL_ENV"))}
    return {**kept, "OTEL_EXPORTER_OTLP_HEADERS": f"a={SECRET}", "PASSWORD": SECRET, **more}


def compare(binary, name, command, more, workdir):
    """Starts an interpreter that tells of itself; whether the doctor tells the same."""
    process = subprocess.Popen(
        [*command, "-c", ASK, f"--password={SECRET}"], stdout=subprocess.PIPE, text=True, env=variables(more), cwd=workdir)
    try:
        version, libc, prefix, count = json.loads(process.stdout.readline())
        shown = told(binary, process.pid)
        python = shown.get("python") or {}
        its = [python.get("version"), shown.get("libc"), python.get("prefix"), python.get("distributions")]
        leaks = [form for form in FORMATS if SECRET in "".join(map(str, vars(look(binary, process.pid, form)).values()))]
        is_same = its == [version, libc, prefix, count] and not leaks
        print("ok " if is_same else "BAD", name, version, libc, count, "" if is_same else f"{its} {leaks} {shown}")
        return is_same
    finally:
        process.kill()
        process.wait()


def interpreters():
    """Those on PATH and in pyenv, each once."""
    found = glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3"))
    found += [p for p in map(shutil.which, ["python3", "pypy3"]) if p and "shims" not in p] + ["/usr/bin/python3"]
    kept = {os.path.realpath(path): path for path in found if os.path.exists(path)}
    probe = "import sys; sys.exit(sys.version_info < (3, 8))"
    return [path for path in kept.values() if subprocess.run([path, "-c", probe], check=False).returncode == 0]


def workers(binary, work):
    """Gunicorn with three workers: all of one family, with what is loaded in them."""
    venv = work / "gunicorn"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    if subprocess.run([venv / "bin/pip", "install", "--quiet", "gunicorn", "wrapt", "markupsafe"], check=False).returncode:
        print("skipped: Gunicorn cannot be installed")
        return True
    (work / "app.py").write_text("import wrapt, markupsafe\ndef app(environ, start): start('200 OK', []); return [b'']\n")
    command = [venv / "bin/gunicorn", "-w", "3", "-b", "127.0.0.1:0", "app:app"]
    process = subprocess.Popen(command, cwd=work, env=variables({}), stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            time.sleep(0.2)
            master = told(binary, process.pid)
            if len(master.get("children", [])) == 3:
                break
        time.sleep(2)
        children = [told(binary, child["pid"]) for child in master["children"]]
        is_right = (
            master["program"] == "gunicorn"
            and [child["fork"] for child in master["children"]] == [True] * 3
            and all({"markupsafe", "wrapt"} <= set(child["python"]["loaded"]) for child in children)
            and all(child["parent"] == {"pid": process.pid, "name": child["parent"]["name"], "fork": True} for child in children)
        )
        print("ok " if is_right else "BAD", "gunicorn with workers", "" if is_right else (master, children))
        return is_right
    finally:
        process.terminate()
        process.wait()


def box(binary, work):
    """An interpreter below another root, whose environment is full of absolute links."""
    root, python = work / "box", os.path.realpath("/usr/bin/python3")
    if not os.path.exists(python) or not shutil.which("unshare"):
        return True
    name = os.path.basename(python)
    libraries = re.findall(r"/\S+", subprocess.run(["ldd", python], capture_output=True, text=True, check=False).stdout)
    for path in [python, *libraries]:
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(path), target)
    shutil.copytree(f"/usr/lib/{name}", root / f"usr/lib/{name}", symlinks=True, ignore=shutil.ignore_patterns("test*"))
    venv = root / "app/.venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").symlink_to(python)
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    packages = venv / f"lib/{name}/site-packages"
    packages.mkdir(parents=True)
    for package in ["one-1.0", "two-2.0"]:
        (packages / f"{package}.dist-info").mkdir()
        text = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n\n".format(*package.split("-"))
        (packages / f"{package}.dist-info/METADATA").write_text(text)
    (packages / "more.pth").write_text("/more\n")
    (root / "linked").mkdir()
    (root / "more").symlink_to("/linked")
    shutil.copytree(packages / "one-1.0.dist-info", root / "linked/three-3.0.dist-info")
    (root / "linked/three-3.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: three\nVersion: 3.0\n\n")
    command = ["unshare", "-r", "-m", f"--root={root}", "--wd=/app", "/app/.venv/bin/python"]
    if subprocess.run([*command, "-c", ""], check=False, capture_output=True).returncode:
        print("skipped: this machine permits no other root")
        return True
    return compare(binary, "another root", command, {}, "/")


def main():
    binary, *chosen = sys.argv[1:]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        extra = work / "extra/some-1.0.dist-info"
        extra.mkdir(parents=True)
        (extra / "METADATA").write_text("Metadata-Version: 2.1\nName: some\nVersion: 1.0\n\n")
        path = {"PYTHONPATH": str(extra.parent)}
        for number, python in enumerate(chosen or interpreters()):
            own, system = work / f"own{number}", work / f"system{number}"
            results.append(compare(binary, python, [python], {}, "/"))
            results.append(compare(binary, f"{python} -I", [python, "-I"], path, "/"))
            if subprocess.run([python, "-m", "venv", "--without-pip", own], check=False).returncode:
                continue
            subprocess.run([python, "-m", "venv", "--without-pip", "--system-site-packages", system], check=True)
            results.append(compare(binary, f"{python}, environment", [own / "bin/python"], {}, "/"))
            results.append(compare(binary, f"{python}, environment with the system", [system / "bin/python"], {}, "/"))
            search = {"PATH": f"{own}/bin:{os.environ['PATH']}", **path}
            results.append(compare(binary, f"{python}, found on PATH", ["env", "python"], search, "/"))
        results += [workers(binary, work), box(binary, work)]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
