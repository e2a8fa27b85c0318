"""
What counts as proof that a lease was lost.

A wrong "lost" destroys a tenant's data, a late one costs seconds: every clause below must hold, and
whatever is missing makes the answer "not known". Pure; who asks again, and when, is not decided here.
"""

import attrs

from provider.lease.identity import LeaseID
from provider.market.standing import Held, Lost, NotKnown, Standing

BLOCK_AGE_SECONDS = 60.0
"""A node whose newest block is this old, or as far in the future, is not believed: ten blocks."""

STALE_BLOCKS = 10
"""A node answers from its newest block, or one that it had a moment before it was asked about that: a
minute. What describes an older one was not said by a node that is in step."""

_HELD = frozenset({"active", "reclaiming"})
_LOST = frozenset({"closed", "insufficient_funds"})


@attrs.frozen(kw_only=True)
class LeaseAnswer:
    """What a node said about one lease."""

    lease: LeaseID
    """The lease that the answer itself names."""
    state: str
    height: int | None
    """Block that the answer describes, from its header; None without one."""
    reason: str = ""

    @property
    def claims_loss(self) -> bool:
        """True when the answer says that the lease ended, proven or not."""
        return self.state in _LOST


@attrs.frozen(kw_only=True)
class NodeAnswer:
    """What a node said about itself, after it had said something about a lease."""

    catching_up: bool
    chain_id: str
    height: int
    """Of its newest block."""
    block_time: float
    """Wall time of its newest block, seconds since 1970."""


@attrs.frozen(kw_only=True)
class Known:
    """What the daemon knows by itself."""

    endpoint: str
    """Who was asked."""
    chain_id: str
    """The configured chain."""
    highest: int = 0
    """Highest block of any answer accepted before this one was asked for."""
    highest_from: str = ""
    """Whose answer that was."""
    closed: int | None = None
    """Block at which this lease was already proven lost; None when it was not."""
    now: float
    """Wall time, seconds since 1970."""


def judge(
    asked: LeaseID, answer: LeaseAnswer, node: NodeAnswer | NotKnown, known: Known
) -> Standing:
    """
    Decide what an answer proves about the lease that was asked for.

    Held needs no more than an answer that names the lease: to go on is what an unknown lease does
    too. `node` is looked at only when the answer claims a loss.
    """
    if answer.lease != asked:
        return NotKnown(f"asked for {asked}, the answer is about {answer.lease}")
    if answer.state in _HELD:
        return _held(answer, known)
    if not answer.claims_loss:
        return NotKnown(f"state {answer.state!r} says neither held nor lost")
    return _lost(answer, node, known)


def _held(answer: LeaseAnswer, known: Known) -> Held | NotKnown:
    """Closed is final: to claim the opposite later is to lie, earlier is to lag behind."""
    if known.closed is None:
        return Held(answer.height, answer.state)
    if answer.height is not None and answer.height >= known.closed:
        return NotKnown(
            f"{answer.state} at block {answer.height}, but lost at block {known.closed}: "
            f"{known.endpoint} lies",
            alarm=True,
        )
    return NotKnown(f"{answer.state} at an older block than {known.closed}, where it was lost")


def _lost(answer: LeaseAnswer, node: NodeAnswer | NotKnown, known: Known) -> Lost | NotKnown:
    if answer.height is None:
        return NotKnown(f"{answer.state}, but the answer does not say at which block")
    if not known.highest:
        return NotKnown(f"{answer.state}, before the height of the chain was known")
    if answer.height < known.highest:
        return NotKnown(
            f"{answer.state} at block {answer.height}, below block {known.highest}"
            + (f" of {known.highest_from}" if known.highest_from else "")
        )
    if isinstance(node, NotKnown):
        return NotKnown(f"{answer.state}, but the node's own state is not known: {node.why}")
    if fault := unfit(node, known.chain_id, known.now):
        return NotKnown(f"{answer.state}, but {fault}")
    if answer.height > node.height:
        return NotKnown(
            f"{answer.state} at block {answer.height}, but the newest block is {node.height}"
        )
    if answer.height < node.height - STALE_BLOCKS:
        return NotKnown(
            f"{answer.state} at block {answer.height}, far below the node's own newest {node.height}"
        )
    return Lost(answer.height, answer.state, known.endpoint, answer.reason)


def unfit(node: NodeAnswer, chain_id: str, now: float) -> str:
    """
    Say why a node proves nothing, by what it says about itself; "" when it can.

    Args:
        node: its own word.
        chain_id: the configured chain.
        now: wall time, seconds since 1970.
    """
    if node.chain_id != chain_id:
        return f"the node is on chain {node.chain_id!r}, not {chain_id!r}"
    if node.catching_up:
        return "the node is catching up"
    age_seconds = now - node.block_time
    if abs(age_seconds) >= BLOCK_AGE_SECONDS:
        return f"the node's newest block is {age_seconds:.0f} s old"
    return ""
