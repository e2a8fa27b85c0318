"""Values of the daemon as JSON: the names of fields are the names of keys."""

from collections.abc import Mapping
from enum import Enum
from typing import cast

import attrs
import trio

from provider.deployment.status import DeploymentStatus
from provider.gateway.served import Served
from provider.jsontypes import JSONObject, JSONValue
from provider.lease.identity import LeaseID

_ROWS_AT_ONCE = 100
"""A few milliseconds."""


def as_json(value: object) -> JSONValue:
    """
    Any value of the daemon; a lease becomes its text form, an enum its value or lowercase name.

    Fields that are kept out of a value's own text are kept out here too.

    Raises:
        TypeError: a value that nobody said how to show; better than showing what should be hidden.
    """
    match value:
        case LeaseID():
            return str(value)
        case Enum():
            return value.value if isinstance(value.value, str) else value.name.lower()
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return value.hex()
        case Mapping():
            return {str(as_json(key)): as_json(item) for key, item in value.items()}
        case tuple() | list():
            return [as_json(item) for item in value]
        case frozenset() | set():
            return [as_json(item) for item in sorted(value)]
        case _ if attrs.has(type(value)):
            fields = attrs.fields(cast("type[attrs.AttrsInstance]", type(value)))
            return {
                field.name: as_json(getattr(value, field.name)) for field in fields if field.repr
            }
        case _:
            raise TypeError(f"no way to show a {type(value).__name__}")


async def status(served: Served) -> JSONObject:
    """
    Everything an operator asks first.

    Others get their turn between rows: ten thousand leases take a quarter of a second.
    """
    reasons, rows = served.readiness(), []
    for number, one in enumerate(served.statuses()):
        if number % _ROWS_AT_ONCE == 0:
            await trio.lowlevel.checkpoint()
        rows.append(_row(one))
    return {
        "provider": served.provider,
        "ready": not reasons,
        "reasons": as_json(reasons),
        "leases": rows,
        "market": as_json(served.market()),
        "brakes": as_json(served.brakes()),
        "obligations": as_json(served.obligations()),
        "capacity": as_json(served.capacity()),
    }


def lease(served: Served, wanted: LeaseID) -> JSONObject | None:
    """One lease in full; None when the daemon has none by that name."""
    found = next((one for one in served.statuses() if one.lease == wanted), None)
    if found is None:
        return None
    owed = [one for one in served.obligations() if one.lease == wanted]
    return {**_row(found), "namespace": wanted.namespace, "obligations": as_json(owed)}


def _row(status: DeploymentStatus) -> JSONObject:
    row = as_json(status)
    assert isinstance(row, dict)
    return {**row, "newest_generation": status.newest_generation}
