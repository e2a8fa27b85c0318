"""
Looks at market and cluster as a start would, and says what a daemon would do, with the proof for each.

Nothing is written: the client refuses to. Nothing is kept: one list a kind, one list of the leases, and
one question for each lease that this list lacks. What takes time to show (a budget of unhealth) is no
part of it; obligations that are on record are.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import assert_never

import attrs
import trio

from provider.cluster.audit import owned_leases
from provider.cluster.inventory import FOLLOWED, Inventory
from provider.cluster.observation import Change, Observation, Observed
from provider.cluster.recovery import Recovered, learn_api_servers, recover
from provider.deployment.claims import Claims
from provider.deployment.lease_record import LeaseRecord
from provider.deployment.lease_view import LeaseView
from provider.deployment.mark import Loss, read_mark
from provider.deployment.room import Room
from provider.deployment.surroundings import Surroundings
from provider.jsontypes import JSONObject
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import (
    INGRESS,
    MANIFEST,
    NAMESPACE,
    PROVIDER_HOST,
    PROVIDER_LEASED_IP,
    Kind,
    ObjectKey,
)
from provider.kubernetes.outcomes import Unknown, Unseen, Write
from provider.kubernetes.pages import Expired
from provider.kubernetes.store import Store
from provider.kubernetes.stored import MalformedError
from provider.kubernetes.table import Entry
from provider.lease.identity import LeaseID
from provider.lease.manifest import ManifestError
from provider.ledger.brakes import Limits, LossBrake
from provider.ledger.hostnames import HostnameBlocked, HostnameTaken
from provider.market.market import Market
from provider.market.standing import Held, Lost, NotKnown, Standing
from provider.reconcile.decide import Action, Chain, NamespaceState, decide
from provider.reconcile.wish import read_wish
from provider.settings import ClusterSettings, SettingsError
from provider.workload import labels

_LISTS = 3
"""How often a kind is listed whose pages expired."""


class Onlooker(KubernetesClient):
    """A client that sends no write, whatever it is asked for."""

    async def _write(self, *_: object, **__: object) -> Write:
        await trio.lowlevel.checkpoint()
        return Unknown("only looking: nothing is sent", sent=False)


@attrs.frozen
class _NoWriter:
    """Of a lease that nobody writes for."""

    async def wait_writable(self) -> None:
        await trio.sleep_forever()

    async def write(
        self, key: ObjectKey, send: Callable[[], Awaitable[Write]], *, fenced: bool = False
    ) -> Write:
        raise AssertionError(f"{key} is written while only looking ({send}, {fenced})")

    async def wait_quiet(self, key: ObjectKey) -> None:
        """Nothing is on the wire."""

    def lands_until(self, _: ObjectKey) -> float:
        return 0.0


async def observe(
    around: Surroundings,
    inventory: Inventory,
    market: Market,
    settings: ClusterSettings,
    watched: Iterable[Kind],
) -> Observation:
    """
    Look once.

    Args:
        around: with an `Onlooker` as its client; its store and ledgers are still empty.
        inventory: likewise.
        market: asked for all leases.
        settings: limits of the brake.
        watched: the kinds of the store.

    Cancellation:
        Nothing is left behind.
    """
    selector = f"{labels.MANAGED}=true"
    unseen = [
        *[await _fill(around.client, around.store, kind, selector) for kind in watched],
        *[await _fill(around.client, inventory.outlines, kind, said) for kind, said in FOLLOWED],
    ]
    snapshot = await market.leases()
    trouble = snapshot.why if isinstance(snapshot, NotKnown) else ""
    states = {} if isinstance(snapshot, NotKnown) else dict(snapshot.states)
    recovered, stopped = Recovered((), ()), ""
    leases: tuple[Observed, ...] = ()
    if not any(unseen):
        around = await learn_api_servers(around)
        try:
            recovered = await recover(around, inventory, market.provider)
        except SettingsError as error:
            stopped = str(error)
        found = sorted({*states, *owned_leases(around.store, market.provider)})
        await _ask_by_name(market, [x for x in found if x not in states], states, settings)
        look = _Look(around, LossBrake(_limits(settings)), len(found))
        leases = tuple(look.at(lease, states[lease]) for lease in found)
    return Observation(
        unseen=tuple(filter(None, unseen)),
        stopped=stopped,
        market=trouble,
        endpoints=market.statuses(),
        leases=leases,
        quarantined=recovered.quarantined,
        capacity=inventory.book.report(),
    )


def _limits(settings: ClusterSettings) -> Limits:
    return Limits(settings.brake_min, settings.brake_share, settings.brake_window_seconds)


async def _fill(client: KubernetesClient, store: Store, kind: Kind, selector: str) -> str:
    """List a kind into a store; why that failed, "" when it did not."""
    why = ""
    for _ in range(_LISTS):
        entries: list[Entry] = []
        try:
            outcome = await client.read_pages(
                kind, take=partial(_take, store, kind, entries), label_selector=selector
            )
        except MalformedError as error:
            outcome = Unseen(str(error))
        match outcome:
            case str(version):
                store.replace(kind, entries, version, as_of=trio.current_time())
                return ""
            case Unseen(said, _):
                return f"{kind.plural}: {said}"
            case Expired():
                why = f"{kind.plural}: the pages expired"
            case _:
                assert_never(outcome)
    return why


def _take(store: Store, kind: Kind, entries: list[Entry], items: Iterable[JSONObject]) -> None:
    entries.extend(store.entry(kind, item) for item in items)


async def _ask_by_name(
    market: Market,
    leases: Iterable[LeaseID],
    states: dict[LeaseID, Standing],
    settings: ClusterSettings,
) -> None:
    async def ask(lease: LeaseID) -> None:
        async with limiter:
            states[lease] = await market.observe(lease)

    limiter = trio.CapacityLimiter(settings.observe_parallel)
    async with trio.open_nursery() as nursery:
        for lease in leases:
            nursery.start_soon(ask, lease, name=f"ask for {lease}")


@attrs.frozen(eq=False)
class _Look:
    """Judges one lease after the other, in the order in which a start would."""

    around: Surroundings
    brake: LossBrake[Lost]
    leases: int

    def at(self, lease: LeaseID, standing: Standing) -> Observed:
        record = LeaseRecord(lease, self.around.store, self.around.options)
        live = record.live()
        mark = read_mark(live) if live is not None else None
        action = decide(_chain(standing), marked=mark is not None, namespace=self._namespace(lease))
        if isinstance(standing, NotKnown) and standing.alarm:
            action = Action.ALARM
        seen = Observed(lease, action.name.lower().replace("_", " "), _proof(standing, mark))
        if action is Action.TEAR_DOWN:
            if isinstance(standing, Lost) and mark is None and not self._passes(lease, standing):
                return attrs.evolve(seen, action="wait for the brake")
            return attrs.evolve(seen, torn_down=self._remains(lease))
        if action not in (Action.DEPLOY, Action.ADOPT):
            return seen
        owed = record.owed()
        if owed is not None:
            seen = attrs.evolve(seen, closed=f"{owed.cause}, owed since {owed.since:.0f}")
        if live is None:
            return attrs.evolve(seen, action="wait for a manifest")
        return self._compared(seen, record, live)

    def _passes(self, lease: LeaseID, loss: Lost) -> bool:
        return self.brake.admit(lease, loss, leases=self.leases, now=trio.current_time())

    def _namespace(self, lease: LeaseID) -> NamespaceState:
        stored = self.around.store.get(ObjectKey(NAMESPACE, "", lease.namespace))
        if stored is None:
            return NamespaceState.ABSENT
        return NamespaceState.TERMINATING if stored.deleting else NamespaceState.ACTIVE

    def _remains(self, lease: LeaseID) -> tuple[str, ...]:
        kinds = (INGRESS, PROVIDER_HOST, PROVIDER_LEASED_IP, NAMESPACE, MANIFEST)
        store = self.around.store
        return tuple(str(s.key) for kind in kinds for s in store.select(kind, lease.namespace))

    def _compared(self, seen: Observed, record: LeaseRecord, live: JSONObject) -> Observed:
        around, lease = self.around, seen.lease
        room = Room(lease, around.capacity, record)
        claims = Claims(
            lease, around.ledger, around.addresses, around.options, around.store, _NoWriter()
        )
        view = LeaseView(lease, around.store, record, claims, room, around.options)
        if view.is_held_back():
            return attrs.evolve(seen, held_by_operator=True)
        try:
            group = read_wish(live).group
            claims.reserve(group)
            if not room.reserve(group):
                return attrs.evolve(seen, missing=room.missing)
            comparison = view.compare(group)
        except (ManifestError, HostnameTaken, HostnameBlocked) as error:
            return attrs.evolve(seen, refused=str(error))
        return attrs.evolve(
            seen,
            applied=tuple(Change(str(s.key), s.paths) for s in comparison.plan.steps),
            pruned=tuple(map(str, comparison.leftovers)),
            purged=tuple(map(str, comparison.dropped)),
        )


def _chain(standing: Standing) -> Chain:
    match standing:
        case Held():
            return Chain.HELD
        case Lost():
            return Chain.LOST
        case NotKnown():
            return Chain.UNKNOWN
        case _:
            assert_never(standing)


def _proof(standing: Standing, mark: Loss | None) -> str:
    match standing:
        case Held(height, state):
            return f"{state} at block {height}"
        case Lost(height, state, endpoint, _):
            return f"{state} at block {height}, says {endpoint}"
        case NotKnown(why):
            if mark is not None:
                return f"marked as {mark.reason} at block {mark.height}; the market: {why}"
            return f"not known: {why}"
        case _:
            assert_never(standing)
