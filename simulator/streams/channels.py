"""
The channels of a command over a WebSocket: the first byte of each message says which.

Source: apimachinery pkg/util/remotecommand/constants.go, client-go tools/remotecommand (v4, v5);
v5 adds the message that closes a channel.
"""

from contextlib import suppress

import orjson
import trio

from simulator.jsontypes import JSONObject
from simulator.wire.messages import Socket

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
"""Spoken here, the best first."""

_WAITING_INPUTS = 64


def agreed(offered: str) -> str | None:
    """The best protocol of a `Sec-WebSocket-Protocol` header; None if none is spoken here."""
    names = {name.strip() for name in offered.split(",")}
    return next((protocol for protocol in PROTOCOLS if protocol in names), None)


class Channels:
    """A socket with its channels told apart."""

    def __init__(self, socket: Socket, *, stdin: bool) -> None:
        self._socket = socket
        self._sender, self._receiver = trio.open_memory_channel[bytes](_WAITING_INPUTS)
        if not stdin:
            self._sender.close()

    async def write(self, channel: int, data: bytes) -> None:
        """
        Send some data on a channel.

        Raises:
            trio.BrokenResourceError: the client has gone.
        """
        await self._socket.send(bytes([channel]) + data)

    async def finish(self, status: JSONObject) -> None:
        """Say how the command ended."""
        await self.write(ERROR, orjson.dumps(status))

    async def read(self) -> bytes:
        """Some input; nothing at its end."""
        try:
            return await self._receiver.receive()
        except trio.EndOfChannel:
            return b""

    async def receive(self) -> None:
        """Take in what the client sends, until it has gone."""
        with self._sender:
            while (message := await self._socket.receive()) is not None:
                if message[:1] == bytes([CLOSE]):
                    self._sender.close()
                elif message[:1] == bytes([STDIN]) and len(message) > 1:
                    await self._take(message[1:])

    async def _take(self, data: bytes) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._sender.send(data)


def exited(code: int) -> JSONObject:
    """The Status of a command that ended by itself."""
    if not code:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }
