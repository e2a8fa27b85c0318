"""Newer manifests: they supersede, they are tried first, and a refusal keeps what runs."""

import trio

from provider.deployment.monitor import WATCHED
from provider.settings import DeploymentSettings
from simulator.wire.messages import Response
from simulator.world import KUBERNETES
from tests.sim import answers, checks, tenants
from tests.sim.scene import play

LEASE = tenants.lease()


def generation(number, host="web.example.com"):
    return tenants.manifest(tenants.web(image=f"nginx:1.{number}", host=host))


def order(last):
    return [f"nginx:1.{number}" for number in range(1, last + 1)]


def test_an_update_storm_applies_the_last_one_and_never_goes_back():
    async def story(scene):
        async def slow(number, request, carry_out):
            await trio.sleep(3)
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(slow)
        scene.win(LEASE, generation(1))
        for number in range(2, 51):
            await scene.pause(0.2)
            scene.send(LEASE, generation(number))
        await scene.until(lambda: (checks.images(scene, LEASE) or [""])[-1] == "nginx:1.50")
        await scene.until_complete(LEASE)
        record = next(o for k, o in scene.objects() if k == checks.RECORDS)
        return (
            record["spec"]["group"]["services"][0]["image"],
            checks.goes_back(scene, LEASE, order(50)),
            len(checks.images(scene, LEASE)),
        )

    image, back, applied = play(story)

    assert image == "nginx:1.50"
    assert back == []
    assert applied < 15


def test_a_storm_cannot_starve_a_deploy():
    async def story(scene):
        async def slow(number, request, carry_out):
            await trio.sleep(2)
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(slow)
        scene.win(LEASE, generation(1))
        for number in range(2, 200):
            await scene.pause(1)
            scene.send(LEASE, generation(number))
            if checks.images(scene, LEASE):
                return number
        return None

    assert play(story) is not None


def test_a_storm_that_ends_in_a_close_leaves_nothing():
    async def story(scene):
        async def slow(number, request, carry_out):
            await trio.sleep(3)
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(slow)
        scene.win(LEASE, generation(1))
        for number in range(2, 26):
            await scene.pause(0.2)
            scene.send(LEASE, generation(number))
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE) is None, 300)
        return checks.remains(scene, LEASE), checks.murders(scene, LEASE)

    assert play(story) == ([], [])


def test_a_refusal_that_the_trial_did_not_show_puts_the_accepted_generation_back():
    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        scene.send(LEASE, generation(2, host="two.example.com"))
        await scene.until(lambda: checks.images(scene, LEASE)[-1] == "nginx:1.2")
        await scene.until_complete(LEASE)

        async def refuse_ingress(number, request, carry_out):
            if "/ingresses/three" in request.path and not request.query_value("dryRun"):
                return answers.invalid()
            return await carry_out()

        scene.watch_requests(refuse_ingress)
        scene.send(LEASE, generation(3, host="three.example.com"))
        await scene.until(lambda: scene.status(LEASE).refusal)
        await scene.pause(80)
        record = next(o for k, o in scene.objects() if k == checks.RECORDS)
        hosts = [o["metadata"]["name"] for k, o in scene.objects() if k == checks.HOSTS]
        return (
            scene.status(LEASE),
            checks.images(scene, LEASE)[-1],
            record["spec"]["group"]["services"][0]["image"],
            hosts,
            scene.daemon.service.around.ledger.held_by(LEASE),
        )

    status, image, recorded, hosts, held = play(story)

    assert "not on this cluster" in status.refusal
    assert status.phase == "deploy-complete"
    assert image == recorded == "nginx:1.2"
    assert hosts == ["two.example.com"]
    assert held == {"two.example.com"}


def test_a_rollback_that_a_crash_cut_short_is_finished_by_the_next_start():
    async def story(scene):
        killed = trio.Event()

        async def refuse_and_die(number, request, carry_out):
            if "/ingresses/three" in request.path and not request.query_value("dryRun"):
                scene.nursery.start_soon(die)
                await trio.sleep_forever()
            return await carry_out()

        async def die():
            await scene.pause(1)
            await scene.kill()
            killed.set()

        async def refuse_ingress(number, request, carry_out):
            if "/ingresses/three" in request.path:
                return answers.invalid()
            return await carry_out()

        await scene.deployed(LEASE, generation(2, host="two.example.com"))
        scene.watch_requests(refuse_and_die)
        scene.send(LEASE, generation(3, host="three.example.com"))
        await killed.wait()
        scene.watch_requests(refuse_ingress)
        await scene.start()
        await scene.until(lambda: scene.status(LEASE) and scene.status(LEASE).refusal)
        await scene.pause(60)
        record = next(o for k, o in scene.objects() if k == checks.RECORDS)
        return checks.images(scene, LEASE)[-1], record["spec"]["group"]["services"][0]["image"]

    assert play(story) == ("nginx:1.2", "nginx:1.2")


def test_a_refused_first_generation_leaves_no_workload_but_namespace_and_record():
    async def story(scene):
        async def hook(number, request, carry_out):
            if request.path.endswith("/services/web"):
                return answers.invalid()
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, generation(1))
        await scene.until(lambda: scene.status(LEASE).refusal)
        await scene.pause(120)
        left = checks.remains(scene, LEASE)
        status = scene.status(LEASE)
        scene.watch_requests()
        scene.send(LEASE, generation(2))
        await scene.until_complete(LEASE)
        return left, status

    left, status = play(story)

    kinds = {line.split()[0] for line in left}
    assert "apps/v1/deployments" not in kinds
    assert "v1/pods" not in kinds
    assert {"v1/namespaces", checks.RECORDS, checks.POLICIES} <= kinds
    assert status.health == "unhealthy"


