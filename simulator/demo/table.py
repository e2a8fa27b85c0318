"""The table of the tour: one row a lease, as the daemon's own status tells it."""

from collections.abc import Iterable, Mapping

from rich.table import Table

from provider.deployment.status import DeploymentStatus
from provider.lease.identity import LeaseID

_COLUMNS = ("lease", "phase", "generation", "ready/wanted")


def table(statuses: Iterable[DeploymentStatus], titles: Mapping[LeaseID, str]) -> Table:
    """
    Rows in the order of `titles`.

    Args:
        statuses: of the leases that the daemon has.
        titles: what to call the leases of the tour; those that the daemon no longer has are shown as
            gone.
    """
    found = {status.lease: status for status in statuses}
    drawn = Table(*_COLUMNS, expand=True)
    drawn.add_column("hostnames", overflow="fold")
    drawn.add_column("last event", ratio=1)
    for lease, title in titles.items():
        status = found.get(lease)
        drawn.add_row(
            f"{title}\n[dim]{lease.owner[:11]}…/{lease.dseq}/{lease.gseq}/{lease.oseq}[/dim]",
            *(_cells(status) if status else ("gone", "", "", "", "")),
        )
    return drawn


def _cells(status: DeploymentStatus) -> tuple[str, ...]:
    return (
        status.phase.value,
        str(status.generation),
        f"{status.ready}/{status.wanted}",
        "\n".join(status.hostnames),
        status.event,
    )
