"""Credentials asked for before each request, and once more after a 401."""

import attrs
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from provider.http.authorization import Authorization, AuthorizationError
from provider.http.errors import NotSentError
from simulator.wire.messages import Request, Response, Send, Streaming
from tests.unit.http.network import open_pair


@attrs.define
class Keyring:
    """Hands out numbered tokens; `newer` says whether a rejected one can be replaced."""

    newer: bool = True
    fails: str = ""
    number: int = 1
    asked: int = 0
    refreshed: int = 0

    async def authorize(self) -> Authorization:
        self.asked += 1
        if self.fails == "authorize":
            raise AuthorizationError("the plugin is broken")
        return Authorization({"authorization": f"Bearer t{self.number}"})

    async def refresh(self, rejected: Authorization) -> bool:
        self.refreshed += 1
        if self.fails == "refresh":
            raise AuthorizationError("the plugin is broken")
        assert rejected.headers == {"authorization": f"Bearer t{self.number}"}
        self.number += self.newer
        return self.newer


def accepting(*tokens: str):
    seen: list[str] = []

    async def handle(request: Request) -> Response:
        seen.append(request.headers.get("authorization", ""))
        return Response(200 if seen[-1] in tokens else 401, (), b"body")

    return handle, seen


async def test_every_request_asks_for_its_credentials():
    keyring = Keyring()
    handle, seen = accepting("Bearer t1", "Bearer t2")
    async with open_pair(handle, authorizer=keyring) as pair:
        await pair.client.request("GET", "/")
        keyring.number = 2
        await pair.client.request("PATCH", "/", body=b"{}")

    assert seen == ["Bearer t1", "Bearer t2"]
    assert keyring.refreshed == 0


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_a_rejected_token_is_refreshed_once_and_the_request_sent_again(method):
    keyring = Keyring()
    handle, seen = accepting("Bearer t2")
    async with open_pair(handle, authorizer=keyring) as pair:
        answer = await pair.client.request(method, "/")

        assert answer.status == 200
        # What was idle belonged to the rejected credentials.
        assert pair.backend.connects == 2
    assert seen == ["Bearer t1", "Bearer t2"]


async def test_a_token_that_is_still_rejected_is_the_answer():
    keyring = Keyring()
    handle, seen = accepting()
    async with open_pair(handle, authorizer=keyring) as pair:
        answer = await pair.client.request("GET", "/")

    assert answer.status == 401
    assert seen == ["Bearer t1", "Bearer t2"]


async def test_without_newer_credentials_nothing_is_repeated():
    keyring = Keyring(newer=False)
    handle, seen = accepting()
    async with open_pair(handle, authorizer=keyring) as pair:
        answer = await pair.client.request("GET", "/")
    assert answer.status == 401
    assert seen == ["Bearer t1"]

    async with open_pair(handle) as pair:
        assert (await pair.client.request("GET", "/")).status == 401
    assert seen == ["Bearer t1", ""]


@pytest.mark.parametrize("fails", ["authorize", "refresh"])
async def test_without_credentials_a_request_counts_as_not_sent(fails):
    handle, _ = accepting()
    async with open_pair(handle, authorizer=Keyring(fails=fails), base_path="/base") as pair:
        with pytest.raises(NotSentError, match="PATCH /base/x: the plugin is broken"):
            await pair.client.request("PATCH", "/x", body=b"{}")
        with pytest.raises(NotSentError, match="the plugin is broken"):
            async with pair.client.stream("GET", "/x"):
                pass


async def test_a_stream_whose_token_was_rejected_is_opened_again():
    handle, seen = accepting("Bearer t2")
    connections: list[int] = []

    async def streaming(request: Request):
        connections.append(pair.network.open_connections)
        answer = await handle(request)

        async def run(send: Send) -> None:
            await send(b"piece")

        return Streaming(200, (), run) if answer.status == 200 else answer

    async with open_pair(streaming, authorizer=Keyring()) as pair:
        async with pair.client.stream("GET", "/") as stream:
            assert stream.status == 200
            assert await stream.read(100) == b"piece"
        await wait_all_tasks_blocked()
        assert pair.network.open_connections == 0
    assert seen == ["Bearer t1", "Bearer t2"]
    # The rejected one was let go of before the other was opened.
    assert connections == [1, 1]


async def test_slow_credentials_do_not_use_up_the_requests_own_deadline(autojump_clock):
    class Slow(Keyring):
        async def authorize(self) -> Authorization:
            await trio.sleep(20)
            return await Keyring.authorize(self)

    handle, _ = accepting("Bearer t1")
    async with open_pair(handle, authorizer=Slow()) as pair:
        assert (await pair.client.request("GET", "/")).status == 200


def test_credentials_show_in_no_text():
    assert "secret" not in repr(Authorization({"authorization": "Bearer secret"}))
