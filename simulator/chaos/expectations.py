"""
What a plan may say must come of it besides the invariants; a closed vocabulary.

An expectation is a flat mapping in the plan file: `what`, and some of `KEYS`. One that could not be
judged (the run had no such moment, nobody looked) is violated: it says nothing, and a reader would
take it for held.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from simulator.chaos.plan import Expectation

_NUMBER = (int, float)
_TEXT = (str,)

KEYS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "lease": _TEXT,
        "from": (*_NUMBER, str),
        "until": (*_NUMBER, str),
        "within": _NUMBER,
        "at_most": (int,),
        "at_least": (int,),
        "verb": _TEXT,
        "kind": _TEXT,
        "daemon": (int,),
        "generation": (int,),
        "host": _TEXT,
        "field": _TEXT,
        "is": (str, int, float, bool),
        "has": _TEXT,
        "always": (bool,),
        "times": (int,),
        "event": _TEXT,
        "answer": _TEXT,
    }
)
"""`from` and `until` are `moments`; without them the whole run counts."""

_SPAN = frozenset({"from", "until"})
_NUMBERS = frozenset({"at_most", "at_least"})


@attrs.frozen(kw_only=True)
class Kind:
    """One sort of expectation."""

    about: str
    """What it asks for, for the table in the docs."""
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()
    """At least one of these is needed."""


CATALOG: Mapping[str, Kind] = MappingProxyType(
    {
        "closings": Kind(
            about="so many transactions that close a lease reached the market",
            may=frozenset({"lease"}) | _SPAN,
            one_of=_NUMBERS,
        ),
        "requests": Kind(
            about="daemons sent so many requests to the API server; verb is `any`, `read`, `write` or "
            "`delete`, trials are writes, kind a plural; renewals of their own Lease aside",
            may=frozenset({"verb", "kind", "lease"}) | _SPAN,
            one_of=_NUMBERS,
        ),
        "at-once": Kind(
            about="never more requests than so many were being answered by the API server at one time",
            needs=frozenset({"at_most"}),
        ),
        "first-delete": Kind(
            about="the first delete of something of the lease came so many seconds after a moment",
            needs=frozenset({"lease", "from", "within"}),
        ),
        "gone": Kind(
            about="nothing of the lease was left so many seconds after a moment",
            needs=frozenset({"lease", "from", "within"}),
        ),
        "serves": Kind(
            about="at every commit of the span each workload of that generation had a pod of it that "
            "was ready",
            needs=frozenset({"lease", "generation", "from"}),
            may=frozenset({"until"}),
        ),
        "routed": Kind(
            about="at the end of the span the hostname has one route, the lease's, and in the span no "
            "other lease had one",
            needs=frozenset({"lease", "host", "from"}),
            may=frozenset({"until"}),
        ),
        "status": Kind(
            about="a look at /status in the span shows the field (as `is`, with `has` in it, or at all): some look, every "
            "look with `always`, in so many separate runs of looks with `times`; `times: 0` for none",
            needs=frozenset({"field"}),
            may=frozenset({"is", "has", "always", "times"}) | _SPAN,
        ),
        "logs": Kind(
            about="daemons logged an event so many times",
            needs=frozenset({"event"}),
            may=frozenset({"lease"}) | _SPAN,
            one_of=_NUMBERS,
        ),
        "told": Kind(
            about="the tenant was told that this generation is `accepted`, or `refused`, or never `accepted`"
            " (`not accepted`)",
            needs=frozenset({"lease", "generation", "answer"}),
        ),
    }
)


def check(expectation: Expectation) -> str:
    """Which rule an expectation breaks, in words for who wrote it; "" for none."""
    kind = CATALOG.get(expectation.what)
    if kind is None:
        return f"no such expectation: {expectation.what}; there are {', '.join(CATALOG)}"
    given = expectation.values
    known = kind.needs | kind.may | kind.one_of
    if strange := sorted(given.keys() - known):
        return (
            f"{expectation.what} knows no {', '.join(strange)}; it knows {', '.join(sorted(known))}"
        )
    if missing := sorted(kind.needs - given.keys()):
        return f"{expectation.what} needs {', '.join(missing)}"
    if kind.one_of and not kind.one_of & given.keys():
        return f"{expectation.what} needs one of {', '.join(sorted(kind.one_of))}"
    for key, value in given.items():
        allowed = KEYS[key]
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            wanted = " or ".join(t.__name__ for t in allowed)
            return f"{key} of {expectation.what} must be {wanted}"
    return ""
