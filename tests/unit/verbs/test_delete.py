"""How objects go: at once, after finalizers, after grace, with their content."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from simulator.storage.selectors import selector
from simulator.verbs.caller import DeleteOptions
from simulator.verbs.cluster import Cluster
from simulator.verbs.delete_collection import delete_collection
from tests.unit.verbs.asking import CALLER, Asking
from tests.unit.verbs.conftest import StoppedClock

MAPS = "v1/configmaps"
PODS = "v1/pods"
HELD = {"metadata": {"finalizers": ["example.com/hold"]}}


def pod(node: str = "", **more: object) -> JSONObject:
    spec = {"containers": [{"name": "c", "image": "i"}], **more}
    return {"spec": spec | ({"nodeName": node} if node else {})}


def test_an_object_without_ties_goes_at_once(ask: Asking, cluster: Cluster) -> None:
    made = ask.create(MAPS, "a").object
    status = ask.delete(MAPS, "a").object
    assert status["status"] == "Success"
    assert status["details"] == {"name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"]}
    assert ask.find(MAPS, "a") is None
    gone = cluster.journal.commits[-1].object["metadata"]
    assert gone["resourceVersion"] == str(cluster.store.revision)
    assert "deletionTimestamp" not in gone


def test_what_is_absent_is_not_found(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.delete(MAPS, "a")
    assert caught.value.code == 404


@pytest.mark.parametrize("fence", [{"uid": "other"}, {"resource_version": "1"}])
def test_a_precondition_that_fails_keeps_the_object(ask: Asking, fence: dict[str, str]) -> None:
    ask.create(MAPS, "a")
    with pytest.raises(Refused) as caught:
        ask.delete(MAPS, "a", DeleteOptions(**fence))
    assert (caught.value.code, caught.value.status["details"]["kind"]) == (409, "ConfigMap")
    assert ask.find(MAPS, "a") is not None


def test_preconditions_that_hold_let_it_go(ask: Asking) -> None:
    metadata = ask.create(MAPS, "a").object["metadata"]
    fence = DeleteOptions(uid=metadata["uid"], resource_version=metadata["resourceVersion"])
    ask.delete(MAPS, "a", fence)
    assert ask.find(MAPS, "a") is None


def test_a_finalizer_holds_a_marked_object(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "a", HELD)
    marked = ask.delete(MAPS, "a")
    metadata = marked.object["metadata"]
    assert (marked.code, metadata["deletionTimestamp"]) == (200, "2026-01-01T00:00:00Z")
    assert metadata["deletionGracePeriodSeconds"] == 0
    before = cluster.store.revision
    assert ask.delete(MAPS, "a").object is marked.object
    assert cluster.store.revision == before


def test_what_loses_its_last_finalizer_goes_as_it_was_stored(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "a", HELD)
    marked = ask.delete(MAPS, "a").object
    answer = ask.merge(MAPS, "a", {"metadata": {"finalizers": None}, "data": {"k": "v"}}).object
    assert ask.find(MAPS, "a") is None
    gone = cluster.journal.commits[-1]
    assert (gone.type, gone.object["metadata"]["finalizers"]) == ("DELETED", ["example.com/hold"])
    assert gone.object["metadata"]["resourceVersion"] == str(cluster.store.revision)
    assert "data" not in gone.object
    # The one who asked is answered with what they sent, under the version that they sent it to.
    assert answer["data"] == {"k": "v"}
    assert "finalizers" not in answer["metadata"]
    assert answer["metadata"]["resourceVersion"] == marked["metadata"]["resourceVersion"]


def test_a_service_that_goes_with_its_finalizer_gives_back_what_it_held(ask: Asking) -> None:
    def service(port: int) -> JSONObject:
        return {"spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]}}

    ask.create("v1/services", "s", HELD | service(30080))
    ask.delete("v1/services", "s")
    ask.merge("v1/services", "s", {"metadata": {"finalizers": None}, **service(30081)})
    for port in (30080, 30081):
        ask.create("v1/services", f"s{port}", service(port))


@pytest.mark.parametrize(
    ("policy", "finalizer"), [("Orphan", "orphan"), ("Foreground", "foregroundDeletion")]
)
def test_a_propagation_policy_leaves_the_rest_to_the_collector(
    ask: Asking, policy: str, finalizer: str
) -> None:
    ask.create(MAPS, "a")
    metadata = ask.delete(MAPS, "a", DeleteOptions(propagation=policy)).object["metadata"]
    assert metadata["finalizers"] == [finalizer]
    ask.delete(MAPS, "a", DeleteOptions(propagation="Background"))
    assert ask.find(MAPS, "a") is None


def test_a_scheduled_pod_has_its_grace_and_a_later_delete_may_only_shorten_it(
    ask: Asking, clock: StoppedClock
) -> None:
    ask.create(PODS, "p", pod("n1", terminationGracePeriodSeconds=60))
    first = ask.delete(PODS, "p").object["metadata"]
    assert first["deletionTimestamp"] == "2026-01-01T00:01:00Z"
    assert (first["deletionGracePeriodSeconds"], first["generation"]) == (60, 2)
    longer = ask.delete(PODS, "p", DeleteOptions(grace_seconds=90)).object["metadata"]
    assert longer["deletionGracePeriodSeconds"] == 60
    clock.seconds += 5
    shorter = ask.delete(PODS, "p", DeleteOptions(grace_seconds=10)).object["metadata"]
    assert shorter["deletionTimestamp"] == "2026-01-01T00:00:15Z"
    assert (shorter["deletionGracePeriodSeconds"], shorter["generation"]) == (10, 2)
    last = ask.delete(PODS, "p", DeleteOptions(grace_seconds=0)).object
    assert (last["kind"], ask.find(PODS, "p")) == ("Pod", None)


def test_a_pod_that_runs_nowhere_goes_at_once(ask: Asking) -> None:
    ask.create(PODS, "waiting", pod())
    assert ask.delete(PODS, "waiting").object["kind"] == "Pod"
    assert ask.find(PODS, "waiting") is None
    ask.create(PODS, "done", pod("n1"))
    ask.merge(PODS, "done", {"status": {"phase": "Succeeded"}}, subresource="status")
    ask.delete(PODS, "done")
    assert ask.find(PODS, "done") is None


@pytest.mark.parametrize("node", ["", "n1"])
def test_a_pod_is_seen_marked_before_it_is_gone(ask: Asking, cluster: Cluster, node: str) -> None:
    ask.create(PODS, "p", pod(node))
    answer = ask.delete(PODS, "p", DeleteOptions(grace_seconds=0)).object
    marked, gone = cluster.journal.commits[-2:]
    assert (marked.type, gone.type) == ("MODIFIED", "DELETED")
    seen = marked.object["metadata"]
    assert (seen["deletionGracePeriodSeconds"], seen["generation"]) == (0, 2)
    assert gone.object["metadata"] == seen | {"resourceVersion": str(gone.revision)}
    assert answer == gone.object


def test_a_pod_with_a_finalizer_outlives_its_grace(ask: Asking) -> None:
    ask.create(PODS, "p", pod("n1") | HELD)
    ask.delete(PODS, "p", DeleteOptions(grace_seconds=0))
    assert ask.get(PODS, "p")["metadata"]["deletionGracePeriodSeconds"] == 0


def test_a_namespace_is_terminating_until_it_is_finalized(ask: Asking) -> None:
    marked = ask.delete("v1/namespaces", "n").object
    assert marked["status"]["phase"] == "Terminating"
    assert "deletionGracePeriodSeconds" not in marked["metadata"]
    assert ask.delete("v1/namespaces", "n").object is marked
    ask.replace("v1/namespaces", "n", marked | {"spec": {}})
    assert ask.get("v1/namespaces", "n")["spec"] == {"finalizers": ["kubernetes"]}
    ask.replace("v1/namespaces", "n", marked | {"spec": {}}, subresource="finalize")
    assert ask.find("v1/namespaces", "n") is None


def test_the_cluster_keeps_its_own_namespaces(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.delete("v1/namespaces", "default")
    assert caught.value.code == 403


def test_a_service_is_answered_with_itself(ask: Asking) -> None:
    ask.create("v1/services", "s", {"spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}})
    answer = ask.delete("v1/services", "s").object
    assert answer["kind"] == "Service"
    assert "deletionTimestamp" not in answer["metadata"]


def test_a_dry_run_keeps_everything(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "a")
    before = cluster.store.revision
    assert ask.delete(MAPS, "a", DeleteOptions(dry_run=True)).object["status"] == "Success"
    assert cluster.store.revision == before


def test_a_collection_goes_by_its_selector(ask: Asking, cluster: Cluster) -> None:
    for name, env in [("a", "prod"), ("b", "dev"), ("c", "prod")]:
        ask.create(MAPS, name, {"metadata": {"labels": {"env": env}}})
    served = ask.served(MAPS)
    chosen = selector("env=prod", "")
    picked = delete_collection(cluster, CALLER, served, "n", chosen, DeleteOptions())
    assert [version.key for version in picked] == ["n/a", "n/c"]
    assert ask.names(MAPS) == ["b"]
