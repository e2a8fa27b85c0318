"""The loop of every controller: take a key, look at that object, try again later if refused."""

from collections.abc import Awaitable, Callable

from simulator.controllers.queue import Item, KeyQueue
from simulator.jsontypes import JSONObject
from simulator.ports import Refused


def namespace_is_terminating(refusal: Refused) -> bool:
    """Whether a write was refused because its namespace is on its way out; no use in trying again."""
    causes = refusal.status.get("details", {}).get("causes") or ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


async def outcome(request: Awaitable[JSONObject]) -> JSONObject | Refused:
    """The answer to a request, or the refusal: where that has to be told of before it is raised."""
    try:
        return await request
    except Refused as refusal:
        return refusal


class NotYetError(Exception):
    """The object has to be looked at again, after a pause that grows each time."""


async def work(queue: KeyQueue[Item], reconcile: Callable[[Item], Awaitable[None]]) -> None:
    """
    Reconcile the keys of a queue one after another until cancelled.

    A refusal is answered by another look after a growing pause, by which time the cache has heard of
    what the write ran into. Anything but a refusal is a defect of the controller and propagates.
    """
    while True:
        key = await queue.take()
        try:
            await reconcile(key)
        except NotYetError:
            queue.retry(key)
        except Refused as refusal:
            if namespace_is_terminating(refusal):
                queue.succeeded(key)
            else:
                queue.retry(key)
        else:
            queue.succeeded(key)
