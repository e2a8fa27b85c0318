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
    scheduling: Mapping[str, SchedulerParams] = attrs.field(factory=dict, init=False)
    """By service, what placement adds to it; goes into the record and into what is rendered."""
    missing: str = attrs.field(default="", init=False)
    """What the last group that was asked for has no room for."""
    standing: Mapping[str, SchedulerParams] = attrs.field(factory=dict, init=False)
    """The same for the group that was last accepted whole: what a refusal goes back to."""

    _released: bool = attrs.field(default=False, init=False)

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
        answer = self.capacity.reserve(self.lease, group)
        if isinstance(answer, NoRoom):
            self.missing = answer.missing
            return False
        self.scheduling = answer.scheduling
        return True

    def release(self) -> None:
        """Give everything back, once: nothing of the lease runs any more."""
        if self.capacity is not None and not self._released:
            self._released = True
            self.capacity.release(self.lease)

    def give_back(self) -> None:
        """Give everything back, for now: what it was booked for was refused and runs nowhere."""
        if self.capacity is not None and self.capacity.holds(self.lease):
            self.capacity.release(self.lease)

    def stand(self) -> None:
        """What is booked was accepted whole."""
        self.standing = self.scheduling

    def wake_on_change(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, when what did not fit may fit now."""
        if self.capacity is not None:
            self.capacity.wake_on_change(wake)
