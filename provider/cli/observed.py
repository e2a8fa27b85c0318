"""What `provider run --observe` prints: what a daemon would do, lease by lease, with the proof."""

import attrs
from rich.console import Console
from rich.table import Table

from provider.cluster.observation import Observation, Observed
from provider.lease.identity import LeaseID
from provider.ledger.capacity import Capacity

_WIDTH = 200
"""Of tables that no terminal shows."""


def essence(observation: Observation) -> Observation:
    """Without what differs from look to look though nothing has changed."""
    return attrs.evolve(observation, endpoints=(), capacity=Capacity((), 0, ()))


def complete(observation: Observation) -> bool:
    """True when everything was seen, so that what is not listed would not be done."""
    return not (observation.unseen or observation.stopped or observation.market)


def print_observation(observation: Observation) -> None:
    """Print one look as tables, what is wrong first."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDTH
    for line in troubles(observation):
        console.print(line)
    if observation.leases:
        console.print(_leases(observation.leases))
    console.print(summary(observation))


def troubles(observation: Observation) -> list[str]:
    """What stands in the way of a whole look, or of a start."""
    lines = [f"not seen: {what}" for what in observation.unseen]
    if observation.stopped:
        lines.append(f"a daemon would stop here: {observation.stopped}")
    if observation.market:
        lines.append(f"market unknown: {observation.market}")
    lines += [f"record in quarantine: {name}: {why}" for name, why in observation.quarantined]
    lines += [
        f"node {node.name} is overfull: nothing new is placed there"
        for node in observation.capacity.nodes
        if node.overfull
    ]
    return lines


def summary(observation: Observation) -> str:
    """The last line."""
    if observation.unseen or observation.stopped:
        return "nothing can be said of leases; nothing was written"
    writes, leases = observation.writes, len(observation.leases)
    return (
        f"{leases} {'lease' if leases == 1 else 'leases'}; a daemon would write or delete "
        f"{writes} {'object' if writes == 1 else 'objects'}; nothing was written"
    )


def _leases(leases: tuple[Observed, ...]) -> Table:
    table = Table("LEASE", "WOULD", "WHAT", "PROOF", box=None)
    for observed in leases:
        held = " (held by the operator)" if observed.held_by_operator else ""
        table.add_row(_short(observed.lease), observed.action + held, "", observed.proof)
        for action, what, why in steps(observed):
            table.add_row("", action, what, why)
    return table


def steps(observed: Observed) -> list[tuple[str, str, str]]:
    """Action, object and reason of each single thing that would be done for a lease."""
    return [
        *(("  refuse", "", text) for text in [observed.refused] if text),
        *(("  wait", "for room", text) for text in [observed.missing] if text),
        *(
            (
                "  apply",
                change.object,
                f"differs in {', '.join(change.paths)}" if change.paths else "is not there",
            )
            for change in observed.applied
        ),
        *(("  prune", name, "is ours and not wanted any more") for name in observed.pruned),
        *(("  purge", name, "is declared and not wanted any more") for name in observed.purged),
        *(("  delete", name, "the lease is over") for name in observed.torn_down),
        *(("  close", "on the market", text) for text in [observed.closed] if text),
    ]


def _short(lease: LeaseID) -> str:
    return str(lease).rpartition("/")[0]
