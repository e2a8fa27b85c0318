"""
One worker process: reads items, does them one after another, writes their results.

The other end of `pool`. Synchronous on purpose: each item runs a Trio of its own, in virtual time.
"""

import gc
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

import orjson

from simulator.jsontypes import JSONObject

JOBS = {
    "plan": "simulator.chaos.run:work",
    "explore": "simulator.chaos.explore:work",
    "swarm": "simulator.chaos.swarm:work",
}
"""
By name: the module and the function that takes an item and returns its result. Any other name of a
job is such a place itself.
"""

Job = Callable[[JSONObject], JSONObject]


def serve() -> None:
    """Do what stdin asks for until it ends; what a job prints goes to stderr."""
    # Ctrl-C is the parent's: it ends its workers itself, without a traceback from each.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    work_through(sys.stdin.buffer, answers)


def work_through(questions: Iterable[bytes], answers: BinaryIO) -> None:
    """Answer each line of `questions` by one line; see `pool` for what they look like."""
    jobs: dict[str, Job] = {}
    for line in questions:
        question = orjson.loads(line)
        result = _done(jobs, question["job"], question["item"])
        answer = {"number": question["number"], "result": result, "megabytes": _megabytes()}
        answers.write(orjson.dumps(answer) + b"\n")
        answers.flush()


def _load(place: str) -> Job:
    module, _, function = place.partition(":")
    job: Job = getattr(import_module(module), function)
    # What is there by now stays; looking through it again and again would take a tenth of a run.
    gc.collect()
    gc.freeze()
    return job


def _done(jobs: dict[str, Job], name: str, item: JSONObject) -> JSONObject:
    try:
        if name not in jobs:
            jobs[name] = _load(JOBS.get(name, name))
        return jobs[name](item)
    except Exception as broken:  # noqa: BLE001 - one item's failure is its result
        traceback.print_exc()
        return {"failure": traceback.format_exception_only(broken)[-1].strip()}


def _megabytes() -> int:
    """
    The most memory that this process has had so far.

    By the kernel's own mark where there is one: `ru_maxrss` begins with what the parent had when it
    forked, so that every worker of a large parent would look large.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peaks[0]) // 1024 if peaks else 0
