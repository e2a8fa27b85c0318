"""
A way through an HTTP proxy: CONNECT, and from then on the proxy only passes bytes on.

It is made below the connection that carries requests, so that a tunnel which fails counts as what it
is: nothing of the request was sent.
"""

import base64
import ssl
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

import attrs
import h11
import httpcore

from provider.concurrency.cleanup import cleanup
from provider.http.connection import NetworkBackend

_CLOSE_SECONDS = 1.0
_READ_BYTES = 4096
_HEAD_MAX_BYTES = 64 * 1024


class ProxyUrlError(ValueError):
    """A URL that names no proxy which can be used."""


@attrs.frozen
class Proxy:
    """Where the proxy is, and how to be let in."""

    host: str
    port: int
    secure: bool = False
    """TLS on the way to the proxy itself."""
    authorization: str = attrs.field(default="", repr=False)
    """Value of Proxy-Authorization; "" for none."""

    def __str__(self) -> str:
        """URL without credentials."""
        return f"{'https' if self.secure else 'http'}://{_bracketed(self.host)}:{self.port}"

    @classmethod
    def parse(cls, url: str) -> "Proxy":
        """
        Read `http://[user:password@]host[:port]`.

        Raises:
            ProxyUrlError: another scheme, or no host.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ProxyUrlError(str(error)) from None
        if parts.scheme not in ("http", "https"):
            raise ProxyUrlError(f"a proxy is http:// or https://, not {parts.scheme or url!r}")
        if not parts.hostname:
            raise ProxyUrlError("it names no host")
        user = ""
        if parts.username is not None:
            named = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            user = "Basic " + base64.b64encode(named.encode()).decode()
        secure = parts.scheme == "https"
        return cls(parts.hostname, port or (443 if secure else 80), secure, user)


class TunnelBackend(httpcore.AsyncNetworkBackend):
    """Opens every stream through a proxy."""

    def __init__(
        self,
        backend: NetworkBackend,
        proxy: Proxy,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """
        Prepare; nothing is opened.

        Args:
            backend: reaches the proxy.
            proxy: which.
            ssl_context: for a proxy that wants TLS; None trusts the system's authorities.
        """
        self._backend = backend
        self._proxy = proxy
        self._ssl_context = ssl_context or (ssl.create_default_context() if proxy.secure else None)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """
        Open a stream to a host through the proxy.

        Raises:
            httpcore.ProxyError: the proxy refuses, or is none.
            Exception: another one of httpcore's: the proxy is out of reach.
        """
        stream = await self._backend.connect_tcp(
            self._proxy.host, self._proxy.port, timeout, local_address, socket_options
        )
        try:
            if self._ssl_context is not None:
                stream = await stream.start_tls(self._ssl_context, self._proxy.host, timeout)
            await self._connect(stream, f"{_bracketed(host)}:{port}")
        except BaseException:
            with cleanup(_CLOSE_SECONDS) as scope:
                scope.cancel(reason="closing does not wait")
                await stream.aclose()
            raise
        return stream

    async def _connect(self, stream: httpcore.AsyncNetworkStream, target: str) -> None:
        head = [("Host", target), ("User-Agent", "leasekeeper")]
        if self._proxy.authorization:
            head.append(("Proxy-Authorization", self._proxy.authorization))
        speech = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_MAX_BYTES)
        request = speech.send(h11.Request(method="CONNECT", target=target, headers=head))
        await stream.write(request or b"")
        # What ends the request is no bytes; it only tells h11 that the answer is next.
        speech.send(h11.EndOfMessage())
        try:
            event = speech.next_event()
            while event is h11.NEED_DATA or isinstance(event, h11.InformationalResponse):
                if event is h11.NEED_DATA:
                    speech.receive_data(await stream.read(_READ_BYTES))
                event = speech.next_event()
        except h11.RemoteProtocolError as error:
            raise httpcore.ProxyError(f"{self._proxy} is no HTTP proxy: {error}") from error
        if not isinstance(event, h11.Response):
            raise httpcore.ProxyError(f"{self._proxy} hung up")
        if not 200 <= event.status_code < 300:
            reason = event.reason.decode("latin-1")
            raise httpcore.ProxyError(
                f"{self._proxy} answers {event.status_code} {reason}".rstrip()
            )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
