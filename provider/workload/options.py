"""What the operator decides about rendering, the same for every lease."""

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
