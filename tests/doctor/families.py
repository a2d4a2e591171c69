"""Servers that work in several processes, as the doctor tells of their masters and workers."""

import concurrent.futures
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from look import FACTS, grown, variables

APPS = FACTS + """
if os.environ.get('LOADS'): import wrapt, markupsafe
def app(environ, start):
    start('200 OK', [])
    return [facts().encode()]
async def served(scope, receive, send):
    assert scope['type'] == 'http'
    await send({'type': 'http.response.start', 'status': 200})
    await send({'type': 'http.response.body', 'body': facts().encode()})
"""
SERVED = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
UWSGI = "uwsgi -H {venv} --http-socket 127.0.0.1:{port} --master --processes 2 --enable-threads --wsgi-file apps.py --callable app"
GUNICORN = "gunicorn -w 2 -b 127.0.0.1:{port} apps:app"
UVICORN = "uvicorn --workers 2 --timeout-worker-healthcheck 60 --port {port} apps:served"
AUTO = "opentelemetry-instrument"
OLD, NEW = "0.62b1", "0.66b1"


def started(venv, work, command):
    """A server in its own group, and its port."""
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        port = own.getsockname()[1]
    (work / "apps.py").write_text(APPS)
    path = {"PATH": f"{venv}/bin:{os.environ['PATH']}"}
    words = command.format(venv=venv, port=port).split()
    while "=" in words[0]:
        path |= [words.pop(0).split("=", 1)]
    process = subprocess.Popen(
        words, cwd=work, env=variables({**SERVED, **path}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True)
    return process, port


def answers(process, port, number, seconds=120):
    """What each of so many workers says of itself, by its number."""

    def ask(_):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=8) as answer:
                return json.loads(answer.read())
        except (OSError, ValueError):
            return None

    found, deadline = {}, time.monotonic() + seconds
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        while len(found) < number and time.monotonic() < deadline and process.poll() is None:
            found |= {said[0]: said for said in pool.map(ask, range(8)) if said}
            time.sleep(0.2)
    return found


def family(report, name, venv, work, command, checks, of_master=None, is_spawned=False, **known):
    """A server with two workers: each of them is held against what it says; of the master it is looked at which checks are
    found, and that the workers are its children."""
    process, port = started(venv, work, command)
    try:
        workers = answers(process, port, 2)
        if len(workers) < 2:
            return report.row(name, [len(workers), "", "", "", ""], set(), "there are not two workers")
        grown(max(workers))
        for number, said in enumerate(workers.values(), 1):
            report.hold(f"{name}, worker {number}", said, checks, **known)
        master, found = report.told(process.pid)
        children = {child["pid"]: child["fork"] for child in master.get("children", [])}
        python = master.get("python") or {}
        due = set(checks) if of_master is None else set(of_master)
        problem = ""
        if {pid: children.get(pid) for pid in workers} != dict.fromkeys(workers, not is_spawned):
            problem = f"its children are {children}, and its workers {sorted(workers)}"
        elif found != due:
            problem = f"{sorted(found)} is told, and not {sorted(due)}"
        elif "program" in known and master["program"] != known["program"] and not is_spawned:
            problem = f"its program is {master['program']}"
        facts = [python.get("version"), master.get("libc"), python.get("distributions"), python.get("started"), ""]
        report.row(f"{name}, master", facts, found, problem)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def environment(report, venv, packages):
    """An environment with packages; whether they could be installed."""
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    if subprocess.run([venv / "bin/pip", "install", "--quiet", *packages], check=False).returncode:
        report.skip(f"{' and '.join(packages)} cannot be installed")
        return False
    return True


def families(report, work, environments):
    """Gunicorn, uWSGI and uvicorn, without instrumentation and with that of two releases."""
    plain = work / "plain"
    if environment(report, plain, ["gunicorn<24", "wrapt", "markupsafe"]):
        family(report, "gunicorn", plain, work, f"LOADS=1 {GUNICORN}", [], program="gunicorn",
               loaded=["markupsafe", "wrapt"])
        family(report, "gunicorn --preload", plain, work, f"{GUNICORN} --preload", [], program="gunicorn")
        pip = [plain / "bin/pip", "install", "--quiet", "setproctitle"]
        subprocess.run(pip, check=True)
        family(report, "gunicorn with titles", plain, work, GUNICORN, [], program="gunicorn", started="unknown")
    embedded = work / "embedded"
    if environment(report, embedded, ["pyuwsgi"]):
        family(report, "pyuwsgi", embedded, work, UWSGI, [], program="uwsgi")
    for train in (OLD, NEW):
        venv, is_old = environments(train), train == OLD
        forked = ["python.prefork.metrics"] if is_old else []
        auto = {"started": "instrument", "loaded": ["wrapt"], "is_set_up": True}
        family(report, f"gunicorn, {train}", venv, work, f"{AUTO} {GUNICORN}", forked, program="gunicorn", **auto)
        family(report, f"gunicorn, {train}, without", venv, work, GUNICORN,
               ["python.start.uninstrumented"], started="plain", is_set_up=False)
        silent = ["python.spawn.silent"] if is_old else []
        of_workers = {"started": "plain", "is_set_up": False} if is_old else auto
        family(report, f"uvicorn, {train}", venv, work, f"{AUTO} {UVICORN}", silent, is_spawned=True, **of_workers)
        family(report, f"uwsgi, {train}", venv, work, f"{AUTO} {UWSGI}", ["python.uwsgi.fork"], program="uwsgi", **auto)
        family(report, f"uwsgi --py-call-osafterfork, {train}", venv, work, f"{AUTO} {UWSGI} --py-call-osafterfork", forked,
               program="uwsgi", **auto)
    family(report, f"uwsgi, {NEW}, without", environments(NEW), work, UWSGI, ["python.start.uninstrumented"], started="plain", is_set_up=False)
