"""SIGTERM, as the kernel delivers it: in real time, to a daemon that holds a lease."""

import os
import signal

import trio

from provider.app import drain_on_signal
from tests.sim import checks, tenants
from tests.sim.scene import open_scene


def test_sigterm_drains_the_daemon_and_leaves_the_workload():
    async def main():
        async with open_scene() as scene:
            lease = tenants.lease()
            await scene.start()
            scene.nursery.start_soon(drain_on_signal, scene.daemon)
            scene.win(lease, tenants.manifest(tenants.web()))
            await scene.until_complete(lease, 20)
            since = scene.world.clock.now()
            os.kill(os.getpid(), signal.SIGTERM)
            await scene.ended(10)
            return checks.daemon_writes(scene, since), len(checks.remains(scene, lease))

    writes, remains = trio.run(main)

    assert writes == []
    assert remains > 7
