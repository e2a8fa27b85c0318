"""
Query parameters and bodies of requests, checked and turned into options.

Source: apimachinery pkg/apis/meta/v1/validation/validation.go, and recordings for the texts.
"""

import orjson

from simulator import failures
from simulator.admission import names
from simulator.failures import Cause
from simulator.jsontypes import JSONObject, JSONValue
from simulator.ports import Refused
from simulator.storage.selectors import Requirement, Selector, SelectorError, selector
from simulator.verbs.caller import DeleteOptions, WriteOptions
from simulator.verbs.list import ListOptions
from simulator.verbs.registry import Served
from simulator.verbs.watch import WatchOptions
from simulator.wire.messages import Request

_MANAGER_MAX_BYTES = 128
_VALIDATIONS = ("", "Ignore", "Strict", "Warn")
_PROPAGATIONS = ("Foreground", "Background", "Orphan")


def write_options(request: Request, kind: str, agent: str, *, apply: bool = False) -> WriteOptions:
    """
    The options of a create, update or patch.

    Args:
        request: its query is read.
        kind: `CreateOptions`, `UpdateOptions` or `PatchOptions`, for the refusal's text.
        agent: the manager of writes that name none.
        apply: whether it is a server-side apply: a manager is required, force is allowed.

    Raises:
        Refused: 422.
    """
    manager = request.query_value("fieldManager")
    if apply and not manager:
        cause = Cause(
            "FieldValueRequired", "Required value: is required for apply patch", "fieldManager"
        )
        raise failures.invalid_option(kind, cause)
    if len(manager.encode()) > _MANAGER_MAX_BYTES:
        text = f"Too long: may not be more than {_MANAGER_MAX_BYTES} bytes"
        raise failures.invalid_option(kind, Cause("FieldValueTooLong", text, "fieldManager"))
    _check_printable(manager, kind)
    force = request.query_value("force")
    if force and kind == "PatchOptions" and not apply:
        text = "Forbidden: may not be specified for non-apply patch"
        raise failures.invalid_option(kind, Cause("FieldValueForbidden", text, "force"))
    return WriteOptions(
        manager=manager or agent,
        dry_run=dry_run(_all(request, "dryRun"), kind),
        validation=_validation(request, kind),
        force=force in ("true", "1"),
    )


def _check_printable(manager: str, kind: str) -> None:
    wrong = [(at, sign) for at, sign in enumerate(manager) if not sign.isprintable()]
    causes = [
        Cause(
            "FieldValueInvalid",
            f"Invalid value: {_go_quoted(manager)}: invalid character U+{ord(sign):04X} "
            f"(at position {len(manager[:at].encode())})",
            "fieldManager",
        )
        for at, sign in wrong
    ]
    if causes:
        raise failures.invalid_options(kind, causes)


def _go_quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def _all(request: Request, name: str) -> list[str]:
    return [value for key, value in request.query if key == name]


def dry_run(values: list[str], kind: str) -> bool:
    """
    Whether to stop before storing.

    Raises:
        Refused: 422, a value other than `All`.
    """
    for value in values:
        if value != "All":
            listed = ",".join(f'"{item}"' for item in values)
            text = f'Unsupported value: [{listed}]: supported values: "All"'
            raise failures.invalid_option(kind, Cause("FieldValueNotSupported", text, "dryRun"))
    return bool(values)


def _validation(request: Request, kind: str) -> str:
    value = request.query_value("fieldValidation")
    if value not in _VALIDATIONS:
        text = _unsupported(value, _VALIDATIONS)
        raise failures.invalid_option(
            kind, Cause("FieldValueNotSupported", text, "fieldValidation")
        )
    return value or "Warn"


def _unsupported(value: str, supported: tuple[str, ...]) -> str:
    listed = ", ".join(f'"{item}"' for item in supported)
    return f'Unsupported value: "{value}": supported values: {listed}'


def delete_options(request: Request, body: JSONObject | None) -> DeleteOptions:
    """
    The options of a DELETE: from its body if it has one, else from the query.

    Raises:
        Refused: 400 or 422.
    """
    options = _delete_query(request) if body is None else body
    preconditions = options.get("preconditions") or {}
    propagation = options.get("propagationPolicy") or ""
    if options.get("orphanDependents") is not None and propagation:
        why = "orphanDependents and deletionPropagation cannot be both set"
        text = f'Invalid value: "{propagation}": {why}'
        cause = Cause("FieldValueInvalid", text, "propagationPolicy")
        raise failures.invalid_option("DeleteOptions", cause)
    if options.get("orphanDependents") is not None:
        propagation = "Orphan" if options["orphanDependents"] else "Background"
    if propagation and propagation not in _PROPAGATIONS:
        text = _unsupported(propagation, (*_PROPAGATIONS, "nil"))
        cause = Cause("FieldValueNotSupported", text, "propagationPolicy")
        raise failures.invalid_option("DeleteOptions", cause)
    return DeleteOptions(
        uid=preconditions.get("uid") or "",
        resource_version=preconditions.get("resourceVersion") or "",
        grace_seconds=options.get("gracePeriodSeconds"),
        propagation=propagation,
        dry_run=dry_run(list(options.get("dryRun") or ()), "DeleteOptions"),
    )


