"""
Group specs as the REST face shows them, from the JSON in which tenants send them.

Tenants' tools write Go's JSON names (`size`, lists that are null, a zero `kind` left out); the
gateway writes protobuf names (`quantity`, lists that are empty, every field, enumerations by name).
Keys that are not known here pass through. Pure.

Source: akash-network/chain-sdk `proto/node/akash/deployment/v1beta4`, `…/base/resources/v1beta4`.
"""

from simulator.jsontypes import FrozenJSON, JSONObject, JSONValue

_KINDS = ("SHARED_HTTP", "RANDOM_PORT", "LEASED_IP")
"""`Endpoint.Kind` by number."""


def group_spec(spec: FrozenJSON) -> JSONObject:
    """One group spec; a part that it does not have stays away."""
    shown = dict(spec)
    if "requirements" in spec:
        shown["requirements"] = _requirements(spec["requirements"] or {})
    if "resources" in spec:
        shown["resources"] = [_unit(unit) for unit in spec["resources"] or ()]
    return shown


def _requirements(requirements: FrozenJSON) -> JSONObject:
    signed_by = requirements.get("signed_by") or {}
    return {
        "signed_by": {name: list(signed_by.get(name) or ()) for name in ("all_of", "any_of")},
        "attributes": list(requirements.get("attributes") or ()),
    }


def _unit(unit: FrozenJSON) -> JSONObject:
    shown = dict(unit)
    if isinstance(unit.get("resource"), dict):
        shown["resource"] = _resource(unit["resource"])
    return shown


def _resource(resource: FrozenJSON) -> JSONObject:
    shown = dict(resource)
    for name in ("cpu", "gpu", "memory"):
        if resource.get(name) is not None:
            shown[name] = _sized(resource[name])
    shown["storage"] = [_sized(volume) for volume in resource.get("storage") or ()]
    shown["endpoints"] = [_endpoint(endpoint) for endpoint in resource.get("endpoints") or ()]
    return shown


def _sized(part: FrozenJSON) -> JSONObject:
    shown = {("quantity" if k == "size" else k): value for k, value in part.items()}
    shown["attributes"] = list(part.get("attributes") or ())
    return shown


def _endpoint(endpoint: FrozenJSON) -> JSONObject:
    return {
        "kind": _kind(endpoint.get("kind", 0)),
        "sequence_number": endpoint.get("sequence_number", 0),
    }


def _kind(value: JSONValue) -> JSONValue:
    return _KINDS[value] if isinstance(value, int) and 0 <= value < len(_KINDS) else value
