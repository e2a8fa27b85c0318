"""Through an HTTP proxy, to a server whose certificate is looked at; over loopback."""

import ssl
from contextlib import asynccontextmanager

import pytest
import trio

from provider.http.client import open_http
from provider.http.errors import AnswerLostError, NotSentError
from provider.http.proxy import Proxy, ProxyUrlError
from simulator.wire.messages import Request, Response
from tests.unit.http.authority import Authority, serve, server_context


async def hello(request: Request) -> Response:
    return Response(200, (), request.headers["host"].encode())


@asynccontextmanager
async def open_proxy(answer: bytes = b"", *, to_port: int = 0):
    """A proxy that leads everybody to one port of this machine, or answers `answer`."""
    heads: list[bytes] = []

    async def connection(client):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = await client.receive_some()
            if not piece:
                return
            head += piece
        heads.append(head)
        if answer:
            await client.send_all(answer)
            return
        server = await trio.open_tcp_stream("127.0.0.1", to_port)
        await client.send_all(b"HTTP/1.1 200 Connection established\r\n\r\n")

        async def pump(source, sink):
            try:
                async for piece in source:
                    await sink.send_all(piece)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            await trio.aclose_forcefully(sink)

        async with server, trio.open_nursery() as pumps:
            pumps.start_soon(pump, client, server)
            pumps.start_soon(pump, server, client)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, connection, 0)
        yield listeners[0].socket.getsockname()[1], heads
        nursery.cancel_scope.cancel(reason="the test is done")


def trusting(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority.pem.decode())
    return context


async def test_a_tunnel_leads_to_a_server_that_shows_its_own_certificate(tmp_path):
    authority = Authority()
    context = server_context(authority, tmp_path, "api.cluster.example")
    async with (
        serve(hello, context) as port,
        open_proxy(to_port=port) as (proxy_port, heads),
        open_http(
            "https://api.cluster.example:6443",
            ssl_context=trusting(authority),
            proxy=Proxy.parse(f"http://user:p%40ss@127.0.0.1:{proxy_port}"),
        ) as client,
    ):
        answer = await client.request("GET", "/")
        await client.request("GET", "/")

    assert answer.body == b"api.cluster.example:6443"
    [head] = heads
    assert head.startswith(b"CONNECT api.cluster.example:6443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in head


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "answers 407 Proxy Auth"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "no HTTP proxy"),
        (b"HTTP/1.1 ", "no HTTP proxy"),
    ],
)
async def test_a_tunnel_that_fails_counts_as_not_sent(answer, says):
    async with (
        open_proxy(answer) as (proxy_port, _),
        open_http("http://api.example", proxy=Proxy("127.0.0.1", proxy_port)) as client,
    ):
        with pytest.raises(NotSentError, match=says) as caught:
            await client.request("PATCH", "/", body=b"{}")
    assert f"http://127.0.0.1:{proxy_port}" in str(caught.value)


async def test_what_breaks_behind_the_tunnel_may_have_been_sent():
    async def hang_up(stream):
        await stream.receive_some()
        await trio.aclose_forcefully(stream)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, hang_up, 0)
        port = listeners[0].socket.getsockname()[1]
        async with (
            open_proxy(to_port=port) as (proxy_port, _),
            open_http("http://api.example", proxy=Proxy("127.0.0.1", proxy_port)) as client,
        ):
            with pytest.raises(AnswerLostError):
                await client.request("PATCH", "/", body=b"{}")
        nursery.cancel_scope.cancel(reason="asked")


async def test_a_proxy_may_want_tls_itself(tmp_path, monkeypatch):
    authority = Authority()
    context = server_context(authority, tmp_path, "127.0.0.1")
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting(authority))
    async with serve(hello, context) as port:
        proxy = Proxy.parse(f"https://127.0.0.1:{port}")
        async with open_http("http://api.example", proxy=proxy) as client:
            # The server at hand does not know CONNECT; that it could say so shows that TLS stood.
            with pytest.raises(NotSentError, match=f"https://127.0.0.1:{port}"):
                await client.request("GET", "/")


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy.example:3128", Proxy("proxy.example", 3128)),
        ("http://proxy.example", Proxy("proxy.example", 80)),
        ("https://[fd00::1]", Proxy("fd00::1", 443, secure=True)),
        ("http://u@proxy.example", Proxy("proxy.example", 80, authorization="Basic dTo=")),
    ],
)
def test_a_proxy_is_named_by_its_url(url, proxy):
    assert Proxy.parse(url) == proxy


@pytest.mark.parametrize("url", ["socks5://proxy.example", "proxy.example:3128", "http://", "http://a:b"])  # fmt: skip
def test_other_proxies_are_refused(url):
    with pytest.raises(ProxyUrlError):
        Proxy.parse(url)


def test_a_proxys_password_shows_in_no_text():
    proxy = Proxy.parse("http://user:hidden@proxy.example")
    assert "hidden" not in f"{proxy} {proxy!r}"
    assert proxy.authorization not in f"{proxy} {proxy!r}"


@pytest.mark.parametrize(
    ("names", "server_name", "says"),
    [
        (("127.0.0.1",), "", ""),
        (("kubernetes.default",), "kubernetes.default", ""),
        (("kubernetes.default",), "", "IP address mismatch"),
        (("127.0.0.1",), "kubernetes.default", "[Hh]ostname mismatch"),
    ],
)
async def test_the_certificate_must_name_the_server(tmp_path, names, server_name, says):
    authority = Authority()
    async with (
        serve(hello, server_context(authority, tmp_path, *names)) as port,
        open_http(
            f"https://127.0.0.1:{port}", ssl_context=trusting(authority), server_name=server_name
        ) as client,
    ):
        if says:
            with pytest.raises(NotSentError, match=says):
                await client.request("PATCH", "/", body=b"{}")
        else:
            assert (await client.request("GET", "/")).status == 200


async def test_a_certificate_of_another_authority_is_named_as_the_reason(tmp_path):
    context = server_context(Authority("another"), tmp_path, "127.0.0.1")
    async with (
        serve(hello, context) as port,
        open_http(f"https://127.0.0.1:{port}", ssl_context=trusting(Authority())) as client,
    ):
        with pytest.raises(NotSentError, match="TLS: unable to get local issuer certificate"):
            await client.request("GET", "/")
