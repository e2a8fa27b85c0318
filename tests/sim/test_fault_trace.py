"""I15 under faults: two processes agree on every byte, commit, answer of the market and task step."""

import os
import subprocess
import sys

PROGRAM = """
import hashlib
import trio
from simulator.faults.effects import Refuse
from simulator.faults import refusals
from simulator.faults.rule import Rule
from simulator.faults.watch_effects import Shuffle
from tests.sim.phases import Update
from tests.sim.scene import play

class Steps(trio.abc.Instrument):
    def __init__(self):
        self.digest, self.count = hashlib.sha256(), 0

    def before_task_step(self, task):
        self.count += 1
        self.digest.update(f"{task.name} {trio.current_time()!r}\\n".encode())

async def story(scene):
    steps = Steps()
    trio.lowlevel.add_instrument(steps)
    phase = Update()
    scene.world.rules.add(
        Rule(effect=Refuse(refusals.server_error), user_agent="leasekeeper", times=None,
             probability=0.1, watch=False)
    )
    scene.world.rules.add(
        Rule(effect=Shuffle(1), user_agent="leasekeeper", watch=True, times=None)
    )
    await phase.running(scene, 3)
    for number in range(3):
        phase.begin(scene, number)
    await scene.pause(2)
    await scene.kill()
    await scene.start()
    scene.close(phase.lease(2))
    await scene.pause(150)
    assert steps.count > 3_000
    return scene.world.trace_hash(), steps.count, steps.digest.hexdigest()

print(*play(story, seed={seed}))
"""


def trace(seed, hash_seed):
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{seed}", str(seed))],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout.split()


def test_faults_and_all_one_seed_gives_the_same_task_steps_in_two_processes():
    first = trace(3, "1")

    assert trace(3, "4242") == first
    assert trace(4, "1")[2] != first[2]
