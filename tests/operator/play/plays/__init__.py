"""The plays: for each finding, what shows it true, and what shows it gone."""

from collections.abc import Callable
from dataclasses import dataclass

from scene import Scene
from stage import Outcome

SPANS = "spans come"


@dataclass
class Play:
    """A finding, the project that has it, and the one after its advice was followed."""

    check: str
    what: str
    before: Scene
    advice: str
    after: Scene
    # What was seen, or nothing if it was not what the page says.
    is_true: Callable[[Outcome], str | None]
    is_gone: Callable[[Outcome], str | None]


def has_spans(outcome):
    """Served, with spans."""
    return SPANS if outcome.answered and outcome.has_spans else None


def no_spans(outcome):
    """Served, without spans."""
    return "it serves, and no spans come" if outcome.answered and not outcome.has_spans else None


def with_log(text):
    """Served, without spans, and the operator's log says why."""

    def look(outcome):
        line = next((line for line in outcome.log if text in line), None)
        return f"the operator logs “{line}”; it serves, and no spans come" if line and no_spans(outcome) else None

    return look


def said(text, *others):
    """The program said a line with this, and with all the others."""

    def look(outcome):
        lines = [line.strip() for line in outcome.said.splitlines() if text in line]
        found = lines and all(other in outcome.said for other in others)
        return f"“{lines[-1][:200]}”" if found else None

    return look


def both(*looks):
    """All of them."""

    def look(outcome):
        seen = [look(outcome) for look in looks]
        return "; ".join(seen) if all(seen) else None

    return look
