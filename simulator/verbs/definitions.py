"""What a CustomResourceDefinition says about its objects."""

from functools import cached_property

import attrs

from simulator.jsontypes import JSONObject
from simulator.kinds.resources import Resource
from simulator.kinds.schemas import type_from_open_api
from simulator.kinds.types import Struct


@attrs.frozen(eq=False, slots=False)
class Definition:
    """The served version of a custom resource."""

    resource: Resource
    schema: JSONObject
    """`openAPIV3Schema`."""
    selectable: tuple[str, ...] = ()
    """Fields that a field selector may name, beside name and namespace."""

    @cached_property
    def type(self) -> Struct:
        """The schema as the type that patches walk along."""
        return type_from_open_api(self.schema)


def definition_of(crd: JSONObject) -> Definition | None:
    """
    The stored version of a CustomResourceDefinition; None if it is not served.

    Other versions are not served here: nothing converts between them.
    """
    spec = crd["spec"]
    stored = next(version for version in spec["versions"] if version["storage"])
    return _definition(spec, stored) if stored["served"] else None


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
