"""What cannot succeed yet is tried again, but never at full speed."""

import orjson
import trio

from provider.kubernetes.kinds import NAMESPACE
from simulator.wire.messages import Request
from tests.sim import answers, checks, tenants
from tests.sim.scene import play

LEASE = tenants.lease()
MERGE = "application/merge-patch+json"

MANY = 60
"""So many equal requests within a minute are no waiting any more."""


def generation(number, host="web.example.com"):
    return tenants.manifest(tenants.web(image=f"nginx:1.{number}", host=host))


async def count(scene, concerned, answer=None, seconds=60):
    """
    How many of the requests that `concerned` picks come in a minute; each takes 5 ms.

    They get `answer(carry_out)`, or are carried out; past `MANY` no answer comes, so that the test
    of a broken daemon ends too.
    """
    seen = []

    async def hook(number, request, carry_out):
        if not concerned(request):
            return await carry_out()
        seen.append(request)
        if len(seen) > MANY:
            await trio.sleep_forever()
        await trio.sleep(0.005)
        return await carry_out() if answer is None else await answer(request, carry_out)

    scene.watch_requests(hook)
    await scene.pause(seconds)
    scene.watch_requests()
    return len(seen)


def test_a_delete_that_conflicts_is_repeated_with_pauses():
    async def story(scene):
        async def answer(request, carry_out):
            return answers.conflict()

        def concerned(request):
            return request.method == "DELETE" and "/ingresses/" in request.path

        await scene.deployed(LEASE, generation(1))
        scene.close(LEASE)
        number = await count(scene, concerned, answer)
        await scene.until(lambda: not checks.remains(scene, LEASE), 150)
        return number

    assert 1 < play(story) < MANY


def test_a_trial_that_conflicts_is_repeated_with_pauses():
    async def story(scene):
        async def answer(request, carry_out):
            return answers.conflict()

        await scene.deployed(LEASE, generation(1))
        scene.send(LEASE, generation(2))
        number = await count(scene, lambda request: request.query_value("dryRun"), answer)
        await scene.until_complete(LEASE)
        return number, checks.images(scene, LEASE)

    number, images = play(story)

    assert 1 < number < MANY
    assert images == ["nginx:1.1", "nginx:1.2"]


def test_a_pruned_route_that_somebody_puts_back_at_once_is_removed_with_pauses():
    """A tool restores its backup, our name in managedFields included."""

    async def story(scene):
        await scene.deployed(LEASE, generation(1))
        route = next(o for k, o in scene.objects() if k.endswith("/ingresses"))
        kept = ("name", "namespace", "labels", "annotations")
        metadata = {key: value for key, value in route["metadata"].items() if key in kept}
        body = orjson.dumps({**route, "metadata": metadata})

        async def put_back(request, carry_out):
            answer = await carry_out()
            await scene.world.api.handle(
                Request(
                    "PATCH",
                    request.path,
                    query=(("fieldManager", "leasekeeper"), ("force", "true")),
                    headers={
                        "user-agent": "restore/v1",
                        "content-type": "application/apply-patch+yaml",
                    },
                    body=body,
                )
            )
            return answer

        def concerned(request):
            return request.method == "DELETE" and request.path.endswith("/web.example.com")

        scene.send(LEASE, generation(2, "two.example.com"))
        number = await count(scene, concerned, put_back)
        await scene.until_complete(LEASE)
        await scene.pause(60)
        return number, [o["metadata"]["name"] for k, o in scene.objects() if "/ingresses" in k]

    number, routes = play(story)

    assert 1 < number < MANY
    assert routes == ["two.example.com"]


def test_a_dying_namespace_that_has_lost_its_label_is_looked_at_with_pauses_and_forgotten_at_last():
    """Without the label the watch tells that it is gone; it ends by itself a moment later."""

    async def story(scene):
        path = f"/api/v1/namespaces/{LEASE.namespace}"

        def concerned(request):
            return request.method == "GET" and request.path == path

        await scene.deployed(LEASE, generation(1))
        scene.close(LEASE)
        await scene.until(lambda: scene.status(LEASE).phase.startswith("teardown"))
        await scene.pause(0.5)
        unlabelled = {"metadata": {"labels": {"akash.network": None}}}
        await scene.meddle("PATCH", path, orjson.dumps(unlabelled), MERGE)
        number = await count(scene, concerned)
        await scene.until(lambda: scene.status(LEASE) is None, 300, "no manager")
        since = scene.world.clock.now()
        await scene.pause(600)
        return (
            number,
            checks.remains(scene, LEASE),
            scene.status(LEASE),
            checks.daemon_writes(scene, since),
            scene.daemon.service.around.store.all(NAMESPACE),
        )

    number, left, status, writes, seen = play(story)

    assert number < MANY
    assert left == []
    assert status is None
    assert writes == []
    assert seen == ()
