"""
Two nodes of the chain, the first of which goes wrong: what is held stays, what is lost goes, and it is shown.

The second node tells the truth; where it does not either, nothing is known.
"""

import pytest

from simulator.faults.effects import Hang, Refuse, Reset
from simulator.faults.rule import Rule
from simulator.market.chain import BLOCK_SECONDS
from simulator.market.leases import LeaseState
from simulator.market.node import Lie
from simulator.world import MARKET
from tests.sim import checks, tenants
from tests.sim.scene import T_TEARDOWN, name_of, play

LEASES = [tenants.lease(dseq=1000 + n) for n in range(8)]
LEASE, OTHER = LEASES[:2]
SECOND = "http://market-2.sim"


def generation(lease):
    return tenants.manifest(tenants.web(host=f"web-{lease.dseq}.example.com"))


def node(scene, number=0):
    return scene.world.market_nodes[number].node


def newest(scene):
    return scene.world.chain.block().height


# ── how a node goes wrong ───────────────────────────────────────────────────────────────────────


def away(scene):
    scene.world.network.down(MARKET)


def mute(scene):
    scene.world.market_rules.add(Rule(effect=Hang(), times=None))


def broken(scene):
    refusal = Refuse({"code": 500, "message": "out of disk"})
    scene.world.market_rules.add(Rule(effect=refusal, times=None))


def torn(scene):
    scene.world.market_rules.add(Rule(effect=Reset(), times=None))


def lagging(scene):
    node(scene).lag_blocks = 50


def halted(scene):
    node(scene).halted_at = newest(scene)


def catching_up(scene):
    node(scene).catching_up = True


def on_another_chain(scene):
    node(scene).chain_id = "sandbox-2"


def out_of_date(scene):
    node(scene).block_age_seconds = 3600.0


def lies_not_found(scene):
    node(scene).lies.append(Lie(state=None))


def lies_active(scene):
    node(scene).lies.append(Lie(state=LeaseState.ACTIVE))


def lies_closed_at_a_stale_height(scene):
    for lease in LEASES:
        stale = newest(scene) - 50
        node(scene).lies.append(Lie(state=LeaseState.CLOSED, lease=name_of(lease), height=stale))


ADMITTED = {
    away: "",
    mute: "",
    broken: "500",
    torn: "",
    lagging: "s old",
    halted: "s old",
    catching_up: "catching up",
    on_another_chain: "sandbox-2",
    out_of_date: "s old",
}
"""What can be told of the node itself, and a part of what the status says about it."""
LIES = (lies_not_found, lies_closed_at_a_stale_height)
WAYS = (*ADMITTED, *LIES)


async def deployed(scene, *leases):
    await scene.start()
    for lease in leases:
        scene.win(lease, generation(lease))
    for lease in leases:
        await scene.until_complete(lease)


def play_with_two(story, *args):
    return play(story, *args, market_nodes=2)


def alarms(scene):
    return [r for r in scene.logs if r["event"] == "alarm"]


def left(scene):
    return [lease for lease in LEASES if checks.remains(scene, lease)]


# ── one bad node, one good one ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("goes_wrong", WAYS)
def test_what_is_held_stays_untouched(goes_wrong):
    async def story(scene):
        await deployed(scene, LEASE, OTHER)
        since = scene.world.clock.now()
        goes_wrong(scene)
        await scene.pause(300)
        assert checks.daemon_writes(scene, since) == []
        assert {scene.status(lease).phase for lease in (LEASE, OTHER)} == {"deploy-complete"}
        assert scene.daemon.readiness() == ()

    play_with_two(story)


@pytest.mark.parametrize("goes_wrong", WAYS)
def test_what_is_lost_goes_by_the_word_of_the_second_and_nothing_else_does(goes_wrong):
    async def story(scene):
        await deployed(scene, LEASE, OTHER)
        goes_wrong(scene)
        await scene.pause(90)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), T_TEARDOWN, "the teardown")
        await scene.pause(60)
        assert scene.status(OTHER).phase == "deploy-complete"
        assert checks.murders(scene, LEASE, OTHER) == []
        told = {
            t.host
            for t in scene.world.answers.told
            if t.lease == name_of(LEASE) and t.state == "closed" and t.newest
        }
        assert "market-2.sim" in told

    play_with_two(story)


