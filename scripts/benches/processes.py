"""Other programs that a row starts: when they are ready, what they weigh, what they burn."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parents[2]

BARE = """
import sys, trio, h11
async def serve(stream):
    connection = h11.Connection(h11.SERVER)
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some())
        elif isinstance(event, h11.Request):
            size = next((int(v) for n, v in event.headers if n == b"x-answer"), 0)
        elif isinstance(event, h11.EndOfMessage):
            head = h11.Response(status_code=200, headers=[("content-length", str(size))])
            await stream.send_all(
                connection.send(head)
                + connection.send(h11.Data(data=b"x" * size))
                + connection.send(h11.EndOfMessage())
            )
            connection.start_next_cycle()
        elif isinstance(event, h11.ConnectionClosed):
            return
async def main():
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    print("ready http://127.0.0.1:%d" % listeners[0].socket.getsockname()[1], flush=True)
    await trio.serve_listeners(serve, listeners)
trio.run(main)
"""
"""An HTTP server with nothing behind it: answers as many bytes as the header `x-answer` says."""


@attrs.frozen(eq=False)
class Running:
    """A program that has said "ready URL"."""

    process: subprocess.Popen[str]
    url: str
    ready_seconds: float
    """From its start to that line."""

    @property
    def port(self) -> int:
        """The port in its URL."""
        return int(self.url.rpartition(":")[2])

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def memory_mib(self) -> float:
        """Resident memory."""
        return int(_ps(self.process.pid, "rss")) / 1024

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        ticks = Path(f"/proc/{self.process.pid}/stat")
        if ticks.exists():
            fields = ticks.read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        days, _, clock = _ps(self.process.pid, "time").rpartition("-")
        parts = [float(part) for part in clock.split(":")]
        return int(days or 0) * 86_400 + sum(
            part * 60**place for place, part in enumerate(reversed(parts))
        )


@contextmanager
def running(command: Sequence[str]) -> Iterator[Running]:
    """Start a program that prints "ready URL" as its first line; it is ended on leaving."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith("ready "):
                raise SystemExit(f"{' '.join(command[:4])} did not get ready: {line!r}")
            yield Running(process, line.split()[1], time.perf_counter() - began)
        finally:
            process.terminate()


def simulator(*options: str) -> list[str]:
    """Command of `simulator serve` on a free port."""
    return [sys.executable, "-m", "simulator", "serve", "--port", "0", *options]


def bare() -> list[str]:
    """Command of the server with nothing behind it."""
    return [sys.executable, "-c", BARE]


def _ps(pid: int, field: str) -> str:
    return subprocess.run(
        ["ps", "-o", f"{field}=", "-p", str(pid)], check=True, capture_output=True, text=True
    ).stdout.strip()
