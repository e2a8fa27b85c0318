"""A slot for the newest desired state: putting never blocks, older values are of no interest."""

from collections.abc import Callable

import attrs

from provider.lease.manifest import Group


@attrs.frozen
class Desired:
    """What a lease should run, and where that wish comes from."""

    group: Group
    serial: int
    """Rises with each manifest of this process; 0 is what the record said at start."""


@attrs.define(eq=False)
class Mailbox:
    """Newest manifest wins."""

    on_put: Callable[[], None]
    """Called in the step of a put, to wake or interrupt whoever works on an older one."""
    _newest: Desired | None = attrs.field(default=None, init=False)
    _serial: int = attrs.field(default=0, init=False)
    refused: Desired | None = attrs.field(default=None, init=False)
    """The wish that was refused last, set by whoever tried it; sent again, it is a new attempt."""

    @property
    def newest(self) -> Desired | None:
        """The newest wish, `None` before the first."""
        return self._newest

    def adopt(self, group: Group) -> Desired | None:
        """
        Take what the record says; what was taken from it before gives way to what it says now.

        Returns:
            The newest wish, `None` when a manifest has come, which is newer than any record.
        """
        if (newest := self._newest) is not None:
            if newest.serial:
                return None
            if newest.group == group:
                return newest
        self._newest = Desired(group, 0)
        self.on_put()
        return self._newest

    def put(self, group: Group) -> Desired:
        """Replace the wish; the same group again is no new one, unless it was refused."""
        newest = self._newest
        if newest is not None and newest.group == group and newest != self.refused:
            return newest
        self._serial += 1
        self._newest = Desired(group, self._serial)
        self.on_put()
        return self._newest
