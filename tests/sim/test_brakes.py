"""Many leases lost, or to be closed, at once: a limited number goes on, the rest waits for a word."""

import random

import attrs
import trio

from provider.app import Daemon
from provider.market.closing import Sent
from provider.settings import DeploymentSettings, Settings
from provider.telemetry.logs import open_log
from provider.workload import crds
from simulator import deterministic
from simulator.controllers.settings import ControllerSettings
from simulator.market.leases import LeaseState
from simulator.market.node import Lie
from simulator.world import KUBERNETES, open_world
from tests.sim import tenants
from tests.sim.checks import murders, remains
from tests.sim.scene import SEED, Scene, name_of, play

LEASES = [tenants.lease(dseq=1000 + n) for n in range(8)]


@attrs.define(eq=False)
class TwoEndpoints(Scene):
    """A scene whose daemon knows every node of the chain."""

    async def start(self):
        link = self._link = self.world.network.link("daemon")
        self.daemon = Daemon(
            settings=Settings(
                provider=tenants.PROVIDER,
                chain_id=self.world.chain.chain_id,
                kubernetes_url=f"http://{KUBERNETES}",
                market_urls=tuple(f"http://{node.host}" for node in self.world.market_nodes),
            ),
            wall=self.world.clock,
            rng=random.Random(f"{self.seed}/daemon"),
            log=open_log(self.world.clock, self.logs.append),
            kubernetes_network=link.backend,
            market_network=link.backend,
        )
        self._ended = trio.Event()
        await self.nursery.start(self._run, self.daemon, self._ended)


def play_with_two(story):
    async def main():
        async with (
            open_world(seed=SEED, controllers=ControllerSettings(), market_nodes=2) as world,
            trio.open_nursery() as nursery,
        ):
            await world.install(crds.definitions())
            await story(TwoEndpoints(world, SEED, nursery))
            nursery.cancel_scope.cancel()

    deterministic.run(SEED, main)


async def deployed(scene):
    await scene.start()
    for n, lease in enumerate(LEASES):
        scene.win(lease, tenants.manifest(tenants.web(host=f"web-{n}.example.com")))
    for lease in LEASES:
        await scene.until_complete(lease)


def left(scene):
    return [lease for lease in LEASES if remains(scene, lease)]


def brake(scene, name):
    return next(b for b in scene.daemon.brakes() if b.name == name)


async def lost_with_one_endpoint(scene):
    await deployed(scene)
    for lease in LEASES[:6]:
        scene.close(lease)
    await scene.pause(300)


def test_of_many_losses_three_go_on_and_the_rest_waits():
    async def story(scene):
        await lost_with_one_endpoint(scene)
        assert len(left(scene)) == 5
        assert brake(scene, "losses").engaged
        assert len(brake(scene, "losses").waiting) == 3
        assert set(brake(scene, "losses").waiting) <= set(LEASES[:6])
        await scene.pause(700)
        assert len(left(scene)) == 5

    play(story)


def test_an_operators_word_lets_them_go_on():
    async def story(scene):
        await lost_with_one_endpoint(scene)
        assert scene.daemon.release_brake("losses")
        assert not scene.daemon.release_brake("no such brake")
        await scene.until(lambda: left(scene) == LEASES[6:], what="only the held are left")
        assert not brake(scene, "losses").engaged

    play(story)


def test_a_restart_does_not_let_more_pass():
    async def story(scene):
        await deployed(scene)
        for lease in LEASES[:6]:
            scene.close(lease)
        await scene.until(lambda: brake(scene, "losses").engaged, what="the brake")
        await scene.pause(2)
        await scene.drain()
        await scene.start()
        await scene.pause(300)
        assert len(left(scene)) == 5
        assert len(brake(scene, "losses").waiting) == 3

    play(story)


def test_a_second_endpoint_confirms_the_rest():
    async def story(scene):
        await deployed(scene)
        for lease in LEASES[:6]:
            scene.close(lease)
        await scene.until(lambda: left(scene) == LEASES[6:], 120, "only the held are left")
        assert murders(scene, *LEASES) == []

    play_with_two(story)


def test_a_lying_endpoint_costs_no_more_than_the_limit_and_raises_the_alarm():
    async def story(scene):
        await deployed(scene)
        node = scene.world.market_nodes[0].node
        for lease in LEASES:
            node.lies.append(Lie(state=LeaseState.CLOSED, lease=name_of(lease)))
        await scene.pause(600)
        assert len(left(scene)) >= 5
        assert [r for r in scene.logs if r["event"] == "alarm"]

    play_with_two(story)


# ── closings ────────────────────────────────────────────────────────────────────────────────────


@attrs.define(eq=False)
class Recorder:
    """A closer whose transactions are executed at once."""

    scene: object
    sent: list = attrs.field(factory=list)
    note: str = "recorded"

    async def close(self, lease, reason):
        await trio.lowlevel.checkpoint()
        self.sent.append(lease)
        self.scene.close(lease)
        return Sent()


async def start_with(scene, closer):
    """A daemon that closes a lease after a minute of an image that cannot be pulled."""
    await scene.start()
    await scene.drain()
    scene.daemon = attrs.evolve(
        scene.daemon,
        closer=closer,
        settings=attrs.evolve(
            scene.daemon.settings, deployment=DeploymentSettings(budget_image_seconds=60.0)
        ),
    )
    scene._ended = trio.Event()
    await scene.nursery.start(scene._run, scene.daemon, scene._ended)


def test_many_leases_that_go_bad_together_are_not_all_closed_and_a_restart_changes_nothing():
    async def story(scene):
        closer = Recorder(scene)
        await start_with(scene, closer)
        for n, lease in enumerate(LEASES):
            image = "registry.example.com/fail:1"
            service = tenants.web(host=f"web-{n}.example.com", image=image)
            scene.win(lease, tenants.manifest(service))
        await scene.until(lambda: brake(scene, "closures").engaged, 600, "the brake")
        await scene.pause(60)
        assert len(closer.sent) <= 3
        owed = {o.lease for o in scene.daemon.obligations()}
        assert owed | set(closer.sent) == set(LEASES)
        await scene.drain()
        await start_with(scene, closer)
        await scene.pause(900)
        assert len(closer.sent) <= 3
        assert brake(scene, "closures").engaged
        assert scene.daemon.release_brake("closures")
        await scene.until(lambda: set(closer.sent) == set(LEASES), 1800, "all are closed")
        await scene.until(
            lambda: left(scene) == [], what="nothing left: these losses were asked for"
        )

    play(story)
