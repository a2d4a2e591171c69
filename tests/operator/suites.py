"""Runs the test suites of real projects without and with a payload injected, and looks at whether anything changes.

    suites.py PROGRAM FOLDER

FOLDER holds the checkouts, as `.ci/operator-suites` lays them there. Writes `tests/operator/SUITES.md`; fails where a test has
another outcome with the payload than without, or where a request brings no span. Needs uv.
"""

import itertools
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time
import xml.etree.ElementTree

import payload as plays

FOLDER = pathlib.Path(sys.argv[2]).absolute()
# The day that versions are taken as of, where a project does not say them.
DAY = "2026-08-22T00:00:00Z"
# Each with its Python, what its environment holds, how its tests are run (`{report}` is where pytest writes to), and how it is
# served, after a preparation. Where a test is left out, it fails at random or asks for a network: not here, but by itself.
SUITES = {
    "psf/httpbin": {
        "what": "Flask, gevent",
        "python": "3.12",
        "install": [".[mainapp]", "pytest"],
        "tests": ["pytest", "-q", "-p", "no:cacheprovider", "--junitxml={report}", "tests"],
        "serve": ["gunicorn", "-k", "gevent", "-b", "127.0.0.1:{port}", "httpbin:app"],
        "variables": {"OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH": "patch_all"},
        "path": "/get",
    },
    "CTFd/CTFd": {
        "what": "Flask, SQLAlchemy, boto3; of its tests those in `challenges`; it patches by gevent in `wsgi.py`",
        "python": "3.11",
        "install": ["-r", "requirements.txt", "pytest==8.4.2", "moto==4.1.11", "Faker==4.1.0", "flask_profiler==1.8.1",
                    "flask-debugtoolbar==0.11.0", "psycopg2-binary==2.9.6"],
        "tests": ["pytest", "-q", "-p", "no:cacheprovider", "--junitxml={report}", "tests/challenges"],
        "serve": ["gunicorn", "-b", "127.0.0.1:{port}", "wsgi:app"],
        "variables": {"OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH": "patch_all"},
        "path": "/setup",
    },
    "healthchecks/healthchecks": {
        "what": "Django",
        "python": "3.12",
        "install": ["-r", "requirements.txt", "apprise==1.12.0", "Markdown==3.10.2", "minio==7.2.20", "Pygments==2.20.0",
                    "time-machine==3.2.0", "gunicorn"],
        "tests": ["python", "manage.py", "test", "-v", "2"],
        "prepare": ["python", "manage.py", "migrate"],
        "serve": ["gunicorn", "-b", "127.0.0.1:{port}", "hc.wsgi"],
        "variables": {"DJANGO_SETTINGS_MODULE": "hc.settings", "PYTHONPATH": "{folder}", "SECRET_KEY": "x",
                      "ALLOWED_HOSTS": "*"},
        "path": "/accounts/login/",
    },
    "fastapi-users/fastapi-users": {
        "what": "FastAPI, SQLAlchemy",
        "python": "3.13",
        "install": [".[sqlalchemy,beanie,oauth,redis]", "pytest", "pytest-asyncio", "pytest-mock", "httpx", "asgi_lifespan",
                    "uvicorn", "aiosqlite"],
        "tests": ["pytest", "-q", "-p", "no:cacheprovider", "--junitxml={report}", "tests"],
        "folder": "examples/sqlalchemy",
        "serve": ["uvicorn", "--port", "{port}", "app.app:app"],
        "path": "/openapi.json",
    },
}


def outcomes(report, said):
    """What became of each test: of pytest's report, or else as Django's runner says it."""
    if report.exists():
        found = {}
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
            # By its place among those of the same function, as parameters may be drawn at random.
            name = f"{case.get('classname')}.{case.get('name').partition('[')[0]}"
            place = next(place for place in itertools.count() if (name, place) not in found)
            found[name, place] = kinds.pop() if kinds else "passed"
        return found
    lines = re.findall(r"^(test\w* \(\S+\))(?:\n.*?)?? \.\.\. (.*)$", said, re.M)
    words = {"ok": "passed", "FAIL": "failure", "ERROR": "error"}
    found = {name: words.get(word, "skipped" if word.startswith("skipped") else "passed") for name, word in lines}
    ran = re.search(r"^Ran (\d+) tests", said, re.M)
    plays.expect(ran and int(ran[1]) == len(found), f"{len(found)} outcomes were read of {ran and ran[1]} tests")
    return found


def tested(suite, folder, environment, report):
    """Runs the tests: the outcomes, and the seconds it took."""
    words = [word.format(report=report) for word in suite["tests"]]
    words[0] = str(folder / ".venv/bin" / words[0])
    started = time.monotonic()
    done = plays.subprocess.run(words, cwd=folder, env=plays.bare() | environment, text=True, capture_output=True)
    (report.parent / f"{report.stem}.log").write_text(done.stdout + done.stderr)
    return outcomes(report, done.stdout + done.stderr), time.monotonic() - started


