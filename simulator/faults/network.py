"""
The world's network: in-memory connections between clients and the hosts they ask for.

A `Link` is one client's cable and hands out the httpcore backend to connect with; a host is a name
with a handler behind it. Either can fail, at once and for every open connection. The only file of
the simulator that knows httpcore.
"""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias, TypeVar

import attrs
import httpcore
import trio

from simulator.faults.pipe import Fate, PipeEnd, pipe_pair
from simulator.wire.messages import Answer, Handler, Request
from simulator.wire.server import MAX_BODY_BYTES, serve_connection

Result = TypeVar("Result")


@attrs.define(eq=False)
class _Connection:
    """One open connection and the two parties it runs between."""

    link: "Link"
    host: "_Host"
    client: PipeEnd
    server: PipeEnd

    def suffer(self, *, client: Fate, server: Fate) -> None:
        self.client.suffer(client)
        self.server.suffer(server)


Serve: TypeAlias = Callable[[trio.abc.Stream], Awaitable[None]]
"""Speaks on one connection until it ends, and closes it."""


@attrs.define(eq=False)
class _Host:
    """A name that can be connected to."""

    handler: Handler
    max_body_bytes: int
    nursery: trio.Nursery | None = None
    """Where its connections are served; None for the network's own."""
    serve: Serve | None = None
    """A program that reads the bytes itself, instead of the handler."""
    fate: Fate = Fate.CARRIED


class Network:
    """Hosts, links and the connections between them; `run` serves."""

    def __init__(
        self,
        *,
        latency_seconds: float = 0.0,
        jitter_seconds: float = 0.0,
        rng: random.Random | None = None,
    ) -> None:
        self.latency_seconds = latency_seconds
        """One way, the least that a piece takes; may be changed at any time."""
        self.jitter_seconds = jitter_seconds
        """Up to so much more, drawn for each piece; may be changed at any time."""
        self.delays: list[tuple[float, float]] = []
        """What else holds every piece up: seconds and jitter, a pair for each that does."""
        self.suffered: Counter[str] = Counter()
        """How many connections were struck, refused or left hanging, by host and by link."""
        self.on_suffered: list[Callable[[str], None]] = []
        """Called with the host's or link's name each time that `suffered` counts."""
        self._rng = rng if rng is not None else random.Random(0)
        self._hosts: dict[str, _Host] = {}
        self._links: dict[str, Link] = {}
        # A dict for its order: who suffers first must not depend on hashes.
        self._open: dict[_Connection, None] = {}
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve every connection in a task of its own, until cancelled."""
        async with trio.open_nursery() as connection_nursery:
            self._nursery = connection_nursery
            try:
                task_status.started()
                await trio.sleep_forever()
            finally:
                self._nursery = None

    def listen(
        self,
        host: str,
        handler: Handler,
        *,
        max_body_bytes: int = MAX_BODY_BYTES,
        nursery: trio.Nursery | None = None,
    ) -> None:
        """
        Put a handler behind a name; every port of it answers.

        A name that is served already gets the new handler, on open connections too.

        Args:
            host: the name.
            handler: answers what is asked of it.
            max_body_bytes: longer bodies are answered 413.
            nursery: where its new connections are served, for a host that is one process and stands
                still or dies with it; None for the network's own.
        """
        if host in self._hosts:
            self._hosts[host].handler = handler
            self._hosts[host].max_body_bytes = max_body_bytes
            self._hosts[host].nursery = nursery
        else:
            self._hosts[host] = _Host(handler, max_body_bytes, nursery)

    def attach(self, host: str, serve: Serve, nursery: trio.Nursery) -> None:
        """
        Put a program behind a name that speaks HTTP by itself; the name was none's before.

        Args:
            host: the name.
            serve: gets the server's end of each new connection.
            nursery: where it runs; strike the host with `down` before this one ends.
        """
        assert host not in self._hosts, f"there is a host {host!r} already"
        self._hosts[host] = _Host(_nobody, MAX_BODY_BYTES, nursery, serve)

    def link(self, name: str) -> "Link":
        """One client's cable; the same name is the same cable."""
        if name not in self._links:
            self._links[name] = Link(name, self)
        return self._links[name]

    def down(self, host: str) -> None:
        """The host's process is gone: open connections are reset, new ones refused."""
        self._strike(host, Fate.RESET)

    def mute(self, host: str) -> None:
        """
        The host has dropped off the network: bytes vanish, connects hang, nothing is closed.

        What was open stays dead after `up`, as behind a balancer that has forgotten it.
        """
        self._strike(host, Fate.SILENT)

    def up(self, host: str) -> None:
        """New connections are taken again."""
        self._hosts[host].fate = Fate.CARRIED

    @property
    def open_connections(self) -> int:
        """How many connections a server task holds."""
        return len(self._open)

    async def connect(self, link: "Link", name: str) -> "_Connection":
        """
        Open a connection over a link; one round trip.

        Raises:
            httpcore.ConnectError: no such host, refused, or the link is cut.

        Cancellation:
            Cancelled, there is no connection; a silent host or link waits for that.
        """
        await trio.sleep(self.latency() + self.latency())
        host = self._hosts.get(name)
        if host is None:
            raise httpcore.ConnectError(f"no host is called {name!r}")
        for struck, fate in ((name, host.fate), (link.name, link.fate)):
            if fate is not Fate.CARRIED:
                self._count(struck)
        if Fate.SILENT in (host.fate, link.fate):
            await trio.sleep_forever()
        if Fate.RESET in (host.fate, link.fate):
            raise httpcore.ConnectError(f"connection to {name!r} refused")
        if self._nursery is None:
            raise httpcore.ConnectError("the network is not running")
        connection = _Connection(link, host, *pipe_pair(self.latency))
        self._open[connection] = None
        nursery = host.nursery or self._nursery
        nursery.start_soon(self._serve, connection, name=f"serve {link.name} at {name}")
        return connection

    def cut(self, link: "Link", client: Fate) -> None:
        """Strike every connection of a link; see `Link.cut`."""
        # The server's side is reset in any case: no byte may reach a handler, and nothing in the
        # world should wait for ever for a client that was discarded.
        for connection in self._open:
            if connection.link is link:
                self._count(link.name)
                connection.suffer(client=client, server=Fate.RESET)

    def _strike(self, name: str, fate: Fate) -> None:
        host = self._hosts[name]
        host.fate = fate
        for connection in self._open:
            if connection.host is host:
                self._count(name)
                connection.suffer(client=fate, server=fate)

    def _count(self, name: str) -> None:
        self.suffered[name] += 1
        for told in tuple(self.on_suffered):
            told(name)

    def latency(self) -> float:
        """Seconds that the next piece takes."""
        seconds, jitter = self.latency_seconds, self.jitter_seconds
        for more, swing in self.delays:
            seconds, jitter = seconds + more, jitter + swing
        return seconds + jitter * self._rng.random() if jitter else seconds

    async def _serve(self, connection: _Connection) -> None:
        host = connection.host

        async def handle(request: Request) -> Answer:
            return await host.handler(request)

        try:
            if host.serve is not None:
                await host.serve(connection.server)
                return
            await serve_connection(
                connection.server,
                handle,
                max_body_bytes=host.max_body_bytes,
                source=connection.link.name,
            )
        finally:
            del self._open[connection]


