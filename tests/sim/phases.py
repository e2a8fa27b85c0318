"""
What a lease goes through, cut in two: what comes before, and what the sweeps disturb.

Each phase has leases with everything that a lease can have, and knows in which generation they end
up when all goes well, whatever is disturbed.
"""

import trio

from provider.gateway import shown
from provider.workload.options import RenderOptions
from tests.sim import answers, checks, tenants

REFUSED_IMAGE = "refused"
"""Name of an image that the API server takes in a trial and not when it is meant."""


async def _refusing(request, carry_out):
    """The API server as a validating policy makes it that looks at nothing but what is meant."""
    is_meant = "/deployments/" in request.path and not request.query_value("dryRun")
    if is_meant and f"example.com/{REFUSED_IMAGE}:".encode() in request.body:
        return answers.invalid()
    return await carry_out()


class Phase:
    """One of them; `leases` are numbered from 0, the hostname of each has its number."""

    name = ""
    final = 1
    """The generation at the end; 0 for none."""
    refused = ()
    """Generations that are not taken."""
    market_nodes = 1

    def lease(self, number):
        return tenants.lease(1000 + number)

    def host(self, number):
        return f"{number or 'web'}.example.com"

    def leases(self, count):
        return [self.lease(number) for number in range(count)]

    async def before(self, scene, count):
        """Bring the world to where the phase begins."""
        scene.options = RenderOptions(leased_ips=True)
        await scene.start()
        await scene.until(scene.ready)

    async def running(self, scene, count):
        await Phase.before(self, scene, count)
        for number, lease in enumerate(self.leases(count)):
            scene.win(lease, tenants.everything(1, number))
        for lease in self.leases(count):
            await scene.until_complete(lease)
        await scene.pause(5)

    def begin(self, scene, number):
        """What sets it off for one lease."""

    def again(self, scene, number):
        """What a tenant does who was not told that the manifest is taken."""
        if self.final and checks.owed(scene).get(self.lease(number), 0) < self.newest:
            scene.daemon.submit(self.lease(number), self.wanted(number), "dc1")

    newest = 1

    def wanted(self, number):
        """The newest manifest."""
        return tenants.everything(self.newest, number)

    def done(self, scene, lease):
        """True once it is over, as far as the cluster shows."""
        status = scene.status(lease)
        return (
            checks.generations(scene, lease) == {self.final}
            and status is not None
            and status.phase == "deploy-complete"
            and status.health == "healthy"
        )


class Deploy(Phase):
    name = "deploy"

    def begin(self, scene, number):
        scene.win(self.lease(number), tenants.everything(1, number))


class Update(Phase):
    name = "update"
    final = newest = 2

    async def before(self, scene, count):
        await self.running(scene, count)

    def begin(self, scene, number):
        scene.send(self.lease(number), self.wanted(number))


class RefusedUpdate(Update):
    """The trial shows nothing; what was applied is put back."""

    name = "refused update"
    final = 1
    refused = (2,)

    async def before(self, scene, count):
        await self.running(scene, count)
        scene.world.rules.intercept = _refusing

    def wanted(self, number):
        return tenants.everything(2, number, REFUSED_IMAGE)

    def done(self, scene, lease):
        status = scene.status(lease)
        return super().done(scene, lease) and "not on this cluster" in status.refusal


class Teardown(Phase):
    name = "teardown"
    final = 0
    market_nodes = 2
    """So many losses at once want a second endpoint's word."""

    async def before(self, scene, count):
        await self.running(scene, count)

    def begin(self, scene, number):
        scene.close(self.lease(number))

    def done(self, scene, lease):
        return scene.status(lease) is None and not checks.remains(scene, lease)


class Transfer(Phase):
    """
    Lease 2k has a hostname, 2k + 1 wants it: `begin` of the heir moves it.

    Who asked for it may have to ask again: it is over, moved or not.
    """

    name = "hostname transfer"

    def host(self, number):
        return f"{number - number % 2}.example.com"

    async def before(self, scene, count):
        await Phase.before(self, scene, count)
        for number, lease in enumerate(self.leases(count)):
            env = ("GENERATION=1",)
            web = tenants.web("nginx:1", self.host(number), env=env)
            scene.win(lease, tenants.manifest(web))
            await scene.until_complete(lease)
        await scene.pause(5)

    def begin(self, scene, number):
        if number % 2:
            scene.nursery.start_soon(self._move, scene, number)

    async def _move(self, scene, number):
        with trio.move_on_after(120):
            await scene.daemon.service.manager(self.lease(number)).take_over(self.host(number))

    def again(self, scene, number):
        """Whoever asked for it sees whether it moved, and need not."""

    def done(self, scene, lease):
        if not super().done(scene, lease):
            return False
        number = lease.dseq - 1000
        host = self.host(number)
        pair = [self.lease(number - number % 2), self.lease(number - number % 2 + 1)]
        routed = [
            o["metadata"]["namespace"]
            for kind, o in scene.objects()
            if kind == checks.INGRESSES and o["metadata"]["name"] == host
        ]
        declared = [
            o["spec"]["dseq"]
            for kind, o in scene.objects()
            if kind == checks.HOSTS and o["metadata"]["name"] == host
        ]
        owners = [one.namespace for one in pair if str(one.dseq) in map(str, declared)]
        return len(owners) == 1 and routed == owners


PHASES = [Deploy(), Update(), RefusedUpdate(), Teardown(), Transfer()]


async def rest(scene, seconds=60):
    """Longer than anything can still land; then I8: nothing to do, nothing written or sent."""
    await scene.pause(75)
    quiet, sent = scene.world.clock.now(), len(scene.world.transactions.sent)
    await scene.pause(seconds)
    assert checks.daemon_writes(scene, quiet) == []
    assert len(scene.world.transactions.sent) == sent


def no_violation(scene, phase, leases):
    """I2, I7, I14 and I16, from the journals; I6 from what the daemon shows."""
    for number, lease in enumerate(leases):
        undone = {("ingresses", phase.host(number))} if isinstance(phase, Transfer) else ()
        assert checks.murders(scene, lease, undone=undone) == []
        assert checks.naked_pods(scene, lease) == []
        assert checks.resurrected(scene, lease, put_back=phase.refused) == []
        if checks.generations(scene, lease):
            assert len(checks.generations(scene, lease)) == 1
    assert checks.owned_twice(scene) == []
    capacity = shown.as_json(scene.daemon.capacity())
    assert checks.overbooked({"capacity": capacity}) == []
