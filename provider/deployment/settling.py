"""
Writes on the wire: a write that was sent is never abandoned.

Cancelling a scope ends the *waiting* for a write. The request itself runs on to its answer or its
own deadline in the settling nursery, which `DeploymentManager.run` opens outside the lease scope;
teardown begins beside it at once. A write whose answer got lost can still land for as long as the
API server works on a request, so one that could bring something to life stays unsettled for that long.

Nothing is sent while another daemon may be the one that writes, see `writable.py`.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs
import trio

from provider.deployment.writable import Unguarded, Writable
from provider.kubernetes.kinds import ObjectKey
from provider.kubernetes.outcomes import Unknown, Write

T = TypeVar("T")


@attrs.define(eq=False)
class _OnWire:
    key: ObjectKey
    fenced: bool
    done: trio.Event = attrs.field(factory=trio.Event, init=False)
    outcome: Write | None = attrs.field(default=None, init=False)
    error: Exception | None = attrs.field(default=None, init=False)
    given_up: bool = attrs.field(default=False, init=False)


@attrs.define(eq=False)
class Settling:
    """The writes of one lease that may still have an effect. One instance per manager's run."""

    settling_nursery: trio.Nursery
    unsettled_seconds: float
    """How long a write without an answer can still land."""
    started_at: float = float("-inf")
    """Trio time of the process's start: an earlier process may have left writes that can land."""
    writable: Writable = attrs.field(factory=Unguarded)
    _on_wire: dict[_OnWire, None] = attrs.field(factory=dict, init=False)
    _lost: dict[ObjectKey, float] = attrs.field(factory=dict, init=False)
    """Objects that a write without an answer may create, and the Trio time until which it can."""

    async def wait_writable(self) -> None:
        """
        Return once this daemon is the one that writes; at once, without a checkpoint, when it is.

        Cancellation:
            Nothing is left behind.
        """
        while not self.writable.held():
            await self.writable.wait()

    @property
    def _predecessor_until(self) -> float:
        """Trio time until which a write of another process, earlier or rival, can land."""
        return max(self.started_at, self.writable.since()) + self.unsettled_seconds

    async def write(
        self, key: ObjectKey, send: Callable[[], Awaitable[Write]], *, fenced: bool = False
    ) -> Write:
        """
        Send a write and wait for its outcome.

        Args:
            key: the object that is written.
            send: makes the request; must come back by its own deadline.
            fenced: the request carries the object's uid and creates nothing (a delete, a merge patch),
                so it is safe beside an earlier one to the same object, and without an answer it can
                bring nothing to life; any other waits for the earlier one first.

        Raises:
            Exception: whatever `send` raised; it stays with the waiter, and so with its lease.

        Cancellation:
            Ends the waiting. A request that was begun goes on and is settled here; one that was
            not begun is never sent.
        """
        await self.wait_writable()
        if not fenced:
            await self.wait_quiet(key)
        await trio.lowlevel.checkpoint_if_cancelled()
        entry = _OnWire(key, fenced)
        self._on_wire[entry] = None
        self.settling_nursery.start_soon(self._settle, entry, send, name=f"write {key}")
        try:
            await entry.done.wait()
        finally:
            entry.given_up = True
        if entry.error is not None:
            raise entry.error
        assert entry.outcome is not None
        return entry.outcome

    async def carry_out(self, act: Callable[[], Awaitable[T]], name: str) -> T:
        """
        Do something that is no write to an object, and wait for it.

        Raises:
            Exception: whatever `act` raised.

        Cancellation:
            Ends the waiting; `act` goes on to its end.
        """
        done, answers, errors = trio.Event(), list[T](), list[Exception]()

        async def run() -> None:
            try:
                answers.append(await act())
            except Exception as error:  # noqa: BLE001 - it is the waiter's, and nobody else's
                errors.append(error)
            finally:
                done.set()

        self.settling_nursery.start_soon(run, name=name)
        await done.wait()
        for error in errors:
            raise error
        return answers[0]

    def give_up_unbegun(self) -> None:
        """In the step of a loss or a drain: what was handed over but not begun is not sent."""
        for entry in self._on_wire:
            entry.given_up = True

    async def _settle(self, entry: _OnWire, send: Callable[[], Awaitable[Write]]) -> None:
        try:
            if entry.given_up:
                entry.outcome = Unknown("given up before it was sent", sent=False)
            elif not self.writable.held():
                entry.outcome = Unknown("another daemon may be writing", sent=False)
            else:
                entry.outcome = await send()
        except Exception as error:  # noqa: BLE001 - it is the waiter's, and nobody else's
            entry.error = error
        finally:
            unanswered = entry.outcome is None or (
                isinstance(entry.outcome, Unknown) and entry.outcome.sent
            )
            if unanswered and not entry.fenced:
                self._lost[entry.key] = trio.current_time() + self.unsettled_seconds
            del self._on_wire[entry]
            entry.done.set()

    async def wait_quiet(self, key: ObjectKey) -> None:
        """Return once no write to this object is on the wire; its answer may still be lost."""
        while (entry := next((e for e in self._on_wire if e.key == key), None)) is not None:
            await entry.done.wait()

    def lands_until(self, key: ObjectKey) -> float:
        """
        Trio time until which a write can still bring this object to life; in the past for no such.

        What an earlier process had on the wire is not known, so any object may be among it.
        """
        if any(entry.key == key and not entry.fenced for entry in self._on_wire):
            return trio.current_time() + self.unsettled_seconds
        return max(self._lost.get(key, 0.0), self._predecessor_until)

    @property
    def on_wire(self) -> tuple[ObjectKey, ...]:
        """Objects with a write whose answer is awaited, in the order of sending."""
        return tuple(entry.key for entry in self._on_wire)

    async def wait_settled(self) -> None:
        """
        Return once nothing is on the wire and nothing that was lost can still land.

        Cancellation:
            A checkpoint at least; nothing is left behind.
        """
        await trio.lowlevel.checkpoint()
        while True:
            await self.wait_writable()
            settled_at = max([self._predecessor_until, *self._lost.values()])
            if self._on_wire:
                await next(iter(self._on_wire)).done.wait()
            elif settled_at > trio.current_time():
                await trio.sleep_until(settled_at)
            else:
                self._lost.clear()
                return
