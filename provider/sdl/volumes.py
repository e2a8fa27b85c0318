"""
The `storage` of a compute profile.

Source: Akash chain-sdk, `go/sdl/storage.go`.
"""

from collections.abc import Iterable

import attrs

from provider.lease.manifest import Attribute, Storage
from provider.sdl.node import Node, shortened
from provider.sdl.sizes import byte_size

DEFAULT = "default"
"""Name of the volume that has none, and of the class that a persistent volume has without one."""

_CLASSES = ("default", "beta1", "beta2", "beta3", "ram")
_BOOLEANS = {
    "true": "true", "on": "true", "yes": "true",
    "false": "false", "off": "false", "no": "false",
}  # fmt: skip


@attrs.frozen
class VolumeAt:
    """A volume and where it was read."""

    volume: Storage
    node: Node


def read_volumes(node: Node) -> tuple[VolumeAt, ...]:
    """The volumes of a profile, from a list or from a single mapping, in the manifest's order."""
    if isinstance(node.content, tuple):
        volumes = [VolumeAt(_read_volume(item), item) for item in node.items()]
    else:
        volumes = [VolumeAt(attrs.evolve(_read_volume(node), name=DEFAULT), node)]
    names: set[str] = set()
    for at in volumes:
        if at.volume.name in names:
            raise at.node.get("name").error(
                f"another volume is named {shortened(at.volume.name)} too: expected a name of its own"
            )
        names.add(at.volume.name)
    return _sorted(volumes)


def _read_volume(node: Node) -> Storage:
    return Storage(
        name=node.get("name").text() or DEFAULT,
        size=byte_size(node.get("size")),
        attributes=node.get("attributes").maybe(_read_attributes) or (),
    )


def _read_attributes(node: Node) -> tuple[Attribute, ...]:
    for key, value in node.entries():
        if key not in ("persistent", "class"):
            raise value.error("expected no storage attribute but `persistent` and `class`")
    persistent = _read_persistent(node.get("persistent"))
    class_name = _read_class(node.get("class"), persistent=persistent == "true")
    pairs = (Attribute("class", class_name), Attribute("persistent", persistent))
    return tuple(pair for pair in pairs if pair.value)


def _read_persistent(node: Node) -> str:
    text = node.text() or "false"
    if text not in _BOOLEANS:
        raise node.error(f"expected true or false, got {shortened(text)}")
    return _BOOLEANS[text]


def _read_class(node: Node, *, persistent: bool) -> str:
    name = node.text()
    if not name:
        return DEFAULT if persistent else ""
    if name not in _CLASSES:
        raise node.error(f"expected one of {', '.join(_CLASSES)}, got {shortened(name)}")
    if name == "ram" and persistent:
        raise node.error("a volume of class ram cannot be persistent: drop `persistent: true`")
    if name != "ram" and not persistent:
        raise node.error(f"a volume of class {name} needs `persistent: true`")
    return name


def _sorted(volumes: Iterable[VolumeAt]) -> tuple[VolumeAt, ...]:
    """
    By size, then ephemeral before persistent, then by name.

    The reference calls every ephemeral volume less than every other of its size, itself included, so
    that its insertion sort turns their order around. This is that sort, because the order is hashed.
    """
    done: list[VolumeAt] = []
    for at in volumes:
        position = len(done)
        while position and _before(at.volume, done[position - 1].volume):
            position -= 1
        done.insert(position, at)
    return tuple(done)


def _before(one: Storage, other: Storage) -> bool:
    if one.size != other.size:
        return one.size < other.size
    mine, theirs = one.attribute("persistent"), other.attribute("persistent")
    if mine != theirs:
        # "" (no attributes at all) comes first, then "false", then "true".
        return mine < theirs
    return not one.persistent or one.name < other.name
