"""Requests of the daemons that may change something, and what each of them is about."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

import attrs

from simulator.journal import RequestEntry
from simulator.world import EPOCH

_PATH = re.compile(
    r"^/(?:api/v1|apis/(?P<group>[^/]+)/[^/]+)"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<subresource>[^/]+))?$"
)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@attrs.frozen(kw_only=True)
class Write:
    """One request of a daemon that may change something, trials included."""

    entry: RequestEntry
    time: float
    """Of its answer."""
    plural: str
    namespace: str
    name: str
    subresource: str
    is_trial: bool
    lease: str
    """Name in the plan of the lease that it is about; "" for none, or not known."""

    @property
    def is_done(self) -> bool:
        """True when the API server accepted it."""
        return self.entry.status < 300

    def __str__(self) -> str:
        return f"{self.entry.method} {self.plural} {self.name}".rstrip()


def read_write(entry: RequestEntry, spaces: Mapping[str, str]) -> Write | None:
    """
    What a request wants to change; None for one that only reads, or is not about objects.

    Args:
        entry: of a daemon.
        spaces: names in the plan of the leases, by namespace.
    """
    if entry.method in _READS:
        return None
    path, _, query = entry.target.partition("?")
    found = _PATH.match(unquote(path))
    if found is None:
        return None
    namespace, name = found["namespace"] or "", found["name"] or ""
    return Write(
        entry=entry,
        time=entry.time - EPOCH,
        plural=found["plural"],
        namespace=namespace,
        name=name,
        subresource=found["subresource"] or "",
        is_trial="dryRun=" in query,
        # A namespace, and a record, are named as the namespace is.
        lease=spaces.get(namespace or name) or spaces.get(name, ""),
    )
