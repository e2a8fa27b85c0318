"""What `kubectl get` shows of kinds that nothing here acts on."""

import pytest

from simulator.jsontypes import JSONObject, JSONValue
from simulator.tables.table import columns_of, table

NOW = 1_767_225_600.0
MADE = "2025-12-31T23:59:00Z"
TEMPLATE = {
    "metadata": {"labels": {"a": "b"}},
    "spec": {"containers": [{"name": "m", "image": "i"}], "nodeSelector": {"x": "y"}},
}


def row(resource: str, obj: JSONObject) -> dict[str, JSONValue]:
    """Column → cell of one object."""
    obj = {"metadata": {"name": "o", "creationTimestamp": MADE}} | obj
    shown = table(columns_of(resource), [obj], {}, now=NOW)
    names = [column["name"] for column in shown["columnDefinitions"]]
    return dict(zip(names, shown["rows"][0]["cells"], strict=True))


JOB = {"template": TEMPLATE, "completions": 2, "parallelism": 1, "selector": None}


@pytest.mark.parametrize(
    ("resource", "obj", "cells"),
    [
        (
            "batch/jobs",
            {"spec": JOB, "status": {"startTime": MADE, "succeeded": 1}},
            {"Status": "Running", "Completions": "1/2", "Duration": "60s", "Age": "60s"},
        ),
        (
            "batch/jobs",
            {
                "spec": JOB,
                "status": {
                    "startTime": MADE,
                    "completionTime": "2025-12-31T23:59:05Z",
                    "succeeded": 2,
                    "conditions": [{"type": "Complete", "status": "True"}],
                },
            },
            {"Status": "Complete", "Completions": "2/2", "Duration": "5s", "Images": "i"},
        ),
        (
            "batch/cronjobs",
            {
                "spec": {"schedule": "@daily", "jobTemplate": {"spec": JOB}},
                "status": {"active": [{}]},
            },
            {
                "Schedule": "@daily",
                "Timezone": "<none>",
                "Suspend": "False",
                "Active": 1,
                "Last Schedule": "<none>",
                "Containers": "m",
            },
        ),
        (
            "apps/daemonsets",
            {"spec": {"template": TEMPLATE}, "status": {"numberReady": 2}},
            {"Desired": 0, "Ready": 2, "Node Selector": "x=y"},
        ),
        (
            "replicationcontrollers",
            {"spec": {"template": TEMPLATE, "replicas": 2, "selector": {"a": "b"}}, "status": {}},
            {"Desired": 2, "Current": 0, "Selector": "a=b"},
        ),
        ("podtemplates", {"template": TEMPLATE}, {"Containers": "m", "Pod Labels": "a=b"}),
        (
            "policy/poddisruptionbudgets",
            {"spec": {"minAvailable": "50%"}, "status": {}},
            {"Min Available": "50%", "Max Unavailable": "N/A", "Allowed Disruptions": 0},
        ),
        (
            "resourcequotas",
            {
                "spec": {},
                "status": {"hard": {"pods": "2", "limits.cpu": "1"}, "used": {"pods": "1"}},
            },
            {"Request": "pods: 1/2", "Limit": "limits.cpu: 0/1"},
        ),
        ("limitranges", {"spec": {}}, {"Created At": MADE}),
        (
            "scheduling.k8s.io/priorityclasses",
            {"value": -5, "preemptionPolicy": "Never"},
            {"Value": -5, "Global-Default": False, "PreemptionPolicy": "Never"},
        ),
        (
            "autoscaling/horizontalpodautoscalers",
            {
                "spec": {
                    "scaleTargetRef": {"kind": "Deployment", "name": "d"},
                    "minReplicas": 1,
                    "maxReplicas": 3,
                    "metrics": [
                        {
                            "type": "Resource",
                            "resource": {"name": "cpu", "target": {"averageUtilization": 80}},
                        }
                    ],
                },
                "status": {},
            },
            {"Reference": "Deployment/d", "Targets": "cpu: <unknown>/80%", "MaxPods": 3},
        ),
        (
            "admissionregistration.k8s.io/validatingwebhookconfigurations",
            {"webhooks": [{}, {}]},
            {"Webhooks": 2},
        ),
    ],
)
def test_cells(resource: str, obj: JSONObject, cells: dict[str, JSONValue]) -> None:
    found = row(resource, obj)
    assert {name: found[name] for name in cells} == cells
