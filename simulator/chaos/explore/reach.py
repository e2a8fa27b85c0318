"""
What a search takes hold of in a running daemon, found from outside in Trio's own task tree.

The product has no hook for it.
"""

from collections.abc import Iterator
from itertools import pairwise

import trio
from trio.lowlevel import Task

from simulator import deterministic


def descendants(task: Task) -> Iterator[Task]:
    """A task and all below it, parents first."""
    waiting = [task]
    while waiting:
        found = waiting.pop()
        yield found
        for nursery in found.child_nurseries:
            waiting += sorted(nursery.child_tasks, key=lambda child: child.name, reverse=True)


def below(root: Task, name: str) -> Task | None:
    """The task of this name below another one, if there is one."""
    return next((task for task in descendants(root) if task.name == name), None)


def lease_scope(manager: Task, lease: str) -> trio.CancelScope | None:
    """
    The scope that a manager holds its lease in, while it is in it.

    It is the one between the nursery in which the teardown waits and the nursery opened next.

    Args:
        manager: the task of one lease.
        lease: `owner/dseq/gseq/oseq/provider`.
    """
    nurseries = list(manager.child_nurseries)
    for outer, inner in pairwise(nurseries):
        if any(child.name == f"teardown {lease}" for child in outer.child_tasks):
            scope = deterministic.scope_around(inner.cancel_scope)
            return scope if scope is not outer.cancel_scope else None
    return None


def sleep_of(task: Task) -> trio.CancelScope | None:
    """The scope whose end lets a task go on that is in `trio.sleep`; None when it is not."""
    if not any(frame.f_code is trio.sleep.__code__ for frame, _ in task.iter_await_frames()):
        return None
    return deterministic.innermost_scope(task)
