"""What `importlib.metadata` sees: `{normalised name: version or null}` as JSON.

Upstream uses the backport before Python 3.10, whose names are those of later versions; here every distribution is
looked up by its own spelling, which every version finds.
"""
import json
import os
import re
import sys

if sys.path and not sys.path[0]:
    del sys.path[0]

from importlib import metadata

seen = {}
for distribution in metadata.distributions():
    # A path in an archive ends with `/`.
    folder, file_name = os.path.split(str(distribution._path).rstrip("/"))
    if file_name.lower() == "egg-info":
        file_name = os.path.basename(folder)
    name = file_name.rpartition(".")[0].partition("-")[0]
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        continue
    try:
        version = metadata.version(name)
    except Exception:
        version = None
    seen[key] = str(version) if version is not None else None
json.dump({"python": "%d.%d.%d" % sys.version_info[:3], "path": sys.path, "versions": seen}, sys.stdout)
