"""
Append-only record of what happened to a simulated cluster; what checks read.

Two kinds of entry: a request with its answer, and a commit to the store. Every entry, and every
chunk of a streamed answer, also goes into one running hash, so that two runs can be compared byte
for byte by one string.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeAlias

import attrs

from simulator.jsontypes import JSONObject


@attrs.frozen(kw_only=True)
class RequestEntry:
    """One HTTP request and its answer, written down when the answer is ready."""

    number: int
    """Rises by one with each request, in the order of arrival; never 0."""
    time: float
    """Wall time of the answer, seconds since 1970."""
    user: str
    """Who the server took the client for, for instance `system:admin`."""
    agent: str
    """The User-Agent header."""
    method: str
    target: str
    """Path and query as sent."""
    body: bytes
    status: int
    answer: bytes
    """The answer's body; empty for a watch, whose chunks only go into the trace."""
    client: str = ""
    """The cable that it came over, in a world's own network: `daemon-1`. Not in the trace."""


@attrs.frozen(kw_only=True)
class CommitEntry:
    """One change of one object."""

    time: float
    """Wall time, seconds since 1970."""
    revision: int
    """The store's revision that this change made."""
    type: str
    """ADDED, MODIFIED or DELETED."""
    resource: str
    """`group/version/plural`, or `v1/plural` for the core group."""
    namespace: str
    """Empty for cluster-scoped objects."""
    name: str
    object: JSONObject
    """As committed; of a deletion, the last state with the deletion's resourceVersion."""
    previous: JSONObject | None
    """What it replaced; None for an addition."""
    user: str
    """Who asked: a client's user, or a controller's name."""
    request: int
    """Number of the HTTP request that caused it; 0 when a controller in process did."""


Entry: TypeAlias = RequestEntry | CommitEntry


@attrs.define(eq=False)
class Journal:
    """The record of one cluster."""

    limit: int | None = None
    """Entries kept in memory, the oldest go first; None keeps all. The trace covers all of them."""
    _entries: deque[Entry] = attrs.field(init=False)
    _subscribers: list[Callable[[Entry], None]] = attrs.field(init=False, factory=list)
    _hash: "hashlib._Hash" = attrs.field(init=False, factory=hashlib.sha256)
    _requests: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._entries = deque(maxlen=self.limit)

    def begin_request(self) -> int:
        """The number of a request that has just arrived."""
        self._requests += 1
        return self._requests

    def answered(self, entry: RequestEntry) -> None:
        """Write down a request whose answer is ready to be sent."""
        head = (
            f"request {entry.number} {entry.time!r} {entry.user} {entry.agent} "
            f"{entry.method} {entry.target} {len(entry.body)} {entry.status} {len(entry.answer)}\n"
        )
        self._hash.update(head.encode())
        self._hash.update(entry.body)
        self._hash.update(entry.answer)
        self._append(entry)

    def streamed(self, number: int, time: float, chunk: bytes) -> None:
        """Take a chunk of a streamed answer into the trace; it is not kept."""
        self._hash.update(f"chunk {number} {time!r} {len(chunk)}\n".encode())
        self._hash.update(chunk)

    def committed(self, entry: CommitEntry, encoded: bytes) -> None:
        """Write down a commit; `encoded` is its object as JSON."""
        head = (
            f"commit {entry.revision} {entry.time!r} {entry.type} {entry.resource} "
            f"{entry.user} {entry.request} {len(encoded)}\n"
        )
        self._hash.update(head.encode())
        self._hash.update(encoded)
        self._append(entry)

    def _append(self, entry: Entry) -> None:
        self._entries.append(entry)
        for subscriber in tuple(self._subscribers):
            subscriber(entry)

    def subscribe(self, subscriber: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `subscriber` in the step that appends each later entry; returns what ends it."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def requests(self) -> tuple[RequestEntry, ...]:
        """The requests kept, in the order of their answers."""
        return tuple(entry for entry in self._entries if isinstance(entry, RequestEntry))

    @property
    def commits(self) -> tuple[CommitEntry, ...]:
        """The commits kept, by revision."""
        return tuple(entry for entry in self._entries if isinstance(entry, CommitEntry))

    def trace_hash(self) -> str:
        """SHA-256 over every request, answer byte and commit so far; 64 hex digits."""
        return self._hash.copy().hexdigest()
