"""
Where a lease stands, and what counts as proof that it was lost.

A lease is held, lost or *not known*; the third case is never folded into one of the others: callers
`match` and finish with `assert_never`. A wrong "lost" destroys a tenant's data, a late one costs seconds: every clause below must hold, and
whatever is missing makes the answer "not known". Pure; who asks again, and when, is not decided here.
"""

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from provider.lease.identity import LeaseID

BLOCK_AGE_SECONDS = 60.0
"""A node whose newest block is this old, or as far in the future, is not believed: ten blocks."""

_HELD = frozenset({"active", "reclaiming"})
_LOST = frozenset({"closed", "insufficient_funds"})


@attrs.frozen
class Held:
    """The tenant pays: the lease is `active` or `reclaiming`."""

    height: int | None
    """Block that the answer describes; None when it did not say."""
    state: str = "active"


@attrs.frozen
class Lost:
    """The lease ended, and it is proven; no later answer changes it."""

    height: int
    """Block that the answer describes."""
    state: str
    """`closed` or `insufficient_funds`."""
    endpoint: str
    """Who said so."""
    reason: str = ""
    """The chain's own word for why, for instance `lease_closed_owner`; "" when it gave none."""


@attrs.frozen
class NotKnown:
    """No usable answer: proves nothing, ask again."""

    why: str
    alarm: bool = False
    """True when the endpoint contradicts what was proven before: a human should look."""


Standing: TypeAlias = Held | Lost | NotKnown


@attrs.frozen
class Snapshot:
    """This provider's leases, from one endpoint at about one moment."""

    height: int | None
    """The lowest block that a page described; None when a page did not say."""
    states: Mapping[LeaseID, Standing]
    """Every lease found to be held, and every one that was asked for besides."""


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
    if answer.height < known.highest:
        return NotKnown(f"{answer.state} at block {answer.height}, below block {known.highest}")
    if isinstance(node, NotKnown):
        return NotKnown(f"{answer.state}, but the node's own state is not known: {node.why}")
    if node.catching_up:
        return NotKnown(f"{answer.state}, but the node is catching up")
    if node.chain_id != known.chain_id:
        return NotKnown(f"{answer.state}, but on chain {node.chain_id!r}, not {known.chain_id!r}")
    age_seconds = known.now - node.block_time
    if abs(age_seconds) >= BLOCK_AGE_SECONDS:
        return NotKnown(f"{answer.state}, but the newest block is {age_seconds:.0f} s old")
    return Lost(answer.height, answer.state, known.endpoint, answer.reason)
