"""Each check is given what it has to find, and what it must not take for that."""

from types import SimpleNamespace as Made

import pytest
import trio
import trio.testing

from provider.workload import labels
from provider.workload.options import RenderOptions
from simulator.journal import CommitEntry, RequestEntry
from simulator.market.answers import Told
from simulator.market.leases import LeaseState
from simulator.market.node import Lie
from tests.sim import checks, tenants
from tests.sim.scene import name_of, play

LEASE = tenants.lease()
OTHER = tenants.lease(2000, owner=tenants.BOB)


def request(time, target, method="DELETE", agent="leasekeeper/1"):
    return RequestEntry(
        number=1,
        time=time,
        user="",
        agent=agent,
        method=method,
        target=target,
        body=b"",
        status=200,
        answer=b"",
    )


def commit(resource, name, obj=None, *, change="ADDED", time=0.0, lease=LEASE):
    return CommitEntry(
        time=time,
        revision=int(time),
        type=change,
        resource=resource,
        namespace=lease.namespace,
        name=name,
        object=obj or {},
        previous=None,
        user="",
        request=0,
    )


def made(*, requests=(), commits=(), proof=None, sent=(), objects=(), state="active"):
    """A scene of which only the journals are there; `proof`: when the market proved the lease lost."""
    told = Told(proof or 0.0, name_of(LEASE), "closed", 100, "leasekeeper/1", newest=100)
    return Made(
        world=Made(
            journal=Made(requests=requests, commits=commits),
            answers=Made(told=() if proof is None else (told,)),
            transactions=Made(sent=sent),
            chain=Made(lease=lambda name: Made(state=Made(value=state))),
        ),
        objects=lambda: objects,
    )


def workload(generation):
    env = [{"name": "GENERATION", "value": str(generation)}]
    return {"spec": {"template": {"spec": {"containers": [{"image": "i", "env": env}]}}}}


@pytest.mark.parametrize(
    ("at", "agent", "found"),
    [(9, "leasekeeper/1", 1), (11, "leasekeeper/1", 0), (9, "kubectl", 0)],
    ids=["before the proof", "after it", "somebody else's"],
)
def test_a_delete_without_proof_is_a_murder(at, agent, found):
    deletes = [request(at, f"/api/v1/namespaces/{LEASE.namespace}", agent=agent)]

    assert len(checks.murders(made(requests=deletes, proof=10), LEASE)) == found


def test_a_delete_of_a_lease_that_was_never_proven_lost_is_a_murder():
    path = f"/apis/akash.network/v2beta2/namespaces/lease/manifests/{LEASE.namespace}"

    assert checks.murders(made(requests=[request(1, path)]), LEASE)
    assert checks.murders(made(requests=[request(1, path)]), LEASE, undone={("manifests", "x")})


def test_only_what_was_allowed_to_go_may_go():
    path = f"/apis/apps/v1/namespaces/{LEASE.namespace}/deployments/web"
    scene = made(requests=[request(1, path)])

    assert checks.murders(scene, LEASE)
    assert checks.murders(scene, LEASE, undone={("deployments", "web")}) == []


@pytest.mark.parametrize("lies", [True, False], ids=["a lie", "the truth"])
def test_an_answer_from_a_node_that_catches_up_excuses_no_delete(lies):
    """What counts is the market's own record of whom it told what."""

    async def story(scene):
        scene.options = RenderOptions(leased_ips=True)
        await scene.deployed(LEASE, tenants.everything())
        node = scene.world.market_nodes[0].node
        if lies:
            node.lies.append(Lie(state=LeaseState.CLOSED))
            node.catching_up = True
        else:
            scene.close(LEASE)
        await scene.pause(30)
        path = f"/api/v1/namespaces/{LEASE.namespace}"
        if lies:
            await scene.meddle("DELETE", path, agent="leasekeeper/impostor")
        return checks.murders(scene, LEASE)

    assert bool(play(story)) is lies


def test_a_pod_that_came_before_one_of_its_policies_is_naked():
    first, second, pod = (
        commit(checks.POLICIES, "a", time=1),
        commit(checks.POLICIES, "b", time=2),
        commit(checks.PODS, "web-1", time=3),
    )

    assert checks.naked_pods(made(commits=[first, second, pod]), LEASE) == []
    assert checks.naked_pods(made(commits=[first, pod, second]), LEASE)
    assert checks.naked_pods(made(commits=[pod]), LEASE)
    gone = commit(checks.POLICIES, "b", change="DELETED", time=2.5)
    assert checks.naked_pods(made(commits=[first, second, gone, pod]), LEASE)


def test_a_hostname_or_port_in_two_namespaces_is_owned_twice():
    def service(lease, change="ADDED"):
        ports = {"spec": {"ports": [{"nodePort": 30000}]}}
        return commit(checks.SERVICES, "web-np", ports, lease=lease, change=change)

    def route(lease):
        return commit(checks.INGRESSES, "web.example.com", lease=lease)

    assert checks.owned_twice(made(commits=[route(LEASE), service(OTHER)])) == []
    assert checks.owned_twice(made(commits=[route(LEASE), route(OTHER)]))
    assert checks.owned_twice(made(commits=[service(LEASE), service(OTHER)]))
    gone = service(LEASE, "DELETED")
    assert checks.owned_twice(made(commits=[service(LEASE), gone, service(OTHER)])) == []


