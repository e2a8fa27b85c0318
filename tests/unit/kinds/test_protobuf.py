"""Messages hold what JSON holds: both ways, for everything that was recorded."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.canonical import MismatchError, canonical
from simulator.kinds.protobuf import NotProtobufError, decode, encode, known, opened, sealed
from simulator.kinds.resources import BUILT_IN, by_kind
from simulator.kinds.schemas import definition_name, type_of

RECORDINGS = Path(__file__).parents[2] / "conformance"

PRIORITY_CLASS = bytes.fromhex(
    "6b3873000a250a147363686564756c696e672e6b38732e696f2f7631120d5072696f72697479436c617373"
    "12390a120a026c6f12001a0022002a0032003800420010fbffffffffffffffff01180022002a14507265656d"
    "70744c6f7765725072696f726974791a002200"
)
"""What kubectl 1.32 sends for `create priorityclass lo --value=-5`."""


def objects(value: JSONValue) -> Iterator[JSONObject]:
    if isinstance(value, dict):
        if {"kind", "apiVersion", "metadata"} <= value.keys() and by_kind(
            str(value["apiVersion"]), str(value["kind"])
        ):
            yield value
        for item in value.values():
            yield from objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from objects(item)


def with_times(value: JSONValue) -> JSONValue:
    """Recordings have placeholders for times."""
    text = orjson.dumps(value).decode()
    text = text.replace("<time>", "2026-01-01T00:00:00Z")
    return orjson.loads(text.replace("<microtime>", "2026-01-01T00:00:00.000001Z"))


def recorded() -> Iterator[tuple[str, JSONObject]]:
    for path in sorted(RECORDINGS.glob("*.json")):
        for obj in objects(with_times(orjson.loads(path.read_bytes()))):
            try:
                type_ = type_of(obj["apiVersion"], obj["kind"])
                yield definition_name(obj["apiVersion"], obj["kind"]), canonical(obj, type_).object
            except (MismatchError, KeyError):
                continue  # recorded to be refused


def without_nested_kinds(obj: JSONObject) -> JSONObject:
    """Only the envelope says a kind: templates of claims lose theirs."""
    spec = obj.get("spec") or {}
    if not isinstance(spec, dict) or "volumeClaimTemplates" not in spec:
        return obj
    bare = [
        {key: value for key, value in claim.items() if key not in ("kind", "apiVersion")}
        for claim in spec["volumeClaimTemplates"]
    ]
    return {**obj, "spec": {**spec, "volumeClaimTemplates": bare}}


def test_what_was_recorded_is_the_same_after_a_message() -> None:
    count = 0
    for name, obj in recorded():
        if not (obj.get("spec") or {}).get("containers", True):
            continue  # no containers and an empty list of them are the same message
        head = {"kind": obj["kind"], "apiVersion": obj["apiVersion"]}
        back = decode(name, encode(name, obj)) | head
        again = canonical(back, type_of(obj["apiVersion"], obj["kind"])).object
        assert again == without_nested_kinds(obj)
        count += 1
    assert count > 250


@pytest.mark.parametrize("resource", BUILT_IN, ids=lambda resource: resource.plural)
def test_every_kind_has_a_message(resource) -> None:
    assert known(definition_name(resource.api_version, resource.kind))


def test_a_body_of_kubectl() -> None:
    envelope = opened(PRIORITY_CLASS)
    assert (envelope.api_version, envelope.kind) == ("scheduling.k8s.io/v1", "PriorityClass")
    obj = decode("scheduling.v1.PriorityClass", envelope.raw)
    assert (obj["metadata"]["name"], obj["value"]) == ("lo", -5)
    assert obj["preemptionPolicy"] == "PreemptLowerPriority"


@pytest.mark.parametrize(
    ("name", "obj"),
    [
        ("core.v1.Secret", {"data": {"a": "aGk=", "b": ""}, "immutable": False}),
        ("core.v1.ContainerPort", {"containerPort": 80, "hostPort": -1}),
        ("apps.v1.RollingUpdateDeployment", {"maxSurge": "25%", "maxUnavailable": 0}),
        ("core.v1.ResourceRequirements", {"limits": {"cpu": "100m", "memory": "1Gi"}}),
        ("coordination.v1.LeaseSpec", {"renewTime": "2026-01-01T00:00:00.000001Z"}),
        ("core.v1.Volume", {"name": "v", "configMap": {"name": "c", "optional": False}}),
        ("meta.v1.ManagedFieldsEntry", {"fieldsV1": {"f:a": {".": {}}}}),
        (
            "apiextensions.v1.JSONSchemaProps",
            {
                "additionalProperties": {"type": "string"},
                "default": 1.5,
                "items": {"type": "integer", "maximum": 2.5},
                "x-kubernetes-preserve-unknown-fields": True,
            },
        ),
        ("apiextensions.v1.JSONSchemaProps", {"additionalProperties": False}),
        ("authorization.v1.SubjectAccessReviewSpec", {"extra": {"scopes": ["a", "b"]}}),
    ],
)
def test_odd_fields(name: str, obj: JSONObject) -> None:
    assert decode(name, encode(name, obj)) == obj


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b'{"kind":"Pod"}',
        b"k8s\x00\x0a\x05ab",  # shorter than it says
        b"k8s\x00\x0a",
        b"k8s\x00\x0b\x00",  # a group, which nobody sends
        b"k8s\x00\x0a\x04\x0a\x02\xff\xfe",  # no text
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(NotProtobufError):
        opened(body)


def test_an_unknown_field_is_skipped() -> None:
    assert decode("core.v1.ConfigMap", b"\xa2\x06\x01x") == {}


def test_an_envelope_comes_apart_again() -> None:
    envelope = opened(sealed("v1", "Pod", b"raw"))
    assert (envelope.api_version, envelope.kind, envelope.raw) == ("v1", "Pod", b"raw")
