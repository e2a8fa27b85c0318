"""Recorded objects come out of `defaulted` as they came from a real server."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.defaults import defaulted
from simulator.kinds.resources import Resource, by_kind

TESTS = Path(__file__).parents[2]

NOT_BY_DEFAULTS = {
    "Namespace": ("spec.finalizers",),
    "Node": ("spec.taints",),
    "Pod": (
        "spec.preemptionPolicy",
        "spec.priority",
        "spec.tolerations",
        "status.phase",
        "status.qosClass",
    ),
    "Service": ("spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy"),
    "StatefulSet": ("spec.updateStrategy.rollingUpdate.maxUnavailable",),
}
"""What other parts of the server add, or take away."""


def resource_of(api_version: str, kind: str) -> Resource:
    found = by_kind(api_version, kind)
    assert found is not None
    return found


def without(value: JSONValue, path: list[str]) -> JSONValue:
    if not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {key: item for key, item in value.items() if key != path[0]}
    return {**value, path[0]: without(value[path[0]], path[1:])}


def comparable(obj: JSONObject) -> JSONValue:
    """Without metadata and what `defaulted` has nothing to do with."""
    result: JSONValue = {key: value for key, value in obj.items() if key != "metadata"}
    for path in NOT_BY_DEFAULTS.get(obj["kind"], ()):
        result = without(result, path.split("."))
    for port in result.get("spec", {}).get("ports", ()) if obj["kind"] == "Service" else ():
        port.pop("nodePort", None)
    return result


def recorded() -> Iterator[tuple[str, JSONObject, JSONObject]]:
    for file in sorted((TESTS / "conformance").glob("*.json")):
        text = file.read_text().replace("<time>", "2026-01-01T00:00:00Z").replace("${run}", "<run>")
        for case in orjson.loads(text.replace(".000000Z", "Z"))["cases"]:
            for number, step in enumerate(case["steps"]):
                sent, answer = step["request"].get("body"), step["response"]
                if step["request"]["method"] != "POST" or answer["status"] != 201:
                    continue
                if not isinstance(sent, dict) or "apiVersion" not in sent or step.get("ignore"):
                    continue
                known = by_kind(sent["apiVersion"], sent["kind"])
                if known and (answer["body"] or {}).get("kind") == sent["kind"]:
                    yield f"{case['case']}-{number}", sent, answer["body"]


EXCHANGES = list(recorded())


def test_there_are_recordings_of_many_kinds() -> None:
    assert len({sent["kind"] for _, sent, _ in EXCHANGES}) >= 13


@pytest.mark.parametrize(
    ("sent", "answered"), [(s, a) for _, s, a in EXCHANGES], ids=[n for n, *_ in EXCHANGES]
)
def test_recorded_creates_get_their_defaults(sent: JSONObject, answered: JSONObject) -> None:
    resource = resource_of(sent["apiVersion"], sent["kind"])
    if sent["kind"] == "Lease":
        answered = defaulted(resource, answered)  # The recording hides microseconds.
    assert comparable(defaulted(resource, sent)) == comparable(answered)


LIVE = [
    pair
    for pair in orjson.loads((TESTS / "data" / "live" / "equal.json").read_bytes())
    if by_kind(pair["desired"]["apiVersion"], pair["desired"]["kind"])
    and pair["name"] not in ("rollout-restart", "foreign-annotation")
]


@pytest.mark.parametrize("pair", LIVE, ids=[pair["name"] for pair in LIVE])
def test_objects_of_tenants_get_their_defaults(pair: JSONObject) -> None:
    desired, live = pair["desired"], pair["live"]
    resource = resource_of(desired["apiVersion"], desired["kind"])
    ours, theirs = comparable(defaulted(resource, desired)), comparable(live)
    for each in (ours, theirs):
        each.pop("status", None)
    assert ours == theirs


@pytest.mark.parametrize("sent", [s for _, s, _ in EXCHANGES], ids=[n for n, *_ in EXCHANGES])
def test_a_complete_object_comes_back_as_it_is(sent: JSONObject) -> None:
    resource = resource_of(sent["apiVersion"], sent["kind"])
    once = defaulted(resource, sent)
    assert defaulted(resource, once) is once


def deployment(spec: JSONObject) -> JSONObject:
    obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"template": {"spec": spec}},
    }
    result = defaulted(resource_of("apps/v1", "Deployment"), obj)
    template: JSONObject = result["spec"]["template"]["spec"]
    return template


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("registry:5000/nginx", "Always"),
        ("registry:5000/nginx:2", "IfNotPresent"),
        ("nginx@sha256:0123", "IfNotPresent"),
    ],
)
def test_images_are_pulled_always_if_their_tag_can_move(image: str, policy: str) -> None:
    template = deployment({"containers": [{"name": "c", "image": image}]})
    assert template["containers"][0]["imagePullPolicy"] == policy


def test_only_pods_take_missing_requests_from_limits() -> None:
    resources = {"limits": {"cpu": "1"}}
    template = deployment({"containers": [{"name": "c", "image": "i", "resources": resources}]})
    assert template["containers"][0]["resources"] == resources
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "i", "resources": resources}]},
    }
    container = defaulted(resource_of("v1", "Pod"), pod)["spec"]["containers"][0]
    assert container["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}


def test_volumes_probes_and_references_get_theirs() -> None:
    template = deployment(
        {
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "env": [
                        {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
                    ],
                    "livenessProbe": {"httpGet": {"port": 80}},
                }
            ],
            "serviceAccountName": "robot",
            "volumes": [{"name": "e"}, {"name": "s", "secret": {"secretName": "x"}}],
        }
    )
    (container,) = template["containers"]
    assert container["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"
    assert container["livenessProbe"] == {
        "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
        "failureThreshold": 3,
        "periodSeconds": 10,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    }
    assert template["serviceAccount"] == "robot"
    assert template["volumes"][0] == {"name": "e", "emptyDir": {}}
    assert template["volumes"][1]["secret"]["defaultMode"] == 420


def test_an_explicit_zero_is_not_defaulted_over() -> None:
    obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"replicas": 0},
    }
    assert defaulted(resource_of("apps/v1", "Deployment"), obj)["spec"]["replicas"] == 0
