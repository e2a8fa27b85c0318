"""I15: a plan and a seed name one course of events, in every process; a killed daemon leaves nothing."""

import os
import subprocess
import sys
import types

import attrs
import pytest

from simulator.chaos import planfile
from simulator.chaos.run import play

PLAN = """
name: pair
seed: 3
world: {latency_seconds: 0.004, jitter_seconds: 0.01}
daemon: {leased_ips: true, settings: {cluster.poll_seconds: 5}}
leases:
  - {name: A, definition: everything}
  - {name: B, definition: stack, owner: bob}
  - {name: C, changes: {2: {image: crash}}}
actions:
  - {do: open, lease: A, at: 5}
  - {do: open, lease: B, at: 5}
  - {do: open, lease: C, at: 6}
  - {do: update, lease: A, at: 30}
  - {do: update, lease: C, at: 30}
  - {do: kill, at: 30.3}
  - {do: start}
  - {do: start, at: 31}
  - {do: close, lease: B, at: 31.5}
  - {do: sigterm, at: 32}
  - {do: start, at: 33}
faults:
  - {what: refused, code: 500, verb: write, times: all, probability: 0.2, at: 5, for: 40}
  - {what: watch-shuffled, times: all, at: 5, for: 40}
  - {what: clock-jump, seconds: 30, at: 20, for: 20}
heal_at: 60
"""

PROGRAM = """
import sys
from simulator.chaos import planfile
from simulator.chaos.run import play
ran = play(planfile.loads(sys.stdin.read()), seed=int(sys.argv[1]))
print(ran.outcome.trace, ran.outcome.end_state, ran.outcome.sequence, ran.steps)
"""


def elsewhere(seed, hash_seed):
    """The same in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(seed)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.getcwd()},
        input=PLAN,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout.split()


def test_a_plan_and_its_seed_make_the_same_trace_in_two_processes_whatever_hashes_are():
    first = elsewhere(3, "1")

    assert elsewhere(3, "4242") == first


def test_another_seed_makes_another_trace():
    assert elsewhere(4, "1")[0] != elsewhere(3, "1")[0]


def test_a_run_leaves_nothing_behind_for_the_next_one_in_the_same_process():
    plan = planfile.loads(PLAN)

    first, second = play(plan), play(plan)

    assert first.outcome == second.outcome
    assert first.steps > 3_000


def test_a_killed_daemon_changes_no_state_of_any_module():
    plan = planfile.loads(PLAN)
    play(plan)  # what is loaded and compiled once is there from now on
    before = module_state()

    play(plan, seed=8)

    after = module_state()
    assert {name for name in before if before[name] != after.get(name)} == set()
    assert set(after) == set(before)


def module_state():
    """A picture of everything that modules of both programs hold, name by name."""
    return {
        f"{name}.{key}": picture(value, set())
        for name, module in sorted(sys.modules.items())
        if name.partition(".")[0] in ("provider", "simulator") and module is not None
        for key, value in vars(module).items()
        if not key.startswith("__")
    }


def picture(value, seen):
    """Something that changes when a value does; what it holds included, as far as it can be changed."""
    if isinstance(value, str | int | float | bytes | bool | None):
        return value
    if id(value) in seen:
        return "seen"
    seen = seen | {id(value)}
    if isinstance(value, dict | types.MappingProxyType):
        return [(repr(key), picture(item, seen)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [picture(item, seen) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(repr(item) for item in value)
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, type):
        if value.__module__.partition(".")[0] not in ("provider", "simulator"):
            return id(value)
        held = {k: v for k, v in vars(value).items() if isinstance(v, list | dict | set)}
        return [id(value), *((key, picture(item, seen)) for key, item in held.items())]
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
        return [id(value), *(picture(getattr(value, name, None), seen) for name in names)]
    return id(value)


@pytest.mark.parametrize("kept", [[], {}, set()])
def test_the_picture_shows_a_change_of_what_is_held(kept):
    before = picture({"kept": kept}, set())

    kept.update({"x": 1}) if isinstance(kept, dict) else kept.extend([1]) if isinstance(
        kept, list
    ) else kept.add(1)

    assert picture({"kept": kept}, set()) != before
