from pathlib import Path

import orjson
import pytest

from simulator.admission.crd import decode, violations
from simulator.admission.schemas import root
from simulator.jsontypes import JSONObject
from simulator.kinds.schemas import type_from_open_api
from simulator.patches import structured

CONFORMANCE = Path(__file__).parents[2] / "conformance"
STEPS = orjson.loads((CONFORMANCE / "crds.json").read_bytes())["cases"][0]["steps"]
WIDGET = STEPS[0]["request"]["body"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def schema_of(**properties: JSONObject) -> JSONObject:
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}


def decoded(schema: JSONObject, **spec: object) -> JSONObject:
    obj = {"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "a"}, "spec": spec}
    return decode(schema, type_from_open_api(schema), obj).object


def wrong(schema: JSONObject, **spec: object) -> list[str]:
    causes = violations(schema, decoded(schema, **spec))
    return [f"{cause.field}: {cause.message}" for cause in causes]


def test_a_recorded_create_is_pruned_defaulted_owned_and_warned_of() -> None:
    sent, answer = STEPS[3]["request"]["body"], STEPS[3]["response"]["body"]
    type_ = type_from_open_api(WIDGET)
    result = decode(WIDGET, type_, sent)
    assert result.object["spec"] == answer["spec"]
    assert result.complaints == ('unknown field "spec.bogus"',)
    made = structured.update(
        None, result.object, type_, manager="python-httpx", api_version="x/v1", now=""
    )
    theirs = answer["metadata"]["managedFields"][0]["fieldsV1"]
    assert made["metadata"]["managedFields"][0]["fieldsV1"] == theirs


@pytest.mark.parametrize(
    ("step", "cause"),
    [
        (4, "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"),
        (
            5,
            'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
        ),
        (6, "spec.size: Required value"),
        (7, 'spec.color: Unsupported value: "green": supported values: "red", "blue"'),
    ],
)
def test_recorded_refusals_name_their_cause(step: int, cause: str) -> None:
    assert STEPS[step]["response"]["status"] == 422
    assert wrong(WIDGET, **STEPS[step]["request"]["body"]["spec"]) == [cause]


def test_what_is_fine_is_left_as_it_is() -> None:
    obj = decoded(WIDGET, size=1, color="blue", free={"any": [1]})
    assert decode(WIDGET, type_from_open_api(WIDGET), obj).object is obj
    assert violations(WIDGET, obj) == ()


def test_unknown_fields_go_but_for_those_to_preserve() -> None:
    schema = schema_of(
        free={"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        items={
            "type": "array",
            "items": {"type": "object", "properties": {"a": {"type": "string"}}},
        },
        labels={"type": "object", "additionalProperties": {"type": "string"}},
    )
    obj = {
        "metadata": {"name": "a", "oddity": 1},
        "spec": {"free": {"x": 1}, "items": [{"a": "1", "b": 2}], "labels": {"k": "v"}, "y": 1},
        "extra": 1,
    }
    result = decode(schema, type_from_open_api(schema), obj)
    assert result.object["spec"] == {
        "free": {"x": 1},
        "items": [{"a": "1"}],
        "labels": {"k": "v"},
    }
    assert set(result.complaints) == {
        'unknown field "metadata.oddity"',
        'unknown field "spec.items[0].b"',
        'unknown field "spec.y"',
        'unknown field "extra"',
    }


def test_defaults_go_deep_and_null_counts_as_nothing_unless_it_is_allowed() -> None:
    inner = {"type": "object", "properties": {"b": {"type": "integer", "default": 2}}}
    schema = schema_of(
        a={**inner, "default": {}},
        list={"type": "array", "items": inner},
        text={"type": "string", "default": "x"},
        maybe={"type": "string", "default": "x", "nullable": True},
        bare={"type": "string"},
    )
    spec = decoded(schema, list=[{}], text=None, maybe=None, bare=None)["spec"]
    assert spec == {"a": {"b": 2}, "list": [{"b": 2}], "text": "x", "maybe": None}


@pytest.mark.parametrize(
    ("rule", "good", "bad", "why"),
    [
        ({"type": "string", "minLength": 2}, "ab", "a", "should be at least 2 chars long"),
        ({"type": "string", "maxLength": 2}, "ab", "abc", "Too long: may not be more than 2 bytes"),
        ({"type": "string", "pattern": "^a+$"}, "aa", "b", "should match '^a+$'"),
        ({"type": "integer", "maximum": 5}, 5, 6, "should be less than or equal to 5"),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 2, 1, "should be greater than 1"),
        ({"type": "integer", "multipleOf": 5}, 10, 11, "should be a multiple of 5"),
        ({"type": "integer"}, 2.0, 2.5, 'must be of type integer: "number"'),
        ({"type": "number"}, 2.5, True, 'must be of type number: "boolean"'),
        ({"type": "boolean"}, False, 0, 'must be of type boolean: "integer"'),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a"], ["a", "b"], "Too many: 2: must have at most 1 item"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, ["a"], [], "should have at least 1 items"),
        ({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}, ["a", "b"], ["a", "a"], 'spec.f[1]: Duplicate value: "a"'),
        ({"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 1}, {"a": "1"}, {"a": "1", "b": "1"}, "Too many: 2"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"a": "1"}, {"a": 1}, 'spec.f.a in body must be of type string: "integer"'),
        ({"x-kubernetes-int-or-string": True}, 1, [], 'must be of type integer,string: "array"'),
        ({"type": "integer", "anyOf": [{"minimum": 5}, {"maximum": 1}]}, 0, 3, "must validate at least one schema (anyOf)"),
        ({"type": "integer", "oneOf": [{"minimum": 1}, {"maximum": 5}]}, 0, 3, "Found 2 valid alternatives"),
        ({"type": "integer", "not": {"minimum": 5}}, 4, 5, "must not validate the schema (not)"),
        ({"type": "integer", "allOf": [{"minimum": 5}]}, 5, 4, "should be greater than or equal to 5"),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None, "b", "Unsupported value"),
        ({"type": "integer", "enum": [1, 2]}, 1, 3, 'Unsupported value: 3: supported values: "1", "2"'),
        ({"type": "integer", "format": "int32"}, 1, 1 << 40, 'Checked value must be of type integer with format int32 in spec.f'),
        ({"type": "string", "format": "date-time"}, "2026-01-01T00:00:00.5Z", "today", 'Invalid value: "today": spec.f in body must be of type date-time: "today"'),
        ({"type": "string", "format": "date"}, "2026-01-01", "2026-13-01", "must be of type date"),
        ({"type": "string", "format": "ipv4"}, "10.0.0.1", "10.0.0", "must be of type ipv4"),
        ({"type": "string", "format": "ipv6"}, "::1", "10.0.0.1", "must be of type ipv6"),
        ({"type": "string", "format": "cidr"}, "10.0.0.1/8", "10.0.0.1", "must be of type cidr"),
        ({"type": "string", "format": "email"}, "a@example.com", "a", "must be of type email"),
        ({"type": "string", "format": "hostname"}, "a.example.com", "a_b", "must be of type hostname"),
        ({"type": "string", "format": "uri"}, "https://example.com/a", "no uri", "must be of type uri"),
        ({"type": "string", "format": "uuid"}, "3f0a2c9e-0000-4000-8000-0123456789ab", "3f0a", "must be of type uuid"),
        ({"type": "string", "format": "byte"}, "YQ==", "!", "must be of type byte"),
        ({"type": "string", "format": "duration"}, "1h30m", "soon", "must be of type duration"),
        ({"type": "string", "format": "mac"}, "01:23:45:67:89:ab", "01:23", "must be of type mac"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": "x"}, {}, "spec.f.a: Required value"),
        ({"type": "integer", "anyOf": [{"minimum": 5}, {"maximum": 1}]}, 0, 3, '<nil>: Invalid value: "": "spec.f" must validate at least one'),
    ],
)  # fmt: skip
def test_rules_of_a_schema(rule: JSONObject, good: object, bad: object, why: str) -> None:
    schema = schema_of(f=rule)
    assert wrong(schema, f=good) == []
    assert any(why in text for text in wrong(schema, f=bad))


def test_lists_with_keys_hold_each_key_once() -> None:
    item = {"type": "object", "properties": {"k": {"type": "string"}, "v": {"type": "string"}}}
    rule = {
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
    }
    twice = [{"k": "a", "v": "1"}, {"k": "a", "v": "2"}]
    assert wrong(schema_of(f=rule), f=twice) == ['spec.f[1]: Duplicate value: {"k":"a"}']


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({}, ".type: Required value: must not be empty for specified object fields"),
        ({"type": "array"}, ".items: Required value: must be specified"),
        ({"type": "array", "items": {}}, ".items.type: Required value: must not be empty for specified array items"),
        ({"type": "thing"}, '.type: Unsupported value: "thing": supported values: "array", "boolean"'),
        ({"type": "string", "pattern": "("}, '.pattern: Invalid value: "(": must be a valid regular expression'),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ".uniqueItems: Forbidden: uniqueItems cannot be set"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}, ".additionalProperties: Forbidden: additionalProperties and properties are mutual"),
        ({"type": "object", "anyOf": [{"type": "object"}]}, ".anyOf[0].type: Forbidden: must be empty to be structural"),
        ({"type": "string", "x-kubernetes-list-type": "set"}, '.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified'),
        ({"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"}, ".x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"),
        ({"type": "array", "items": {"type": "object", "properties": {"k": {"type": "string"}}}, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]}, ".items.properties[k].default: Required value: this property is in"),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": False}, ".x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined"),
        ({"type": "object", "$ref": "x"}, ".$ref: Forbidden: $ref is not supported"),
    ],
)  # fmt: skip
def test_a_schema_has_to_be_structural(rule: JSONObject, why: str) -> None:
    causes = root({"type": "object", "properties": {"f": rule}}, "s")
    assert [
        f"{cause.field}: {cause.message}"
        for cause in causes
        if why in f"{cause.field}: {cause.message}"
    ]
    assert not list(root({"type": "object", "properties": {"f": {"type": "string"}}}, "s"))


def test_a_schema_is_that_of_an_object() -> None:
    (cause,) = root({"type": "string"}, "s")
    assert (cause.field, cause.message) == (
        "s.type",
        'Invalid value: "string": must be object at the root',
    )


def test_what_does_not_fit_at_all_is_told_by_its_type() -> None:
    schema = schema_of(a={"type": "string"})
    type_ = type_from_open_api(schema)
    obj = {"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "a"}, "spec": "text"}
    kept = decode(schema, type_, obj).object
    structured.update(None, kept, type_, manager="m", api_version="x/v1", now="")
    (cause,) = violations(schema, kept)
    assert cause.message == 'Invalid value: "string": spec in body must be of type object: "string"'
