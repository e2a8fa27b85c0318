"""Trouble of the cluster's own: quotas, webhooks, dark nodes, and a second daemon."""

import attrs
import pytest

from provider.gateway import shown
from simulator.faults import refusals
from simulator.faults.effects import Refuse
from simulator.faults.rule import Rule
from tests.sim import checks
from tests.sim.phases import Deploy, Teardown, Update, no_violation, rest
from tests.sim.scene import T_TEARDOWN, play
from tests.sim.test_leadership import start_second

SECONDS = 2 * T_TEARDOWN
TROUBLE = {
    "quota": (refusals.quota_exceeded, "deployments"),
    "webhook that says no": (refusals.webhook_refused, "ingresses"),
    "webhook that fails": (refusals.webhook_failing, "ingresses"),
}


@pytest.mark.parametrize("phase", [Deploy(), Update()], ids=lambda phase: phase.name)
@pytest.mark.parametrize("what", TROUBLE)
def test_what_a_tenant_is_not_to_blame_for_is_waited_for(what, phase):
    """Ten minutes, of which nobody's manifest is refused, and nothing that ran is undone."""
    answer, kind = TROUBLE[what]

    async def story(scene):
        leases = phase.leases(2)
        await phase.before(scene, 2)
        rule = Rule(effect=Refuse(answer), kind=kind, verb="write", times=None)
        scene.world.rules.add(attrs.evolve(rule, lease=leases[0].namespace))
        if isinstance(phase, Update) and kind == "ingresses":
            path = f"/apis/networking.k8s.io/v1/namespaces/{leases[0].namespace}/ingresses/"
            await scene.meddle("DELETE", path + phase.host(0))
        for number in range(2):
            phase.begin(scene, number)
        await scene.until(lambda: phase.done(scene, leases[1]), SECONDS, "the one beside it")
        await scene.pause(600)
        status = scene.status(leases[0])
        scene.world.rules.heal()
        # Retries are at most some minutes apart.
        await scene.until(lambda: phase.done(scene, leases[0]), 900, "the end")
        await rest(scene)
        no_violation(scene, phase, leases)
        assert checks.strays(scene, leases) == []
        return status

    status = play(story)

    assert status.refusal == ""
    assert status.close_owed is None


def test_a_node_that_goes_dark_is_no_unhealth_and_no_reason_to_write():
    async def story(scene):
        phase = Update()
        leases = phase.leases(2)
        await phase.running(scene, 2)
        since = scene.world.clock.now()
        scene.world.fleet.go_dark("node1")
        await scene.pause(1800)
        said = await shown.status(scene.daemon)
        scene.world.fleet.come_back("node1")
        for lease in leases:
            await scene.until_complete(lease)
        await rest(scene)
        no_violation(scene, phase, leases)
        return said, checks.daemon_writes(scene, since)

    said, writes = play(story)

    assert [row["close_owed"] for row in said["leases"]] == [None, None]
    assert checks.overbooked(said) == []
    assert writes == []


@pytest.mark.parametrize("phase", [Deploy(), Update(), Teardown()], ids=lambda phase: phase.name)
def test_of_two_daemons_one_writes_and_the_other_goes_on_where_it_is_killed(phase):
    async def story(scene):
        leases = phase.leases(2)
        await phase.before(scene, 2)
        second = await start_second(scene, "daemon second")
        await scene.pause(20)

        async def hook(number, request, carry_out):
            agents.append(request.headers.get("user-agent", ""))
            if number == 4:
                scene.nursery.start_soon(scene.kill)
            return await carry_out()

        agents = []
        scene.watch_requests(hook)
        for number in range(2):
            phase.begin(scene, number)
        await scene.pause(60)
        scene.daemon = second.daemon
        for number in range(2):
            phase.again(scene, number)
        await scene.until(lambda: all(phase.done(scene, x) for x in leases), SECONDS, "the end")
        await rest(scene)
        no_violation(scene, phase, leases)
        assert checks.strays(scene, leases if phase.final else []) == []

    play(story, market_nodes=2)
