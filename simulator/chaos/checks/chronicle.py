"""
The journals of one run, read once, for all checks.

Times are virtual seconds since the run began. What the checks share is here: which requests are the
daemon's, which commits are of which lease, when the loss of a lease was proven, when nothing kept the
daemon from doing what it owes.
"""

from bisect import bisect_right
from collections import defaultdict
from functools import cached_property

import attrs

from simulator.chaos.checks import kinds
from simulator.chaos.checks.kinds import DAEMON_AGENT, RECORDS
from simulator.chaos.checks.reach import Reach, reigns
from simulator.chaos.checks.vitals import Spell, spells
from simulator.chaos.checks.wholes import wholes
from simulator.chaos.checks.writes import Write, read_write
from simulator.chaos.evidence import Evidence, LeaseFacts, Mark
from simulator.chaos.outcome import Violation
from simulator.chaos.plan import FaultPlan
from simulator.journal import CommitEntry, RequestEntry
from simulator.market.leases import LeaseName
from simulator.market.proofs import losses
from simulator.world import EPOCH

TICK = 1e-5
"""Journals have the wall clock's time, so one instant has two numbers that differ by less than this."""


@attrs.define(eq=False)
class Chronicle:
    """What a run left behind, sorted; made of an `Evidence` by `read`."""

    evidence: Evidence
    commits: list[CommitEntry] = attrs.field(factory=list)
    """Every commit, in order."""
    of_lease: dict[str, list[CommitEntry]] = attrs.field(factory=dict)
    """By lease of the plan: what is in its namespace, the namespace, its record, its claims. A claim
    that went to another lease is DELETED in the old one's."""
    requests: dict[int, RequestEntry] = attrs.field(factory=dict)
    """The daemons', by number; their Lease's aside."""
    writes: list[Write] = attrs.field(factory=list)
    """The daemons', in the order of the answers; those of their own Lease aside."""
    clients: dict[int, str] = attrs.field(factory=dict)
    """By number of a daemon's request, which process sent it: `daemon-1`."""
    leadership: list[CommitEntry] = attrs.field(factory=list)
    """Changes of the daemons' own Lease."""
    nodes: list[CommitEntry] = attrs.field(factory=list)
    _health: dict[str, list[Spell]] = attrs.field(init=False, factory=dict)

    @classmethod
    def read(cls, evidence: Evidence) -> "Chronicle":
        """Go through the journal once."""
        self = cls(evidence)
        self._read()
        return self

    def _read(self) -> None:
        spaces = {facts.namespace: name for name, facts in self.evidence.leases.items()}
        names = {facts.name: name for name, facts in self.evidence.leases.items()}
        of_lease: dict[str, list[CommitEntry]] = defaultdict(list)
        for entry in self.evidence.world.journal:
            if isinstance(entry, RequestEntry):
                if entry.agent.startswith(DAEMON_AGENT):
                    self._request(entry, spaces)
                continue
            self.commits.append(entry)
            if entry.resource == kinds.LEADERSHIP:
                self.leadership.append(entry)
            elif entry.resource == kinds.NODES:
                self.nodes.append(entry)
            elif lease := _lease_of(entry, spaces, names):
                if entry.resource in kinds.CLAIMS and (before := _left(entry, names, lease)):
                    # It has a new holder: of the old one it is gone.
                    of_lease[before].append(attrs.evolve(entry, type="DELETED"))
                of_lease[lease].append(entry)
        self.of_lease = {name: of_lease[name] for name in self.evidence.leases}

    def _request(self, entry: RequestEntry, spaces: dict[str, str]) -> None:
        self.clients[entry.number] = entry.client
        if "/coordination.k8s.io/" in entry.target:
            return
        self.requests[entry.number] = entry
        if (write := read_write(entry, spaces)) is not None:
            self.writes.append(write)

    # ── who did what ────────────────────────────────────────────────────────────────────────────

    def is_daemons(self, commit: CommitEntry) -> bool:
        """True for a change that a daemon asked for."""
        return commit.request in self.requests

    def time(self, commit: CommitEntry) -> float:
        """When a commit was made."""
        return commit.time - EPOCH

    @property
    def leases(self) -> dict[str, LeaseFacts]:
        """The plan's leases by name."""
        return self.evidence.leases

    @cached_property
    def records(self) -> dict[str, list[tuple[float, int]]]:
        """By lease: from when on its record held which generation, by a daemon's hand; 0 for gone."""
        found: dict[str, list[tuple[float, int]]] = {}
        for lease, commits in self.of_lease.items():
            rows: list[tuple[float, int]] = []
            for commit in commits:
                if commit.resource != RECORDS or not self.is_daemons(commit):
                    continue
                gone = commit.type == "DELETED"
                generation = 0 if gone else kinds.generation_of_record(commit.object) or 0
                if not rows or rows[-1][1] != generation:
                    rows.append((self.time(commit), generation))
            found[lease] = rows
        return found

    @cached_property
    def wholes(self) -> dict[str, list[tuple[float, int]]]:
        """By lease: from when on which generation had stood whole for a while."""
        end = self.evidence.ended_at
        return {
            name: list(wholes(facts, self.of_lease[name], self.reach, end))
            for name, facts in self.leases.items()
        }

    def health(self, lease: str) -> list[Spell]:
        """How a lease did, as the cluster showed it."""
        if lease not in self._health:
            refused = frozenset(self.refused(lease))
            self._health[lease] = spells(self.of_lease[lease], self.nodes, refused)
        return self._health[lease]

    def spell(self, lease: str, time: float) -> Spell | None:
        """How it did at a time; None before there was anything of it."""
        rows = self.health(lease)
        number = bisect_right(rows, time, key=lambda spell: spell.start)
        return rows[number - 1] if number else None

    def recorded(self, lease: str, time: float) -> int:
        """The generation that a lease's record held at a time; 0 for none."""
        return next((g for at, g in reversed(self.records[lease]) if at <= time + TICK), 0)

    # ── what could be known and done ────────────────────────────────────────────────────────────

    @cached_property
    def proven(self) -> dict[str, float]:
        """By lease: when its loss had first been proven to a daemon; those never lost are missing."""
        names = {facts.name: name for name, facts in self.evidence.leases.items()}
        found = losses(self.evidence.world.answers.told, DAEMON_AGENT)
        return {names[lease]: at - EPOCH for lease, at in found.items() if lease in names}

    @cached_property
    def reach(self) -> Reach:
        """When the daemon could see and do everything."""
        return Reach.read(self.evidence, self.leadership, self.clients)

    @cached_property
    def reigns(self) -> tuple[tuple[float, float, str], ...]:
        """From when to when which process held the daemons' own Lease; () where none shows."""
        if not self.leadership:
            return ()
        return tuple(reigns(self.evidence.lives, self.leadership, self.clients))

    def leader_at(self, time: float) -> str:
        """The process that had the right to write at a time; "" for none."""
        return next((who for start, end, who in self.reigns if start <= time <= end + TICK), "")

    def leads(self, daemon: int, time: float) -> bool:
        """True when a daemon, by its number, had the right to write at a time, or none needs one."""
        return not self.reigns or self.leader_at(time) == f"daemon-{daemon}"

    def marks(self, what: str, lease: str | None = None) -> list[Mark]:
        """Marks of one deed, of one lease or of any."""
        return [
            mark
            for mark in self.evidence.marks
            if mark.what == what and lease in (None, mark.lease)
        ]

    def setting(self, name: str, default: float) -> float:
        """A setting of the daemon as the plan has it."""
        return float(self.evidence.plan.daemon.settings.get(name, default))

    def refused(self, lease: str) -> set[int]:
        """Generations that were refused, be it by an API server that a fault made refuse."""
        return self._refused[lease]

    @cached_property
    def _refused(self) -> dict[str, set[int]]:
        found = {name: set(facts.refused) for name, facts in self.leases.items()}
        for write in self.writes:
            if write.lease and write.entry.status in _REFUSALS and not write.is_trial:
                found[write.lease].add(self.recorded(write.lease, write.time))
        for name, facts in self.leases.items():
            found[name] |= refusal_moments(self.evidence, facts)
        return found


