"""Jobs that the tests of the pool have done."""

import os
import signal
import sys

BALLAST = []


def double(item):
    print("a job may say what it likes")
    return {"twice": 2 * item["value"], "pid": os.getpid()}


def moody(item):
    if item.get("mood") == "dies":
        print("I have had enough", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if item.get("mood") == "leaves":
        sys.exit(3)
    if item.get("mood") == "breaks":
        raise ValueError("not this one")
    if item.get("mood") == "sleeps":
        signal.pause()
    if item.get("mood") == "grows":
        # Written to, page by page: what was only asked for takes no memory.
        BALLAST.append(bytearray(b"x") * (700 * 2**20))
    return double(item)


def breed(item):
    """Never ends, nor does the process that it starts."""
    if (child := os.fork()) == 0:
        signal.pause()
    with open(item["note"], "w") as note:
        note.write(str(child))
    signal.pause()
