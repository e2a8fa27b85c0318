"""
One rule: which requests something goes wrong with, from when to when, and how often.

A rule is told what a request asks for, not how it is spelled; it counts how often it was met and how
often it fired.
"""

import math
import random
import re
from collections.abc import Callable

import attrs
import trio

from simulator.faults.asked import READS, Asked, Read, asked
from simulator.faults.effects import Earlier, Effect, Stale
from simulator.faults.watch_effects import WATCH_EFFECTS
from simulator.wire.messages import Request


@attrs.define(eq=False, kw_only=True)
class Rule:
    """Which requests, and what becomes of them; what is left empty matches all."""

    effect: Effect
    method: str = ""
    path: str = ""
    """Regular expression, searched for in the decoded path."""
    user_agent: str = ""
    """Its beginning."""
    source: str = ""
    """Name of the cable that it comes over."""
    watch: bool | None = None
    """Only watches, or only what is none."""
    verb: str = ""
    """As in `asked`, or `read` or `write`."""
    kind: str = ""
    """Plural: `deployments`."""
    namespace: str = ""
    name: str = ""
    subresource: str | None = None
    """"" for the object itself only."""
    lease: str = ""
    """Tenant namespace of a lease: what is in it, itself, and the record."""
    about: Callable[[Request, Asked], bool] | None = None
    """Asked last; for what no field can say."""
    dry_run: bool | None = None
    """Only trials, or only what is none."""
    nth: int = 1
    """The first of the matching requests, from 1, that it fires at."""
    times: int | None = 1
    """At how many in a row; None for all from there on."""
    probability: float = 1.0
    """Of firing at each of those, drawn from the seed."""
    begins: float = -math.inf
    """Trio's time from which requests match."""
    ends: float = math.inf
    """Trio's time from which they do not any more."""
    met: int = attrs.field(default=0, init=False)
    """How many requests matched."""
    fired: int = attrs.field(default=0, init=False)
    """At how many of them it fired; of watches, how many it took hold of."""
    touched: int = attrs.field(default=0, init=False)
    """Of watches, how many events it did something to."""
    is_active: bool = attrs.field(default=True, init=False)
    """False once it was taken away."""
    on_happened: Callable[[Request | None], None] | None = None
    """Called each time that `happened` counts: with the request, or None for an event."""
    read: Read = attrs.field(default=asked, init=False)
    """Understands requests; set when it is added."""
    rng: random.Random = attrs.field(init=False, factory=lambda: random.Random(0))
    """Its own, so that another rule changes none of its draws; set when it is added."""

    @property
    def counts_touched(self) -> bool:
        """Whether it happens to events of a watch, or to answers, rather than to requests."""
        return isinstance(self.effect, (*WATCH_EFFECTS, Earlier))

    @property
    def happened(self) -> int:
        """How often it made a difference."""
        return self.touched if self.counts_touched else self.fired

    def matches(self, request: Request) -> bool:
        """True for a request that it is about, whether or not it is its turn."""
        return (
            self.method in ("", request.method)
            and self.source in ("", request.source)
            and request.headers.get("user-agent", "").startswith(self.user_agent)
            and self.watch in (None, bool(request.query_value("watch")))
            and (not self.path or re.search(self.path, request.path) is not None)
            and self._means(request)
        )

    def _means(self, request: Request) -> bool:
        is_stale = isinstance(self.effect, Stale)
        given = (self.verb, self.kind, self.namespace, self.name, self.lease, is_stale, self.about)
        if not any(given) and self.subresource is None and self.dry_run is None:
            return True
        found = self.read(request)
        if found is None:
            return False
        verbs = (found.verb, "read" if found.verb in READS else "write")
        return (
            (not self.verb or self.verb in verbs)
            and (not is_stale or found.verb == "list")
            and self.kind in ("", found.plural)
            and self.namespace in ("", found.namespace)
            and self.name in ("", found.name)
            and self.subresource in (None, found.subresource)
            and self.dry_run in (None, found.is_dry_run)
            and (not self.lease or found.concerns(self.lease))
            and (self.about is None or self.about(request, found))
        )

    def fires(self, request: Request) -> bool:
        """Count a request; True if it is its turn."""
        if not self.begins <= trio.current_time() < self.ends or not self.matches(request):
            return False
        self.met += 1
        if self.met < self.nth or (self.times is not None and self.met >= self.nth + self.times):
            return False
        if self.probability < 1.0 and self.rng.random() >= self.probability:
            return False
        self.fired += 1
        if not self.counts_touched:
            self._tell(request)
        return True

    def touch(self) -> None:
        """Count one event or answer that it did something to."""
        self.touched += 1
        self._tell(None)

    def _tell(self, request: Request | None) -> None:
        if self.on_happened is not None:
            self.on_happened(request)
