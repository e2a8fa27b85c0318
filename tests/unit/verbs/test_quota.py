"""ResourceQuotas: what is counted, what has no room, and what the server says then."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from tests.unit.verbs.asking import Asking


def used(ask: Asking) -> JSONObject:
    return dict(ask.get("v1/resourcequotas", "q")["status"]["used"])


def pod(cpu: str = "", memory: str = "", **more: object) -> JSONObject:
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    container = {"name": "c", "image": "i", "resources": {"requests": requests} if requests else {}}
    return {"spec": {"containers": [container], **more}}


def refusal(ask: Asking, resource: str, name: str, fields: JSONObject) -> str:
    with pytest.raises(Refused) as refused:
        ask.create(resource, name, fields)
    assert (refused.value.code, refused.value.reason) == (403, "Forbidden")
    return str(refused.value.status["message"])


CLAIM = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}}
FAST = {"spec": CLAIM["spec"] | {"storageClassName": "fast"}}
PORTS = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
NODE_PORTS: JSONObject = {"spec": {"type": "NodePort", "ports": PORTS}}


@pytest.mark.parametrize(
    ("hard", "resource", "fields", "shown"),
    [
        ({"pods": "1"}, "v1/pods", pod(), "1"),
        ({"count/pods": "1"}, "v1/pods", pod(), "1"),
        ({"requests.cpu": "1"}, "v1/pods", pod("600m"), "600m"),
        ({"cpu": "1"}, "v1/pods", pod("600m"), "600m"),
        ({"requests.memory": "1Gi"}, "v1/pods", pod(memory="600Mi"), "600Mi"),
        ({"configmaps": "1"}, "v1/configmaps", {}, "1"),
        ({"count/deployments.apps": "0"}, "apps/v1/deployments", None, "1"),
        ({"persistentvolumeclaims": "1"}, "v1/persistentvolumeclaims", CLAIM, "1"),
        ({"requests.storage": "3Gi"}, "v1/persistentvolumeclaims", CLAIM, "2Gi"),
        (
            {"fast.storageclass.storage.k8s.io/requests.storage": "3Gi"},
            "v1/persistentvolumeclaims",
            FAST,
            "2Gi",
        ),
        ({"services.nodeports": "3"}, "v1/services", NODE_PORTS, "2"),
    ],
)
def test_what_exceeds_a_quota_is_refused_with_the_sums(
    ask: Asking, hard: dict[str, str], resource: str, fields: JSONObject | None, shown: str
) -> None:
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": hard}})
    ((name, limit),) = hard.items()
    if fields is None:
        fields, taken = DEPLOYMENT, "0"
    else:
        ask.create(resource, "a", fields)
        taken = shown
    assert used(ask) == {name: taken}
    plural = resource.rpartition("/")[2]
    group = resource.partition("/")[0] if resource.count("/") == 2 else ""
    subject = f"{plural}.{group}" if group else plural
    assert refusal(ask, resource, "b", fields) == (
        f'{subject} "b" is forbidden: exceeded quota: q, requested: {name}={shown}, '
        f"used: {name}={taken}, limited: {name}={limit}"
    )
    assert used(ask) == {name: taken}


LABELS = {"app": "x"}
DEPLOYMENT: JSONObject = {
    "spec": {
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, **pod()},
    }
}


def test_several_limits_are_named_together(ask: Asking) -> None:
    hard = {"requests.cpu": "1", "requests.memory": "1Gi", "pods": "5"}
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": hard}})
    ask.create("v1/pods", "a", pod("500m", "512Mi"))
    assert refusal(ask, "v1/pods", "b", pod("1", "1Gi")) == (
        'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=1,requests.memory=1Gi, '
        "used: requests.cpu=500m,requests.memory=512Mi, limited: requests.cpu=1,requests.memory=1Gi"
    )


def test_what_goes_gives_room_back(ask: Asking) -> None:
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": {"configmaps": "1"}}})
    ask.create("v1/configmaps", "a")
    refusal(ask, "v1/configmaps", "b", {})
    ask.delete("v1/configmaps", "a")
    assert used(ask) == {"configmaps": "0"}
    ask.create("v1/configmaps", "b")


def test_a_pod_that_is_through_counts_no_more(ask: Asking) -> None:
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": {"pods": "1", "count/pods": "5"}}})
    ask.create("v1/pods", "a", pod())
    live = ask.get("v1/pods", "a")
    ask.replace("v1/pods", "a", live | {"status": {"phase": "Succeeded"}}, subresource="status")
    assert used(ask) == {"count/pods": "1", "pods": "0"}
    ask.create("v1/pods", "b", pod())


def test_a_pod_that_does_not_say_what_it_wants_is_refused(ask: Asking) -> None:
    hard = {"requests.cpu": "1", "limits.memory": "1Gi"}
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": hard}})
    assert refusal(ask, "v1/pods", "p", pod()) == (
        'pods "p" is forbidden: failed quota: q: '
        "must specify limits.memory for: c; requests.cpu for: c"
    )


def test_a_larger_init_container_counts_instead_of_the_containers(ask: Asking) -> None:
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": {"requests.cpu": "3"}}})
    first = {"name": "first", "image": "i", "resources": {"requests": {"cpu": "2"}}}
    ask.create("v1/pods", "a", pod("500m", initContainers=[first]))
    assert used(ask) == {"requests.cpu": "2"}


def test_a_scope_takes_in_only_its_pods(ask: Asking) -> None:
    spec = {"hard": {"pods": "1"}, "scopes": ["BestEffort"]}
    ask.create("v1/resourcequotas", "q", {"spec": spec})
    ask.create("v1/pods", "a", pod("1"))
    assert used(ask) == {"pods": "0"}
    ask.create("v1/pods", "b", pod())
    refusal(ask, "v1/pods", "c", pod())
    ask.create("v1/pods", "d", pod("1"))


def test_a_quota_counts_what_was_there_before_and_only_its_namespace(ask: Asking) -> None:
    ask.create("v1/namespaces", "m")
    ask.create("v1/configmaps", "a")
    ask.create("v1/configmaps", "a", namespace="m")
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": {"configmaps": "9"}}})
    assert used(ask) == {"configmaps": "1"}
    assert ask.get("v1/resourcequotas", "q")["status"]["hard"] == {"configmaps": "9"}


def test_a_dry_run_meets_the_quota_and_takes_nothing(ask: Asking) -> None:
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": {"configmaps": "1"}}})
    ask.create("v1/configmaps", "a", dry_run=True)
    assert used(ask) == {"configmaps": "0"}
    ask.create("v1/configmaps", "a")
    with pytest.raises(Refused, match="exceeded quota"):
        ask.create("v1/configmaps", "b", dry_run=True)


def test_an_update_of_a_service_may_need_more_room(ask: Asking) -> None:
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": {"services.nodeports": "0"}}})
    ask.create("v1/services", "s", {"spec": {"ports": [{"port": 80}]}})
    live = ask.get("v1/services", "s")
    with pytest.raises(
        Refused, match=r"requested: services\.nodeports=1, used: services\.nodeports=0"
    ):
        ask.replace("v1/services", "s", live | {"spec": live["spec"] | {"type": "NodePort"}})


def test_a_changed_limit_is_counted_anew(ask: Asking) -> None:
    ask.create("v1/configmaps", "a")
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": {"secrets": "9"}}})
    ask.merge("v1/resourcequotas", "q", {"spec": {"hard": {"configmaps": "9"}}})
    assert used(ask) == {"configmaps": "1", "secrets": "0"}
    ask.create("v1/configmaps", "b")
    assert used(ask) == {"configmaps": "2", "secrets": "0"}


def test_what_asks_for_nothing_more_passes_even_above_the_limit(ask: Asking) -> None:
    ask.create("v1/services", "s", NODE_PORTS)
    ask.create("v1/resourcequotas", "q", {"spec": {"hard": {"services.nodeports": "0"}}})
    assert used(ask) == {"services.nodeports": "2"}
    ask.merge("v1/services", "s", {"metadata": {"labels": {"a": "b"}}})


def test_scopes_leave_everything_but_pods_out(ask: Asking) -> None:
    spec = {"hard": {"configmaps": "0"}, "scopes": ["BestEffort"]}
    ask.create("v1/resourcequotas", "q", {"spec": spec})
    ask.create("v1/configmaps", "a")
    assert used(ask) == {"configmaps": "0"}
