"""
What runs behind an exec or attach, over the channels of a WebSocket.

A session ends with its program, with its container, or when the client goes.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import attrs
import trio

from simulator.streams import programs
from simulator.streams.channels import STDERR, STDOUT, Channels, exited
from simulator.streams.containers import Container
from simulator.streams.inside import inside
from simulator.streams.logs import Log, LogOptions
from simulator.streams.programs import Err, Out, Program, Read, Sleep
from simulator.verbs.cluster import Cluster
from simulator.wire.messages import Socket

_KILLED = 137
"""Exit code of a program whose container was ended: 128 and SIGKILL."""


@attrs.frozen(kw_only=True)
class SessionOptions:
    """What a client wants of a command."""

    command: tuple[str, ...] = ()
    stdin: bool = False
    stdout: bool = False
    stderr: bool = False
    tty: bool = False


@attrs.frozen(eq=False)
class Session:
    """One client's command in one container."""

    cluster: Cluster
    container: Container
    options: SessionOptions

    async def execute(self, socket: Socket) -> None:
        """Run the command; the exit code goes to the client."""
        await self._converse(socket, self._command)

    async def attach(self, socket: Socket) -> None:
        """Show what the container writes from now on."""
        await self._converse(socket, self._watch)

    async def _converse(self, socket: Socket, talk: Callable[[Channels], Awaitable[None]]) -> None:
        channels = Channels(socket, stdin=self.options.stdin)
        async with trio.open_nursery() as nursery:

            async def receive() -> None:
                await channels.receive()
                nursery.cancel_scope.cancel(reason="the client has gone")

            nursery.start_soon(receive, name="client of a container")
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await talk(channels)
            nursery.cancel_scope.cancel(reason="the command is done")

    async def _command(self, channels: Channels) -> None:
        surroundings = inside(self.cluster, self.container)
        program = programs.start(list(self.options.command), surroundings)
        code = _KILLED
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._cancel_at_end, nursery.cancel_scope, name="container's end")
            code = await self._run(program, channels)
            nursery.cancel_scope.cancel(reason="the program has ended")
        await channels.finish(exited(code))

    async def _run(self, program: Program, channels: Channels) -> int:
        reply: bytes | None = None
        while True:
            try:
                effect = next(program) if reply is None else program.send(reply)
            except StopIteration as done:
                return int(done.value)
            reply = None
            match effect:
                case Out(data=data):
                    await self._write(channels, STDOUT, data)
                case Err(data=data):
                    await self._write(channels, STDERR, data)
                case Sleep(seconds=seconds):
                    await trio.sleep(seconds)
                case Read():
                    reply = await channels.read()

    async def _write(self, channels: Channels, channel: int, data: bytes) -> None:
        if self.options.tty:
            # A terminal has one output, and starts its lines at the left.
            channel, data = STDOUT, data.replace(b"\n", b"\r\n")
        wanted = self.options.stdout if channel == STDOUT else self.options.stderr
        if wanted:
            await channels.write(channel, data)

    async def _cancel_at_end(self, scope: trio.CancelScope) -> None:
        await self._log().follow(_nowhere, history=False)
        scope.cancel(reason="the container has ended")

    async def _watch(self, channels: Channels) -> None:
        async def show(data: bytes) -> None:
            await self._write(channels, STDOUT, data)

        await self._log().follow(show, history=False)
        await channels.finish(exited(0))

    def _log(self) -> Log:
        return Log(self.cluster, self.container, LogOptions())


async def _nowhere(_data: bytes) -> None:
    await trio.lowlevel.checkpoint()
