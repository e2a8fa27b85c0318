"""One open watch: events as they arrive."""

from collections import deque
from collections.abc import AsyncIterator

from provider.http.client import Stream
from provider.kubernetes.framing import Lines, WatchEvent, decode_event


class Watch(AsyncIterator[WatchEvent]):
    """Events of one watch; ends when the server ends it, which may tear its last event off."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lines = Lines()
        self._waiting: deque[bytes] = deque()

    async def __anext__(self) -> WatchEvent:
        """
        Wait for the next event.

        Raises:
            AnswerLostError: the connection broke.
            FramingError: what came is no watch.
        """
        while not self._waiting:
            self._waiting.extend(self._lines.feed(await anext(self._stream)))
        return decode_event(self._waiting.popleft())
