"""What a start must know before any manager may deploy: the cluster seen whole, the ledger filled."""

from provider.deployment.surroundings import Surroundings
from provider.kubernetes.kinds import INGRESS, MANIFEST, PROVIDER_HOST
from provider.lease.manifest import ManifestError
from provider.ledger.seeding import seed
from provider.workload.labels import lease_from_labels
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
    seed(around.ledger, hosts=hosts, records=records, options=around.options)
    for route in around.store.all(INGRESS):
        # What is routed is held, also when somebody has deleted the record that tells of it.
        if lease := lease_from_labels(route.labels):
            around.ledger.seed(route.key.name, lease)
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
