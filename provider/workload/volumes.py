"""
Volumes of a service: claims that outlive a pod, memory, and plain ephemeral storage.

Source: Akash, `cluster/kube/builder/workload.go`; the storage attributes `persistent` and `class`.
"""

from provider.jsontypes import JSONObject
from provider.lease.manifest import ManifestError, Service, Storage, StorageParams

_DEFAULT_CLASS = "default"


def persistent(service: Service) -> tuple[Storage, ...]:
    """The volumes that outlive their pods; with one of them a service runs as a StatefulSet."""
    return tuple(volume for volume in service.resources.storage or () if volume.persistent)


def claims(service: Service) -> list[JSONObject]:
    """Claim templates of the persistent volumes; of two of one name the last counts."""
    return list({v.name: _claim(service, v) for v in persistent(service)}.values())


def pod_volumes(service: Service) -> list[JSONObject]:
    """
    The pod's own volumes: each one in memory, and an ephemeral one where it is mounted.

    The Go provider renders the mount of an ephemeral volume without the volume, a pod that the
    API server refuses.
    """
    mounted = {mount.name for mount in _mounted(service)}
    claimed = {volume.name for volume in persistent(service)}
    rendered: dict[str, JSONObject] = {}
    for volume in service.resources.storage or ():
        source: JSONObject = {"sizeLimit": str(volume.size)}
        if volume.in_memory:
            source = {"medium": "Memory", **source}
        elif volume.name not in mounted:
            continue
        if volume.name not in claimed:
            name = _name(service, volume.name)
            rendered[name] = {"name": name, "emptyDir": source}
    return list(rendered.values())


def mounts(service: Service) -> list[JSONObject]:
    """
    Mounts by path; of two at one path the last wins.

    Raises:
        ManifestError: a mount names a volume that the service does not have.
    """
    names = {volume.name for volume in service.resources.storage or ()}
    by_path: dict[str, JSONObject] = {}
    for position, mount in enumerate(_mounted(service)):
        if mount.name not in names:
            path = f"{service.name}.params.storage[{position}].name"
            raise ManifestError(path, f"names no volume of the service: {mount.name!r}")
        by_path[mount.mount] = {
            "name": _name(service, mount.name),
            "mountPath": mount.mount,
            "readOnly": mount.read_only,
        }
    return list(by_path.values())


def memory_bytes(service: Service) -> int:
    """Bytes that the volumes in memory may take."""
    return sum(volume.size for volume in service.resources.storage or () if volume.in_memory)


def ephemeral_bytes(service: Service) -> int:
    """Bytes of the volumes that live on the node's disk and die with the pod."""
    return sum(
        volume.size
        for volume in service.resources.storage or ()
        if not volume.persistent and not volume.in_memory
    )


def storage_classes(service: Service) -> tuple[str, ...]:
    """Classes that the pod's node must offer, in the order of the volumes, without repeats."""
    classes = (volume.attribute("class") for volume in persistent(service))
    return tuple(dict.fromkeys(name for name in classes if name))


def storage_class(volume: Storage) -> str:
    """Class of a persistent volume; `default` is whatever the cluster has as its own."""
    return volume.attribute("class") or _DEFAULT_CLASS


def _mounted(service: Service) -> tuple[StorageParams, ...]:
    params = service.params.storage if service.params else None
    return tuple(mount for mount in params or () if mount.mount)


def _name(service: Service, volume: str) -> str:
    return f"{service.name}-{volume}"


def _claim(service: Service, volume: Storage) -> JSONObject:
    spec: JSONObject = {
        "accessModes": ["ReadWriteOnce"],
        "volumeMode": "Filesystem",
        "resources": {"requests": {"storage": str(volume.size)}},
    }
    if storage_class(volume) != _DEFAULT_CLASS:
        spec["storageClassName"] = storage_class(volume)
    return {"metadata": {"name": _name(service, volume.name)}, "spec": spec}
