"""Watches that fall silent, end, break, repeat, lag and shuffle; opened before or after the rule."""

from collections.abc import Sequence

import attrs
import orjson
import pytest
import trio
import trio.lowlevel

from simulator.faults import refusals
from simulator.faults.rule import Rule
from simulator.faults.rules import Rules
from simulator.faults.watch_effects import (
    Break,
    End,
    Fail,
    Lag,
    Repeat,
    Shuffle,
    Silence,
    WatchEffect,
)
from simulator.wire.messages import Abort, Request, Streaming

WATCH = Request("GET", "/api/v1/namespaces/t/pods", (("watch", "1"),))
PACE = 1.0
"""Seconds between two events."""


def line(name: str, kind: str = "MODIFIED") -> bytes:
    return orjson.dumps({"type": kind, "object": {"metadata": {"name": name}}}) + b"\n"


@attrs.define
class Seen:
    """What one client got of one watch."""

    pieces: list[tuple[float, bytes]] = attrs.field(factory=list)
    ending: str = "open"
    ended_at: float = 0.0

    @property
    def names(self) -> list[str]:
        decoded = [orjson.loads(piece) for _, piece in self.pieces]
        return [event["object"].get("metadata", {}).get("name", "") for event in decoded]


def host(names: Sequence[str]) -> Rules:
    """Streams one event a second, then stays open."""

    async def handler(request: Request) -> Streaming:
        async def run(send) -> None:
            for name in names:
                await trio.sleep(PACE)
                await send(line(name, "BOOKMARK" if name == "-" else "MODIFIED"))
            await trio.sleep_forever()

        return Streaming(200, (), run)

    return Rules(handler)


async def look(rules: Rules, seconds: float, seen: Seen, request: Request = WATCH) -> None:
    answer = await rules.handle(request)
    assert isinstance(answer, Streaming)

    async def send(piece: bytes) -> None:
        seen.pieces.append((trio.current_time(), piece))

    with trio.move_on_after(seconds):
        try:
            await answer.run(send)
            seen.ending = "clean"
        except Abort:
            seen.ending = "dropped"
        seen.ended_at = trio.current_time()


async def watched(
    effect: WatchEffect, names: Sequence[str] = "abcd", *, after: float | None = None
) -> tuple[Seen, Rule]:
    """A watch of ten seconds with an effect from its opening, or from so many seconds after it."""
    rules, seen = host(names), Seen()
    rule = Rule(effect=effect)
    if after is None:
        rules.add(rule)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(look, rules, 10, seen)
        if after is not None:
            await trio.sleep(after)
            rules.add(rule)
    return seen, rule


async def test_without_rules_a_watch_is_as_it_is(autojump_clock):
    rules, seen = host("abcd"), Seen()
    await look(rules, 10, seen)
    assert (seen.names, seen.ending) == (["a", "b", "c", "d"], "open")


@pytest.mark.parametrize("after", [None, 1.5])
async def test_a_silent_watch_stays_open_and_says_nothing(autojump_clock, after):
    seen, rule = await watched(Silence(1), after=after)

    assert (seen.names, seen.ending) == ((["a"], "open") if after is None else (["a", "b"], "open"))
    assert (rule.fired, rule.touched) == (1, 3 if after is None else 2)


async def test_a_silent_watch_does_not_end_with_the_server(autojump_clock):
    async def handler(request: Request) -> Streaming:
        async def run(send) -> None:
            await send(line("a"))

        return Streaming(200, (), run)

    rules, seen = Rules(handler), Seen()
    rules.add(Rule(effect=Silence()))

    await look(rules, 10, seen)

    assert (seen.names, seen.ending) == ([], "open")


@pytest.mark.parametrize(
    ("effect", "after", "names", "ending", "at"),
    [
        (End(2), None, ["a", "b"], "clean", 2.0),
        (End(), 2.5, ["a", "b"], "clean", 2.5),
        (End(), None, [], "clean", 0.0),
        (Break(2), None, ["a", "b"], "dropped", 2.0),
        (Break(), 2.5, ["a", "b"], "dropped", 2.5),
        (Break(), 20, ["a", "b", "c", "d"], "open", 0.0),
    ],
)
async def test_a_watch_ends_after_so_many_events_or_at_once(
    autojump_clock, effect, after, names, ending, at
):
    seen, rule = await watched(effect, after=after)

    assert (seen.names, seen.ending, seen.ended_at) == (names, ending, at)
    assert rule.touched == (ending != "open")


