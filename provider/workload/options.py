"""What the operator decides about rendering, the same for every lease."""

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class RenderOptions:
    """Settings of this room; a change of one shows as a difference in the objects it touches."""

    records_namespace: str = "lease"
    """Where Manifest and ProviderHost objects live; default as the Go provider's."""
    ingress_class: str = "akash-ingress-class"
    """`ingressClassName` of every Ingress; default as the Go provider's."""
    static_hosts_domain: str = ""
    """Domain under which each service with an ingress gets a generated hostname; "" for none."""
    public_hostname: str = ""
    """Value of AKASH_CLUSTER_PUBLIC_HOSTNAME in every container."""
    network_policies: bool = True
    """False only where the cluster's network plugin enforces no NetworkPolicy anyway."""
    image_pull_secret: str = ""
    """Secret with which images of services without credentials are pulled, "" for none. It is the
    operator's: it has to exist in each tenant namespace, nothing here creates it."""
    overcommit_cpu_pct: float = 0.0
    """How much more CPU is sold than there is: 50 reserves two thirds of what a tenant may use."""
    overcommit_memory_pct: float = 0.0
    """The same for memory."""
    overcommit_storage_pct: float = 0.0
    """The same for ephemeral storage."""
    leased_ips: bool = False
    """True where an IP operator hands out addresses; otherwise a manifest with `ip` is refused."""
    api_servers: tuple[tuple[str, int], ...] = ()
    """Address and port of each API server, for the services that may read from it."""
    routes: Literal["daemon", "operator"] = "daemon"
    """Who makes the Ingresses: we, or the hostname operator out of our ProviderHosts."""
    blocked_hostnames: tuple[str, ...] = ()
    """Hostnames that no tenant gets; `.example.com` is that domain and everything below it."""
