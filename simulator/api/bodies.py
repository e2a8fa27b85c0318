"""
Decoded bodies as the objects that verbs take: of the right kind, in the right place.

Source: apiserver endpoints/handlers/create.go, update.go, patch.go.
"""

from simulator import failures
from simulator.admission import strict
from simulator.api.decoding import Body, from_yaml
from simulator.jsontypes import JSONObject
from simulator.kinds.canonical import MismatchError, canonical
from simulator.kinds.schemas import type_of
from simulator.kinds.types import Struct
from simulator.ports import Refused
from simulator.verbs.checks import (
    decoded,
    json_type,
    not_metadata,
    undecodable,
    unknown_conversion,
)
from simulator.verbs.registry import Served


def new_state(
    served: Served, body: Body, namespace: str, validation: str
) -> tuple[JSONObject, tuple[str, ...]]:
    """
    The body of a create or update, without the fields that its type does not know.

    Args:
        served: the resource.
        body: kind and version may be missing.
        namespace: of the path.
        validation: `Strict`, `Warn` or `Ignore`.

    Returns:
        The object, and what to warn of.

    Raises:
        Refused: 400, another kind, version or namespace, wrong types; `Strict`: any unknown field.
    """
    data, resource = body.object, served.resource
    kind = data.get("kind") or resource.kind
    api_version = data.get("apiVersion") or served.api_version
    if (kind, api_version) != (resource.kind, served.api_version):
        raise _mismatch(served, data, kind, api_version)
    metadata = data.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise undecodable(served, not_metadata(resource.kind, metadata))
    if resource.namespaced and metadata.get("namespace", namespace) not in ("", namespace):
        text = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise failures.bad_request(text)
    obj = {**data, "kind": kind, "apiVersion": api_version, "metadata": metadata}
    try:
        return decoded(served, obj, validation, body.duplicates)
    except ValueError as error:
        raise undecodable(served, str(error)) from error


def _mismatch(served: Served, data: JSONObject, kind: str, api_version: str) -> Refused:
    """Another kind or version; objects of custom kinds have no types that could be converted."""
    resource = served.resource
    if served.definition is None:
        version = api_version.rpartition("/")[2]
        text = f'{kind} in version "{version}" cannot be handled as a {resource.kind}: '
        return failures.bad_request(text + unknown_conversion(served, kind, api_version))
    if api_version != served.api_version:
        text = (
            f"the API version in the data ({api_version}) does not match the expected API version "
            f"({served.api_version})"
        )
        return failures.bad_request(text)
    name = (data.get("metadata") or {}).get("name", "")
    why = f'Invalid value: "{kind}": must be {resource.kind}'
    return failures.invalid(resource, name, [failures.Cause("FieldValueInvalid", why, "kind")])


def part(body: Body, api_version: str, kind: str) -> JSONObject:
    """
    A body that is no object of its own: a Binding, an Eviction.

    Raises:
        Refused: 400, a value does not fit its type.
    """
    return _typed(body.object, type_of(api_version, kind), kind)


def delete_options(body: Body) -> JSONObject:
    """
    The body of a DELETE.

    Raises:
        Refused: 400, a value does not fit its type.
    """
    type_ = type_of("policy/v1", "Eviction").fields["deleteOptions"].type
    assert isinstance(type_, Struct)
    return _typed(body.object, type_, "DeleteOptions")


def _typed(obj: JSONObject, type_: Struct, kind: str) -> JSONObject:
    """The object as it is, for a zero says something here; only its types are looked at."""
    try:
        canonical(obj, type_)
    except MismatchError as error:
        raise failures.bad_request(strict.undecodable(kind, "v1", str(error))) from error
    return obj


def applied_object(served: Served, body: bytes) -> JSONObject:
    """
    The body of an apply, JSON or YAML; unlike others it has to name its kind and version.

    Raises:
        Refused: 400; 500, metadata is no object.
    """
    try:
        data = from_yaml(body)
    except ValueError as error:
        raise failures.bad_request(f"error decoding YAML: {error}") from None
    if not isinstance(data, dict):
        why = f"json: cannot unmarshal {json_type(data)} into Go value of type {_GO_MAP}"
        raise failures.bad_request(f"error decoding YAML: {why}")
    kind, api_version = data.get("kind", ""), data.get("apiVersion", "")
    if (kind, api_version) != (served.resource.kind, served.api_version):
        group_version = api_version if "/" in api_version else f"/{api_version}"
        raise failures.bad_request(f"invalid object type: {group_version}, Kind={kind}")
    metadata = data.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise failures.internal(_NO_METADATA)
    return {**data, "metadata": metadata}


_GO_MAP = "map[string]interface {}"
_NO_METADATA = "failed to create typed patch object: .metadata: expected map"
