"""What a CustomResourceDefinition says about its objects."""

import re
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
    scale: FrozenJSON | None = None
    """`subresources.scale`: the paths of its replicas and selector."""
    stored: "Definition | None" = None
    """The version that objects are stored in; None if it is this one."""

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What a Table shows of its objects."""
        return custom_columns(self.printed)

    @cached_property
    def type(self) -> Struct:
        """The schema as the type that patches walk along."""
        return type_from_open_api(self.schema)


def definitions_of(crd: JSONObject) -> tuple[Definition, ...]:
    """
    The served versions of a CustomResourceDefinition, the most stable and newest first.

    Nothing converts between them but their `apiVersion` (the strategy None).
    """
    spec = crd["spec"]
    stored = _definition(spec, next(version for version in spec["versions"] if version["storage"]))
    versions = [version for version in spec["versions"] if version["served"]]
    return tuple(
        stored if version["storage"] else attrs.evolve(_definition(spec, version), stored=stored)
        for version in sorted(versions, key=_priority)
    )


_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
_STABILITY = {None: 0, "beta": 1, "alpha": 2}


def _priority(version: JSONObject) -> tuple[int, int, int, str]:
    """Stable before beta before alpha, each from the newest down; other names last."""
    name = version["name"]
    match = _VERSION.fullmatch(name)
    if match is None:
        return 3, 0, 0, name
    major, stability, minor = match.groups()
    return _STABILITY[stability], -int(major), -int(minor or 0), name


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
    scale = (version.get("subresources") or {}).get("scale")
    return Definition(resource, schema, paths, printed, scale)
