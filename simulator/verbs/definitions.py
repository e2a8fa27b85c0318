"""What one version of a CustomResourceDefinition says about its objects."""

from functools import cached_property

import attrs

from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource
from simulator.kinds.schemas import type_from_open_api
from simulator.kinds.types import Struct


@attrs.frozen(eq=False, slots=False)
class Definition:
    """One served version of a custom resource."""

    resource: Resource
    schema: JSONObject
    """`openAPIV3Schema`."""
    selectable: tuple[str, ...] = ()
    """Fields that a field selector may name, beside name and namespace."""

    @cached_property
    def type(self) -> Struct:
        """The schema as the type that patches walk along."""
        return type_from_open_api(self.schema)


def definitions_of(crd: JSONObject) -> tuple[Definition, ...]:
    """The served versions of a CustomResourceDefinition, the stored one first."""
    spec = crd["spec"]
    versions = sorted(spec["versions"], key=lambda version: not version["storage"])
    return tuple(_definition(spec, version) for version in versions if version["served"])


def _definition(spec: JSONObject, version: JSONObject) -> Definition:
    names = spec["names"]
    resource = Resource(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names.get("singular") or names["kind"].lower(),
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=tuple(sorted(version.get("subresources") or ())),
        custom=True,
    )
    fields = version.get("selectableFields") or ()
    paths = tuple(field["jsonPath"].removeprefix(".") for field in fields)
    schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    return Definition(resource, schema, paths)