async def _nobody(_request: Request) -> Answer:  # noqa: ASYNC124
    raise AssertionError("a program answers here")


class Link:
    """One client's cable into the network; made by `Network.link`."""

    def __init__(self, name: str, network: Network) -> None:
        self.name = name
        self.fate = Fate.CARRIED
        self.backend: httpcore.AsyncNetworkBackend = _Backend(self, network)
        """What the client's HTTP stack connects with."""
        self._network = network

    def cut(self, *, silent: bool = False) -> None:
        """
        From this instant no byte passes either way, those under way included.

        Args:
            silent: the client's connections hang, open ones and new ones; otherwise open ones are
                reset and new ones refused.
        """
        self.fate = Fate.SILENT if silent else Fate.RESET
        self._network.cut(self, self.fate)

    async def dial(self, host: str) -> trio.abc.Stream:
        """
        Open a connection for a client that brings its own HTTP.

        Raises:
            trio.BrokenResourceError: no such host, refused, or this cable is cut.

        Cancellation:
            Cancelled, there is no connection; a silent host or cable waits for that.
        """
        try:
            return (await self._network.connect(self, host)).client
        except httpcore.ConnectError as error:
            raise trio.BrokenResourceError(str(error)) from error

    def restore(self) -> None:
        """New connections pass again; those that were cut stay dead."""
        self.fate = Fate.CARRIED


class _Backend(httpcore.AsyncNetworkBackend):
    """Connects by name; ports, local addresses and socket options mean nothing here."""

    def __init__(self, link: Link, network: Network) -> None:
        self._link = link
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[object] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        connecting = self._network.connect(self._link, host)
        too_slow, failed = httpcore.ConnectTimeout, httpcore.ConnectError
        return _ClientStream(await _mapped(connecting, timeout, too_slow, failed))


class _ClientStream(httpcore.AsyncNetworkStream):
    """The client's end as httpcore wants it."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._end = connection.client

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        received = self._end.receive_some(max_bytes)
        return await _mapped(received, timeout, httpcore.ReadTimeout, httpcore.ReadError)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        sent = self._end.send_all(buffer)
        await _mapped(sent, timeout, httpcore.WriteTimeout, httpcore.WriteError)

    async def aclose(self) -> None:
        if self._connection.server.fate is Fate.SILENT:
            # The host would wait for ever; its own kernel gives such a connection up in the end.
            self._connection.server.suffer(Fate.RESET)
        await self._end.aclose()

    def get_extra_info(self, info: str) -> object:
        return self._end.is_readable() if info == "is_readable" else None


async def _mapped(
    doing: Awaitable[Result],
    seconds: float | None,
    too_slow: type[Exception],
    failed: type[Exception],
) -> Result:
    """Put httpcore's time limit on a step, and its names on what goes wrong there."""
    try:
        # A scope for no limit would cost a tenth of a request.
        if seconds is None:
            return await doing
        with trio.fail_after(seconds):
            return await doing
    except trio.TooSlowError as error:
        raise too_slow from error
    except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
        raise failed(str(error)) from error
