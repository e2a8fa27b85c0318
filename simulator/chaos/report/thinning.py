"""
Keeps traces of long runs bounded: what repeats is told once, with how often; the rest by stated rules.

Nothing goes without a word: every rule that left something out says in the header how much.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import attrs

from simulator.chaos.report.trace import Entry

ENTRIES_MAX = 20_000
"""Of a trace. What is told of the chain, of deeds, faults, lives and violations is never left out."""

REPEATED = "requests that repeat the one before them, told once with their number"

_QUIET_SECONDS = 300.0
"""Equal requests that are further apart are not told as one."""

Rule = tuple[str, Callable[[Entry], bool]]

_RULES: tuple[Rule, ...] = (
    ("watches that were opened, and lists", lambda e: _is_request(e, "watch", "list")),
    ("logs below warning", lambda e: e.what == "log" and e.fields["level"] in ("debug", "info")),
    ("reads that were answered", lambda e: _is_request(e, "get") and e.fields["status"] < 400),
    ("changes of pods", lambda e: e.what == "commit" and e.fields["kind"] == "pods"),
    ("changes in which nothing came or went",
     lambda e: e.what == "commit" and e.fields["type"] == "MODIFIED"),
    ("requests that were granted", lambda e: e.what == "request" and e.fields["status"] < 400),
    ("logs", lambda e: e.what == "log"),
    ("changes in the cluster", lambda e: e.what == "commit"),
    ("requests", lambda e: e.what == "request"),
    ("changes of what /status shows", lambda e: e.what in ("shown", "look")),
)  # fmt: skip
"""In the order in which they are applied, until few enough are left."""


def thinned(
    entries: Iterable[Entry], most: int = ENTRIES_MAX
) -> tuple[tuple[Entry, ...], Mapping[str, int]]:
    """
    Fewer entries, and how many each rule took.

    Args:
        entries: by time.
        most: how many there may be.
    """
    taken: Counter[str] = Counter()
    kept = _collapsed(entries, taken)
    for rule, matches in _RULES:
        if len(kept) <= most:
            break
        few = [entry for entry in kept if not matches(entry)]
        if len(few) < len(kept):
            taken[rule] += len(kept) - len(few)
            kept = few
    return tuple(kept), dict(taken)


def _collapsed(entries: Iterable[Entry], taken: Counter[str]) -> list[Entry]:
    """Equal requests of nobody's lease as one: polls, renewals, watches that are opened anew."""
    kept: list[Entry] = []
    first: dict[tuple[object, ...], int] = {}
    for entry in entries:
        if entry.what != "request" or entry.lease or entry.fields.get("message"):
            kept.append(entry)
            continue
        fields = entry.fields
        key = (entry.daemon, *(fields[name] for name in ("host", "verb", "kind", "name", "status")))
        place = first.get(key)
        before = kept[place] if place is not None else None
        if before is None or entry.time - before.fields.get("until", before.time) > _QUIET_SECONDS:
            first[key] = len(kept)
            kept.append(entry)
            continue
        assert place is not None
        times = before.fields.get("times", 1) + 1
        kept[place] = attrs.evolve(
            before, fields={**before.fields, "times": times, "until": entry.time}
        )
        taken[REPEATED] += 1
    return kept


def _is_request(entry: Entry, *verbs: str) -> bool:
    return entry.what == "request" and entry.fields["verb"] in verbs
