"""
Row `socket`: creates and reads over loopback, 16 connections, beside a bare server.

The client is as thin as can be, so that the servers are compared: bytes made beforehand, and of the
answer only its length is looked at. The bare server takes the same bytes and sends as many back.
"""

import time
from collections.abc import Callable, Sequence
from itertools import count

import orjson
import trio

from scripts.benches.figures import Figure, say
from scripts.benches.processes import bare, running, simulator

CONNECTIONS = 16
SECONDS = 2.0
FILLER = "x" * 1000
PLACE = "/api/v1/namespaces/default/configmaps"

Ask = Callable[[int], bytes]


class _Connection:
    """Requests one after another on one stream."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._buffer = bytearray()

    async def send(self, request: bytes) -> tuple[int, int]:
        """Status and number of body bytes of the answer."""
        await self._stream.send_all(request)
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            await self._more()
        head = bytes(self._buffer[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(self._buffer) < end + 4 + length:
            await self._more()
        del self._buffer[: end + 4 + length]
        return int(head.split(b" ", 2)[1]), length

    async def _more(self) -> None:
        piece = await self._stream.receive_some()
        if not piece:
            raise SystemExit("the server has closed the connection")
        self._buffer += piece


def _request(method: str, path: str, answer_bytes: int, body: bytes = b"") -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nhost: bench\r\nuser-agent: bench\r\nx-answer: {answer_bytes}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _creating(answer_bytes: int) -> Ask:
    def ask(number: int) -> bytes:
        name = f"c{number:08}"
        metadata = {"name": name, "namespace": "default"}
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {"f": FILLER},
        }
        return _request("POST", PLACE, answer_bytes, orjson.dumps(body))

    return ask


def _reading(answer_bytes: int) -> Ask:
    def ask(number: int) -> bytes:
        return _request("GET", f"{PLACE}/c{number % 100:08}", answer_bytes)

    return ask


async def _answer_bytes(port: int, ask: Ask, number: int) -> int:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        status, length = await _Connection(stream).send(ask(number))
        if status >= 300:
            raise SystemExit(f"refused with {status}")
        return length


async def _rate(port: int, ask: Ask, numbers: Callable[[], int]) -> float:
    done = 0
    began = time.perf_counter()

    async def work() -> None:
        nonlocal done
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            connection = _Connection(stream)
            while time.perf_counter() - began < SECONDS:
                status, _ = await connection.send(ask(numbers()))
                if status >= 300:
                    raise SystemExit(f"refused with {status}")
                done += 1

    async with trio.open_nursery() as nursery:
        for _ in range(CONNECTIONS):
            nursery.start_soon(work)
    return done / (time.perf_counter() - began)


async def _measure(ours: int, other: int, rounds: int) -> Sequence[Figure]:
    numbers = count()
    for _ in range(100):
        await _answer_bytes(ours, _creating(0), next(numbers))
    sizes = {
        "creates": (_creating, await _answer_bytes(ours, _creating(0), next(numbers))),
        "reads": (_reading, await _answer_bytes(ours, _reading(0), 0)),
    }
    figures = []
    for name, (make, size) in sizes.items():
        taken: dict[int, list[float]] = {ours: [], other: []}
        for number in range(rounds):
            for port in taken:
                taken[port].append(await _rate(port, make(size), lambda: next(numbers)))
            say(f"socket, {name}, round {number + 1} of {rounds}: {taken[ours][-1]:,.0f} a second")
        versus = "trio and h11 alone"
        figures.append(Figure(name, "1/s", taken[ours], taken[other], versus))
    return figures


def measure(rounds: int) -> Sequence[Figure]:
    """Both servers run all the time; they are asked in turns."""
    with running(simulator("--controllers", "none")) as ours, running(bare()) as other:
        return trio.run(_measure, ours.port, other.port, rounds)
