"""Observed unhealth uses a budget up; then the lease is closed on the market, or is owed to be."""

import attrs
import orjson
import pytest
import trio

from provider.market.closing import CloseRefused, CloseUnknown, Sent
from provider.settings import ClusterSettings, DeploymentSettings
from simulator.world import KUBERNETES, MARKET
from tests.sim import answers, checks, tenants
from tests.sim.scene import play

LEASE = tenants.lease()
BUDGET = 600
SETTINGS = DeploymentSettings(
    budget_image_seconds=BUDGET,
    budget_crash_loop_seconds=BUDGET,
    budget_unschedulable_seconds=BUDGET,
    budget_node_lost_seconds=BUDGET,
    budget_refused_seconds=BUDGET,
)
POLLS = ClusterSettings(poll_seconds=30, audit_seconds=300)
"""Hours pass here, in which little is to be heard."""
OWED = "leasekeeper.akash.network/close-owed"


@attrs.define(eq=False)
class Market:
    """Closes leases on the chain; what is in `outcomes` comes first, and closes nothing."""

    scene: object
    outcomes: list = attrs.field(factory=list)
    note: str = "in a test"
    sent: list[float] = attrs.field(factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def close(self, lease, reason):
        self.sent.append(trio.current_time())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await trio.sleep(1)
        self.at_once -= 1
        if self.outcomes:
            return self.outcomes.pop(0)
        self.scene.close(lease)
        return Sent(None)


def note(scene):
    """The obligation on the record, `None` for none."""
    record = next((o for k, o in scene.objects() if k == checks.RECORDS), None)
    text = ((record or {}).get("metadata", {}).get("annotations") or {}).get(OWED)
    return orjson.loads(text) if text else None


def running(image):
    return tenants.manifest(tenants.web(image=image))


async def failing(scene, *outcomes, image="fail:1"):
    """A lease whose image cannot be pulled; the moment at which that was seen."""
    scene.deployment, scene.cluster = SETTINGS, POLLS
    scene.closer = Market(scene, list(outcomes))
    await scene.start()
    scene.win(LEASE, running(image))
    await scene.until(lambda: scene.status(LEASE) and scene.status(LEASE).health == "unhealthy")
    return trio.current_time()


@pytest.mark.parametrize(
    ("image", "cause"), [("fail:1", "image"), ("crash:1", "crash loop")], ids=["image", "crash"]
)
def test_a_lease_that_is_unhealthy_for_its_whole_budget_is_closed_once_and_torn_down(image, cause):
    async def story(scene):
        began = await failing(scene, image=image)
        causes = set()

        def gone():
            status = scene.status(LEASE)
            causes.add(status.cause if status else "")
            return status is None

        await scene.until(gone, 4000, "the lease is gone")
        return (
            began,
            scene.closer,
            causes,
            checks.remains(scene, LEASE),
            checks.murders(scene, LEASE),
        )

    began, market, causes, left, murders = play(story)

    assert len(market.sent) == 1
    assert market.sent[0] - began >= BUDGET - 1
    assert cause in causes
    assert (left, murders) == ([], [])


def test_without_a_closer_the_obligation_is_on_record_and_shown_and_nothing_is_written_again():
    async def story(scene):
        scene.deployment, scene.cluster = SETTINGS, POLLS
        await scene.start()
        scene.win(LEASE, running("fail:1"))
        await scene.until(lambda: scene.status(LEASE) and scene.status(LEASE).close_owed, 900)
        await scene.pause(60)
        since = scene.world.clock.now()
        await scene.pause(3600)
        idle = checks.daemon_writes(scene, since)
        failed = scene.daemon.metrics.health.labels("failed")._value.get()
        return scene.status(LEASE), note(scene), idle, failed

    status, noted, idle, failed = play(story)

    assert status.close_owed.cause == noted["cause"] == "image"
    assert status.unhealthy_seconds["image"] >= BUDGET
    assert noted["sent"] is False
    assert idle == []
    assert failed == 1


@pytest.mark.parametrize("away", [KUBERNETES, MARKET])
def test_while_cluster_or_market_cannot_be_seen_nothing_is_closed(away):
    """The reference counted every failed look: eight minutes of outage closed every lease."""

    async def story(scene):
        await failing(scene)
        scene.world.network.mute(away)
        await scene.pause(3 * 3600)
        meanwhile = len(scene.closer.sent)
        status = scene.status(LEASE)
        scene.world.network.up(away)
        await scene.until(lambda: scene.status(LEASE) is None, 3000)
        return meanwhile, status, len(scene.closer.sent)

    meanwhile, status, sent = play(story)

    assert meanwhile == 0
    if away == KUBERNETES:
        assert status.health == "unknown"
        assert status.unhealthy_seconds.get("image", 0) < BUDGET / 2
    assert sent == 1


def test_a_newer_manifest_begins_with_full_budgets_and_an_obligation_lapses():
    async def story(scene):
        scene.deployment, scene.cluster = SETTINGS, POLLS
        await scene.start()
        scene.win(LEASE, running("fail:1"))
        await scene.until(lambda: scene.status(LEASE) and scene.status(LEASE).close_owed, 900)
        scene.send(LEASE, running("fail:2"))
        await scene.until(lambda: scene.status(LEASE).close_owed is None, 60)
        lapsed = note(scene)
        await scene.pause(BUDGET / 2)
        early = note(scene)
        scene.send(LEASE, running("nginx:1.27"))
        await scene.until_complete(LEASE)
        await scene.pause(2 * BUDGET)
        return lapsed, early, note(scene), scene.status(LEASE).unhealthy_seconds

    assert play(story) == (None, None, None, {})


@pytest.mark.parametrize(
    "outcome",
    [CloseRefused("out of funds"), CloseUnknown("reset"), CloseUnknown("unreachable", sent=False)],
    ids=["refused", "unknown", "not sent"],
)
def test_a_closing_without_effect_is_tried_again_with_pauses_and_never_twice_at_once(outcome):
    async def story(scene):
        await failing(scene, outcome, outcome, outcome)
        await scene.until(lambda: scene.status(LEASE) is None, 4000)
        return scene.closer

    market = play(story)

    gaps = [after - before for before, after in zip(market.sent, market.sent[1:], strict=False)]
    assert len(market.sent) == 4
    assert market.most_at_once == 1
    assert min(gaps) > 0.3
    if outcome == CloseUnknown("reset"):
        assert min(gaps) >= 120


@pytest.mark.parametrize("moment", ["before it was sent", "while it was sent"])
def test_an_obligation_survives_a_restart(moment):
    async def story(scene):
        await failing(scene, CloseUnknown("lost"))
        if moment == "before it was sent":
            await scene.until(lambda: note(scene), 900)
        else:
            await scene.until(lambda: scene.closer.sent, 900)
        before = note(scene)
        await scene.kill()
        await scene.start()
        restarted = trio.current_time()
        await scene.until(lambda: not checks.remains(scene, LEASE), 900)
        return before, [at - restarted for at in scene.closer.sent if at > restarted]

    before, sent = play(story)

    assert before["cause"] == "image"
    assert sent
    # What an earlier process sent a moment ago is given time to show.
    if before["sent"]:
        assert sent[0] >= 120


def test_an_operators_hold_keeps_the_closing_back():
    async def story(scene):
        await failing(scene)
        path = f"/api/v1/namespaces/{LEASE.namespace}"
        patch = b'{"metadata": {"annotations": {"leasekeeper.akash.network/hold": "x"}}}'
        await scene.meddle("PATCH", path, patch, "application/merge-patch+json")
        await scene.pause(3 * BUDGET)
        held = len(scene.closer.sent), note(scene)
        patch = b'{"metadata": {"annotations": {"leasekeeper.akash.network/hold": null}}}'
        await scene.meddle("PATCH", path, patch, "application/merge-patch+json")
        await scene.until(lambda: scene.status(LEASE) is None, 900)
        return held, len(scene.closer.sent)

    assert play(story) == ((0, None), 1)


def test_a_refused_first_manifest_is_observed_unhealth_and_uses_its_budget_up():
    async def story(scene):
        async def policy(number, request, carry_out):
            refused = request.path.endswith("/services/web")
            return answers.invalid() if refused else await carry_out()

        scene.deployment, scene.cluster = SETTINGS, POLLS
        scene.closer = Market(scene)
        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(policy)
        scene.win(LEASE, running("nginx:1.27"))
        await scene.until(lambda: scene.status(LEASE).refusal)
        await scene.until(lambda: scene.status(LEASE).close_owed, 900)
        cause = scene.status(LEASE).close_owed.cause
        await scene.until(lambda: scene.status(LEASE) is None, 900)
        return cause, len(scene.closer.sent)

    assert play(story) == ("refused", 1)


def test_a_dark_node_is_no_unhealth():
    """One node lost its network for two hours: the reference closed 32 leases."""

    async def story(scene):
        scene.deployment, scene.cluster = SETTINGS, POLLS
        scene.closer = Market(scene)
        await scene.deployed(LEASE, running("nginx:1.27"))
        node = next(o["spec"]["nodeName"] for k, o in scene.objects() if k == checks.PODS)
        scene.world.fleet.go_dark(node)
        await scene.pause(240)
        dark = scene.status(LEASE)
        await scene.pause(7200)
        scene.world.fleet.come_back(node)
        await scene.until_complete(LEASE, 600)
        return dark, scene.closer.sent

    dark, sent = play(story)

    assert dark.health == "unknown"
    assert sent == []
