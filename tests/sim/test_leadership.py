"""Two daemons for one provider: one writes, the other waits, ready to be asked."""

import random

import attrs
import trio

from provider.cluster.leadership import LeadershipLost
from provider.cluster.submission import MarketUnknown
from simulator.world import KUBERNETES
from tests.sim import tenants
from tests.sim.checks import daemon_writes, murders, remains
from tests.sim.scene import name_of, play

LEASE = tenants.lease()
OTHER = tenants.lease(dseq=2000)
WEB = tenants.manifest(tenants.web())


@attrs.define(eq=False)
class Second:
    """Another process of the same provider."""

    daemon: object
    link: object
    raised: list = attrs.field(factory=list)
    ended: trio.Event = attrs.field(factory=trio.Event)

    async def run(self, task_status=trio.TASK_STATUS_IGNORED):
        try:
            await self.daemon.run(task_status=task_status)
        except LeadershipLost as error:
            self.raised.append(str(error))
        self.ended.set()


async def start_second(scene, name="second"):
    link = scene.world.network.link(name)
    daemon = attrs.evolve(
        scene.daemon,
        rng=random.Random(name),
        kubernetes_network=link.backend,
        market_network=link.backend,
    )
    second = Second(daemon, link)
    await scene.nursery.start(second.run, name=name)
    return second


async def both(scene):
    await scene.start()
    scene.win(LEASE, WEB)
    await scene.until_complete(LEASE)
    second = await start_second(scene)
    await scene.pause(20)
    return second


def reasons(daemon):
    return [reason.name for reason in daemon.readiness()]


def test_the_second_sees_everything_writes_nothing_and_says_why():
    async def story(scene):
        second = await both(scene)
        assert reasons(scene.daemon) == []
        assert reasons(second.daemon) == ["not the holder"]
        assert [s.lease for s in second.daemon.statuses()] == [LEASE]
        answer = await second.daemon.accept(LEASE, WEB)
        assert isinstance(answer, MarketUnknown)
        assert "another daemon holds" in answer.why
        since = trio.current_time()
        await scene.pause(120)
        assert len(daemon_writes(scene, since + scene.world.clock.now() - trio.current_time())) == 0

    play(story)


def test_after_a_clean_end_the_second_goes_on_at_once():
    async def story(scene):
        second = await both(scene)
        await scene.drain()
        with trio.fail_after(4):
            while reasons(second.daemon):
                await trio.sleep(0.1)
        scene.close(LEASE)
        await scene.until(lambda: not remains(scene, LEASE), what="nothing left")

    play(story)


def test_after_a_death_the_second_waits_for_the_lease_to_run_out_and_goes_on():
    async def story(scene):
        second = await both(scene)
        await scene.kill()
        scene.close(LEASE)
        killed = scene.world.clock.now()
        await scene.until(second.daemon.service.leadership.held, 30, "the second writes")
        held = scene.world.clock.now()
        assert 10 <= held - killed <= 20
        assert second.daemon.service.manager(LEASE).loss is not None
        assert [e for e in daemon_writes(scene, killed) if e.time < held - 0.25] == []
        await scene.until(lambda: not remains(scene, LEASE), what="nothing left")
        assert murders(scene, LEASE) == []

    play(story)


def test_a_daemon_that_was_cut_off_stops_once_it_sees_its_successor():
    async def story(scene):
        await scene.start()
        first = await start_second(scene, "first")
        await scene.drain()
        await scene.until(lambda: not reasons(first.daemon), 30, "the first writes")
        second = await start_second(scene, "second")
        scene.world.chain.open(name_of(LEASE))
        first.link.cut(silent=True)
        await scene.until(lambda: not reasons(second.daemon), 60, "the second writes")
        assert "not the holder" in reasons(first.daemon)
        first.link.restore()
        with trio.fail_after(60):
            await first.ended.wait()
        assert first.raised == [f"another daemon holds {second_key(second)}: {who(second)}"]
        assert reasons(second.daemon) == []

    play(story)


def test_no_write_is_sent_while_the_api_server_was_not_heard_for_longer_than_the_claim():
    async def story(scene):
        await scene.start()
        scene.win(LEASE, WEB)
        await scene.until_complete(LEASE)
        scene.world.network.down(KUBERNETES)
        await scene.pause(30)
        assert "not the holder" in reasons(scene.daemon)
        scene.close(LEASE)
        await scene.pause(600)
        scene.world.network.up(KUBERNETES)
        await scene.until(lambda: not remains(scene, LEASE), what="nothing left")
        assert murders(scene, LEASE) == []

    play(story)


def second_key(second):
    return second.daemon.service.leadership.key


def who(second):
    return second.daemon.service.leadership.identity


def test_one_that_waits_lets_go_of_leases_that_another_has_torn_down():
    async def story(scene):
        second = await both(scene)
        more = [tenants.lease(dseq=3000 + n) for n in range(5)]
        for lease in more:
            scene.win(lease)
        await scene.pause(20)
        service = second.daemon.service
        assert {s.lease for s in service.statuses()} == {LEASE, *more}
        for lease in (LEASE, *more):
            scene.close(lease)
        await scene.pause(60)
        # The brakes of both keep some; the operator asks the one that writes.
        assert scene.daemon.service.release_brake("losses")
        await scene.until(lambda: not remains(scene, LEASE), what="nothing left")
        await scene.until(lambda: not service.statuses(), 60, "nothing known of them")
        assert not any(brake.engaged for brake in service.brakes())

        await scene.kill()
        scene.win(OTHER, WEB)
        await scene.until(lambda: not reasons(second.daemon), 60, "the second writes")
        second.daemon.submit(OTHER, WEB, WEB[0].name)
        phases = lambda: [s.phase for s in service.statuses() if s.lease == OTHER]  # noqa: E731
        await scene.until(lambda: phases() == ["deploy-complete"], 120, "it deploys")

    play(story)
