"""
Rules of one service that only Kubernetes would enforce: lengths of derived names, volumes, options.

None of them is checked by the Go provider, where such a service fails later: at the API server
after half of its lease was created, or in a Deployment whose pods never come.
"""

import re
from collections.abc import Iterator

from provider.lease.identity import sharing_key
from provider.lease.manifest import Expose, ManifestError, Service, Storage, StorageParams

LABEL_LENGTH_MAX = 63
"""Of a Service's, a container's or a volume's name, and of a label's value."""
_SUBDOMAIN_LENGTH_MAX = 253
_OWNER_LENGTH = 44
_REVISION_LENGTH = 11
"""A StatefulSet's pods carry its name, a dash and ten characters as a label."""

_VOLUME_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
PERMISSIONS = ("deployment", "events", "logs")
NEXT_CASES = ("error", "timeout", "500", "502", "503", "504", "403", "404", "429", "off")
"""When the proxy tries the next pod; `off` stands alone. They end up in the proxy's own
configuration, so that anything else would be a way to write there."""


def check_names(service: Service, path: str) -> None:
    """
    What a service's name becomes a part of must still be a name.

    Raises:
        ManifestError: the first derived name that is too long.
    """
    for kind, derived in _derived_names(service):
        if len(derived) > LABEL_LENGTH_MAX:
            raise ManifestError(
                f"{path}.name",
                f"{service.name!r} is too long: its {kind} would be named {derived!r}, expected at "
                f"most {LABEL_LENGTH_MAX} characters",
            )


def _derived_names(service: Service) -> Iterator[tuple[str, str]]:
    for expose in service.expose or ():
        if expose.global_ and not expose.is_ingress:
            yield "node port", f"{service.name}-np"
        if expose.global_ and expose.ip:
            suffix = f"-ip-{expose.effective_port}-{expose.proto}".lower()
            yield "leased address", f"{service.name}{suffix}"
    for volume in _kept(service):
        yield f"volume {volume.name!r}", f"{service.name}-{volume.name}"
    if any(volume.persistent for volume in service.resources.storage or ()):
        yield "revisions", f"{service.name}{'x' * _REVISION_LENGTH}"


def check_volumes(service: Service, path: str) -> None:
    """
    Volumes that become objects are told apart by name, and mounts name one of them.

    Raises:
        ManifestError: the first volume or mount that cannot be.
    """
    kept = _kept(service)
    seen: set[str] = set()
    for index, volume in enumerate(service.resources.storage or ()):
        if volume not in kept:
            continue
        where = f"{path}.resources.storage[{index}].name"
        if not _VOLUME_NAME.fullmatch(volume.name):
            raise ManifestError(
                where,
                f"{volume.name!r} is no name of a volume: expected a-z, 0-9 and '-', the first and "
                "the last no '-'",
            )
        if volume.name in seen:
            raise ManifestError(where, f"another volume is named {volume.name!r} too")
        seen.add(volume.name)
    names = {volume.name for volume in service.resources.storage or ()}
    for index, mount in enumerate(_mounts(service)):
        where = f"{path}.params.storage[{index}]"
        if mount.name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise ManifestError(
                f"{where}.name", f"names no volume of the service: {mount.name!r}; it has {known}"
            )
        if mount.mount and (not mount.mount.startswith("/") or ":" in mount.mount):
            raise ManifestError(
                f"{where}.mount", f"expected an absolute path without ':', got {mount.mount!r}"
            )


def _kept(service: Service) -> tuple[Storage, ...]:
    """The volumes that the pod or its claims have by name."""
    mounted = {mount.name for mount in _mounts(service) if mount.mount}
    return tuple(
        volume
        for volume in service.resources.storage or ()
        if volume.persistent or volume.in_memory or volume.name in mounted
    )


def _mounts(service: Service) -> tuple[StorageParams, ...]:
    return (service.params.storage if service.params else None) or ()


def check_extras(service: Service, path: str) -> None:
    """
    Permissions are known ones, and a login says where to.

    Raises:
        ManifestError: the first that is not.
    """
    read = (service.params.permissions_read if service.params else None) or ()
    for index, permission in enumerate(read):
        if permission not in PERMISSIONS:
            raise ManifestError(
                f"{path}.params.permissions.read[{index}]",
                f"{permission!r} is no permission: expected {', '.join(PERMISSIONS)}",
            )
    if service.credentials is not None and not service.credentials.host:
        raise ManifestError(f"{path}.credentials.host", "expected the address of a registry")


def check_address(expose: Expose, path: str) -> None:
    """
    A leased address is for the world, and its name fits into the names of objects.

    Raises:
        ManifestError: the expose is not global, or the name is too long.
    """
    if not expose.ip:
        return
    if not expose.global_:
        raise ManifestError(
            f"{path}.ip", "expected global: a leased address is reached from outside"
        )
    name = f"{sharing_key('x' * _OWNER_LENGTH, expose.ip)}-{expose.proto}-{expose.effective_port}"
    if (excess := len(name) - _SUBDOMAIN_LENGTH_MAX) > 0:
        most = len(expose.ip) - excess
        raise ManifestError(f"{path}.ip", f"too long a name: expected at most {most} characters")


def check_next_cases(expose: Expose, path: str) -> None:
    """
    The cases in which a request goes to the next pod are known ones.

    Raises:
        ManifestError: the first that is not.
    """
    cases = expose.http_options.next_cases
    for index, case in enumerate(cases):
        where = f"{path}.httpOptions.nextCases[{index}]"
        if case not in NEXT_CASES:
            raise ManifestError(where, f"{case!r} is no case: expected {', '.join(NEXT_CASES)}")
        if case == "off" and len(cases) > 1:
            raise ManifestError(where, "'off' stands alone")
