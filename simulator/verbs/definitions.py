"""What a CustomResourceDefinition says about its objects."""

from functools import cached_property

import attrs

from simulator.jsontypes import FrozenJSON, JSONObject
from simulator.kinds.resources import Resource
from simulator.kinds.schemas import type_from_open_api
from simulator.kinds.types import Struct
from simulator.tables.columns import Column
from simulator.tables.custom import custom_columns


@attrs.frozen(eq=False, slots=False)
class Definition:
    """The served version of a custom resource."""

    resource: Resource
    schema: JSONObject
    """`openAPIV3Schema`."""
    selectable: tuple[str, ...] = ()
    """Fields that a field selector may name, beside name and namespace."""
    printed: tuple[FrozenJSON, ...] = ()
    """`additionalPrinterColumns`."""

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What a Table shows of its objects."""
        return custom_columns(self.printed)

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
    printed = tuple(version.get("additionalPrinterColumns") or ())
    return Definition(resource, schema, paths, printed)
