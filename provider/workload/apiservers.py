"""
Where the cluster's API servers are, for the services that may read from them.

The Go provider reads the older Endpoints object `default/kubernetes`; its slices say the same.
"""

from collections.abc import Iterable

from provider.jsontypes import FrozenJSON

SLICES_NAMESPACE = "default"
SLICES_SELECTOR = "kubernetes.io/service-name=kubernetes"
"""Which EndpointSlices to list."""


def api_servers(slices: Iterable[FrozenJSON]) -> tuple[tuple[str, int], ...]:
    """Address and port of each API server in EndpointSlices, sorted; for `RenderOptions`."""
    found = {
        (address, port["port"])
        for one in slices
        if one.get("addressType") in ("IPv4", "IPv6")
        for endpoint in one.get("endpoints") or ()
        for address in endpoint.get("addresses") or ()
        for port in one.get("ports") or ()
        if port.get("port") and port.get("protocol", "TCP") == "TCP"
    }
    return tuple(sorted(found))
