"""
The API server is away for half an hour and for three, whatever the daemon is at; then it comes back.

It goes with the second request of a deploy, update, teardown or transfer, while a lease is only
watched, and before a start. Meanwhile nothing is called healthy and the daemon does not call itself
ready; afterwards the work is done, from the journals, and nothing but what was owed.
"""

import pytest
import trio

from provider.gateway import shown
from provider.settings import ClusterSettings
from simulator.wire.messages import Abort
from simulator.world import KUBERNETES, MARKET
from tests.sim import checks
from tests.sim.phases import PHASES, Update, no_violation, rest
from tests.sim.scene import POD_GRACE, T_TEARDOWN, play

SECONDS = T_TEARDOWN + POD_GRACE
CALM = ClusterSettings(poll_seconds=60, audit_seconds=300)
"""Hours pass here; the market is asked less often."""


async def away(scene, seconds, *, silent):
    """Take the API server away and bring it back; what the daemon shows meanwhile."""
    network = scene.world.network
    (network.mute if silent else network.down)(KUBERNETES)
    await scene.pause(seconds - 10)
    with trio.fail_after(1):
        said = await shown.status(scene.daemon)
    await scene.pause(10)
    network.up(KUBERNETES)
    return said


# An update that is refused, and a transfer, are cut short once.
IN_THE_MIDDLE = [
    pytest.param(phase, hours, id=f"{phase.name}, {hours} h")
    for phase in PHASES
    for hours in (0.5, 3)
    if hours < 1 or phase.name in ("deploy", "update", "teardown")
]


@pytest.mark.parametrize(("phase", "hours"), IN_THE_MIDDLE)
def test_the_api_server_is_away_in_the_middle_of(phase, hours):
    async def story(scene):
        gone = trio.Event()

        async def hook(number, request, carry_out):
            if number == 2:
                gone.set()
                scene.world.network.down(KUBERNETES)
                raise Abort
            return await carry_out()

        scene.cluster = CALM
        await phase.before(scene, 2)
        scene.watch_requests(hook)
        for number in range(2):
            phase.begin(scene, number)
        with trio.fail_after(90):
            await gone.wait()
        said = await away(scene, hours * 3600, silent=hours > 1)
        leases = phase.leases(2)
        await scene.until(lambda: all(phase.done(scene, x) for x in leases), 2 * SECONDS, "the end")
        await rest(scene)
        no_violation(scene, phase, leases)
        assert all(phase.done(scene, one) for one in leases)
        assert checks.strays(scene, leases if phase.final else []) == []
        return said

    assert checks.false_health(play(story, market_nodes=phase.market_nodes)) == []


@pytest.mark.parametrize("hours", [0.5, 3])
@pytest.mark.parametrize("when", ["only watched", "started"])
def test_the_api_server_is_away_while_a_lease_is(when, hours):
    async def story(scene):
        phase = Update()
        lease = phase.lease(0)
        scene.cluster = CALM
        await phase.running(scene, 1)
        if when == "started":
            await scene.kill()
            scene.world.network.down(KUBERNETES)
            await scene.start()
        since = scene.world.clock.now()
        said = await away(scene, hours * 3600, silent=hours > 1)
        await scene.until_complete(lease)
        await rest(scene)
        no_violation(scene, phase, [lease])
        assert checks.strays(scene, [lease]) == []
        return said, checks.daemon_writes(scene, since)

    said, writes = play(story)

    assert checks.false_health(said) == []
    assert writes == []


def test_cluster_and_market_are_away_together_and_a_lease_is_closed_meanwhile():
    async def story(scene):
        phase = Update()
        kept, closed = phase.leases(2)
        scene.cluster = CALM
        await phase.running(scene, 2)
        scene.world.network.down(MARKET)
        scene.close(closed)
        since = scene.world.clock.now()
        said = await away(scene, 1800, silent=True)
        await scene.pause(600)
        early = checks.daemon_writes(scene, since)
        scene.world.network.up(MARKET)
        await scene.until(lambda: not checks.remains(scene, closed), SECONDS + 120, "nothing left")
        await rest(scene)
        no_violation(scene, phase, [kept, closed])
        assert checks.generations(scene, kept) == {1}
        return said, early

    said, early = play(story)

    assert checks.false_health(said) == []
    assert early == []
