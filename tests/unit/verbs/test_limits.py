"""LimitRanges: what containers get that say nothing, and what is refused."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from tests.unit.verbs.asking import Asking


def limit(ask: Asking, kind: str, **fields: object) -> None:
    spec = {"limits": [{"type": kind, **fields}]}
    ask.create("v1/limitranges", "l", {"spec": spec})


def pod(**resources: JSONObject) -> JSONObject:
    return {"spec": {"containers": [{"name": "c", "image": "i", "resources": resources}]}}


def test_a_container_that_says_nothing_gets_the_defaults(ask: Asking) -> None:
    limit(ask, "Container", default={"cpu": "1"}, defaultRequest={"cpu": "100m"})
    made = ask.create("v1/pods", "p", pod()).object
    (container,) = made["spec"]["containers"]
    assert container["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "100m"}}
    assert made["status"]["qosClass"] == "Burstable"
    note = "LimitRanger plugin set: cpu limit for container c; cpu request for container c"
    assert made["metadata"]["annotations"] == {"kubernetes.io/limit-ranger": note}


def test_what_a_container_says_stands(ask: Asking) -> None:
    limit(ask, "Container", default={"cpu": "1"}, defaultRequest={"cpu": "100m"})
    given = {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}
    made = ask.create("v1/pods", "p", pod(**given)).object
    assert made["spec"]["containers"][0]["resources"] == given
    assert "annotations" not in made["metadata"]


def test_defaults_fill_only_what_is_open(ask: Asking) -> None:
    limit(ask, "Container", default={"cpu": "1", "memory": "1Gi"})
    made = ask.create("v1/pods", "p", pod(limits={"cpu": "2"})).object
    limits = made["spec"]["containers"][0]["resources"]["limits"]
    assert limits == {"cpu": "2", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("kind", "bounds", "given", "why"),
    [
        (
            "Container",
            {"max": {"cpu": "1"}},
            {"limits": {"cpu": "2"}},
            "maximum cpu usage per Container is 1, but limit is 2",
        ),
        (
            "Container",
            {"min": {"memory": "64Mi"}},
            {"requests": {"memory": "32Mi"}},
            "minimum memory usage per Container is 64Mi, but request is 32Mi",
        ),
        (
            "Pod",
            {"max": {"cpu": "1"}},
            {},
            "maximum cpu usage per Pod is 1.  No limit is specified",
        ),
        (
            "Pod",
            {"min": {"cpu": "1"}},
            {},
            "minimum cpu usage per Pod is 1.  No request is specified",
        ),
    ],
)
def test_what_is_outside_of_a_range_is_refused(
    ask: Asking, kind: str, bounds: JSONObject, given: JSONObject, why: str
) -> None:
    limit(ask, kind, **bounds)
    with pytest.raises(Refused) as refused:
        ask.create("v1/pods", "p", pod(**given))
    assert refused.value.code == 403
    assert refused.value.status["message"] == f'pods "p" is forbidden: {why}'


def test_a_claim_has_a_range_of_its_own(ask: Asking) -> None:
    limit(ask, "PersistentVolumeClaim", max={"storage": "1Gi"})
    size = {"requests": {"storage": "2Gi"}}
    claim = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": size}}
    with pytest.raises(Refused, match="maximum storage usage per PersistentVolumeClaim is 1Gi"):
        ask.create("v1/persistentvolumeclaims", "c", claim)
