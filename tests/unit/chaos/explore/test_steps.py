"""Steps of one lease's tasks, counted from outside."""

import trio

from simulator import deterministic
from simulator.chaos.explore.steps import Steps

LEASE = "alice/1000/1/1/provider"


class Still:
    """A world in which nothing happens."""

    def trace_hash(self):
        return "still"


async def nap(times):
    for _ in range(times):
        await trio.sleep(1)


async def manager():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(nap, 2, name="write")
        nursery.start_soon(nap, 2, name="write")


async def daemon():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(nap, 5, name="poll market")
        nursery.start_soon(manager, name=f"manager {LEASE}")
        nursery.start_soon(manager, name="manager alice/1001/1/1/provider")


def watched(before=lambda step: None, *, seed=1, program=daemon, **window):
    """Play it; returns what was counted, and the steps."""
    seen = []

    def note(step):
        seen.append(step)
        before(step)

    async def main():
        steps = Steps(Still(), LEASE, note, **window)
        trio.lowlevel.add_instrument(steps)
        await program()
        return steps

    return deterministic.run(seed, main), seen


def test_only_the_manager_of_the_lease_and_what_is_below_it_counts():
    steps, seen = watched()

    assert steps.count == len(seen)
    assert {step.task for step in seen} == {f"manager {LEASE}", "write"}
    # Begin, two naps, and for the manager its end.
    assert sum(step.task == "write" for step in seen) == 6
    assert [step.number for step in seen] == list(range(1, len(seen) + 1))
    assert [s.ordinal for s in seen if s.task == "write"] == [1, 2, 3, 4, 5, 6]


def test_what_is_before_or_after_the_window_does_not_count():
    _, seen = watched(since=0.5, until=1.5)

    assert {step.time for step in seen} == {1.0}


def test_one_seed_gives_the_same_steps_and_another_one_other_prefixes():
    assert watched(seed=1)[1] == watched(seed=1)[1]
    assert watched(seed=1)[1] != watched(seed=2)[1]


def test_every_prefix_is_another_one():
    _, seen = watched()

    assert len({step.prefix for step in seen}) == len(seen)


def test_what_is_done_before_a_step_is_done_before_that_step():
    order = []

    async def program():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work, name=f"manager {LEASE}")

    async def work():
        for n in range(3):
            order.append(f"step {n}")
            await trio.lowlevel.checkpoint()

    watched(lambda step: order.append(f"before {step.number}"), program=program)

    assert order[:6] == ["before 1", "step 0", "before 2", "step 1", "before 3", "step 2"]


def test_an_error_before_a_step_is_kept_and_ends_no_run():
    def fail(step):
        if step.number == 2:
            raise ValueError("not this step")

    steps, seen = watched(fail)

    assert isinstance(steps.broken, ValueError)
    assert len(seen) == 2
    assert steps.count > 2
