"""When the market had proven to whom that a lease is lost, by the record of what it told."""

from collections.abc import Iterable

from simulator.market.answers import Told
from simulator.market.leases import LeaseName

_LOST = frozenset({"closed", "insufficient_funds"})


def losses(told: Iterable[Told], agent: str = "") -> dict[LeaseName, float]:
    """
    When each loss was first proven.

    That is: an answer that names the lease so, from a node to be believed, at a height that the node's
    newest block vouches for and that is not below any that the same client had heard before it asked;
    the first that it hears at all has to be the newest. What one process heard, the next has not.

    Args:
        told: in the order of the answers.
        agent: how the User-Agent begins of those whose knowledge counts.

    Returns:
        Wall times; leases that were never proven lost are missing.
    """
    found: dict[LeaseName, float] = {}
    heard: dict[str, list[tuple[int, int]]] = {}
    for number, one in enumerate(told):
        if one.newest <= 0 or not one.agent.startswith(agent):
            continue
        levels = heard.setdefault(one.client, [])
        before = max((level for at, level in levels if at < one.heard), default=one.newest)
        if one.state in _LOST and before <= one.height <= one.newest:
            found.setdefault(one.lease, one.time)
        level = min(one.height, one.newest)
        if level > (levels[-1][1] if levels else 0):
            levels.append((number, level))
    return found
