"""I15: one seed gives one trace, byte for byte, in every process."""

import os
import subprocess
import sys

PROGRAM = """
from tests.sim import tenants
from tests.sim.scene import play

async def story(scene):
    first, second = tenants.lease(1000), tenants.lease(2000, owner=tenants.BOB)
    await scene.start()
    scene.win(first, tenants.manifest(tenants.web(), tenants.database()))
    scene.win(second, tenants.manifest(tenants.web(host="other.example.com", count=3)))
    await scene.until_complete(first)
    await scene.until_complete(second)
    scene.send(first, tenants.manifest(tenants.web(image="nginx:1.28"), tenants.database()))
    await scene.pause(5)
    await scene.kill()
    await scene.start()
    scene.close(second)
    await scene.pause(200)
    return scene.world.trace_hash()

print(play(story, seed={seed}))
"""


def trace(seed, hash_seed):
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(seed=seed)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout.strip()


def test_the_same_seed_gives_the_same_trace_in_two_processes_and_another_seed_another():
    first = trace(7, "1")

    assert trace(7, "4242") == first
    assert trace(8, "1") != first
