"""
One simulated world with the real daemon in it, and a hook at each of the daemon's requests.

`run(seed, story, …)` plays a story in virtual time. The daemon knows the world by its bytes only;
the hook stands where the API server takes a request, so nothing in the product knows of it.
"""

import os
import random
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import trio

from provider.app import Daemon
from provider.errors import ProviderError
from provider.lease.version import version_hash
from provider.market.closing import Closer, NoCloser
from provider.settings import ClusterSettings, DeploymentSettings, Settings
from provider.telemetry.logs import open_log
from provider.workload import crds
from provider.workload.options import RenderOptions
from simulator import deterministic
from simulator.api.server import MAX_BODY_BYTES
from simulator.controllers.settings import ControllerSettings
from simulator.market.chain import Chain
from simulator.market.leases import DeploymentName, LeaseName
from simulator.market.rest import MarketServer
from simulator.wire.messages import Answer, Request, Streaming
from simulator.world import KUBERNETES, MARKET, World, open_world
from tests.sim import tenants

Hook = Callable[[int, Request, Callable[[], Awaitable[Answer]]], Awaitable[Answer]]
"""Gets the number of a request (from 1), the request, and what carries it out."""

SEED = int(os.environ.get("LEASEKEEPER_SEED", "0"))
"""Another one explores another interleaving: LEASEKEEPER_SEED=7 scripts/test tests/sim."""

T_TEARDOWN = 120
"""I1: virtual seconds after reachability returns in which a closed lease leaves nothing."""
POD_GRACE = 30


def name_of(lease):
    """The market's name of a lease."""
    return LeaseName(lease.owner, lease.dseq, lease.gseq, lease.oseq, lease.provider)


def counts(request):
    """
    True for what belongs to a lease: no watch, and no list over all namespaces.

    Nor what the daemon does for its own Lease, which says that it is the one that writes.
    """
    if "/coordination.k8s.io/" in request.path or not request.headers.get(
        "user-agent", ""
    ).startswith("leasekeeper"):
        return False
    if request.query_value("watch"):
        return False
    parts = request.path.strip("/").split("/")
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    return request.method != "GET" or len(parts) > 1


