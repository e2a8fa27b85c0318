"""
What is kept of one run: a header, and what happened in the order of time. Values only.

Names of leases are the plan's; times are virtual seconds since the run began; nothing in here is
secret any more.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import attrs

from simulator.chaos.outcome import Outcome
from simulator.jsontypes import FrozenJSON

FORMAT = 1
"""Rises when an older reader would misread what is written."""

NOTHING: FrozenJSON = MappingProxyType({})


@attrs.frozen(kw_only=True)
class TracedLease:
    """One lease of the plan."""

    name: str
    chain: str
    """`owner/dseq/gseq/oseq/provider`."""
    namespace: str
    definition: str = ""
    host: str = ""
    """"" for none."""


@attrs.frozen(kw_only=True)
class TracedFault:
    """One fault of the plan, and what became of it."""

    name: str
    what: str
    lease: str = ""
    """The lease that it is about; "" for everything else."""
    about: str = ""
    """Where it strikes, in words: `apply deployments, lease B, generation 2, the 2nd`."""
    began_at: float | None = None
    """None when its moment never came."""
    ended_at: float | None = None
    met: int = 0
    fired: int = 0


@attrs.frozen(kw_only=True)
class Header:
    """What a trace begins with."""

    plan: str
    """Its text, as `planfile` reads it, masked."""
    name: str
    about: str = ""
    seed: int = 0
    commit: str = ""
    outcome: Outcome
    leases: tuple[TracedLease, ...] = ()
    faults: tuple[TracedFault, ...] = ()
    healed_at: float | None = None
    quiet_at: float | None = None
    ended_at: float = 0.0
    replay: str = ""
    """The command that plays it again."""
    thinned: Mapping[str, int] = attrs.field(factory=dict)
    """What was left out: by rule, how many entries."""


@attrs.frozen(kw_only=True)
class Entry:
    """One thing that happened."""

    time: float
    what: str
    """One of `SHAPES`."""
    lease: str = ""
    daemon: int = 0
    """Number of the process; 0 for none, or not known."""
    fields: FrozenJSON = NOTHING


@attrs.frozen
class Shape:
    """The fields of one sort of entry, and their types."""

    needed: Mapping[str, type]
    possible: Mapping[str, type] = MappingProxyType({})


SHAPES: Mapping[str, Shape] = {
    "request": Shape(
        {"host": str, "verb": str, "kind": str, "name": str, "status": int},
        {"number": int, "trial": bool, "message": str, "effect": str, "times": int, "until": float},
    ),
    "commit": Shape(
        {"kind": str, "name": str, "type": str},
        {"generation": int, "ready": bool, "deleting": bool, "user": str, "request": int,
         "changed": list},
    ),
    "chain": Shape({"state": str}, {"height": int, "reason": str}),
    "answer": Shape({"state": str, "host": str}, {"height": int, "proves": bool}),
    "silence": Shape({"until": float}),
    "transaction": Shape(
        {"number": int, "reason": str, "outcome": str}, {"height": int, "failure": str}
    ),
    "mark": Shape({"text": str}, {"detail": str}),
    "sent": Shape({"generation": int, "result": str}),
    "shown": Shape(
        {"phase": str, "health": str},
        {"generation": int, "ready": int, "wanted": int, "event": str, "note": str},
    ),
    "look": Shape({"status": int, "livez": int, "ready": bool}, {"reasons": list}),
    "life": Shape({"text": str}, {"detail": str, "owed": dict}),
    "fault": Shape({"name": str, "change": str}, {"detail": str}),
    "violation": Shape({"invariant": str, "text": str}, {"key": str}),
    "log": Shape({"level": str, "event": str, "text": str}),
}  # fmt: skip
"""`shown` is a lease's row of /status, `look` the answer of /status itself; both only on a change.
`silence` is a span in which the market said nothing of a lease. A request with `times` stands for
so many equal ones up to `until`."""


@attrs.frozen
class Trace:
    """One run, as it is kept."""

    header: Header
    entries: tuple[Entry, ...] = ()
    """By time."""

    def of(self, what: str) -> Iterator[Entry]:
        """The entries of one sort."""
        return (entry for entry in self.entries if entry.what == what)
