"""
Carries one decision out: makes one object be as desired, or makes one object go.

Every function here is a loop of "look, decide, one fenced request" that ends only when the effect
was answered or observed. An answer that got lost is followed by a look, never by a blind repeat.

Fences (measured on a real API server, see docs/concurrency.md): a create carries resourceVersion
"1" and cannot overwrite; an update carries uid and the newest resourceVersion and cannot
resurrect; a delete carries the uid and cannot hit a successor.
"""

import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, assert_never

import attrs
import trio

from provider.concurrency.backoff import Backoff
from provider.concurrency.wakeup import Wakeup
from provider.errors import ProviderError
from provider.http.lanes import Lane
from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.client import KubernetesClient
from provider.kubernetes.kinds import ObjectKey, key_of
from provider.kubernetes.outcomes import (
    Absent,
    CreateOnly,
    Done,
    Fence,
    Found,
    Refusal,
    Refused,
    Unknown,
    Unseen,
    Verdict,
    Version,
    Write,
)
from provider.kubernetes.store import Store
from provider.reconcile.differs import differs
from provider.reconcile.takeover import takeover_patch
from provider.workload import labels

CONFLICTS_REPORTED = 20
"""A refused fence is normal; so many in a row are worth a line."""
CONFLICTS_AT_ONCE = 2
"""So many are tried again at once; whoever writes that often is not beaten by speed."""


class ObjectRefusedError(ProviderError):
    """The API server will not have this object: the tenant's manifest, or our rendering of it."""

    def __init__(self, key: ObjectKey, refusal: Refusal) -> None:
        super().__init__(f"{key}: {refusal.message}")
        self.key = key
        self.refusal = refusal


