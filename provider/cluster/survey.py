"""What the service shows of itself: reasons not to be ready, brakes, obligations. Reads only."""

import attrs
import trio

from provider.cluster.hearing import Hearing
from provider.cluster.inventory import FOLLOWED
from provider.cluster.leadership import Leadership
from provider.cluster.shown import Brake, Obligation, Reason
from provider.kubernetes.kinds import MANIFEST, Kind
from provider.kubernetes.store import Store
from provider.lease.identity import LeaseID
from provider.ledger.brakes import ClosureBrake, owed_since
from provider.workload import labels

LOSSES = "losses"
CLOSURES = "closures"


@attrs.frozen(eq=False)
class Survey:
    """Computed when asked; nothing is kept but what the brakes remember."""

    hearing: Hearing
    leadership: Leadership
    watched: tuple[Kind, ...]
    outlines: Store
    closures: ClosureBrake

    # ── readiness ───────────────────────────────────────────────────────────────────────────────

    def readiness(self) -> tuple[Reason, ...]:
        """Why the daemon is not ready; none: it is."""
        found = [self._cluster(), self._nodes(), self._market(), self._holder()]
        return tuple(reason for reason in found if reason is not None)

    def _cluster(self) -> Reason | None:
        around = self.hearing.around
        unseen = [kind for kind in self.watched if not around.store.synced((kind,))]
        if unseen:
            names = ", ".join(kind.plural for kind in unseen)
            text = f"not listed yet: {names}"
            if all(kind.group == MANIFEST.group for kind in unseen):
                text += "; are their CustomResourceDefinitions installed? see `provider crds`"
            return Reason("cluster not seen", text)
        if not around.ready.is_set() and self.leadership.held():
            return Reason("cluster not seen", "what was listed is being taken in")
        stamps = [around.store.stamp(kind) or 0.0 for kind in self.watched]
        age_seconds = trio.current_time() - min(stamps)
        if age_seconds > around.settings.fresh_seconds:
            return Reason(
                "cluster not heard", f"the API server was last heard {age_seconds:.0f} s ago"
            )
        return None

    def _nodes(self) -> Reason | None:
        if self.outlines.synced(kind for kind, _ in FOLLOWED):
            return None
        return Reason("nodes not seen", "nodes and the pods of others were not listed yet")

    def _market(self) -> Reason | None:
        trouble = self.hearing.trouble
        return Reason("market unknown", trouble) if trouble else None

    def _holder(self) -> Reason | None:
        if self.leadership.held():
            return None
        return Reason("not the holder", self.leadership.why or "the claim ran out")

    # ── brakes and obligations ──────────────────────────────────────────────────────────────────

    def brakes(self) -> tuple[Brake, ...]:
        """Both brakes."""
        waiting = tuple(self.hearing.brake.waiting)
        owed = tuple(lease for lease, _ in self.owed())
        stopped = not self.may_close()
        return (
            Brake(
                LOSSES,
                bool(waiting),
                f"{len(waiting)} leases were lost at once with others" if waiting else "",
                waiting,
            ),
            Brake(
                CLOSURES,
                stopped,
                f"{len(owed)} leases are to be closed, many since the same time" if stopped else "",
                owed if stopped else (),
            ),
        )

    def may_close(self) -> bool:
        """False while too many leases went bad together."""
        return not self.closures.engaged(
            self.owed(),
            leases=len(self.hearing.managers),
            now=self.hearing.around.wall.now(),
        )

    def release_closures(self) -> None:
        """What is owed now may be closed."""
        self.may_close()
        self.closures.release()

    def owed(self) -> tuple[tuple[LeaseID, float], ...]:
        """Leases whose records say that they must be closed, and since when; wall time."""
        found = []
        for stored in self.hearing.around.store.all(MANIFEST):
            if labels.CLOSE_OWED.encode() not in stored.raw:
                continue
            lease = labels.lease_from_labels(stored.labels)
            since = owed_since(stored.decode())
            ours = lease is not None and lease.provider == self.hearing.market.provider
            if lease is not None and ours and since is not None:
                found.append((lease, since))
        return tuple(sorted(found))

    def obligations(self) -> tuple[Obligation, ...]:
        """What the managers of those leases say of it."""
        stopped = not self.may_close()
        why = f"the brake {CLOSURES!r} is engaged" if stopped else ""
        return tuple(
            Obligation(
                lease=lease,
                cause=owed.cause,
                since=owed.since,
                sent=owed.sent,
                why=why or self.hearing.around.closer.note,
            )
            for lease, manager in sorted(self.hearing.managers.items())
            if (owed := manager.status.close_owed) is not None
        )