def test_what_only_needs_time_is_waited_for_and_refuses_nothing():
    async def story(scene):
        async def hook(number, request, carry_out):
            if number < 6:
                body = b'{"kind":"Status","status":"Failure","reason":"TooManyRequests","code":429}'
                return Response(
                    429, (("content-type", "application/json"), ("retry-after", "2")), body
                )
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, generation(1))
        await scene.until_complete(LEASE)
        return scene.status(LEASE).refusal

    assert play(story) == ""


def test_a_newer_manifest_does_not_wait_for_a_request_that_hangs():
    async def story(scene):
        async def hook(number, request, carry_out):
            if request.path.endswith("/deployments/web") and b"nginx:1.1" in request.body:
                await trio.sleep_forever()
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, generation(1))
        await scene.pause(2)
        scene.send(LEASE, generation(2))
        await scene.pause(1)
        record = next(o for k, o in scene.objects() if k == checks.RECORDS)
        early = record["spec"]["group"]["services"][0]["image"]
        await scene.until_complete(LEASE)
        return early, checks.images(scene, LEASE)

    assert play(story) == ("nginx:1.2", ["nginx:1.2"])


def test_what_was_seen_long_ago_is_no_health():
    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        scene.world.network.mute(KUBERNETES)
        await scene.pause(300)
        away = scene.status(LEASE)
        scene.world.network.up(KUBERNETES)
        await scene.until_complete(LEASE)
        return away

    away = play(story)

    assert away.health == "unknown"
    assert away.phase == "deploy-complete"


def test_health_is_known_again_soon_after_the_clusters_view_is_in_step():
    """Nothing of the lease has changed meanwhile, so no event of it tells."""

    async def story(scene):
        scene.deployment = DeploymentSettings(look_again_seconds=300)
        await scene.deployed(LEASE, generation(1))
        scene.world.network.mute(KUBERNETES)
        await scene.pause(300)
        away, health = trio.current_time(), scene.status(LEASE).health
        scene.world.network.up(KUBERNETES)
        store = scene.daemon.service.around.store
        await scene.until(lambda: min(map(store.stamp, WATCHED)) > away, what="the view in step")
        await scene.until_complete(LEASE, 10)
        return health

    assert play(story) == "unknown"


def test_a_generation_that_only_waits_gives_way_to_a_newer_one_within_minutes():
    """The quota has no room for the first manifest; the second, sent late, would fit."""

    async def story(scene):
        async def quota(number, request, carry_out):
            if request.path.endswith("/deployments/web") and b"nginx:1.1" in request.body:
                return answers.forbidden("exceeded quota: tenants, requested: cpu=64")
            return await carry_out()

        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(quota)
        scene.win(LEASE, generation(1))
        await scene.pause(60)
        waiting = scene.status(LEASE)
        scene.send(LEASE, generation(2))
        await scene.until_complete(LEASE, 120)
        return waiting, checks.images(scene, LEASE)

    waiting, images = play(story)

    assert waiting.phase == "deploy-active"
    assert waiting.refusal == ""
    assert images == ["nginx:1.2"]


def test_pods_that_are_up_before_the_last_request_is_answered_count_after_an_earlier_refusal():
    async def story(scene):
        async def hook(number, request, carry_out):
            if request.path.endswith("/services/web") and refusing:
                return answers.invalid()
            if "/providerhosts/" in request.path:
                await trio.sleep(8)
            return await carry_out()

        refusing = True
        await scene.start()
        await scene.until(scene.ready)
        scene.watch_requests(hook)
        scene.win(LEASE, generation(1))
        await scene.until(lambda: scene.status(LEASE).refusal)
        await scene.pause(60)
        before = scene.status(LEASE).health
        refusing = False
        scene.send(LEASE, generation(2))
        await scene.until(lambda: scene.status(LEASE).phase == "deploy-complete")
        await scene.pause(5)
        return before, scene.status(LEASE)

    before, after = play(story)

    assert before == "unhealthy"
    assert (after.ready, after.wanted, after.health) == (1, 1, "healthy")
    assert after.refusal == ""


def test_after_a_refused_update_the_status_follows_what_runs():
    """While the update stands refused, somebody deletes a ProviderHost, which is put back."""

    async def story(scene):
        async def refuse_trial(number, request, carry_out):
            if request.query_value("dryRun"):
                return answers.invalid()
            return await carry_out()

        await scene.deployed(LEASE, generation(1))
        scene.watch_requests(refuse_trial)
        scene.send(LEASE, generation(2, host="two.example.com"))
        await scene.until(lambda: scene.status(LEASE).refusal)
        await scene.meddle(
            "DELETE",
            "/apis/akash.network/v2beta2/namespaces/lease/providerhosts/web.example.com",
        )
        await scene.until(lambda: any(kind == checks.HOSTS for kind, _ in scene.objects()))
        await scene.pause(5)
        return scene.status(LEASE)

    status = play(story)

    assert "not on this cluster" in status.refusal
    assert status.phase == "deploy-complete"
    assert status.hostnames == ("web.example.com",)
    assert status.event == "the manifest before stands"
