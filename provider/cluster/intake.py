"""
Takes manifests and transfers of hostnames in, and answers what became of them.

Everything that can be known before the cluster is touched is checked here: the manifest's own rules,
the hash and the groups on chain, the hostnames. No manager is made for a lease that the market does
not show as this provider's; the Go provider made one for whatever was sent, and never let go of it.
"""

from collections.abc import Callable
from typing import assert_never

import attrs
import trio

from provider.cluster.hearing import Hearing
from provider.cluster.submission import (
    Accepted,
    Closing,
    MarketUnknown,
    NoLease,
    Rejected,
    Submission,
    Transfer,
    Transferred,
)
from provider.deployment import transfer
from provider.deployment.mailbox import Desired
from provider.deployment.manager import DeploymentManager
from provider.deployment.receipts import Ended, NotRecorded, Recorded, Superseded
from provider.lease.crossvalidation import cross_validate
from provider.lease.hostrules import require_hosts
from provider.lease.identity import LeaseID
from provider.lease.manifest import Group, Manifest, ManifestError
from provider.lease.rules import validate
from provider.lease.version import version_hash
from provider.ledger.hostnames import HostnameBlocked, HostnameTaken
from provider.market.standing import Held, Lost, NotKnown
from provider.workload.options import RenderOptions
from provider.workload.supported import refuse_unsupported

RETRY_SECONDS = 6.0
"""When to ask again: about one block."""


