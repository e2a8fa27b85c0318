"""Defaults and validation of a served resource, built-in or custom, behind one set of calls."""

from collections.abc import Sequence

from simulator import failures
from simulator.admission import crd, strict, validation
from simulator.admission.causes import Cause
from simulator.jsontypes import JSONObject, JSONValue
from simulator.kinds import defaults
from simulator.kinds.canonical import MismatchError
from simulator.ports import Refused
from simulator.verbs.registry import Served


def with_defaults(served: Served, obj: JSONObject, live: JSONObject | None = None) -> JSONObject:
    """
    The object with what its kind fills in where nothing is said; `live` is what it was made from.

    Raises:
        Refused: 400, a value does not fit its type.
    """
    try:
        if served.definition is not None:
            return crd.decode(served.definition.schema, served.type, obj).object
        return defaults.defaulted(served.resource, obj, live)
    except MismatchError as error:
        raise undecodable(served, str(error)) from error


def decoded(
    served: Served,
    obj: JSONObject,
    validation: str,
    duplicates: Sequence[str] = (),
    live: JSONObject | None = None,
) -> tuple[JSONObject, tuple[str, ...]]:
    """
    What was sent as an object of its kind: in canonical form, without unknown fields.

    Args:
        served: the resource.
        obj: as sent.
        validation: `Strict`, `Warn` or `Ignore`.
        duplicates: paths that the body sets more than once.
        live: the stored object, if `obj` was made from it.

    Returns:
        The object, and what to warn of.

    Raises:
        ValueError: a value does not fit its type; `Strict`: a field is unknown or repeated.
    """
    if served.definition is not None:
        result = crd.decode(served.definition.schema, served.type, obj, duplicates)
    else:
        result = strict.decode(served.type, obj, duplicates, live)
    if result.complaints and validation == "Strict":
        raise ValueError(strict.strict_text(result.complaints))
    return result.object, result.complaints if validation == "Warn" else ()


def undecodable(served: Served, why: str) -> Refused:
    """400: the object is not one of its kind."""
    kind, version = served.resource.kind, served.resource.version
    return failures.bad_request(strict.undecodable(kind, version, why))


_SCHEME = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"


def unknown_conversion(served: Served, kind: str, api_version: str) -> str:
    """Why an object of that kind and version is none of the resource's."""
    version = api_version.rpartition("/")[2]
    if kind == served.resource.kind:
        return f'no kind "{kind}" is registered for version "{api_version}" in scheme "{_SCHEME}"'
    return f"converting ({version}.{kind}) to (core.{served.resource.kind}): unknown conversion"


def same_name(metadata: JSONObject, name: str) -> None:
    """
    An object that is written is the one that the path names.

    Raises:
        Refused: 400.
    """
    given = metadata.get("name", "")
    if not given:
        text = f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        raise failures.bad_request(text)
    if given != name:
        text = f"the name of the object ({given}) does not match the name on the URL ({name})"
        raise failures.bad_request(text)


def not_metadata(kind: str, value: JSONValue) -> str:
    """What Go's decoder says of metadata that is no object."""
    return (
        f"json: cannot unmarshal {json_type(value)} into Go struct field "
        f"{kind}.metadata of type v1.ObjectMeta"
    )


def json_type(value: JSONValue) -> str:
    """The name of a JSON type in Go's decoding errors."""
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case None:
            return "null"
        case _:
            return "object"


def admissible_new(served: Served, obj: JSONObject) -> None:
    """
    Check a new object against the rules of its kind.

    Raises:
        Refused: 422 with every rule it breaks.
    """
    causes = (*validation.validate_create(served.resource, obj), *_violations(served, obj))
    if causes:
        raise failures.invalid(served.resource, obj["metadata"].get("name", ""), causes)


def admissible_change(
    served: Served, new: JSONObject, live: JSONObject, *, subresource: str = ""
) -> None:
    """
    Check a changed object against the rules of its kind and against what may not change.

    Raises:
        Refused: 422 with every rule it breaks.
    """
    found = validation.validate_update(
        served.resource, new, live, status_only=subresource == "status"
    )
    causes = (*found, *_violations(served, new))
    if causes:
        raise failures.invalid(served.resource, new["metadata"]["name"], causes)


def _violations(served: Served, obj: JSONObject) -> Sequence[Cause]:
    """What the schema of a custom resource forbids."""
    definition = served.definition
    return () if definition is None else crd.violations(definition.schema, obj)
