"""
Each request of what a lease goes through meets faults: refused, lost, torn, late.

For n = 1, 2, … one world in which the n-th request of one lease meets one kind of fault, that of the
next another, side by side with a lease that nothing happens to. It ends when a run leaves every lease
untouched. The whole product of requests and kinds takes minutes: one run steps through the kinds in
turn, `AT_ONCE` of the eight at each request, and another seed takes the next ones.
"""

from functools import partial

import pytest

from tests.sim import checks
from tests.sim.mishaps import AT_ONCE, Mishap, effects_at, suffer
from tests.sim.phases import PHASES, Deploy, Transfer, Update, no_violation, rest
from tests.sim.scene import POD_GRACE, SEED, T_TEARDOWN, sweep

pytestmark = pytest.mark.sweep

COUNT = AT_ONCE + 1
"""Leases in one world: one for each fault, and one beside them."""
STRIDE = 3
"""Where the lease is lost as well, one run takes every third request."""
SECONDS = 2 * T_TEARDOWN + POD_GRACE
"""Virtual; a lost answer is waited for 70 s before a teardown may end."""


def report(record_property, name, points):
    record_property("sweep", f"{name}: {points} points")
    assert points > 0


def pairs(phase):
    """How many leases the disturbed ones are; two share a hostname in a transfer."""
    return 2 if isinstance(phase, Transfer) else 1


@pytest.mark.parametrize(
    "phase", [*PHASES[:-1], Transfer(surely=True)], ids=lambda phase: phase.name
)
def test_every_request_meets_its_faults(record_property, phase):
    async def story(scene, n):
        step = pairs(phase)
        leases = phase.leases(COUNT * step)
        await phase.before(scene, len(leases))
        mishaps = [
            Mishap(n, effect, phase.marks(number * step))
            for number, effect in enumerate(effects_at(n, SEED), 1)
        ]
        suffer(scene, mishaps)
        for number in range(len(leases)):
            phase.begin(scene, number)
        await scene.until(lambda: all(phase.done(scene, one) for one in leases), SECONDS, "the end")
        await rest(scene)
        assert all(phase.done(scene, one) for one in leases)
        no_violation(scene, phase, leases)
        assert checks.strays(scene, leases if phase.final else []) == []
        points.extend(mishap for mishap in mishaps if mishap.happened)
        return any(mishap.happened for mishap in mishaps)

    points = []
    sweep(story, market_nodes=phase.market_nodes)
    report(record_property, f"fault at each request of {phase.name}", len(points))


@pytest.mark.parametrize("phase", [Deploy(), Update()], ids=lambda phase: phase.name)
def test_the_lease_is_lost_at_every_request_and_the_request_fails(record_property, phase):
    """So many losses at once want a second endpoint's word; the one beside them is kept."""

    async def story(scene, n):
        kept, *leases = phase.leases(COUNT)
        await phase.before(scene, COUNT)
        mishaps = [
            Mishap(n, effect, phase.marks(number), partial(scene.close, lease))
            for number, (effect, lease) in enumerate(
                zip(effects_at(n, SEED), leases, strict=True), 1
            )
        ]
        suffer(scene, mishaps)
        for number in range(COUNT):
            phase.begin(scene, number)
        await scene.until(lambda: phase.done(scene, kept), SECONDS, "the one beside them")
        if not any(mishap.happened for mishap in mishaps):
            return False
        lost = [one for one, mishap in zip(leases, mishaps, strict=True) if mishap.happened]
        await scene.until(
            lambda: not any(scene.status(one) or checks.remains(scene, one) for one in lost),
            SECONDS,
            "nothing left",
        )
        await rest(scene)
        no_violation(scene, phase, [kept, *leases])
        assert phase.done(scene, kept)
        assert [line for one in lost for line in checks.remains(scene, one)] == []
        assert checks.strays(scene, [one for one in (kept, *leases) if one not in lost]) == []
        points.extend(lost)
        return True

    points = []
    sweep(story, market_nodes=2, stride=STRIDE)
    report(record_property, f"lease lost and fault at each request of {phase.name}", len(points))
