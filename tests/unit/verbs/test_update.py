"""Changing objects: fences, generations, and what each endpoint lets through."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from simulator.verbs import scale
from simulator.verbs.caller import WriteOptions
from simulator.verbs.cluster import Cluster
from tests.unit.verbs.asking import CALLER, Asking, causes

MAPS = "v1/configmaps"
DEPLOYMENTS = "apps/v1/deployments"


def deployment() -> JSONObject:
    labels = {"app": "web"}
    return {
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        }
    }


def changed(obj: JSONObject, **metadata: object) -> JSONObject:
    return {**obj, "metadata": {**obj["metadata"], **metadata}}


def test_a_put_needs_the_newest_version_or_none(ask: Asking) -> None:
    first = ask.create(MAPS, "a", {"data": {"k": "1"}}).object
    ask.replace(MAPS, "a", first | {"data": {"k": "2"}})
    with pytest.raises(Refused) as caught:
        ask.replace(MAPS, "a", first | {"data": {"k": "3"}})
    assert (caught.value.code, caught.value.reason) == (409, "Conflict")
    unfenced = changed(first, resourceVersion="")
    assert ask.replace(MAPS, "a", unfenced | {"data": {"k": "4"}}).object["data"] == {"k": "4"}


def test_a_put_never_creates(ask: Asking) -> None:
    obj = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}}
    with pytest.raises(Refused) as caught:
        ask.replace(MAPS, "a", obj)
    assert caught.value.code == 404


def test_a_put_with_another_uid_fails_its_precondition(ask: Asking) -> None:
    made = ask.create(MAPS, "a").object
    with pytest.raises(Refused) as caught:
        ask.replace(MAPS, "a", changed(made, uid="other", resourceVersion=""))
    assert caught.value.code == 409
    assert "Key: /registry/configmaps/n/a" in caught.value.status["message"]


def test_what_the_server_writes_survives_a_put_that_leaves_it_out(ask: Asking) -> None:
    made = ask.create(MAPS, "a").object
    sent = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"k": "1"}}
    kept = ask.replace(MAPS, "a", sent).object["metadata"]
    for field in ("uid", "creationTimestamp", "namespace", "name"):
        assert kept[field] == made["metadata"][field]


def test_a_change_that_changes_nothing_is_not_stored(ask: Asking, cluster: Cluster) -> None:
    made = ask.create(MAPS, "a", {"data": {"k": "1"}})
    before = cluster.store.revision
    assert ask.merge(MAPS, "a", {"data": {"k": "1"}}).version is made.version
    assert ask.replace(MAPS, "a", made.object).version is made.version
    assert cluster.store.revision == before


def test_only_the_spec_moves_the_generation(ask: Asking) -> None:
    ask.create(DEPLOYMENTS, "web", deployment())

    def generation(change: JSONObject, subresource: str = "") -> int:
        outcome = ask.merge(DEPLOYMENTS, "web", change, subresource=subresource)
        return int(outcome.object["metadata"]["generation"])

    assert generation({"spec": {"replicas": 3}}) == 2
    assert generation({"metadata": {"labels": {"a": "b"}}}) == 2
    assert generation({"status": {"replicas": 3}}, "status") == 2
    assert generation({"spec": {"replicas": 4}}) == 3


def test_the_object_ignores_status_and_the_status_ignores_the_rest(ask: Asking) -> None:
    ask.create(DEPLOYMENTS, "web", deployment())
    both = {"spec": {"replicas": 7}, "status": {"replicas": 5}, "metadata": {"labels": {"x": "y"}}}
    status_first = ask.merge(DEPLOYMENTS, "web", both, subresource="status").object
    assert (status_first["spec"]["replicas"], status_first["status"]) == (1, {"replicas": 5})
    assert "labels" not in status_first["metadata"]
    spec_next = ask.merge(DEPLOYMENTS, "web", both | {"status": {"replicas": 9}}).object
    assert (spec_next["spec"]["replicas"], spec_next["status"]) == (7, {"replicas": 5})


def test_the_status_of_a_built_in_kind_takes_annotations_along(ask: Asking) -> None:
    ask.create(DEPLOYMENTS, "web", deployment())
    change = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1"}}}
    metadata = ask.merge(DEPLOYMENTS, "web", change, subresource="status").object["metadata"]
    assert metadata["annotations"] == {"deployment.kubernetes.io/revision": "1"}


def test_a_stale_version_inside_a_merge_patch_is_a_conflict(ask: Asking) -> None:
    ask.create(MAPS, "a")
    with pytest.raises(Refused) as caught:
        ask.merge(MAPS, "a", {"metadata": {"resourceVersion": "1"}, "data": {"k": "1"}})
    assert caught.value.code == 409


def test_a_patch_of_an_absent_object_is_not_found(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.merge(MAPS, "a", {"data": {"k": "1"}})
    assert caught.value.code == 404
    assert ask.find(MAPS, "a") is None


def test_a_patch_must_not_rename(ask: Asking) -> None:
    ask.create(MAPS, "a")
    with pytest.raises(Refused) as caught:
        ask.merge(MAPS, "a", {"metadata": {"name": "b"}})
    assert caught.value.code == 400


def test_a_committed_object_never_changes(ask: Asking) -> None:
    first = ask.create(DEPLOYMENTS, "web", deployment()).version
    before = first.encoded
    ask.merge(DEPLOYMENTS, "web", {"spec": {"replicas": 3}, "metadata": {"labels": {"a": "b"}}})
    ask.merge(DEPLOYMENTS, "web", {"status": {"replicas": 3}}, subresource="status")
    ask.delete(DEPLOYMENTS, "web")
    first._encoded = None
    assert first.encoded == before


def test_no_finalizer_can_be_added_to_what_is_going(ask: Asking) -> None:
    ask.create(MAPS, "a", {"metadata": {"finalizers": ["example.com/hold"]}})
    ask.delete(MAPS, "a")
    more = {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}
    with pytest.raises(Refused) as caught:
        ask.merge(MAPS, "a", more)
    assert set(causes(caught.value)) == {("FieldValueForbidden", "metadata.finalizers")}


def test_the_last_finalizer_takes_the_object_along(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "a", {"metadata": {"finalizers": ["example.com/hold"]}})
    ask.delete(MAPS, "a")
    answer = ask.merge(MAPS, "a", {"metadata": {"finalizers": None}})
    assert answer.code == 200
    assert ask.find(MAPS, "a") is None
    assert cluster.journal.commits[-1].type == "DELETED"


def test_scale_changes_the_replicas_and_says_who_did(ask: Asking) -> None:
    ask.create(DEPLOYMENTS, "web", deployment())
    served, options = ask.served(DEPLOYMENTS), WriteOptions(manager="scaler")
    sent = {"metadata": {"name": "web"}, "spec": {"replicas": 4}}
    shown = scale.replace_scale(ask.cluster, CALLER, served, "n", "web", sent, options).object
    assert (shown["kind"], shown["spec"], shown["status"]["selector"]) == (
        "Scale",
        {"replicas": 4},
        "app=web",
    )
    live = ask.get(DEPLOYMENTS, "web")
    assert (live["spec"]["replicas"], live["metadata"]["generation"]) == (4, 2)
    entry = next(e for e in live["metadata"]["managedFields"] if e["manager"] == "scaler")
    assert (entry["subresource"], entry["fieldsV1"]) == ("scale", {"f:spec": {"f:replicas": {}}})
    bad = {"metadata": {}, "spec": {"replicas": -1}}
    with pytest.raises(Refused) as caught:
        scale.replace_scale(ask.cluster, CALLER, served, "n", "web", bad, options)
    assert causes(caught.value) == [("FieldValueInvalid", "spec.replicas")]
