"""What a start finds: another router, records that cannot be read, kinds that are not installed."""

import orjson
import trio

from provider.settings import SettingsError
from simulator.world import KUBERNETES
from tests.sim import tenants
from tests.sim.checks import daemon_writes
from tests.sim.scene import play

LEASE = tenants.lease()
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/{}/ingresses/web.example.com"


async def left_behind(scene):
    await scene.start()
    scene.win(LEASE, tenants.manifest(tenants.web()))
    await scene.until_complete(LEASE)
    await scene.drain()


async def touch_route(scene):
    await scene.meddle(
        "PATCH",
        INGRESSES.format(LEASE.namespace),
        orjson.dumps({"metadata": {"annotations": {"touched": "1"}}}),
        "application/merge-patch+json",
        agent="provider-services/v0.0.0",
    )


async def start_and_fail(scene):
    raised = []

    async def run():
        try:
            await scene.daemon.run()
        except SettingsError as error:
            raised.append(str(error))

    await scene.start()
    await scene.kill()
    scene._link.restore()
    written = len(daemon_writes(scene))
    with trio.fail_after(60):
        await run()
    assert len(daemon_writes(scene)) == written
    return raised


def test_beside_a_hostname_operator_at_work_the_daemon_stops_and_names_the_setting():
    async def story(scene):
        await left_behind(scene)
        await touch_route(scene)
        (why,) = await start_and_fail(scene)
        assert "hostname operator" in why
        assert "routes" in why
        observation = await scene.daemon.observe()
        assert observation.stopped == why

    play(story)


def test_an_operator_that_was_at_work_long_ago_is_no_reason():
    async def story(scene):
        await left_behind(scene)
        await touch_route(scene)
        await scene.pause(3700)
        await scene.start()
        await scene.until_complete(LEASE)

    play(story)


def test_while_the_api_server_is_away_the_reason_says_what_was_not_seen():
    async def story(scene):
        scene.world.network.down(KUBERNETES)
        await scene.start()
        await scene.pause(30)
        reasons = {r.name: r.text for r in scene.daemon.readiness()}
        assert set(reasons) == {"cluster not seen", "nodes not seen", "not the holder"}
        assert "namespaces" in reasons["cluster not seen"]
        scene.world.network.up(KUBERNETES)
        await scene.until(lambda: not scene.daemon.readiness(), 60, "ready")

    play(story)


def test_without_their_definitions_the_reason_names_the_kinds_and_the_command():
    async def story(scene):
        for plural in ("manifests", "providerhosts", "providerleasedips"):
            name = f"{plural}.akash.network"
            path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
            await scene.meddle("DELETE", path)
        await scene.start()
        await scene.pause(30)
        text = next(r.text for r in scene.daemon.readiness() if r.name == "cluster not seen")
        assert "manifests, providerhosts, providerleasedips" in text
        assert "provider crds" in text

    play(story)


def test_in_a_new_cluster_the_records_namespace_is_made_and_a_lease_deployed():
    async def story(scene):
        await scene.meddle("DELETE", "/api/v1/namespaces/lease")
        await scene.pause(30)
        await scene.start()
        scene.win(LEASE, tenants.manifest(tenants.web()))
        await scene.until_complete(LEASE)

    play(story)


def test_a_cluster_that_falls_silent_is_a_reason():
    async def story(scene):
        await scene.start()
        await scene.until(lambda: not scene.daemon.readiness(), what="ready")
        scene.world.network.mute(KUBERNETES)
        await scene.pause(100)
        assert "cluster not heard" in [r.name for r in scene.daemon.readiness()]

    play(story)
