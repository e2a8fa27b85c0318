"""What faults of single requests, of watches and of closing transactions do, by their `what`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from simulator.chaos.faults.case import Case
from simulator.faults import refusals
from simulator.faults.effects import (
    AnswerLate,
    ApplyLate,
    Delay,
    Effect,
    Hang,
    KeepSilent,
    LoseAnswer,
    Refuse,
    Reset,
    Stale,
    Tear,
)
from simulator.faults.watch_effects import Break, End, Fail, Lag, Repeat, Shuffle, Silence
from simulator.jsontypes import FrozenJSON
from simulator.market import transactions
from simulator.wire.messages import Request


def refused(case: Case, code: int, retry_after: int) -> Refuse:
    """A refusal in the words of the host that gives it."""
    seconds = retry_after or None
    if not case.plan.where.host.startswith("market"):
        return Refuse(refusals.BY_CODE[code], seconds)
    return Refuse(market_error(code), seconds)


def market_error(code: int) -> FrozenJSON:
    """What stands before a node says when it does not get through to it."""
    return {"code": code, "message": "upstream connect error", "details": []}


def _failed(case: Case, code: int) -> Fail:
    return Fail(refusals.BY_CODE[code](Request("GET", "/")), _after(case))


def _after(case: Case) -> int:
    return int(case.number("after_events"))


def _delay(case: Case) -> float:
    return case.number("delay")


REQUESTS: Mapping[str, Callable[[Case], Effect]] = MappingProxyType(
    {
        "refused": lambda c: refused(c, int(c.number("code")), int(c.number("retry_after"))),
        "forbidden": lambda _: Refuse(refusals.forbidden),
        "quota-exceeded": lambda _: Refuse(refusals.quota_exceeded),
        "webhook-refused": lambda _: Refuse(refusals.webhook_refused),
        "webhook-failing": lambda _: Refuse(refusals.webhook_failing),
        "reset": lambda _: Reset(),
        "answer-lost": lambda _: LoseAnswer(),
        "done-silent": lambda _: KeepSilent(),
        "hang": lambda _: Hang(),
        "torn": lambda c: Tear(int(c.number("bytes"))),
        "delay": lambda c: Delay(_delay(c)),
        "answer-late": lambda c: AnswerLate(_delay(c)),
        "applied-late": lambda c: ApplyLate(_delay(c), silent=bool(c.value("silent"))),
        "stale-list": lambda c: Stale(_delay(c)),
    }
)
"""What becomes of a request."""

WATCHES: Mapping[str, Callable[[Case], Effect]] = MappingProxyType(
    {
        "watch-silent": lambda c: Silence(_after(c)),
        "watch-ended": lambda c: End(_after(c)),
        "watch-broken": lambda c: Break(_after(c), halfway=bool(c.value("halfway"))),
        "watch-expired": lambda c: _failed(c, 410),
        "watch-error": lambda c: _failed(c, int(c.number("code"))),
        "watch-repeated": lambda _: Repeat(),
        "watch-delayed": lambda c: Lag(_delay(c)),
        "watch-shuffled": lambda c: Shuffle(_delay(c)),
    }
)
"""What becomes of the events of a watch."""

CLOSINGS: Mapping[str, Callable[[Case], transactions.Outcome]] = MappingProxyType(
    {
        "close-lost": lambda _: transactions.Lost(),
        "close-unanswered": lambda _: transactions.Unanswered(),
        "close-refused": lambda c: transactions.Rejected(str(c.value("text"))),
        "close-delayed": lambda c: transactions.Delayed(int(c.number("blocks"))),
        "close-dropped": lambda _: transactions.Dropped(),
        "close-ineffective": lambda _: transactions.Ineffective(),
    }
)
"""What becomes of a closing transaction."""
