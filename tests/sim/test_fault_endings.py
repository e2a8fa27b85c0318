"""
The lease is lost, the daemon told to leave, or killed, at each request of what a lease goes through.

The whole product takes minutes: of a daemon's endings one run plays every third request, with the four
kinds in turn; other seeds take the others, and LEASEKEEPER_SEED from 0 to 11 all of them. What is owed at that
moment is read from cluster and chain alone, and has to be done in the end, with no manifest sent again
but one that no record shows.
"""

import attrs
import pytest
import trio

from tests.sim import checks
from tests.sim.phases import PHASES, Deploy, RefusedUpdate, Update, no_violation, rest
from tests.sim.scene import POD_GRACE, SEED, T_TEARDOWN, sweep

pytestmark = pytest.mark.sweep

SECONDS = 2 * T_TEARDOWN + POD_GRACE
DRAIN_SECONDS = 16
"""I10: its own bound is 15."""
STRIDE = 3
COUNT = 2
"""The second one is beside it, and only there for a transfer, which takes two."""


@attrs.define(eq=False)
class Ending:
    """How a daemon ends at the n-th request of a phase."""

    scene: object
    phase: object
    n: int
    how: str
    drained: bool
    applied: bool
    over: trio.Event = attrs.field(factory=trio.Event)
    debts: dict = attrs.field(factory=dict)
    took: float = 0.0

    async def hook(self, number, request, carry_out):
        if number != self.n:
            return await carry_out()
        answer = await carry_out() if self.applied else None
        self.scene.nursery.start_soon(self._end)
        if not self.drained:
            await trio.sleep_forever()
        await trio.sleep(1)
        return answer or await carry_out()

    async def _end(self):
        began = trio.current_time()
        if self.drained:
            await self.scene.drain()
        else:
            await self.scene.kill()
        self.took = trio.current_time() - began
        assert checks.tasks(self.scene).total() == 0
        self.debts = checks.owed(self.scene)
        self.scene.watch_requests()
        await self.scene.start()
        for number in range(COUNT):
            self.phase.again(self.scene, number)
        self.over.set()


ENDINGS = {
    "killed before": (False, False),
    "SIGTERM before": (True, False),
    "killed after": (False, True),
    "SIGTERM after": (True, True),
}


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
def test_the_daemon_ends_at_every_request_and_the_next_one_goes_on(record_property, phase):
    async def story(scene, n):
        leases = phase.leases(COUNT)
        await phase.before(scene, COUNT)
        how = list(ENDINGS)[(n + SEED) % len(ENDINGS)]
        ending = Ending(scene, phase, n, how, *ENDINGS[how])
        scene.watch_requests(ending.hook)
        for number in range(COUNT):
            phase.begin(scene, number)
        with trio.move_on_after(T_TEARDOWN):
            await ending.over.wait()
        await scene.until(lambda: all(phase.done(scene, one) for one in leases), SECONDS, how)
        await rest(scene)
        assert all(phase.done(scene, one) for one in leases)
        assert checks.undone(scene, ending.debts, refused=phase.refused) == []
        assert ending.took <= DRAIN_SECONDS
        no_violation(scene, phase, leases)
        assert checks.strays(scene, leases if phase.final else []) == []
        return ending.over.is_set()

    points = sweep(story, market_nodes=phase.market_nodes, stride=STRIDE)
    record_property("sweep", f"daemon killed or drained during {phase.name}: {points} points")
    assert points > 0


@pytest.mark.parametrize(
    "phase", [Deploy(), Update(), RefusedUpdate()], ids=lambda phase: phase.name
)
def test_the_lease_is_lost_at_every_request(record_property, phase):
    """Two leases in one world, one whose request is answered and one whose request lands late."""

    async def story(scene, n):
        leases = phase.leases(2)
        await phase.before(scene, 2)
        met = {}

        async def hook(number, request, carry_out):
            one = next((x for x in leases if x.namespace in request.path), None)
            met[one] = met.get(one, 0) + 1
            if one is None or met[one] != n:
                return await carry_out()
            answer = await carry_out() if one is leases[0] else None
            scene.close(one)
            lost.append(one)
            with trio.move_on_after(30):
                while (now := scene.status(one)) and not now.phase.startswith("teardown"):
                    await trio.sleep(0.1)
            return answer or await carry_out()

        lost = []
        scene.watch_requests(hook)
        for number in range(2):
            phase.begin(scene, number)
        await scene.pause(60)
        await scene.until(
            lambda: not any(scene.status(one) or checks.remains(scene, one) for one in lost),
            SECONDS,
            "nothing left",
        )
        await rest(scene)
        no_violation(scene, phase, leases)
        assert [line for one in lost for line in checks.remains(scene, one)] == []
        assert checks.strays(scene, [one for one in leases if one not in lost]) == []
        points.extend(lost)
        return bool(lost)

    points = []
    sweep(story)
    record_property("sweep", f"lease lost during {phase.name}: {len(points)} points")
    assert points
