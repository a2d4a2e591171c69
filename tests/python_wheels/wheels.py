"""The release data for Python, made from installed wheels alone."""

import ast
import datetime
import difflib
import email.parser
import json
import pathlib
import re
import subprocess
import sys

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

CARRIER = "opentelemetry-instrumentation"
API = "opentelemetry-api"
DISTRO = "opentelemetry-distro"
OLDEST = Version("0.22b0")
AT_CORE = ["opentelemetry-exporter-otlp", "opentelemetry-exporter-otlp-proto-grpc", "opentelemetry-exporter-otlp-proto-http"]
AT_RELEASE = ["opentelemetry-exporter-prometheus"]

# The loader of these releases asks `instrumentation_dependencies()` and not the metadata; there alone the two differ.
BY_CODE = ["0.53b0", "0.53b1", "0.54b0", "0.54b1", "0.55b0", "0.55b1", "0.56b0"]
CODE = {
    f"{CARRIER}-kafka-python": {"any": ["kafka-python>=2.0,<3.0", "kafka-python-ng>=2.0,<3.0"]},
    f"{CARRIER}-psycopg2": {"any": ["psycopg2>=2.7.3.1", "psycopg2-binary>=2.7.3.1"]},
    f"{CARRIER}-tortoiseorm": {"all": ["tortoise-orm>=0.17.0"]},
}

# What the tables leave out: of the train, and with versions of their own.
OF_TRAIN = [f"{CARRIER}-aws-lambda"]
OF_THEIR_OWN = [f"{CARRIER}-google-genai", f"{CARRIER}-openai-agents-v2"]


class Wheels:
    """Wheels, installed into a folder per release."""

    def __init__(self, place):
        self.place = pathlib.Path(place)
        self.bin = self.place / "tools" / "bin"

    def versions(self, name):
        """The versions of a distribution that the index has."""
        command = [self.bin / "pip", "index", "versions", "--pre", "--disable-pip-version-check", name]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return re.search(r"Available versions: (.*)", told)[1].split(", ")

    def install(self, folder, lines):
        """Installs the lines that the index has; the others are named."""
        missing = []
        while lines:
            command = [self.bin / "uv", "pip", "install", "--quiet", "--no-deps", "--prerelease", "allow"]
            command += ["--python", sys.executable, "--target", self.place / folder, *lines]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                break
            told = re.findall(r"(?:no version of|Because) (opentelemetry[\w-]+)(?:==| was not found)", done.stderr)
            absent = [line for line in lines if name_of(line) in told]
            if not absent:
                raise SystemExit(done.stderr)
            missing += absent
            lines = [line for line in lines if line not in absent]
        return missing

    def metadata(self, folder, name):
        """What an installed distribution says about itself."""
        found = list((self.place / folder).glob(f"{name.replace('-', '_')}-*.dist-info"))
        if not found:
            return None
        headers = email.parser.HeaderParser().parsestr((found[0] / "METADATA").read_text("utf8"))
        entries, section = [], None
        path = found[0] / "entry_points.txt"
        for line in path.read_text().splitlines() if path.exists() else []:
            if line.startswith("["):
                section = line.strip("[] ")
            elif "=" in line and section == "opentelemetry_instrumentor":
                entries.append(line.split("=")[0].strip())
        requires = [Requirement(text) for text in headers.get_all("Requires-Dist") or []]
        return {"python": headers["Requires-Python"] or "", "requires": requires, "entry": sorted(entries)}

    def table(self, folder):
        """The table of a release: the lines that are always listed, and the rows."""
        path = self.place / folder / "opentelemetry/instrumentation/bootstrap_gen.py"
        values = {}
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign):
                values[node.targets[0].id] = ast.literal_eval(node.value)
        rows = values["libraries"]
        rows = rows.values() if isinstance(rows, dict) else rows
        return values["default_instrumentations"], [(row["library"], row["instrumentation"]) for row in rows]


def extra(requires, name):
    """The requirements of an extra, without their markers."""
    chosen = []
    for need in requires:
        if need.marker and "extra" in str(need.marker) and need.marker.evaluate({"extra": name}):
            chosen.append(f"{need.name}{need.specifier}")
    return chosen


def same(left, right):
    """Whether two lists of requirements ask for the same."""
    key = lambda text: (canonicalize_name(Requirement(text).name), Requirement(text).specifier)
    return len(left) == len(right) and all(any(key(a) == key(b) for b in right) for a in left)


def foreign(need):
    """What is needed everywhere of a distribution that is not OpenTelemetry's, or nothing."""
    name = canonicalize_name(need.name)
    return None if need.marker or not need.specifier or name.startswith("opentelemetry-") else f"{name}{need.specifier}"


def name_of(line):
    """The distribution that a line asks for."""
    return re.split("[=><~! ]", line)[0]


