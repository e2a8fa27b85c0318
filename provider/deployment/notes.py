"""Putting a note of ours on an object, mostly a record: one annotation, by a manager that no apply erases."""

from collections.abc import Callable
from functools import partial
from typing import assert_never

import trio

from provider.deployment.mark import INTENT_MANAGER
from provider.jsontypes import FrozenJSON
from provider.kubernetes.kinds import ObjectKey
from provider.kubernetes.outcomes import Done, Refused, Unknown, Verdict
from provider.reconcile.execute import Executor


async def put_note(
    executor: Executor,
    key: ObjectKey,
    name: str,
    text: str | None,
    *,
    ours: Callable[[FrozenJSON], bool],
) -> None:
    """
    Return once the object carries the note, or is not there (any more).

    Args:
        executor: the lease's hands.
        key: the object.
        name: of the annotation.
        text: its value; `None` removes it.
        ours: false for one that has the name but is another lease's.

    Cancellation:
        Ends the waiting; a request on the wire goes on.
    """
    backoff = executor.backoff()
    stored = executor.store.get(key)
    live = stored.decode() if stored is not None else await executor.look(key)
    while live is not None and ours(live) and _text(live, name) != text:
        patch = {"metadata": {"uid": live["metadata"]["uid"], "annotations": {name: text}}}
        outcome = await executor.writer.write(
            key,
            partial(
                executor.client.merge_patch,
                key,
                patch,
                field_manager=INTENT_MANAGER,
                lane=executor.lane,
            ),
            fenced=True,
        )
        match outcome:
            case Done(obj):
                executor.store.accept(obj)
                return
            case Refused(refusal):
                if refusal.verdict is Verdict.ABSENT:
                    return
                executor.report(f"cannot note {name} on {key} yet: {refusal.message}")
            case Unknown(why, _):
                executor.report(f"no answer for the note {name} on {key}: {why}")
            case _:
                assert_never(outcome)
        await trio.sleep(backoff.next_seconds())
        live = await executor.look(key)


def _text(record: FrozenJSON, name: str) -> str | None:
    value: str | None = (record["metadata"].get("annotations") or {}).get(name)
    return value
