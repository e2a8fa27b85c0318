"""What is on the stage of one run, and what can be done to it from outside the daemon."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import attrs
import orjson
import trio

from simulator.chaos import definitions
from simulator.chaos.evidence import Evidence, LeaseFacts, Life, Mark
from simulator.chaos.faults.board import FaultBoard
from simulator.chaos.gateways import Gateways
from simulator.chaos.plan import Plan
from simulator.chaos.process import TOKEN, Process
from simulator.chaos.tenant import Tenant
from simulator.wire.messages import Request, Response
from simulator.world import World

DRAIN_SECONDS = 60.0
"""A process that was told to leave is killed after so long; I10 asks for much less."""

GONE_SECONDS = 30.0
"""What was cancelled has ended by then, or never will."""

_OPERATOR = "kubectl/v1.33"


@attrs.define(eq=False)
class Stage:
    """One run as its deeds, its faults and whoever observes it see it."""

    world: World
    evidence: Evidence
    plan: Plan
    nursery: trio.Nursery
    owed: Callable[[World, Mapping[str, LeaseFacts]], Mapping[str, int]]
    """What is owed at a moment, by lease; see `checks.obligations`."""
    processes: list[Process] = attrs.field(init=False, factory=list)
    """Every life of the daemon, the newest last."""
    tenants: dict[str, Tenant] = attrs.field(init=False, factory=dict)
    """By the names of their leases."""
    gateways: Gateways = attrs.field(init=False)
    faults: FaultBoard = attrs.field(init=False)
    missed: list[str] = attrs.field(init=False, factory=list)
    """Deeds that found nothing to be done to, and when."""
    is_healed: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self.faults = FaultBoard(self.evidence, self.nursery)
        self.faults.arm(lambda: self.processes)
        self.gateways = Gateways(
            self.world.network.link("tenants"),
            TOKEN,
            lambda: [process.host for process in self.processes if process.is_running],
        )
        for index, plan in enumerate(self.plan.leases):
            name = definitions.lease_name(plan, index)
            facts = LeaseFacts(plan=plan, name=name, namespace=definitions.namespace(name))
            self.evidence.leases[plan.name] = facts
            self.tenants[plan.name] = Tenant(
                facts, self.world.chain, self.gateways, self.nursery, self.mark, self.miss
            )

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    @property
    def running(self) -> Sequence[Process]:
        """The processes that run, the newest last."""
        return [process for process in self.processes if process.is_running]

    @property
    def live(self) -> Process | None:
        """The newest process that runs."""
        return next(iter(reversed(self.running)), None)

    def process(self, number: int = 0) -> Process | None:
        """The process of this number, or the newest that runs; None when it does not run."""
        if not number:
            return self.live
        return next((one for one in self.running if one.number == number), None)

    def mark(self, what: str, lease: str = "", detail: str = "", daemon: int = 0) -> None:
        """Write down that something was done, now."""
        self.evidence.marks.append(Mark(trio.current_time(), what, lease, detail, daemon))

    def miss(self, what: str, lease: str = "") -> None:
        """Write down that a deed found nothing to be done to, now."""
        self.mark(what, lease)
        self.missed.append(f"{what} {lease}".rstrip() + f" at {trio.current_time():g}")

    # ── processes ───────────────────────────────────────────────────────────────────────────────

    async def start(self) -> Process:
        """Start one more process of the daemon."""
        number = len(self.processes) + 1
        life = Life(number, trio.current_time())
        self.evidence.lives.append(life)
        process = Process(
            number,
            self.world,
            self.plan.daemon,
            self.evidence.seed,
            life,
            self.evidence.logs.append,
        )
        self.processes.append(process)
        self.mark("start", daemon=number)
        self.nursery.start_soon(self._run, process, name=f"life {number}")
        return process

    async def _run(self, process: Process) -> None:
        """Follow one process to its end, and beyond where a supervisor starts another."""
        # A task of its own, named after its host: the checks know a daemon's tasks by their root.
        async with trio.open_nursery() as nursery:  # noqa: ASYNC112
            nursery.start_soon(process.run, name=process.host.replace("-", " "))
        life, seconds = process.life, self.plan.daemon.restart_seconds
        life.debts = self.owed(self.world, self.evidence.leases)
        if life.end != "by itself":
            return
        self.mark("ended by itself", detail=life.why, daemon=process.number)
        if seconds is not None and not self.is_healed:
            await trio.sleep(seconds)
            if not self.running:
                await self.start()

    async def kill(self, number: int = 0) -> None:
        """Kill a process, the newest by default; nothing if it does not run."""
        process = self.process(number)
        if process is None:
            self.miss("kill of no daemon")
            return
        self.mark("kill", daemon=process.number)
        process.cut()
        await self._wait_gone(process)

    async def sigterm(self, number: int = 0) -> None:
        """Tell a process to leave; one that stays is killed in the end."""
        process = self.process(number)
        if process is None:
            self.miss("sigterm of no daemon")
            return
        self.mark("sigterm", daemon=process.number)
        if not await process.drain(DRAIN_SECONDS):
            self.mark("killed: it did not leave", daemon=process.number)
            process.cut("sigterm")
            await self._wait_gone(process)

    async def _wait_gone(self, process: Process) -> None:
        """Wait for the end of a process that was killed; what will not end is written down."""
        with trio.move_on_after(GONE_SECONDS):
            await process.ended.wait()
        if not process.ended.is_set():
            process.life.left_tasks = process.tasks() + Counter([f"daemon {process.number}"])
            self.mark("it does not end", daemon=process.number)

    # ── others ──────────────────────────────────────────────────────────────────────────────────

    def close_now(self, lease: str) -> None:
        """The tenant closes a lease, in this very step; nothing if it is over."""
        self.tenants[lease].close()

    async def close(self, lease: str) -> None:
        """The tenant closes a lease; nothing if it is over."""
        await trio.lowlevel.checkpoint()
        self.close_now(lease)

    async def ask_cluster(
        self, method: str, path: str, body: object = None, content: str = "application/json"
    ) -> Response:
        """The cluster's operator sends a request to the API server, which no fault befalls."""
        request = Request(
            method=method,
            path=path,
            headers={"user-agent": _OPERATOR, "content-type": content},
            body=b"" if body is None else orjson.dumps(body),
        )
        answer = await self.world.api.handle(request)
        assert isinstance(answer, Response), "no watch is asked for"
        return answer
