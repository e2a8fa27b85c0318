"""
Brakes on what happens to many leases at once: that is our own fault until shown otherwise.

Two of them: leases that the market calls lost, and leases that are to be closed because they were
observed unhealthy. Up to a limit they go on at once; beyond it they wait for a second word. Pure:
times are passed in, and where they come from outlives the process.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

import attrs
import orjson

from provider.jsontypes import FrozenJSON
from provider.lease.identity import LeaseID
from provider.workload import labels

_T = TypeVar("_T")


@attrs.frozen
class Limits:
    """How many are too many."""

    least: int = 3
    """So many always pass: with few leases a share would be less than one."""
    share: float = 0.05
    """Of all leases."""
    window_seconds: float = 600.0

    def most(self, leases: int) -> int:
        """How many of so many leases pass within a window."""
        return max(self.least, math.floor(leases * self.share))


@attrs.define(eq=False)
class LossBrake(Generic[_T]):
    """
    Lets losses pass, a limited number within a window, and keeps the others until they are confirmed.

    What waits does not pass by waiting: an endpoint that lies does not tire.
    """

    limits: Limits
    _passed: dict[LeaseID, float] = attrs.field(factory=dict, init=False)
    """When a loss passed, by the limit; those confirmed otherwise do not count."""
    _waiting: dict[LeaseID, _T] = attrs.field(factory=dict, init=False)

    @property
    def waiting(self) -> dict[LeaseID, _T]:
        """Losses that wait to be confirmed, by lease."""
        return dict(sorted(self._waiting.items()))

    def note(self, lease: LeaseID, now: float) -> None:
        """Count a loss that passed before this process began."""
        self._passed[lease] = now

    def admit(self, lease: LeaseID, loss: _T, *, leases: int, now: float) -> bool:
        """
        Decide about a proven loss; True when it may end its lease now.

        Args:
            lease: asked again, the answer is the same until it is confirmed.
            loss: kept while it waits.
            leases: how many there are, the lost ones included.
            now: any steady clock, seconds.
        """
        if lease in self._waiting:
            return False
        since = now - self.limits.window_seconds
        self._passed = {lost: at for lost, at in self._passed.items() if at > since}
        if lease not in self._passed and len(self._passed) >= self.limits.most(leases):
            self._waiting[lease] = loss
            return False
        self._passed.setdefault(lease, now)
        return True

    def withdraw(self, lease: LeaseID) -> None:
        """Let go of a loss that was confirmed, or contradicted, or of which nothing is left."""
        self._waiting.pop(lease, None)

    def release(self) -> dict[LeaseID, _T]:
        """An operator's word: what waits may pass; returned, and waiting no more."""
        released, self._waiting = self.waiting, {}
        return released


def crowded(times: Iterable[float], most: int, window_seconds: float) -> bool:
    """True when more than `most` of the times lie within one window, wherever that begins."""
    ordered = sorted(times)
    return any(
        later - earlier <= window_seconds
        for earlier, later in zip(ordered, ordered[most:], strict=False)
    )


@attrs.define(eq=False)
class ClosureBrake:
    """
    Stops closings while more obligations than the limit arose within a window.

    It is computed from the obligations on the records, so a restart does not reset it; those that
    were closed meanwhile are remembered for a window. Engaged it stays until enough of the leases
    are seen healthy again, which ends their obligations, or until an operator releases it.
    """

    limits: Limits
    _known: dict[LeaseID, float] = attrs.field(factory=dict, init=False)
    """Since when each lease's closing is owed, wall time; also of those closed lately."""
    _released: dict[LeaseID, float] = attrs.field(factory=dict, init=False)
    """Obligations that an operator let pass."""

    def engaged(self, owed: Sequence[tuple[LeaseID, float]], *, leases: int, now: float) -> bool:
        """
        Decide for this moment.

        Args:
            owed: all obligations, and since when; wall time.
            leases: how many there are.
            now: wall time.
        """
        current = dict(owed)
        since = now - self.limits.window_seconds
        remembered = {lease: at for lease, at in self._known.items() if at > since}
        self._known = remembered | current
        self._released = {
            lease: at for lease, at in self._released.items() if self._known.get(lease) == at
        }
        counted = [at for lease, at in self._known.items() if self._released.get(lease) != at]
        return crowded(counted, self.limits.most(leases), self.limits.window_seconds)

    def release(self) -> None:
        """An operator's word: what is owed now may be closed; what comes later is counted anew."""
        self._released = dict(self._known)


def owed_since(record: FrozenJSON) -> float | None:
    """
    Since when a record says that its lease must be closed, wall time; None when it does not.

    An obligation that cannot be read counts as ancient: it is one, but not of this moment.
    """
    text = (record["metadata"].get("annotations") or {}).get(labels.CLOSE_OWED)
    if text is None:
        return None
    try:
        since = float(orjson.loads(text)["since"])
    except (ValueError, KeyError, TypeError):
        return 0.0
    return since if math.isfinite(since) else 0.0
