"""
Begins and ends the faults of a plan, each at its moment, and writes down what became of them.

A fault of requests is a rule from its beginning to its end. A state is a block of code that is entered
and left. Whatever is in force when the world is healed ends then; what has not begun never does.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType

import attrs
import trio

from simulator.chaos.evidence import Evidence, Fired
from simulator.chaos.faults.addressing import market_nodes, rule, rules_of
from simulator.chaos.faults.case import Case, Machine
from simulator.chaos.faults.catalog import CATALOG
from simulator.chaos.faults.cluster_states import CLUSTER
from simulator.chaos.faults.market_states import MARKET
from simulator.chaos.faults.network_states import NETWORK, State
from simulator.chaos.faults.requests import CLOSINGS, REQUESTS, WATCHES
from simulator.chaos.plan import FaultPlan
from simulator.faults.effects import Pass
from simulator.market.transactions import Outcome
from simulator.wire.messages import Request

STATES: Mapping[str, State] = MappingProxyType({**NETWORK, **MARKET, **CLUSTER})
"""How each state begins and ends, by its `what`."""


@attrs.define(eq=False)
class FaultBoard:
    """The faults of one run; `run` it in a world that is there."""

    evidence: Evidence
    nursery: trio.Nursery
    """Where each fault waits for its moment."""
    healed: bool = attrs.field(init=False, default=False)
    _cases: dict[str, Case] = attrs.field(init=False, factory=dict)
    _processes: Callable[[], Sequence[Machine]] = attrs.field(init=False, default=tuple)
    _left: int = attrs.field(init=False, default=0)
    _idle: trio.Event = attrs.field(init=False, factory=trio.Event)

    def __attrs_post_init__(self) -> None:
        shared: dict[object, int] = {}
        for plan in self.evidence.plan.faults:
            fired = Fired(plan=plan, name=self._name(plan))
            self.evidence.faults.append(fired)
            self._cases[fired.name] = Case(
                plan, CATALOG[plan.what], fired, self.evidence, shared, lambda: self._processes()
            )

    def arm(self, processes: Callable[[], Sequence[Machine]]) -> None:
        """Tell which processes of the daemon there are, also those that have ended; newest last."""
        self._processes = processes

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """
        Let every fault wait for its moment; returns, and has started, once those of time 0 are in force.

        Raises:
            LookupError: a fault names a host or lease that is not there; out of the nursery.
        """
        for case in self._cases.values():
            self._left += 1
            if case.plan.when.after or case.plan.when.at > trio.current_time():
                self.nursery.start_soon(self._play, case, name=f"fault {case.fired.name}")
            else:
                await self.nursery.start(self._play, case, name=f"fault {case.fired.name}")
        if not self._left:
            self._idle.set()
        task_status.started()

    async def first_fired(self, name: str) -> None:
        """
        Wait until a fault fires for the first time; for ever, when it does not.

        Raises:
            KeyError: no fault is called so.
        """
        await self._cases[name].first.wait()

    def heal(self) -> None:
        """End every fault, and let none begin any more; they are over by the next idle moment."""
        self.healed = True
        for case in self._cases.values():
            case.waiting.cancel(reason="the world is healed")

    async def wait_over(self) -> None:
        """Wait until the last fault has ended."""
        await self._idle.wait()

    def vacuous(self) -> tuple[str, ...]:
        """Names of the faults that made no difference although they had to."""
        cases = self._cases.items()
        return tuple(name for name, c in cases if not c.fired.fired and not c.plan.may_miss)

    def _name(self, plan: FaultPlan) -> str:
        if plan.name:
            return plan.name
        count = sum(name.rstrip("-0123456789") == plan.what for name in self._cases)
        return f"{plan.what}-{count + 1}" if count else plan.what

    async def _play(
        self, case: Case, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        plan, fired = case.plan, case.fired
        with case.waiting:
            if plan.when.after:
                await self.first_fired(plan.when.after)
                await trio.sleep(plan.when.at)
            else:
                await trio.sleep_until(plan.when.at)
        if not self.healed:
            fired.began_at = trio.current_time()
            case.mark("begins")
            async with _in_force(case):
                task_status.started()
                case.waiting = trio.CancelScope()
                if not self.healed:
                    with case.waiting:
                        await trio.sleep(float("inf") if plan.seconds is None else plan.seconds)
            fired.ended_at = trio.current_time()
            case.mark("ends")
        self._left -= 1
        if not self._left:
            self._idle.set()


def _in_force(case: Case) -> AbstractAsyncContextManager[None]:
    what = case.plan.what
    state = STATES.get(what)
    if state is not None:
        return state(case)
    return _judged(case) if what in CLOSINGS else _ruled(case)


@asynccontextmanager
async def _ruled(case: Case) -> AsyncIterator[None]:
    """Befall requests or watches."""
    what = case.plan.what
    if what in WATCHES:
        made = rule(case, WATCHES[what](case), verb="watch")
    else:
        made = rule(case, REQUESTS[what](case))
    rules = rules_of(case.world, case.plan.where.host)
    rules.add(made)
    yield
    rules.remove(made)
    case.fired.met = made.met


@asynccontextmanager
async def _judged(case: Case) -> AsyncIterator[None]:
    """Befall closing transactions, at whichever node they arrive."""
    outcome = CLOSINGS[case.plan.what](case)
    made = rule(case, Pass())
    made.kind = "closings"
    nodes = list(market_nodes(case.world, case.plan.where.host))
    # Its place among the draws of a host's rules, and how that host's requests are understood.
    nodes[0].rules.add(made)
    nodes[0].rules.remove(made)

    def judge(request: Request) -> Outcome | None:
        return outcome if made.fires(request) else None

    for node in nodes:
        node.node.judges.append(judge)
    yield
    for node in nodes:
        node.node.judges.remove(judge)
    case.fired.met = made.met
