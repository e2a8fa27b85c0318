"""Watches that fall silent, end, expire, repeat or come late: the daemon sees what is there again."""

import pytest

from simulator.faults import refusals
from simulator.faults.effects import Refuse
from simulator.faults.rule import Rule
from simulator.faults.watch_effects import Break, End, Fail, Lag, Repeat, Shuffle, Silence
from tests.sim import checks
from tests.sim.phases import Update, no_violation, rest
from tests.sim.scene import T_TEARDOWN, play

PHASE = Update()
STATUS = refusals.expired(None)
EFFECTS = {
    "silent": Silence(),
    "ends": End(),
    "ends after each event": End(1),
    "breaks in the middle of an event": Break(0, halfway=True),
    "expires": Fail(STATUS),
    "ERROR of another kind": Fail(refusals.server_error(None), 1),
    "repeats": Repeat(),
    "lags": Lag(20),
    "out of order": Shuffle(5),
    "refused": Refuse(refusals.expired),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_an_update_a_repair_and_a_teardown_come_through_watches_that_are(name):
    async def story(scene):
        kept, closed = PHASE.leases(2)
        await PHASE.running(scene, 2)
        if name == "refused":
            scene.world.rules.add(Rule(effect=End(), user_agent="leasekeeper", watch=True))
        # What is open already, and whatever is opened within the next minutes.
        times = 30 if name in ("ends", "expires", "refused") else None
        rule = scene.world.rules.add(
            Rule(effect=EFFECTS[name], user_agent="leasekeeper", watch=True, times=times)
        )
        PHASE.begin(scene, 0)
        await scene.pause(5)
        path = f"/api/v1/namespaces/{kept.namespace}/services/web"
        await scene.meddle("DELETE", path)
        scene.close(closed)
        await scene.pause(120)
        scene.world.rules.heal()
        await scene.until(lambda: PHASE.done(scene, kept), 2 * T_TEARDOWN, "the update")
        await scene.until(lambda: not scene.status(closed), 2 * T_TEARDOWN, "the end")
        await scene.until(lambda: repaired(scene, kept), 2 * T_TEARDOWN, "the Service")
        await rest(scene)
        no_violation(scene, PHASE, [kept, closed])
        assert checks.remains(scene, closed) == []
        assert checks.strays(scene, [kept]) == []
        return rule.fired

    assert play(story) > 0


def repaired(scene, lease):
    return any(
        kind == checks.SERVICES and obj["metadata"]["namespace"] == lease.namespace
        for kind, obj in scene.objects()
        if obj["metadata"]["name"] == "web"
    )
