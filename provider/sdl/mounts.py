"""
Whether a service and its compute profile agree on volumes.

Source: Akash chain-sdk, `v2.validate` in `go/sdl/v2.go` and `go/sdl/v2_1.go`.
"""

from collections.abc import Iterator

from provider.lease.manifest import StorageParams
from provider.sdl.deployment import Deployed
from provider.sdl.dialect import Dialect
from provider.sdl.errors import SdlWarning
from provider.sdl.node import shortened


def check_mounts(deployed: Deployed, dialect: Dialect) -> None:
    """Check what the service mounts against the volumes of its profile."""
    volumes = {at.volume.name: at.volume for at in deployed.compute.volumes or ()}
    storage = deployed.service.node.get("params").get("storage")
    mounts: set[str] = set()
    for mounted in _mounted(deployed):
        node, volume = storage.get(mounted.name), volumes.get(mounted.name)
        if volume is None:
            names = ", ".join(map(shortened, volumes))
            raise node.error(
                f"compute profile {shortened(deployed.compute.name)} has no such volume: "
                f"expected {names}"
            )
        if mounted.mount in mounts:
            raise node.get("mount").error(
                "another volume is mounted here too: expected a path of its own"
            )
        mounts.add(mounted.mount)
        if dialect is not Dialect.V2_0 and mounted.read_only and volume.attribute("class") == "ram":
            raise node.get("readOnly").error(
                "a volume of class ram is empty at first: expected no `readOnly`"
            )
    # The reference asks only that the service mounts *some* volume, and real definitions rely on it.
    if not mounts:
        for name, volume in volumes.items():
            if volume.persistent:
                raise storage.get(name).error(
                    "missing: the profile's volume of this name is persistent: expected its `mount`"
                )


def unmounted(deployed: Deployed) -> Iterator[SdlWarning]:
    """Persistent volumes that are paid for but mounted nowhere."""
    mounted = {one.name for one in _mounted(deployed)}
    for at in deployed.compute.volumes or ():
        if at.volume.persistent and at.volume.name not in mounted:
            service = shortened(deployed.service.service.name)
            yield at.node.warning(f"persistent, but service {service} mounts it nowhere")


def _mounted(deployed: Deployed) -> tuple[StorageParams, ...]:
    params = deployed.service.service.params
    return (params.storage or ()) if params else ()
