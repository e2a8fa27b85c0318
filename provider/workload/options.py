"""What the operator decides about rendering, the same for every lease."""

import ipaddress
import math
import re
from typing import Any, Literal

import attrs

from provider.settings import SettingsError

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DOMAIN_LENGTH_MAX = 200
"""A generated hostname has 27 characters before its domain, and 253 are all that there may be."""


def _name(_: object, attribute: "attrs.Attribute[Any]", value: str) -> None:
    if value and not (len(value) <= _DOMAIN_LENGTH_MAX and _SUBDOMAIN.fullmatch(value)):
        raise SettingsError(
            f"{attribute.name} must be of a-z, 0-9, '-' and '.', at most {_DOMAIN_LENGTH_MAX} "
            f"characters, got {value!r}"
        )


def _percentage(_: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise SettingsError(f"{attribute.name} must be 0 or more, got {value}")


def _addresses(
    _: object, attribute: "attrs.Attribute[Any]", value: tuple[tuple[str, int], ...]
) -> None:
    for address, port in value:
        try:
            ipaddress.ip_address(address)
        except ValueError as error:
            raise SettingsError(f"{attribute.name} must be addresses, got {address!r}") from error
        if not 1 <= port <= 65535:
            raise SettingsError(f"{attribute.name} must have ports from 1 to 65535, got {port}")


@attrs.frozen(kw_only=True)
class RenderOptions:
    """Settings of this room; a change of one shows as a difference in the objects it touches."""

    records_namespace: str = attrs.field(default="lease", validator=_name)
    """Where Manifest and ProviderHost objects live; default as the Go provider's."""
    ingress_class: str = attrs.field(default="akash-ingress-class", validator=_name)
    """`ingressClassName` of every Ingress; default as the Go provider's."""
    static_hosts_domain: str = attrs.field(default="", validator=_name)
    """Domain under which each service with an ingress gets a generated hostname; "" for none."""
    public_hostname: str = ""
    """Value of AKASH_CLUSTER_PUBLIC_HOSTNAME in every container."""
    network_policies: bool = True
    """False only where the cluster's network plugin enforces no NetworkPolicy anyway."""
    image_pull_secret: str = attrs.field(default="", validator=_name)
    """Secret with which images of services without credentials are pulled, "" for none. It is the
    operator's: it has to exist in each tenant namespace, nothing here creates it."""
    overcommit_cpu_pct: float = attrs.field(default=0.0, validator=_percentage)
    """How much more CPU is sold than there is: 50 reserves two thirds of what a tenant may use."""
    overcommit_memory_pct: float = attrs.field(default=0.0, validator=_percentage)
    """The same for memory."""
    overcommit_storage_pct: float = attrs.field(default=0.0, validator=_percentage)
    """The same for ephemeral storage."""
    leased_ips: bool = False
    """True where an IP operator hands out addresses; otherwise a manifest with `ip` is refused."""
    api_servers: tuple[tuple[str, int], ...] = attrs.field(default=(), validator=_addresses)
    """Address and port of each API server, for the services that may read from it."""
    routes: Literal["daemon", "operator"] = "daemon"
    """Who makes the Ingresses: we, or the hostname operator out of our ProviderHosts."""
    blocked_hostnames: tuple[str, ...] = ()
    """Hostnames that no tenant gets; `.example.com` is that domain and everything below it."""
