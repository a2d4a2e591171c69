"""Asks a process and the doctor for the same, and keeps what came of it."""

import json
import os
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).parent
SECRET = "hunter2"
# Not `platform.libc_ver`, which knows no musl before Python 3.14.
FACTS = """
import importlib, importlib.metadata as m, json, os, platform, re, sys, time
def facts():
    names = {re.sub(r'[-_.]+', '-', d.metadata['Name']).lower() for d in m.distributions()}
    try: libc = os.confstr('CS_GNU_LIBC_VERSION').split()[0]
    except (AttributeError, OSError, ValueError): libc = 'musl'
    # Not by a statement, in which the doctor would see that the program sets something up.
    try: own = importlib.import_module('opentelemetry.trace').get_tracer_provider
    except ImportError: own = None
    is_set_up = own is not None and hasattr(own(), 'add_span_processor')
    return json.dumps([os.getpid(), platform.python_version(), libc, sys.prefix, len(names), is_set_up])
"""
ASK = FACTS + "print(facts(), flush=True)\ntime.sleep(600)\n"
FORMATS = ["table", "json", "github", "sarif"]
# What runs for less is too young for the doctor to say that something is not loaded.
YOUTH = 11


class Report:
    """What was found out, row by row."""

    def __init__(self, binary):
        self.binary, self.rows, self.wrong, self.skipped = binary, [], 0, []

    def row(self, name, facts, found, problem):
        """A process: what it says of itself, what the doctor finds, and what is wrong with that, if anything."""
        self.wrong += bool(problem)
        shown = " ".join(f"`{check}`" for check in sorted(found))
        self.rows.append([name, *map(str, facts), shown])
        print("BAD" if problem else "ok ", name, *facts, *sorted(found), problem or "", flush=True)

    def skip(self, what):
        print("skipped:", what, flush=True)
        self.skipped.append(what)

    def look(self, pid, form="json"):
        """What is told of a process, on both streams."""
        command = [self.binary, "-a", "doctor", "--pid", str(pid), "-v", "--format", form]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def told(self, pid):
        """The part of a process in the document, and the checks that are found."""
        answer = self.look(pid)
        if not answer.stdout:
            return {"error": answer.stderr}, set()
        document = json.loads(answer.stdout)
        return document["process"], {finding["id"] for finding in document["findings"]}

    def hold(self, name, said, checks=(), **more):
        """Holds what is told against what a process says of itself, the checks that apply, and what else is known."""
        inner, version, libc, prefix, count, is_set_up = json.loads(said) if isinstance(said, str) else said
        pid = more.pop("pid", inner)
        shown, found = self.told(pid)
        python = shown.get("python") or {}
        its = {"version": python.get("version"), "libc": shown.get("libc"), "prefix": python.get("prefix")}
        its |= {"distributions": python.get("distributions")}
        due = {"version": version, "libc": libc, "prefix": prefix, "distributions": count}
        loaded, set_up = more.pop("loaded", ()), more.pop("is_set_up", None)
        for key, value in more.items():
            due[key], its[key] = value, shown.get(key, python.get(key))
        problem = {key: (its[key], due[key]) for key in due if its[key] != due[key]}
        if not set(loaded) <= set(python.get("loaded", [])):
            problem["loaded"] = python.get("loaded")
        if set_up not in (None, is_set_up):
            problem["is set up"] = is_set_up
        if found != set(checks):
            problem["checks"] = (sorted(found), sorted(checks))
        leaks = [form for form in FORMATS if SECRET in "".join(map(str, vars(self.look(pid, form)).values()))]
        if leaks:
            problem["leaks"] = leaks
        started = more.get("started", python.get("started"))
        self.row(name, [version, libc, count, started, "yes" if is_set_up else "no"], found, problem and f"{problem} {shown}")


def variables(more=()):
    """The environment of this process without what would change the answer."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "PYTHON", "VIRTUAL_ENV"))}
    return {**kept, "OTEL_EXPORTER_OTLP_HEADERS": f"a={SECRET}", "PASSWORD": SECRET, **dict(more)}


def grown(pid):
    """Waits until a process is old enough for the doctor to say that something is not loaded."""
    ticks = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])
    born = ticks / os.sysconf("SC_CLK_TCK")
    while float(pathlib.Path("/proc/uptime").read_text().split()[0]) < born + YOUTH:
        time.sleep(0.2)


def compare(report, name, command, more, workdir, checks=(), is_grown=False, **known):
    """Starts an interpreter that tells of itself, and holds the doctor against it."""
    process = subprocess.Popen(
        [*command, "-c", ASK, f"--password={SECRET}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=variables(more), cwd=workdir)
    try:
        said = process.stdout.readline()
        if not said:
            return report.row(name, [""] * 5, set(), "it ended without a word")
        said = json.loads(said)
        if is_grown:
            grown(process.pid)
        report.hold(name, said, checks, pid=process.pid, **known)
    finally:
        process.kill()
        process.wait()
