"""Whatever a client sends, it is refused or taken: nothing else may come of it."""

import contextlib
import random
from typing import Any

import orjson
import pytest

from simulator.admission.validation import validate_create, validate_update
from simulator.jsontypes import JSONObject
from simulator.kinds.canonical import MismatchError
from simulator.kinds.defaults import defaulted
from simulator.kinds.resources import by_kind
from simulator.kinds.schemas import type_of
from simulator.patches import strategic, structured
from simulator.patches.errors import ApplyConflict, PatchError, TypedPatchError

VARIABLE = {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
CONTAINER = {
    "name": "web",
    "image": "nginx:1",
    "command": ["a"],
    "env": [{"name": "B", "value": "1"}, VARIABLE],
    "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}],
    "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    "livenessProbe": {"httpGet": {"port": 80}},
    "securityContext": {"runAsUser": 1},
}
POD = {
    "containers": [CONTAINER],
    "initContainers": [{"name": "first", "image": "x"}],
    "imagePullSecrets": [{"name": "s"}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "volumes": [{"name": "data", "secret": {"secretName": "s"}}],
}
TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": POD}
SELECTOR = {"matchLabels": {"app": "a"}}
SPECS: list[tuple[str, str, JSONObject]] = [
    ("v1", "Pod", POD),
    ("apps/v1", "Deployment", {"selector": SELECTOR, "template": TEMPLATE, "strategy": {}}),
    ("apps/v1", "StatefulSet", {"selector": SELECTOR, "template": TEMPLATE, "serviceName": "a"}),
    ("v1", "Service", {"ports": [{"port": 80, "targetPort": "http"}], "selector": {"app": "a"}}),
    (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        {
            "podSelector": SELECTOR,
            "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 1}]}],
        },
    ),
]
ODDITIES: list[Any] = [
    None, "", 0, -1, True, [], {}, [None], [{}], "x", 1.5, {"a": 1}, [1], "5Gi", {"name": None},
    [{"name": "a"}, {"name": "a"}],
]  # fmt: skip


def objects() -> list[JSONObject]:
    metadata = {"name": "a", "namespace": "ns", "labels": {"app": "a"}, "finalizers": ["x.y/z"]}
    return [
        {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
        for version, kind, spec in SPECS
    ]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        inner = enumerate(value)
    for key, item in inner:
        found += places(item, (*path, key))
    return found


def odd(obj: JSONObject, dice: random.Random) -> JSONObject:
    """The object with one to three of its parts gone, doubled or replaced."""
    obj = orjson.loads(orjson.dumps(obj))
    for _ in range(dice.randint(1, 3)):
        *path, last = dice.choice([p for p in places(obj) if p[0] == "spec" or len(p) > 1])
        container: Any = obj
        for key in path:
            container = container[key]
        match dice.random():
            case chance if chance < 0.6:
                container[last] = dice.choice(ODDITIES)
            case chance if chance < 0.8:
                del container[last]
            case _ if isinstance(container, list):
                container.append(container[last])
            case _:
                container["extra"] = 1
        obj = orjson.loads(orjson.dumps(obj))
    return obj


@pytest.mark.parametrize("seed", range(12))
def test_odd_objects_are_refused_or_taken(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(25):
        for good in objects():
            try_everything(good, odd(good, dice))


def try_everything(good: JSONObject, strange: JSONObject) -> None:
    resource = by_kind(good["apiVersion"], good["kind"])
    assert resource is not None
    type_ = type_of(resource.api_version, resource.kind)
    how = {"manager": "m", "api_version": resource.api_version, "now": "2026-01-01T00:00:00Z"}
    live = defaulted(resource, structured.apply(None, good, type_, force=True, **how))
    with contextlib.suppress(MismatchError):
        complete = defaulted(resource, strange)
        validate_create(resource, complete)
        validate_update(resource, complete, live)
        made = structured.update(live, complete, type_, **how)
        assert structured.settled(made, structured.update(made, complete, type_, **how)) is made
    with contextlib.suppress(ApplyConflict, TypedPatchError, MismatchError):
        defaulted(resource, structured.apply(live, strange, type_, force=False, **how))
    with contextlib.suppress(PatchError, MismatchError):
        patch = {key: strange[key] for key in ("metadata", "spec") if key in strange}
        defaulted(resource, strategic.apply(live, patch, type_))
