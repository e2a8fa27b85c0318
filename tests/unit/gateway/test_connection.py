"""One connection over memory streams, in virtual time."""

import pytest
import trio
import trio.testing

from provider.gateway.connection import Limits, serve_connection
from provider.gateway.messages import Request, shown, text
from provider.telemetry.logs import open_log

HEAD = b"Host: x\r\n"


def quiet(records=None):
    class Clock:
        def now(self):
            return 0.0

    return open_log(Clock(), (records if records is not None else []).append)


async def echo(request: Request):
    await trio.lowlevel.checkpoint()
    return shown({"method": request.method, "path": request.path, "body": request.body.decode()})


async def exchange(data, handler=echo, *, eof=True, records=None, **limits):
    """Send bytes, return everything that comes back until the other side closes."""
    ours, theirs = trio.testing.memory_stream_pair()
    answer = bytearray()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_connection, theirs, handler, Limits(**limits), quiet(records))
        await ours.send_all(data)
        if eof:
            await ours.send_eof()
        async for piece in ours:
            answer += piece
    return bytes(answer)


def status(answer):
    return int(answer.split(b" ", 2)[1])


async def test_requests_follow_one_another_on_one_connection(autojump_clock):
    one = b"GET /a?x=1 HTTP/1.1\r\n" + HEAD + b"\r\n"
    two = b"PUT /b HTTP/1.1\r\n" + HEAD + b"Content-Length: 3\r\n\r\nabc"

    answer = await exchange(one + two)

    assert answer.count(b"HTTP/1.1 200") == 2
    assert b'"path":"/a"' in answer
    assert b'"body":"abc"' in answer


async def test_head_is_answered_without_a_body(autojump_clock):
    answer = await exchange(b"HEAD / HTTP/1.1\r\n" + HEAD + b"\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: " in head
    assert body == b""


async def test_a_peer_that_waits_for_it_is_told_to_go_on(autojump_clock):
    head = b"PUT / HTTP/1.1\r\n" + HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"

    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_connection, theirs, echo, Limits(), quiet())
        await ours.send_all(head)
        assert (await ours.receive_some()).startswith(b"HTTP/1.1 100")
        await ours.send_all(b"abc")
        assert b'"body":"abc"' in await ours.receive_some()
        await ours.aclose()


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 11\r\n\r\n" + b"x" * 11,
        b"Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n6\r\nxxxxxx\r\n6\r\nxxxxxx\r\n0\r\n\r\n",
    ],
)
async def test_a_body_over_the_limit_is_413_however_it_comes(autojump_clock, body):
    answer = await exchange(b"PUT / HTTP/1.1\r\n" + HEAD + body, body_bytes=10)

    assert status(answer) == 413
    assert b'"message"' in answer
    assert b"connection: close" in answer.lower()


async def test_a_head_over_the_limit_is_refused(autojump_clock):
    answer = await exchange(b"GET / HTTP/1.1\r\n" + HEAD + b"x: " + b"y" * 2000, head_bytes=1000)

    assert status(answer) == 431


@pytest.mark.parametrize(
    "data", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\r\n\r\n"]
)
async def test_what_is_no_http_is_400(autojump_clock, data):
    assert status(await exchange(data)) == 400


async def test_a_request_that_never_ends_is_408(autojump_clock):
    answer = await exchange(b"GET / HTTP/1.1\r\n", eof=False, receive_seconds=5)

    assert status(answer) == 408
    assert trio.current_time() < 7


async def test_an_idle_connection_is_closed_without_a_word(autojump_clock):
    assert await exchange(b"", eof=False, idle_seconds=5) == b""
    assert trio.current_time() == pytest.approx(5)


async def test_a_handler_that_takes_too_long_is_504(autojump_clock):
    async def slow(_request):
        await trio.sleep_forever()

    answer = await exchange(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n", slow, handle_seconds=5)

    assert status(answer) == 504


async def test_a_bug_in_a_handler_is_500_logged_and_the_next_request_is_served(autojump_clock):
    records = []

    async def broken(request):
        await trio.lowlevel.checkpoint()
        if request.path == "/bad":
            raise RuntimeError("canary")
        return text("fine\n")

    bad, good = (b"GET " + path + b" HTTP/1.1\r\n" + HEAD + b"\r\n" for path in (b"/bad", b"/good"))
    answer = await exchange(bad + good, broken, records=records)

    assert status(answer) == 500
    assert b"fine" in answer
    assert b"canary" not in answer
    assert [record["event"] for record in records] == ["bug in a handler"]


async def test_a_peer_that_does_not_read_is_left_after_a_while(autojump_clock):
    ours, theirs = trio.testing.lockstep_stream_pair()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_connection, theirs, echo, Limits(send_seconds=5), quiet())
        await ours.send_all(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")

    assert trio.current_time() == pytest.approx(5)


async def test_a_peer_that_does_not_read_does_not_hold_up_the_end(autojump_clock):
    """What hypercorn 0.18.0 gets wrong: it sends under a shield without a deadline."""
    ours, theirs = trio.testing.lockstep_stream_pair()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_connection, theirs, echo, Limits(), quiet())
        await ours.send_all(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
        await trio.sleep(1)
        nursery.cancel_scope.cancel()

    assert trio.current_time() == pytest.approx(1)


async def test_a_peer_that_hangs_up_does_not_stop_what_it_began(autojump_clock):
    done = []

    async def slow(_request):
        await trio.sleep(5)
        done.append(True)
        return text("ok\n")

    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_connection, theirs, slow, Limits(), quiet())
        await ours.send_all(b"PUT / HTTP/1.1\r\n" + HEAD + b"Content-Length: 0\r\n\r\n")
        await trio.sleep(1)
        await ours.aclose()

    assert done == [True]
