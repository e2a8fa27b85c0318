"""A client and a scripted host on the simulated network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import httpcore
import trio

from provider.http.client import HttpClient, open_http
from simulator.faults.network import Link, Network
from simulator.wire.messages import Handler


class CountingBackend(httpcore.AsyncNetworkBackend):
    """Counts the connections opened over a link."""

    def __init__(self, link: Link) -> None:
        self.connects = 0
        self._link = link

    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        self.connects += 1
        return await self._link.backend.connect_tcp(*args, **options)


@attrs.frozen
class Pair:
    client: HttpClient
    network: Network
    link: Link
    backend: CountingBackend


@asynccontextmanager
async def open_pair(
    handler: Handler, *, latency_seconds: float = 0.0, base_path: str = "", **options: Any
) -> AsyncIterator[Pair]:
    network = Network(latency_seconds=latency_seconds)
    network.listen("api.sim", handler)
    link = network.link("daemon")
    backend = CountingBackend(link)
    async with trio.open_nursery() as nursery:
        await nursery.start(lambda task_status: network.run(task_status=task_status))
        async with open_http(
            f"http://api.sim{base_path}", network_backend=backend, **options
        ) as client:
            yield Pair(client, network, link, backend)
        nursery.cancel_scope.cancel()
