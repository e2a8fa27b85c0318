"""
Faults of a host by rule: which request, and what becomes of it.

`Rules` stands before a handler. Each request goes through the rules in the order in which they were
added: a delay delays it, the first other rule that fires decides. A rule counts how often it was
met and how often it fired, so that a plan whose fault never happened can be told from one that was
survived. Rules whose effect is one of `watches` take hold of streamed answers instead, of those that
are open already too.
"""

import math
import random
import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias, assert_never

import attrs
import trio

from simulator.faults.asked import READS, asked
from simulator.faults.effects import (
    AnswerLate,
    ApplyLate,
    Delay,
    Effect,
    Hang,
    KeepSilent,
    LoseAnswer,
    Refuse,
    RequestEffect,
    Reset,
    Stale,
    Tear,
    refusal,
    torn,
)
from simulator.faults.watch_effects import WATCH_EFFECTS, WatchEffect
from simulator.faults.watches import Streams
from simulator.wire.messages import Abort, Answer, Handler, Request, Stall, Streaming

CarryOut: TypeAlias = Callable[[], Awaitable[Answer]]

Intercept: TypeAlias = Callable[[Request, CarryOut], Awaitable[Answer]]
"""Stands around every request that the rules let pass: does what it likes before and after it
awaits the second argument, which carries the request out."""


@attrs.define(eq=False, kw_only=True)
class Rule:
    """Which requests, and what becomes of them; what is left empty matches all."""

    effect: Effect
    method: str = ""
    path: str = ""
    """Regular expression, searched for in the decoded path."""
    user_agent: str = ""
    """Its beginning."""
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
    rng: random.Random = attrs.field(init=False, factory=lambda: random.Random(0))
    """Its own, so that another rule changes none of its draws; set when it is added."""

    def matches(self, request: Request) -> bool:
        """True for a request that it is about, whether or not it is its turn."""
        return (
            self.method in ("", request.method)
            and request.headers.get("user-agent", "").startswith(self.user_agent)
            and self.watch in (None, bool(request.query_value("watch")))
            and (not self.path or re.search(self.path, request.path) is not None)
            and self._means(request)
        )

    def _means(self, request: Request) -> bool:
        is_stale = isinstance(self.effect, Stale)
        given = (self.verb, self.kind, self.namespace, self.name, self.lease, is_stale)
        if not any(given) and self.subresource is None and self.dry_run is None:
            return True
        found = asked(request)
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
        )

    def fires(self, request: Request) -> bool:
        """Count a request; True if it is its turn."""
        if not self.matches(request) or not self.begins <= trio.current_time() < self.ends:
            return False
        self.met += 1
        if self.met < self.nth or (self.times is not None and self.met >= self.nth + self.times):
            return False
        if self.probability < 1.0 and self.rng.random() >= self.probability:
            return False
        self.fired += 1
        return True


class Rules:
    """A handler with rules before it."""

    def __init__(
        self,
        handler: Handler,
        *,
        seed: str = "0",
        nursery: trio.Nursery | None = None,
        revision_ago: Callable[[float], int] | None = None,
    ) -> None:
        """
        Args:
            handler: carries requests out.
            seed: of the draws of all rules.
            nursery: where what is applied late waits.
            revision_ago: the revision that the store had so many seconds ago, for stale lists.
        """
        self._handler = handler
        self._seed = seed
        self._nursery = nursery
        self._revision_ago = revision_ago
        self._rules: list[Rule] = []
        self._added = 0
        self._streams = Streams()
        self.intercept: Intercept | None = None

    def add(self, rule: Rule) -> Rule:
        """Put a rule behind those that are there."""
        self._added += 1
        rule.rng = random.Random(f"{self._seed}/rule/{self._added}")
        self._rules.append(rule)
        if isinstance(rule.effect, WATCH_EFFECTS):
            self._streams.strike(rule, rule.effect)
        return rule

    def remove(self, rule: Rule) -> None:
        """Take one rule away; see `heal`."""
        rule.is_active = False
        self._rules.remove(rule)

    def heal(self) -> None:
        """
        Take all rules away.

        What hangs goes on hanging until its client gives up, and a watch that fell silent stays so;
        what was only late or repeated is so no more.
        """
        for rule in self._rules:
            rule.is_active = False
        self._rules.clear()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those that are in force."""
        return tuple(self._rules)

    async def handle(self, request: Request) -> Answer:
        """
        Answer a request, or do to it what a rule says.

        Raises:
            Abort: the answer is lost.
            Stall: there will be none.
        """
        for rule in tuple(self._rules):
            if isinstance(rule.effect, WATCH_EFFECTS) or not rule.fires(request):
                continue
            if isinstance(rule.effect, Delay):
                await trio.sleep(rule.effect.seconds)
            else:
                return await self._suffer(request, rule.effect)
        return await self._carry_out(request)

    async def _suffer(self, request: Request, effect: RequestEffect) -> Answer:
        match effect:
            case Refuse():
                return refusal(effect, request)
            case Hang():
                raise Stall
            case Reset():
                raise Abort
            case LoseAnswer():
                await self._carry_out(request)
                raise Abort
            case KeepSilent():
                await self._carry_out(request)
                raise Stall
            case ApplyLate(seconds, silent):
                self._spawn(self._carry_out_after, seconds, request)
                raise Stall if silent else Abort
            case Tear(after_bytes):
                return torn(await self._carry_out(request), after_bytes)
            case AnswerLate(seconds):
                answer = await self._carry_out(request)
                await trio.sleep(seconds)
                return answer
            case Stale(seconds):
                return await self._carry_out(self._as_of(request, seconds))
            case Delay():
                raise AssertionError("a delay decides nothing")
            case _:
                assert_never(effect)

    async def _carry_out(self, request: Request) -> Answer:
        if self.intercept is None:
            answer = await self._handler(request)
        else:
            answer = await self.intercept(request, lambda: self._handler(request))
        if isinstance(answer, Streaming):
            return self._streams.watched(request, answer, self._striking(request))
        return answer

    def _striking(self, request: Request) -> list[tuple[Rule, WatchEffect]]:
        """The rules that take hold of a watch that is being opened."""
        return [
            (rule, rule.effect)
            for rule in self._rules
            if isinstance(rule.effect, WATCH_EFFECTS) and rule.fires(request)
        ]

    async def _carry_out_after(self, seconds: float, request: Request) -> None:
        await trio.sleep(seconds)
        await self._carry_out(request)

    def _spawn(self, run: Callable[..., Awaitable[None]], *args: object) -> None:
        assert self._nursery is not None, "nothing can be late where nobody waits for it"
        self._nursery.start_soon(run, *args, name="applied late")

    def _as_of(self, request: Request, seconds: float) -> Request:
        assert self._revision_ago is not None, "this host has no revisions"
        fixed = {"resourceVersion", "resourceVersionMatch"}
        query = [(key, value) for key, value in request.query if key not in fixed]
        if request.query_value("continue"):
            return request
        revision = str(self._revision_ago(seconds))
        exact = (("resourceVersion", revision), ("resourceVersionMatch", "Exact"))
        return attrs.evolve(request, query=(*query, *exact))
