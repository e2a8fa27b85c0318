"""
Runs a Trio program in virtual time with a scheduler order drawn from a seed.

The only file that touches Trio's private switch for a repeatable scheduler. Trio shuffles the tasks
that are ready at the same moment on purpose; with the switch on it sorts them first and shuffles
with its own generator, so that a seed names one interleaving, whatever `PYTHONHASHSEED` is. Autojump
works only with Trio's own `MockClock`, and only while nothing waits for a socket or a thread.

Source: python-trio/trio#890 (the switch), #2675 (the wish for a public one).
"""

import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple

import trio
import trio.testing
from trio._core import _run as trio_scheduler

Result = TypeVar("Result")
Args = TypeVarTuple("Args")


@contextmanager
def _seeded_scheduler(seed: int) -> Iterator[None]:
    found = isinstance(getattr(trio_scheduler, "_ALLOW_DETERMINISTIC_SCHEDULING", None), bool)
    assert found, (
        f"trio {trio.__version__} has no trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING any more: "
        "pin a version that has it"
    )
    source = getattr(trio_scheduler, "_r", None)
    assert isinstance(source, random.Random), (
        f"trio {trio.__version__} no longer draws its scheduler order from trio._core._run._r: "
        "pin a version that does"
    )
    before = (trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING, source.getstate())  # noqa: SLF001
    trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]  # noqa: SLF001
    source.seed(seed)
    try:
        yield
    finally:
        trio_scheduler._ALLOW_DETERMINISTIC_SCHEDULING = before[0]  # type: ignore[misc]  # noqa: SLF001
        source.setstate(before[1])


def run(seed: int, async_fn: Callable[[*Args], Awaitable[Result]], *args: *Args) -> Result:
    """
    `trio.run` under a virtual clock that jumps as soon as every task waits.

    Virtual time starts at 0. The seed names the interleaving; what else the program draws is the
    program's business. Trio's switch and generator are as before afterwards, also after an error.

    Raises:
        AssertionError: this version of Trio lacks the private names.
    """
    with _seeded_scheduler(seed):
        return trio.run(async_fn, *args, clock=trio.testing.MockClock(autojump_threshold=0))
