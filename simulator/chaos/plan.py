"""
What a chaos run is told: a world, leases, what is done to them, and what goes wrong. Plain values.

A plan is data, so it can be drawn from a seed, shrunk, saved and replayed. Times are virtual seconds
since the run began; what goes wrong is addressed by meaning (verb, kind, lease, generation, n-th),
never by a step or a draw.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

NOTHING: Mapping[str, object] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class NodesPlan:
    """Some equal nodes of the cluster; they are called node1, node2, … in the order of the plan."""

    count: int = 1
    cpu: str = "16"
    memory: str = "64Gi"
    pods: int = 110
    gpu: int = 0
    """Cards of model a100, by nvidia."""


@attrs.frozen(kw_only=True)
class WorldPlan:
    """What the world is made of."""

    nodes: tuple[NodesPlan, ...] = (NodesPlan(count=3),)
    market_nodes: int = 2
    """Nodes of the chain that the daemon is told of, in its order of preference."""
    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    controllers: Mapping[str, float] = NOTHING  # type: ignore[assignment]
    """Fields of `ControllerSettings` that differ: `ready_seconds`, `stop_seconds`, …"""


@attrs.frozen(kw_only=True)
class DaemonPlan:
    """How the operator has set the daemon up; every start uses it."""

    settings: Mapping[str, float] = NOTHING  # type: ignore[assignment]
    """Settings that differ, as `room.field`: `cluster.poll_seconds`, `deployment.budget_image_seconds`."""
    leased_ips: bool = False
    restart_seconds: float | None = None
    """So long after a process ended by itself another is started, as a supervisor does; None for never."""


@attrs.frozen(kw_only=True)
class LeasePlan:
    """One lease and what its tenant deploys, generation by generation."""

    name: str
    """In plans, reports and addresses of faults: A, B, tenant-3."""
    definition: str = "web"
    """A file in `definitions/`, without its ending."""
    host: str = ""
    """Its hostname; "" for one made of its name, `none` for none."""
    owner: str = "alice"
    """alice or bob."""
    count: int = 1
    """Instances of its first service."""
    changes: Mapping[int, Mapping[str, object]] = MappingProxyType({})
    """What differs from a generation on: `image` (`crash`, `fail`, `slow`, `refused`), `host`, `count`,
    `definition`."""


@attrs.frozen(kw_only=True)
class Moment:
    """When something happens: at a time, or when a fault has first fired."""

    at: float = 0.0
    """Seconds since the run began; with `after`, so many seconds after that."""
    after: str = ""
    """Name of the fault that it waits for."""


@attrs.frozen(kw_only=True)
class Action:
    """Something that a tenant, an operator or fate does once."""

    do: str
    """One of `actions.DEEDS`: open, update, send, close, transfer, start, kill, sigterm, hold, …"""
    when: Moment = Moment()
    lease: str = ""
    values: Mapping[str, object] = NOTHING
    """What the deed wants besides: `host`, `daemon`, `node`."""


@attrs.frozen(kw_only=True)
class Where:
    """Which requests a fault is about; what is left empty matches all of the daemon's."""

    verb: str = ""
    """get, list, watch, create, update, patch, apply, delete; `read` or `write`."""
    kind: str = ""
    """Plural: `deployments`."""
    lease: str = ""
    """A lease's name in the plan: what is in its namespace, itself, its record, routes and addresses."""
    generation: int = 0
    """Only while the lease's tenant is at this generation of the plan, from 1; 0 for any."""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    dry_run: bool | None = None
    host: str = ""
    """`kubernetes`, `market` or `market-2`; "" for kubernetes."""
    daemon: int = 0
    """Only this process's requests, by the number of its start; 0 for every one."""


@attrs.frozen(kw_only=True)
class FaultPlan:
    """Something that goes wrong, from when to when, where, and how likely."""

    what: str
    """One of `faults.CATALOG`: answer-lost, applied-late, watch-silent, node-dark, market-lag, …"""
    name: str = ""
    """For `after` and reports; "" for one made of its place."""
    when: Moment = Moment()
    seconds: float | None = None
    """How long it lasts; None until the world is healed."""
    where: Where = Where()
    nth: int = 1
    """The first of the requests it is about, from 1, that it befalls."""
    times: int | None = 1
    """How many in a row; None for all from there on. States such as `node-dark` have no number."""
    probability: float = 1.0
    values: Mapping[str, object] = NOTHING
    """What the fault wants besides: `delay`, `node`, `blocks`, `code`."""
    may_miss: bool = False
    """True in a plan that was drawn: not firing does not make it vacuous."""


@attrs.frozen(kw_only=True)
class Expectation:
    """Something that has to come of a run besides the invariants; `asserts` judge it."""

    what: str
    """One of `expectations.CATALOG`: closings, requests, first-delete, gone, serves, routed, status, …"""
    values: Mapping[str, object] = NOTHING
    """What it asks for: `lease`, `from`, `until`, `at_most`, `within`."""


@attrs.frozen(kw_only=True)
class ExplorePlan:
    """Which part of a run `explore` disturbs at each of its points, and how."""

    lease: str
    """The one whose tasks and requests are counted."""
    since: float = 0.0
    """Seconds since the run began; points before it are left alone."""
    until: float | None = None
    """Points from then on are left alone; None for none of them."""
    kinds: tuple[str, ...] = ()
    """Of `strikes.KINDS`: cancel, close, sigterm, kill, answer-lost, applied-late, …; () for all."""
    pairs: bool = False
    """Whether a loss at each step is followed by a crash at each request of the teardown, too."""


@attrs.frozen(kw_only=True)
class Plan:
    """One run; `planfile` reads and writes it."""

    name: str
    about: str = ""
    """What happens and what must come of it, in a sentence or two."""
    born_from: tuple[str, ...] = ()
    """The incidents it comes from."""
    seed: int = 0
    commit: str = ""
    """Of the project when the plan was saved; "" for a plan that holds at every commit."""
    expects: tuple[str, ...] = ()
    """Invariants that it was seen to violate; () for a plan that has to hold."""
    world: WorldPlan = WorldPlan()
    daemon: DaemonPlan = DaemonPlan()
    leases: tuple[LeasePlan, ...] = ()
    actions: tuple[Action, ...] = ()
    """The first daemon starts at 0 without saying, unless a `start` at 0 is among them."""
    lenient: bool = False
    """True in a plan that was drawn or is disturbed: a deed that finds nothing to be done to, such as a
    kill while no daemon runs, does not make it vacuous."""
    faults: tuple[FaultPlan, ...] = ()
    asserts: tuple[Expectation, ...] = ()
    """What has to come of it besides the invariants."""
    explore: ExplorePlan | None = None
    """The window of an exhaustive search; `run` takes no notice of it."""
    heal_at: float = 600.0
    """When all faults end and whatever was stopped is started again."""
    bound_seconds: float = 600.0
    """Within so long after that everything that is owed has to be done."""
    look_seconds: float = 60.0
    """Between two looks at /status."""
