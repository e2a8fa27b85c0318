"""What a start must know before any manager may deploy: the cluster seen whole, the ledger filled."""

from provider.deployment.surroundings import Surroundings
from provider.kubernetes.kinds import INGRESS, MANIFEST, PROVIDER_HOST
from provider.lease.manifest import ManifestError
from provider.ledger.seeding import seed
from provider.workload.record import read_record


async def recover(around: Surroundings) -> None:
    """
    Wait for the first full look at the cluster, seed the hostname ledger, open the gate.

    A record that cannot be read is reported and counted; the other leases start.

    Cancellation:
        Nothing is left behind; the gate stays shut.
    """
    await around.store.wait_synced()
    records = [stored.decode() for stored in around.store.all(MANIFEST)]
    hosts = [stored.decode() for stored in around.store.all(PROVIDER_HOST)]
    routed = [stored.decode() for stored in around.store.all(INGRESS)]
    seed(around.ledger, hosts=hosts, routed=routed, records=records, options=around.options)
    quarantined = 0
    for record in records:
        try:
            read_record(record)
        except ManifestError as error:
            quarantined += 1
            name = record["metadata"]["name"]
            around.log.error("record in quarantine", record=name, why=str(error))
    around.metrics.quarantined.set(quarantined)
    around.ready.set()
