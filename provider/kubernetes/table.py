"""
The objects of one kind, by name and by index value; pure, and never going back in time.

An object here is replaced only by a newer one and removed only by a newer deletion, whoever brings
the news: a list, an event, or the answer to a write of our own. So an event that was overtaken by
our own write is not believed, and a removed object stays removed although an older event or a
stale list still shows it. resourceVersions are compared as integers here and nowhere else
(guaranteed comparable within a kind since Kubernetes 1.35, and true before).
"""

from collections.abc import Callable, Iterable

import attrs

from provider.jsontypes import JSONObject
from provider.kubernetes.kinds import Kind
from provider.kubernetes.stored import Memo, Stored, make_stored

Place = tuple[str, str]
"""Namespace and name."""

GRAVES_MAX = 4096
"""Deletions remembered a kind, the latest ones; older events than the last 4,096 deletions are not
among the faults of a watch."""


@attrs.frozen
class Entry:
    """One row, ready to be put in."""

    stored: Stored
    index_value: str
    version: int

    @property
    def place(self) -> Place:
        """Where it goes."""
        return self.stored.key.namespace, self.stored.key.name


class Table:
    """One kind's rows."""

    def __init__(self, kind: Kind, index: Callable[[Kind, JSONObject], str], memo: Memo) -> None:
        self._kind = kind
        self._index = index
        self._memo = memo
        self._entries: dict[Place, Entry] = {}
        self._by_index: dict[str, dict[Place, Entry]] = {}
        # Version at which a place became empty, for as long as nothing newer fills it.
        self._graves: dict[Place, int] = {}
        self._position = 0

    @property
    def position(self) -> str:
        """The newest version that a list or an event has shown; where a watch goes on."""
        return str(self._position)

    @property
    def count(self) -> int:
        """How many objects there are."""
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """Bytes of all objects as JSON."""
        return sum(len(entry.stored.raw) for entry in self._entries.values())

    def get(self, namespace: str, name: str) -> Stored | None:
        """One object."""
        entry = self._entries.get((namespace, name))
        return entry.stored if entry else None

    def select(self, index_value: str) -> tuple[Stored, ...]:
        """Objects of an index value, by namespace and name."""
        rows = self._by_index.get(index_value, {})
        return tuple(rows[place].stored for place in sorted(rows))

    def all(self) -> tuple[Stored, ...]:
        """Every object, by namespace and name."""
        return tuple(self._entries[place].stored for place in sorted(self._entries))

    def entry(self, obj: JSONObject) -> Entry:
        """
        Make a row of an object.

        Raises:
            MalformedError: it is none.
        """
        stored = make_stored(self._kind, obj, self._memo)
        return Entry(stored, self._index(self._kind, obj), int(stored.resource_version))

    def put(self, entry: Entry) -> tuple[str, ...]:
        """Take an object in if it is newer; the index values whose objects changed."""
        place = entry.place
        known = self._entries.get(place)
        if entry.version <= (known.version if known else self._graves.get(place, -1)):
            return ()
        self._graves.pop(place, None)
        changed = self._unlink(known) if known else ()
        self._entries[place] = entry
        self._by_index.setdefault(entry.index_value, {})[place] = entry
        return changed if entry.index_value in changed else (*changed, entry.index_value)

    def remove(self, place: Place, version: int) -> tuple[str, ...]:
        """Empty a place as of a version, unless it holds something newer."""
        known = self._entries.get(place)
        if version < (known.version if known else self._graves.get(place, -1)):
            return ()
        self._graves.pop(place, None)
        self._graves[place] = version
        if len(self._graves) > GRAVES_MAX:
            del self._graves[next(iter(self._graves))]
        if known is None:
            return ()
        del self._entries[place]
        return self._unlink(known)

    def replace(self, entries: Iterable[Entry], version: int) -> tuple[str, ...]:
        """Believe a whole list: what it lacks is gone, unless it came after the list."""
        changed: dict[str, None] = {}
        listed = set()
        for entry in entries:
            listed.add(entry.place)
            changed.update(dict.fromkeys(self.put(entry)))
        for place in [place for place in self._entries if place not in listed]:
            changed.update(dict.fromkeys(self.remove(place, version)))
        return tuple(changed)

    def restart(self, entries: Iterable[Entry], version: int) -> tuple[str, ...]:
        """Believe a list that begins history anew: nothing known before it is newer than it."""
        changed = dict.fromkeys(self._by_index)
        self._entries, self._by_index, self._graves, self._position = {}, {}, {}, version
        for entry in entries:
            changed.update(dict.fromkeys(self.put(entry)))
        return tuple(changed)

    def advance(self, version: int) -> bool:
        """Note what a list or an event has shown; False when that was shown before."""
        current = version >= self._position
        self._position = max(version, self._position)
        return current

    def _unlink(self, entry: Entry) -> tuple[str, ...]:
        rows = self._by_index[entry.index_value]
        del rows[entry.place]
        if not rows:
            del self._by_index[entry.index_value]
        return (entry.index_value,)
