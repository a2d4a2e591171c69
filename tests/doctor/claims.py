"""Whether the cases prove every claim: fails where a check of Python, or a threshold in its code, has none.

    claims.py

needs nothing but the sources and `SERVERS.md`, and looks whether that is of these cases.
"""

import pathlib
import re
import sys

import cases

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent

# The checks that no server decides, with why.
ELSEWHERE = {
    "python.exporter.jaeger": "there is no release of the exporter for any of these SDKs",
    "python.image.mixed": "images are built, and nothing is served",
    "python.instrumentation.never-loaded": "what pip has installed decides; `tests/python_upstream` holds it against the real loader",
    "python.otlp.port": "the port of a receiver is its own; `-a doctor --send` tries it",
    "python.release.mixed": "the requirements of distributions decide",
    "python.variable.invalid": "the specification decides",
    "python.variable.unknown": "nothing reads them",
    "python.wheel.missing": "what is on the index decides",
}
# The thresholds in the code, by the names that they have there: of what they are, and the checks that go by them.
THRESHOLDS = {
    "SPAWN": ("release", ["python.flask.reloader", "python.spawn.silent"]),
    "IDENTITY": ("SDK", ["python.prefork.metrics"]),
    "FORK": ("SDK", ["python.prefork.metrics"]),
    "GEVENT_SINCE": ("release", ["python.eventlet.patch", "python.gevent.patch"]),
    "LOGGING_SINCE": ("SDK", ["python.variable.renamed"]),
    "FASTAPI_NATIVE": ("fastapi", ["python.initialize.late"]),
}

# Thresholds of something that no server decides, with what does.
UNSERVED = {"TIED": "the metadata of the exporters, which ask for the SDK"}


def checks():
    """The ids of all checks of Python."""
    text = (ROOT / "src/doctor/catalogue.rs").read_text()
    return re.findall(r'^ +PYTHON_\w+: \w+ "([^"]+)"', text, re.MULTILINE)


def thresholds():
    """The thresholds in the code, by name."""
    found = {}
    for path in sorted((ROOT / "src/doctor/python").rglob("*.rs")):
        text = path.read_text().split("#[cfg(test)]")[0]
        for name, major, minor in re.findall(r"const (\w+): \[u64; 2\] = \[(\d+), (\d+)\];", text):
            found[name] = (int(major), int(minor))
        literal = re.search(r"before\w*\([^;{]*\[\d+, \d+\]", text)
        if literal:
            sys.exit(f"{path.name}: a threshold without a name: {literal.group()}")
    return found


def version(text):
    return tuple(map(int, re.findall(r"\d+", text)[:2]))


def told(check):
    """The cases and releases in which a check is told."""
    return [(name, train) for name, case in cases.CASES.items() for train in cases.RELEASES if check in case.expected(train)[2].split()]


def sides(check, of, threshold):
    """The cases that prove a threshold of a check: those that change there, with the last release before and the first after."""
    if of not in ("release", "SDK"):
        # Cases that start the same with and without another version of a library.
        pairs = {}
        for name, case in cases.CASES.items():
            put = [put for put in (*case.puts, cases.FASTAPI) if put.split("==")[0].split("[")[0] == of]
            if put:
                pairs.setdefault(case.command, []).append((version(put[0].split("==")[1]), name, case))
        found = []
        for own in pairs.values():
            own = sorted(own, key=lambda one: one[0])
            for before, after in zip(own, own[1:]):
                is_told = [check in one[2].expected(cases.WHOLE[-1])[2].split() for one in (before, after)]
                if before[0] < threshold <= after[0] and is_told == [True, False]:
                    found.append((f"{before[1]}`, `{after[1]}", ".".join(map(str, before[0])), ".".join(map(str, after[0]))))
        return found
    versions = [(version(core if of == "SDK" else train), train) for train, core in cases.RELEASES.items()]
    before = [train for number, train in versions if number < threshold]
    after = [train for number, train in versions if number >= threshold]
    if not before or not after:
        return []
    before, after = before[-1], after[0]
    changes = [
        name for name, case in cases.CASES.items()
        if case.expected(before) != case.expected(after)
        and any(check in case.expected(train)[2].split() for train in (before, after))
    ]
    return [(name, before, after) for name in changes]


def proofs():
    """By check: the cases that tell it, and by threshold those on both sides; ends where something is missing."""
    wrong, found = [], {}
    known = checks()
    wrong += [f"{check}: there is no such check" for check in ELSEWHERE if check not in known]
    code = thresholds()
    wrong += [f"{name}: the threshold {code[name]} has no case" for name in code if name not in THRESHOLDS | UNSERVED]
    wrong += [f"{name}: there is no such threshold" for name in THRESHOLDS | UNSERVED if name not in code]
    for check in known:
        names = list(dict.fromkeys(name for name, _ in told(check)))
        if (not names) != (check in ELSEWHERE):
            wrong.append(f"{check}: {'no case tells it' if not names else 'it is told, and said to be proven elsewhere'}")
        rows = []
        for name, (of, its) in THRESHOLDS.items():
            if check in its and name in code:
                proven = sides(check, of, code[name])
                rows.append((of, code[name], proven))
                if not proven:
                    wrong.append(f"{check}: no case changes at {of} {code[name]}")
        found[check] = (names, rows)
    if wrong:
        sys.exit("\n".join(wrong))
    return found


def summary():
    """What the cases prove, as a table."""
    text = "| check | cases that tell it | threshold | told, and not told |\n|---|---|---|---|\n"
    for check, (names, rows) in proofs().items():
        if check in ELSEWHERE:
            text += f"| `{check}` | none: {ELSEWHERE[check]} | | |\n"
            continue
        thresholds = "; ".join(f"{of} {number[0]}.{number[1]}" for of, number, _ in rows)
        proven = "; ".join(f"`{name}`: {before}, {after}" for *_, its in rows for name, before, after in its)
        text += f"| `{check}` | {', '.join(f'`{name}`' for name in names)} | {thresholds} | {proven} |\n"
    return text


def rows():
    """The rows of the table as it is, by release and case."""
    try:
        lines = (HERE / "SERVERS.md").read_text().splitlines()
    except FileNotFoundError:
        return {}
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| 0.")]
    return {(row[0], row[2]): row for row in cells}


def is_right(spans, expected):
    """Whether so many spans are what is expected: whether there are any, how many, or nothing in particular."""
    if expected is None:
        return True
    if isinstance(expected, bool):
        return (spans > 0) == expected
    return spans in (expected if isinstance(expected, range) else [expected])


def main():
    text = summary()
    there = rows()
    due = {(train, name) for train in cases.RELEASES for name in cases.CASES if cases.is_started(name, train)}
    wrong = [f"{train} {name}: it was not started" for train, name in sorted(due - set(there))]
    wrong += [f"{train} {name}: there is no such case any more" for train, name in sorted(set(there) - due)]
    for key in sorted(due & set(there)):
        spans, instances, told = cases.CASES[key[1]].expected(key[0])
        row = there[key]
        if not (is_right(int(row[3]), spans) and instances in (None, int(row[4])) and row[5].replace("`", "") == told):
            wrong.append(f"{' '.join(key)}: it is not as expected")
    if text not in (HERE / "SERVERS.md").read_text():
        wrong.append("the summary is of other cases")
    if wrong:
        sys.exit("\n".join(wrong[:20]))
    print(f"{len(due)} rows prove {len(checks()) - len(ELSEWHERE)} checks")


if __name__ == "__main__":
    main()
