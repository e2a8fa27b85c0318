"""What worker processes do for a campaign: JSON in, JSON out."""

import gc
import os
import time
from pathlib import Path

from simulator.chaos import planfile
from simulator.chaos.outcome import Outcome
from simulator.chaos.run import play
from simulator.chaos.swarm.draw import draw
from simulator.chaos.swarm.results import Result
from simulator.chaos.swarm.shrink import shrink
from simulator.jsontypes import JSONObject


def seed(item: JSONObject) -> JSONObject:
    """
    Draw a plan and play it.

    Args:
        item: `seed`.

    Returns:
        A `results.Result` as JSON.
    """
    began = time.process_time()
    number = item["seed"]
    # A run makes no garbage worth looking for while it lasts.
    gc.disable()
    try:
        outcome = play(draw(number), seed=number).outcome
    finally:
        gc.enable()
        gc.collect()
    return Result(
        seed=number,
        outcome=outcome,
        cpu_seconds=round(time.process_time() - began, 3),
        rss_megabytes=_rss_megabytes(),
        worker=os.getpid(),
    ).as_json()


def least(item: JSONObject) -> JSONObject:
    """
    Shrink a plan.

    Args:
        item: `plan` as YAML, `seed`, `outcome` and `runs_max`.

    Returns:
        `plan` as YAML, `outcome`, `runs` and `is_least`.
    """
    number = item["seed"]
    found = shrink(
        planfile.loads(item["plan"]),
        Outcome.from_json(item["outcome"]),
        lambda plan: play(plan, seed=number).outcome,
        runs_max=item["runs_max"],
    )
    return {
        "plan": planfile.dumps(found.plan),
        "outcome": found.outcome.as_json(),
        "runs": found.runs,
        "is_least": found.is_least,
    }


def _rss_megabytes() -> float:
    """What this process holds now; 0 where /proc does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
