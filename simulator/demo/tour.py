"""
The guided tour: carries the script out against a world and a daemon, and decides the six verdicts.

One task plays the tenants and looks on; the daemon, the cluster and the chain run beside it. A step
that does not come to its end in time is not repeated: its verdict says so, and the tour goes on.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import assert_never

import attrs
import trio
from rich.table import Table

from provider.deployment.phases import Phase
from provider.lease.identity import LeaseID
from provider.sdl.compile import Compiled, compile_sdl
from simulator.demo import tenants, verdicts
from simulator.demo.control import ControlPath
from simulator.demo.daemon import AGENT, DaemonProcess
from simulator.demo.observer import WRITTEN_BY_DAEMON, Observer
from simulator.demo.screen import Screen
from simulator.demo.script import CloseAll, CutShort, Outage, Restart, Step, Update, Win
from simulator.demo.sightings import Inventory, LeaseSighting
from simulator.demo.stage import Stage
from simulator.demo.table import table
from simulator.demo.tenants import Tenant
from simulator.demo.verdicts import Verdict
from simulator.faults.effects import Delay
from simulator.faults.rule import Rule
from simulator.journal import Journal, RequestEntry
from simulator.world import KUBERNETES

_LOOK_SECONDS = 0.5
"""Between two looks at something awaited."""

_SETTLE_SECONDS = 5.0
"""What a step waits after its goal, so that a late consequence still shows."""

_READS = ("GET", "HEAD", "OPTIONS")


@attrs.define(eq=False, kw_only=True)
class Tour:
    """One run of the script."""

    stage: Stage
    daemon: DaemonProcess
    market: ControlPath
    observer: Observer
    screen: Screen
    decided: list[Verdict] = attrs.field(init=False, factory=list)
    _compiled: dict[LeaseID, Compiled] = attrs.field(init=False, factory=dict)
    """The newest manifest of each lease."""
    _titles: dict[LeaseID, str] = attrs.field(init=False, factory=dict)
    _ever: dict[str, str] = attrs.field(init=False, factory=dict)
    """Every object that was seen of any lease."""

    async def run(self, script: Iterable[Step]) -> None:
        """Play every step; `decided` holds one more after each."""
        await self.daemon.wait_begun()
        for step in script:
            self.decided.append(await self._play(step))
            self.screen.step_done(self.table())

    async def _play(self, step: Step) -> Verdict:
        match step:
            case Win():
                return await self._win(step)
            case Update():
                return await self._update(step)
            case Outage():
                return await self._outage(step)
            case Restart():
                return await self._restart(step)
            case CutShort():
                return await self._cut_short(step)
            case CloseAll():
                return await self._close_all(step)
        assert_never(step)

    async def _win(self, step: Win) -> Verdict:
        self._say(f"{len(step.tenants)} leases are won, their manifests arrive")
        for tenant in step.tenants:
            await self._rent(tenant)
        await self._until(step.within_seconds, self._all_whole)
        return verdicts.every_lease_ready(await self._sightings())

    async def _update(self, step: Update) -> Verdict:
        lease = step.tenant.lease
        before = await self._sightings()
        text = tenants.definition(step.tenant).replace(step.old_image, step.new_image)
        compiled = compile_sdl(text)
        self._compiled[lease] = compiled
        self._say(
            f"{step.tenant.title}: {step.service} changes from {step.old_image} to {step.new_image}"
        )
        await self.market.update(lease, compiled)
        self.daemon.submit(lease, compiled.manifest)

        async def updated() -> bool:
            seen = await self._sighting(lease)
            images = {pod.image for pod in seen.pods if pod.service == step.service}
            return seen.whole and images == {step.new_image}

        await self._until(step.within_seconds, updated)
        await trio.sleep(_SETTLE_SECONDS)
        return verdicts.only_the_image_changed(
            before,
            await self._sightings(),
            lease=str(lease),
            service=step.service,
            image=step.new_image,
        )

    async def _outage(self, step: Outage) -> Verdict:
        before = await self._objects()
        asked, told = len(self.stage.asked), len(self.stage.told)
        self._say(f"the API server goes away for {step.seconds:.0f} s")
        self.stage.network.down(KUBERNETES)
        await trio.sleep(step.seconds)
        self.stage.network.up(KUBERNETES)
        self._say("the API server is back")
        await trio.sleep(_SETTLE_SECONDS)
        return verdicts.outage_did_no_harm(
            before,
            await self._objects(),
            seconds=step.seconds,
            deletes=sum(r.method == "DELETE" for r in _sent(self.stage.asked, asked)),
            closes=sum(r.method not in _READS for r in _sent(self.stage.told, told)),
        )

    async def _restart(self, step: Restart) -> Verdict:
        self._say("the daemon is killed and started again")
        begin = len(self.stage.asked)
        await self.daemon.restart()
        self._say(f"listening to it for {step.listen_seconds:.0f} s")
        await trio.sleep(step.listen_seconds)
        sent = _sent(self.stage.asked, begin)
        writes = sum(r.method not in _READS for r in sent)
        return verdicts.restart_was_silent(
            writes=writes,
            reads=len(sent) - writes,
            seconds=step.listen_seconds,
            adopted=sum(s.phase is Phase.DEPLOY_COMPLETE for s in self.daemon.statuses()),
            held=len(self._titles),
        )

    async def _cut_short(self, step: CutShort) -> Verdict:
        lease = step.tenant.lease
        whole = await self.observer.objects([step.whole.lease], WRITTEN_BY_DAEMON)
        self._say(f"one more lease is won; its {step.slow} take {step.delay_seconds:.0f} s each")
        slow = f"/namespaces/{lease.namespace}/{step.slow}/"
        self.stage.rules.add(
            Rule(effect=Delay(step.delay_seconds), method="PATCH", path=slow, times=None)
        )
        await self._rent(step.tenant)
        present: Inventory = {}

        async def half() -> bool:
            nonlocal present
            present = await self.observer.objects([lease], WRITTEN_BY_DAEMON)
            return 2 * len(present) >= len(whole)

        await self._until(step.within_seconds, half)
        self._say(f"its tenant closes it, with {len(present)} of {len(whole)} objects there")
        await self._close(step.tenant)
        return verdicts.closed_in_mid_deploy(present, whole)

    async def _close_all(self, step: CloseAll) -> Verdict:
        for tenant in step.tenants:
            self._say(f"{tenant.title}: the tenant closes the lease")
            await self._close(tenant)
            await trio.sleep(step.pause_seconds)
        self._say("waiting until nothing is left")
        await self._until(step.within_seconds, self._nothing_left)
        self._say("the tour is over")
        return verdicts.nothing_is_left(self._ever, await self._objects())

    async def _rent(self, tenant: Tenant) -> None:
        compiled = compile_sdl(tenants.definition(tenant))
        self._compiled[tenant.lease] = compiled
        await self.market.open(tenant.lease, compiled)
        self.daemon.submit(tenant.lease, compiled.manifest)
        self._titles[tenant.lease] = tenant.title

    async def _close(self, tenant: Tenant) -> None:
        await self._objects()
        await self.market.close(tenant.lease)

    async def _nothing_left(self) -> bool:
        return not await self._objects()

    async def _all_whole(self) -> bool:
        return all(seen.whole for seen in (await self._sightings()).values())

    async def _sightings(self) -> dict[str, LeaseSighting]:
        return {str(lease): await self._sighting(lease) for lease in self._compiled}

    async def _sighting(self, lease: LeaseID) -> LeaseSighting:
        (group,) = self._compiled[lease].manifest
        return await self.observer.lease(lease, sum(service.count for service in group.services))

    async def _objects(self) -> Inventory:
        """Everything of every lease of the tour, kept in mind for the end."""
        found = await self.observer.objects(self._titles)
        self._ever.update(found)
        return found

    async def _until(self, within_seconds: float, reached: Callable[[], Awaitable[bool]]) -> None:
        with trio.move_on_after(within_seconds):
            while True:
                if await reached():
                    return
                await trio.sleep(_LOOK_SECONDS)

    def table(self) -> Table:
        """The daemon's status of every lease of the tour."""
        return table(self.daemon.statuses(), self._titles)

    def _say(self, text: str) -> None:
        self.screen.say(trio.current_time() - self.stage.began_at, text)


def _sent(journal: Journal, begin: int) -> list[RequestEntry]:
    """What the daemon has sent since the journal had `begin` entries, its own Lease aside."""
    return [
        entry
        for entry in tuple(journal)[begin:]
        if isinstance(entry, RequestEntry) and entry.agent == AGENT and not _is_renewal(entry)
    ]


def _is_renewal(entry: RequestEntry) -> bool:
    """True for the daemon's claim to be the one that writes, which it renews every few seconds."""
    return entry.target.startswith("/apis/coordination.k8s.io/")
