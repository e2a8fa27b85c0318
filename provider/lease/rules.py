"""
What a manifest must fulfil by itself, before anything is asked of the chain or the cluster.

Checked on every manifest that comes in, whatever tool may have made it.

Source: Akash chain-sdk, `go/manifest/v2beta3`, `Manifest.Validate`. Stricter than there where the
manifest would fail later and less clearly: service names do not repeat and fit a DNS label, the
external port is a port, quantities fit the record, and what `servicerules.py` holds.
"""

import re

import attrs

from provider.lease import servicerules
from provider.lease.manifest import Expose, Group, Manifest, ManifestError, Resources, Service
from provider.lease.servicerules import LABEL_LENGTH_MAX

_SUBDOMAIN_LENGTH_MAX = 253
_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")

_PORT_MAX = 2**16 - 1
# The record stores units of CPU and GPU as uint32 and sizes as uint64.
_UNITS_MAX = 2**32 - 1
_SIZE_MAX = 2**64 - 1
# Kubernetes holds `replicas` as int32.
_REPLICAS_MAX = 2**31 - 1


def validate(manifest: Manifest) -> None:
    """
    Check every rule.

    Raises:
        ManifestError: the first rule that is broken, in the order of the document.
    """
    if not manifest:
        raise ManifestError("", "expected at least one group")
    group_names: set[str] = set()
    seen = _Seen()
    for index, group in enumerate(manifest):
        _check_group(group, f"[{index}]", seen)
        if group.name in group_names:
            raise ManifestError(f"[{index}].name", f"another group is named {group.name!r} too")
        group_names.add(group.name)
    if not any(e.global_ for g in manifest for s in g.services for e in s.expose or ()):
        raise ManifestError("", "expected at least one port that is exposed globally")


@attrs.define(eq=False)
class _Seen:
    """What may occur once in a whole manifest."""

    hosts: set[str] = attrs.field(factory=set)
    addresses: set[tuple[str, int, str]] = attrs.field(factory=set)


def _check_group(group: Group, path: str, seen: _Seen) -> None:
    if not group.services:
        raise ManifestError(f"{path}.services", "expected at least one service")
    previous = ""
    for index, service in enumerate(group.services):
        service_path = f"{path}.services[{index}]"
        _check_service(service, service_path, seen)
        if service.name == previous:
            raise ManifestError(
                f"{service_path}.name", f"another service is named {service.name!r} too"
            )
        if service.name < previous:
            raise ManifestError(
                f"{service_path}.name", f"services must be sorted by name: move before {previous!r}"
            )
        previous = service.name


def _check_service(service: Service, path: str, seen: _Seen) -> None:
    name = service.name
    if len(name) > LABEL_LENGTH_MAX or not _SERVICE_NAME.fullmatch(name):
        raise ManifestError(
            f"{path}.name",
            f"{name!r} is no service name: expected at most {LABEL_LENGTH_MAX} characters of a-z, "
            "0-9 and '-', the first a letter, the last no '-'",
        )
    if not service.image:
        raise ManifestError(f"{path}.image", "expected the name of an image")
    if service.image != service.image.strip():
        raise ManifestError(f"{path}.image", "expected no white space around the name of an image")
    _check_amount(service.count, _REPLICAS_MAX, f"{path}.count")
    _check_resources(service.resources, f"{path}.resources")
    for index, entry in enumerate(service.env or ()):
        _check_env(entry, f"{path}.env[{index}]")
    _check_exposes(service, path, seen)
    servicerules.check_names(service, path)
    servicerules.check_volumes(service, path)
    servicerules.check_extras(service, path)


def _check_exposes(service: Service, path: str, seen: _Seen) -> None:
    previous: Expose | None = None
    for index, expose in enumerate(service.expose or ()):
        expose_path = f"{path}.expose[{index}]"
        if previous is not None and expose_order(expose) < expose_order(previous):
            raise ManifestError(
                expose_path,
                "exposes must be sorted by target service, port and protocol, global ones first",
            )
        _check_expose(expose, expose_path, seen)
        previous = expose