@pytest.mark.parametrize("goes_wrong", WAYS)
def test_a_start_finds_its_leases_by_the_word_of_the_second(goes_wrong):
    async def story(scene):
        await deployed(scene, LEASE, OTHER)
        await scene.kill()
        scene.close(OTHER)
        goes_wrong(scene)
        since = scene.world.clock.now()
        await scene.pause(120)
        await scene.start()
        await scene.until(lambda: not checks.remains(scene, OTHER), 180, "the teardown")
        await scene.until_complete(LEASE)
        written = [w.target for w in checks.daemon_writes(scene, since)]
        assert not [target for target in written if LEASE.namespace in target]
        assert checks.murders(scene, LEASE, OTHER) == []

    play_with_two(story)


@pytest.mark.parametrize("goes_wrong", ADMITTED)
def test_the_status_says_what_is_wrong_with_it_and_who_is_asked_instead(goes_wrong):
    async def story(scene):
        await deployed(scene, LEASE)
        goes_wrong(scene)
        await scene.pause(150)
        first, second = scene.daemon.market()
        assert not first.ok
        assert first.why
        assert ADMITTED[goes_wrong] in first.why
        assert (second.ok, second.in_use) == (True, True)

    play_with_two(story)


@pytest.mark.parametrize("goes_wrong", [away, mute, on_another_chain, lies_not_found, lies_active])
def test_a_teardown_that_has_begun_does_not_need_the_node_that_proved_the_loss(goes_wrong):
    async def story(scene):
        await deployed(scene, LEASE)
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE).phase.startswith("teardown"), 30)
        goes_wrong(scene)
        await scene.until(lambda: not checks.remains(scene, LEASE), T_TEARDOWN, "the teardown")

    play_with_two(story)


def test_a_node_that_is_well_again_is_asked_again_when_the_other_fails():
    async def story(scene):
        await deployed(scene, LEASE)
        away(scene)
        await scene.pause(120)
        scene.world.network.up(MARKET)
        await scene.pause(120)
        scene.world.network.down("market-2.sim")
        await scene.pause(60)
        assert [e.in_use for e in scene.daemon.market()] == [True, False]
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), T_TEARDOWN, "the teardown")

    play_with_two(story)


# ── two bad nodes ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("goes_wrong", WAYS)
def test_while_neither_can_prove_a_loss_nothing_is_deleted_and_then_it_is(goes_wrong):
    async def story(scene):
        await deployed(scene, LEASE, OTHER)
        goes_wrong(scene)
        scene.world.network.down("market-2.sim")
        await scene.pause(120)
        scene.close(LEASE)
        since = scene.world.clock.now()
        await scene.pause(600)
        assert [w for w in checks.daemon_writes(scene, since) if w.method == "DELETE"] == []
        scene.world.network.up("market-2.sim")
        await scene.until(lambda: not checks.remains(scene, LEASE), T_TEARDOWN + 60, "teardown")
        assert scene.status(OTHER).phase == "deploy-complete"

    play_with_two(story)


def test_without_any_node_the_daemon_says_that_the_market_is_unknown():
    async def story(scene):
        await deployed(scene, LEASE)
        away(scene)
        scene.world.network.down("market-2.sim")
        await scene.pause(60)
        assert [r.name for r in scene.daemon.readiness()] == ["market unknown"]
        assert [e.ok for e in scene.daemon.market()] == [False, False]

    play_with_two(story)


# ── a node that contradicts what was proven ─────────────────────────────────────────────────────


def test_active_after_closed_is_an_alarm_and_the_teardown_goes_on():
    async def story(scene):
        await deployed(scene, LEASE, OTHER)

        async def slow(_, request, carry_out):
            if request.method == "DELETE":
                await scene.pause(5)
            return await carry_out()

        scene.watch_requests(slow)
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE).phase.startswith("teardown"), 30)
        lies_active(scene)
        await scene.until(lambda: not checks.remains(scene, LEASE), T_TEARDOWN, "the teardown")
        [alarm] = alarms(scene)
        assert alarm["lease"] == str(LEASE)
        assert "lies" in alarm["what"]
        assert scene.status(OTHER).phase == "deploy-complete"

    play_with_two(story)


