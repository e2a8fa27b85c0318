"""
The daemon as a process in the world: started, killed, told to leave, with its listeners served.

Killed means: from that instant no byte of it reaches the world. Its cable and its listener are cut
first, since a cancelled program still runs its clean-up and could write; then it is cancelled and let
go. Its gateway and its probes are the daemon's own, on one host of the world's network that is named
like its cable: `daemon-1` for the first process of a run.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import trio

from provider.app import Daemon
from provider.cluster.leadership import LeadershipLost
from provider.errors import ProviderError
from provider.gateway.connection import Limits, serve_connection
from provider.gateway.messages import Request, Response
from provider.gateway.operator import Operator
from provider.gateway.probes import Heartbeat, Probes
from provider.gateway.token import Token
from provider.http.client import open_http
from provider.market.closing import ControlCloser
from provider.settings import Settings
from provider.telemetry.logs import open_log
from provider.telemetry.metrics import Metrics
from provider.workload import crds
from provider.workload.options import RenderOptions
from simulator import deterministic
from simulator.chaos.definitions import PROVIDER
from simulator.chaos.entries import PlanError
from simulator.chaos.evidence import Life
from simulator.chaos.plan import DaemonPlan
from simulator.faults.network import Link
from simulator.world import KUBERNETES, World, WorldClock

AGENT = "leasekeeper"
"""The beginning of the daemon's User-Agent in the journals."""

TOKEN = "the-operator-of-the-plan"  # of a simulated operator
"""What the tenants' tools and the looks at /status show to the gateway."""

LIMITS = Limits()
"""Of its listener, as `provider run` sets them."""

BEAT_SECONDS = 10.0
"""Between two of its heartbeats. Each second would be every tenth turn of a run's scheduler."""

_PROBES = ("/livez", "/readyz", "/metrics")
_BROKE = "manager broke"


@attrs.define(eq=False)
class WallClock:
    """A machine's wall clock, which may be wrong."""

    world: WorldClock
    skew: float = 0.0
    """Seconds ahead of the world's."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC, as this machine believes."""
        return self.world.now() + self.skew


