"""
Which Event a happening becomes: a new one, one more of the same, or nothing. Pure.

Three steps, as in client-go tools/record/events_cache.go: happenings of one kind with many different
texts are combined into one Event, repeated ones raise a count, and one object can fill only so many.
The memory is bounded; what was forgotten starts again at one.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

import attrs

_REMEMBERED = 4096
_DIFFERENT_TEXTS = 10
_TEXTS_SECONDS = 600.0
_BURST = 25
_REFILL_SECONDS = 300.0

Value = TypeVar("Value")


@attrs.frozen
class Happening:
    """What a controller has to say about an object."""

    about: tuple[str, ...]
    """Kind, namespace, name and uid of the object."""
    type: str
    """Normal or Warning."""
    reason: str
    message: str


@attrs.frozen
class Entry:
    """The Event to be written."""

    happening: Happening
    """As it is to be told: the text may say that it stands for several."""
    count: int
    first: float
    """Wall time of the first."""
    name: str
    """The Event object that is to be counted up; empty for a new one."""


class _Recent(Generic[Value]):
    """A dictionary that forgets what was longest unused."""

    def __init__(self) -> None:
        self._values: OrderedDict[object, Value] = OrderedDict()

    def get(self, key: object) -> Value | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: object, value: Value) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > _REMEMBERED:
            self._values.popitem(last=False)


@attrs.define(eq=False)
class Correlator:
    """The memory of one component's recorder."""

    _buckets: _Recent[tuple[float, float]] = attrs.field(init=False, factory=_Recent)
    _texts: _Recent[tuple[frozenset[str], float]] = attrs.field(init=False, factory=_Recent)
    _written: _Recent[Entry] = attrs.field(init=False, factory=_Recent)

    def correlate(self, happening: Happening, now: float) -> Entry | None:
        """
        The Event for a happening, None for one too many. `now` is the wall time.

        The caller writes it and reports with `wrote`, or lets it be.
        """
        key, told = self._combined(happening, now)
        if not self._has_token(happening.about, now):
            return None
        known = self._written.get(key)
        if known is None:
            return Entry(told, 1, now, "")
        return attrs.evolve(known, happening=told, count=known.count + 1)

    def wrote(self, happening: Happening, entry: Entry, name: str) -> None:
        """Remember that an entry for this happening was written under a name."""
        key = entry.happening if happening == entry.happening else _similar(happening)
        self._written.put(key, attrs.evolve(entry, name=name))

    def _combined(self, happening: Happening, now: float) -> tuple[object, Happening]:
        """The key that a happening is counted under, and its text."""
        similar = _similar(happening)
        texts, last = self._texts.get(similar) or (frozenset(), now)
        if now - last > _TEXTS_SECONDS:
            texts = frozenset()
        texts |= {happening.message}
        if len(texts) < _DIFFERENT_TEXTS:
            self._texts.put(similar, (texts, now))
            return happening, happening
        # One text is let go, any, so that the set stays at its limit.
        self._texts.put(similar, (texts - {min(texts)}, now))
        message = f"(combined from similar events): {happening.message}"
        return similar, attrs.evolve(happening, message=message)

    def _has_token(self, about: tuple[str, ...], now: float) -> bool:
        tokens, since = self._buckets.get(about) or (float(_BURST), now)
        tokens = min(float(_BURST), tokens + (now - since) / _REFILL_SECONDS)
        self._buckets.put(about, (max(tokens - 1.0, 0.0) if tokens >= 1.0 else tokens, now))
        return tokens >= 1.0


def _similar(happening: Happening) -> tuple[object, ...]:
    """What happenings have in common that may be combined."""
    return (happening.about, happening.type, happening.reason)
