"""A market that cannot be reached, lags, or lies: leases are neither torn down nor kept for that."""

import pytest

from provider.settings import ClusterSettings
from simulator.market.leases import LeaseState
from simulator.market.node import Lie
from simulator.world import MARKET
from tests.sim import checks
from tests.sim.phases import Update, no_violation, rest
from tests.sim.scene import T_TEARDOWN, play

PHASE = Update()
HOUR = 3600
SECONDS = 2 * T_TEARDOWN


def disturb(scene, how):
    node = scene.world.market_nodes[0].node
    height = node.block().height
    match how:
        case "unreachable":
            scene.world.network.down(MARKET)
        case "silent":
            scene.world.network.mute(MARKET)
        case "lags":
            node.lag_blocks = 50
        case "halted":
            node.halted_at = height
        case "not found":
            node.lies.append(Lie(state=None))
        case "catching up and closed":
            node.catching_up = True
            node.lies.append(Lie(state=LeaseState.CLOSED))
        case "another chain and closed":
            node.chain_id = "elsewhere-1"
            node.lies.append(Lie(state=LeaseState.CLOSED))
        case "closed from a stale height":
            node.lag_blocks = 50
            node.lies.append(Lie(state=LeaseState.CLOSED))


def heal(scene):
    scene.world.network.up(MARKET)
    node = scene.world.market_nodes[0].node
    node.lies.clear()
    node.lag_blocks, node.halted_at, node.catching_up, node.chain_id = 0, None, False, ""


@pytest.mark.parametrize(
    "how",
    [
        "unreachable",
        "silent",
        "lags",
        "halted",
        "not found",
        "catching up and closed",
        "another chain and closed",
        "closed from a stale height",
    ],
)
def test_nothing_is_torn_down_while_the_market_is(how):
    """A lease that runs, one that is closed meanwhile, and, after that, one that is updated."""

    async def story(scene):
        kept, closed = PHASE.leases(2)
        scene.cluster = ClusterSettings(poll_seconds=30)
        await PHASE.running(scene, 2)
        await scene.pause(400)
        since = scene.world.clock.now()
        disturb(scene, how)
        await scene.pause(300)
        before = checks.daemon_writes(scene, since)
        scene.close(closed)
        await scene.pause(60)
        heal(scene)
        PHASE.begin(scene, 0)
        await scene.until(lambda: PHASE.done(scene, kept), SECONDS, "the update")
        await scene.until(lambda: not checks.remains(scene, closed), SECONDS, "nothing left")
        await rest(scene)
        no_violation(scene, PHASE, [kept, closed])
        assert checks.strays(scene, [kept]) == []
        return before

    assert play(story) == []


def test_many_leases_that_one_node_calls_closed_are_kept_until_another_says_so_too():
    """I2 under a node that lies soundly: nothing of its answer gives it away but the number."""

    async def story(scene):
        leases = PHASE.leases(6)
        await PHASE.running(scene, 6)
        node = scene.world.market_nodes[0].node
        node.lies.append(Lie(state=LeaseState.CLOSED))
        await scene.pause(600)
        lost = [one for one in leases if not checks.generations(scene, one)]
        engaged = [brake.name for brake in scene.daemon.brakes() if brake.engaged]
        return len(lost), engaged

    lost, engaged = play(story, market_nodes=2)

    assert lost <= 3
    assert engaged == ["losses"]
