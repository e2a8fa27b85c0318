"""The reflector against a scripted API server, in virtual time."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import orjson
import pytest
import trio

from provider.kubernetes.framing import WatchEvent
from provider.kubernetes.kinds import POD
from provider.kubernetes.reflector import Reflector
from provider.kubernetes.store import Store
from simulator.faults.network import Network
from simulator.wire.messages import Abort, Answer, Request, Response, Send, Stall, Streaming
from tests.unit.kubernetes.server import json_answer, open_client, page, pod, refusal, status

JSONObject = dict[str, Any]
Watching = Callable[[Request, Send], Any]


def event(kind: str, obj: JSONObject) -> bytes:
    return orjson.dumps({"type": kind, "object": obj}) + b"\n"


def bookmark(version: int) -> bytes:
    return event("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": str(version)}})


@attrs.define
class Server:
    """
    Lists and watches, each taken from a row of scripted ones; the last of a row stays.

    A watch is a list of steps: bytes to send, seconds to sleep, or an exception to raise.
    """

    lists: list[Response | Exception]
    watches: list[list[bytes | float | Exception] | Response | Exception]
    requests: list[tuple[float, Request]] = attrs.field(factory=list)

    async def handle(self, request: Request) -> Answer:
        self.requests.append((trio.current_time(), request))
        watching = bool(request.query_value("watch"))
        row = self.watches if watching else self.lists
        answer = row.pop(0) if len(row) > 1 else row[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Response):
            return answer

        async def run(send: Send) -> None:
            for step in answer:
                match step:
                    case bytes():
                        await send(step)
                    case Exception():
                        raise step
                    case seconds:
                        await trio.sleep(seconds)

        return Streaming(200, (("content-type", "application/json"),), run)

    def asked(self, *, watching: bool) -> list[Request]:
        return [r for _, r in self.requests if bool(r.query_value("watch")) is watching]


@asynccontextmanager
async def reflecting(server: Server) -> AsyncIterator[tuple[Store, Network]]:
    store = Store(lambda kind, obj: obj["metadata"].get("namespace", ""), (POD,))
    async with open_client(server.handle) as (client, network), trio.open_nursery() as nursery:
        reflector = Reflector(client, store, POD, "a=b", random.Random(3))
        nursery.start_soon(reflector.run)
        yield store, network
        nursery.cancel_scope.cancel()


def versions(store: Store) -> dict[str, str]:
    return {one.key.name: one.resource_version for one in store.all(POD)}


FOREVER = 1e6


async def test_it_lists_all_pages_then_watches_from_there(autojump_clock):
    server = Server(
        [page([pod("a", 3)], 9, "more"), page([pod("b", 4)], 9)],
        [[event("MODIFIED", pod("a", 10)), event("DELETED", pod("b", 11)), FOREVER]],
    )
    async with reflecting(server) as (store, _):
        await store.wait_synced()
        assert versions(store) == {"a": "3", "b": "4"}
        await trio.sleep(1)
        assert versions(store) == {"a": "10"}

    [first, second] = server.asked(watching=False)
    assert first.query == (("limit", "500"), ("labelSelector", "a=b"))
    assert second.query_value("continue") == "more"
    [watch] = server.asked(watching=True)
    assert watch.path == "/api/v1/pods"
    assert watch.query_value("resourceVersion") == "9"
    assert watch.query_value("allowWatchBookmarks") == "true"
    assert watch.query_value("labelSelector") == "a=b"
    assert 240 <= int(watch.query_value("timeoutSeconds")) <= 480


async def test_it_is_started_once_the_kind_was_listed(autojump_clock):
    server = Server([refusal(503), page([], 9)], [[FOREVER]])
    store = Store(lambda kind, obj: "", (POD,))
    async with open_client(server.handle) as (client, _), trio.open_nursery() as nursery:
        reflector = Reflector(client, store, POD, "", random.Random(3))
        await nursery.start(lambda task_status: reflector.run(task_status=task_status))
        assert store.synced((POD,))
        assert server.asked(watching=False)[0].query == (("limit", "500"),)
        nursery.cancel_scope.cancel()


async def test_events_in_any_pieces_and_with_any_characters_arrive_whole(autojump_clock):
    text = "a\u0085b\u2028c\x0cd"
    raw = orjson.dumps({"type": "ADDED", "object": pod("a", 10, annotations={"t": text})}) + b"\n"
    pieces: list[bytes | float | Exception] = []
    for byte in raw:
        pieces += [bytes([byte]), 0.001]
    server = Server([page([], 9)], [[*pieces, FOREVER]])
    async with reflecting(server) as (store, _):
        await trio.sleep(10)

        [stored] = store.all(POD)
        assert stored.decode()["metadata"]["annotations"] == {"t": text}


async def test_after_a_clean_end_it_goes_on_where_the_last_event_was(autojump_clock):
    server = Server(
        [page([], 9)],
        [
            [event("ADDED", pod("a", 10)), 60.0, bookmark(25), 60.0],
            [event("MODIFIED", pod("a", 30)), 60.0],
            [FOREVER],
        ],
    )
    async with reflecting(server) as (store, _):
        await trio.sleep(181)
        assert versions(store) == {"a": "30"}

    assert [r.query_value("resourceVersion") for r in server.asked(watching=True)] == [
        "9",
        "25",
        "30",
    ]
    assert len(server.asked(watching=False)) == 1
    # No pause after a watch that lived.
    assert [round(time) for time, r in server.requests if r.query_value("watch")] == [0, 120, 180]


@pytest.mark.parametrize("how", ["event", "answer"])
async def test_when_its_version_is_too_old_it_lists_again_and_removes_what_is_gone(
    how, autojump_clock
):
    expired = status(410, "Expired", "too old resource version")
    server = Server(
        [page([pod("a", 3), pod("b", 4)], 9), page([pod("b", 4), pod("c", 40)], 50)],
        [[event("ERROR", expired)] if how == "event" else json_answer(410, expired), [FOREVER]],
    )
    woken: list[str] = []
    async with reflecting(server) as (store, _):
        store.subscribe("ns", lambda: woken.append("!"))
        await trio.sleep(5)
        assert versions(store) == {"b": "4", "c": "40"}

    assert [r.query_value("resourceVersion") for r in server.asked(watching=True)] == ["9", "50"]
    assert len(woken) >= 2


@pytest.mark.parametrize("watch", [[event("ERROR", status(410, "Expired"))], []])
async def test_a_server_that_ends_watches_at_once_is_not_stormed(watch, autojump_clock):
    server = Server([page([], 9)], [watch])
    async with reflecting(server):
        await trio.sleep(600)

    assert len(server.requests) < 150


@pytest.mark.parametrize(
    "trouble",
    [
        [event("ERROR", status(500, "InternalError"))],
        [event("ERROR", status(429, "TooManyRequests"))],
        [Abort()],
        [b'{"type": "ADD', Abort()],
        Response(503),
        Abort(),
        Stall(),
    ],
)
async def test_passing_trouble_pauses_the_watch_and_lists_nothing(trouble, autojump_clock):
    server = Server([page([], 9)], [trouble, [event("ADDED", pod("a", 10)), FOREVER]])
    async with reflecting(server) as (store, _):
        await trio.sleep(30)
        assert versions(store) == {"a": "10"}

    assert len(server.asked(watching=False)) == 1
    [first, second] = [time for time, r in server.requests if r.query_value("watch")]
    assert second - first > 0.5


async def test_a_pause_that_the_server_asks_for_is_kept(autojump_clock):
    busy = status(429, "TooManyRequests", retryAfterSeconds=20)
    server = Server([page([], 9)], [[event("ERROR", busy)], [FOREVER]])
    async with reflecting(server):
        await trio.sleep(30)

    [first, second] = [time for time, r in server.requests if r.query_value("watch")]
    assert second - first >= 20


@pytest.mark.parametrize(
    "nonsense",
    [
        [b"404 page not found\n"],
        [event("ADDED", {"kind": "Pod"})],
        [event("BOOKMARK", {"kind": "Pod", "metadata": None})],
        [event("BOOKMARK", {"kind": "Pod", "metadata": "x"})],
        [event("ADDED", {"kind": "Pod", "metadata": ["x"]})],
        [event("ERROR", status(400, "BadRequest"))],
        Response(404, (("content-type", "text/plain"),), b"404 page not found\n"),
    ],
)
async def test_after_what_is_no_watch_it_starts_from_a_list(nonsense, autojump_clock):
    server = Server([page([], 9), page([pod("a", 10)], 11)], [nonsense, [FOREVER]])
    async with reflecting(server) as (store, _):
        await trio.sleep(30)
        assert versions(store) == {"a": "10"}


async def test_a_torn_last_event_is_not_believed(autojump_clock):
    torn = event("ADDED", pod("a", 10))[:-1]
    server = Server([page([], 9)], [[torn, 2.0], [FOREVER]])
    async with reflecting(server) as (store, _):
        await trio.sleep(10)
        assert versions(store) == {}

    assert [r.query_value("resourceVersion") for r in server.asked(watching=True)] == ["9", "9"]


async def test_unknown_events_are_passed_over(autojump_clock):
    server = Server(
        [page([], 9)],
        [[event("SPARKLED", {"x": 1}), event("ADDED", pod("a", 10)), FOREVER]],
    )
    async with reflecting(server) as (store, _):
        await trio.sleep(1)
        assert versions(store) == {"a": "10"}


async def test_duplicate_and_late_events_change_nothing(autojump_clock):
    server = Server(
        [page([pod("a", 8)], 9)],
        [
            [
                event("MODIFIED", pod("a", 12)),
                event("MODIFIED", pod("a", 12)),
                event("MODIFIED", pod("a", 11)),
                event("DELETED", pod("b", 13)),
                event("ADDED", pod("b", 10)),
                5.0,
            ],
            [FOREVER],
        ],
    )
    async with reflecting(server) as (store, _):
        await trio.sleep(10)
        assert versions(store) == {"a": "12"}

    assert server.asked(watching=True)[1].query_value("resourceVersion") == "13"


async def test_a_silent_watch_is_given_up_after_90_s(autojump_clock):
    server = Server([page([], 9)], [[FOREVER], [event("ADDED", pod("a", 10)), FOREVER]])
    async with reflecting(server) as (store, _):
        await trio.sleep(89)
        assert len(server.asked(watching=True)) == 1
        await trio.sleep(2)
        assert versions(store) == {"a": "10"}

    assert len(server.asked(watching=False)) == 1


async def test_bookmarks_keep_a_quiet_watch_and_its_stamp_alive(autojump_clock):
    steps: list[bytes | float | Exception] = []
    for minute in range(5):
        steps += [60.0, bookmark(10 + minute)]
    server = Server([page([], 9)], [[*steps, FOREVER]])
    async with reflecting(server) as (store, _):
        await trio.sleep(301)

        assert len(server.asked(watching=True)) == 1
        assert store.stamp(POD) == pytest.approx(trio.current_time() - 1)


async def test_a_half_open_connection_costs_no_more_than_the_silence_deadline(autojump_clock):
    server = Server([page([], 9)], [[FOREVER], [event("ADDED", pod("a", 10)), FOREVER]])
    async with reflecting(server) as (store, network):
        await trio.sleep(10)
        network.mute("api.sim")
        network.up("api.sim")
        await trio.sleep(95)

        assert versions(store) == {"a": "10"}


async def test_it_comes_back_after_the_api_server_was_away(autojump_clock):
    server = Server([page([], 9)], [[FOREVER], [event("ADDED", pod("a", 10)), FOREVER]])
    async with reflecting(server) as (store, network):
        await trio.sleep(10)
        network.down("api.sim")
        await trio.sleep(1800)
        network.up("api.sim")
        await trio.sleep(20)

        assert versions(store) == {"a": "10"}
        assert len(server.asked(watching=True)) == 2


async def test_a_list_that_fails_leaves_what_is_known_untouched(autojump_clock):
    server = Server(
        [
            page([pod("a", 3)], 9),
            refusal(500),
            page([pod("x", 60)], 61, "more"),
            refusal(410, "Expired"),
            Response(404, (("content-type", "text/plain"),), b"404 page not found\n"),
            json_answer(200, {"metadata": {"resourceVersion": "70"}, "items": [{"metadata": {}}]}),
            json_answer(200, {"metadata": {"resourceVersion": "new"}, "items": []}),
            page([pod("b", 65)], 80),
        ],
        [[event("ERROR", status(410, "Expired"))], [FOREVER]],
    )
    seen: list[dict[str, str]] = []
    async with reflecting(server) as (store, _):
        for _ in range(60):
            await trio.sleep(1)
            if versions(store) not in seen:
                seen.append(versions(store))

    assert seen == [{"a": "3"}, {"b": "65"}]


async def test_pauses_come_from_the_passed_generator(autojump_clock):
    async def times() -> list[float]:
        server = Server([page([], 9)], [Abort()])
        start = trio.current_time()
        async with reflecting(server):
            await trio.sleep(100)
        return [round(time - start, 6) for time, _ in server.requests]

    assert await times() == await times()


async def test_a_storage_put_back_to_an_older_state_is_believed_once_that_is_sure(autojump_clock):
    server = Server(
        [page([pod("a", 900), pod("b", 901)], 1000), page([pod("a", 10), pod("c", 12)], 50)],
        [[event("DELETED", pod("d", 1001)), FOREVER], [FOREVER]],
    )
    async with reflecting(server) as (store, _):
        woken: list[str] = []
        await trio.sleep(1)
        store.subscribe("ns", lambda: woken.append("ns"))
        # The server comes back with the backup's history; a watch of what was seen is silent for ever.
        await trio.sleep(89 + 90)
        assert versions(store) == {"a": "900", "b": "901"}
        await trio.sleep(15)
        assert versions(store) == {"a": "10", "c": "12"}
        assert woken
        assert store.position(POD) == "50"
        # From here on it is as if nothing had been before, the deletions included.
        store.observe(POD, WatchEvent("ADDED", pod("d", 60)))
        assert versions(store)["d"] == "60"

    assert len(server.asked(watching=False)) == 1 + 3


async def test_a_list_from_before_what_was_seen_is_asked_for_again(autojump_clock):
    server = Server(
        [page([], 9), page([], 5), page([pod("a", 8)], 12)],
        [[event("ERROR", status(410, "Expired"))], [FOREVER]],
    )
    async with reflecting(server) as (store, _):
        await trio.sleep(30)
        assert versions(store) == {"a": "8"}

    assert len(server.asked(watching=False)) == 3


async def test_a_watch_from_a_version_that_is_not_there_yet_starts_from_a_list(autojump_clock):
    ahead = status(504, "Timeout", "Too large resource version: 9, current: 5")
    ahead["details"] = {"causes": [{"reason": "ResourceVersionTooLarge", "message": "x"}]}
    for trouble in ([event("ERROR", ahead)], json_answer(504, ahead)):
        server = Server([page([], 9)], [trouble, [FOREVER]])
        async with reflecting(server):
            await trio.sleep(30)
        assert len(server.asked(watching=False)) == 2


async def test_errors_of_the_server_itself_are_waited_out_but_not_for_ever(autojump_clock):
    broken: list[bytes | float | Exception] = [event("ERROR", status(500, "InternalError"))]
    server = Server([page([], 9)], [broken, broken, broken, [FOREVER]])
    async with reflecting(server):
        await trio.sleep(60)

    kinds = [bool(r.query_value("watch")) for _, r in server.requests]
    assert kinds == [False, True, True, True, False, True]


EXPIRED = event("ERROR", status(410, "Expired"))


async def test_lists_from_before_what_was_seen_count_only_in_a_row(autojump_clock):
    server = Server(
        [
            page([pod("a", 8)], 9),
            page([], 5),
            page([], 5),
            page([pod("a", 8)], 20),
            page([], 5),
            page([], 5),
            page([pod("a", 8)], 30),
        ],
        [[EXPIRED], [EXPIRED], [FOREVER]],
    )
    async with reflecting(server) as (store, _):
        for _ in range(60):
            await trio.sleep(1)
            assert versions(store) == {"a": "8"}
        assert store.position(POD) == "30"


async def test_after_a_restored_storage_the_next_older_list_has_to_repeat_too(autojump_clock):
    server = Server(
        [page([pod("a", 8)], 9), *[page([pod("b", 5)], 5)] * 3, page([], 2), page([], 7)],
        [[EXPIRED], [EXPIRED], [FOREVER]],
    )
    async with reflecting(server) as (store, _):
        await trio.sleep(60)
        assert versions(store) == {}
        assert store.position(POD) == "7"

    assert len(server.asked(watching=False)) == 6


async def test_a_watch_that_brought_anything_is_not_deaf(autojump_clock):
    server = Server([page([], 9)], [[FOREVER], [bookmark(10), FOREVER]])
    async with reflecting(server):
        await trio.sleep(91 * 5)
        assert len(server.asked(watching=False)) == 1
        assert len(server.asked(watching=True)) == 6
