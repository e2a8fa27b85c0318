"""That a lease has to be closed on the market: a note on its record, which outlives a crash."""

import math

import attrs
import orjson

from provider.deployment.status import CloseOwed
from provider.jsontypes import FrozenJSON
from provider.workload import labels


def owed_note(owed: CloseOwed) -> str:
    """Text of the annotation."""
    return orjson.dumps(attrs.asdict(owed), option=orjson.OPT_SORT_KEYS).decode()


def read_owed(record: FrozenJSON) -> CloseOwed | None:
    """
    What a record says is owed; `None` when it says nothing of it.

    One that cannot be read still is an obligation, and one that may have been sent.
    """
    text = (record["metadata"].get("annotations") or {}).get(labels.CLOSE_OWED)
    if text is None:
        return None
    try:
        note = orjson.loads(text)
        since = float(note["since"])
        if not math.isfinite(since):
            raise ValueError
        return CloseOwed(str(note["cause"]), since, bool(note.get("sent", False)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return CloseOwed("unreadable", 0.0, sent=True)
