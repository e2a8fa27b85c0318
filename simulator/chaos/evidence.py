"""
What a run leaves behind; all that the checks may read.

Journals of cluster and market, what they hold now, what the daemon's public endpoints answered, Trio's
task tree and the ends of processes: never what a daemon believes.
"""

from collections import Counter
from collections.abc import Mapping

import attrs

from simulator.chaos.plan import FaultPlan, LeasePlan, Plan
from simulator.jsontypes import JSONObject
from simulator.market.leases import LeaseName
from simulator.world import World


@attrs.frozen
class Mark:
    """One thing that was done to the world, or happened to it."""

    time: float
    """Virtual seconds since the run began, as all times here; the journals have the wall clock's:
    `EPOCH` + this, for a run begins with its world."""
    what: str
    """The deed, or `<fault> begins`, `<fault> fires`, `<fault> ends`, `heal`, `cancel`, …"""
    lease: str = ""
    """Its name in the plan."""
    detail: str = ""
    daemon: int = 0


@attrs.define(eq=False, kw_only=True)
class LeaseFacts:
    """One lease of the plan as the world knows it."""

    plan: LeasePlan
    name: LeaseName
    """On the chain."""
    namespace: str
    """Its tenant namespace, and the name of its record."""
    sent: list[tuple[float, int]] = attrs.field(factory=list)
    """When its tenant sent which generation, in the order of sending."""
    accepted: list[tuple[float, int]] = attrs.field(factory=list)
    """When the gateway answered 200 to which generation."""
    refused: set[int] = attrs.field(factory=set)
    """Generations that the daemon's gateway or the API server refused for good."""
    wanted: dict[int, frozenset[tuple[str, str]]] = attrs.field(factory=dict)
    """By generation: (plural, name) of the Deployments, StatefulSets, Services, Ingresses that it asks
    for, read from its definition and not from the daemon."""
    closed_at: float | None = None
    """When the chain closed it; None while it is open. Filled in at the end of the run from the chain."""

    @property
    def newest(self) -> int:
        """The generation that its tenant wants; 0 before the first."""
        return self.sent[-1][1] if self.sent else 0


@attrs.frozen
class StatusLook:
    """One GET of /status and of /livez."""

    time: float
    daemon: int
    status: int
    """HTTP status of /status; 0 for no answer within the bound."""
    body: JSONObject | None
    livez: int
    seconds: float
    """Until both had answered."""


@attrs.define(eq=False)
class Life:
    """One process of the daemon."""

    number: int
    """From 1, in the order of the starts."""
    started_at: float
    end: str = ""
    """kill, sigterm, cut off, heal … or `by itself`; "" while it runs."""
    asked_at: float | None = None
    """When it was told to end."""
    ended_at: float | None = None
    why: str = ""
    """What it ended with when it ended by itself: an error's type and text."""
    left_tasks: Counter[str] = attrs.field(factory=Counter)
    """Names of its tasks that were there after its end."""
    debts: Mapping[str, int] = attrs.field(factory=dict)
    """By lease, what was owed when it ended, as cluster and chain alone showed: see
    `checks.obligations`."""
    crashes: int = 0
    """How often a manager of it broke by an exception, from its public /metrics or its log."""


@attrs.frozen
class Rest:
    """One look at Trio's task tree when nothing was left to do."""

    time: float
    daemon: int
    tasks: Counter[str]
    """Names of the tasks below the daemon's own, and how many of each."""


@attrs.define(eq=False, kw_only=True)
class Fired:
    """What became of one fault of the plan."""

    plan: FaultPlan
    name: str
    began_at: float | None = None
    ended_at: float | None = None
    met: int = 0
    """Requests that it is about."""
    fired: int = 0
    times: list[float] = attrs.field(factory=list)
    """When it fired; the first hundred."""


@attrs.define(eq=False, kw_only=True)
class Evidence:
    """Everything about one run."""

    plan: Plan
    seed: int
    world: World
    leases: dict[str, LeaseFacts] = attrs.field(factory=dict)
    """By their names in the plan."""
    marks: list[Mark] = attrs.field(factory=list)
    faults: list[Fired] = attrs.field(factory=list)
    looks: list[StatusLook] = attrs.field(factory=list)
    lives: list[Life] = attrs.field(factory=list)
    rests: list[Rest] = attrs.field(factory=list)
    healed_at: float | None = None
    """When everything was reachable again for good."""
    quiet_at: float | None = None
    """When the last thing that anybody did or owed was over; idle from here to the end."""
    ended_at: float = 0.0
    logs: list[Mapping[str, object]] = attrs.field(factory=list)
    """The daemons' log records, for the report; no check reads them but I10's."""

    def lease_of(self, namespace: str) -> LeaseFacts | None:
        """The lease whose tenant namespace or record has this name."""
        return next((f for f in self.leases.values() if f.namespace == namespace), None)