def expose_order(expose: Expose) -> tuple[str, int, str, bool]:
    """The key that the exposes of a service are sorted by."""
    return (expose.service, expose.port, expose.proto, not expose.global_)


def _check_resources(resources: Resources, path: str) -> None:
    if not resources.id:
        raise ManifestError(f"{path}.id", "expected the number of a resource unit, from 1")
    cpu, memory, gpu = resources.cpu, resources.memory, resources.gpu
    if cpu is None or memory is None or gpu is None:
        missing = "cpu" if cpu is None else "memory" if memory is None else "gpu"
        raise ManifestError(f"{path}.{missing}", "missing")
    _check_amount(cpu.units, _UNITS_MAX, f"{path}.cpu.units")
    _check_amount(memory.size, _SIZE_MAX, f"{path}.memory.size")
    if resources.storage is None:
        raise ManifestError(f"{path}.storage", "missing: expected a list of volumes")
    for index, volume in enumerate(resources.storage):
        _check_amount(volume.size, _SIZE_MAX, f"{path}.storage[{index}].size")
    _check_amount(gpu.units, _UNITS_MAX, f"{path}.gpu.units")
    if resources.endpoints is None:
        raise ManifestError(f"{path}.endpoints", "missing: expected a list, which may be empty")


def _check_amount(amount: int, most: int, path: str) -> None:
    if not 0 <= amount <= most:
        raise ManifestError(path, f"expected at most {most}, got {amount}")


def _check_env(entry: str, path: str) -> None:
    name = entry.partition("=")[0]
    if not _ENV_NAME.fullmatch(name) or name == "." or name.startswith(".."):
        raise ManifestError(
            path,
            f"{name!r} is no name of an environment variable: expected NAME=value with a NAME of "
            "letters, digits, '_', '-' and '.', not starting with a digit",
        )


def _check_expose(expose: Expose, path: str, seen: _Seen) -> None:
    if not 1 <= expose.port <= _PORT_MAX:
        raise ManifestError(f"{path}.port", f"expected 1 to {_PORT_MAX}, got {expose.port}")
    if not 0 <= expose.external_port <= _PORT_MAX:
        raise ManifestError(
            f"{path}.externalPort",
            f"expected 1 to {_PORT_MAX}, or 0 for the same as the port, got {expose.external_port}",
        )
    if expose.proto not in ("TCP", "UDP"):
        raise ManifestError(f"{path}.proto", f"expected TCP or UDP, got {expose.proto!r}")
    servicerules.check_next_cases(expose, path)
    servicerules.check_address(expose, path)
    address = (expose.ip, expose.effective_port, expose.proto)
    if expose.ip and address in seen.addresses:
        raise ManifestError(
            f"{path}.ip",
            f"{expose.proto} port {expose.effective_port} at {expose.ip!r} is taken by another expose",
        )
    seen.addresses.add(address)
    for index, host in enumerate(expose.hosts or ()):
        _check_host(host, f"{path}.hosts[{index}]", seen)


def _check_host(host: str, path: str, seen: _Seen) -> None:
    if len(host) > _SUBDOMAIN_LENGTH_MAX or not _SUBDOMAIN.fullmatch(host):
        raise ManifestError(
            path, f"{host!r} is no hostname: expected lowercase, as in 'www.example.com'"
        )
    if _is_address(host):
        raise ManifestError(path, f"{host!r} is an address: expected a name")
    if host in seen.hosts:
        raise ManifestError(
            path, f"{host!r} occurs twice: a hostname leads to one port of one service"
        )
    seen.hosts.add(host)


def _is_address(host: str) -> bool:
    """True for what the API server reads as an IPv4 address, leading zeros included."""
    parts = host.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) <= 255 for part in parts)
