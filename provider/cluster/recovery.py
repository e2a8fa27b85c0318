"""
What a start must know before any manager may deploy: the cluster seen whole, the books filled.

A record that cannot be read is one lease's trouble: it is reported and counted, and the others start.
"""

from collections.abc import Iterable

import attrs
import trio

from provider.cluster.inventory import Inventory
from provider.concurrency.backoff import Backoff
from provider.deployment.mark import is_marked
from provider.deployment.surroundings import Surroundings
from provider.jsontypes import JSONObject
from provider.kubernetes.kinds import (
    DEPLOYMENT,
    ENDPOINT_SLICE,
    INGRESS,
    MANIFEST,
    PROVIDER_HOST,
    PROVIDER_LEASED_IP,
    STATEFUL_SET,
    Kind,
)
from provider.kubernetes.outcomes import Listing, Unseen
from provider.kubernetes.pages import Expired
from provider.lease.identity import LeaseID
from provider.lease.manifest import ManifestError
from provider.ledger.seeding import seed, seed_addresses
from provider.reconcile.operators import operator_at_work
from provider.reconcile.wish import read_wish
from provider.settings import SettingsError
from provider.workload import labels
from provider.workload.accepted import accepted_scheduling, decode_accepted
from provider.workload.apiservers import SLICES_NAMESPACE, SLICES_SELECTOR, api_servers

NODES_SECONDS = 10.0
"""So long the nodes are waited for; without them nothing new is placed, and what runs goes on."""


_LISTS = 2
"""How often the API servers' addresses are asked for, each time with the client's own repeats."""

_PAUSE_EVERY = 20
"""So many records are taken in before others get their turn: a teardown must not wait for all."""


_BOOKED = (MANIFEST, PROVIDER_HOST, PROVIDER_LEASED_IP, INGRESS)
"""What the books are filled from."""


@attrs.frozen
class Recovered:
    """What was found, for whoever counts."""

    quarantined: tuple[tuple[str, str], ...]
    """Names of records that cannot be read, and why."""
    marked: tuple[LeaseID, ...]
    """Leases of which a predecessor had begun the teardown."""


async def learn_api_servers(around: Surroundings) -> Surroundings:
    """
    Find out where the API servers are, for the policies of services that may read from them.

    Where that cannot be seen, no such policy is rendered; it is asked only once the cluster was seen.

    Cancellation:
        Nothing is left behind.
    """
    await around.store.wait_synced()
    why = ""
    for _ in range(_LISTS):
        match await around.client.list(ENDPOINT_SLICE, label_selector=SLICES_SELECTOR):
            case Listing(items, _):
                slices = [s for s in items if s["metadata"]["namespace"] == SLICES_NAMESPACE]
                options = attrs.evolve(around.options, api_servers=api_servers(slices))
                return attrs.evolve(around, options=options)
            case Unseen(said, _):
                why = said
    around.log.warning("no tenant may read from the API server", why=why)
    return around


async def await_turn(around: Surroundings) -> None:
    """
    Return once this daemon writes, and has seen what the one before it wrote last.

    Whoever fills its books while another daemon still writes gives away what that one books later.

    Cancellation:
        Nothing is left behind.
    """
    await around.store.wait_synced()
    if around.writable.held():
        return
    await around.writable.wait()
    backoff = Backoff(
        around.rng, around.settings.retry_base_seconds, around.settings.retry_cap_seconds
    )
    for kind in _BOOKED:
        while isinstance(answer := await _read_anew(around, kind), Expired | Unseen):
            around.log.warning("waiting to list", kind=kind.plural, why=str(answer))
            await trio.sleep(backoff.next_seconds())


async def _read_anew(around: Surroundings, kind: Kind) -> str | Expired | Unseen:
    def take(page: Iterable[JSONObject]) -> None:
        for obj in page:
            around.store.accept(obj)

    selector = f"{labels.MANAGED}=true"
    return await around.client.read_pages(kind, take=take, label_selector=selector)


async def recover(around: Surroundings, inventory: Inventory, provider: str) -> Recovered:
    """
    Wait for the first full look at the cluster, fill the books, open the gate; see `await_turn`.

    Args:
        around: its ledgers are still empty.
        inventory: tells the book of capacity where what runs is.
        provider: whose leases these are.

    Raises:
        SettingsError: somebody else makes the routes here.

    Cancellation:
        Nothing is left behind; the gate stays shut.
    """
    store = around.store
    await store.wait_synced()
    routed = [stored.decode() for stored in store.all(INGRESS)]
    _refuse_second_router(around, [r for r in routed if _provider_of(r) == provider])
    with trio.move_on_after(NODES_SECONDS):
        await inventory.wait_seen()
    records = [stored.decode() for stored in store.all(MANIFEST)]
    seed(
        around.ledger,
        hosts=[stored.decode() for stored in store.all(PROVIDER_HOST)],
        routed=routed,
        records=records,
        options=around.options,
    )
    seed_addresses(
        around.addresses,
        declared=[stored.decode() for stored in store.all(PROVIDER_LEASED_IP)],
        records=records,
        options=around.options,
    )
    quarantined: list[tuple[str, str]] = []
    marked: list[LeaseID] = []
    for number, record in enumerate(records, 1):
        if number % _PAUSE_EVERY == 0:
            await trio.lowlevel.checkpoint()
        try:
            lease = _adopt(around, record)
        except ManifestError as error:
            name = record["metadata"]["name"]
            quarantined.append((name, str(error)))
            around.log.error("record in quarantine", record=name, why=str(error))
            continue
        if is_marked(record):
            marked.append(lease)
    around.metrics.quarantined.set(len(quarantined))
    around.ready.set()
    return Recovered(tuple(quarantined), tuple(marked))


def _refuse_second_router(around: Surroundings, routed: list[JSONObject]) -> None:
    """Raise when the hostname operator makes the routes that this daemon is to make."""
    if around.options.routes == "daemon":
        why = operator_at_work(routed, around.wall.now())
        if why:
            raise SettingsError(why)


def _provider_of(obj: JSONObject) -> str:
    return str((obj["metadata"].get("labels") or {}).get(labels.LEASE_PROVIDER, ""))


def _adopt(around: Surroundings, record: JSONObject) -> LeaseID:
    """
    Book what runs of one lease, whether it fits or not; what never ran reserves like a new one.

    While an update was under way it is the group before it that runs.
    """
    wish = read_wish(record)
    lease = wish.lease
    running = any(around.store.select(kind, lease.namespace) for kind in (DEPLOYMENT, STATEFUL_SET))
    if around.capacity is None or not running:
        return lease
    before = (record["metadata"].get("annotations") or {}).get(labels.ACCEPTED)
    if before is None:
        around.capacity.adopt(lease, wish.group, wish.scheduling)
    else:
        around.capacity.adopt(lease, decode_accepted(before), accepted_scheduling(before))
    return lease
