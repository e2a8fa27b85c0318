"""
Compares two runs of a scenario object by object: the order of the states of one object, with reasons,
messages and counts, is binding; times and the interleaving of objects are not.

Two things that a race decides are evened out. (1) Between two states that both runs show, either may
show more on the way from the one to the other: counts between theirs, and all else as in one of them.
How many of those are seen depends on how many pods changed inside one pass of a controller. (2) Which of
several equal pods is which: pods are told apart by their lives.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import attrs
import orjson

from simulator.jsontypes import JSONObject
from tests.behaviour.recording import Happened

_COUNTS = frozenset(
    {
        "fullyLabeledReplicas",
        "updatedReplicas",
        "readyReplicas",
        "currentReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
    }
)


def differences(ours: Sequence[Happened], theirs: Sequence[Happened]) -> list[str]:
    """What our run and the recording do not have in common, in words; empty if nothing."""
    ours, theirs = _with_equal_names(ours), _with_equal_names(theirs)
    our_lives, their_lives = _lives(ours), _lives(theirs)
    found = []
    for key in sorted(our_lives.keys() | their_lives.keys()):
        mine, recorded = _states(our_lives.get(key, [])), _states(their_lives.get(key, []))
        if not _agree(mine, recorded):
            found.append(_told(key, mine, recorded))
    our_events, their_events = _events(ours), _events(theirs)
    found += [f"only ours, {n} times: {event}" for event, n in (our_events - their_events).items()]
    found += [
        f"only recorded, {n} times: {event}" for event, n in (their_events - our_events).items()
    ]
    return found


@attrs.frozen
class _State:
    """What one event told of an object, taken apart for comparing."""

    phase: int
    type: str
    counts: Counter[str]
    rest: JSONObject
    """All else but the conditions."""
    conditions: tuple[str, ...]


def _states(life: Iterable[Happened]) -> list[_State]:
    return [_state(event) for event in life]


def _state(event: Happened) -> _State:
    seen = dict(event.seen)
    conditions = tuple(seen.pop("conditions", None) or ())
    counts: Counter[str] = Counter()
    if event.kind == "endpointslices":
        # How often a slice was written, which its generation tells, is a matter of races, too.
        del seen["generation"]
        counts = Counter({name: seen.pop(name) for name in ("ready", "not_ready")})
    elif "status" in seen:
        status = seen["status"]
        counts = Counter({name: status[name] for name in _COUNTS if name in status})
        counts["status.replicas"] = status.get("replicas", 0)
        left_out = {*_COUNTS, "replicas"}
        seen["status"] = {key: value for key, value in status.items() if key not in left_out}
    return _State(event.phase, event.type, +counts, seen, conditions)


def _agree(mine: Sequence[_State], recorded: Sequence[_State]) -> bool:
    """
    Whether two lives show the same states but for those on the way.

    Both must begin and end alike. `reached` holds the pairs of equal states up to which they agree.
    """
    if not mine or not recorded or mine[0] != recorded[0] or mine[-1] != recorded[-1]:
        return False
    reached = {(0, 0)}
    for one, state in enumerate(mine):
        for other, same in enumerate(recorded):
            if state == same and any(
                _leads(mine[start : one + 1]) and _leads(recorded[begin : other + 1])
                for start, begin in reached
                if start < one and begin < other
            ):
                reached.add((one, other))
    return (len(mine) - 1, len(recorded) - 1) in reached


def _leads(states: Sequence[_State]) -> bool:
    """
    Whether all states between are on the way, without a turn, from the first to the last.

    On the way to the end of a life nothing but counts may differ: that an object was marked, or lost
    its grace, before it went is a state of its own.
    """
    first, between, last = states[0], states[1:-1], states[-1]
    known = (first.rest,) if last.type == "DELETED" else (first.rest, last.rest)
    names = {name for state in states for name in state.counts}
    return (
        all(state.type == "MODIFIED" and state.phase == last.phase for state in between)
        and all(state.rest in known for state in between)
        and all({*item.conditions} <= {*first.conditions, *last.conditions} for item in between)
        and (not between or all(_is_monotone([item.counts[n] for item in states]) for n in names))
    )


def _is_monotone(numbers: list[int]) -> bool:
    rising = sorted(numbers)
    return numbers in (rising, rising[::-1])


Life = list[Happened]


def _lives(events: Iterable[Happened]) -> dict[tuple[str, str], Life]:
    lives: dict[tuple[str, str], Life] = {}
    for event in events:
        if event.kind != "events":
            lives.setdefault((event.kind, event.name), []).append(event)
    return lives


def _events(events: Iterable[Happened]) -> Counter[str]:
    return Counter(
        f"phase {event.phase} {event.type} {orjson.dumps(event.seen).decode()}"
        for event in events
        if event.kind == "events"
    )


def _told(key: tuple[str, str], mine: Iterable[_State], recorded: Iterable[_State]) -> str:
    lines = [" ".join(key)]
    lines += [f"  ours     {state}" for state in mine]
    lines += [f"  recorded {state}" for state in recorded]
    return "\n".join(lines)


def _with_equal_names(events: Sequence[Happened]) -> list[Happened]:
    """Number pods anew, by their lives: in the order of what happened to them."""
    lives = {name: life for (kind, name), life in _lives(events).items() if kind == "pods"}
    order = sorted(lives, key=lambda name: [_masked(event) for event in lives[name]])
    new_names = {name: f"<pod:{number}>" for number, name in enumerate(order, start=1)}

    def renamed(text: str) -> str:
        return re.sub(r"<pod\d+>", lambda match: new_names.get(match[0], match[0]), text)

    return [
        attrs.evolve(
            event,
            name=renamed(event.name),
            seen=orjson.loads(renamed(orjson.dumps(event.seen).decode())),
        )
        for event in events
    ]


def _masked(event: Happened) -> str:
    seen = orjson.dumps(event.seen, option=orjson.OPT_SORT_KEYS).decode()
    return re.sub(r"<pod\d+>", "<pod>", f"{event.phase} {event.type} {seen}")
