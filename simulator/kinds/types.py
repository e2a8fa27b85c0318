"""
What a value of an object may be: the types that patches, defaults and admission walk along.

A type knows what OpenAPI says (fields, list keys, patch strategies) and what the Go types behind
the API make of it (which zero values survive encoding). Types are shared and never change once
built; they may contain themselves, so compare them by identity.

Source: OpenAPI extensions `x-kubernetes-list-type`, `-list-map-keys`, `-map-type`,
`-patch-merge-key`, `-patch-strategy`, `-preserve-unknown-fields`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias

import attrs

from simulator.jsontypes import JSONValue


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""Stands for "no value at all", where None would mean JSON null."""


class Relation(Enum):
    """How the items of a list relate to those of another version of it."""

    ATOMIC = "atomic"
    """The list is one value."""
    SET = "set"
    """Scalars, each at most once."""
    MAP = "map"
    """Objects, told apart by their keys."""


@attrs.frozen(eq=False)
class Scalar:
    """A string, number or boolean, or a few forms that are strings on the wire."""

    form: str
    """`string`, `boolean`, `integer`, `number`, `bytes`, `time`, `quantity`, `int-or-string`."""
    go: str
    """Name in Go, for the texts of decoding errors: `string`, `int32`, `bool` …"""

    @property
    def atomic(self) -> bool:
        """A scalar is one value."""
        return True


@attrs.frozen(eq=False)
class Opaque:
    """
    Anything. `atomic`: one value (a RawExtension); otherwise maps merge by key and lists are
    atomic (what a custom resource preserves without declaring).
    """

    atomic: bool


@attrs.frozen(eq=False)
class MapOf:
    """An object with free keys: labels, data, limits."""

    element: "Type"
    atomic: bool


@attrs.frozen(eq=False)
class ListOf:
    """A list."""

    element: "Type"
    relation: Relation
    keys: tuple[str, ...]
    """Names of the fields that identify an item of a `Relation.MAP`, sorted."""
    key_defaults: Mapping[str, JSONValue]
    """What a missing key counts as: `protocol` TCP."""
    go: str
    """Name in Go, for the texts of decoding errors: `[]v1.Container`."""
    atomic: bool = attrs.field(init=False)
    """The list is one value."""

    @atomic.default
    def _is_atomic(self) -> bool:
        return self.relation is Relation.ATOMIC


@attrs.frozen(eq=False)
class Field:
    """One declared field of a `Struct`."""

    type: "Type"
    merge_key: str = ""
    """Key of the items under a strategic merge; empty for lists of scalars."""
    strategies: frozenset[str] = frozenset()
    """Of a strategic merge: `merge`, `replace`, `retainKeys`."""
    keeps_zero: bool = False
    """True if 0, "" or false stays when written (a pointer in Go); otherwise it vanishes."""
    zero: JSONValue = ABSENT
    """What the server writes when nothing is there; `ABSENT` if it leaves the field out."""


@attrs.frozen(eq=False)
class Struct:
    """An object with declared fields."""

    name: str
    """Short name of the definition, for instance `core.v1.PodSpec`; empty in custom resources."""
    fields: Mapping[str, Field]
    atomic: bool = False
    rest: "Type | None" = None
    """Type of undeclared fields, if those are kept."""
    custom: bool = False
    """True in custom resources: no Go type behind it, so zero values are as good as others."""


Type: TypeAlias = Scalar | Opaque | MapOf | ListOf | Struct


def go_name(type_: Type) -> str:
    """Name in Go, for the texts of decoding errors: `v1.PodSpec`, `map[string]string`."""
    match type_:
        case Struct(name=name):
            return ".".join(name.split(".")[-2:])
        case Scalar(go=go) | ListOf(go=go):
            return go
        case MapOf(element=element):
            return f"map[string]{go_name(element)}"
        case Opaque():
            return "interface {}"
