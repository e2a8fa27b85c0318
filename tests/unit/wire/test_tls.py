"""TLS around a connection: who the peer is, and handshakes that come to nothing."""

import ssl
import tempfile
from pathlib import Path

import h11
import pytest
import trio
import trio.testing

from simulator.cli.authority import issued
from simulator.cli.certificates import Certificates
from simulator.wire.messages import Peer, Request, Response
from simulator.wire.server import serve_connection
from simulator.wire.tls import shake_hands

NOW = 1_767_225_600.0


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return issued(NOW, "root", "system:masters")


def client_context(certificates: Certificates, *, shown: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=certificates.authority.decode())
    if shown:
        with tempfile.TemporaryDirectory() as folder:
            files = Path(folder, "certificate"), Path(folder, "key")
            files[0].write_bytes(certificates.admin.certificate)
            files[1].write_bytes(certificates.admin.key)
            context.load_cert_chain(*files)
    return context


async def serve(
    stream: trio.abc.Stream, certificates: Certificates, seen: list[Peer | None]
) -> None:
    async def handler(request: Request) -> Response:
        seen.append(request.peer)
        return Response(200, body=b"hello")

    secured, peer = await shake_hands(stream, certificates.server_context())
    if secured is not None:
        await serve_connection(secured, handler, peer=peer)


async def get(stream: trio.abc.Stream, context: ssl.SSLContext, name: str) -> bytes:
    secured = trio.SSLStream(stream, context, server_hostname=name, https_compatible=True)
    http, answer = h11.Connection(h11.CLIENT), b""
    request = h11.Request(method="GET", target="/", headers=[("host", name)])
    await secured.send_all((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    while not isinstance(event := http.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            http.receive_data(await secured.receive_some())
        elif isinstance(event, h11.Data):
            answer += event.data
    await secured.aclose()
    return answer


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "kubernetes.default.svc"])
@pytest.mark.parametrize("shown", [True, False])
async def test_a_request_says_who_showed_a_certificate(
    certificates: Certificates, shown: bool, name: str
) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    seen: list[Peer | None] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, theirs, certificates, seen)
        assert await get(ours, client_context(certificates, shown=shown), name) == b"hello"
    assert seen == [Peer("root", ("system:masters",)) if shown else None]


async def test_a_certificate_of_another_authority_is_not_taken(certificates: Certificates) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    seen: list[Peer | None] = []
    stranger = client_context(issued(NOW, "root", "system:masters"), shown=True)
    stranger.load_verify_locations(cadata=certificates.authority.decode())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, theirs, certificates, seen)
        with pytest.raises((trio.BrokenResourceError, h11.RemoteProtocolError)):
            await get(ours, stranger, "localhost")
    assert seen == []


async def test_a_client_that_speaks_no_tls_is_left(certificates: Certificates) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, theirs, certificates, [])
        await ours.send_all(b"GET / HTTP/1.1\r\n\r\n")
        while await ours.receive_some(1024):
            pass


async def test_a_client_that_says_nothing_is_left_in_time(
    certificates: Certificates, autojump_clock: trio.testing.MockClock
) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, theirs, certificates, [])
        began = trio.current_time()
        assert await ours.receive_some(1024) == b""
        assert trio.current_time() - began == pytest.approx(10)
