"""
What is known of the cluster: objects of the watched kinds, how fresh that is, and who is told.

Filled by the reflectors and by the answers to our own writes, read by everybody. There is no order
between kinds: an object may be here before the namespace it is in. Whatever destroys something is
decided on quorum reads, never on the store.

Nothing here awaits but `wait_synced`; each change is whole before anybody else runs.
"""

from collections.abc import Callable, Iterable, Mapping

import attrs
import trio

from provider.jsontypes import JSONObject
from provider.kubernetes.framing import WatchEvent
from provider.kubernetes.kinds import Kind, ObjectKey, key_of
from provider.kubernetes.stored import MalformedError, Memo, Stored
from provider.kubernetes.table import Entry, Table

Index = Callable[[Kind, JSONObject], str]
"""Which lease an object belongs to, by its namespace; "" for none."""

Wake = Callable[[], None]


@attrs.frozen
class KindStatistics:
    """A look at one kind."""

    objects: int
    bytes: int
    stamp: float | None


@attrs.frozen
class StoreStatistics:
    """A look at the store."""

    kinds: Mapping[Kind, KindStatistics]
    subscriptions: int


class Store:
    """One store for all users."""

    def __init__(self, index: Index, kinds: Iterable[Kind]) -> None:
        """
        Make an empty store.

        Args:
            index: gives each object's index value.
            kinds: what reflectors will fill; answers about other kinds are not kept.
        """
        memo = Memo()
        self._tables = {kind: Table(kind, index, memo) for kind in kinds}
        self._stamps: dict[Kind, float] = {}
        # Dicts for their order: who is woken first must not depend on hashes.
        self._subscribers: dict[str, dict[Wake, None]] = {}
        self._all_synced = trio.Event()

    # Reading.

    def get(self, key: ObjectKey) -> Stored | None:
        """Newest known of one object; None also for a kind that is not watched."""
        table = self._tables.get(key.kind)
        return table.get(key.namespace, key.name) if table else None

    def select(self, kind: Kind, index_value: str) -> tuple[Stored, ...]:
        """Objects of one kind that belong to a lease, sorted by key."""
        return self._tables[kind].select(index_value)

    def all(self, kind: Kind) -> tuple[Stored, ...]:
        """Every known object of a kind, sorted by key."""
        return self._tables[kind].all()

    def stamp(self, kind: Kind) -> float | None:
        """Trio time up to which the kind is known; None before its first list."""
        return self._stamps.get(kind)

    def synced(self, kinds: Iterable[Kind]) -> bool:
        """True when each of the kinds was listed once."""
        return all(kind in self._stamps for kind in kinds)

    async def wait_synced(self) -> None:
        """Wait until every kind was listed once."""
        await self._all_synced.wait()

    def subscribe(self, index_value: str, wake: Wake) -> None:
        """Call `wake`, which must be quick and raise nothing, whenever an object of it changes."""
        self._subscribers.setdefault(index_value, {})[wake] = None

    def unsubscribe(self, index_value: str, wake: Wake) -> None:
        """Undo `subscribe`."""
        wakes = self._subscribers[index_value]
        del wakes[wake]
        if not wakes:
            del self._subscribers[index_value]

    def statistics(self) -> StoreStatistics:
        """Sizes and stamps."""
        return StoreStatistics(
            {
                kind: KindStatistics(table.count, table.size_bytes, self._stamps.get(kind))
                for kind, table in self._tables.items()
            },
            sum(len(wakes) for wakes in self._subscribers.values()),
        )

    # Filling.

    def accept(self, obj: JSONObject) -> None:
        """
        Take in what the API server answered to a read or write of our own, if it is newer.

        Older events for the object are not believed from then on. The stamp stays: one object
        says nothing about the others.
        """
        table = self._tables.get(key_of(obj).kind)
        if table:
            self._wake(table.put(table.entry(obj)))

    def entry(self, kind: Kind, obj: JSONObject) -> Entry:
        """
        Make a row for `replace`, so that a long list need not be held decoded.

        Raises:
            MalformedError: it is no object.
        """
        return self._tables[kind].entry(obj)

    def replace(
        self, kind: Kind, entries: Iterable[Entry], resource_version: str, *, as_of: float
    ) -> None:
        """
        Believe a whole list of a kind; what it lacks and is older than it is removed.

        Args:
            kind: which.
            entries: its rows.
            resource_version: the list's.
            as_of: Trio time at which the list was asked for.
        """
        table, version = self._tables[kind], _number(resource_version)
        self._wake(table.replace(entries, version))
        if table.advance(version):
            self._set_stamp(kind, as_of)

    def restart(
        self, kind: Kind, entries: Iterable[Entry], resource_version: str, *, as_of: float
    ) -> None:
        """
        Believe a list of a server whose storage was put back to an older state; see `replace`.

        Everybody is woken: what was known of the kind came from a history that is no more.
        """
        self._wake(self._tables[kind].restart(entries, _number(resource_version)))
        self._set_stamp(kind, as_of)

    def observe(self, kind: Kind, event: WatchEvent) -> None:
        """
        Take in an event: ADDED, MODIFIED, DELETED or BOOKMARK.

        Raises:
            MalformedError: what it carries is no object.
        """
        table = self._tables[kind]
        if event.type == "BOOKMARK":
            metadata = event.object.get("metadata")
            version = _number(metadata.get("resourceVersion") if isinstance(metadata, dict) else "")
        else:
            entry = table.entry(event.object)
            version = entry.version
            # A DELETED carries the version of the deletion, and possibly stale labels.
            deleted = event.type == "DELETED"
            self._wake(table.remove(entry.place, version) if deleted else table.put(entry))
        if table.advance(version):
            self._set_stamp(kind, trio.current_time())

    def position(self, kind: Kind) -> str:
        """The resourceVersion from which a watch goes on."""
        return self._tables[kind].position

    def is_behind(self, kind: Kind, resource_version: str) -> bool:
        """True for a version before the one that a list or an event has shown last."""
        return _number(resource_version) < int(self.position(kind))

    def _set_stamp(self, kind: Kind, time: float) -> None:
        self._stamps[kind] = max(time, self._stamps.get(kind, time))
        if len(self._stamps) == len(self._tables):
            self._all_synced.set()

    def _wake(self, index_values: Iterable[str]) -> None:
        for index_value in index_values:
            for wake in tuple(self._subscribers.get(index_value, ())):
                wake()


def _number(resource_version: object) -> int:
    try:
        return int(str(resource_version))
    except ValueError:
        raise MalformedError(f"{resource_version!r} is no resourceVersion") from None
