"""The record of one lease, as the store shows it: what it holds, and our notes on it."""

from collections.abc import Mapping

import attrs

from provider.deployment.owed import read_owed
from provider.deployment.status import CloseOwed
from provider.jsontypes import FrozenJSON, JSONObject
from provider.kubernetes.kinds import MANIFEST, ObjectKey
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group, ManifestError
from provider.lease.scheduling import SchedulerParams
from provider.reconcile.differs import differs
from provider.workload import labels
from provider.workload.options import RenderOptions
from provider.workload.record import read_scheduling, record


@attrs.frozen
class LeaseRecord:
    """Looks again at each question; sends nothing."""

    lease: LeaseID
    store: Store
    options: RenderOptions

    @property
    def key(self) -> ObjectKey:
        """The record is named like the tenant namespace."""
        return ObjectKey(MANIFEST, self.options.records_namespace, self.lease.namespace)

    def live(self) -> JSONObject | None:
        """The newest that is known of it; `None` when it is believed absent."""
        stored = self.store.get(self.key)
        return stored.decode() if stored is not None else None

    @property
    def generation(self) -> int:
        """`metadata.generation`: it rises with what the record holds, not with notes; 0 for none."""
        stored = self.store.get(self.key)
        return stored.generation if stored is not None else 0

    def notes(self) -> FrozenJSON:
        """All its annotations."""
        live = self.live()
        return (live["metadata"].get("annotations") or {}) if live is not None else {}

    def owed(self) -> CloseOwed | None:
        """That its lease has to be closed on the market."""
        stored = self.store.get(self.key)
        if stored is None or labels.CLOSE_OWED.encode() not in stored.raw:
            return None
        return read_owed(stored.decode())

    def scheduling(self) -> Mapping[str, SchedulerParams]:
        """What it says of where its services run; nothing when it cannot be read."""
        live = self.live()
        try:
            return read_scheduling(live) if live is not None else {}
        except ManifestError:
            return {}

    def holds(self, group: Group) -> bool:
        """True when it says just what it would say of `group`, wherever that is to run."""
        live = self.live()
        if live is None:
            return False
        wanted = record(self.lease, group, self.options, scheduling=self.scheduling())
        return not differs(wanted, live)
