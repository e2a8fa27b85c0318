"""Jobs and what else has rules of its own: which objects are refused, and in which words."""

import pytest

from simulator.jsontypes import JSONObject
from simulator.ports import Refused
from tests.unit.verbs.asking import Asking

PODS = {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "i"}]}}
LABELLED = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": PODS["spec"]["containers"]}}
ALWAYS = {"spec": {**PODS["spec"], "restartPolicy": "Always"}}
SCHEDULED = {"jobTemplate": {"spec": {"template": PODS}}}


@pytest.mark.parametrize(
    ("resource", "fields", "words"),
    [
        ("batch/v1/jobs", {"spec": {"template": ALWAYS}}, 'valid values: "OnFailure", "Never"'),
        ("batch/v1/jobs", {"spec": {}}, "spec.template.spec.containers: Required value"),
        ("batch/v1/jobs", {"spec": {"template": PODS, "backoffLimit": -1}}, "spec.backoffLimit"),
        (
            "batch/v1/jobs",
            {"spec": {"template": PODS, "completionMode": "Odd"}},
            'Unsupported value: "Odd"',
        ),
        ("batch/v1/cronjobs", {"spec": SCHEDULED}, "spec.schedule: Required value"),
        (
            "batch/v1/cronjobs",
            {"spec": {**SCHEDULED, "schedule": "* *"}},
            "expected exactly 5 fields, found 2: [*, *]",
        ),
        ("apps/v1/daemonsets", {"spec": {"template": LABELLED}}, "spec.selector: Required value"),
        (
            "apps/v1/daemonsets",
            {"spec": {"template": LABELLED, "selector": {"matchLabels": {"x": "y"}}}},
            "`selector` does not match template `labels`",
        ),
        ("v1/replicationcontrollers", {"spec": {}}, "spec.template: Required value"),
        ("v1/podtemplates", {"template": {}}, "template.spec.containers: Required value"),
        ("v1/pods", {"spec": {}}, "spec.containers: Required value"),
        (
            "policy/v1/poddisruptionbudgets",
            {"spec": {"minAvailable": 1, "maxUnavailable": 1}},
            "minAvailable and maxUnavailable cannot be both set",
        ),
        (
            "autoscaling/v2/horizontalpodautoscalers",
            {"spec": {"maxReplicas": 1, "minReplicas": 2, "scaleTargetRef": {}}},
            "must be greater than or equal to `minReplicas`",
        ),
        (
            "scheduling.k8s.io/v1/priorityclasses",
            {"value": 2_000_000_000},
            "maximum allowed value of a user defined priority is 1000000000",
        ),
    ],
)
def test_what_is_refused(ask: Asking, resource: str, fields: JSONObject, words: str) -> None:
    with pytest.raises(Refused) as caught:
        ask.create(resource, "o", fields)
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")
    assert words in caught.value.status["message"]


def test_a_job_gets_the_labels_and_the_selector_of_its_uid(ask: Asking) -> None:
    job = ask.create("batch/v1/jobs", "j", {"spec": {"template": PODS}}).object
    uid = job["metadata"]["uid"]
    assert job["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert job["spec"]["template"]["metadata"]["labels"] == {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": "j",
        "controller-uid": uid,
        "job-name": "j",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"completions": 2}, "spec.completions"),
        ({"template": {"spec": {"terminationGracePeriodSeconds": 1}}}, "spec.template"),
        ({"selector": {"matchLabels": {"x": "y"}}}, "spec.selector"),
    ],
)
def test_the_pods_of_a_job_are_fixed(ask: Asking, change: JSONObject, field: str) -> None:
    ask.create("batch/v1/jobs", "j", {"spec": {"template": PODS}})
    with pytest.raises(Refused) as caught:
        ask.merge("batch/v1/jobs", "j", {"spec": change})
    assert field in [cause["field"] for cause in caught.value.status["details"]["causes"]]
    assert "field is immutable" in caught.value.status["message"]


def test_a_job_may_be_suspended(ask: Asking) -> None:
    ask.create("batch/v1/jobs", "j", {"spec": {"template": PODS}})
    ask.merge("batch/v1/jobs", "j", {"spec": {"suspend": True, "parallelism": 3}})
    assert ask.get("batch/v1/jobs", "j")["metadata"]["generation"] == 2
