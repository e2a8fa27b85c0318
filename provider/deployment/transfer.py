"""
Taking a hostname over from another lease of the same owner.

    asked ─▶ the heir is noted ─▶ ProviderHost names the heir: the commit ─▶ the old holder departs:
    its Ingress is observed absent ─▶ the heir's is created

A crash before the commit leaves everything with the old holder; after it the next start goes on, since
the ledger is filled from ProviderHosts first, and whoever routes what is declared for another departs.
"""

from collections.abc import Callable
from typing import TypeAlias

import attrs
import trio

from provider.deployment.deploy import Deploy
from provider.jsontypes import FrozenJSON
from provider.kubernetes.kinds import key_of
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group
from provider.ledger.hostnames import HostnameBlocked, HostnameTaken
from provider.reconcile.execute import ObjectRefusedError, PlaceGoneError
from provider.workload import labels


@attrs.frozen
class Transferred:
    """It is on record that the lease holds the hostname; its route follows once the old one is gone."""

    hostname: str


@attrs.frozen
class TransferRefused:
    """Nothing was changed."""

    hostname: str
    why: str


TransferOutcome: TypeAlias = Transferred | TransferRefused


@attrs.define(eq=False)
class _Asked:
    done: trio.Event = attrs.field(factory=trio.Event, init=False)
    outcome: TransferOutcome | None = attrs.field(default=None, init=False)


@attrs.define(eq=False)
class Transfers:
    """What a lease is asked to take over; outlives a crash of its manager, not of the process."""

    wake: Callable[[], None]
    """Called when there is something to carry out."""
    _asked: dict[str, _Asked] = attrs.field(factory=dict, init=False)
    _over: str = attrs.field(default="", init=False)

    async def ask(self, hostname: str) -> TransferOutcome:
        """
        Ask for a hostname and wait for what became of it.

        Cancellation:
            Ends the waiting only.
        """
        name = hostname.lower()
        if self._over:
            await trio.lowlevel.checkpoint()
            return TransferRefused(name, self._over)
        asked = self._asked.setdefault(name, _Asked())
        self.wake()
        await asked.done.wait()
        assert asked.outcome is not None
        return asked.outcome

    def end(self, why: str) -> None:
        """The lease takes nothing over any more."""
        self._over = why
        for name in tuple(self._asked):
            self._answer(TransferRefused(name, why))

    def _answer(self, outcome: TransferOutcome) -> None:
        asked = self._asked.pop(outcome.hostname)
        asked.outcome = outcome
        asked.done.set()

    async def carry_out(self, deploy: Deploy, group: Group | None, refusal: str) -> None:
        """
        Take over what was asked for.

        Args:
            deploy: of the lease that takes over.
            group: what it is held to; `None` when its only manifest was refused.
            refusal: why, in that case.

        Cancellation:
            What was begun is gone on with at the next call; whoever holds the name waits for it.
        """
        for hostname in sorted(self._asked):
            if group is None:
                deploy.view.claims.hostnames.cancel_destined(deploy.view.lease)
                self._answer(TransferRefused(hostname, refusal))
                continue
            outcome = await _take_over(deploy, group, hostname)
            if outcome is not None and hostname in self._asked:
                self._answer(outcome)


async def _take_over(deploy: Deploy, group: Group, hostname: str) -> TransferOutcome | None:
    """`None`: somebody is just deleting what is in the way; to be tried again."""
    view, ledger = deploy.view, deploy.view.claims.hostnames
    if hostname not in view.claims.wanted(group):
        # An earlier manifest may have asked, and have begun: it stays with its holder after all.
        ledger.cancel_destined(view.lease)
        return TransferRefused(hostname, "the manifest of this lease does not ask for it")
    try:
        ledger.destine(hostname, view.lease)
    except (HostnameTaken, HostnameBlocked) as refusal:
        return TransferRefused(hostname, str(refusal))
    host = next(h for h in view.render(group, taken=hostname).hosts if key_of(h).name == hostname)
    deploy.published(f"taking over the hostname {hostname}")
    key = key_of(host)
    try:
        await deploy.executor.ensure(
            host, view.live(key), ours=lambda obj: _of_same_owner(obj, view.lease)
        )
    except ObjectRefusedError as refusal:
        ledger.cancel_destined(view.lease)
        return TransferRefused(hostname, str(refusal))
    except PlaceGoneError:
        await trio.sleep(deploy.executor.base_seconds)
        return None
    ledger.transfer(hostname, view.lease)
    return Transferred(hostname)


def _of_same_owner(obj: FrozenJSON, lease: LeaseID) -> bool:
    holder = labels.lease_from_labels(obj["metadata"].get("labels") or {})
    return holder is not None and (holder.owner, holder.provider) == (lease.owner, lease.provider)
