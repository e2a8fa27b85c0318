"""The only shield of the package: a scope that outlives a cancel, always with a deadline."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio


@contextmanager
def cleanup(seconds: float) -> Iterator[trio.CancelScope]:
    """
    Run the body although the surrounding scope was cancelled, for at most `seconds`.

    For the closing of what must not be left half open. Deploys and teardowns are never shielded:
    what they owe is on record and goes on at the next start.

    Args:
        seconds: above 0; the whole body's budget.

    Cancellation:
        Ends by its own deadline only; look at `cancelled_caught` when it matters.
    """
    with trio.move_on_after(seconds, shield=True) as scope:
        yield scope
