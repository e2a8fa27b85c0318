"""
Faults of a host by rule: which request, and what becomes of it.

`Rules` stands before a handler. Each request goes through the rules in the order in which they were
added: a delay delays it, the first other rule that fires decides. A rule counts how often it was
met and how often it fired, so that a plan whose fault never happened can be told from one that was
survived.
"""

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias, assert_never

import attrs
import orjson
import trio

from simulator.jsontypes import FrozenJSON
from simulator.wire.messages import Abort, Answer, Handler, Request, Response, Stall

CarryOut: TypeAlias = Callable[[], Awaitable[Answer]]

Intercept: TypeAlias = Callable[[Request, CarryOut], Awaitable[Answer]]
"""Stands around every request that the rules let pass: does what it likes before and after it
awaits the second argument, which carries the request out."""


@attrs.frozen
class Refuse:
    """Answer with this Status instead of carrying the request out."""

    status: FrozenJSON
    """With `code`, which becomes the HTTP status."""
    retry_after_seconds: int | None = None


@attrs.frozen
class Hang:
    """Neither carry it out nor answer, until the client gives up."""


@attrs.frozen
class LoseAnswer:
    """Carry it out, then drop the connection instead of answering."""


@attrs.frozen
class Delay:
    """Carry it out later; it happens even if the client has given up meanwhile."""

    seconds: float


Effect: TypeAlias = Refuse | Hang | LoseAnswer | Delay


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
    nth: int = 1
    """The first of the matching requests, from 1, that it fires at."""
    times: int | None = 1
    """At how many in a row; None for all from there on."""
    met: int = attrs.field(default=0, init=False)
    """How many requests matched."""
    fired: int = attrs.field(default=0, init=False)
    """At how many of them it fired."""

    def matches(self, request: Request) -> bool:
        """True for a request that it is about, whether or not it is its turn."""
        return (
            self.method in ("", request.method)
            and re.search(self.path, request.path) is not None
            and request.headers.get("user-agent", "").startswith(self.user_agent)
            and self.watch in (None, bool(request.query_value("watch")))
        )

    def fires(self, request: Request) -> bool:
        """Count a request; True if it is its turn."""
        if not self.matches(request):
            return False
        self.met += 1
        if self.met < self.nth or (self.times is not None and self.met >= self.nth + self.times):
            return False
        self.fired += 1
        return True


class Rules:
    """A handler with rules before it."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._rules: list[Rule] = []
        self.intercept: Intercept | None = None

    def add(self, rule: Rule) -> Rule:
        """Put a rule behind those that are there."""
        self._rules.append(rule)
        return rule

    def heal(self) -> None:
        """Take all rules away; what hangs goes on hanging until its client gives up."""
        self._rules.clear()

    async def handle(self, request: Request) -> Answer:
        """
        Answer a request, or do to it what a rule says.

        Raises:
            Abort: the answer is lost.
            Stall: there will be none.
        """
        for rule in tuple(self._rules):
            if not rule.fires(request):
                continue
            match rule.effect:
                case Delay(seconds):
                    await trio.sleep(seconds)
                case Refuse():
                    return _refusal(rule.effect)
                case Hang():
                    raise Stall
                case LoseAnswer():
                    await self._carry_out(request)
                    raise Abort
                case _:
                    assert_never(rule.effect)
        return await self._carry_out(request)

    async def _carry_out(self, request: Request) -> Answer:
        if self.intercept is None:
            return await self._handler(request)
        return await self.intercept(request, lambda: self._handler(request))


def _refusal(refuse: Refuse) -> Response:
    headers = [("content-type", "application/json")]
    if refuse.retry_after_seconds is not None:
        headers.append(("retry-after", str(refuse.retry_after_seconds)))
    return Response(refuse.status["code"], tuple(headers), orjson.dumps(refuse.status) + b"\n")
