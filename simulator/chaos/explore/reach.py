"""
What a search takes hold of in a running daemon, found from outside in Trio's own task tree.

The product has no hook for it. The only file that touches the private parts of Trio's cancel
scopes: Trio shows tasks and nurseries, but not which scope of its own a task is in.
"""

from collections.abc import Iterator
from itertools import pairwise

import trio
from trio.lowlevel import Task


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
            between = _status(inner.cancel_scope)._parent  # noqa: SLF001
            assert between is not None, "every nursery is inside another"
            scope = between._scope  # noqa: SLF001
            is_own = scope is not outer.cancel_scope
            return scope if is_own and isinstance(scope, trio.CancelScope) else None
    return None


def sleep_of(task: Task) -> trio.CancelScope | None:
    """The scope whose end lets a task go on that is in `trio.sleep`; None when it is not."""
    if not any(frame.f_code is trio.sleep.__code__ for frame, _ in task.iter_await_frames()):
        return None
    scope = task._cancel_status._scope  # noqa: SLF001
    assert isinstance(scope, trio.CancelScope), "a sleep is a scope of its own"
    return scope


def _status(scope: trio.CancelScope) -> "trio._core._run.CancelStatus":
    status = scope._cancel_status  # noqa: SLF001
    assert status is not None, f"trio {trio.__version__} keeps scopes otherwise"
    return status
