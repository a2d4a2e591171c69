"""Writes the table of a release as JSON: what it installs always, what for libraries, and which distribution each
instrumentor is of (only known once they are installed)."""

import json
from importlib.metadata import distributions

from opentelemetry.instrumentation.bootstrap_gen import default_instrumentations, libraries

table = libraries.values() if isinstance(libraries, dict) else libraries
owners = {}
for distribution in distributions():
    for entry in distribution.entry_points:
        if entry.group == "opentelemetry_instrumentor":
            owners[entry.name] = distribution.metadata["Name"]
told = {
    "defaults": default_instrumentations,
    "libraries": [entry["instrumentation"] for entry in table],
    "owners": owners,
}
print(json.dumps(told))
