"""
Structured logs: a fixed event and key=value pairs, the lease on every line of a manager.

Loggers are built and passed down; nothing is configured globally. No value that a tenant wrote in
an environment variable or a credential is ever given to a logger.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from provider.concurrency.clock import WallClock

Log = structlog.typing.FilteringBoundLogger
"""What the rooms take; `log.bind(lease=…)` narrows it."""

Sink = Callable[[Mapping[str, Any]], None]
"""Receives one finished record."""


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


def text_sink(stream: TextIO) -> Sink:
    """A sink that writes one line a record: time, level, event, then key=value."""

    def write(record: Mapping[str, Any]) -> None:
        rest = " ".join(
            f"{k}={v}" for k, v in record.items() if k not in ("time", "level", "event")
        )
        stream.write(
            f"{record['time']} {record['level']:7} {record['event']} {rest}\n".rstrip() + "\n"
        )

    return write
