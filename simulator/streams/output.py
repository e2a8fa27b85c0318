"""
What a container writes, line by line and when. Pure: the same container writes the same at any time.

A container whose command is a program of `programs` writes what that does. Any other says that it
has started, what it listens on, and from then on that it still serves.
"""

import itertools
from collections.abc import Iterator

import attrs

from simulator.jsontypes import JSONObject
from simulator.streams import programs
from simulator.streams.containers import Life
from simulator.streams.programs import Err, Inside, Out, Sleep

_BEAT_SECONDS = 10.0
_PROGRAM_LINES = 10_000
"""Of a program; what it would write beyond is lost."""


@attrs.frozen
class Line:
    """One line of a log."""

    at: float
    """Seconds since 1970."""
    text: bytes
    """With its newline; only the last line of a program may lack it."""


def lines(spec: JSONObject, life: Life, inside: Inside) -> Iterator[Line]:
    """
    The lines of one run, in the order of their times; without an end while it runs.

    Args:
        spec: of the container.
        life: the run.
        inside: what its program sees.
    """
    argv = [*(spec.get("command") or ()), *(spec.get("args") or ())]
    if programs.knows(argv):
        written = _of_program(argv, life.begun, inside)
        yield from itertools.islice(written, _PROGRAM_LINES)
        return
    for line in _of_service(spec, life):
        if life.ended is not None and line.at > life.ended:
            break
        yield line
    if life.ended is not None:
        yield Line(life.ended, f"exiting with status {life.exit_code}\n".encode())


def _of_service(spec: JSONObject, life: Life) -> Iterator[Line]:
    restarted = f", restart {life.number}" if life.number else ""
    yield Line(life.begun, f"{spec.get('image', '')} started{restarted}\n".encode())
    for port in spec.get("ports") or ():
        where = f"{port['containerPort']}/{port.get('protocol', 'TCP')}"
        yield Line(life.begun, f"listening on {where}\n".encode())
    for beat in itertools.count(1):
        up = beat * _BEAT_SECONDS
        yield Line(life.begun + up, f"serving for {up:.0f} s\n".encode())


def _of_program(argv: list[str], begun: float, inside: Inside) -> Iterator[Line]:
    at, rest = begun, b""
    # A log has no input: whatever reads finds its end.
    for effect in programs.start(argv, inside):
        match effect:
            case Sleep(seconds=seconds):
                at += seconds
            case Out(data=data) | Err(data=data):
                *whole, rest = (rest + data).split(b"\n")
                yield from (Line(at, text + b"\n") for text in whole)
            case _:
                pass
    if rest:
        yield Line(at, rest)
