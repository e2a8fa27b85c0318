"""Row `requests`: what each operation costs the API server, counted in the simulated world."""

from collections.abc import Sequence

from scripts.benches.figures import Figure, say
from tests.sim import tenants
from tests.sim.scene import Scene, play

GO_PROVIDER = {"new lease": 26, "image change": 27, "restart, nothing changed": 24, "teardown": 5}
"""One service with one hostname, its hostname operator included; counted in its sources."""


async def _story(scene: Scene) -> dict[str, int]:
    lease = tenants.lease()
    await scene.start()
    await scene.until(scene.ready)
    counted: dict[str, int] = {}
    scene.watch_requests()
    scene.win(lease, tenants.manifest(tenants.web()))
    await scene.until_complete(lease)
    counted["new lease"] = len(scene.requests)
    scene.watch_requests()
    scene.send(lease, tenants.manifest(tenants.web(image="nginx:1.28")))
    await scene.pause(60)
    counted["image change"] = len(scene.requests)
    await scene.drain()
    scene.watch_requests()
    await scene.start()
    await scene.until_complete(lease)
    await scene.pause(600)
    counted["restart, nothing changed"] = len(scene.requests)
    scene.watch_requests()
    scene.close(lease)
    await scene.until(lambda: scene.status(lease) is None, 600)
    counted["teardown"] = len(scene.requests)
    return counted


def measure(_rounds: int) -> Sequence[Figure]:
    """Virtual time and one seed: the same in every round, so one is enough."""
    counted = play(_story, seed=0)
    say(f"requests: {counted}")
    return tuple(
        Figure(name, "requests", (float(number),), (float(GO_PROVIDER[name]),), "the Go provider")
        for name, number in counted.items()
    )
