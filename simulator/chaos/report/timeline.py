"""
A trace as lanes over time, one for each lease and one for everything else; for page and terminal. Pure.

A lane has tracks of spans that follow one another, points at one moment, and the faults that were in
force for it.
"""

from collections.abc import Iterable, Iterator

import attrs

from simulator.chaos.report import holdings
from simulator.chaos.report.points import Point, sort_of
from simulator.chaos.report.spans import Span, packed, spans
from simulator.chaos.report.trace import Entry, Trace, TracedFault

WORLD = "world"
"""Title of the lane of what belongs to no lease."""

_STATE_TONES = {
    "active": "good",
    "reclaiming": "busy",
    "closed": "over",
    "insufficient_funds": "over",
}
_PHASE_TONES = {
    "deploy-active": "busy",
    "deploy-pending": "waiting",
    "deploy-complete": "good",
    "teardown-pending": "ending",
    "teardown-active": "ending",
    "teardown-complete": "over",
    "gone": "over",
}
_SICK = ("unhealthy", "unknown")


@attrs.frozen
class Track:
    """Spans in one row."""

    name: str
    spans: tuple[Span, ...]


@attrs.frozen
class Lane:
    """One lease, or everything else."""

    title: str
    """The lease's name in the plan."""
    about: str
    tracks: tuple[Track, ...]
    points: tuple[Point, ...]
    violations: int

    def track(self, name: str) -> tuple[Span, ...]:
        """The spans of one track; () if it has none."""
        return next((track.spans for track in self.tracks if track.name == name), ())


@attrs.frozen
class Timeline:
    """All lanes of a trace, the world's first."""

    ends: float
    lanes: tuple[Lane, ...]


def timeline(trace: Trace) -> Timeline:
    """The lanes of a trace, leases in the order of the plan."""
    ends = max(trace.header.ended_at, 0.001)
    by_lease: dict[str, list[tuple[int, Entry]]] = {}
    for place, entry in enumerate(trace.entries):
        by_lease.setdefault(entry.lease, []).append((place, entry))
    faults = trace.header.faults
    known = {lease.name for lease in trace.header.leases}
    others = [row for name, rows in by_lease.items() if name not in known for row in rows]
    lanes = [_world(sorted(others, key=lambda row: row[0]), faults, ends)]
    for lease in trace.header.leases:
        rows = by_lease.get(lease.name, [])
        about = " · ".join(part for part in (lease.definition, lease.host) if part)
        own = [fault for fault in faults if fault.lease == lease.name]
        tracks = (*_tracks(rows, ends), *_faults(own, ends))
        lanes.append(_lane(lease.name, about, tracks, rows))
    return Timeline(ends, tuple(lanes))


def _lane(
    title: str, about: str, tracks: Iterable[Track], rows: Iterable[tuple[int, Entry]]
) -> Lane:
    points = tuple(
        Point(entry.time, sort, place) for place, entry in rows if (sort := sort_of(entry))
    )
    violations = sum(1 for point in points if point.sort == "violation")
    return Lane(title, about, tuple(track for track in tracks if track.spans), points, violations)


# ── a lease ─────────────────────────────────────────────────────────────────────────────────────


def _tracks(rows: list[tuple[int, Entry]], ends: float) -> Iterator[Track]:
    entries = [entry for _, entry in rows]
    yield Track("chain", spans(_chain(entries), ends))
    yield Track("heard", spans(_heard(entries), ends))
    yield Track("wanted", spans(_wanted(entries), ends))
    yield Track("shown", spans(_shown(entries), ends))
    yield Track("cluster", spans(holdings.held(entries), ends))


def _chain(entries: Iterable[Entry]) -> Iterator[Span]:
    for entry in entries:
        if entry.what == "chain":
            state = str(entry.fields["state"])
            reason = str(entry.fields.get("reason", "")).removeprefix("lease_closed_")
            yield Span(entry.time, state, _STATE_TONES.get(state, "bad"), reason)


def _heard(entries: Iterable[Entry]) -> Iterator[Span]:
    """What the market last said, cut where it said nothing."""
    last = ("", "")
    for entry in entries:
        if entry.what == "answer":
            last = str(entry.fields["state"]), str(entry.fields["host"])
            yield Span(entry.time, last[0], _STATE_TONES.get(last[0], "bad"), last[1])
        elif entry.what == "silence" and last[0] not in ("closed", "insufficient_funds"):
            yield Span(entry.time, "silent", "unknown", f"last heard: {last[0]}")
            yield Span(entry.fields["until"], last[0], _STATE_TONES.get(last[0], "bad"), last[1])


