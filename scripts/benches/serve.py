"""Row `serve`: how soon the simulator answers, and what it weighs at rest, beside a bare server."""

import time
from collections.abc import Sequence

from scripts.benches.figures import Figure, say
from scripts.benches.processes import bare, running, simulator

REST_SECONDS = 2.0
"""Nodes have registered and the first heartbeats are through."""


def measure(rounds: int) -> Sequence[Figure]:
    """Start each several times, in turns."""
    commands = {"ours": simulator(), "bare": bare()}
    ready: dict[str, list[float]] = {name: [] for name in commands}
    weight: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            with running(command) as program:
                time.sleep(REST_SECONDS)
                ready[name].append(program.ready_seconds)
                weight[name].append(program.memory_mib())
        say(f"serve, round {number + 1} of {rounds}: ready in {ready['ours'][-1]:.2f} s")
    versus = "trio and h11 alone"
    return (
        Figure("start to ready", "s", ready["ours"], ready["bare"], versus),
        Figure("memory at rest", "MiB", weight["ours"], weight["bare"], versus),
    )