def test_active_after_a_teardown_brings_nothing_back():
    async def story(scene):
        await deployed(scene, LEASE, OTHER)
        scene.close(LEASE)
        await scene.until(lambda: not checks.remains(scene, LEASE), T_TEARDOWN, "the teardown")
        since = scene.world.clock.now()
        lies_active(scene)
        await scene.pause(300)
        assert checks.daemon_writes(scene, since) == []
        assert checks.remains(scene, LEASE) == []

    play_with_two(story)


# ── many at once ────────────────────────────────────────────────────────────────────────────────


def brake(scene):
    return next(b for b in scene.daemon.brakes() if b.name == "losses")


def lies_closed(scene):
    for lease in LEASES:
        node(scene).lies.append(Lie(state=LeaseState.CLOSED, lease=name_of(lease)))


async def closed_together(scene, number=6):
    for lease in LEASES[:number]:
        scene.close(lease)
    await scene.pause(120)


def test_while_the_second_is_away_the_brake_waits_and_its_word_lets_them_go():
    async def story(scene):
        await deployed(scene, *LEASES)
        scene.world.network.down("market-2.sim")
        await closed_together(scene)
        assert brake(scene).engaged
        assert len(left(scene)) == 5
        await scene.pause(300)
        assert len(left(scene)) == 5
        scene.world.network.up("market-2.sim")
        await scene.until(lambda: left(scene) == LEASES[6:], T_TEARDOWN + 60, "all that are lost")
        assert not brake(scene).engaged
        assert checks.murders(scene, *LEASES) == []

    play_with_two(story)


def test_while_the_second_is_away_an_operators_word_lets_them_go():
    async def story(scene):
        await deployed(scene, *LEASES)
        scene.world.network.down("market-2.sim")
        await closed_together(scene)
        assert len(left(scene)) == 5
        assert scene.daemon.release_brake("losses")
        await scene.until(lambda: left(scene) == LEASES[6:], T_TEARDOWN, "all that are lost")

    play_with_two(story)


def test_a_second_that_lags_confirms_once_it_has_seen_the_closings():
    async def story(scene):
        await deployed(scene, *LEASES)
        node(scene, 1).lag_blocks = 5
        closed_at = scene.world.clock.now()
        for lease in LEASES[:6]:
            scene.close(lease)
        await scene.until(lambda: brake(scene).engaged, 30, "the brake")
        await scene.until(lambda: not brake(scene).engaged, T_TEARDOWN, "the second's word")
        assert scene.world.clock.now() - closed_at >= 4 * BLOCK_SECONDS
        await scene.until(lambda: left(scene) == LEASES[6:], T_TEARDOWN, "all that are lost")
        assert alarms(scene) == []

    play_with_two(story)


def test_a_mass_closing_that_the_second_contradicts_waits_with_an_alarm_and_a_restart_finds_them_held():
    async def story(scene):
        await deployed(scene, *LEASES)
        lies_closed(scene)
        await scene.pause(300)
        spared = left(scene)
        assert len(spared) == 5
        assert {r["lease"] for r in alarms(scene)} == {str(lease) for lease in spared}
        assert "lies" in alarms(scene)[0]["what"]
        node(scene).lies.clear()
        await scene.drain()
        since = scene.world.clock.now()
        await scene.start()
        for lease in spared:
            await scene.until_complete(lease)
        await scene.pause(600)
        assert checks.daemon_writes(scene, since) == []
        assert left(scene) == spared

    play_with_two(story)


def test_a_liar_at_the_start_costs_no_more_than_the_limit():
    async def story(scene):
        await deployed(scene, *LEASES)
        await scene.kill()
        lies_closed(scene)
        await scene.start()
        await scene.pause(300)
        assert len(left(scene)) == 5
        assert brake(scene).engaged
        assert alarms(scene)

    play_with_two(story)


def test_a_single_node_that_says_closed_from_a_stale_height_is_not_believed_at_the_start():
    """Before any answer was accepted there is no highest block to hold it against, but the node's own."""

    async def story(scene):
        await deployed(scene, LEASE)
        await scene.kill()
        await scene.pause(600)
        lies_closed_at_a_stale_height(scene)
        since = scene.world.clock.now()
        await scene.start()
        await scene.pause(600)
        assert checks.daemon_writes(scene, since) == []

    play(story)
