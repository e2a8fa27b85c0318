"""
Why a lease is over, and the mark on its record that outlives a crash.

The closed lease on the chain is the durable proof. The mark lets a restarted daemon go on with a
teardown while the chain is out of reach; it is written by a field manager of its own, so that a
later apply of the record does not erase it.
"""

import attrs
import orjson

from provider.jsontypes import FrozenJSON
from provider.workload import labels

INTENT_MANAGER = "leasekeeper-intent"
"""Field manager of the mark."""


@attrs.frozen
class Loss:
    """A fact, set once."""

    reason: str
    """The state that proved it: `closed` or `insufficient_funds`."""
    height: int
    """Block of the answer that proved it."""
    endpoint: str = ""
    """Who said so."""


def mark_text(loss: Loss) -> str:
    """The mark, as text of an annotation."""
    return orjson.dumps(attrs.asdict(loss), option=orjson.OPT_SORT_KEYS).decode()


def is_marked(record: FrozenJSON) -> bool:
    """True for any mark, readable or not."""
    return labels.CLOSING in (record["metadata"].get("annotations") or {})


def read_mark(record: FrozenJSON) -> Loss | None:
    """The loss that a mark tells of; a mark that cannot be read still is one."""
    if not is_marked(record):
        return None
    try:
        value = orjson.loads(record["metadata"]["annotations"][labels.CLOSING])
        return Loss(str(value["reason"]), int(value["height"]), str(value.get("endpoint", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Loss("marked as closing", 0)