class PlaceGoneError(ProviderError):
    """The object, or the namespace it lives in, is on its way out or gone: look at the whole again."""

    def __init__(self, key: ObjectKey, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key


class Writer(Protocol):
    """Puts a write on the wire and waits for its outcome; the write outlives the waiting."""

    async def wait_writable(self) -> None:
        """Return once this daemon may send anything but reads; `write` does so by itself."""
        ...

    async def write(
        self, key: ObjectKey, send: Callable[[], Awaitable[Write]], *, fenced: bool = False
    ) -> Write:
        """Send and return the outcome; unless `fenced`, an earlier write to `key` settles first."""
        ...

    async def wait_quiet(self, key: ObjectKey) -> None:
        """Return once no write to `key` is on the wire."""
        ...

    def lands_until(self, key: ObjectKey) -> float:
        """Trio time until which a write to `key` can still land; in the past for no such."""
        ...


def is_deleting(obj: FrozenJSON) -> bool:
    """True for an object that is on its way out; a 2xx for it is no acceptance."""
    return "deletionTimestamp" in obj["metadata"]


def version_of(obj: FrozenJSON) -> Version:
    """The fence that fits exactly this object in this version."""
    return Version(obj["metadata"]["uid"], obj["metadata"]["resourceVersion"])


@attrs.frozen
class Executor:
    """The hands of one lease: its client, store and writer, and how long to pause between attempts."""

    client: KubernetesClient
    store: Store
    writer: Writer
    rng: random.Random
    lease_namespace: str
    """Under which the store tells of changes to this lease's objects."""
    base_seconds: float
    cap_seconds: float
    look_again_seconds: float
    """Longest pause between two looks at an object that a finalizer or its pods hold."""
    report: Callable[[str], None]
    """Told in a few words what is being waited for; shown in the status."""
    undeleted: Callable[[ObjectKey], None] = lambda _: None
    """Told of an object whose delete was refused or went unanswered; it is tried again."""
    lane: Lane = Lane.WORK

    def backoff(self) -> Backoff:
        """A fresh row of pauses."""
        return Backoff(self.rng, self.base_seconds, self.cap_seconds)

    async def look(self, key: ObjectKey) -> JSONObject | None:
        """
        Quorum read, repeated until the API server answers; `None` is its own word for absence.

        Cancellation:
            Nothing is left behind.
        """
        backoff = self.backoff()
        while True:
            answer = await self.client.get(key, lane=self.lane)
            match answer:
                case Found(obj):
                    # What lost its label is out of the watch's sight, and would stay for ever.
                    if (obj["metadata"].get("labels") or {}).get(labels.MANAGED) == "true":
                        self.store.accept(obj)
                    return obj
                case Absent():
                    return None
                case Unseen(why, retry_after):
                    self.report(f"waiting to read {key}: {why}")
                    await trio.sleep(backoff.next_seconds(retry_after))
                case _:
                    assert_never(answer)

    async def ensure(
        self,
        desired: JSONObject,
        live: JSONObject | None,
        *,
        ours: Callable[[FrozenJSON], bool] = lambda _: True,
    ) -> JSONObject:
        """
        Apply until the API server has accepted `desired`, or it is seen to be there already.

        Args:
            desired: what we render; its leaves become ours.
            live: the newest that is known of it, `None` when it is believed absent. Being wrong
                costs a refused fence and a look, never a wrong write.
            ours: looks at what has the name now; what is not ours is never written over, its end
                is awaited.

        Returns:
            The object as accepted.

        Raises:
            ObjectRefusedError: the server will not have it; trying again would not help.
            PlaceGoneError: it, or its namespace, is being deleted or gone.

        Cancellation:
            Ends the waiting; a request on the wire goes on to its answer, see `Writer`.
        """
        key = key_of(desired)
        backoff = self.backoff()
        conflicts = 0
        while True:
            if live is not None and not ours(live):
                self.report(f"{key} belongs to somebody else; waiting for its end")
                await trio.sleep(backoff.next_seconds())
                live = await self.look(key)
                continue
            if live is not None and is_deleting(live):
                raise PlaceGoneError(key, "is being deleted")
            if live is not None and not differs(desired, live):
                return live
            outcome = await self._apply(key, desired, live)
            match outcome:
                case Done(obj):
                    self.store.accept(obj)
                    if is_deleting(obj):
                        raise PlaceGoneError(key, "is being deleted")
                    return obj
                case Refused(refusal):
                    if refusal.verdict in (Verdict.CONFLICT, Verdict.REPLACED):
                        conflicts += 1
                        if conflicts % CONFLICTS_REPORTED == 0:
                            self.report(f"{key} keeps changing under us: {refusal.message}")
                        if conflicts > CONFLICTS_AT_ONCE:
                            await trio.sleep(backoff.next_seconds())
                    else:
                        await self._sit_out(key, refusal, backoff)
                case Unknown(why, _):
                    self.report(f"no answer for {key}: {why}")
                    await trio.sleep(backoff.next_seconds())
                case _:
                    assert_never(outcome)
            live = await self.look(key)

    async def _apply(self, key: ObjectKey, desired: JSONObject, live: JSONObject | None) -> Write:
        fence: Fence = CreateOnly() if live is None else version_of(live)
        operations = takeover_patch(live) if live is not None else None
        if operations is not None:
            taken = await self.writer.write(
                key, partial(self.client.json_patch, key, operations, lane=self.lane)
            )
            if not isinstance(taken, Done):
                return taken
            fence = version_of(taken.object)
        return await self.writer.write(
            key, partial(self.client.apply, desired, fence=fence, lane=self.lane)
        )

    async def _sit_out(self, key: ObjectKey, refusal: Refusal, backoff: Backoff) -> None:
        """Raise what ends the attempt; pause for what only needs time."""
        match refusal.verdict:
            case Verdict.MANIFEST | Verdict.RENDERING:
                raise ObjectRefusedError(key, refusal)
            case Verdict.TERMINATING:
                raise PlaceGoneError(key, "its namespace is being deleted")
            case Verdict.ABSENT:
                raise PlaceGoneError(key, refusal.message)
            case _:
                self.report(f"{key} is not accepted yet: {refusal.message}")
                await trio.sleep(backoff.next_seconds(refusal.retry_after_seconds))

    async def trial(self, desired: JSONObject, live: JSONObject | None) -> None:
        """
        Ask with `dryRun=All` whether the API server would accept `desired`; nothing is changed.

        Only "the manifest is refused" counts; conflicts and whatever needs time are the real
        attempt's business.

        Raises:
            ObjectRefusedError: it would be refused.
        """
        key = key_of(desired)
        backoff = self.backoff()
        conflicts = 0
        while True:
            fence: Fence = CreateOnly() if live is None else version_of(live)
            await self.writer.wait_writable()
            outcome = await self.client.apply(desired, fence=fence, dry_run=True, lane=self.lane)
            match outcome:
                case Done():
                    return
                case Refused(refusal):
                    match refusal.verdict:
                        case Verdict.CONFLICT | Verdict.REPLACED:
                            conflicts += 1
                            if conflicts > CONFLICTS_AT_ONCE:
                                await trio.sleep(backoff.next_seconds())
                        case Verdict.TERMINATING | Verdict.ABSENT:
                            return
                        case _:
                            await self._sit_out(key, refusal, backoff)
                case Unknown(why, _):
                    self.report(f"no answer for the trial of {key}: {why}")
                    await trio.sleep(backoff.next_seconds())
                case _:
                    assert_never(outcome)
            live = await self.look(key)

    async def remove(
        self,
        key: ObjectKey,
        *,
        ours: Callable[[FrozenJSON], bool],
        compare_and_swap: bool = False,
    ) -> None:
        """
        Delete one object by name and uid until a quorum read finds it absent.

        Args:
            key: which.
            ours: looks at what has the name now; what is not ours is left alone and counts as gone.
            compare_and_swap: fence with the resourceVersion too, for records that several leases
                may claim.

        Cancellation:
            Ends the waiting; the object may be deleted, being deleted or untouched.
        """
        backoff = self.backoff()
        stored = self.store.get(key)
        live = stored.decode() if stored is not None else await self.look(key)
        deletes = 0
        while live is not None and ours(live):
            if is_deleting(live):
                await self._wait_gone(key, backoff)
            else:
                if deletes:
                    # The first had no lasting effect: not at full speed again.
                    await trio.sleep(backoff.next_seconds())
                deletes += 1
                await self._delete(key, version_of(live), compare_and_swap=compare_and_swap)
            live = await self.look(key)

    async def await_gone(self, key: ObjectKey) -> None:
        """
        Wait until a quorum read finds an object absent that somebody else is to remove.

        Cancellation:
            Nothing is left behind.
        """
        backoff = self.backoff()
        while await self.look(key) is not None:
            await self._wait_gone(key, backoff)

    async def _delete(self, key: ObjectKey, version: Version, *, compare_and_swap: bool) -> None:
        outcome = await self.writer.write(
            key,
            partial(
                self.client.delete,
                key,
                uid=version.uid,
                resource_version=version.resource_version if compare_and_swap else "",
                lane=self.lane,
            ),
            fenced=True,
        )
        match outcome:
            case Done():
                pass
            case Refused(refusal):
                if refusal.verdict not in (Verdict.ABSENT, Verdict.CONFLICT, Verdict.REPLACED):
                    self.undeleted(key)
                    self.report(f"cannot delete {key} yet: {refusal.message}")
                    await trio.sleep(refusal.retry_after_seconds or 0)
            case Unknown(why, _):
                self.undeleted(key)
                self.report(f"no answer for the delete of {key}: {why}")
            case _:
                assert_never(outcome)

    async def _wait_gone(self, key: ObjectKey, backoff: Backoff) -> None:
        """Wait until the store lost sight of `key`; never without a pause."""
        if self.store.get(key) is None:
            await trio.sleep(backoff.next_seconds())
            return
        wakeup = Wakeup()
        self.store.subscribe(self.lease_namespace, wakeup.set)
        try:
            with trio.move_on_after(self.look_again_seconds):
                while self.store.get(key) is not None:
                    await wakeup.wait()
        finally:
            self.store.unsubscribe(self.lease_namespace, wakeup.set)
