"""
The verb watch: the changes of one resource from a revision on, as one reader's selector shows them.

A watch holds a position in the store's history and no buffer: it is woken by a commit and reads on
from where it stands. A reader so slow that the history has moved past it is cut off, with the same
410 as one that starts too early. Source: apiserver storage/cacher.
"""

import math
from collections.abc import Awaitable, Callable, Sequence

import attrs
import trio

from simulator import failures
from simulator.jsontypes import JSONObject
from simulator.storage.history import Event, ExpiredError
from simulator.storage.selectors import EVERYTHING, Selector
from simulator.storage.versions import Version
from simulator.verbs.cluster import Cluster
from simulator.verbs.registry import Served

BOOKMARK_SECONDS = 60.0
"""Between two bookmarks of a watch that asked for them."""
_LAST_BOOKMARK_SECONDS = 2.0
"""Before its end a watch gets one more, so that its reader can go on from there."""


@attrs.frozen(kw_only=True)
class WatchOptions:
    """What a watch asks for."""

    selector: Selector = EVERYTHING
    revision: int = 0
    """Changes after it; 0 for "what there is now, as additions, and then the changes"."""
    bookmarks: bool = False
    initial_events: bool = False
    """What there is now first, and a bookmark that marks its end."""
    timeout_seconds: float = math.inf


@attrs.frozen
class Seen:
    """One event as a reader gets it."""

    type: str
    version: Version


@attrs.define(eq=False)
class Watch:
    """One reader's position in the changes of a resource."""

    _cluster: Cluster
    _served: Served
    _namespace: str
    _options: WatchOptions
    _position: int = attrs.field(init=False)
    _initial: list[Seen] = attrs.field(init=False, factory=list)
    expired: bool = attrs.field(init=False, default=False)
    """Whether the history has moved past the position: nothing more will come."""

    def __attrs_post_init__(self) -> None:
        options = self._options
        self._position = options.revision
        if options.initial_events or not options.revision:
            self._position = self._cluster.store.revision
            items = self._cluster.store.items(self._served.storage, self._namespace)
            matches = options.selector.matches
            self._initial = [Seen("ADDED", item) for item in items if matches(item.object)]
            if options.initial_events and options.bookmarks:
                self._initial.append(self._bookmark({"k8s.io/initial-events-end": "true"}))

    def read(self) -> Sequence[Seen]:
        """
        What has happened since the last call; moves the position.

        Raises:
            ExpiredError: the reader is too slow, or began too early.
        """
        if self._initial:
            initial, self._initial = self._initial, []
            return initial
        events = self._cluster.store.events_after(self._served.storage, self._position)
        if not events:
            return ()
        self._position = events[-1].revision
        return [seen for event in events if (seen := self._seen(event)) is not None]

    def read_or_error(self) -> Sequence[Seen]:
        """As `read`, with the ERROR event that ends a watch in place of the exception."""
        if self.expired:
            return ()
        try:
            return self.read()
        except ExpiredError as error:
            self.expired = True
            status = failures.too_old(error.asked, error.oldest).status
            return [Seen("ERROR", Version("", status, 0))]

    def _seen(self, event: Event) -> Seen | None:
        """The event through namespace and selector; crossing the selector adds or deletes."""
        version = event.version
        if self._namespace and version.object["metadata"].get("namespace") != self._namespace:
            return None
        selector = self._options.selector
        if selector.everything:
            return Seen(event.type, version)
        previous = event.previous
        before = previous is not None and selector.matches(previous.object)
        after = not event.deleted and selector.matches(version.object)
        if after:
            return Seen("MODIFIED" if before else "ADDED", version)
        if before and previous is not None:
            return Seen("DELETED", version if event.deleted else _left(previous, version))
        return None

    def bookmark(self) -> Seen:
        """A bookmark at the newest revision; only right when `read` has just returned nothing."""
        self._position = max(self._position, self._cluster.store.revision)
        return self._bookmark({})

    def _bookmark(self, annotations: dict[str, str]) -> Seen:
        metadata: JSONObject = {"resourceVersion": str(self._position)}
        if annotations:
            metadata["annotations"] = annotations
        kind, api_version = self._served.resource.kind, self._served.api_version
        obj = {"kind": kind, "apiVersion": api_version, "metadata": metadata}
        return Seen("BOOKMARK", Version("", obj, self._position))

    async def run(self, deliver: Callable[[Sequence[Seen]], Awaitable[None]]) -> None:
        """
        Deliver events until the timeout, or until an ERROR event ends the watch.

        Cancellation:
            At any point; an event may then have been delivered in part.
        """
        woken = trio.Event()

        def wake(_event: Event) -> None:
            woken.set()

        unsubscribe = self._cluster.store.subscribe(self._served.storage, wake)
        end = trio.current_time() + self._options.timeout_seconds
        bookmark_at = self._next_bookmark(end)
        try:
            while trio.current_time() < end:
                woken = trio.Event()
                if events := self.read_or_error():
                    await deliver(events)
                    if self.expired:
                        return
                elif trio.current_time() >= bookmark_at:
                    await deliver([self.bookmark()])
                    bookmark_at = self._next_bookmark(end)
                else:
                    with trio.move_on_at(min(bookmark_at, end)):
                        await woken.wait()
        finally:
            unsubscribe()

    def _next_bookmark(self, end: float) -> float:
        if not self._options.bookmarks:
            return end
        now = trio.current_time()
        last = end - _LAST_BOOKMARK_SECONDS
        return min(now + BOOKMARK_SECONDS, last if now < last else end)


def _left(previous: Version, version: Version) -> Version:
    """An object that no longer meets the selector: its last state that did, at the new revision."""
    metadata = previous.object["metadata"] | {"resourceVersion": str(version.revision)}
    return Version(version.key, previous.object | {"metadata": metadata}, version.revision)
