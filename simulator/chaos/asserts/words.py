"""Judges of what daemons said: on /status, in their logs, to tenants."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from simulator.chaos.asserts.moments import UnknownMomentError, window
from simulator.chaos.asserts.requests import number
from simulator.chaos.checks.chronicle import Chronicle
from simulator.jsontypes import JSONValue
from simulator.world import EPOCH

_NAMES = ("name", "lease", "host", "url")
"""By these an element of a list is called."""


def field(body: JSONValue, path: str, leases: Mapping[str, str]) -> JSONValue:
    """
    A value of /status by its path: `ready`, `brakes.closures.engaged`, `leases.A.health`.

    Args:
        body: as answered.
        path: keys, and names of elements of lists, with dots between.
        leases: by their names in the plan, what /status calls them.

    Returns:
        None where there is nothing.
    """
    found = body
    for part in path.split("."):
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list):
            wanted = (part, leases.get(part, part))
            found = next(
                (
                    one
                    for one in found
                    if (one in wanted if isinstance(one, str) else _called(one, wanted))
                ),
                None,
            )
        else:
            return None
    return found


def _called(one: JSONValue, wanted: tuple[str, ...]) -> bool:
    return isinstance(one, dict) and any(one.get(key) in wanted for key in _NAMES)


def status(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """What looks at /status showed; a look without an answer shows nothing."""
    evidence = chronicle.evidence
    since, until = window(chronicle, asked.get("from"), asked.get("until"))
    leases = {name: str(facts.name) for name, facts in evidence.leases.items()}
    looks = [
        look for look in evidence.looks if since <= look.time <= until and look.body is not None
    ]
    if not looks:
        raise UnknownMomentError("no look at /status was answered in that time")
    shown = [field(look.body, str(asked["field"]), leases) for look in looks]
    fits = [_fits(value, asked) for value in shown]
    if "times" in asked:
        runs = int(fits[0]) + sum(after and not before for before, after in pairwise(fits))
        if runs != asked["times"]:
            yield f"it showed so {runs} times"
    elif asked.get("always"):
        if False in fits:
            place = fits.index(False)
            yield f"at {looks[place].time:.1f} it showed {shown[place]!r}"
    elif True not in fits:
        yield f"no look of {len(looks)} showed it; the last showed {shown[-1]!r}"


def _fits(value: JSONValue, asked: Mapping[str, object]) -> bool:
    if "is" in asked:
        return bool(value == asked["is"])
    if "has" in asked:
        return isinstance(value, str) and str(asked["has"]) in value
    return value not in (None, False, "", [])


def logs(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """Log records by their event."""
    evidence = chronicle.evidence
    since, until = window(chronicle, asked.get("from"), asked.get("until"))
    lease = str(evidence.leases[str(asked["lease"])].name) if "lease" in asked else None
    found = [
        record
        for record in evidence.logs
        if record.get("event") == asked["event"]
        and lease in (None, str(record.get("lease")))
        and since <= datetime.fromisoformat(str(record["time"])).timestamp() - EPOCH <= until
    ]
    yield from number(len(found), asked)


def told(chronicle: Chronicle, asked: Mapping[str, object]) -> Iterator[str]:
    """What became of a manifest, as its tenant knows it."""
    facts = chronicle.leases[str(asked["lease"])]
    generation = asked["generation"]
    accepted = generation in {number for _, number in facts.accepted}
    refused = generation in facts.refused
    answer = asked["answer"]
    held = {"accepted": accepted, "refused": refused, "not accepted": not accepted}
    if not held.get(str(answer), False):
        word = "accepted" if accepted else "refused" if refused else "neither accepted nor refused"
        yield f"it was {word}"
