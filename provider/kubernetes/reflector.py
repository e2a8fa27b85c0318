"""
Keeps one kind of the store as the API server has it: list, watch, and list again when need be.

A watch goes on where the last event or bookmark left it; only when the API server no longer
remembers that (410) is everything listed again, and what the list lacks is removed. A connection
that is silent for longer than bookmarks allow is given up: half-open ones look just like that.

It runs as long as the daemon and says nothing: how well it does is the store's stamp.
"""

import random
from collections.abc import Iterable
from functools import partial
from typing import assert_never

import attrs
import orjson
import trio

from provider.concurrency.backoff import Backoff
from provider.http.errors import HttpError
from provider.jsontypes import JSONObject
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.framing import FramingError, WatchEvent
from provider.kubernetes.kinds import Kind
from provider.kubernetes.outcomes import Refusal, Unseen, Verdict
from provider.kubernetes.pages import Expired
from provider.kubernetes.refusals import classify
from provider.kubernetes.store import Store
from provider.kubernetes.stored import MalformedError
from provider.kubernetes.table import Entry
from provider.kubernetes.watch import Watch

SILENCE_SECONDS = 90.0
"""Bookmarks come about once a minute, so a watch that is silent for longer is dead."""
WATCH_SECONDS = (240, 480)
"""A watch's length is drawn from here, so that not all of them end together."""
PAUSE_SECONDS = 0.8
PAUSE_MAX_SECONDS = 15.0
"""Between attempts; 0.8 s is client-go's, its 30 s would add to every recovery."""
SHORT_SECONDS = 1.0
"""A watch that lived less long is followed by a pause, however well it ended."""
BEHIND_LISTS = 3
"""So many lists in a row from before what was seen are no hiccup: the storage was put back to an older
state, as by a restored backup, and only that state is true."""
DEAF_WATCHES = 2
"""So many watches in a row that brought nothing at all may wait for a version that will never come."""
ERRORS_MAX = 3
"""So many watches in a row that end in the server's own error cannot be gone on with."""


@attrs.frozen
class _Ended:
    """How a watch ended, and so what comes next."""

    relist: bool = False
    pause: bool = False
    retry_after_seconds: float | None = None


class Reflector:
    """One kind's list and watch."""

    def __init__(
        self,
        client: KubernetesClient,
        store: Store,
        kind: Kind,
        label_selector: str,
        rng: random.Random,
    ) -> None:
        """
        Prepare; nothing is sent before `run`.

        Args:
            client: the API server.
            store: is filled; it must have been made for `kind`.
            kind: watched in all namespaces.
            label_selector: which objects; "" for all.
            rng: draws pauses and lengths of watches.
        """
        self._client = client
        self._store = store
        self._kind = kind
        self._label_selector = label_selector
        self._rng = rng
        self._backoff = Backoff(rng, PAUSE_SECONDS, PAUSE_MAX_SECONDS)
        # In a row, each: lists from before what was seen, watches that brought nothing, errors.
        self._behind = 0
        self._deaf = 0
        self._errors = 0

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """
        Fill the store until cancelled; started once the kind was listed.

        Cancellation:
            At any point; the store keeps what it has.
        """
        await self._list()
        task_status.started()
        while True:
            began = trio.current_time()
            ended = await self._watch()
            lived_seconds = trio.current_time() - began
            if lived_seconds > PAUSE_MAX_SECONDS:
                self._backoff.reset()
            if ended.pause or lived_seconds < SHORT_SECONDS:
                await trio.sleep(self._backoff.next_seconds(ended.retry_after_seconds))
            if ended.relist:
                await self._list()

    async def _list(self) -> None:
        """List all pages; again and again until that has worked."""
        while True:
            as_of = trio.current_time()
            entries: list[Entry] = []
            try:
                outcome = await self._client.read_pages(
                    self._kind,
                    take=partial(self._collect, entries),
                    label_selector=self._label_selector,
                )
            except MalformedError as error:
                outcome = Unseen(str(error))
            match outcome:
                case str(resource_version):
                    if self._believe(entries, resource_version, as_of):
                        return
                    await trio.sleep(self._backoff.next_seconds())
                case Unseen(_, retry_after_seconds):
                    await trio.sleep(self._backoff.next_seconds(retry_after_seconds))
                case Expired():
                    await trio.sleep(self._backoff.next_seconds())
                case _:
                    assert_never(outcome)

    def _believe(self, entries: Iterable[Entry], resource_version: str, as_of: float) -> bool:
        """Take a list in; False for one that is from before what was seen, until that repeats."""
        if not self._store.is_behind(self._kind, resource_version):
            self._behind = 0
            self._store.replace(self._kind, entries, resource_version, as_of=as_of)
            return True
        self._behind += 1
        if self._behind < BEHIND_LISTS:
            return False
        self._behind = 0
        self._store.restart(self._kind, entries, resource_version, as_of=as_of)
        return True

    def _collect(self, entries: list[Entry], items: Iterable[JSONObject]) -> None:
        entries.extend(self._store.entry(self._kind, item) for item in items)

    async def _watch(self) -> _Ended:
        try:
            async with self._client.watch(
                self._kind,
                resource_version=self._store.position(self._kind),
                label_selector=self._label_selector,
                timeout_seconds=self._rng.randint(*WATCH_SECONDS),
            ) as watch:
                match watch:
                    case Watch():
                        return await self._follow(watch)
                    case Refusal():
                        return _after_refusal(watch)
                    case _:
                        assert_never(watch)
        except HttpError:
            return _Ended(pause=True)
        except (FramingError, MalformedError):
            return _Ended(relist=True, pause=True)

    async def _follow(self, watch: Watch) -> _Ended:
        """Take events in until the watch ends, fails or falls silent."""
        while True:
            with trio.move_on_after(SILENCE_SECONDS):
                try:
                    event = await anext(watch)
                except StopAsyncIteration:
                    return _Ended()
                match event.type:
                    case "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK":
                        self._store.observe(self._kind, event)
                        self._deaf = self._errors = 0
                    case "ERROR":
                        return self._after_error(_refusal(event))
                    case _:
                        pass  # Something newer than we are; the version is in the next event.
                continue
            self._deaf += 1
            return _Ended(relist=self._deaf % DEAF_WATCHES == 0)

    def _after_error(self, refusal: Refusal) -> _Ended:
        """What the server says within a watch; its own errors are waited out, but not for ever."""
        self._errors += 1
        ended = _after_refusal(refusal)
        if refusal.status >= 500 and self._errors % ERRORS_MAX == 0:
            ended = attrs.evolve(ended, relist=True)
        return ended


def _refusal(event: WatchEvent) -> Refusal:
    """Read the Status that an ERROR event carries."""
    code = event.object.get("code")
    return classify(code if isinstance(code, int) else 500, {}, orjson.dumps(event.object))


def _after_refusal(refusal: Refusal) -> _Ended:
    """A busy server is asked again for the same; whatever else it says, start from a list."""
    ahead = any(reason == "ResourceVersionTooLarge" for _, reason, _ in refusal.causes)
    return _Ended(
        relist=ahead or refusal.status == 410 or refusal.verdict is not Verdict.BUSY,
        pause=True,
        retry_after_seconds=refusal.retry_after_seconds,
    )
