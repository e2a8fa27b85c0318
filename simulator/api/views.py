"""
Resources that show the objects of another one: other versions of custom kinds, Events of
`events.k8s.io`.

Verbs work on what is stored; a request is turned into its terms, and its answer back.
"""

from simulator.api import events
from simulator.jsontypes import JSONObject, JSONValue
from simulator.verbs.registry import Registry, Served
from simulator.wire.messages import Request


def stored_as(registry: Registry, served: Served) -> Served:
    """The resource that verbs work on: `served` itself, unless it is a view."""
    if served.path != events.PATH:
        return served.stored
    core = registry.find(events.CORE)
    assert core is not None, "core events are built in"
    return core


def shown(served: Served, obj: JSONObject) -> JSONObject:
    """A stored object as `served` shows it; anything else, such as a Status, as it is."""
    if served.path == events.PATH:
        return events.shown(obj)
    if served.definition is None or obj.get("kind") != served.resource.kind:
        return obj
    # Also where nothing is a view: an object may be older than what is stored nowadays.
    same = obj["apiVersion"] == served.api_version
    return obj if same else {**obj, "apiVersion": served.api_version}


def stored(served: Served, obj: JSONObject) -> JSONObject:
    """What was sent for `served` as it is stored."""
    if served.path == events.PATH:
        return events.core(obj)
    return {**obj, "apiVersion": served.stored.api_version}


def stored_patch(served: Served, change: JSONValue) -> JSONValue:
    """A patch that was sent for `served`, as one of what is stored."""
    if served.path == events.PATH:
        return events.core_patch(change)
    if isinstance(change, dict) and change.get("apiVersion") == served.api_version:
        return {**change, "apiVersion": served.stored.api_version}
    return change


def stored_request(served: Served, request: Request) -> Request:
    """The request with its selectors in the terms of what is stored."""
    return events.core_request(request) if served.path == events.PATH else request
