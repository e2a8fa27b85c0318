"""What ends an attempt for good, and how the status shows it."""

from typing import TypeAlias, assert_never

from provider.deployment.status import Refusal
from provider.lease.manifest import Group, ManifestError
from provider.ledger.hostnames import HostnameBlocked, HostnameTaken
from provider.reconcile.execute import ObjectRefusedError

REFUSALS = (HostnameTaken, HostnameBlocked, ManifestError, ObjectRefusedError)
"""A manifest that met one of these is not tried again until the tenant sends another."""

Refused: TypeAlias = HostnameTaken | HostnameBlocked | ManifestError | ObjectRefusedError


def shown(refused: Refused) -> Refusal:
    """What was refused, which object and which field of it."""
    match refused:
        case ObjectRefusedError(key=key, refusal=answer):
            field = next((field for field, _, _ in answer.causes if field), "")
            return Refusal(str(refused), str(key), field)
        case ManifestError(path=path):
            return Refusal(str(refused), field=path)
        case HostnameTaken(hostname=hostname) | HostnameBlocked(hostname=hostname):
            return Refusal(str(refused), field=f"hostname {hostname}")
        case _:
            assert_never(refused)


def require_same_services(accepted: Group, wanted: Group) -> None:
    """
    Akash refuses an update that adds, removes or renames a service (`manifest service rename`).

    Raises:
        ManifestError: it does.
    """
    before = {service.name for service in accepted.services}
    after = {service.name for service in wanted.services}
    if before != after:
        changed = ", ".join(sorted(before ^ after))
        raise ManifestError(
            "services",
            f"an update must keep the names of the services; added or removed: {changed}",
        )
