"""
What is done to a run at one point of it, in that very step.

A point is a step of the lease's tasks or a request of the daemon about a lease, by its number in the window of
the plan. Nothing here asks the daemon for help: scopes and processes are taken hold of from outside.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import attrs
import trio

from simulator.chaos.explore import reach
from simulator.chaos.process import Process
from simulator.chaos.stage import Stage
from simulator.faults import refusals
from simulator.faults.effects import Refuse, refusal, torn
from simulator.faults.rules import CarryOut
from simulator.wire.messages import Abort, Answer, Request, Stall

CANCEL, CLOSE, SIGTERM, KILL = "cancel", "close", "sigterm", "kill"
ANSWER_LOST, APPLIED_LATE, LATE_AND_CLOSED = "answer-lost", "applied-late", "late-and-closed"
RESET, SILENT, TORN = "reset", "silent", "torn"
ERROR, CONFLICT, THROTTLED = "error", "conflict", "throttled"

AT_STEPS: Mapping[str, str] = MappingProxyType(
    {
        CANCEL: "the lease's scope is cancelled, and the market closes the lease",
        CLOSE: "the market closes the lease, and the daemon's next poll is due",
        SIGTERM: "the daemon is told to leave; another starts once it has",
        KILL: "the daemon is gone, and another starts",
    }
)
AT_REQUESTS: Mapping[str, str] = MappingProxyType(
    {
        ANSWER_LOST: "the request is carried out, and its answer lost",
        APPLIED_LATE: "nobody answers, and the request is carried out 20 s later",
        LATE_AND_CLOSED: "so it is, and the market closes the lease now",
        RESET: "the connection drops before it is carried out",
        SILENT: "it is carried out, and nobody answers",
        TORN: "it is carried out, and the answer breaks off",
        ERROR: "the answer is 500",
        CONFLICT: "the answer is 409",
        THROTTLED: "the answer is 429: come back in 2 s",
    }
)
KINDS = (*AT_STEPS, *AT_REQUESTS)

_REFUSALS: Mapping[str, Refuse] = MappingProxyType(
    {
        ERROR: Refuse(refusals.server_error),
        CONFLICT: Refuse(refusals.conflict),
        THROTTLED: Refuse(refusals.too_many, retry_after_seconds=2),
    }
)
LATE_SECONDS = 20.0
TORN_AFTER_BYTES = 40
_WRITTEN = re.compile(r"(?P<kind>[a-z-]+) at (?P<at>\d+)(, kill at request (?P<crash>\d+))?")


@attrs.frozen(order=True)
class Strike:
    """One kind of strike at one point; as text `cancel at 137`."""

    kind: str
    at: int
    """Number of the step, or of the request, from 1."""
    crash: int = 0
    """Of a loss followed by a crash: at which request that the daemon makes once it knows, from 1."""

    def __str__(self) -> str:
        text = f"{self.kind} at {self.at}"
        return f"{text}, kill at request {self.crash}" if self.crash else text

    @property
    def is_at_request(self) -> bool:
        """False for those at steps."""
        return self.kind in AT_REQUESTS

    @classmethod
    def parse(cls, text: str) -> "Strike":
        """
        Read one back.

        Raises:
            ValueError: it is none.
        """
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or found["kind"] not in KINDS:
            raise ValueError(f"{text!r} is no strike; one is written like 'cancel at 137'")
        return cls(found["kind"], int(found["at"]), int(found["crash"] or 0))


def possible(stage: Stage, lease: str) -> tuple[str, ...]:
    """What can be done in this step: a process that leaves is not told again, a lost lease is lost."""
    process, tenant = stage.live, stage.tenants[lease]
    kinds = []
    if process is not None and tenant.is_open:
        if _scope(process, str(tenant.facts.name)) is not None:
            kinds.append(CANCEL)
        kinds.append(CLOSE)
    if process is not None and process.life.asked_at is None:
        kinds += [SIGTERM, KILL]
    return tuple(kinds)


def possible_at_request(stage: Stage, lease: str) -> tuple[str, ...]:
    """What can become of a request that came now."""
    is_open = stage.tenants[lease].is_open
    return tuple(kind for kind in AT_REQUESTS if is_open or kind != LATE_AND_CLOSED)


def at_step(stage: Stage, lease: str, kind: str) -> None:
    """
    Do it now; what takes time goes on in the stage's nursery.

    Raises:
        LookupError: there is nothing to strike: this is not the run that was counted.
    """
    process = stage.live
    if process is None:
        raise LookupError("no process to strike")
    if kind == CANCEL:
        scope = _scope(process, str(stage.tenants[lease].facts.name))
        if scope is None:
            raise LookupError("no scope to cancel")
        stage.mark("cancel", lease, daemon=process.number)
        scope.cancel(reason="cancelled from outside")
    if kind in (CANCEL, CLOSE):
        stage.close_now(lease)
        _poll_now(process)
    elif kind == KILL:
        stage.mark("kill", daemon=process.number)
        process.cut()
        stage.nursery.start_soon(_start_after, stage, process, name="start again")
    elif kind == SIGTERM:
        process.tell()
        stage.nursery.start_soon(_replace, stage, process, name="start again")


async def at_request(
    stage: Stage, lease: str, kind: str, request: Request, carry_out: CarryOut
) -> Answer:
    """
    What becomes of a request instead of being answered.

    Raises:
        Abort: the answer is lost.
        Stall: there is none.
    """
    if kind in _REFUSALS:
        return refusal(_REFUSALS[kind], request)
    if kind in (APPLIED_LATE, LATE_AND_CLOSED):
        if kind == LATE_AND_CLOSED:
            stage.close_now(lease)
            if stage.live is not None:
                _poll_now(stage.live)
        stage.nursery.start_soon(_late, carry_out, name="applied late")
        raise Stall
    if kind == RESET:
        raise Abort
    answer = await carry_out()
    if kind == TORN:
        return torn(answer, TORN_AFTER_BYTES)
    raise Abort if kind == ANSWER_LOST else Stall


async def _late(carry_out: CarryOut) -> None:
    await trio.sleep(LATE_SECONDS)
    await carry_out()


async def _start_after(stage: Stage, process: Process) -> None:
    await process.ended.wait()
    await stage.start()


async def _replace(stage: Stage, process: Process) -> None:
    await stage.sigterm(process.number)
    await stage.start()


def _scope(process: Process, lease: str) -> trio.CancelScope | None:
    if process.task is None:
        return None
    manager = reach.below(process.task, f"manager {lease}")
    return reach.lease_scope(manager, lease) if manager is not None else None


def _poll_now(process: Process) -> None:
    """
    Let the daemon ask the market at once, as it would have with another phase of its polls.

    Otherwise a deploy is over before it asks. A poll that is under way is left alone.
    """
    if process.task is None:
        return
    poll = reach.below(process.task, "poll market")
    pause = reach.sleep_of(poll) if poll is not None else None
    if pause is not None:
        pause.cancel(reason="the next poll is due")
