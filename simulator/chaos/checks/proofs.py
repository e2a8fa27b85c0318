"""When the market had proven to a daemon that a lease is lost, from the record of what it told whom."""

import bisect
from collections.abc import Sequence

from simulator.chaos.checks.kinds import DAEMON_AGENT
from simulator.market.answers import Told
from simulator.market.leases import LeaseName
from simulator.world import EPOCH

_LOST = frozenset({"closed", "insufficient_funds"})


def losses(told: Sequence[Told], starts: Sequence[float]) -> dict[LeaseName, float]:
    """
    When each loss was first proven.

    That is: an answer that names the lease so, from a node to be believed, at a height that the node's
    newest block vouches for and that is not below any that the process had heard before it asked; the
    first that it hears at all has to be the newest.

    Args:
        told: in the order of the answers.
        starts: when each process of the daemon began; what one has heard, the next has not.
    """
    found: dict[LeaseName, float] = {}
    highest = [0]
    resets = sorted(starts)
    for one in told:
        level = highest[-1]
        if one.newest > 0 and one.agent.startswith(DAEMON_AGENT):
            if one.state in _LOST and one.lease not in found and one.height <= one.newest:
                before = highest[one.heard]
                time = one.time - EPOCH
                if one.height >= (before or one.newest) or _begins_between(resets, told, one, time):
                    found[one.lease] = time
            level = max(level, min(one.height, one.newest))
        highest.append(level)
    return found


def _begins_between(resets: Sequence[float], told: Sequence[Told], one: Told, time: float) -> bool:
    """True when a process began after the highest answer so far, and has heard none as high."""
    number = bisect.bisect_right(resets, time)
    since = resets[number - 1] if number else 0.0
    heard = [
        min(before.height, before.newest)
        for before in told[: one.heard]
        if before.newest > 0 and before.time - EPOCH >= since
    ]
    return one.height >= max(heard, default=one.newest)
