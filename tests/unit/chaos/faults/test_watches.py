"""Faults of watches, each seen by who watches."""

import httpcore
import orjson
import pytest
import trio

from simulator.chaos.faults.requests import WATCHES
from tests.unit.chaos.faults.tiny import fault, play


async def follow(tiny, events, plural="configmaps"):
    """Keep what a watch brings: (time, name or code) each, and how it ends."""
    backend = tiny.world.network.link("daemon-1").backend
    url = f"http://kubernetes.sim/api/v1/namespaces/default/{plural}?watch=1&resourceVersion=0"
    async with httpcore.AsyncConnectionPool(network_backend=backend) as pool:
        rest = b""
        try:
            async with pool.stream("GET", url) as answer:
                async for piece in answer.aiter_stream():
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        event = orjson.loads(line)
                        what = event["object"].get("code") or event["object"]["metadata"]["name"]
                        events.append((trio.current_time(), what))
        except (httpcore.RemoteProtocolError, httpcore.ReadError):
            events.append((trio.current_time(), "half" if rest else "lost"))
        else:
            events.append((trio.current_time(), "end"))


def seen(what, *, count=4, **values):
    """What a watch opened at 2 brings of objects made at 10, 11, 12, …; a fault begins at 1."""
    events = []

    async def story(tiny):
        await trio.sleep(2)
        tiny.nursery.start_soon(follow, tiny, events)
        for number in range(count):
            await trio.sleep_until(10 + number)
            await tiny.create(f"c{number}")
        await trio.sleep(60)
        if what:
            assert tiny.fired.fired > 0

    play(story, *([fault(what, kind="configmaps", **values)] if what else []))
    return events


WHOLE = [(10, "c0"), (11, "c1"), (12, "c2"), (13, "c3")]

EXPECTED = {
    "watch-silent": ({"after_events": 2}, WHOLE[:2]),
    "watch-ended": ({"after_events": 2}, [*WHOLE[:2], (11, "end")]),
    "watch-broken": ({"after_events": 2, "halfway": True}, [*WHOLE[:2], (12, "half")]),
    "watch-expired": ({"after_events": 1}, [WHOLE[0], (10, 410), (10, "end")]),
    "watch-error": ({"after_events": 1, "code": 503}, [WHOLE[0], (10, 503), (10, "end")]),
    "watch-repeated": ({}, [event for event in WHOLE for _ in range(2)]),
    "watch-delayed": ({"delay": 5.0}, [(time + 5, what) for time, what in WHOLE]),
    "watch-shuffled": ({"delay": 8.0}, [(18, what) for _, what in WHOLE]),
}


def test_every_fault_of_watches_is_here():
    assert set(EXPECTED) == set(WATCHES)


def test_without_a_fault_events_come_as_they_happen():
    assert seen("") == WHOLE


@pytest.mark.parametrize("what", EXPECTED)
def test_it_does_to_events_what_it_says(what):
    values, expected = EXPECTED[what]
    found = seen(what, **values)
    if what == "watch-shuffled":
        assert sorted(found) == expected
        assert found != expected
    else:
        assert found == expected


def test_a_watch_breaks_between_two_events_too():
    assert seen("watch-broken", after_events=1) == [WHOLE[0], (10, "lost")]


def test_what_is_open_already_is_befallen_too_and_other_kinds_are_not():
    configs, secrets = [], []

    async def story(tiny):
        tiny.nursery.start_soon(follow, tiny, configs)
        tiny.nursery.start_soon(follow, tiny, secrets, "secrets")
        await trio.sleep(20)
        assert (configs, secrets) == ([(5, "end")], [])

    play(story, fault("watch-ended", at=5, kind="configmaps"))
