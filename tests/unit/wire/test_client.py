import pytest
import trio

from simulator.faults.pipe import pipe_pair
from simulator.wire.client import Conversation, NoAnswer
from simulator.wire.messages import Abort, Response
from simulator.wire.server import serve_connection


async def talking(nursery, handler):
    client, server = pipe_pair()
    nursery.start_soon(serve_connection, server, handler)
    return client, Conversation(client)


async def test_questions_follow_one_another_on_one_connection(autojump_clock):
    seen = []

    async def handle(request):
        seen.append((request.method, request.target, request.headers.get("x"), request.body))
        return Response(201, (("a", "b"),), request.body.upper())

    async with trio.open_nursery() as nursery:
        stream, conversation = await talking(nursery, handle)
        async with stream:
            first = await conversation.ask("PUT", "/a?b=c", headers=(("x", "y"),), body=b"body")
            second = await conversation.ask("GET", "/d")

    assert seen == [("PUT", "/a?b=c", "y", b"body"), ("GET", "/d", None, b"")]
    assert (first.status, first.body, second.body) == (201, b"BODY", b"")
    assert ("a", "b") in first.headers


async def test_a_connection_that_ends_without_an_answer_is_told_as_such(autojump_clock):
    async def drop(request):
        raise Abort

    async with trio.open_nursery() as nursery:
        stream, conversation = await talking(nursery, drop)
        async with stream:
            with pytest.raises(NoAnswer):
                await conversation.ask("GET", "/")


async def test_what_is_no_http_is_no_answer(autojump_clock):
    client, server = pipe_pair()
    await server.send_all(b"SSH-2.0-x\r\n\r\n")

    with pytest.raises(NoAnswer):
        await Conversation(client).ask("GET", "/")
