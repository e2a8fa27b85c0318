"""
Structured logs: a fixed event and key=value pairs, the lease on every line of a manager.

Loggers are built and passed down; nothing is configured globally. No value that a tenant wrote in
an environment variable or a credential is ever given to a logger. What others wrote, such as the
API server's messages, may hold anything: a line stays one line, whatever is in it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
import structlog
from rich.console import Console
from rich.text import Text
from structlog.typing import EventDict, WrappedLogger

from provider.concurrency.clock import WallClock

Log = structlog.typing.FilteringBoundLogger
"""What the rooms take; `log.bind(lease=…)` narrows it."""

Sink = Callable[[Mapping[str, Any]], None]
"""Receives one finished record."""

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
"""Names of levels and their numbers, as in the standard library."""

_EVENT_WIDTH = 28
_COLOURS = {"debug": "dim", "info": "green", "warning": "yellow", "error": "bold red"}
_HEAD = ("time", "level", "event")


class _SinkLogger:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def msg(self, record: Mapping[str, Any]) -> None:
        self._sink(record)

    debug = info = warning = error = critical = msg


def open_log(wall: WallClock, sink: Sink, *, level: int = 20) -> Log:
    """
    A logger whose records go to `sink` as mappings with `event`, `level`, `time` and the pairs.

    Args:
        wall: stamps the records.
        sink: must not block.
        level: records below it are dropped; the numbers of the standard library (20 is info).
    """

    def stamp(_: WrappedLogger, method: str, event: EventDict) -> EventDict:
        event["level"] = method
        event["time"] = datetime.fromtimestamp(wall.now(), UTC).isoformat(timespec="milliseconds")
        return event

    def hand_over(
        _: WrappedLogger, __: str, event: EventDict
    ) -> tuple[tuple[EventDict], EventDict]:
        return (event,), {}

    log: Log = structlog.wrap_logger(
        _SinkLogger(sink),
        processors=[stamp, hand_over],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    return log


def sink_for(stream: TextIO, form: str = "auto") -> Sink:
    """
    The sink for a stream.

    Args:
        stream: where lines go.
        form: `human`, `json`, or `auto`: human when somebody watches, JSON when a program reads.
    """
    human = stream.isatty() if form == "auto" else form == "human"
    return text_sink(stream) if human else json_sink(stream)


def json_sink(stream: TextIO) -> Sink:
    """A sink that writes one JSON object a line: time, level, event, then the pairs."""

    def write(record: Mapping[str, Any]) -> None:
        ordered = {key: record[key] for key in _HEAD} | dict(record)
        stream.write(orjson.dumps(ordered, default=str).decode() + "\n")
        stream.flush()

    return write


def text_sink(stream: TextIO) -> Sink:
    """A sink that writes one aligned line a record; coloured when `stream` is a terminal."""
    console = Console(file=stream, highlight=False, soft_wrap=True)

    def write(record: Mapping[str, Any]) -> None:
        line = Text()
        line.append(f"{record['time']} ", "dim")
        line.append(f"{record['level']:<8}", _COLOURS.get(record["level"], ""))
        line.append(f"{_one_line(str(record['event'])):<{_EVENT_WIDTH}}", "bold")
        for key, value in record.items():
            if key not in _HEAD:
                line.append(f" {key}=", "cyan")
                line.append(_quoted(value))
        line.rstrip()
        console.print(line)

    return write


def _quoted(value: Any) -> str:
    text = str(value)
    if text and not any(char.isspace() or char in '"=' or not char.isprintable() for char in text):
        return text
    return orjson.dumps(text).decode()


def _one_line(text: str) -> str:
    return text if text.isprintable() else orjson.dumps(text).decode()