class Data:
    """The lines of the file."""

    def __init__(self, wheels):
        self.wheels, self.entries, self.releases = wheels, [], []
        self.available = {name: wheels.versions(name) for name in AT_CORE + AT_RELEASE}
        self.others = {}
        wheels.install("others", OF_THEIR_OWN)

    def put(self, entry):
        """The number of an entry."""
        if entry not in self.entries:
            self.entries.append(entry)
        return self.entries.index(entry)

    def last(self, fits):
        """The number of the entry that fits in the last release that has one."""
        for line in reversed(self.releases):
            for number in line["defaults"] + line["libraries"]:
                if fits(self.entries[number]):
                    return number
        return None

    def core(self, version, own):
        """The version of the API and the SDK that a release was published with."""
        distro = self.wheels.metadata(version, DISTRO)
        conventions = self.wheels.metadata(version, "opentelemetry-semantic-conventions")
        for source, name in [(distro, AT_CORE[0]), (own, API), (conventions, API)]:
            for need in source["requires"] if source else []:
                if need.name == name and str(need.specifier).startswith("=="):
                    return str(need.specifier)[2:]
        raise SystemExit(f"{version} goes with no version of the API")

    def release(self, version):
        """Adds a release."""
        self.wheels.install(version, [f"{CARRIER}=={version}"])
        own = self.wheels.metadata(version, CARRIER)
        defaults, rows = self.wheels.table(version)
        groups = []
        for library, line in rows:
            if not groups or groups[-1][0] != line:
                groups.append((line, []))
            groups[-1][1].append(library)
        pins = [line.split("==")[1] for line, _ in groups if "==" in line]
        pin = max(sorted(set(pins)), key=pins.count)
        lines = sorted({line for line, _ in groups} | set(defaults))
        lines += [f"{DISTRO}=={version}", f"opentelemetry-semantic-conventions=={version}"]
        lines += [f"{name}=={version}" for name in OF_TRAIN if f"{name}=={version}" not in lines]
        self.wheels.install(version, lines)
        missing = set()

        def entry(line, libraries):
            name = name_of(line)
            says = {"name": name}
            if line != f"{name}=={pin}":
                says["line"] = line
            if libraries:
                says["rows"] = libraries
            wheel = self.wheels.metadata(version, name)
            if wheel is None:
                # Nothing tells what it needs but the table, or the last release that listed it in the same words.
                number = self.last(lambda known: all(known.get(key) == says.get(key) for key in ["name", "line", "rows"]))
                if number is None:
                    older = self.last(lambda known: known["name"] == name)
                    if older is not None and "entry" in self.entries[older]:
                        says["entry"] = self.entries[older]["entry"]
                    number = self.put(says)
                missing.add(number)
                return number
            needs_all, needs_any = extra(wheel["requires"], "instruments"), extra(wheel["requires"], "instruments-any")
            if version in BY_CODE and name in CODE:
                says.update(CODE[name])
            elif needs_any or not same(needs_all, libraries):
                says.update({key: needs for key, needs in [("all", needs_all), ("any", needs_any)] if needs})
            if wheel["entry"]:
                says["entry"] = wheel["entry"]
            if wheel["python"] != own["python"]:
                says["python"] = wheel["python"]
            return self.put(says)

        api = next(need for need in own["requires"] if need.name == API)
        line = {"version": version, "python": own["python"], "api": str(api.specifier), "core": self.core(version, own)}
        if pin != version:
            line["pin"] = pin
        lacks = [] if self.wheels.metadata(version, DISTRO) else [DISTRO]
        lacks += [name for name in AT_CORE if line["core"] not in self.available[name]]
        lacks += [name for name in AT_RELEASE if version not in self.available[name]]
        if lacks:
            line["lacks"] = lacks
        self.wheels.install(f"api-{line['core']}", [f"{API}=={line['core']}"])
        needs = own["requires"] + self.wheels.metadata(f"api-{line['core']}", API)["requires"]
        line["needs"] = sorted({need for need in map(foreign, needs) if need})
        line["defaults"] = [entry(default, []) for default in defaults]
        line["libraries"] = [entry(*group) for group in groups]
        listed = {self.entries[number]["name"] for number in line["defaults"] + line["libraries"]}
        others = []
        for name in OF_TRAIN:
            wheel = self.wheels.metadata(version, name)
            if name not in listed and wheel and wheel["entry"]:
                others.append(entry(f"{name}=={version}", []))
        for name in OF_THEIR_OWN:
            wheel = self.wheels.metadata("others", name)
            admits = next(need.specifier for need in wheel["requires"] if need.name == CARRIER)
            if admits.contains(version, prereleases=True):
                says = {"name": name, "line": name, "all": extra(wheel["requires"], "instruments"), "entry": wheel["entry"]}
                if wheel["python"] != own["python"]:
                    says["python"] = wheel["python"]
                others.append(self.put(says))
        if others:
            line["others"] = others
        if missing:
            line["missing"] = sorted(missing)
        self.releases.append(line)

    def body(self):
        """All lines but the first."""
        lines = self.releases[::-1] + self.entries
        return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def main():
    """Makes the data, and compares or writes it."""
    place, path = sys.argv[1:3]
    wheels = Wheels(place)
    data = Data(wheels)
    versions = [version for version in wheels.versions(CARRIER) if Version(version) >= OLDEST]
    for version in sorted(versions, key=Version):
        data.release(version)
        print(f"\r{len(data.releases)} of {len(versions)} releases", end="", file=sys.stderr)
    print(file=sys.stderr)
    body = data.body()
    if "--write" in sys.argv:
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        header = {"schema": 1, "date": date, "bytes": len(body.encode())}
        pathlib.Path(path).write_text(json.dumps(header, separators=(",", ":")) + "\n" + body)
        return
    known = pathlib.Path(path).read_text().split("\n", 1)[1]
    differences = list(difflib.unified_diff(known.splitlines(), body.splitlines(), path, "wheels", lineterm="", n=0))
    print("\n".join(differences) or f"{len(versions)} releases, no difference")
    raise SystemExit(bool(differences))


main()
