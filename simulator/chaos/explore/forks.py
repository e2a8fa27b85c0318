"""
Copies of this process that go on from where it is, one after another.

A run that has come to a point is played from there in as many ways as wanted, without playing
again what came before: the copy has the whole world in its memory, with its clock, its seeds and
its scheduler.
"""

import gc
import os
import signal
import traceback
from collections.abc import Callable
from typing import NoReturn

import attrs
import orjson

from simulator import deterministic
from simulator.jsontypes import JSONObject


@attrs.frozen
class Answers:
    """Where copies leave what they came to; theirs to write, the first process's to read."""

    reads: int
    writes: int

    def put(self, answer: JSONObject) -> None:
        """Leave one answer."""
        left = orjson.dumps(answer) + b"\n"
        while left:
            left = left[os.write(self.writes, left) :]


def gather(play: Callable[[Answers], None]) -> list[JSONObject]:
    """
    Run `play` in a copy, and gather all that it and its own copies answer, in their order.

    Nothing that they do changes this process, nor its memory.

    Raises:
        ForkError: the copy ended before `play` returned or called `leave`.
    """
    answers = Answers(*os.pipe())
    child = os.fork()
    if child == 0:
        os.close(answers.reads)
        with _Leaving():
            play(answers)
        leave()
    os.close(answers.writes)
    with os.fdopen(answers.reads, "rb") as lines:
        gathered = [orjson.loads(line) for line in lines]
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise ForkError(f"a copy ended {_how(status)}")
    return gathered


def branch(seconds: int) -> str | None:
    """
    Go on twice.

    Args:
        seconds: real ones that the copy may take.

    Returns:
        In the copy None; here, once the copy has ended, how it failed, or "".
    """
    child = os.fork()
    if child == 0:
        # What is here will hardly be looked at again, and a copy does not live long.
        gc.freeze()
        gc.disable()
        signal.alarm(seconds)
        deterministic.leave_wakeups_to_others()
        return None
    _, status = os.waitpid(child, 0)
    return _how(status) if status else ""


def leave() -> NoReturn:
    """End a copy, with nothing of the process that it is a copy of tidied up a second time."""
    os._exit(0)


class ForkError(Exception):
    """A copy has not come to its end."""


class _Leaving:
    """An error ends a copy, whatever stands above it."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            traceback.print_exception(error)
            os._exit(1)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit status {code}"
