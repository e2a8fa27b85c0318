"""
The one transaction that a provider sends here: closing a lease.

    POST /simulator/transactions/close
        {"lease": {owner, dseq, gseq, oseq, provider}, "reason": "lease_closed_reason_unstable"}

    200 {"tx_response": {"txhash", "height", "codespace", "code", "raw_log"}}

It stands in for a signed `MsgCloseBid`, with the answer that a node gives to a broadcast. A `code`
other than 0 is a refusal: nothing will happen. With code 0, `height` is the block that it is in, or
"0": it waits in the mempool, from where it may be carried out later or never. No answer at all says
nothing about what happened. A body that is none is answered 400.

Source: cosmos-sdk `types/abci.proto`, `TxResponse`; akash-network/node `x/market`, `MsgCloseBid`.
"""

import hashlib
from typing import TypeAlias

import attrs

from simulator.jsontypes import JSONObject
from simulator.market.chain import Chain, ChainError
from simulator.market.leases import PROVIDER_REASONS, LeaseName
from simulator.wire.messages import Abort

_REFUSED = 1


@attrs.frozen
class Executed:
    """In the next block, which comes at once."""


@attrs.frozen
class Rejected:
    """Turned away with this text; it never reaches a block."""

    text: str = "insufficient fees"


@attrs.frozen
class Delayed:
    """Taken, and carried out so many blocks later."""

    blocks: int


@attrs.frozen
class Dropped:
    """Taken, and never carried out."""


@attrs.frozen
class Lost:
    """No answer, and nothing happens."""


@attrs.frozen
class Unanswered:
    """Carried out, but the answer never comes."""


@attrs.frozen
class Ineffective:
    """Answered as if it were in the next block, and never carried out: the block was not kept."""


Outcome: TypeAlias = Executed | Rejected | Delayed | Dropped | Lost | Unanswered | Ineffective


@attrs.define(eq=False)
class Transaction:
    """One closing as it was sent; what checks read."""

    number: int
    """From 1, in the order of arrival at any node."""
    time: float
    """Wall time of its arrival."""
    lease: LeaseName
    reason: str
    outcome: Outcome
    height: int | None = None
    """The block that it closed the lease in; None when it did not, or not yet."""
    failure: str = ""
    """Why it was turned away, or failed in its block."""


@attrs.define(eq=False)
class Transactions:
    """Every closing sent to any node of a chain, in the order of arrival."""

    chain: Chain
    sent: list[Transaction] = attrs.field(init=False, factory=list)

    def close(self, name: LeaseName, reason: str, outcome: Outcome) -> JSONObject:
        """
        Let a provider close a lease, as far as the outcome lets it; returns the answer.

        Raises:
            Abort: there is no answer.
        """
        number = len(self.sent) + 1
        entry = Transaction(number, self.chain.clock.now(), name, reason, outcome)
        self.sent.append(entry)
        match outcome:
            case Lost():
                raise Abort
            case Rejected(text):
                entry.failure = text
            case _:
                entry.failure = self._check(name, reason)
        if not entry.failure:
            self._take(entry)
        if isinstance(outcome, Unanswered):
            raise Abort
        return self._answer(entry)

    def _check(self, name: LeaseName, reason: str) -> str:
        """Say what a node says before it takes a transaction; "" when it takes it."""
        if reason not in PROVIDER_REASONS:
            return f"not a provider's reason: {reason}"
        try:
            self.chain.check_close(name, reason)
        except ChainError as error:
            return str(error)
        return ""

    def _take(self, entry: Transaction) -> None:
        def carry_out(height: int) -> None:
            try:
                self.chain.close_in(height, entry.lease, entry.reason)
            except ChainError as error:
                entry.failure = str(error)
            else:
                entry.height = height

        match entry.outcome:
            case Delayed(blocks):
                self.chain.later(blocks, carry_out)
            case Executed() | Unanswered():
                carry_out(self.chain.next_block())
            case _:
                pass

    def _answer(self, entry: Transaction) -> JSONObject:
        digest = hashlib.sha256(f"{entry.number} {entry.lease} {entry.reason}".encode())
        refused = bool(entry.failure)
        return {
            "tx_response": {
                "txhash": digest.hexdigest().upper(),
                "height": str(self._told_height(entry)),
                "codespace": "market" if refused else "",
                "code": _REFUSED if refused else 0,
                "raw_log": entry.failure,
            }
        }

    def _told_height(self, entry: Transaction) -> int:
        if isinstance(entry.outcome, Ineffective) and not entry.failure:
            return self.chain.block().height + 1
        return entry.height or 0
