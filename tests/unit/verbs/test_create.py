"""Making objects."""

import pytest

from simulator.ports import Refused
from simulator.verbs.cluster import Cluster
from tests.unit.verbs.asking import Asking, causes
from tests.unit.verbs.conftest import StoppedClock

MAPS = "v1/configmaps"


def test_a_new_object_gets_what_only_the_server_writes(ask: Asking, clock: StoppedClock) -> None:
    sent = {"uid": "mine", "creationTimestamp": "1999-01-01T00:00:00Z", "generation": 9}
    outcome = ask.create(MAPS, "a", {"metadata": sent})
    metadata = outcome.object["metadata"]
    assert outcome.code == 201
    assert metadata["namespace"] == "n"
    assert metadata["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert metadata["uid"] != "mine"
    assert "generation" not in metadata


def test_uids_and_generated_names_come_from_the_seed(clock: StoppedClock) -> None:
    def made(seed: int) -> tuple[str, str]:
        ask = Asking(Cluster(clock, seed))
        ask.create("v1/namespaces", "n")
        first = ask.create(MAPS, "", {"metadata": {"generateName": "g-"}}).object["metadata"]
        return first["name"], first["uid"]

    assert made(1) == made(1)
    assert made(1) != made(2)


def test_a_generated_name_is_the_base_and_five_letters(ask: Asking) -> None:
    name = ask.create(MAPS, "", {"metadata": {"generateName": "g-"}}).object["metadata"]["name"]
    assert name.startswith("g-")
    assert len(name) == 7
    long = ask.create(MAPS, "", {"metadata": {"generateName": "x" * 80}}).object["metadata"]
    assert len(long["name"]) == 63


def test_a_name_is_required(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.create(MAPS, "")
    assert (caught.value.code, causes(caught.value)) == (
        422,
        [("FieldValueRequired", "metadata.name")],
    )


def test_a_name_can_be_taken_once(ask: Asking) -> None:
    ask.create(MAPS, "a")
    with pytest.raises(Refused) as caught:
        ask.create(MAPS, "a")
    assert (caught.value.code, caught.value.reason) == (409, "AlreadyExists")
    assert caught.value.status["details"] == {"name": "a", "kind": "configmaps"}


def test_a_name_that_is_on_its_way_out_is_taken_too(ask: Asking) -> None:
    ask.create(MAPS, "a", {"metadata": {"finalizers": ["example.com/hold"]}})
    ask.delete(MAPS, "a")
    with pytest.raises(Refused) as caught:
        ask.create(MAPS, "a")
    text = 'object is being deleted: configmaps "a" already exists'
    assert (caught.value.reason, caught.value.status["message"]) == ("AlreadyExists", text)


def test_a_version_must_not_be_set(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.create(MAPS, "a", {"metadata": {"resourceVersion": "7"}})
    assert caught.value.code == 500


def test_a_namespace_has_to_exist_and_to_stay(ask: Asking) -> None:
    with pytest.raises(Refused) as caught:
        ask.create(MAPS, "a", namespace="nowhere")
    assert caught.value.code == 404
    assert caught.value.status["message"] == 'namespaces "nowhere" not found'
    ask.delete("v1/namespaces", "n")
    with pytest.raises(Refused) as caught:
        ask.create(MAPS, "a")
    assert caught.value.code == 403
    assert causes(caught.value) == [("NamespaceTerminating", "metadata.namespace")]


def test_a_status_sent_with_a_new_object_is_not_believed(ask: Asking) -> None:
    pod = {
        "spec": {"containers": [{"name": "c", "image": "i"}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1"},
    }
    made = ask.create("v1/pods", "p", pod).object
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    owned = made["metadata"]["managedFields"][0]["fieldsV1"]
    assert "f:status" not in owned


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
        (
            {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}},
            "Guaranteed",
        ),
        (
            {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}},
            "Burstable",
        ),
        ({"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}, "BestEffort"),
    ],
)
def test_a_pod_has_the_class_of_service_of_its_resources(
    ask: Asking, resources: dict[str, object], expected: str
) -> None:
    pod = {"spec": {"containers": [{"name": "c", "image": "i", "resources": resources}]}}
    assert ask.create("v1/pods", "p", pod).object["status"]["qosClass"] == expected


def test_a_pod_tolerates_lost_nodes_for_a_while_unless_it_says_otherwise(ask: Asking) -> None:
    own = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
    spec = {"containers": [{"name": "c", "image": "i"}], "tolerations": [own]}
    tolerations = ask.create("v1/pods", "p", {"spec": spec}).object["spec"]["tolerations"]
    assert [item["key"] for item in tolerations] == [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ]
    assert [item.get("tolerationSeconds") for item in tolerations] == [None, 300]


def test_a_workload_begins_at_generation_one_and_a_config_map_has_none(ask: Asking) -> None:
    labels = {"app": "web"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "c", "image": "i"}]},
        },
    }
    made = ask.create("apps/v1/deployments", "web", {"spec": spec}).object
    assert made["metadata"]["generation"] == 1
    assert "generation" not in ask.create(MAPS, "a").object["metadata"]


def test_a_commit_is_written_down_with_who_made_it(ask: Asking, cluster: Cluster) -> None:
    ask.create(MAPS, "a")
    entry = cluster.journal.commits[-1]
    assert (entry.type, entry.resource, entry.namespace, entry.name) == ("ADDED", MAPS, "n", "a")
    assert (entry.user, entry.previous, entry.revision) == ("tester", None, cluster.store.revision)


def test_a_dry_run_shows_a_name_and_uid_and_stores_nothing(ask: Asking, cluster: Cluster) -> None:
    before = cluster.store.revision
    base = {"metadata": {"generateName": "g-"}}
    metadata = ask.create(MAPS, "", base, dry_run=True).object["metadata"]
    assert metadata["name"].startswith("g-")
    assert metadata["uid"]
    assert cluster.store.revision == before
