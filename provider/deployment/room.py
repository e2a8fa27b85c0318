"""What one lease takes of the cluster's capacity, and where its services may run because of it."""

from collections.abc import Callable, Mapping

import attrs

from provider.deployment.lease_record import LeaseRecord
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group
from provider.lease.scheduling import SchedulerParams
from provider.ledger.capacity import CapacityLedger, NoRoom


@attrs.define(eq=False)
class Room:
    """One lease's view of the book; each method is one step without a checkpoint."""

    lease: LeaseID
    capacity: CapacityLedger | None
    """`None`: no book is kept, and everything has room."""
    record: LeaseRecord
    count: Callable[[str, str], None] = lambda *_: None
    """Told (`reserve`, `unreserve`) and result of each change, see `provider_inventory_requests`."""
    scheduling: Mapping[str, SchedulerParams] = attrs.field(factory=dict, init=False)
    """By service, what placement adds to it; goes into the record and into what is rendered."""
    missing: str = attrs.field(default="", init=False)
    """What the last group that was asked for has no room for."""
    _told: tuple[str, str] = attrs.field(default=("", ""), init=False)
    standing: Mapping[str, SchedulerParams] = attrs.field(factory=dict, init=False)
    """The same for the group that was last accepted whole: what a refusal goes back to."""

    def __attrs_post_init__(self) -> None:
        self.scheduling = self.standing = self.record.scheduling()

    def adopt(self, group: Group) -> None:
        """Book what runs already, whether it fits or not."""
        self.missing = ""
        if self.capacity is None:
            return
        self.scheduling = self.capacity.adopt(self.lease, group, self.standing).scheduling

    def reserve(self, group: Group) -> bool:
        """Take what a group needs; False, with `missing`, when there is not enough."""
        self.missing = ""
        if self.capacity is None:
            return True
        known = self.capacity.holds(self.lease)
        answer = self.capacity.reserve(self.lease, group)
        if isinstance(answer, NoRoom):
            self.missing = answer.missing
            self._tell("reserve", "insufficient-capacity")
            return False
        if not known:
            self._tell("reserve", "create")
        self._told = "reserve", "create"
        self.scheduling = answer.scheduling
        return True

    def release(self) -> None:
        """Give everything back: nothing of the lease runs any more."""
        if self.capacity is not None:
            self._tell("unreserve", "destroyed" if self.capacity.holds(self.lease) else "not-found")
            self.capacity.release(self.lease)

    def _tell(self, action: str, result: str) -> None:
        """Once for each change of the answer, not for each look."""
        if action != self._told[0] or (action == "reserve" and result != self._told[1]):
            self.count(action, result)
        self._told = action, result

    def stand(self) -> None:
        """What is booked was accepted whole."""
        self.standing = self.scheduling

    def wake_on_change(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, when what did not fit may fit now."""
        if self.capacity is not None:
            self.capacity.wake_on_change(wake)
