"""
Faults of a host by rule: which request, and what becomes of it.

`Rules` stands before a handler. Each request goes through the rules in the order in which they were
added: a delay delays it, the first other rule that fires decides. A rule counts how often it was
met and how often it fired, so that a plan whose fault never happened can be told from one that was
survived. Rules whose effect is one of `watches` take hold of streamed answers instead, of those that
are open already too.
"""

import random
from collections.abc import Awaitable, Callable
from typing import TypeAlias, assert_never

import attrs
import trio

from simulator.faults.asked import Asked, Read, asked
from simulator.faults.effects import (
    AnswerLate,
    ApplyLate,
    Delay,
    Earlier,
    Hang,
    KeepSilent,
    LoseAnswer,
    Pass,
    Refuse,
    Reset,
    Stale,
    Tear,
    refusal,
    torn,
)
from simulator.faults.rule import Rule
from simulator.faults.watch_effects import WATCH_EFFECTS, WatchEffect
from simulator.faults.watches import Streams
from simulator.wire.messages import Abort, Answer, Handler, Request, Response, Stall, Streaming

CarryOut: TypeAlias = Callable[[], Awaitable[Answer]]

Intercept: TypeAlias = Callable[[Request, CarryOut], Awaitable[Answer]]
"""Stands around every request that the rules let pass: does what it likes before and after it
awaits the second argument, which carries the request out."""


class Rules:
    """A handler with rules before it."""

    def __init__(
        self,
        handler: Handler,
        *,
        seed: str = "0",
        nursery: trio.Nursery | None = None,
        revision_ago: Callable[[float], int] | None = None,
        read: Read = asked,
    ) -> None:
        """
        Args:
            handler: carries requests out.
            seed: of the draws of all rules.
            nursery: where what is applied late waits.
            revision_ago: the revision that the store had so many seconds ago, for stale lists.
            read: how this host's requests are understood.
        """
        self._handler = handler
        self._seed = seed
        self._nursery = nursery
        self._revision_ago = revision_ago
        self._rules: list[Rule] = []
        self._added = 0
        self._streams = Streams()
        self._read = _Reader(read)
        self._past: dict[str, list[tuple[float, Response]]] = {}
        self.intercept: Intercept | None = None
        self.most_at_once = 0
        """The most requests that waited here for their answers at one time."""
        self._at_once = 0

    def add(self, rule: Rule) -> Rule:
        """Put a rule behind those that are there."""
        self._added += 1
        rule.rng = random.Random(f"{self._seed}/rule/{self._added}")
        rule.read = self._read
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
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(request)
        finally:
            self._at_once -= 1

    async def _answer(self, request: Request) -> Answer:
        for rule in tuple(self._rules):
            if isinstance(rule.effect, WATCH_EFFECTS) or not rule.fires(request):
                continue
            match rule.effect:
                case Pass():
                    continue
                case Delay(seconds):
                    await trio.sleep(seconds)
                case _:
                    return await self._suffer(request, rule)
        return await self._carry_out(request)

    async def _suffer(self, request: Request, rule: Rule) -> Answer:
        effect = rule.effect
        assert not isinstance(effect, WATCH_EFFECTS), "a watch is struck, not its request"
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
            case AnswerLate(seconds, jitter_seconds):
                answer = await self._carry_out(request)
                await trio.sleep(seconds + jitter_seconds * rule.rng.random())
                return answer
            case Earlier(seconds):
                return await self._repeat(request, rule, seconds)
            case Stale(seconds):
                return await self._carry_out(self._as_of(request, seconds))
            case Delay() | Pass():
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

    async def _repeat(self, request: Request, rule: Rule, seconds: float) -> Answer:
        past = self._past.setdefault(f"{request.method} {request.target}", [])
        before = trio.current_time() - seconds
        # Of those that are old enough the newest is all that will ever be given.
        while len(past) > 1 and past[1][0] <= before:
            past.pop(0)
        if past and past[0][0] <= before:
            rule.touch()
            return past[0][1]
        answer = await self._carry_out(request)
        if isinstance(answer, Response):
            past.append((trio.current_time(), answer))
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


@attrs.define(eq=False)
class _Reader:
    """Understands each request once, however many rules ask."""

    read: Read
    _request: Request | None = None
    _asked: Asked | None = None

    def __call__(self, request: Request) -> Asked | None:
        if request is not self._request:
            self._request, self._asked = request, self.read(request)
        return self._asked
