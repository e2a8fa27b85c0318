"""What a search has come to so far: counts, and what was violated, smallest strike first. Pure."""

from collections import defaultdict

import attrs

from simulator.chaos.explore.search import Search, Struck
from simulator.chaos.explore.strikes import Strike
from simulator.jsontypes import JSONObject

_FAILURES_KEPT = 100
"""Of runs without an outcome; all are counted."""


@attrs.frozen(order=True)
class Trouble:
    """What failing runs have in common."""

    invariant: str
    key: str


@attrs.define(eq=False)
class Found:
    """The runs that failed alike."""

    count: int
    smallest: Strike
    """Of the earliest point."""
    what: str
    """The task or request there."""
    text: str
    """What was said of it."""


@attrs.define(eq=False)
class OfKind:
    """The runs of one kind of strike."""

    runs: int = 0
    fell: int = 0
    violated: int = 0
    """Runs that violated anything."""
    end_states: set[str] = attrs.field(factory=set)
    sequences: set[str] = attrs.field(factory=set)


@attrs.define(eq=False)
class Tally:
    """One search."""

    plan: str
    search: Search
    kinds: defaultdict[str, OfKind] = attrs.field(factory=lambda: defaultdict(OfKind))
    """Pairs are `… + kill`."""
    processor_seconds: float = 0.0
    troubles: dict[Trouble, Found] = attrs.field(factory=dict)
    failures: list[tuple[str, str]] = attrs.field(factory=list)
    """(strike, why) of runs that say nothing."""
    failed: int = 0

    def __attrs_post_init__(self) -> None:
        outcome = self.search.counted.outcome
        for one in outcome.violations:
            trouble = Trouble(one.invariant, one.key)
            self.troubles[trouble] = Found(1, Strike("", 0), "undisturbed", one.text)

    def add(self, struck: Struck) -> None:
        """Count one run."""
        strike = struck.strike
        of_kind = self.kinds[f"{strike.kind} + kill" if strike.crash else strike.kind]
        of_kind.runs += 1
        of_kind.fell += struck.fell
        self.processor_seconds += struck.seconds
        outcome = struck.outcome
        if struck.failure or outcome is None:
            self.failed += 1
            if len(self.failures) < _FAILURES_KEPT:
                self.failures.append((str(strike), struck.failure))
            return
        of_kind.end_states.add(outcome.end_state)
        of_kind.sequences.add(outcome.sequence)
        of_kind.violated += bool(outcome.violations)
        for invariant, key, text in {(v.invariant, v.key, v.text) for v in outcome.violations}:
            self._add_trouble(Trouble(invariant, key), struck, text)

    def _add_trouble(self, trouble: Trouble, struck: Struck, text: str) -> None:
        found = self.troubles.get(trouble)
        if found is None:
            self.troubles[trouble] = Found(1, struck.strike, struck.what, text)
            return
        found.count += 1
        if self._order(struck.strike) < self._order(found.smallest):
            found.smallest, found.what, found.text = struck.strike, struck.what, text

    def _order(self, strike: Strike) -> tuple[int, Strike]:
        place = self.search.counted.point(strike).place if strike.kind else -1
        return place, strike

    @property
    def runs(self) -> dict[str, int]:
        """Runs so far by kind."""
        return {kind: one.runs for kind, one in self.kinds.items()}

    @property
    def total(self) -> int:
        """Runs so far."""
        return sum(one.runs for one in self.kinds.values())

    @property
    def fell(self) -> int:
        """Runs that were struck at the very point that was counted."""
        return sum(one.fell for one in self.kinds.values())

    @property
    def end_states(self) -> set[str]:
        """Hashes of all ends."""
        return set().union(*(one.end_states for one in self.kinds.values()))

    @property
    def sequences(self) -> set[str]:
        """Hashes of all sequences of writes."""
        return set().union(*(one.sequences for one in self.kinds.values()))

    @property
    def is_clean(self) -> bool:
        """Every run fell on its point, came to its end and violated nothing."""
        return not (self.troubles or self.failed) and self.fell == self.total

    def as_json(self) -> JSONObject:
        """For whoever counts on."""
        counted = self.search.counted
        return {
            "plan": self.plan,
            "steps": len(counted.steps),
            "tasks": dict(counted.tasks),
            "requests": [request.what for request in counted.requests],
            "runs": self.runs,
            "pairs_stride": self.search.pairs_stride,
            "fell": self.fell,
            "failed": self.failed,
            "failures": [{"strike": strike, "why": why} for strike, why in self.failures],
            "end_states": len(self.end_states),
            "sequences": len(self.sequences),
            "processor_seconds": round(self.processor_seconds, 1),
            "violations": [
                {
                    "invariant": trouble.invariant,
                    "key": trouble.key,
                    "runs": found.count,
                    "strike": str(found.smallest) if found.smallest.kind else "",
                    "what": found.what,
                    "text": found.text,
                }
                for trouble, found in self.by_strike()
            ],
        }

    def by_strike(self) -> list[tuple[Trouble, Found]]:
        """What was violated, that with the earliest strike first."""
        return sorted(self.troubles.items(), key=lambda item: self._order(item[1].smallest))

    def invariants(self) -> dict[str, int]:
        """Runs that violated each."""
        counts: defaultdict[str, int] = defaultdict(int)
        for trouble, found in self.troubles.items():
            counts[trouble.invariant] += found.count
        return dict(counts)
