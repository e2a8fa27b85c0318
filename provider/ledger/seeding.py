"""
Filling the ledger at start, before any manager runs, so that ownership is what it was before.

ProviderHosts come first: they are the commit of a hostname's transfer. Then what is routed already,
also when nothing tells of it any more. What records ask for beyond that goes to the oldest record.
"""

from collections.abc import Iterable

from provider.jsontypes import JSONObject
from provider.lease.manifest import ManifestError
from provider.ledger.hostnames import HostnameLedger
from provider.workload import labels
from provider.workload.ingress import routes
from provider.workload.options import RenderOptions
from provider.workload.record import read_record


def seed(
    ledger: HostnameLedger,
    *,
    hosts: Iterable[JSONObject],
    routed: Iterable[JSONObject],
    records: Iterable[JSONObject],
    options: RenderOptions,
) -> None:
    """
    Book what the cluster shows.

    Args:
        ledger: still empty.
        hosts: all ProviderHosts; one without the five lease labels is nobody's and is skipped.
        routed: all Ingresses of leases; named like their hostname.
        records: all Manifests; one that cannot be read asks for nothing.
        options: as rendering uses them, for the generated hostnames.
    """
    for named in (*hosts, *routed):
        metadata = named["metadata"]
        if lease := labels.lease_from_labels(metadata.get("labels") or {}):
            ledger.seed(metadata["name"], lease)
    for record in sorted(records, key=_age):
        try:
            lease, group = read_record(record)
        except ManifestError:
            continue
        for route in routes(lease, group, options):
            ledger.seed(route.hostname, lease)


def _age(record: JSONObject) -> tuple[str, str]:
    """Creation time, a UTC timestamp of whole seconds, and the uid where it is equal."""
    metadata = record["metadata"]
    return metadata.get("creationTimestamp", ""), metadata.get("uid", "")
