"""
Every object of the cluster under one revision counter, as etcd holds them.

Pure and synchronous: one call is one step. Objects are never changed after a commit; whoever wants
another state builds a new object, sharing what stays. What resources there are, what a valid object
is and who may write is decided above.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import attrs

from simulator.jsontypes import JSONObject
from simulator.storage.history import Event, History
from simulator.storage.versions import Version

Watcher: TypeAlias = Callable[[Event], None]

HISTORY_WINDOW = 10_000
"""Events kept per resource. The real watch cache holds 100 to 102,400."""


@attrs.define(eq=False)
class _Table:
    """The objects of one resource."""

    history: History
    versions: dict[str, Version] = attrs.field(factory=dict)
    keys: list[str] = attrs.field(factory=list)
    """The keys of `versions`, sorted as etcd sorts them: by namespace and name as one string."""
    watchers: list[Watcher] = attrs.field(factory=list)


def object_key(namespace: str, name: str) -> str:
    """The key of an object inside its resource; `namespace` is empty for cluster scope."""
    return f"{namespace}/{name}" if namespace else name


@attrs.define(eq=False)
class Store:
    """Objects by resource (`group/plural`, or the plural alone for the core group) and key."""

    window: int = HISTORY_WINDOW
    revision: int = attrs.field(init=False, default=1)
    """The newest revision. A new store stands at 1, so that `resourceVersion: "1"` is no object's."""
    _tables: dict[str, _Table] = attrs.field(init=False, factory=dict)
    _compacted: int = attrs.field(init=False, default=0)

    def _table(self, resource: str) -> _Table:
        table = self._tables.get(resource)
        if table is None:
            table = _Table(History(self.window, self._compacted))
            self._tables[resource] = table
        return table

    def get(self, resource: str, namespace: str, name: str) -> Version | None:
        """The newest state of one object."""
        return self._table(resource).versions.get(object_key(namespace, name))

    def items(self, resource: str, namespace: str = "") -> list[Version]:
        """All objects in key order; only those of `namespace` if it is not empty."""
        table = self._table(resource)
        keys = table.keys
        if namespace:
            # "0" is the character after "/": the keys of a namespace lie between the two.
            start = bisect_left(keys, f"{namespace}/")
            keys = keys[start : bisect_left(keys, f"{namespace}0", start)]
        versions = table.versions
        return [versions[key] for key in keys]

    def items_at(self, resource: str, namespace: str, revision: int) -> list[Version]:
        """
        All objects as they were at `revision`, in key order.

        Raises:
            ExpiredError: the changes since then are no longer kept.
        """
        events = self._table(resource).history.after(revision)
        if not events:
            return self.items(resource, namespace)
        then = {version.key: version for version in self.items(resource)}
        for event in reversed(events):
            if event.previous is None:
                del then[event.version.key]
            else:
                then[event.version.key] = event.previous
        prefix = f"{namespace}/" if namespace else ""
        return [then[key] for key in sorted(then) if key.startswith(prefix)]

    def events_after(self, resource: str, revision: int) -> Sequence[Event]:
        """
        The changes of one resource after `revision`, oldest first.

        Raises:
            ExpiredError: some of them are no longer kept.
        """
        return self._table(resource).history.after(revision)

    def commit(self, resource: str, namespace: str, name: str, obj: JSONObject) -> Event:
        """
        Put a new state of an object, under the next revision.

        The store owns `obj` from here on: it writes the resourceVersion into `obj["metadata"]`,
        which must therefore be shared with no older state.
        """
        return self._commit(resource, object_key(namespace, name), obj, deleted=False)

    def remove(self, resource: str, namespace: str, name: str, last: JSONObject) -> Event:
        """Take an object away; `last` is its final state, as `commit` takes it."""
        return self._commit(resource, object_key(namespace, name), last, deleted=True)

    def _commit(self, resource: str, key: str, obj: JSONObject, *, deleted: bool) -> Event:
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        table = self._table(resource)
        version = Version(key, obj, self.revision)
        previous = table.versions.get(key)
        if deleted:
            del table.versions[key]
            del table.keys[bisect_left(table.keys, key)]
        else:
            table.versions[key] = version
            if previous is None:
                insort(table.keys, key)
        event = Event(self.revision, version, previous, deleted)
        table.history.append(event)
        for watcher in tuple(table.watchers):
            watcher(event)
        return event

    def contents(self) -> dict[str, list[JSONObject]]:
        """Every object by resource, in key order; what `restore` takes."""
        tables = sorted(self._tables.items())
        return {
            resource: [table.versions[key].object for key in table.keys]
            for resource, table in tables
            if table.keys
        }

    def restore(self, contents: Mapping[str, Sequence[JSONObject]], revision: int) -> None:
        """
        Fill a new store with what another one held; it goes on from there.

        Nobody can watch from before: the changes that led here are not known.
        """
        assert not self._tables, "only a store that holds nothing can be filled"
        self.revision = self._compacted = revision
        for resource, objects in contents.items():
            table = self._table(resource)
            for obj in objects:
                metadata = obj["metadata"]
                key = object_key(metadata.get("namespace", ""), metadata["name"])
                table.versions[key] = Version(key, obj, int(metadata["resourceVersion"]))
            table.keys.extend(sorted(table.versions))

    def subscribe(self, resource: str, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher` in the step of each later commit to `resource`; returns what ends it."""
        watchers = self._table(resource).watchers
        watchers.append(watcher)
        return lambda: watchers.remove(watcher)

    def compact(self, revision: int | None = None) -> None:
        """Forget all changes up to `revision` (None: up to now), as etcd's compaction does."""
        upto = self.revision if revision is None else min(revision, self.revision)
        self._compacted = max(self._compacted, upto)
        for table in self._tables.values():
            table.history.compact(upto)
