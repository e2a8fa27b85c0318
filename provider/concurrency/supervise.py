"""Run something that must not end by a bug: log, count, pause, and begin again from observation."""

from collections.abc import Awaitable, Callable

import trio

from provider.concurrency.backoff import Backoff


async def supervise(
    work: Callable[[], Awaitable[None]],
    *,
    backoff: Backoff,
    on_crash: Callable[[Exception, float], None],
    pause: Callable[[float], Awaitable[object]] = trio.sleep,
) -> None:
    """
    Await `work()` until it returns; after an `Exception`, pause and call it again.

    The one place that catches everything, so that one lease's bug, or a tenant's input that we
    failed to refuse, stays with that lease. `work` must begin by observing: it gets no state from
    the attempt that broke.

    Args:
        work: called with no arguments, any number of times.
        backoff: pauses between attempts; reset when an attempt lasted longer than its cap.
        on_crash: called with the error (a group's members are in its `exceptions`) and the pause.
        pause: waits so many seconds, or less when there is a reason to go on at once.

    Cancellation:
        Goes through to `work` or ends the pause; a cancel is never taken for a crash.
    """
    while True:
        began = trio.current_time()
        try:
            await work()
        except Exception as crash:  # noqa: BLE001 - this is the failure boundary
            if trio.current_time() - began > backoff.cap_seconds:
                backoff.reset()
            seconds = backoff.next_seconds()
            on_crash(crash, seconds)
            await pause(seconds)
        else:
            return