@attrs.define(eq=False)
class Scene:
    """World, daemon, and what was seen of the daemon's requests."""

    world: World
    seed: int
    nursery: trio.Nursery
    hook: Hook | None = None
    requests: list[Request] = attrs.field(factory=list)
    logs: list[dict] = attrs.field(factory=list)
    options: RenderOptions = attrs.field(factory=RenderOptions)
    """The operator's, from the next start on; so are these:"""
    deployment: DeploymentSettings = attrs.field(factory=DeploymentSettings)
    cluster: ClusterSettings = attrs.field(factory=ClusterSettings)
    closer: Closer = attrs.field(factory=NoCloser)
    may_fail: bool = False
    """True in a story in which the daemon ends by an error of its own, kept in `failure`."""
    failure: ProviderError | None = None
    daemon: Daemon | None = None
    _link: object = None
    _scope: trio.CancelScope | None = None
    _ended: trio.Event | None = None
    _starts: int = 0

    # ── the wire ────────────────────────────────────────────────────────────────────────────────

    async def handle(self, request):
        """Stands before the API server."""

        async def carry_out():
            return await self.world.rules.handle(request)

        if not counts(request):
            return await carry_out()
        self.requests.append(request)
        if self.hook is None:
            return await carry_out()
        return await self.hook(len(self.requests), request, carry_out)

    def watch_requests(self, hook=None):
        """Count the daemon's requests from 1 again, and hook into them."""
        self.requests = []
        self.hook = hook

    def delay_watches(self, seconds):
        """From here on each piece of a newly opened watch comes so much later."""

        async def handle(request):
            answer = await self.handle(request)
            if not isinstance(answer, Streaming):
                return answer

            async def run(send):
                async def late(piece):
                    await trio.sleep(seconds)
                    await send(piece)

                await answer.run(late)

            return attrs.evolve(answer, run=run)

        self.world.network.listen(KUBERNETES, handle, max_body_bytes=MAX_BODY_BYTES + 65_536)

    # ── the daemon ──────────────────────────────────────────────────────────────────────────────

    async def start(self):
        """Start a daemon, a new process as far as anybody can tell."""
        self._starts += 1
        self._link = self.world.network.link(f"daemon-{self._starts}")
        self.daemon = Daemon(
            settings=Settings(
                provider=tenants.PROVIDER,
                chain_id=self.world.chain.chain_id,
                kubernetes_url=f"http://{KUBERNETES}",
                market_urls=tuple(f"http://{node.host}" for node in self.world.market_nodes),
                deployment=self.deployment,
                cluster=self.cluster,
            ),
            options=self.options,
            closer=self.closer,
            wall=self.world.clock,
            rng=random.Random(f"{self.seed}/daemon/{self._starts}"),
            log=open_log(self.world.clock, self.logs.append),
            kubernetes_network=self._link.backend,
            market_network=self._link.backend,
        )
        self._ended = trio.Event()
        await self.nursery.start(self._run, self.daemon, self._ended, name=f"daemon {self._starts}")

    async def _run(self, daemon, ended, task_status):
        try:
            with trio.CancelScope() as self._scope:
                await daemon.run(task_status=task_status)
        except ProviderError as failure:
            if not self.may_fail:
                raise
            self.failure = failure
        finally:
            ended.set()

    async def kill(self):
        """From this instant no byte of the daemon reaches the world; then it is gone."""
        self._link.cut(silent=True)
        self._scope.cancel()
        await self._ended.wait()

    async def drain(self):
        """SIGTERM: return once the daemon has left."""
        self.daemon.drain()
        await self._ended.wait()

    async def ended(self, seconds):
        """Return once the daemon has left by itself."""
        with trio.fail_after(seconds):
            await self._ended.wait()

    # ── the market and the tenants ──────────────────────────────────────────────────────────────

    def win(self, lease, manifest=None):
        """A lease is won; its manifest, if any, is sent."""
        digest = version_hash(manifest) if manifest else b""
        self.world.chain.open(name_of(lease), manifest_hash=digest)
        if manifest is not None:
            self.send(lease, manifest)

    def send(self, lease, manifest):
        """The tenant sends a manifest."""
        self.world.chain.update(DeploymentName(lease.owner, lease.dseq), version_hash(manifest))
        self.daemon.submit(lease, manifest, manifest[0].name)

    def close(self, lease):
        """The tenant closes the lease; the daemon has to find out."""
        if self.world.chain.lease(name_of(lease)).state.value == "active":
            self.world.chain.close(name_of(lease))

    def market_forgets(self):
        """From here on the market's node knows no lease at all, as one does that lost its data."""
        empty = MarketServer(Chain(self.world.clock))
        self.world.network.listen(MARKET, self.world.answers.recording(empty.handle))

    async def deployed(self, lease, manifest):
        """The opening of most stories: a daemon, if there is none yet, and a lease that runs."""
        if self.daemon is None:
            await self.start()
        self.win(lease, manifest)
        await self.until_complete(lease)

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    def ready(self):
        """True once the daemon has seen the cluster whole."""
        return self.daemon.service.around.ready.is_set()

    def status(self, lease):
        """The daemon's word on a lease, `None` when it has none."""
        return next((s for s in self.daemon.statuses() if s.lease == lease), None)

    def objects(self):
        """Everything in the cluster: (resource, object)."""
        for served in self.world.cluster.registry:
            for version in self.world.cluster.store.items(served.storage):
                yield served.path, version.object

    async def pause(self, seconds):
        """Let virtual time pass."""
        await trio.sleep(seconds)

    async def meddle(
        self, method, path, body=b"", content_type="application/json", agent="kubectl/v1.33"
    ):
        """Somebody else sends a request."""
        headers = {"user-agent": agent, "content-type": content_type}
        answer = await self.world.api.handle(
            Request(method=method, path=path, headers=headers, body=body)
        )
        assert answer.status < 300, answer
        return answer

    async def until(self, condition, seconds=300, what="the condition"):
        """Let virtual time pass until a condition holds."""
        with trio.move_on_after(seconds):
            while not condition():
                await trio.sleep(0.25)
            return
        statuses = [str(s) for s in self.daemon.statuses()] if self.daemon else []
        raise AssertionError(f"not within {seconds} s: {what}\n" + "\n".join(statuses[:5]))

    async def until_complete(self, lease, seconds=300):
        """Until the lease is deployed and its pods run."""

        def whole():
            status = self.status(lease)
            return (
                status is not None
                and status.phase == "deploy-complete"
                and status.health == "healthy"
            )

        await self.until(whole, seconds, f"{lease} whole and healthy")


@asynccontextmanager
async def open_scene(seed=0, *, market_nodes=1):
    """A world with nodes, the Akash kinds and the records namespace; no daemon yet."""
    async with (
        open_world(seed=seed, controllers=ControllerSettings(), market_nodes=market_nodes) as world,
        trio.open_nursery() as nursery,
    ):
        scene = Scene(world, seed, nursery)
        world.network.listen(KUBERNETES, scene.handle, max_body_bytes=MAX_BODY_BYTES + 65_536)
        await world.install(crds.definitions())
        yield scene
        nursery.cancel_scope.cancel()


def play(story, *args, seed=SEED, market_nodes=1):
    """Run a story in virtual time; returns what it returns."""

    async def main():
        async with open_scene(seed, market_nodes=market_nodes) as scene:
            return await story(scene, *args)

    return deterministic.run(seed, main)


def sweep(story, *, seed=SEED, limit=400, market_nodes=1, stride=1):
    """
    Play a story for n = 1, 2, … until a run finishes untouched; returns how many were touched.

    The story gets the scene and n, and returns True when its n-th point was reached. With a stride
    it is played at every so many points only, and the seed says at which.
    """
    for played, n in enumerate(range(1 + seed % stride, limit, stride)):
        if not play(story, n, seed=seed, market_nodes=market_nodes):
            return played
    raise AssertionError(f"still touched after {limit} points")