@attrs.frozen(eq=False)
class Intake:
    """Asked by the gateway."""

    hearing: Hearing
    want: Callable[[LeaseID], DeploymentManager]
    """The lease's manager, made when there is none."""

    async def accept(self, lease: LeaseID, manifest: Manifest) -> Submission:
        """
        Take a manifest; the answer comes once its record is written, or why it is not.

        The same manifest again, also after a restart or twice at once, is no new generation.

        Cancellation:
            Ends the waiting. What was handed to the manager stays wanted.
        """
        try:
            validate(manifest)
            require_hosts(manifest, static_hosts=bool(self._options.static_hosts_domain))
        except ManifestError as error:
            await trio.lowlevel.checkpoint()
            return Rejected(error.path, error.rule)
        answer = await self._standing(lease)
        if answer is not None:
            return answer
        group = await self._fitting(lease, manifest)
        if not isinstance(group, Group):
            return group
        # Nothing was awaited since the manager was last seen without a loss but the market's answer.
        if (closing := self._closing(lease)) is not None:
            return closing
        return await self._record(self.want(lease), group)

    async def transfer(self, hostname: str, lease: LeaseID) -> Transfer:
        """
        Move a hostname to a lease of the same owner; answers once the cluster's record says so.

        Cancellation:
            Ends the waiting only.
        """
        answer = await self._standing(lease)
        if answer is not None:
            return answer
        manager = self.hearing.managers.get(lease)
        if manager is None:
            return NoLease("nothing of this lease was deployed yet")
        outcome: transfer.TransferOutcome | None = None
        with trio.move_on_after(self.hearing.settings.accept_seconds):
            outcome = await manager.take_over(hostname)
        match outcome:
            case transfer.Transferred(name):
                return Transferred(name, lease)
            case transfer.TransferRefused(name, why):
                return Rejected(name, why)
            case None:
                return MarketUnknown(f"not on record yet: {manager.status.event}", RETRY_SECONDS)
            case _:
                assert_never(outcome)

    # ── may it be taken ─────────────────────────────────────────────────────────────────────────

    @property
    def _options(self) -> RenderOptions:
        return self.hearing.around.options

    def _closing(self, lease: LeaseID) -> Closing | None:
        manager = self.hearing.managers.get(lease)
        if manager is not None and manager.loss is not None:
            return Closing(f"the lease is {manager.loss.reason}")
        return None

    async def _standing(self, lease: LeaseID) -> Closing | NoLease | MarketUnknown | None:
        """Why nothing can be taken for a lease now; `None` when it is held."""
        hearing = self.hearing
        if lease.provider != hearing.market.provider:
            await trio.lowlevel.checkpoint()
            return NoLease("a lease of another provider")
        if (closing := self._closing(lease)) is not None:
            await trio.lowlevel.checkpoint()
            return closing
        standing = await hearing.ask(lease, None)
        match standing:
            case Held():
                if not hearing.around.ready.is_set():
                    return MarketUnknown("the cluster was not seen whole yet", RETRY_SECONDS)
                return None
            case Lost(_, state):
                return Closing(f"the lease is {state}")
            case NotKnown(why):
                if lease not in hearing.managers and await hearing.knows_no(lease):
                    return NoLease(f"the market shows no such lease: {why}")
                return MarketUnknown(why, RETRY_SECONDS)
            case _:
                assert_never(standing)

    async def _fitting(
        self, lease: LeaseID, manifest: Manifest
    ) -> Group | Rejected | Closing | MarketUnknown:
        """
        As `_group`, asked again whenever another manifest of the lease was taken meanwhile.

        Answers may overtake each other: what the chain said before that one was taken may be older.
        """
        while True:
            before = self._newest(lease)
            group = await self._group(lease, manifest)
            if self._newest(lease) == before:
                return group

    def _newest(self, lease: LeaseID) -> Desired | None:
        manager = self.hearing.managers.get(lease)
        return manager.mailbox.newest if manager is not None else None

    async def _group(
        self, lease: LeaseID, manifest: Manifest
    ) -> Group | Rejected | Closing | MarketUnknown:
        """The group of the manifest that this lease is for, once everything fits."""
        on_chain = await self.hearing.market.deployment(lease.owner, lease.dseq)
        if isinstance(on_chain, NotKnown):
            return MarketUnknown(on_chain.why, RETRY_SECONDS)
        if on_chain.state != "active":
            return Closing(f"the deployment is {on_chain.state}")
        if (sent := version_hash(manifest)) != on_chain.hash:
            return Rejected(
                "",
                f"expected the manifest with hash {on_chain.hash.hex()}, as on chain, got {sent.hex()}",
            )
        if not 1 <= lease.gseq <= len(on_chain.groups):
            return MarketUnknown(f"the deployment shows no group {lease.gseq}", RETRY_SECONDS)
        try:
            cross_validate(manifest, on_chain.groups)
            name = on_chain.groups[lease.gseq - 1].name
            index = next(n for n, group in enumerate(manifest) if group.name == name)
            group = manifest[index]
            refuse_unsupported(group, self._options, path=f"[{index}]")
            self._check_hostnames(lease, manifest)
        except ManifestError as error:
            return Rejected(error.path, error.rule)
        return group

    def _check_hostnames(self, lease: LeaseID, manifest: Manifest) -> None:
        for number, group in enumerate(manifest):
            for index, service in enumerate(group.services):
                for position, expose in enumerate(service.expose or ()):
                    path = f"[{number}].services[{index}].expose[{position}].hosts"
                    try:
                        self.hearing.around.ledger.check(lease.owner, expose.hosts or ())
                    except (HostnameTaken, HostnameBlocked) as error:
                        raise ManifestError(path, str(error)) from error

    # ── the record ──────────────────────────────────────────────────────────────────────────────

    async def _record(self, manager: DeploymentManager, group: Group) -> Submission:
        before = manager.mailbox.newest
        generation = manager.status.generation
        wish = manager.submit(group)
        receipt = None
        with trio.move_on_after(self.hearing.settings.accept_seconds):
            receipt = await manager.recorded(wish)
        match receipt:
            case Recorded(recorded):
                return Accepted(recorded, new=wish is not before and recorded != generation)
            case NotRecorded(path, rule):
                return Rejected(path, rule)
            case Superseded():
                return Rejected("", "a newer manifest of this lease was sent meanwhile")
            case Ended(why):
                return Closing(why)
            case None:
                return MarketUnknown(f"not on record yet: {manager.status.event}", RETRY_SECONDS)
            case _:
                assert_never(receipt)
