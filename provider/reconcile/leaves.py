"""
Equality of parts of Kubernetes objects: scalars, quantities, lists with keys, whole subtrees.

Knows nothing of who owns what; `differs.py` does.
"""

from functools import lru_cache
from typing import Final

import orjson

from provider.jsontypes import JSONValue
from provider.lease import quantity

ABSENT: Final = object()
"""In place of a value that an object does not have."""

ListKeys = tuple[str, ...]
ItemKey = tuple[JSONValue, ...]
Place = tuple[str, str]
"""Where a value stands: the name of the field above, and its own."""

LIST_KEYS: Final[dict[Place, ListKeys]] = {
    ("spec", "containers"): ("name",),
    ("spec", "imagePullSecrets"): ("name",),
    ("spec", "ports"): ("port", "protocol"),
    ("spec", "volumes"): ("name",),
    ("containers", "env"): ("name",),
    ("containers", "ports"): ("containerPort", "protocol"),
    ("containers", "volumeMounts"): ("mountPath",),
}
"""The members that tell the items of a list apart; any other list is compared as a whole."""

_QUANTITY_MAPS = frozenset({"requests", "limits"})
_QUANTITY_FIELDS = frozenset({"sizeLimit"})


def same(desired: JSONValue, live: JSONValue, place: Place = ("", "")) -> bool:
    """Equal scalars: True is not 1, and 1000m is 1 where a quantity stands."""
    if desired == live:
        return isinstance(desired, bool) is isinstance(live, bool)
    above, field = place
    if above in _QUANTITY_MAPS or field in _QUANTITY_FIELDS:
        return isinstance(live, str | int | float) and _equal_quantities(desired, live)
    return False


_equal_quantities = lru_cache(maxsize=1024)(quantity.equal)


def is_zero(value: JSONValue) -> bool:
    """True for what Go omits when it encodes: empty, 0, false, and maps of nothing else."""
    if isinstance(value, dict):
        return all(map(is_zero, value.values()))
    return value is ABSENT or not value


def same_whole(desired: JSONValue, live: JSONValue) -> bool:
    """
    Equal subtrees, both ways; a zero value equals an absent one.

    For what one path of a field set owns with everything below it: ownership tells no more there,
    and a member that live holds beyond the desired can only be residue.
    """
    if live is ABSENT or live is None:
        return is_zero(desired)
    if isinstance(desired, dict) and isinstance(live, dict):
        return all(
            same_whole(value, live.get(name, ABSENT)) for name, value in desired.items()
        ) and all(name in desired or is_zero(value) for name, value in live.items())
    if isinstance(desired, list) and isinstance(live, list):
        return len(desired) == len(live) and all(map(same_whole, desired, live))
    return same(desired, live)


def key_of_item(item: JSONValue, keys: ListKeys) -> ItemKey:
    """What tells an item of a keyed list apart."""
    return tuple(item.get(name) for name in keys)


def by_key(items: JSONValue, keys: ListKeys) -> dict[ItemKey, JSONValue]:
    """Items by key; a list made with POST may repeat one, and then the last one counts."""
    if not isinstance(items, list):
        return {}
    return {key_of_item(item, keys): item for item in items}


@lru_cache(maxsize=4096)
def key_of_field(text: str, keys: ListKeys) -> ItemKey:
    """The key in a field set's `k:{"containerPort":80,"protocol":"TCP"}`."""
    return key_of_item(orjson.loads(text[2:]), keys)


def item_path(path: str, key: ItemKey) -> str:
    """`spec.ports[80/TCP]`."""
    return f"{path}[{'/'.join(map(str, key))}]"