def counted(found):
    names = {"passed": "passed", "failure": "failed", "error": "with errors", "skipped": "skipped"}
    counts = [(sum(one == kind for one in found.values()), name) for kind, name in names.items()]
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def run_suite(scratch, name, suite, interpreters, receiver):
    interpreter = next((one for one in interpreters if one.version == suite["python"] and one.libc == "glibc"), None)
    if interpreter is None:
        print("SKIPPED:", name, "for there is no Python", suite["python"], file=sys.stderr)
        return (name, suite["what"], suite["python"], "not run: there is no such Python here", *[""] * 5)
    home = scratch / name.replace("/", "-")
    folder = home / "project"
    shutil.copytree(FOLDER / name, folder)
    commit = plays.run("git", "-C", folder, "rev-parse", "HEAD").stdout.strip()
    python = folder / ".venv/bin/python"
    plays.run("uv", "venv", "--quiet", "--python", interpreter.path, folder / ".venv")
    plays.run("uv", "pip", "install", "--quiet", "--exclude-newer", DAY, "--python", python, *suite["install"], cwd=folder)
    plain = {key: value.format(folder=folder) for key, value in suite.get("variables", {}).items()}
    before, seconds = tested(suite, folder, dict(plain), home / "before.xml")
    manifest, _, _ = plays.payload(folder, home / "payload")
    environment = plays.inject(home / "payload/autoinstrumentation", home, dict(plain))
    environment |= {
        "OTEL_SERVICE_NAME": name, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{receiver.server_address[1]}",
        "OTEL_BSP_SCHEDULE_DELAY": "300", "OTEL_METRIC_EXPORT_INTERVAL": "600",
    }
    receiver.reset()
    after, seconds_after = tested(suite, folder, dict(environment), home / "after.xml")
    during = receiver.servers + receiver.others
    changed = sorted(test for test in before.keys() | after.keys() if before.get(test) != after.get(test))
    told = {test: (before.get(test), after.get(test)) for test in changed}
    plays.expect(before and not changed, f"{name}: outcomes differ: {told}")
    if changed:
        for log in home.glob("*.log"):
            shutil.copy(log, FOLDER / f"{home.name}-{log.name}")
    if "prepare" in suite:
        words = suite["prepare"]
        plays.run(folder / ".venv/bin" / words[0], *words[1:], cwd=folder, env=plays.bare() | plain)
    app = {"command": " ".join(suite["serve"]), "path": suite["path"]}
    spans, _, _, log = plays.serve(folder / suite.get("folder", ""), app, environment, receiver, folder / ".venv/bin")
    plays.expect(spans == plays.REQUESTS, f"{name}: {spans} spans for {plays.REQUESTS} requests: {log[-2000:]}")
    row = (f"`{name}` {commit[:12]}", suite["what"], suite["python"], counted(before), counted(after), len(changed),
           f"{seconds:.0f} s, {seconds_after:.0f} s", during, f"{spans} of {plays.REQUESTS}",
           ", ".join(one["name"] for one in manifest["not_kept"]) or "none")
    print(*row, sep=" | ", flush=True)
    return row


def main():
    interpreters = plays.pythons()
    receiver = plays.Receiver()
    names = os.environ.get("SUITES", " ".join(SUITES)).split()
    with tempfile.TemporaryDirectory() as scratch:
        rows = [run_suite(pathlib.Path(scratch), name, SUITES[name], interpreters, receiver) for name in names]
    head = ["project", "what", "Python", "tests without", "with the payload", "tests that came out otherwise", "time without, with",
            "spans that came of the tests", "spans of the server", "not as the application has it"]
    text = f"""# Test suites of real projects under injection

Written by `.ci/operator-suites` on {time.strftime('%Y-%m-%d', time.gmtime())}. Each project at that commit has a fresh environment, with
what it does not pin itself as of {DAY[:10]}. Its own tests run, then again with the payload that `--payload` builds from that environment,
copied with `cp -r` and injected with the operator's `PYTHONPATH` and its default variables; the outcome of every single test is
compared. Then its server is started with the payload, and asked {plays.REQUESTS} times.

{plays.table(head, rows)}

CTFd patches by gevent in its `wsgi.py`. On 2026-11-21 it did not start with the payload but without
`OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH` (the threads of the exporters were there before), so it has that variable
here; its tests came out the same either way (190 of those in `users` and `utils` without it).
"""
    (plays.HERE / "SUITES.md").write_text(text)
    if plays.FAILURES:
        raise SystemExit("\n".join(plays.FAILURES))


if __name__ == "__main__":
    main()