def _wanted(entries: Iterable[Entry]) -> Iterator[Span]:
    newest = 0
    for entry in entries:
        if entry.what == "sent":
            generation, result = int(entry.fields["generation"]), str(entry.fields["result"])
            newest = max(newest, generation)
            if generation == newest:
                tone = {"accepted": "good", "refused": "bad"}.get(result, "waiting")
                yield Span(entry.time, f"gen {generation}", tone, result)
        elif entry.what == "chain" and _STATE_TONES.get(str(entry.fields["state"])) == "over":
            yield Span(entry.time, "nothing", "over", "the lease is over")


def _shown(entries: Iterable[Entry]) -> Iterator[Span]:
    for entry in entries:
        if entry.what == "shown":
            phase, health = str(entry.fields["phase"]), str(entry.fields["health"])
            tone = _PHASE_TONES.get(phase, "unknown")
            if health in _SICK and tone == "good":
                tone = "bad" if health == "unhealthy" else "unknown"
            text = phase if health in ("", "healthy") else f"{phase}, {health}"
            yield Span(entry.time, text, tone, _details(entry))


def _details(entry: Entry) -> str:
    fields = entry.fields
    parts = [
        f"gen {fields['generation']}" if fields.get("generation") else "",
        f"{fields['ready']}/{fields['wanted']} ready" if "wanted" in fields else "",
        str(fields.get("event", "")),
        str(fields.get("note", "")),
    ]
    return " · ".join(part for part in parts if part)


# ── everything else ─────────────────────────────────────────────────────────────────────────────


def _world(rows: list[tuple[int, Entry]], faults: Iterable[TracedFault], ends: float) -> Lane:
    entries = [entry for _, entry in rows]
    lives = [
        Track(f"daemon{'' if number == 0 else ' too'}", row)
        for number, row in enumerate(packed(_lives(entries, ends)))
    ]
    status = Track("/status", spans(_looks(entries), ends))
    nodes = Track("nodes", spans(holdings.nodes(entries), ends))
    own = [fault for fault in faults if not fault.lease]
    tracks = (*lives, status, nodes, *_faults(own, ends))
    return _lane(WORLD, "daemons, cluster, market", tracks, rows)


def _lives(entries: Iterable[Entry], ends: float) -> Iterator[Span]:
    began: dict[int, float] = {}
    for entry in entries:
        if entry.what != "life":
            continue
        if entry.fields["text"] == "starts":
            began[entry.daemon] = entry.time
        elif entry.daemon in began:
            text = str(entry.fields["text"])
            tone = "bad" if "itself" in text else "good"
            detail = " ".join((text, str(entry.fields.get("detail", "")))).strip()
            yield Span(began.pop(entry.daemon), f"daemon {entry.daemon}", tone, detail, entry.time)
    for number, time in began.items():
        yield Span(time, f"daemon {number}", "good", "runs to the end", ends)


def _looks(entries: Iterable[Entry]) -> Iterator[Span]:
    for entry in entries:
        fields = entry.fields
        if entry.what == "look":
            reasons = "; ".join(str(one) for one in fields.get("reasons", ()))
            if fields["status"] != 200:
                yield Span(entry.time, "no answer", "bad", f"HTTP {fields['status']}")
            elif fields["ready"]:
                yield Span(entry.time, "ready", "good", reasons)
            else:
                yield Span(entry.time, "not ready", "waiting", reasons)
        elif entry.what == "life" and fields["text"] != "starts":
            yield Span(entry.time, "", "none", "")


def _faults(faults: Iterable[TracedFault], ends: float) -> Iterator[Track]:
    found = [
        Span(
            fault.began_at,
            fault.name,
            "fault" if fault.fired else "idle",
            " · ".join(
                part
                for part in (
                    fault.what if fault.what != fault.name else "",
                    fault.about,
                    f"met {fault.met}, fired {fault.fired}",
                )
                if part
            ),
            ends if fault.ended_at is None else fault.ended_at,
        )
        for fault in faults
        if fault.began_at is not None
    ]
    for row in packed(found):
        yield Track("faults", row)
