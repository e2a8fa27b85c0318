"""
Bytes of a watch to events; no I/O.

A line ends at a line feed byte and nowhere else: text that holds U+0085, U+2028 or a form feed is not
torn, as it is by `str.splitlines`.
"""

import attrs
import orjson

from provider.errors import ProviderError
from provider.jsontypes import JSONObject

MAX_LINE_BYTES = 16 * 1024 * 1024
"""An object is at most 1.5 MiB in etcd; as JSON it can be a few times that."""


class FramingError(ProviderError):
    """Bytes that are no watch; the connection is of no more use."""


@attrs.frozen
class WatchEvent:
    """One event of a watch."""

    type: str
    """ADDED, MODIFIED, DELETED, BOOKMARK, ERROR, or what a later API server adds."""
    object: JSONObject


class Lines:
    """Collects pieces of any size into lines."""

    def __init__(self, *, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """
        Take a piece, give the lines it completes, without their ends; empty ones are left out.

        Raises:
            FramingError: a line is longer than the limit.
        """
        first, *rest = piece.split(b"\n")
        self._pieces.append(first)
        self._size += len(first)
        if self._size > self._max_line_bytes:
            raise FramingError(f"a line is longer than {self._max_line_bytes} bytes")
        if not rest:
            return []
        lines = [b"".join(self._pieces), *rest[:-1]]
        self._pieces, self._size = [rest[-1]], len(rest[-1])
        return [line for line in lines if line]


def decode_event(line: bytes) -> WatchEvent:
    """
    Read one line.

    Raises:
        FramingError: it is no watch event.
    """
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise FramingError(f"a line of a watch is no JSON: {error}") from error
    match event:
        case {"type": str(kind), "object": dict(obj)}:
            return WatchEvent(kind, obj)
        case _:
            raise FramingError("a line of a watch is no event")
