"""What a start found in the cluster: its version, and which kinds and rights the daemon lacks there."""

from collections.abc import Iterable

from provider.kubernetes.kinds import MANIFEST, PROVIDER_HOST, PROVIDER_LEASED_IP
from provider.kubernetes.outcomes import Unseen
from provider.kubernetes.preflight import (
    OLDEST,
    ServerVersion,
    missing_kinds,
    missing_rights,
    read_version,
)
from provider.kubernetes.requests import Requests
from provider.telemetry.logs import Log
from provider.workload.rights import EVERYWHERE, RECORDS, Right

_RECORDS = (MANIFEST, PROVIDER_HOST, PROVIDER_LEASED_IP)
_ANYWHERE = "default"
"""What is granted everywhere holds here too; nothing of ours is ever granted here alone."""


async def tell_cluster(requests: Requests, records_namespace: str, at: str, log: Log) -> None:
    """
    Write what was found into the log; a start goes on whatever it is, since all of it can be put right.

    Args:
        requests: the way to the API server.
        records_namespace: where records live.
        at: how the server is reached, in words.
        log: gets one line for the server, and one for each thing that is wrong.

    Cancellation:
        Nothing is left behind.
    """
    version = await read_version(requests)
    log.info("cluster", at=at, version=version.text if isinstance(version, ServerVersion) else "")
    if isinstance(version, ServerVersion) and version.too_old:
        oldest = ".".join(map(str, OLDEST))
        log.warning("cluster is old", version=version.text, expected=f"{oldest} or newer")
    kinds = await missing_kinds(requests, _RECORDS)
    if not isinstance(kinds, Unseen) and kinds:
        names = ", ".join(kind.kind for kind in kinds)
        log.warning("kinds are missing", kinds=names, do="provider crds | kubectl apply -f -")
    for needed, namespace in ((EVERYWHERE, _ANYWHERE), (RECORDS, records_namespace)):
        rights = await missing_rights(requests, sorted(needed), namespace)
        if not isinstance(rights, Unseen) and rights:
            log.warning(
                "rights are missing",
                namespace=namespace,
                rights=_listed(rights),
                do="provider rbac | kubectl apply -f -",
            )


def _listed(rights: Iterable[Right]) -> str:
    verbs: dict[str, list[str]] = {}
    for right in rights:
        name = f"{right.resource}.{right.group}" if right.group else right.resource
        verbs.setdefault(name, []).append(right.verb)
    return ", ".join(f"{' '.join(some)} {name}" for name, some in verbs.items())
