"""Room in the cluster, over the real daemon: who waits, for what, and until when."""

import attrs
import orjson

from provider.lease.manifest import CPU
from simulator.wire.messages import Request
from tests.sim import tenants
from tests.sim.scene import play

LEASES = [tenants.lease(dseq=1000 + n) for n in range(6)]


def hungry(cores, n=0):
    """One service that wants so many cores; the scene's nodes have 16 each, three of them."""
    service = tenants.web(host=f"web-{n}.example.com")
    resources = attrs.evolve(service.resources, cpu=CPU(cores * 1000))
    return tenants.manifest(attrs.evolve(service, resources=resources))


def namespaces(scene):
    return {o["metadata"]["name"] for path, o in scene.objects() if path == "v1/namespaces"}


def workloads(scene, lease):
    return [
        o
        for path, o in scene.objects()
        if path == "apps/v1/deployments" and o["metadata"]["namespace"] == lease.namespace
    ]


def free_cores(scene):
    return [n.available["cpu"] // 1000 for n in scene.daemon.capacity().nodes]


async def three_full_nodes(scene):
    await scene.start()
    for n in range(3):
        scene.win(LEASES[n], hungry(12, n))
    for n in range(3):
        await scene.until_complete(LEASES[n])


def test_a_lease_without_room_waits_says_for_what_and_is_deployed_when_there_is_some():
    async def story(scene):
        await three_full_nodes(scene)
        scene.win(LEASES[3], hungry(8, 3))
        await scene.until(lambda: (s := scene.status(LEASES[3])) and s.missing)
        status = scene.status(LEASES[3])
        assert status.phase == "deploy-pending"
        assert "cpu: wants 8000m, largest free on one node 4000m" in status.missing
        await scene.pause(120)
        assert workloads(scene, LEASES[3]) == []
        scene.close(LEASES[1])
        await scene.until_complete(LEASES[3])
        assert scene.status(LEASES[3]).missing == ""

    play(story)


def test_no_more_is_ever_booked_than_the_nodes_have():
    async def story(scene):
        await scene.start()
        for n, lease in enumerate(LEASES):
            scene.win(lease, hungry(9, n))
        for _ in range(40):
            await scene.pause(1)
            assert not any(node.overfull for node in scene.daemon.capacity().nodes)
        placed = [lease for lease in LEASES if workloads(scene, lease)]
        assert len(placed) == 3

    play(story)


def test_a_pod_of_somebody_else_takes_its_room():
    async def story(scene):
        await scene.start()
        await scene.until(lambda: len(scene.daemon.capacity().nodes) == 3)
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "theirs"},
            "spec": {
                "nodeName": scene.daemon.capacity().nodes[0].name,
                "containers": [
                    {"name": "c", "image": "i", "resources": {"requests": {"cpu": "7"}}}
                ],
            },
        }
        answer = await scene.world.api.handle(
            Request(
                method="POST",
                path="/api/v1/namespaces/default/pods",
                headers={"user-agent": "kubectl", "content-type": "application/json"},
                body=orjson.dumps(pod),
            )
        )
        assert answer.status == 201, answer.body
        await scene.pause(6)
        assert free_cores(scene) == [9, 16, 16]

    play(story)


def test_what_runs_is_counted_once_after_a_restart_also_what_is_still_torn_down():
    async def story(scene):
        await three_full_nodes(scene)
        before = scene.daemon.capacity()
        await scene.drain()
        await scene.start()
        await scene.until(scene.ready)
        await scene.pause(10)
        after = scene.daemon.capacity()
        assert [(n.name, n.available, n.committed) for n in after.nodes] == [
            (n.name, n.available, n.committed) for n in before.nodes
        ]
        assert after.leases == 3

    play(story)


def test_a_lease_that_waited_for_room_before_a_restart_still_waits_after_it():
    async def story(scene):
        await three_full_nodes(scene)
        scene.win(LEASES[3], hungry(8, 3))
        await scene.until(lambda: (s := scene.status(LEASES[3])) and s.missing)
        await scene.drain()
        await scene.start()
        await scene.until(lambda: (s := scene.status(LEASES[3])) and s.missing)
        await scene.pause(60)
        assert workloads(scene, LEASES[3]) == []
        assert not any(node.overfull for node in scene.daemon.capacity().nodes)
        scene.close(LEASES[0])
        await scene.until_complete(LEASES[3])

    play(story)


def test_a_node_that_shrinks_is_overfull_its_leases_stay_and_nothing_new_comes():
    async def story(scene):
        await three_full_nodes(scene)
        name = scene.daemon.capacity().nodes[0].name
        await scene.meddle(
            "PATCH",
            f"/api/v1/nodes/{name}/status",
            orjson.dumps({"status": {"allocatable": {"cpu": "8"}}}),
            "application/merge-patch+json",
        )
        await scene.pause(10)
        nodes = {n.name: n for n in scene.daemon.capacity().nodes}
        assert nodes[name].overfull
        scene.win(LEASES[3], hungry(1, 3))
        await scene.until_complete(LEASES[3])
        pods = [
            o["spec"]["nodeName"]
            for path, o in scene.objects()
            if path == "v1/pods" and o["metadata"]["namespace"] == LEASES[3].namespace
        ]
        assert pods != [name]
        for lease in LEASES[:3]:
            assert scene.status(lease).phase == "deploy-complete"

    play(story)


def test_an_update_without_room_leaves_what_runs_and_goes_through_when_there_is_some():
    async def story(scene):
        await three_full_nodes(scene)
        scene.send(LEASES[0], hungry(17, 0))
        await scene.until(lambda: scene.status(LEASES[0]).missing)
        assert "wants 17000m" in scene.status(LEASES[0]).missing
        assert len(workloads(scene, LEASES[0])) == 1
        assert scene.status(LEASES[0]).health == "healthy"
        scene.send(LEASES[0], hungry(14, 0))
        await scene.until(lambda: not scene.status(LEASES[0]).missing)
        await scene.until_complete(LEASES[0])

    play(story)
