"""
Filling the ledger at start, before any manager runs, so that ownership is what it was before.

ProviderHosts come first: they are the commit of a hostname's transfer. Then what is routed already,
also when nothing tells of it any more. What records ask for beyond that goes to the oldest record; the
others of the same owner are queued behind the holder.
"""

from collections.abc import Iterable, Iterator

from provider.jsontypes import JSONObject
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group, ManifestError
from provider.ledger.hostnames import HostnameLedger
from provider.workload import labels
from provider.workload.addresses import leased_ips
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
    for name, lease in _named(hosts):
        ledger.seed(name, lease)
    for name, lease in _named(routed):
        # A crash in a transfer: whoever routes what is declared for another lease has to leave it.
        ledger.seed_route(name, lease)
    for lease, group in _recorded(records):
        for route in routes(lease, group, options):
            ledger.seed_queued(route.hostname, lease)


def seed_addresses(
    ledger: HostnameLedger,
    *,
    declared: Iterable[JSONObject],
    records: Iterable[JSONObject],
    options: RenderOptions,
) -> None:
    """
    Book the names of leased IPs in a ledger of their own.

    Args:
        ledger: still empty.
        declared: all ProviderLeasedIPs.
        records: all Manifests; one that cannot be read asks for nothing.
        options: as rendering uses them.
    """
    for name, lease in _named(declared):
        ledger.seed(name, lease)
    for lease, group in _recorded(records):
        for address in leased_ips(lease, group, options):
            ledger.seed_queued(address.name, lease)


def _named(objects: Iterable[JSONObject]) -> Iterator[tuple[str, LeaseID]]:
    """Name and lease of each object that has all five lease labels."""
    for obj in objects:
        metadata = obj["metadata"]
        if lease := labels.lease_from_labels(metadata.get("labels") or {}):
            yield metadata["name"], lease


def _recorded(records: Iterable[JSONObject]) -> Iterator[tuple[LeaseID, Group]]:
    """What the records hold, the oldest first; one that cannot be read asks for nothing."""
    for record in sorted(records, key=_age):
        try:
            held = read_record(record)
        except ManifestError:
            continue
        yield held


def _age(record: JSONObject) -> tuple[str, str]:
    """Creation time, a UTC timestamp of whole seconds, and the uid where it is equal."""
    metadata = record["metadata"]
    return metadata.get("creationTimestamp", ""), metadata.get("uid", "")