def test_an_older_generation_after_a_newer_one_is_a_resurrection():
    row = [commit(checks.DEPLOYMENTS, "web", workload(n), time=n) for n in (1, 2, 1)]

    assert checks.resurrected(made(commits=row), LEASE)
    assert checks.resurrected(made(commits=row), LEASE, put_back=(2,)) == []
    assert checks.resurrected(made(commits=row[:2]), LEASE) == []


def test_an_image_that_comes_back_goes_back():
    def shown(image):
        made_of = {"spec": {"template": {"spec": {"containers": [{"image": image}]}}}}
        return commit(checks.DEPLOYMENTS, "web", made_of)

    assert checks.goes_back(made(commits=[shown("a"), shown("b"), shown("a")]), LEASE, ["a", "b"])
    assert checks.goes_back(made(commits=[shown("a"), shown("b")]), LEASE, ["a", "b"]) == []


def standing(kind, obj, lease=LEASE):
    return kind, {"metadata": {"name": "x", "labels": labels.lease_labels(lease)}, **obj}


def record(generation):
    env = [f"GENERATION={generation}"]
    return standing(checks.RECORDS, {"spec": {"group": {"services": [{"env": env}]}}})


def running(generation):
    obj = workload(generation)
    obj["metadata"] = {"name": "web", "namespace": LEASE.namespace}
    return checks.DEPLOYMENTS, obj


def test_what_is_owed_is_read_from_records_and_chain():
    assert checks.owed(made(objects=[record(3)])) == {LEASE: 3}
    assert checks.owed(made(objects=[record(3)], state="closed")) == {LEASE: checks.TEARDOWN}
    assert checks.owed(made(objects=[standing(checks.HOSTS, {})])) == {}
    assert checks.owed(made(objects=[standing(checks.HOSTS, {})], state="closed"))


@pytest.mark.parametrize(
    ("owed", "there", "state", "refused", "found"),
    [
        (2, [running(2)], "active", (), 0),
        (2, [running(1)], "active", (), 1),
        (2, [running(1)], "active", (2,), 0),
        (2, [running(2), running(1)], "active", (), 1),
        (2, [], "active", (), 1),
        (2, [running(2)], "closed", (), 1),
        (checks.TEARDOWN, [], "closed", (), 0),
        (checks.TEARDOWN, [record(1)], "closed", (), 1),
    ],
)
def test_what_was_owed_and_is_not_there_is_undone(owed, there, state, refused, found):
    scene = made(objects=there, state=state)

    assert len(checks.undone(scene, {LEASE: owed}, refused=refused)) == found


def test_a_node_that_promises_more_than_it_has_is_overbooked():
    def node(free, committed):
        row = {"allocatable": {"cpu": 10}, "committed": {"cpu": committed}}
        return {"capacity": {"nodes": [{"name": "n", "available": {"cpu": free}, **row}]}}

    assert checks.overbooked(node(3, 7)) == []
    assert checks.overbooked(node(-1, 7))
    assert checks.overbooked(node(4, 7))
    assert checks.overbooked(node(3, -1))


def test_to_be_called_healthy_or_ready_while_nothing_is_seen_is_a_lie():
    assert checks.false_health({"leases": [{"lease": "l", "health": "healthy"}], "ready": False})
    assert checks.false_health({"leases": [], "ready": True})
    unknown = {"leases": [{"lease": "l", "health": "unknown"}], "ready": False}
    assert checks.false_health(unknown) == []


def pod(time, ready):
    conditions = [{"type": "Ready", "status": str(ready)}]
    return commit(checks.PODS, "web-1", {"status": {"conditions": conditions}}, time=time)


@pytest.mark.parametrize(
    ("pods", "found"),
    [
        ([pod(0, True), pod(100, False)], 0),
        ([pod(0, True), pod(950, False)], 1),
        ([pod(0, True)], 1),
        ([pod(0, False)], 0),
    ],
)
def test_a_closing_of_a_lease_that_was_ready_lately_is_false(pods, found):
    closing = Made(lease=name_of(LEASE), time=1000)

    assert len(checks.false_closings(made(commits=pods, sent=[closing]), LEASE, 600)) == found


def test_more_closings_than_the_brake_lets_through_are_hasty():
    def sent(*times):
        return made(sent=[Made(time=time) for time in times])

    assert checks.hasty_closings(sent(0, 1, 2), 3, 600) == []
    assert checks.hasty_closings(sent(0, 1, 2, 3), 3, 600)
    assert checks.hasty_closings(sent(0, 1, 2, 601), 3, 600) == []


def test_a_task_too_many_or_too_few_is_a_stray():
    async def story(scene):
        scene.options = RenderOptions(leased_ips=True)
        await scene.start()
        await scene.until(scene.ready)
        scene.win(LEASE, tenants.everything())
        await scene.until_complete(LEASE)
        await scene.pause(75)
        clean = checks.strays(scene, [LEASE])
        lacking = checks.strays(scene, [LEASE, OTHER])
        async with trio.open_nursery() as nursery:
            await nursery.start(_sleep_in_the_daemons_name)
            more = checks.strays(scene, [LEASE])
            nursery.cancel_scope.cancel()
        return clean, lacking, more

    clean, lacking, more = play(story)

    assert clean == []
    assert len(lacking) == 5
    assert more


async def _sleep_in_the_daemons_name(task_status=trio.TASK_STATUS_IGNORED):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_with_a_child, name="daemon 99")
        await trio.testing.wait_all_tasks_blocked()
        task_status.started()


async def _with_a_child():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever, name="left behind")
