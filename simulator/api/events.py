"""
Events as `events.k8s.io/v1` shows them: the same objects as those of the core group, under other names.

Source: pkg/apis/events/v1/conversion.go.
"""

from collections.abc import Mapping

import attrs

from simulator.jsontypes import JSONObject, JSONValue
from simulator.wire.messages import Request

PATH = "events.k8s.io/v1/events"
"""This view."""
CORE = "v1/events"
"""What is stored."""

_NAMES = {
    "count": "deprecatedCount",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "involvedObject": "regarding",
    "lastTimestamp": "deprecatedLastTimestamp",
    "message": "note",
    "reportingComponent": "reportingController",
    "source": "deprecatedSource",
}
"""Field of a core Event → what it is called here."""
_CORE_NAMES = {here: core for core, here in _NAMES.items()}
_OMITTED = ("reportingController", "reportingInstance")
"""Left out here where they are empty; a core Event always has them."""


def shown(obj: JSONObject) -> JSONObject:
    """A core Event as this group has it; anything else, such as a Status, as it is."""
    if obj.get("kind") != "Event":
        return obj
    renamed = _renamed(obj, _NAMES)
    kept = {key: value for key, value in renamed.items() if value or key not in _OMITTED}
    return {**kept, "apiVersion": "events.k8s.io/v1"}


def core(obj: JSONObject) -> JSONObject:
    """An Event, or a patch of one, as the core group has it."""
    renamed = _renamed(obj, _CORE_NAMES)
    return {**renamed, "apiVersion": "v1"} if "apiVersion" in renamed else renamed


def core_patch(change: JSONValue) -> JSONValue:
    """A patch of any form in the names of the core group."""
    if isinstance(change, dict):
        return core(change)
    if isinstance(change, list):
        return [_core_operation(step) if isinstance(step, dict) else step for step in change]
    return change


def _core_operation(step: JSONObject) -> JSONObject:
    paths: JSONObject = {key: _core_path(step[key]) for key in ("path", "from") if key in step}
    return {**step, **paths}


def _core_path(path: JSONValue) -> JSONValue:
    if not isinstance(path, str):
        return path
    start, *rest = path.removeprefix("/").split("/")
    return "/" + "/".join((_CORE_NAMES.get(start, start), *rest))


def core_request(request: Request) -> Request:
    """The request with the fields of its selector in the names of the core group."""
    query = tuple(
        (key, _core_fields(value) if key == "fieldSelector" else value)
        for key, value in request.query
    )
    return attrs.evolve(request, query=query)


def _core_fields(text: str) -> str:
    terms = []
    for term in text.split(","):
        name = term.replace("regarding.", "involvedObject.", 1)
        terms.append(name.replace("reportingController", "reportingComponent", 1))
    return ",".join(terms)


def _renamed(obj: JSONObject, names: Mapping[str, str]) -> JSONObject:
    return {names.get(key, key): value for key, value in obj.items()}