_REFUSALS = (400, 413, 422)
"""By these the API server says that a manifest is no good."""


def refusal_moments(evidence: Evidence, facts: LeaseFacts) -> set[int]:
    """Generations of a lease that may have met a fault by which the API server refuses manifests."""
    found: set[int] = set()
    for fault in evidence.faults:
        where = fault.plan.where.lease
        if not fault.fired or where not in ("", facts.plan.name) or not _refuses(fault.plan):
            continue
        for time in fault.times:
            sent = [generation for at, generation in facts.sent if at <= time + TICK]
            # The newest may have been on its way while the one before was being applied.
            found.update(sent[-2:])
    return found


def _refuses(fault: FaultPlan) -> bool:
    """True for what a daemon must take for the API server's word that a manifest is no good."""
    if fault.what == "refused":
        return fault.values.get("code") in _REFUSALS
    return fault.what == "admission-refused"


def _lease_of(entry: CommitEntry, spaces: dict[str, str], names: dict[LeaseName, str]) -> str:
    if entry.namespace in spaces:
        return spaces[entry.namespace]
    if entry.resource in kinds.CLAIMS:
        name = kinds.lease_of_labels(entry.object)
        return names.get(name, "") if name else ""
    if entry.resource in (kinds.NAMESPACES, RECORDS):
        return spaces.get(entry.name, "")
    return ""


def _left(entry: CommitEntry, names: dict[LeaseName, str], lease: str) -> str:
    """The lease whose a claim was before this change; "" for this one's or none of the plan."""
    named = kinds.lease_of_labels(entry.previous) if entry.previous is not None else None
    before = names.get(named, "") if named else ""
    return before if before != lease else ""


def violation(
    invariant: str, text: str, *, time: float = 0.0, lease: str = "", key: str = ""
) -> Violation:
    """One that begins with its time, for a reader; `key` names the kind of the mistake."""
    return Violation(invariant, text, round(time, 3), lease, f"{invariant} {key}".rstrip())
