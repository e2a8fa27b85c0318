import pytest

from simulator.kinds.resources import BUILT_IN, by_kind, by_path
from simulator.kinds.schemas import type_from_open_api, type_of, zero
from simulator.kinds.types import ListOf, MapOf, Opaque, Relation, Scalar, Struct


def struct_at(struct: Struct, *names: str) -> Struct:
    for name in names:
        inner = struct.fields[name].type
        struct = inner.element if isinstance(inner, ListOf) else inner  # type: ignore[assignment]
    assert isinstance(struct, Struct)
    return struct


@pytest.mark.parametrize("resource", BUILT_IN, ids=lambda resource: resource.plural)
def test_every_served_kind_has_a_type_with_metadata(resource) -> None:
    type_ = type_of(resource.api_version, resource.kind)
    assert struct_at(type_, "metadata").name == "meta.v1.ObjectMeta"


@pytest.mark.parametrize("resource", BUILT_IN, ids=lambda resource: resource.plural)
def test_a_kind_has_a_status_endpoint_only_if_it_has_a_status(resource) -> None:
    type_ = type_of(resource.api_version, resource.kind)
    assert "status" in type_.fields or "status" not in resource.subresources


def test_rows_are_found_by_path_and_by_kind() -> None:
    deployments = by_path("apps", "v1", "deployments")
    assert deployments is not None
    assert deployments is by_kind("apps/v1", "Deployment")
    assert (deployments.name, deployments.list_kind) == ("apps/v1/deployments", "DeploymentList")
    assert by_path("apps", "v1", "pods") is None
    assert by_kind("v1", "Nothing") is None


def test_paths_and_kinds_are_unique() -> None:
    assert len({row.name for row in BUILT_IN}) == len(BUILT_IN)
    assert len({(row.api_version, row.kind) for row in BUILT_IN}) == len(BUILT_IN)


def test_lists_know_their_keys_and_what_a_missing_key_counts_as() -> None:
    container = struct_at(type_of("v1", "Pod"), "spec", "containers")
    ports = container.fields["ports"].type
    assert isinstance(ports, ListOf)
    assert ports.relation is Relation.MAP
    assert ports.keys == ("containerPort", "protocol")
    assert ports.key_defaults == {"protocol": "TCP"}
    assert container.fields["ports"].merge_key == "containerPort"
    finalizers = struct_at(type_of("v1", "Pod"), "metadata").fields["finalizers"].type
    assert isinstance(finalizers, ListOf)
    assert finalizers.relation is Relation.SET
    command = container.fields["command"].type
    assert isinstance(command, ListOf)
    assert command.relation is Relation.ATOMIC


def test_strategies_beside_a_reference_are_kept() -> None:
    spec = struct_at(type_of("apps/v1", "Deployment"), "spec")
    assert spec.fields["strategy"].strategies == {"retainKeys"}


def test_selectors_are_one_value() -> None:
    assert struct_at(type_of("apps/v1", "Deployment"), "spec", "selector").atomic
    selector = struct_at(type_of("v1", "Service"), "spec").fields["selector"].type
    assert isinstance(selector, MapOf)
    assert selector.atomic


def test_an_empty_object_holds_what_encoding_always_writes() -> None:
    assert zero(type_of("apps/v1", "Deployment")) == {
        "metadata": {},
        "spec": {
            "selector": None,
            "strategy": {},
            "template": {"metadata": {}, "spec": {"containers": None}},
        },
        "status": {},
    }


def test_definitions_that_contain_themselves_have_a_type() -> None:
    version = struct_at(
        type_of("apiextensions.k8s.io/v1", "CustomResourceDefinition"), "spec", "versions"
    )
    schema = struct_at(version, "schema", "openAPIV3Schema")
    assert schema.fields["not"].type is schema


SCHEMA = {
    "type": "object",
    "properties": {
        "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "properties": {
                "size": {"type": "integer"},
                "port": {"x-kubernetes-int-or-string": True},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "tags": {
                    "type": "array",
                    "items": {"type": "string"},
                    "x-kubernetes-list-type": "set",
                },
                "ports": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "port": {"type": "integer"},
                            "protocol": {"type": "string", "default": "TCP"},
                        },
                    },
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["port", "protocol"],
                },
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
}


def test_custom_resources_get_their_type_from_their_schema() -> None:
    type_ = type_from_open_api(SCHEMA)
    spec = struct_at(type_, "spec")
    assert struct_at(type_, "metadata").name == "meta.v1.ObjectMeta"
    size, port = spec.fields["size"].type, spec.fields["port"].type
    assert isinstance(size, Scalar)
    assert isinstance(port, Scalar)
    assert (size.form, port.form) == ("integer", "int-or-string")
    free = spec.fields["free"].type
    assert isinstance(free, Struct)
    assert isinstance(free.rest, Opaque)
    assert spec.rest is None
    ports = spec.fields["ports"].type
    assert isinstance(ports, ListOf)
    assert ports.key_defaults == {"protocol": "TCP"}
    assert isinstance(spec.fields["labels"].type, MapOf)


def test_a_custom_resource_without_schema_keeps_everything() -> None:
    type_ = type_from_open_api({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    assert isinstance(type_.rest, Opaque)


def test_an_endpoint_ignores_what_another_one_writes() -> None:
    deployments, config_maps = by_kind("apps/v1", "Deployment"), by_kind("v1", "ConfigMap")
    assert deployments is not None
    assert config_maps is not None
    assert deployments.reset_fields() == {"f:status": {}}
    assert deployments.reset_fields("status") == {"f:metadata": {"f:labels": {}}, "f:spec": {}}
    assert config_maps.reset_fields() == {}
