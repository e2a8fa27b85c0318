"""
Giving a lease back: the provider's closing transaction, and what became of it.

A transaction that was sent is not one that was executed: only the market's own word about the lease
(`Market.observe`) says that it ended. Closing on the real chain needs a signature, which this daemon
cannot give; `NoCloser` says so, and the obligation stays where its owner keeps it.
"""

from typing import Protocol, TypeAlias

import attrs
import orjson

from provider.http.client import HttpClient
from provider.http.errors import AnswerLostError, HttpError
from provider.jsontypes import JSONObject, JSONValue
from provider.lease.identity import LeaseID
from provider.market import decoding

UNSTABLE = "lease_closed_reason_unstable"
"""The workload was observed unhealthy for the whole budget of its cause."""

_PATH = "/simulator/transactions/close"


@attrs.frozen
class Sent:
    """The market took the transaction; when the lease ends, `observe` will say so."""

    height: int | None = None
    """Block in which it was executed; None while that is not known."""


@attrs.frozen
class CloseRefused:
    """Certainly without effect; the same again has the same answer until something changes."""

    why: str


@attrs.frozen
class CloseUnknown:
    """No usable answer: executed, going to be executed, or never seen."""

    why: str
    sent: bool = True
    """False when certainly nothing was broadcast."""


CloseOutcome: TypeAlias = Sent | CloseRefused | CloseUnknown


class Closer(Protocol):
    """Sends closing transactions."""

    @property
    def note(self) -> str:
        """What an operator should know of it at start; one line."""
        ...

    async def close(self, lease: LeaseID, reason: str) -> CloseOutcome:
        """
        Send one closing transaction; nothing is repeated.

        Args:
            lease: which.
            reason: the chain's word for it, such as `UNSTABLE`; a provider's own.

        Cancellation:
            Its outcome is unknown.
        """
        ...


@attrs.frozen
class NoCloser:
    """Closes nothing, and says why."""

    note: str = "leases are not closed by this daemon: a closing transaction has to be signed"

    async def close(self, lease: LeaseID, reason: str) -> CloseOutcome:
        """Refuse."""
        return CloseRefused(f"{lease} is to be closed by hand ({reason}): {self.note}")


@attrs.frozen(eq=False)
class ControlCloser:
    """Closes on the simulated market, which asks for no signature."""

    http: HttpClient
    """Of the simulated market's base URL."""

    @property
    def note(self) -> str:
        """What an operator should know of it at start."""
        return "leases are closed through the simulated market's transactions, unsigned"

    async def close(self, lease: LeaseID, reason: str) -> CloseOutcome:
        """Send one closing transaction."""
        body = orjson.dumps(
            {
                "lease": {
                    "owner": lease.owner,
                    "dseq": str(lease.dseq),
                    "gseq": lease.gseq,
                    "oseq": lease.oseq,
                    "provider": lease.provider,
                },
                "reason": reason,
            }
        )
        try:
            answer = await self.http.request(
                "POST", _PATH, body=body, content_type="application/json"
            )
        except HttpError as error:
            return CloseUnknown(error.why, sent=isinstance(error, AnswerLostError))
        return read_close_answer(answer.status, answer.body)


def read_close_answer(status: int, body: bytes) -> CloseOutcome:
    """
    Read the answer to a broadcast transaction; pure.

    A code other than 0 is the chain's own refusal. Height 0 is a transaction that waits for its block.
    """
    if status == 501 or 400 <= status < 500:
        return CloseRefused(_message(status, body))
    answer = _object(body) if status == 200 else {}
    result = answer.get("tx_response")
    if not isinstance(result, dict) or not isinstance(result.get("code"), int):
        return CloseUnknown(f"the market answered {status} without a result")
    if result["code"] != 0:
        return CloseRefused(str(result.get("raw_log") or f"code {result['code']}"))
    return Sent(decoding.number(result.get("height")) or None)


def _message(status: int, body: bytes) -> str:
    message: JSONValue = _object(body).get("message")
    return f"{status} {message}" if isinstance(message, str) else f"the market answered {status}"


def _object(body: bytes) -> JSONObject:
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
