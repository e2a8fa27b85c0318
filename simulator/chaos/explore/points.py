"""
What hangs in a run to find its points: the steps of a lease's tasks, and the daemon's requests.

It counts from the opening of the plan's window to its end; what is to happen at a point is up to
whoever is called there.
"""

from collections.abc import Awaitable, Callable

import attrs
import trio

from simulator.chaos.explore.steps import Step, Steps
from simulator.chaos.plan import Action, ExplorePlan
from simulator.chaos.process import AGENT
from simulator.chaos.stage import Stage
from simulator.faults.asked import asked
from simulator.faults.rules import CarryOut
from simulator.wire.messages import Answer, Request

AtStep = Callable[[Stage, Step], None]
AtRequest = Callable[[Stage, "Met"], str]
"""Says which of `strikes.AT_REQUESTS` befalls it; "" for none."""
Befall = Callable[[Stage, str, str, Request, CarryOut], Awaitable[Answer]]


@attrs.frozen
class Met:
    """One request of a daemon that is about a lease, as the API server gets it."""

    number: int
    """From 1, in the window."""
    what: str
    """`apply deployments web`."""
    time: float
    steps: int
    """How many steps were counted before it came."""
    prefix: str
    """As a step's."""


@attrs.define(eq=False)
class Points:
    """An observer of a run."""

    window: ExplorePlan
    at_step: AtStep
    at_request: AtRequest
    befall: Befall
    """What becomes of a request that is struck."""
    at_rest: Callable[[Stage], None] = lambda _stage: None
    wanted: Callable[[int], bool] = lambda _number: True
    """Steps for which `at_step` is called, by number."""
    _steps: Steps | None = attrs.field(default=None, init=False)
    _stage: Stage | None = attrs.field(default=None, init=False)
    _requests: int = attrs.field(default=0, init=False)

    def begin(self, stage: Stage) -> None:
        """Hang itself in."""
        self._stage = stage
        self._steps = Steps(
            stage.world,
            str(stage.tenants[self.window.lease].facts.name),
            lambda step: self.at_step(stage, step),
            since=self.window.since,
            until=self.window.until,
            wanted=self.wanted,
        )
        trio.lowlevel.add_instrument(self._steps)
        stage.world.rules.intercept = self._intercept

    def deed(self, action: Action) -> None:
        """Nothing of it: windows are told by time."""

    def rest(self, stage: Stage) -> None:
        """Pass it on; what comes after it counts as well."""
        self.at_rest(stage)

    def forget_steps(self) -> None:
        """Count no more of them: the rest of the run is faster."""
        assert self._steps is not None, "hung in by `begin`"
        trio.lowlevel.remove_instrument(self._steps)

    @property
    def broken(self) -> Exception | None:
        """What broke in the middle of a step, where nothing could be raised."""
        return self._steps.broken if self._steps is not None else None

    def raise_broken(self) -> None:
        """Raise it here."""
        if self.broken is not None:
            raise self.broken

    async def _intercept(self, request: Request, carry_out: CarryOut) -> Answer:
        stage, steps, now = self._stage, self._steps, trio.current_time()
        assert stage is not None, "hung in by `begin`"
        assert steps is not None, "hung in by `begin`"
        what = _about_a_lease(request)
        until = self.window.until
        if not what or now < self.window.since or (until is not None and now >= until):
            return await carry_out()
        self._requests += 1
        kind = self.at_request(stage, Met(self._requests, what, now, steps.count, steps.prefix()))
        if not kind:
            return await carry_out()
        return await self.befall(stage, self.window.lease, kind, request, carry_out)


def _about_a_lease(request: Request) -> str:
    """What a daemon asks, in words; "" for what is about all leases, or none, and for watches."""
    if not request.headers.get("user-agent", "").startswith(AGENT):
        return ""
    found = asked(request)
    if found is None or found.plural == "leases" or found.verb == "watch":
        return ""
    if not (found.namespace or found.name):
        return ""
    if found.verb == "list" and found.namespace == "lease":
        return ""
    trial = "try to " if found.is_dry_run else ""
    return f"{trial}{found.verb} {found.plural} {found.name or found.namespace}"
