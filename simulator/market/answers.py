"""
Record of what the market told whom; checks read from it what the daemon could have known.

It stands outermost, around every fault that changes an answer: what counts is what was said, not
what is true. An answer lost on the wire after that is still in the record.
"""

import attrs
import orjson

from simulator.journal import Journal, RequestEntry
from simulator.jsontypes import JSONValue
from simulator.market.encoding import RequestError, lease_name
from simulator.market.leases import LeaseName
from simulator.market.node import Node
from simulator.ports import Clock
from simulator.wire.messages import Answer, Handler, Request, Response

HEIGHT_HEADER = "grpc-metadata-x-cosmos-block-height"

_CONTROL = "/simulator/"


@attrs.frozen
class Told:
    """One lease in one answer."""

    time: float
    """Wall time, seconds since 1970."""
    lease: LeaseName
    state: str
    height: int
    """The answer's own height; 0 when it carried none."""
    agent: str
    """The User-Agent header of who asked."""
    host: str = ""
    """The node that said it."""
    newest: int = 0
    """Height of the block that this node called its newest then; 0 for one that is not to be believed."""
    heard: int = 0
    """How many of these there were when the question came."""
    client: str = ""
    """The cable that the question came over: `daemon-1`."""


@attrs.define(eq=False)
class Answers:
    """What the nodes of one chain have said."""

    clock: Clock
    journal: Journal = attrs.field(factory=Journal)
    """Every request with its answer; the control path's too."""
    clocks: dict[str, Clock] = attrs.field(factory=dict)
    """By cable: the wall clock of who asks over it; all others have the world's."""
    _told: list[Told] = attrs.field(init=False, factory=list)

    @property
    def told(self) -> tuple[Told, ...]:
        """Lease by lease, in the order of the answers."""
        return tuple(self._told)

    def recording(self, handler: Handler, host: str = "", node: Node | None = None) -> Handler:
        """
        Write down everything that a handler answers.

        Args:
            handler: of one node's REST face.
            host: the node's name.
            node: what vouches for its answers; without one they prove nothing.
        """

        async def handle(request: Request) -> Answer:
            number = self.journal.begin_request()
            heard = len(self._told)
            answer = await handler(request)
            assert isinstance(answer, Response), "the market streams nothing"
            now = self.clocks.get(request.source, self.clock).now()
            newest = node.block().height if node is not None and node.is_sound(now) else 0
            self._record(number, request, answer, (host, newest, heard))
            return answer

        return handle

    def _record(
        self, number: int, request: Request, answer: Response, source: tuple[str, int, int]
    ) -> None:
        agent = request.headers.get("user-agent", "")
        self.journal.answered(
            RequestEntry(
                number=number,
                time=self.clock.now(),
                user="",
                agent=agent,
                method=request.method,
                target=request.target,
                body=request.body,
                status=answer.status,
                answer=answer.body,
                client=request.source,
            )
        )
        if request.path.startswith(_CONTROL) or answer.status != 200:
            return
        height = next((v for k, v in answer.headers if k.lower() == HEIGHT_HEADER), "")
        for lease, state in _leases(answer.body):
            self._told.append(
                Told(
                    self.clock.now(),
                    lease,
                    state,
                    int(height) if height.isdigit() else 0,
                    agent,
                    *source,
                    request.source,
                )
            )


def _leases(body: bytes) -> list[tuple[LeaseName, str]]:
    try:
        decoded: JSONValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    entries = decoded.get("leases", [decoded]) if isinstance(decoded, dict) else []
    found = []
    for entry in entries if isinstance(entries, list) else []:
        try:
            found.append((lease_name(entry["lease"]["id"]), str(entry["lease"]["state"])))
        except (RequestError, KeyError, TypeError):
            continue
    return found