@attrs.define(eq=False)
class Process:
    """One life of the daemon; `run` it once."""

    number: int
    """From 1, in the order of the starts."""
    world: World
    plan: DaemonPlan
    seed: int
    life: Life
    say: Callable[[Mapping[str, object]], None]
    """Receives its log records."""
    clock: WallClock = attrs.field(init=False)
    host: str = attrs.field(init=False)
    """Its name on the network."""
    link: Link = attrs.field(init=False)
    """Its cable: cut it, and nothing that it asks reaches anybody."""
    task: trio.lowlevel.Task | None = attrs.field(init=False, default=None)
    """The root of its tasks, while it runs."""
    ended: trio.Event = attrs.field(init=False, factory=trio.Event)
    _daemon: Daemon | None = attrs.field(init=False, default=None)
    _is_cut: bool = attrs.field(init=False, default=False)
    _has_left: bool = attrs.field(init=False, default=False)
    _scope: trio.CancelScope = attrs.field(init=False, factory=trio.CancelScope)

    def __attrs_post_init__(self) -> None:
        self.host = f"daemon-{self.number}"
        self.link = self.world.network.link(self.host)
        self.clock = self.world.answers.clocks[self.host] = WallClock(self.world.clock)

    @property
    def is_running(self) -> bool:
        """True until it was killed, or its last task has ended."""
        return not (self.ended.is_set() or self._is_cut)

    async def run(  # noqa: ASYNC128  # the gateway tells once it listens
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """
        Live until the daemon leaves or is killed; never raises what the daemon raises.

        What it ended with, if by itself, is in `life.why`.

        Cancellation:
            As `cut`.
        """
        self.task = trio.lowlevel.current_task()
        try:
            with self._scope:
                await self._live(task_status)
                self._has_left = True
        except Exception as error:  # noqa: BLE001  # a crash is what the run is about, not its end
            self.life.why = _why(error)
        finally:
            self._over()

    async def _live(self, task_status: trio.TaskStatus[None]) -> None:
        world, network = self.world, self.link.backend
        market = f"http://{world.market_nodes[0].host}"
        wall, metrics = self.clock, Metrics()
        log = open_log(wall, self._record)
        async with open_http(market, network_backend=network) as http, trio.open_nursery() as tasks:
            daemon = Daemon(
                settings=settings(
                    self.plan,
                    chain_id=world.chain.chain_id,
                    markets=[f"http://{node.host}" for node in world.market_nodes],
                ),
                options=RenderOptions(leased_ips=self.plan.leased_ips),
                closer=ControlCloser(http),
                wall=wall,
                rng=random.Random(f"{self.seed}/{self.host}"),
                log=log,
                metrics=metrics,
                kubernetes_network=network,
                market_network=network,
            )
            heartbeat = Heartbeat(BEAT_SECONDS)
            tasks.start_soon(heartbeat.run, name="heartbeat")
            operator = Operator(daemon, Token(TOKEN), metrics)
            probes = Probes(daemon, metrics, heartbeat)

            async def answer(request: Request) -> Response:
                listener = probes if request.path in _PROBES else operator
                return await listener.handle(request)

            serve = partial(serve_connection, handler=answer, limits=LIMITS, log=log)
            world.network.attach(self.host, serve, tasks)
            self._daemon = daemon
            task_status.started()
            await daemon.run()
            self._unplug()
            tasks.cancel_scope.cancel(reason="the daemon has left")

    def _record(self, record: Mapping[str, object]) -> None:
        if record.get("event") == _BROKE:
            self.life.crashes += 1
        self.say({"daemon": self.number, "at": trio.current_time(), **record})

    def _over(self) -> None:
        life, self.task = self.life, None
        life.ended_at = trio.current_time()
        if not life.end:
            by_itself = self._has_left or life.why
            life.end = "by itself" if by_itself else "the run was over"
            life.why = life.why or ("left without a reason" if by_itself else "")
        self._unplug()
        self._daemon = None
        self.ended.set()

    def _unplug(self) -> None:
        """Let nobody reach its listener any more."""
        if self._daemon is not None:
            self.world.network.down(self.host)

    def tasks(self) -> Counter[str]:
        """Names of the tasks below its root, and how many there are of each."""
        found: Counter[str] = Counter()
        waiting = [self.task] if self.task is not None else []
        while waiting:
            for nursery in waiting.pop().child_nurseries:
                for child in nursery.child_tasks:
                    found[child.name] += 1
                    waiting.append(child)
        return found

    # ── what is done to it ──────────────────────────────────────────────────────────────────────

    def cut(self, why: str = "kill") -> None:
        """End it without a word, now: what `kill` begins with."""
        self._told(why)
        self._is_cut = True
        self.link.cut(silent=True)
        self._unplug()
        self._scope.cancel(reason=why)
        self.resume()

    def tell(self) -> None:
        """SIGTERM: it begins to leave; it may take its time."""
        self._told("sigterm")
        if self._daemon is not None:
            self._daemon.drain()

    def _told(self, end: str) -> None:
        life = self.life
        if self.is_running and life.end != end:
            life.end, life.asked_at = end, trio.current_time()

    async def kill(self) -> None:
        """End it without a word; returns once nothing of it is left."""
        self.cut()
        await self.ended.wait()

    def pause(self) -> None:
        """Let all its tasks stand still, as a machine that was suspended; its peers see silence."""
        if self.task is not None:
            deterministic.pause(self.task)

    def resume(self) -> None:
        """Let them go on; what came meanwhile is there, and it is later than they think."""
        if self.task is not None:
            deterministic.resume(self.task)

    async def drain(self, seconds: float) -> bool:
        """SIGTERM; returns once it has left, or False when it has not after so long."""
        self.tell()
        with trio.move_on_after(seconds):
            await self.ended.wait()
        return self.ended.is_set()

    def ended_in_order(self) -> bool:
        """False when it ended by itself, and not because another daemon writes now."""
        return self.life.end != "by itself" or self.life.why.startswith(LeadershipLost.__name__)


async def install(world: World) -> None:
    """What an operator installs in a cluster before the first daemon."""
    await world.install(crds.definitions())


def settings(plan: DaemonPlan, *, chain_id: str, markets: Sequence[str]) -> Settings:
    """
    What the operator of a plan has set.

    Raises:
        PlanError: there is no such setting, or it cannot have that value.
    """
    made = Settings(
        provider=PROVIDER,
        chain_id=chain_id,
        kubernetes_url=f"http://{KUBERNETES}",
        market_urls=tuple(markets),
    )
    for name, value in plan.settings.items():
        room, _, field = name.partition(".")
        part: Any = getattr(made, room, None)
        if not attrs.has(type(part)) or field not in attrs.asdict(part, recurse=False):
            raise PlanError(f"daemon.settings.{name}", "no such setting")
        try:
            changed: Any = attrs.evolve(part, **{field: value})
        except (ProviderError, TypeError) as error:
            raise PlanError(f"daemon.settings.{name}", str(error)) from error
        made = attrs.evolve(made, **{room: changed})
    return made


def _why(error: BaseException) -> str:
    """The error's type and text; of a group, its first member's."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
