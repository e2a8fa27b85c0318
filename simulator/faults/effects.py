"""What may become of a request that a rule fires at: values, and the answers that they make."""

from typing import TypeAlias

import attrs
import orjson

from simulator.faults.refusals import Answering
from simulator.faults.watch_effects import WatchEffect
from simulator.jsontypes import FrozenJSON
from simulator.wire.messages import Abort, Answer, Request, Response, Send, Streaming


@attrs.frozen
class Refuse:
    """Answer with this Status instead of carrying the request out."""

    status: FrozenJSON | Answering
    """With `code`, which becomes the HTTP status; or what makes one for a request."""
    retry_after_seconds: int | None = None


@attrs.frozen
class Hang:
    """Neither carry it out nor answer, until the client gives up."""


@attrs.frozen
class Reset:
    """Do not carry it out; drop the connection."""


@attrs.frozen
class LoseAnswer:
    """Carry it out, then drop the connection instead of answering."""


@attrs.frozen
class KeepSilent:
    """Carry it out, then never answer; the connection stays open until the client gives up."""


@attrs.frozen
class Tear:
    """Carry it out, send this much of the answer's body, then drop the connection."""

    after_bytes: int


@attrs.frozen
class Delay:
    """Carry it out later; it happens even if the client has given up meanwhile."""

    seconds: float


@attrs.frozen
class AnswerLate:
    """Carry it out now, answer later."""

    seconds: float
    jitter_seconds: float = 0.0
    """Up to so much later still, so that answers overtake one another."""


@attrs.frozen
class ApplyLate:
    """Drop the connection now, or keep silent; carry it out later all the same."""

    seconds: float
    silent: bool = False


@attrs.frozen
class Stale:
    """Answer a list as it was so long ago; other requests are let pass."""

    seconds: float


@attrs.frozen
class Earlier:
    """Give the answer that the same question had at least so long ago, if it was asked then."""

    seconds: float


@attrs.frozen
class Pass:
    """Let it pass, for those who only count."""


RequestEffect: TypeAlias = (
    Refuse
    | Hang
    | Reset
    | LoseAnswer
    | KeepSilent
    | Tear
    | Delay
    | AnswerLate
    | ApplyLate
    | Stale
    | Earlier
    | Pass
)
Effect: TypeAlias = RequestEffect | WatchEffect


def refusal(refuse: Refuse, request: Request) -> Response:
    """The answer of a refusal."""
    status = refuse.status(request) if callable(refuse.status) else refuse.status
    headers = [("content-type", "application/json")]
    if refuse.retry_after_seconds is not None:
        headers.append(("retry-after", str(refuse.retry_after_seconds)))
    return Response(status["code"], tuple(headers), orjson.dumps(status) + b"\n")


def torn(answer: Answer, after_bytes: int) -> Answer:
    """An answer that breaks off; one that is streamed stays whole."""
    if not isinstance(answer, Response):
        return answer

    async def run(send: Send) -> None:
        await send(answer.body[:after_bytes])
        raise Abort

    return Streaming(answer.status, answer.headers, run)