def _delete_query(request: Request) -> dict[str, JSONValue]:
    options: dict[str, JSONValue] = {"dryRun": _all(request, "dryRun")}
    if policy := request.query_value("propagationPolicy"):
        options["propagationPolicy"] = policy
    if orphan := request.query_value("orphanDependents"):
        options["orphanDependents"] = orphan in ("true", "1")
    if grace := request.query_value("gracePeriodSeconds"):
        options["gracePeriodSeconds"] = integer(grace)
    return options


def integer(value: str) -> int:
    """
    The value of a parameter that is a number.

    Raises:
        Refused: 400.
    """
    try:
        return int(value)
    except ValueError:
        text = f'strconv.ParseInt: parsing "{value}": invalid syntax'
        raise failures.bad_request(text) from None


def list_options(request: Request, chosen: Selector) -> ListOptions:
    """
    The options of a list.

    Raises:
        Refused: 400, 422.
    """
    version = request.query_value("resourceVersion")
    match = request.query_value("resourceVersionMatch")
    token = request.query_value("continue")
    _check_match(request, match, version)
    if token and version not in ("", "0"):
        raise failures.bad_request("specifying resource version is not allowed when using continue")
    limit = max(integer(request.query_value("limit") or "0"), 0)
    try:
        revision = revision_of(version)
    except ValueError as error:
        raise failures.bad_request(f"invalid resource version: {error}") from None
    # A limit with a revision and no match means that very revision: pages must not mix states.
    exact = match == "Exact" or bool(limit and revision and not match)
    return ListOptions(selector=chosen, revision=revision, exact=exact, limit=limit, token=token)


def revision_of(version: str) -> int:
    """
    A resourceVersion as a revision; 0 for none.

    Raises:
        ValueError: it is no number, in the words of the real server.
    """
    if version.isdecimal() or not version:
        return int(version or 0)
    why = f'strconv.ParseUint: parsing "{version}": invalid syntax'
    raise ValueError(f'resourceVersion: Invalid value: "{version}": {why}')


def _check_match(request: Request, match: str, version: str) -> None:
    if request.query_value("sendInitialEvents"):
        raise _bad_list_option("sendInitialEvents", "sendInitialEvents is forbidden for list")
    if not match:
        return
    if request.query_value("continue"):
        text = "resourceVersionMatch is forbidden when continue is provided"
    elif not version:
        text = "resourceVersionMatch is forbidden unless resourceVersion is provided"
    elif match not in ("Exact", "NotOlderThan"):
        cause = Cause(
            "FieldValueNotSupported",
            _unsupported(match, ("Exact", "NotOlderThan", "")),
            "resourceVersionMatch",
        )
        raise failures.invalid_option("ListOptions", cause)
    elif match == "Exact" and version == "0":
        text = 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"'
    else:
        return
    raise _bad_list_option("resourceVersionMatch", text)


def _bad_list_option(field: str, why: str) -> Refused:
    cause = Cause("FieldValueForbidden", f"Forbidden: {why}", field)
    return failures.invalid_option("ListOptions", cause)


def watch_options(
    request: Request, chosen: Selector, default_timeout_seconds: float
) -> WatchOptions:
    """
    The options of a watch.

    Raises:
        Refused: 400, 422; 500 for a resourceVersion that is no number.
    """
    match = request.query_value("resourceVersionMatch")
    initial = request.query_value("sendInitialEvents")
    if initial and match != "NotOlderThan":
        text = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        raise _bad_list_option("resourceVersionMatch", text)
    if match and not initial:
        text = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        raise _bad_list_option("resourceVersionMatch", text)
    try:
        revision = revision_of(request.query_value("resourceVersion"))
    except ValueError as error:
        raise failures.internal(str(error)) from None
    timeout = integer(request.query_value("timeoutSeconds") or "0")
    return WatchOptions(
        selector=chosen,
        revision=revision,
        bookmarks=flag(request, "allowWatchBookmarks"),
        initial_events=flag(request, "sendInitialEvents"),
        timeout_seconds=float(timeout) if timeout > 0 else default_timeout_seconds,
    )


def flag(request: Request, name: str) -> bool:
    """A boolean parameter: set and not `false` or `0`."""
    return request.query_value(name) not in ("", "false", "0")


def selection(request: Request, served: Served, name: str = "") -> Selector:
    """
    The selectors of a list, watch or deletecollection; `name` picks one object.

    Raises:
        Refused: 400.
    """
    fields = request.query_value("fieldSelector")
    if name:
        fields = f"{fields},metadata.name={name}" if fields else f"metadata.name={name}"
    labels = request.query_value("labelSelector")
    try:
        chosen = selector(labels, fields, served.selectable)
    except SelectorError as error:
        raise failures.bad_request(str(error)) from None
    for requirement in chosen.labels:
        _check_requirement(requirement)
    return chosen


def _check_requirement(requirement: Requirement) -> None:
    """Key and values have the forms of labels."""
    key = requirement.key
    wrong = [("key", key, names.qualified_name(key))]
    wrong += [
        (f"values[{index}][{key}]", value, names.label_value(value))
        for index, value in enumerate(sorted(requirement.values))
    ]
    texts = [
        f'{path}: Invalid value: "{value}": {"; ".join(why)}' for path, value, why in wrong if why
    ]
    if texts:
        text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
        raise failures.bad_request(f"unable to parse requirement: {text}")
