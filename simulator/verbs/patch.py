"""
The verb patch in its three older forms: JSON patch, JSON merge patch, strategic merge patch.

Source: apiserver endpoints/handlers/patch.go.
"""

from enum import Enum
from typing import assert_never

import attrs
import orjson

from simulator import failures
from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds.canonical import MismatchError
from simulator.kinds.types import Struct
from simulator.patches import json_patch, merge_patch, strategic
from simulator.patches.errors import PatchError
from simulator.patches.typing import go_text
from simulator.ports import Refused
from simulator.verbs.caller import Caller, WriteOptions
from simulator.verbs.checks import (
    decoded,
    not_metadata,
    same_name,
    undecodable,
    unknown_conversion,
)
from simulator.verbs.cluster import Cluster
from simulator.verbs.get import get
from simulator.verbs.outcome import Outcome
from simulator.verbs.registry import Served
from simulator.verbs.update import update


class PatchType(Enum):
    """How a patch says what to change; the value is its media type."""

    JSON = "application/json-patch+json"
    MERGE = "application/merge-patch+json"
    STRATEGIC = "application/strategic-merge-patch+json"


def patch(
    cluster: Cluster,
    caller: Caller,
    served: Served,
    namespace: str,
    name: str,
    change: JSONValue,
    options: WriteOptions,
    *,
    form: PatchType,
    subresource: str = "",
) -> Outcome:
    """
    Change part of an object; it never creates.

    Raises:
        Refused: 400, 404, 409, 415, 422.
    """
    live = get(cluster, served, namespace, name)
    new = patched(served.type, live.object, change, form)
    if form is not PatchType.STRATEGIC and served.definition is None:
        _same_kind(served, new)
    same_identity(served, new, namespace, name)
    try:
        new, warnings = decoded(served, new, options.validation, live=live.object)
    except ValueError as error:
        raise _spoiled(new, change, form, error) from error
    outcome = update(cluster, caller, served, live, new, options, subresource=subresource)
    return attrs.evolve(outcome, warnings=warnings)


def _spoiled(new: JSONObject, change: JSONValue, form: PatchType, error: ValueError) -> Refused:
    """Strategic patches are told by themselves, others by what they made of the object."""
    if form is PatchType.STRATEGIC:
        why = error.converted if isinstance(error, MismatchError) else str(error)
        return failures.spoiled(go_text(change), why)
    return failures.spoiled(orjson.dumps(new).decode(), str(error))


def patched(type_: Struct, doc: JSONObject, change: JSONValue, form: PatchType) -> JSONObject:
    """
    `doc` with the change made; `doc` itself stays as it is.

    Raises:
        Refused: the change is malformed or does not fit.
    """
    try:
        match form:
            case PatchType.JSON:
                result = json_patch.apply(doc, change)
            case PatchType.MERGE:
                result = merge_patch.apply(doc, change)
            case PatchType.STRATEGIC:
                result = strategic.apply(doc, change, type_)
            case _:
                assert_never(form)
    except PatchError as error:
        raise _refusal(error) from error
    return result


def _same_kind(served: Served, new: JSONObject) -> None:
    """
    A patched document is decoded by the kind and version that it names.

    Raises:
        Refused: 422, they are not those of the resource.
    """
    kind = new.get("kind") or served.resource.kind
    api_version = new.get("apiVersion") or served.api_version
    if (kind, api_version) != (served.resource.kind, served.api_version):
        why = unknown_conversion(served, str(kind), str(api_version))
        raise failures.spoiled(orjson.dumps(new).decode(), why)


def _refusal(error: PatchError) -> Refused:
    match error.code:
        case 400:
            return failures.bad_request(error.message)
        case 422:
            return failures.unprocessable_patch()
        case _:
            return failures.internal(error.message)


def same_identity(served: Served, new: JSONObject, namespace: str, name: str) -> None:
    """
    A write must not rename what its path names.

    Raises:
        Refused: 400.
    """
    metadata = {} if new.get("metadata") is None else new["metadata"]
    if not isinstance(metadata, dict):
        raise undecodable(served, not_metadata(served.resource.kind, metadata))
    same_name(metadata, name)
    if served.resource.namespaced and metadata.get("namespace", namespace) != namespace:
        text = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise failures.bad_request(text)
