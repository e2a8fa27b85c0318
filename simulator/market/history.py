"""Values by height: what each block had, so that a node that lags behind can tell its own truth."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import attrs

K = TypeVar("K")
V = TypeVar("V")


@attrs.define(eq=False)
class History(Generic[K, V]):
    """The states of many things, each under the height from which it held."""

    _states: dict[K, list[tuple[int, V]]] = attrs.field(init=False, factory=dict)

    def put(self, key: K, height: int, value: V) -> V:
        """Let a value hold from a height on, which is none below the last; returns it."""
        self._states.setdefault(key, []).append((height, value))
        return value

    def at(self, key: K, height: int) -> V | None:
        """What held at a height; None when the key came later or never."""
        for since, value in reversed(self._states.get(key, ())):
            if since <= height:
                return value
        return None

    def states(self, key: K) -> tuple[tuple[int, V], ...]:
        """Every state of a key with the height from which it held, the oldest first."""
        return tuple(self._states.get(key, ()))

    def __iter__(self) -> Iterator[K]:
        return iter(self._states)
