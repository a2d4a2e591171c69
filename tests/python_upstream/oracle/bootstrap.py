"""What the real `opentelemetry-bootstrap` prints for many environments, without starting it anew for each.

Runs in an environment that has `opentelemetry-instrumentation`. First writes one line of JSON: the release, the
libraries of its table, the folders of the standard library. Then, for each line of JSON on stdin (a list of
folders, as `sys.path` would have them), one line: what the program writes to stdout, or the name of what it raises.
"""

import contextlib
import importlib
import io
import json
import os
import platform
import re
import sys
import sysconfig
import warnings

warnings.simplefilter("ignore")

from opentelemetry.instrumentation import bootstrap  # noqa: E402
from opentelemetry.instrumentation.bootstrap_gen import libraries  # noqa: E402
from opentelemetry.instrumentation.version import __version__  # noqa: E402

STANDARD = [path for path in sys.path if path and "-packages" not in path and path != os.path.dirname(__file__)]


def printed(folders):
    """What is printed where `sys.path` has these folders."""
    sys.path[:] = STANDARD + folders
    importlib.invalidate_caches()
    resources = sys.modules.get("pkg_resources")
    if resources is not None:
        # What `pkg_resources` finds out once, when it is imported.
        resources.working_set = resources.WorkingSet(sys.path)
        resources.require = resources.working_set.require
    sys.argv = ["opentelemetry-bootstrap", "-a", "requirements"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        bootstrap.run()
    return out.getvalue()


def main():
    table = libraries.values() if isinstance(libraries, dict) else libraries
    wanted = [entry["library"] for entry in table]
    told = {
        "release": __version__,
        "python": ".".join(platform.python_version_tuple()[:2]),
        "interpreter": os.path.realpath(sys.executable),
        "packages": sysconfig.get_path("purelib"),
        "libraries": {re.split(r"[ <>=~!]", library)[0]: library for library in wanted},
    }
    print(json.dumps(told), flush=True)
    for line in sys.stdin:
        try:
            answer = {"printed": printed(json.loads(line))}
        except BaseException as error:
            answer = {"raised": type(error).__name__}
        print(json.dumps(answer), flush=True)


main()