async def test_a_watch_may_break_in_the_middle_of_an_event(autojump_clock):
    seen, _ = await watched(Break(1, halfway=True))

    assert seen.ending == "dropped"
    assert [piece for _, piece in seen.pieces] == [line("a"), line("b")[: len(line("b")) // 2]]


@pytest.mark.parametrize("after", [None, 1.5])
async def test_an_error_ends_a_watch(autojump_clock, after):
    expired = refusals.expired(WATCH)
    seen, _ = await watched(Fail(expired), after=after)

    assert seen.ending == "clean"
    assert orjson.loads(seen.pieces[-1][1]) == {"type": "ERROR", "object": expired}
    assert len(seen.pieces) == (1 if after is None else 2)


async def test_every_event_may_come_twice(autojump_clock):
    seen, rule = await watched(Repeat())

    assert seen.names == list("aabbccdd")
    assert rule.touched == 4


async def test_events_may_come_late_and_in_order(autojump_clock):
    seen, _ = await watched(Lag(2.5), after=1.5)

    assert seen.names == list("abcd")
    assert [at for at, _ in seen.pieces] == [1.0, 4.5, 5.5, 6.5]


async def test_a_lag_that_is_healed_lets_nothing_overtake(autojump_clock):
    rules, seen = host("abcd"), Seen()
    rules.add(Rule(effect=Lag(2.5)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(look, rules, 10, seen)
        await trio.sleep(2.5)
        rules.heal()

    assert [(at, name) for (at, _), name in zip(seen.pieces, seen.names, strict=True)] == [
        (3.5, "a"),
        (4.5, "b"),
        (4.5, "c"),
        (4.5, "d"),
    ]


async def test_events_of_different_objects_may_overtake_one_another(autojump_clock):
    events = list("abcabcabc")
    seen, rule = await watched(Shuffle(8.5), events)

    assert sorted(seen.names) == sorted(events)
    assert seen.names != events
    assert rule.touched == 9


async def test_a_bookmark_is_overtaken_by_nothing(autojump_clock):
    events = ["a", "b", "c", "d", "-", "e", "f"]
    seen, _ = await watched(Shuffle(20), events)

    assert sorted(seen.names[:4]) == ["a", "b", "c", "d"]
    assert seen.names[4] == "-"


async def test_events_of_one_object_keep_their_order(autojump_clock):
    async def handler(request: Request) -> Streaming:
        async def run(send) -> None:
            for number in range(20):
                event = {
                    "type": "MODIFIED",
                    "object": {"metadata": {"name": f"o{number % 3}"}, "n": number},
                }
                await send(orjson.dumps(event) + b"\n")
            await trio.sleep_forever()

        return Streaming(200, (), run)

    rules, seen = Rules(handler), Seen()
    rules.add(Rule(effect=Shuffle(1)))
    await look(rules, 5, seen)

    objects = [orjson.loads(piece)["object"] for _, piece in seen.pieces]
    assert [o["n"] for o in objects] != list(range(20))
    for name in ("o0", "o1", "o2"):
        numbers = [o["n"] for o in objects if o["metadata"]["name"] == name]
        assert numbers == sorted(numbers)


async def test_a_rule_takes_hold_of_the_watches_it_means_and_counts_them(autojump_clock):
    rules = host("ab")
    other = attrs.evolve(WATCH, path="/api/v1/namespaces/t/services")
    pods, services = Seen(), Seen()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(look, rules, 5, pods)
        nursery.start_soon(look, rules, 5, services, other)
        await trio.sleep(1.5)
        rule = rules.add(Rule(effect=End(), verb="watch", kind="pods", times=None))
        await trio.lowlevel.checkpoint()
        again = Seen()
        await look(rules, 5, again)

    assert (pods.ending, services.ending, again.ending) == ("clean", "open", "clean")
    assert rule.fired == 2


async def test_several_events_in_one_piece_are_several(autojump_clock):
    async def handler(request: Request) -> Streaming:
        async def run(send) -> None:
            await send(line("a") + line("b") + line("c"))
            await trio.sleep_forever()

        return Streaming(200, (), run)

    rules, seen = Rules(handler), Seen()
    rules.add(Rule(effect=End(2)))
    await look(rules, 5, seen)

    assert (seen.names, seen.ending) == (["a", "b"], "clean")
