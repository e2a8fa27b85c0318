"""
Which kinds of faults are drawn, with which values, and which never are. Plain data.

What is left out cannot be told apart from real trouble by any daemon, or would only show that what
is broken for good stays broken.
"""

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import attrs

Value: TypeAlias = Callable[[random.Random], float | str | bool]


@attrs.frozen
class Drawn:
    """One kind of fault and what is drawn for it."""

    what: str
    values: Mapping[str, Value] = MappingProxyType({})
    lasts: tuple[float, float] = (5.0, 120.0)
    """Of a state: the least and the most seconds."""
    draws: frozenset[str] = frozenset()
    """What else it wants: `lease`, `host`, `node`; `passing` for what strikes any request at random."""


def _between(least: float, most: float) -> Value:
    return lambda rng: round(rng.uniform(least, most), 1)


def _whole(least: int, most: int) -> Value:
    return lambda rng: rng.randint(least, most)


def _one(*choices: float | str | bool) -> Value:
    return lambda rng: rng.choice(choices)


def _kind(
    what: str, draws: str = "", lasts: tuple[float, float] = (5.0, 120.0), **values: Value
) -> Drawn:
    return Drawn(what, MappingProxyType(values), lasts, frozenset(draws.split()))


_EVENTS = _one(0, 0, 1, 3)
_LONG = (30.0, 900.0)

FAMILIES: Mapping[str, tuple[Drawn, ...]] = MappingProxyType(
    {
        "request": (
            _kind("refused", code=_one(409, 429, 429, 500, 503), retry_after=_one(0, 1, 5)),
            _kind("webhook-failing"),
            _kind("reset"),
            _kind("answer-lost"),
            _kind("answer-lost"),
            _kind("done-silent"),
            _kind("hang"),
            _kind("torn", bytes=_one(0, 10, 300)),
            _kind("delay", delay=_between(0.5, 12.0)),
            _kind("answer-late", delay=_between(0.5, 12.0)),
            _kind("applied-late", delay=_between(1.0, 55.0), silent=_one(False, True)),
            _kind("stale-list", "passing", delay=_between(1.0, 60.0)),
        ),
        "watch": (
            _kind("watch-silent", after_events=_EVENTS),
            _kind("watch-ended", after_events=_EVENTS),
            _kind("watch-broken", after_events=_EVENTS, halfway=_one(False, True)),
            _kind("watch-expired", after_events=_EVENTS),
            _kind("watch-error", after_events=_EVENTS, code=_one(403, 429, 500, 503)),
            _kind("watch-repeated"),
            _kind("watch-delayed", delay=_between(0.1, 10.0)),
            _kind("watch-shuffled", delay=_between(0.05, 5.0)),
        ),
        "network": (
            _kind("latency", delay=_between(0.01, 2.0), jitter=_between(0.0, 1.0)),
            _kind("host-silent", "host"),
            _kind("host-down", "host"),
            _kind("cable-silent"),
            _kind("cable-cut"),
            _kind("rate-limited", per_second=_one(1.0, 5.0, 20.0), retry_after=_one(0, 1, 3)),
        ),
        "market": (
            _kind("market-lag", "host", _LONG, blocks=_whole(1, 30)),
            _kind("market-halted", "host", _LONG),
            _kind("market-catching-up", "host", _LONG),
            _kind("market-wrong-chain", "host"),
            _kind("market-old-blocks", "host", _LONG, delay=_one(30.0, 120.0, 3600.0)),
            _kind("market-not-found", "host lease", _LONG),
            _kind("market-not-found", "host", _LONG),
            _kind("market-wrong-closed", "host lease", _LONG, below=_whole(1, 100)),
            _kind("market-forgot", "host", _LONG),
            _kind("market-slow", "host", delay=_between(0.5, 15.0)),
            _kind("market-failing", "host", _LONG, code=_one(429, 500, 503)),
            _kind("market-repeats", "host", delay=_between(6.0, 120.0)),
            _kind("market-reordered", "host", delay=_between(1.0, 9.0)),
        ),
        "cluster": (
            _kind("controllers-lag", delay=_between(0.1, 5.0)),
            _kind("controllers-paused"),
            _kind("controllers-crash"),
            _kind("scheduler-off"),
            _kind("kubelet-slow", factor=_between(2.0, 60.0)),
            _kind("pods-endless", "lease", _LONG),
            _kind("node-dark", "node", _LONG),
            _kind("node-not-ready", "node", _LONG),
            _kind("node-cordoned", "node", _LONG),
            _kind("node-drained", "node", _LONG),
            _kind("quota", "lease", _LONG, pods=_one(0, 1)),
        ),
        "closing": (
            _kind("close-lost"),
            _kind("close-unanswered"),
            _kind("close-refused"),
            _kind("close-delayed", blocks=_whole(1, 20)),
            _kind("close-dropped"),
            _kind("close-ineffective"),
        ),
        "daemon": (
            _kind("clock-jump", "", _LONG, seconds=_one(-3600.0, -60.0, -5.0, 5.0, 60.0, 3600.0)),
            _kind("daemon-paused", "", (0.5, 90.0)),
        ),
    }
)
"""What is drawn; what stands here twice is drawn twice as often."""

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "forbidden": "a right that is lacking is a refusal for good, which the daemon rightly believes",
        "quota-exceeded": "so is a quota; one that lies in the cluster is drawn as `quota`",
        "webhook-refused": "so is the word of the ingress controller's webhook",
        "admission-refused": "so is a policy; plans with `image: refused` show what becomes of that",
    }
)
"""What is never drawn, and why; of `refused` the codes 400, 403, 404, 410 and 422 for the same reason."""
